"""Private keys: made here, or pasted by the user."""

from dataclasses import replace
from pathlib import Path
import subprocess

import asyncssh
import pytest

from custom_components.pi_security_camera.capture.runner_errors import (
    KeyUnreadable,
    KeyUnusable,
    PassphraseMissing,
    PassphraseWrong,
)
from custom_components.pi_security_camera.runners.ssh_keys import (
    authorizing_command,
    fingerprint_of,
    make_key_pair,
    read_private_key,
)

from .conftest import Connect, works
from .ssh_servers import USER_KEY, OpenSshServer, key, locked_text, private_text, public_text

LOCKED = locked_text()
LOCKED_PEM = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_private_key("pkcs1-pem", "open").decode()


async def test_a_key_pair_is_made_of_which_one_line_goes_to_the_host() -> None:
    private, public = await make_key_pair()
    assert public.startswith("ssh-ed25519 ")
    assert public.endswith(" pi_security_camera")
    assert "\n" not in public
    assert await read_private_key(private) == public
    assert (await make_key_pair())[1] != public


def run_at_home(line: str, home: Path) -> None:
    """Run a line as a user does."""
    subprocess.run(line, shell=True, env={"HOME": str(home)}, check=True)  # noqa: S602


@pytest.mark.parametrize("server", [OpenSshServer], ids=["OpenSSH"], indirect=True)
async def test_the_line_that_the_user_runs_lets_us_in_beside_those_who_were(
    server: OpenSshServer, connect: Connect, tmp_path: Path
) -> None:
    private, public = await make_key_pair()
    authorized = tmp_path / ".ssh" / "authorized_keys"
    authorized.parent.mkdir()
    authorized.write_text(public_text(USER_KEY))
    # Somebody runs it twice.
    for _ in range(2):
        run_at_home(authorizing_command(public), tmp_path)
    assert authorized.stat().st_mode & 0o777 == 0o600
    (server.folder / "authorized").write_text(authorized.read_text())
    assert await works(connect(server.settings))
    assert await works(connect(replace(server.settings, private_key=private)))


async def test_the_line_that_the_user_runs_makes_what_is_missing(tmp_path: Path) -> None:
    _, public = await make_key_pair()
    run_at_home(authorizing_command(public), tmp_path)
    assert (tmp_path / ".ssh").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".ssh" / "authorized_keys").read_text().split("\n") == ["", f"restrict {public}", ""]


def test_a_fingerprint_is_the_one_that_openssh_shows() -> None:
    assert fingerprint_of(public_text(USER_KEY)) == key(USER_KEY).get_fingerprint()
    assert fingerprint_of(public_text(USER_KEY)).startswith("SHA256:")


@pytest.mark.parametrize(
    "text",
    [
        private_text(USER_KEY),
        private_text(USER_KEY).replace("\n", "\r\n"),
        private_text(USER_KEY).strip(),
        "\n\n  " + private_text(USER_KEY).replace("\n", "\n  "),
    ],
    ids=["as it is", "Windows", "no last line end", "indented"],
)
async def test_a_key_is_read_however_it_was_pasted(text: str) -> None:
    assert await read_private_key(text) == public_text(USER_KEY)


@pytest.mark.parametrize(
    "text",
    ["", "hello", public_text(USER_KEY), private_text(USER_KEY)[:200], "é" * 100],
    ids=["nothing", "a word", "the public key", "half a key", "letters"],
)
async def test_what_is_no_private_key_is_told(text: str) -> None:
    with pytest.raises(KeyUnreadable):
        await read_private_key(text)


async def test_a_locked_key_is_opened_with_its_passphrase() -> None:
    assert await read_private_key(LOCKED, "open") == public_text(USER_KEY)


async def test_a_passphrase_does_not_make_a_key_of_anything() -> None:
    with pytest.raises(KeyUnreadable):
        await read_private_key("hello", "open")


@pytest.mark.parametrize(("passphrase", "error"), [("", PassphraseMissing), ("shut", PassphraseWrong)])
@pytest.mark.parametrize("text", [LOCKED, LOCKED_PEM], ids=["OpenSSH", "PEM"])
async def test_a_locked_key_stays_locked_without_it(text: str, passphrase: str, error: type[KeyUnusable]) -> None:
    with pytest.raises(error):
        await read_private_key(text, passphrase)

"""Setting up a camera on another machine with a key of Home Assistant's own: neither password nor key are typed."""

from pathlib import Path
import stat
from typing import Any

import asyncssh
from homeassistant.core import HomeAssistant
import pytest

from .conftest import alert, photos
from .dialogs import Dialog
from .runners.ssh_servers import USER_KEY, private_text, public_text
from .ssh import SshPi, finish, host_form, secrets_in


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


def own_keys(dialog: Dialog) -> list[str]:
    """Return the public keys in the line that is shown."""
    return [word for word in dialog.told["command"].split() if word.startswith("AAAA")]


async def test_the_line_that_is_shown_lets_home_assistant_in(
    hass: HomeAssistant, ssh_server: SshPi, caplog: pytest.LogCaptureFixture
) -> None:
    """On a Pi that has no ~/.ssh yet: sshd takes no key from a directory or a file that others may change."""
    caplog.set_level("DEBUG", "asyncssh")
    ssh_server.forget_keys()
    ssh_server.authorized_keys.parent.rmdir()
    dialog = await host_form(hass, ssh_server)
    assert (dialog.step, dialog.errors) == ("authorize_key", {})
    assert dialog.told.keys() == {"host", "username", "command"}
    assert (dialog.told["host"], dialog.told["username"]) == ("127.0.0.1", "pi")
    assert "\n" not in dialog.told["command"]
    ssh_server.run_by_hand(dialog.told["command"])
    assert (mode(ssh_server.authorized_keys.parent), mode(ssh_server.authorized_keys)) == (0o700, 0o600)
    (line,) = ssh_server.authorized_keys.read_text().strip().splitlines()
    options, kind, _, comment = line.split()
    assert (options, kind, comment) == ("restrict", "ssh-ed25519", "pi_security_camera")

    await dialog.submit()
    assert (dialog.step, dialog.told["fingerprint"]) == ("host_key", ssh_server.fingerprint)
    await dialog.submit()
    entry = await finish(hass, dialog)
    kept = asyncssh.import_private_key(entry.data["private_key"])
    assert kept.export_public_key().decode().strip() == line.removeprefix("restrict ")
    assert not {"password", "passphrase"} & entry.data.keys()
    assert secrets_in(dialog.seen + caplog.text, entry.data["private_key"]) == []
    await alert(hass)
    assert len(photos(Path(entry.data["photo_dir"]))) == 1


@pytest.mark.parametrize("there", ["{}\n", "{}"], ids=["whole", "without a last line end"])
async def test_who_was_let_in_before_still_is(hass: HomeAssistant, ssh_server: SshPi, there: str) -> None:
    ssh_server.authorized_keys.write_text(there.format(public_text(USER_KEY)))
    ssh_server.authorized_keys.chmod(0o644)
    dialog = await host_form(hass, ssh_server)
    ssh_server.run_by_hand(dialog.told["command"])
    lines = [line for line in ssh_server.authorized_keys.read_text().splitlines() if line]
    assert (lines[0], len(lines)) == (public_text(USER_KEY), 2)
    assert mode(ssh_server.authorized_keys) == 0o600
    await (await dialog.submit()).submit()
    assert dialog.step == "camera"


async def test_until_the_key_is_let_in_the_same_line_is_shown_with_what_is_wrong(
    hass: HomeAssistant, ssh_server: SshPi, announced: None
) -> None:
    dialog = await host_form(hass, ssh_server)
    told = dialog.told
    await (await dialog.submit()).submit()
    assert (dialog.step, dialog.errors, dialog.told) == ("authorize_key", {"base": "key_refused"}, told)
    await dialog.submit()
    assert (dialog.step, dialog.errors, dialog.told) == ("authorize_key", {"base": "key_refused"}, told)

    ssh_server.run_by_hand(told["command"])
    await dialog.submit()
    assert (dialog.step, dialog.errors) == ("camera", {})
    assert dialog.progress == ["reach_host", "ask_host", "ask_host", "ask_host"]


async def test_going_back_to_the_form_keeps_the_key_that_was_made(hass: HomeAssistant, ssh_server: SshPi) -> None:
    """The user has authorized it meanwhile."""
    dialog = await host_form(hass, ssh_server)
    told = dialog.told
    await dialog.submit()
    await ssh_server.stop()
    await dialog.submit()
    assert (dialog.step, dialog.errors) == ("ssh", {"port": "host_port_closed"})
    await ssh_server.start()
    ssh_server.run_by_hand(told["command"])
    await dialog.submit()
    assert (dialog.step, dialog.errors, dialog.told) == ("authorize_key", {}, told)
    await dialog.submit()
    assert dialog.step == "camera"


async def test_after_the_host_has_let_us_in_the_line_is_not_shown_again(
    hass: HomeAssistant, ssh_server: SshPi, pi: Any
) -> None:
    pi.set(fault="no_camera")
    dialog = await host_form(hass, ssh_server)
    ssh_server.run_by_hand(dialog.told["command"])
    await (await dialog.submit()).submit()
    assert (dialog.step, dialog.errors) == ("ssh", {"base": "no_camera"})
    pi.heal()
    await dialog.submit()
    assert dialog.step == "camera"


async def test_another_user_has_to_authorize_the_same_key(hass: HomeAssistant, ssh_server: SshPi) -> None:
    dialog = await host_form(hass, ssh_server)
    first = own_keys(dialog)
    ssh_server.run_by_hand(dialog.told["command"])
    await dialog.submit()
    await ssh_server.stop()
    await dialog.submit()
    await ssh_server.start()
    await dialog.submit(username="root")
    assert (dialog.step, dialog.told["username"], own_keys(dialog)) == ("authorize_key", "root", first)


async def test_each_dialog_makes_a_key_of_its_own(hass: HomeAssistant, ssh_server: SshPi) -> None:
    """Whoever gets hold of one key is let in to one host."""
    first, second = await host_form(hass, ssh_server), await host_form(hass, ssh_server)
    assert own_keys(first) != own_keys(second)


async def test_a_key_that_was_pasted_later_takes_the_place_of_our_own(hass: HomeAssistant, ssh_server: SshPi) -> None:
    dialog = await host_form(hass, ssh_server)
    await dialog.submit()
    await ssh_server.stop()
    await dialog.submit()
    await ssh_server.start()
    await dialog.submit(private_key=private_text(USER_KEY))
    assert dialog.step == "camera"
    assert (await finish(hass, dialog)).data["private_key"] == private_text(USER_KEY).strip()

"""Getting into a host: who is let in, which host we trust, and why one cannot be reached."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
import socket
from typing import Any
from unittest.mock import patch

import asyncssh
import pytest

from custom_components.pi_security_camera.capture.runner_errors import (
    HostFailed,
    HostKeyChanged,
    HostNameNotFound,
    HostPortClosed,
    HostRefused,
    HostTimedOut,
    HostUnreachable,
    KeyRefused,
    PassphraseWrong,
    PasswordNotAllowed,
    PasswordRefused,
)
from custom_components.pi_security_camera.runners import ssh_login
from custom_components.pi_security_camera.runners.ssh_login import SshSettings, fetch_host_key

from .conftest import Connect, works
from .ssh_proxy import Proxy, through
from .ssh_servers import (
    HOST,
    HOST_KEY,
    OTHER_KEY,
    PASSWORD,
    USER_KEY,
    AsyncsshServer,
    Server,
    free_port,
    key,
    locked_text,
    private_text,
    public_text,
)

# Who gets in.


async def test_a_host_shows_the_key_that_its_own_tools_show(server: Server) -> None:
    """Which is its Ed25519 key, where it has one."""
    fingerprint = key(HOST_KEY).get_fingerprint()
    assert await fetch_host_key(HOST, server.port) == (public_text(HOST_KEY), fingerprint)
    assert fingerprint.startswith("SHA256:")


@pytest.mark.parametrize(
    "login",
    [
        {"private_key": private_text(USER_KEY)},
        {"private_key": locked_text(), "passphrase": "open"},
        {"private_key": "", "password": PASSWORD},
        {"private_key": private_text(OTHER_KEY), "password": PASSWORD},
    ],
    ids=["key", "locked key", "password", "either"],
)
async def test_a_key_or_a_password_lets_us_in(
    own_server: AsyncsshServer, connect: Connect, login: dict[str, Any]
) -> None:
    own_server.password = PASSWORD
    assert await works(connect(replace(own_server.settings, **login)))


async def test_a_password_is_given_where_the_host_asks_for_it_in_words(
    own_server: AsyncsshServer, connect: Connect
) -> None:
    """`KbdInteractiveAuthentication` alone: some distributions' default. asyncssh's server asks in both ways."""
    own_server.password = PASSWORD
    own_server.keys = []
    settings = replace(own_server.settings, private_key="", password=PASSWORD)
    with patch.object(asyncssh.SSHServerConnection, "password_auth_supported", return_value=False):
        assert await works(connect(settings))


@pytest.mark.parametrize(
    ("login", "error"),
    [
        ({"private_key": private_text(OTHER_KEY)}, KeyRefused),
        ({"private_key": "", "password": "guess"}, PasswordRefused),
        ({"private_key": private_text(OTHER_KEY), "password": "guess"}, PasswordRefused),
    ],
    ids=["key", "password", "both"],
)
async def test_a_host_that_refuses_us_says_what_it_refused(
    own_server: AsyncsshServer, connect: Connect, login: dict[str, Any], error: type[HostRefused]
) -> None:
    own_server.password = PASSWORD
    settings = replace(own_server.settings, **login)
    with pytest.raises(error) as raised:
        await works(connect(settings))
    assert raised.value.fields == {"host": HOST, "username": settings.username}
    assert type(raised.value) is error


async def test_a_host_that_takes_no_passwords_is_told_from_a_wrong_one(server: Server, connect: Connect) -> None:
    with pytest.raises(PasswordNotAllowed):
        await works(connect(replace(server.settings, private_key="", password=PASSWORD)))


async def test_a_host_of_openssh_refuses_a_foreign_key(server: Server, connect: Connect) -> None:
    with pytest.raises(KeyRefused):
        await works(connect(replace(server.settings, private_key=private_text(OTHER_KEY))))


async def test_our_own_key_must_be_usable(own_server: AsyncsshServer, connect: Connect) -> None:
    locked = locked_text()
    with pytest.raises(PassphraseWrong):
        await works(connect(replace(own_server.settings, private_key=locked, passphrase="shut")))  # noqa: S106


async def test_a_host_that_shows_another_key_gets_neither_login_nor_command(server: Server, connect: Connect) -> None:
    await server.stop()
    server.host_key = OTHER_KEY
    await server.start()
    runner = connect(server.settings)
    with pytest.raises(HostKeyChanged) as raised:
        await works(runner)
    old, new = key(HOST_KEY).get_fingerprint(), key(OTHER_KEY).get_fingerprint()
    assert raised.value.fields == {"host": HOST, "old": old, "new": new}
    assert isinstance(runner.connection.problem, HostKeyChanged)


async def test_a_host_that_shows_another_kind_of_key_is_no_riddle(own_server: AsyncsshServer, connect: Connect) -> None:
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    pinned = other.export_public_key().decode()
    with pytest.raises(HostKeyChanged) as raised:
        await works(connect(replace(own_server.settings, host_key=pinned)))
    assert raised.value.fields["new"] == key(HOST_KEY).get_fingerprint()
    assert raised.value.fields["old"] == other.get_fingerprint()


async def test_nothing_of_the_account_that_we_run_in_counts(
    own_server: AsyncsshServer, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".ssh"
    folder.mkdir()
    (folder / "config").write_text("Host *\n  Port 1\n  User nobody\n  ProxyCommand false\n")
    (folder / "known_hosts").write_text(f"[{HOST}]:{own_server.port} {public_text(HOST_KEY)}\n")
    (folder / "id_ed25519").write_text(private_text(USER_KEY))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere")
    settings = own_server.settings
    assert await fetch_host_key(HOST, own_server.port) == (public_text(HOST_KEY), key(HOST_KEY).get_fingerprint())
    assert await works(connect(settings))
    with pytest.raises(HostKeyChanged):
        await works(connect(replace(settings, host_key=public_text(OTHER_KEY))))
    with pytest.raises(HostRefused):
        await works(connect(replace(settings, private_key="")))


def test_settings_show_no_secret() -> None:
    shown = repr(SshSettings("pi", "ada", "host key", password="secret1", private_key="secret2", passphrase="secret3"))  # noqa: S106
    assert "ada" in shown
    assert "secret" not in shown


# Hosts that are away.


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (socket.gaierror(-2, "Name or service not known"), HostNameNotFound),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 111] (…)"), HostPortClosed),
        (OSError(113, "No route to host"), HostTimedOut),
        (OSError(5, "Input/output error"), HostFailed),
    ],
)
async def test_a_host_that_cannot_be_reached_says_why(
    own_server: AsyncsshServer, connect: Connect, failure: OSError, error: type[HostUnreachable]
) -> None:
    with patch("asyncio.BaseEventLoop.create_connection", side_effect=failure):
        with pytest.raises(error):
            await works(connect(own_server.settings))
        with pytest.raises(error) as raised:
            await fetch_host_key(HOST, own_server.port)
    assert raised.value.fields["host"] == HOST


async def test_a_user_name_that_ssh_does_not_allow_is_told(own_server: AsyncsshServer, connect: Connect) -> None:
    with pytest.raises(HostFailed):
        await works(connect(replace(own_server.settings, username="pi\a")))


@pytest.mark.usefixtures("socket_enabled")
async def test_a_port_where_nothing_listens_is_told(connect: Connect) -> None:
    settings = SshSettings(HOST, "ada", public_text(HOST_KEY), free_port(), password=PASSWORD)
    with pytest.raises(HostPortClosed):
        await works(connect(settings))
    with pytest.raises(HostPortClosed):
        await fetch_host_key(HOST, settings.port)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(b"", HostPortClosed, id="nothing"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", HostPortClosed, id="HTTP"),
        pytest.param(b"SSH-2.0-x\r\n" + b"\0" * 100, HostFailed, id="broken packets"),
    ],
)
@pytest.mark.usefixtures("socket_enabled")
async def test_what_is_no_ssh_server_is_told(connect: Connect, answer: bytes, error: type[HostUnreachable]) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(accept, HOST, 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(error) as raised:
            await fetch_host_key(HOST, port)
        assert raised.value.fields["host"] == HOST
        with pytest.raises(error):
            await works(connect(SshSettings(HOST, "ada", public_text(HOST_KEY), port, password=PASSWORD)))


async def test_a_host_that_accepts_and_never_answers_hangs_nobody(
    own_server: AsyncsshServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_login, "_LOGIN_LIMIT", 0.3)
    proxy = Proxy(own_server.port)
    await proxy.start()
    proxy.stall()
    runner = connect(through(own_server.settings, proxy))
    with pytest.raises(HostTimedOut):
        await runner.run(["true"], limit=10)
    with pytest.raises(HostTimedOut):
        await runner.run(["true"], limit=0.1)
    with pytest.raises(HostTimedOut):
        await fetch_host_key(HOST, proxy.port)
    await runner.close()
    await proxy.stop()


@pytest.mark.parametrize("code", [14, 9], ids=["nobody is let in", "the host key is wrong"])
@pytest.mark.usefixtures("socket_enabled")
async def test_who_has_not_proved_to_be_the_host_cannot_make_us_ask_for_credentials(
    connect: Connect, code: int
) -> None:
    """Anybody on the way can say anything before the keys are exchanged."""
    words = bytes([1, *code.to_bytes(4), *(9).to_bytes(4), *b"go\naway! ", *(0).to_bytes(4)])
    padding = 8 - (len(words) + 5) % 8 + 8

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-x\r\n" + (1 + len(words) + padding).to_bytes(4) + bytes([padding]) + words)
        writer.write(bytes(padding))
        await reader.read(10_000)
        writer.close()

    async with await asyncio.start_server(accept, HOST, 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(HostFailed) as raised:
            await works(connect(SshSettings(HOST, "ada", public_text(HOST_KEY), port, password=PASSWORD)))
    assert "\n" not in raised.value.fields["text"]


async def test_a_container_whose_user_has_no_name_gets_in_all_the_same(
    own_server: AsyncsshServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = own_server.settings
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOGNAME", "")
    with patch("pwd.getpwuid", side_effect=KeyError("uid not found")):
        await works(connect(settings))
        await fetch_host_key(HOST, own_server.port)


async def test_too_many_attempts_are_a_refusal(own_server: AsyncsshServer, connect: Connect) -> None:
    """OpenSSH says so when a wrong key used them up, and hangs up."""
    hang_up = asyncssh.DisconnectError(2, "Too many authentication failures")

    async def refuse(*_: object, client_factory: Callable[[], asyncssh.SSHClient], **_more: object) -> None:
        client_factory().validate_host_public_key(HOST, HOST, own_server.port, key(HOST_KEY))
        raise hang_up

    with patch("asyncssh.connect", refuse), pytest.raises(KeyRefused):
        await works(connect(own_server.settings))

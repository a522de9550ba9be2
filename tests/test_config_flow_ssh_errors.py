"""What can be wrong with a camera on another machine: told at its field, with all that was typed still there."""

import _socket
import asyncio
from collections.abc import AsyncGenerator, Callable
import socket
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pi_security_camera import host
from custom_components.pi_security_camera.runners import ssh_login
from simulator import SimulatedHost, install

from .dialogs import Dialog
from .runners.ssh_servers import HOST, OTHER_KEY, USER_KEY, free_port, private_text, public_text
from .ssh import SshPi, fingerprint, host_form, secrets_in, silent_server
from .test_config_flow import remove_programs

KEY = private_text(USER_KEY).strip()


async def answers_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer as a web server does that is asked for SSH."""
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    writer.close()


def resolve(host: str, *args: Any, **more: Any) -> Any:
    """Know no name, as a DNS server may; the tests have none."""
    if host.startswith("nowhere"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return _socket.getaddrinfo(host, *args, **more)


@pytest.fixture
async def ports(ssh_server: SshPi) -> AsyncGenerator[dict[str, int]]:
    """Ports on which no SSH is to be had."""
    servers = {"silent": await silent_server(), "http": await asyncio.start_server(answers_http, HOST, 0)}
    yield {name: server.sockets[0].getsockname()[1] for name, server in servers.items()} | {"closed": free_port()}
    for server in servers.values():
        server.close()
        await server.wait_closed()


async def test_what_is_wrong_with_the_way_there_is_told_and_nothing_typed_is_lost(
    hass: HomeAssistant, ssh_server: SshPi, ports: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_login, "_LOGIN_LIMIT", 0.5)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    wrong: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
        "no host": ({"host": " "}, {"host": "no_host"}),
        "no user": ({"username": " "}, {"username": "no_username"}),
        "neither": ({"host": "", "username": ""}, {"host": "no_host", "username": "no_username"}),
        "unknown name": ({"host": "nowhere.invalid"}, {"host": "host_name_not_found"}),
        "no name at all": ({"host": "a" * 70 + ".local"}, {"base": "host_failed"}),
        "closed": ({"port": ports["closed"]}, {"port": "host_port_closed"}),
        "silent": ({"port": ports["silent"]}, {"base": "host_timed_out"}),
        "no SSH": ({"port": ports["http"]}, {"port": "host_port_closed"}),
    }
    dialog = await (await Dialog.set_up(hass)).choose("ssh")
    typed = ssh_server.typed | {"password": "secret", "private_key": KEY}
    found = {}
    for name, (changes, _) in wrong.items():
        await dialog.submit(**typed | changes)
        found[name] = dialog.errors
        kept = {key: value.strip() if isinstance(value, str) else value for key, value in changes.items()}
        assert (dialog.step, dialog.filled_in) == ("ssh", typed | kept), name

    assert found == {name: errors for name, (_, errors) in wrong.items()}
    assert ssh_server.welcomed == 0
    monkeypatch.undo()
    await dialog.submit(**typed)
    assert dialog.step == "host_key"
    dialog.close()


async def test_what_is_wrong_with_the_credentials_is_told_at_their_field(
    hass: HomeAssistant, ssh_server: SshPi
) -> None:
    wrong: dict[str, tuple[str | None, dict[str, str], dict[str, str]]] = {
        "wrong password": ("right", {"password": "wrong"}, {"password": "password_refused"}),
        "unknown user": ("right", {"password": "right", "username": "root"}, {"password": "password_refused"}),
        "keys only": (None, {"password": "right"}, {"base": "password_not_allowed"}),
        "unknown key": (None, {"private_key": private_text(OTHER_KEY).strip()}, {"private_key": "key_refused"}),
        "public key": (None, {"private_key": public_text(USER_KEY)}, {"private_key": "key_unreadable"}),
        "half a key": (None, {"private_key": KEY[:200]}, {"private_key": "key_unreadable"}),
        "a bell": (None, {"private_key": KEY, "username": "p\x07i"}, {"base": "host_failed"}),
    }
    dialog = await (await Dialog.set_up(hass)).choose("ssh")
    found = {}
    for name, (password, credentials, _) in wrong.items():
        ssh_server.password = password
        typed = ssh_server.typed | {"password": "", "private_key": ""} | credentials
        await dialog.submit(**typed)
        if dialog.step == "host_key":
            await dialog.submit()
        found[name] = dialog.errors
        assert (dialog.step, dialog.filled_in) == ("ssh", typed), name

    assert found == {name: errors for name, (*_, errors) in wrong.items()}
    await dialog.submit(**ssh_server.typed, private_key=KEY)
    assert dialog.step == "camera"
    assert ssh_server.passwords == ["wrong", "right"]


async def test_what_is_wrong_with_the_camera_there_is_told_and_submitting_tries_again(
    hass: HomeAssistant, ssh_server: SshPi, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "_ASK_LIMIT", 1)
    wrong: dict[str, tuple[Callable[[], object], str]] = {
        "no programs": (lambda: remove_programs(pi), "program_not_found"),
        "no camera": (lambda: pi.set(fault="no_camera"), "no_camera"),
        "no right to use it": (lambda: pi.set(fault="not_in_video_group"), "not_in_video_group"),
        "no Pi": (lambda: pi.set(fault="not_a_pi"), "host_not_supported"),
        "a program that hangs": (
            lambda: pi.program("rpicam-jpeg").write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8"),
            "command_timeout",
        ),
        "no commands": (
            lambda: setattr(ssh_server, "login", "echo This account is not available."),
            "commands_refused",
        ),
        "no sessions": (lambda: setattr(ssh_server, "open_sessions", False), "commands_refused"),
    }
    dialog = await host_form(hass, ssh_server, private_key=KEY)
    found, typed = {}, ssh_server.typed | {"password": "", "private_key": KEY}
    for name, (hinder, _) in wrong.items():
        hinder()
        await dialog.submit()
        found[name] = dialog.errors
        assert (dialog.step, dialog.filled_in) == ("ssh", typed), name
        install(pi.directory, start_delay=0)
        if name == "no commands":
            assert dialog.told == {"host": HOST, "text": "This account is not available."}
        ssh_server.login = "exec sh -c {}"

    assert found == {name: {"base": error} for name, (_, error) in wrong.items()}
    ssh_server.open_sessions = True
    await dialog.submit()
    assert (dialog.step, dialog.errors) == ("camera", {})


async def test_a_test_photo_that_fails_is_told_in_the_form_of_the_camera(
    hass: HomeAssistant, ssh_server: SshPi, pi: SimulatedHost
) -> None:
    dialog = await host_form(hass, ssh_server, private_key=KEY)
    await dialog.submit()
    await ssh_server.stop()
    await dialog.submit(name="Hall", width=800)
    assert (dialog.step, dialog.errors, dialog.told["host"]) == ("camera", {"base": "host_port_closed"}, HOST)
    assert (dialog.filled_in["name"], dialog.filled_in["width"]) == ("Hall", 800)
    await ssh_server.start()
    pi.set(fault="no_memory")
    await dialog.submit()
    assert (dialog.step, dialog.errors) == ("camera", {"base": "camera_memory"})
    pi.heal()
    await dialog.submit()
    assert dialog.step == "test_photo"


async def test_a_host_that_shows_another_key_than_its_cameras_confirmed_is_not_let_near(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    """Who answers there may be another: he gets neither what was typed nor what is stored."""
    ssh_server.password = "right"  # noqa: S105
    await ssh_server.become_another(OTHER_KEY)
    dialog = await host_form(hass, ssh_server, password="right")  # noqa: S106
    assert (dialog.step, dialog.errors) == ("ssh", {"base": "host_key_changed"})
    assert (dialog.told["old"], dialog.told["new"]) == (fingerprint(0), fingerprint(OTHER_KEY))
    await dialog.submit(password="")
    assert (dialog.step, dialog.errors) == ("ssh", {"base": "host_key_changed"})
    assert (ssh_server.passwords, ssh_server.logins) == ([], 1)
    assert secrets_in(dialog.seen, ssh_entry.data["private_key"]) == []


async def test_what_nobody_foresaw_does_not_leave_the_dialog_waiting(
    hass: HomeAssistant, ssh_server: SshPi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("custom_components.pi_security_camera.host_flow.fetch_host_key", fail)
    dialog = await host_form(hass, ssh_server)
    assert (dialog.step, dialog.errors) == ("ssh", {"base": "capture_fault"})
    assert "ZeroDivisionError" in caplog.text

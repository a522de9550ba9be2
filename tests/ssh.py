"""A Raspberry Pi reached over SSH: a server in this process, whose commands find the simulated camera."""

import asyncio
from functools import cache
import json
import os
from pathlib import Path
import subprocess
from typing import Any

import asyncssh
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.pi_security_camera.const import DOMAIN
from custom_components.pi_security_camera.runners.ssh_login import SshSettings

from .dialogs import Dialog
from .runners import ssh_servers
from .runners.processes import children, until
from .runners.ssh_servers import HOST, USER_KEY, AsyncsshServer, key, private_text, public_text

SECOND_ID = "/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10"
USERNAME = "pi"


@cache
def fingerprint(number: int) -> str:
    """Return a key's fingerprint, as `ssh-keygen -l` on the Pi shows it."""
    return key(number).get_fingerprint()


class SshPi(AsyncsshServer):
    """A Pi as a user has it: whom it lets in stands in ~/.ssh/authorized_keys."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self.authorized_keys = self.home / ".ssh/authorized_keys"
        self.accounts = {USERNAME}
        self.passwords: list[str] = []
        """What was tried."""
        self.authorize(public_text(USER_KEY))

    @property
    def settings(self) -> SshSettings:
        return SshSettings(**self.data)

    @property
    def data(self) -> dict[str, Any]:
        """What the entry of a camera keeps of the way to it."""
        return {
            "host": HOST,
            "port": self.port,
            "username": USERNAME,
            "host_key": public_text(self.host_key),
            "private_key": private_text(USER_KEY),
        }

    @property
    def typed(self) -> dict[str, Any]:
        """What a user types to get there, but for the credentials."""
        return {"host": HOST, "port": self.port, "username": USERNAME}

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.host_key)

    def authorize(self, line: str) -> None:
        self.authorized_keys.parent.mkdir(exist_ok=True)
        with self.authorized_keys.open("a") as file:
            file.write(line + "\n")

    def forget_keys(self) -> None:
        self.authorized_keys.unlink()

    def run_by_hand(self, command: str) -> None:
        """Run a line as the user does who pastes it into a terminal there."""
        subprocess.run(  # noqa: S603
            ["sh", "-c", command],  # noqa: S607
            check=True,
            env={**os.environ, "HOME": str(self.home)},
            umask=0o022,
        )

    def lets_in(self, key: asyncssh.SSHKey) -> bool:
        lines = self.authorized_keys.read_text().splitlines() if self.authorized_keys.exists() else []
        return key.export_public_key().split()[1].decode() in " ".join(lines).split()

    def connections(self) -> int:
        """Return how many are open."""
        return sum(not connection.is_closed() for connection in self._connections)

    async def start(self) -> None:
        await super().start()
        assert self._acceptor
        self._acceptor.update(server_factory=lambda: _Doorman(self))

    async def become_another(self, host_key: int) -> None:
        """Answer at the same address with another key: a system that was installed anew, or an attacker."""
        await self.stop()
        self.host_key = host_key
        await self.start()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def idle(self) -> None:
        """Wait until nothing runs there any more."""
        await until(lambda: not self.processes())
        await until(lambda: not children())


class _Doorman(ssh_servers._Doorman):
    _server: SshPi

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username in self._server.accounts and self._server.lets_in(key)

    def validate_password(self, username: str, password: str) -> bool:
        self._server.passwords.append(password)
        return username in self._server.accounts and super().validate_password(username, password)


async def meet(hass: HomeAssistant, *entries: ConfigEntry) -> None:
    """Wait until cameras are connected to their hosts, and know them."""
    await until(lambda: all(entry.runtime_data.data.host for entry in entries))
    await hass.async_block_till_done(wait_background_tasks=True)


async def host_form(hass: HomeAssistant, pi: SshPi, **credentials: str) -> Dialog:
    """Open the dialog that sets a camera up, and submit the form with the host."""
    dialog = await (await Dialog.set_up(hass)).choose("ssh")
    return await dialog.submit(**pi.typed, **credentials)


async def finish(hass: HomeAssistant, dialog: Dialog, **changes: Any) -> ConfigEntry:
    """Go from the form with the camera to its end; return the entry."""
    assert (dialog.step, dialog.errors) == ("camera", {})
    await dialog.submit(**{"name": "Hall"} | changes)
    await dialog.choose("trigger")
    await dialog.submit()
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY
    entry: ConfigEntry = dialog.shown["result"]
    await meet(hass, entry)
    return entry


def reauth_flows(hass: HomeAssistant) -> list[str]:
    """Return the entries for which credentials are asked."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow["context"]["entry_id"] for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


def our_log(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return what we logged for users: levels and texts."""
    return [
        (record.levelname, record.getMessage())
        for record in [*caplog.get_records("setup"), *caplog.get_records("call")]
        if "pi_security_camera" in record.name and record.levelname != "DEBUG"
    ]


def secrets_in(text: str, *texts: str) -> list[str]:
    """Return which lines of secrets stand in a text."""
    lines = [line for each in texts for line in each.splitlines() if line and "PRIVATE KEY" not in line]
    return [line for line in lines if line in text or json.dumps(line)[1:-1] in text]


async def silent_server() -> asyncio.Server:
    """Return a server that accepts and never says a word."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    return await asyncio.start_server(accept, HOST, 0)

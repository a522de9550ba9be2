"""A simulated Raspberry Pi that is reached over SSH: its files, its user, and its server as a child process."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
import os
from pathlib import Path
import sys

import asyncssh

from . import children
from .ports import LOOPBACK, answers
from .progress import LabError, last_lines

USERNAME = "pi"

# Importing asyncssh takes a second on a slow machine, and several at its first time.
_START_LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class SshHost:
    """What a Pi has: a host key, a user with a home, the camera's programs, and a port of its server."""

    folder: Path
    programs: Path
    port: int

    def __str__(self) -> str:
        return f"{USERNAME}@{LOOPBACK} port {self.port}"

    @property
    def home(self) -> Path:
        """The home of the user `pi`."""
        return self.folder / "home"

    @property
    def authorized_keys(self) -> Path:
        """The file with the keys that may log in."""
        return self.home / ".ssh" / "authorized_keys"

    @property
    def log(self) -> Path:
        """What the server complains about."""
        return self.folder / "server.log"

    @property
    def host_key(self) -> asyncssh.SSHKey:
        """The key by which the Pi is known; made at the first start."""
        return asyncssh.read_private_key(self._host_key_file)

    def make(self) -> None:
        """Make what is missing of the key and the home, which are nobody else's business."""
        (self.home / ".ssh").mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._host_key_file.exists():
            self._host_key_file.touch(mode=0o600)
            self._host_key_file.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())

    def environment(self) -> dict[str, str]:
        """Return what a login of the user sees: the camera's programs come first."""
        return {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "LOGNAME": USERNAME,
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "SHELL": "/bin/sh",
            "USER": USERNAME,
        }

    async def run_as_user(self, line: str) -> None:
        """Run a line that a person would paste into a shell on the Pi. Raises LabError when it fails."""
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", line),
            cwd=self.home,
            env=self.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode:
            message = f"On the Pi this failed: {line}\n{said.decode(errors='replace').strip()}"
            raise LabError(message)

    def processes(self) -> list[int]:
        """Return the ids of all processes that logins of the user have left: they have its home."""
        mark = f"HOME={self.home}\0".encode()
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _has(entry, mark)]

    @property
    def _host_key_file(self) -> Path:
        return self.folder / "host_key"


def _has(process: Path, mark: bytes) -> bool:
    """Say whether a process has this in its environment; one that has ended has none."""
    try:
        return mark in (process / "environ").read_bytes()
    except OSError:
        return False


@contextlib.asynccontextmanager
async def running_ssh_host(host: SshHost) -> AsyncIterator[None]:
    """Run the Pi's SSH server. Raises LabError when it does not start."""
    host.make()
    with host.log.open("wb") as output:
        process = await children.start(
            [sys.executable, "-m", "scripts.lab", "ssh_server", host.folder, host.programs, str(host.port)],
            environment=os.environ,
            output=output,
        )
    try:
        await _until_ready(host, process)
        yield
    finally:
        await children.stop(process)


async def _until_ready(host: SshHost, process: asyncio.subprocess.Process) -> None:
    """Return when the server listens. Raises LabError when it ended or does not listen after 30 s."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_LIMIT):
            while process.returncode is None:
                if await answers(host.port):
                    return
                await asyncio.sleep(0.05)
    message = f"The SSH server did not start:\n{last_lines(host.log)}"
    raise LabError(message)

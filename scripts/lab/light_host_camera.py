"""The cameras of many stand-in Raspberry Pis, and the process in which those run."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys

from . import children
from .client import Client
from .entities import DOMAIN
from .flows import run_flow
from .integration import MARKER, make_key_pair
from .progress import LabError, progress
from .ssh_camera import CHOICES, confirming, login_of

# A person sets one up after the other; so many at once keep a core busy without making any of them wait for long.
_DIALOGS_AT_ONCE = 4

# Importing asyncssh takes a second on a slow machine, and several at its first time.
_START_LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class LightHost:
    """One stand-in: its port, the fingerprint of its host key, and what its camera is called."""

    port: int
    fingerprint: str
    name: str
    photos: Path
    """Where its photos go."""

    @property
    def topic(self) -> str:
        """The topic of its motion sensor."""
        return f"lab/{self.photos.name}"


@dataclass(frozen=True, slots=True)
class LightHostCameras:
    """The cameras of all of them; Home Assistant is given a private key that they know."""

    hosts: tuple[LightHost, ...]
    private_key: str

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of their motion triggers."""
        return tuple(host.topic for host in self.hosts)

    def environment(self) -> dict[str, str]:
        """Return an environment without the camera's programs: they are on the other machines."""
        return dict(os.environ)

    async def set_up(self, client: Client) -> None:
        """Set all of them up, some at a time. Raises LabError."""
        progress(f"Setting up {len(self.hosts)} hosts ...")
        places = asyncio.Semaphore(_DIALOGS_AT_ONCE)

        async def set_up_one(host: LightHost) -> None:
            async with places:
                await self._set_up(client, host)

        try:
            async with asyncio.TaskGroup() as tasks:
                for host in self.hosts:
                    tasks.create_task(set_up_one(host))
        except ExceptionGroup as group:
            # One is enough to tell.
            raise group.exceptions[0] from None

    async def _set_up(self, client: Client, host: LightHost) -> None:
        answers = {
            **login_of(host.port),
            "private_key": self.private_key,
            "name": host.name,
            "photo_dir": str(host.photos),
            "topic": host.topic,
        }
        deeds = {"host_key": confirming(host.fingerprint)}
        await run_flow(client, DOMAIN, choices=CHOICES, answers=answers, deeds=deeds)


@contextlib.asynccontextmanager
async def running_light_hosts(programs: Path, media: Path, count: int, delay: float) -> AsyncIterator[LightHostCameras]:
    """Run so many hosts whose photos take `delay` seconds, and go below `media`. Raises LabError."""
    private_key, public_key = await make_key_pair()
    process = await children.start(
        [
            *(sys.executable, "-m", "scripts.lab", "light_hosts"),
            *(programs, str(count), str(delay), MARKER.decode(), public_key),
        ],
        environment=os.environ,
        output=asyncio.subprocess.PIPE,
    )
    try:
        hosts = await _read_hosts(process, media)
        # What it complains about later must not fill the pipe.
        reader = asyncio.create_task(_echo(process))
        yield LightHostCameras(hosts, private_key)
        reader.cancel()
    finally:
        await children.stop(process)


async def _read_hosts(process: asyncio.subprocess.Process, media: Path) -> tuple[LightHost, ...]:
    """Read the first line that the process writes."""
    assert process.stdout is not None  # noqa: S101 - started with a pipe
    async with asyncio.timeout(_START_LIMIT):
        line = await process.stdout.readline()
    try:
        listed = json.loads(line)
    except ValueError as error:
        rest = await process.stdout.read()
        message = f"The hosts did not start:\n{(line + rest).decode(errors='replace')}"
        raise LabError(message) from error
    return tuple(
        LightHost(port, fingerprint, f"Pi {number}", media / f"pi_{number}")
        for number, (port, fingerprint) in enumerate(listed, start=1)
    )


async def _echo(process: asyncio.subprocess.Process) -> None:
    """Pass on what the process says."""
    while process.stdout and (line := await process.stdout.readline()):
        progress(line.decode(errors="replace").rstrip())

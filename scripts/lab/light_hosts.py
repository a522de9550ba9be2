"""Many Raspberry Pis in one process: python -m scripts.lab light_hosts PROGRAMS COUNT DELAY MARKER PUBLIC_KEY.

These are stand-ins. A photo of the simulator costs three processes, one of them Python: fifty in a second are more than
the small machine can start that is to measure Home Assistant, and not the simulator. So these servers start no process
for a command. They read the integration's command line, ask the simulator once for what it answers (versions, cameras,
the photo), and give that answer from then on, the photo after DELAY seconds. All that is between Home Assistant and
that answer is real: the connection, the login, the channel, the bytes, the exit status.

MARKER is what the integration's script writes before the command's own output. The first line on standard output is
JSON: the port and the fingerprint of each host. All know the same PUBLIC_KEY.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from functools import cache
import json
import os
from pathlib import Path
import shlex
from typing import override

import asyncssh

from .ports import LOOPBACK
from .ssh_host import USERNAME

# What stands before the command in the line that the integration sends: `exec sh -c SCRIPT NAME` and the script's own
# three arguments.
_BEFORE_COMMAND = 8
# What stands before the program when a time limit is given: `timeout -k SECONDS SECONDS`.
_TIMEOUT = 4

# The command takes a photo, rather than answer a question.
_OUTPUT = "-o"

type _Answer = tuple[int, bytes, bytes]


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal ends this process."""
    programs, count, delay, marker, public_key = arguments
    asyncio.run(_serve(_Camera(Path(programs), float(delay), marker.encode()), int(count), public_key))
    return 0


@cache
def command_in(line: str) -> tuple[str, ...]:
    """Return the command in the line that the integration sends. Raises ValueError when it is another line."""
    words = shlex.split(line)
    command = words[_BEFORE_COMMAND:]
    if words[:3] != ["exec", "sh", "-c"] or not command:
        raise ValueError(line)
    return tuple(command[_TIMEOUT:] if command[0] == "timeout" else command)


class _Camera:
    """What the simulator has answered, by command."""

    def __init__(self, programs: Path, delay: float, marker: bytes) -> None:
        self.marker = marker
        self._environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        self._delay = delay
        self._answers: dict[tuple[str, ...], asyncio.Task[_Answer]] = {}

    async def answer(self, command: tuple[str, ...]) -> _Answer:
        """Return a command's exit status and outputs, a photo when its time has come."""
        if command not in self._answers:
            self._answers[command] = asyncio.create_task(self._ask(command))
        waiting = asyncio.sleep(self._delay if _OUTPUT in command else 0)
        # Whoever is stopped meanwhile takes nobody else's answer with it.
        answer, _ = await asyncio.gather(asyncio.shield(self._answers[command]), waiting)
        return answer

    async def _ask(self, command: tuple[str, ...]) -> _Answer:
        process = await asyncio.create_subprocess_exec(
            *command, env=self._environment, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
        stdout, stderr = await process.communicate()
        return await process.wait(), stdout, stderr


async def _serve(camera: _Camera, count: int, public_key: str) -> None:
    """Listen at as many ports, tell them, and serve for ever."""
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(count)]
    known = asyncssh.import_public_key(public_key)
    acceptors = [await _listen(camera, key, known) for key in keys]
    fingerprints = [key.get_fingerprint() for key in keys]
    ports = [acceptor.get_port() for acceptor in acceptors]
    print(json.dumps([*zip(ports, fingerprints, strict=True)]), flush=True)
    await asyncio.gather(*(acceptor.wait_closed() for acceptor in acceptors))


async def _listen(camera: _Camera, host_key: asyncssh.SSHKey, known: asyncssh.SSHKey) -> asyncssh.SSHAcceptor:
    """Open one host, at a port that the system chooses."""
    return await asyncssh.create_server(
        lambda: _Doorkeeper(camera, known),
        LOOPBACK,
        0,
        config=None,
        server_host_keys=[host_key],
        gss_host=None,
        password_auth=False,
        kbdint_auth=False,
        host_based_auth=False,
        encoding=None,
    )


class _Doorkeeper(asyncssh.SSHServer):
    """Lets the user in who has the key."""

    def __init__(self, camera: _Camera, known: asyncssh.SSHKey) -> None:
        self._camera = camera
        self._known = known

    @override
    def public_key_auth_supported(self) -> bool:
        return True

    @override
    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USERNAME and key.public_data == self._known.public_data

    @override
    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        return _Command(self._camera)


class _Command(asyncssh.SSHServerSession[bytes]):
    """One command: its answer comes by itself, unless the end of stdin comes first."""

    def __init__(self, camera: _Camera) -> None:
        self._camera = camera
        self._command: tuple[str, ...] = ()
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._answering: asyncio.Task[None] | None = None

    @override
    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    @override
    def exec_requested(self, command: str) -> bool:
        self._command = command_in(command)
        return True

    @override
    def session_started(self) -> None:
        if self._channel:
            self._answering = asyncio.create_task(self._answer(self._channel))

    @override
    def eof_received(self) -> bool:
        """End the command as the signal would that the integration's script sends."""
        if self._answering and not self._answering.done() and self._channel:
            self._answering.cancel()
            self._channel.exit_with_signal("TERM")
        return True

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._answering:
            self._answering.cancel()

    async def _answer(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        channel.write(self._camera.marker)
        exit_status, stdout, stderr = await self._camera.answer(self._command)
        channel.write(stdout)
        channel.write_stderr(stderr)
        channel.write_eof()
        channel.exit(exit_status)

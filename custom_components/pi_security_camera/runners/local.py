"""Commands on this machine, as child processes."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
import math
import os
import signal

from ..capture.command import Completed
from ..capture.errors import CommandTimeout, OutputTooLarge, ProgramNotFound
from . import GRACE, STDERR_TAIL, STDOUT_LIMIT

_CHUNK = 64 * 1024
# Exit statuses of coreutils' timeout when it cannot start the program.
_NOT_STARTED = (126, 127)


class LocalRunner:
    """Runs commands as children of Home Assistant, each in a process group of its own."""

    async def run(self, argv: Sequence[str], *, limit: float, stdout_limit: int = STDOUT_LIMIT) -> Completed:
        """Run a command to its end; see Runner.run."""
        # Our own limit ends it. The one of timeout(1) is for the day that Home Assistant is killed in the middle: a
        # program that waits for a dead sensor would keep the camera until the next boot.
        backstop = ("timeout", "-k", f"{GRACE:g}", str(math.ceil(limit + 2 * GRACE)))
        process = await _start([*backstop, *argv], instead=argv)
        output = _Output(process)
        try:
            async with asyncio.timeout(limit):
                stdout = await output.read_all(stdout_limit)
                await process.wait()
        except TimeoutError:
            raise CommandTimeout(limit, output.stderr) from None
        finally:
            await _stop(process, signal.SIGTERM)
            await output.close()
        assert process.returncode is not None  # noqa: S101 - it was waited for
        if process.returncode in _NOT_STARTED and not stdout:
            raise ProgramNotFound(argv[0])
        return Completed(process.returncode, stdout, output.stderr)

    @asynccontextmanager
    async def stream(self, argv: Sequence[str]) -> AsyncIterator[LocalStream]:
        """Start a command that has no end of its own; see Runner.stream."""
        process = await _start(argv)
        stream = LocalStream(process)
        try:
            yield stream
        finally:
            await _stop(process, signal.SIGINT)
            await stream.close()

    async def close(self) -> None:
        """Nothing is kept between commands."""


class _Output:
    """Both outputs of a process, read at the same time so that it never waits for us."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101 - started with a pipe
        assert process.stderr is not None  # noqa: S101 - started with a pipe
        self._stdout = process.stdout
        self._tail = bytearray()
        self._stderr_reader = asyncio.create_task(self._read_stderr(process.stderr))

    @property
    def stderr(self) -> str:
        """The tail of what it said on stderr so far."""
        return self._tail.decode(errors="replace")

    async def read_all(self, limit: int) -> bytes:
        """Return all of stdout; raise OutputTooLarge beyond `limit` bytes."""
        data = bytearray()
        async for chunk in self.chunks():
            data += chunk
            if len(data) > limit:
                raise OutputTooLarge(limit)
        await asyncio.shield(self._stderr_reader)
        return bytes(data)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield stdout's bytes as they arrive."""
        while chunk := await self._stdout.read(_CHUNK):
            yield chunk

    async def close(self) -> None:
        """Stop reading; a grandchild may hold the pipe open long after the process itself is gone."""
        self._stderr_reader.cancel()
        await asyncio.wait([self._stderr_reader])

    async def _read_stderr(self, stderr: asyncio.StreamReader) -> None:
        while chunk := await stderr.read(_CHUNK):
            self._tail += chunk
            del self._tail[:-STDERR_TAIL]


class LocalStream(_Output):
    """A running child whose stdout is read as it comes."""

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        self._process = process

    @property
    def exit_status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.returncode


async def _start(argv: Sequence[str], instead: Sequence[str] = ()) -> Process:
    """Start a command; when its program is not there, `instead`, if there is one. Raises ProgramNotFound."""
    try:
        return await asyncio.create_subprocess_exec(
            *argv, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except FileNotFoundError, PermissionError:
        if instead:
            return await _start(instead)
        raise ProgramNotFound(argv[0]) from None


async def _stop(process: Process, first: signal.Signals) -> None:
    """End the process and its group, gently first, and reap it; being cancelled meanwhile does not stop that."""
    stopping = asyncio.create_task(_end(process, first))
    cancelled: asyncio.CancelledError | None = None
    while not stopping.done():
        try:
            await asyncio.shield(stopping)
        except asyncio.CancelledError as error:
            cancelled = error
    stopping.result()
    if cancelled:
        raise cancelled


async def _end(process: Process, first: signal.Signals) -> None:
    if process.returncode is not None:
        return
    order = (first, signal.SIGTERM, signal.SIGKILL) if first is signal.SIGINT else (first, signal.SIGKILL)
    for number in order:
        _signal_group(process, number)
        try:
            async with asyncio.timeout(GRACE):
                await process.wait()
        except TimeoutError:
            continue
        break
    # What the command itself started may have outlived it.
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: Process, number: signal.Signals) -> None:
    """Send a signal to the process group, whose id is the process's own since it leads its session."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError, PermissionError:
        return

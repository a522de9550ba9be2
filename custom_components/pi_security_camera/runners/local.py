"""Commands on this machine, as child processes."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
import math
import os
import shutil
import signal

from ..capture.command import Completed
from ..capture.runner_errors import CommandNotStarted, CommandTimeout, OutputTooLarge, ProgramNotFound, RunnerError
from . import GRACE, STDERR_TAIL, STDOUT_LIMIT
from .waiting import to_its_end

_CHUNK = 64 * 1024
# What asyncio takes from a pipe before it is read, unless told otherwise; twice that at most. Bytes.
_LIMIT = 64 * 1024
# Exit statuses of timeout(1) when it cannot start the program, which it then says in its own name. A program whose
# libraries do not fit together ends with 127, too.
_NOT_STARTED = (126, 127)
# What a stream is run by where it can: Linux kills it when Home Assistant is killed. A program whose sensor is dead
# writes nothing, so it would not see that nobody reads any more, and keep the camera until the next boot.
_TIE = ("setpriv", "--pdeathsig", "KILL", "--")
_TRY_LIMIT = 5.0


class LocalRunner:
    """Runs commands as children of Home Assistant, each in a process group of its own."""

    def __init__(self) -> None:
        self._tie: Sequence[str] | None = None

    async def run(self, argv: Sequence[str], *, limit: float, stdout_limit: int = STDOUT_LIMIT) -> Completed:
        """Run a command to its end; see Runner.run."""
        # Our own limit ends it. The one of timeout(1) is for the day that Home Assistant is killed in the middle: a
        # program that waits for a dead sensor would keep the camera until the next boot.
        backstop = ("timeout", "-k", f"{GRACE:g}", str(math.ceil(limit + 2 * GRACE)))
        child = await _start([*backstop, *argv], instead=argv)
        try:
            async with asyncio.timeout(limit):
                stdout = await child.read_all(stdout_limit)
                exit_status = await child.wait()
        except TimeoutError:
            raise CommandTimeout(limit, child.stderr) from None
        finally:
            await _stop(child, signal.SIGTERM)
        if exit_status in _NOT_STARTED and child.stderr.startswith("timeout:"):
            raise ProgramNotFound(argv[0])
        return Completed(exit_status, stdout, child.stderr)

    @asynccontextmanager
    async def stream(self, argv: Sequence[str]) -> AsyncIterator[LocalStream]:
        """Start a command that has no end of its own; see Runner.stream."""
        if await asyncio.to_thread(shutil.which, argv[0]) is None:
            raise ProgramNotFound(argv[0])
        child = await _start([*await self._usable_tie(), *argv])
        try:
            yield child
        finally:
            await _stop(child, signal.SIGINT)

    async def close(self) -> None:
        """Nothing is kept between commands."""

    async def _usable_tie(self) -> Sequence[str]:
        """Return what ties a command to us; nothing where that is not there, or another program of the same name."""
        if self._tie is None:
            self._tie = ()
            with suppress(RunnerError):
                tried = await self.run([*_TIE, "true"], limit=_TRY_LIMIT)
                self._tie = () if tried.exit_status else _TIE
        return self._tie


class LocalStream:
    """A child and its two outputs; what it says on stderr is read all the time, so that it never waits for us."""

    # A pipe's, what asyncio takes from it beforehand, and a chunk of ours.
    most_waiting = 64 * 1024 + 2 * _LIMIT + _CHUNK

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101 - started with a pipe
        assert process.stderr is not None  # noqa: S101 - started with a pipe
        self._process = process
        self._stdout = process.stdout
        self._tail = bytearray()
        self._stderr_reader = asyncio.create_task(self._read_stderr(process.stderr))

    @property
    def stderr(self) -> str:
        """The tail of what it said on stderr so far."""
        return self._tail.decode(errors="replace")

    @property
    def exit_status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.returncode

    async def wait(self) -> int:
        """Wait for its end; return the exit status."""
        return await self._process.wait()

    async def read_all(self, limit: int) -> bytes:
        """Return all of stdout; raise OutputTooLarge beyond `limit` bytes."""
        data = bytearray()
        async for chunk in self.chunks():
            data += chunk
            if len(data) > limit:
                raise OutputTooLarge(limit)
        return bytes(data)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield stdout's bytes as they arrive."""
        while chunk := await self._stdout.read(_CHUNK):
            yield chunk

    async def stop(self, first: signal.Signals) -> None:
        """End the process and its group, gently first, and reap it; then let go of its outputs."""
        order = (first, signal.SIGTERM, signal.SIGKILL) if first is signal.SIGINT else (first, signal.SIGKILL)
        for number in order:
            if self.exit_status is not None:
                break
            self._signal_group(number)
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self.wait()
        # What the command itself started may have outlived it.
        self._signal_group(signal.SIGKILL)
        # Its last words may still lie in the pipe.
        await asyncio.wait([self._stderr_reader], timeout=GRACE)
        self._stderr_reader.cancel()
        await asyncio.wait([self._stderr_reader])
        # asyncio closes the pipes only when they have been read to their end; a process of another group that holds
        # them may keep them from ever ending.
        self._process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001

    def _signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process group, whose id is the process's own since it leads its session."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _read_stderr(self, stderr: asyncio.StreamReader) -> None:
        while chunk := await stderr.read(_CHUNK):
            self._tail += chunk
            del self._tail[:-STDERR_TAIL]


async def _start(argv: Sequence[str], instead: Sequence[str] = ()) -> LocalStream:
    """Start a command; when its program is not there, `instead`, if there is one. Raises ProgramNotFound.

    Being cancelled meanwhile leaves no process: asyncio would kill timeout(1) alone, and not what that has started.
    """
    try:
        process, cancelled = await to_its_end(
            asyncio.create_subprocess_exec(*argv, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True)
        )
    except FileNotFoundError, PermissionError:
        if instead:
            return await _start(instead)
        raise ProgramNotFound(argv[0]) from None
    except OSError as error:
        raise CommandNotStarted(error.strerror or str(error)) from error
    child = LocalStream(process)
    if cancelled:
        await _stop(child, signal.SIGTERM)
        raise cancelled
    return child


async def _stop(child: LocalStream, first: signal.Signals) -> None:
    """Stop a child; being cancelled meanwhile does not stop that."""
    _, cancelled = await to_its_end(child.stop(first))
    if cancelled:
        raise cancelled

"""How a command is run on a host: one protocol, a local process or SSH behind it. No Home Assistant here."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ..capture.command import Completed

# A 64-megapixel photo of best quality stays well below.
STDOUT_LIMIT = 64 * 1024 * 1024
# What the programs say at the end is what tells why they failed.
STDERR_TAIL = 4096
# rpicam needs some frames to stop cleanly; what has not ended after this gets the next, harder signal. Seconds.
GRACE = 2.0


class Stream(Protocol):
    """A running command whose stdout is read as it comes."""

    @property
    def most_waiting(self) -> int:
        """How many bytes of stdout may wait on their way here, when that is slow."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield stdout's bytes as they arrive, until the command ends or closes it."""
        ...

    @property
    def stderr(self) -> str:
        """The tail of what it said on stderr so far."""
        ...

    @property
    def exit_status(self) -> int | None:
        """Its exit status; None while it runs."""
        ...


class Runner(Protocol):
    """Runs argument lists on one host."""

    async def run(self, argv: Sequence[str], *, limit: float, stdout_limit: int = STDOUT_LIMIT) -> Completed:
        """Run a command to its end, `limit` seconds at most, and return what it left.

        Whatever happens, cancellation included, no process is left behind. Raises ProgramNotFound, CommandTimeout,
        OutputTooLarge (more than `stdout_limit` bytes), and other RunnerErrors where the host itself can be away.
        """
        ...

    def stream(self, argv: Sequence[str]) -> AbstractAsyncContextManager[Stream]:
        """Start a command that has no end of its own; leaving the context stops it: INT, TERM, KILL, and it is reaped.

        Raises ProgramNotFound.
        """
        ...

    async def close(self) -> None:
        """Let go of what is kept between commands."""
        ...

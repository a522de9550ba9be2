"""One connection to a host, kept as long as somebody uses it, and made again when it is lost."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import logging

import asyncssh

from ..capture.runner_errors import HostConnectionLost, HostError, HostUnreachable
from .ssh_login import Login, SshSettings

# The pauses between attempts double from the first to the longest: a host that restarts is there again after some
# 20 seconds, one that was switched off need not be asked all the time. A command that waits is an attempt of its own.
# Seconds.
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
# A wrong password stays wrong. Hosts lock an address out after five failures in ten minutes (fail2ban's default), and a
# storm of alerts must not be such a row: until this has passed, commands get the answer of the last attempt. Seconds.
_REFUSED_PAUSE = 300.0

_LOGGER = logging.getLogger(__name__)

type OnChange = Callable[[HostError | None], None]


class SshConnection:
    """A host's connection, shared by the runners of its cameras: kept from the first `join` to the last `leave`."""

    def __init__(self, settings: SshSettings) -> None:
        self.host = settings.host
        self.problem: HostError | None = None
        """Why there is no connection; None while there is one, and before the first attempt has ended."""
        self._login = Login(settings)
        self._members: dict[object, OnChange | None] = {}
        self._current: asyncssh.SSHClientConnection | None = None
        self._opened = asyncio.Event()
        self._attempt: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._rest_until = 0.0

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as one can know."""
        return self._opened.is_set()

    @property
    def used(self) -> bool:
        """Whether anybody uses it."""
        return bool(self._members)

    def join(self, member: object, on_change: OnChange | None = None) -> None:
        """Keep a connection for this member from now on.

        `on_change` hears why there is none, or None when there is one; whenever that changes, and at first.
        """
        self._members[member] = on_change
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())
        elif self.connected or self.problem:
            # The others have heard already.
            asyncio.get_running_loop().call_soon(self._tell_one, member)

    async def leave(self, member: object) -> None:
        """Let go; with the last member goes the connection. Who has left is not called back."""
        self._members.pop(member, None)
        if self._members:
            return
        tasks = [task for task in (self._keeper, self._attempt) if task]
        current, self._keeper, self._attempt, self._current = self._current, None, None, None
        self._opened.clear()
        # All is told to end before anything is waited for: who is cancelled while waiting leaves nothing open.
        for task in tasks:
            task.cancel()
        if current:
            current.close()
        if tasks:
            await asyncio.wait(tasks)
        if current:
            await current.wait_closed()

    async def get(self) -> asyncssh.SSHClientConnection:
        """Return the connection, making it at once when there is none; all who wait share one attempt.

        Raises HostError.
        """
        if not self._members:
            raise HostConnectionLost(self.host)
        if self._alive is None and asyncio.get_running_loop().time() >= self._rest_until:
            if self._attempt is None or self._attempt.done():
                self._attempt = asyncio.create_task(self._try())
            # A cancelled command takes nobody else's attempt with it.
            await asyncio.wait([self._attempt])
        if current := self._alive:
            return current
        # The same error may be raised often: what each raise adds to its traceback would stay.
        raise (self.problem or HostConnectionLost(self.host)).with_traceback(None)

    @property
    def _alive(self) -> asyncssh.SSHClientConnection | None:
        return None if self._current is None or self._current.is_closed() else self._current

    async def _try(self) -> None:
        """Connect once; afterwards there is a connection or a problem."""
        try:
            self._current = await self._login.connect()
        except HostError as problem:
            if _is_refusal(problem):
                self._rest_until = asyncio.get_running_loop().time() + _REFUSED_PAUSE
            self._tell(problem)
        else:
            self._tell(None)

    async def _keep(self) -> None:
        """Connect, wait for the loss, connect again, with growing pauses."""
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            with suppress(HostError):
                connection = await self.get()
                opened_at = loop.time()
                await connection.wait_closed()
                self._tell(HostConnectionLost(self.host))
                # A host that lets us in and throws us out at once must not be asked all the time, either.
                if loop.time() - opened_at > pause:
                    pause = _FIRST_PAUSE
            await self._rest(_REFUSED_PAUSE if _is_refusal(self.problem) else pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _rest(self, seconds: float) -> None:
        """Wait, or until a command has made a connection before us."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._opened.wait()

    def _tell(self, problem: HostError | None) -> None:
        """Note that there is a connection (None) or why not, and tell the members when that is news."""
        news = type(problem) is not type(self.problem) or self.connected is bool(problem)
        self.problem = problem
        if problem is None:
            self._opened.set()
        else:
            self._opened.clear()
        if news:
            for member in [*self._members]:
                self._tell_one(member)

    def _tell_one(self, member: object) -> None:
        if on_change := self._members.get(member):
            try:
                on_change(self.problem)
            except Exception:
                # The others are to hear it all the same, and the connection is to be kept.
                _LOGGER.exception("Somebody failed to hear about the connection to %s", self.host)


def _is_refusal(problem: HostError | None) -> bool:
    """Say whether asking again soon would only get the same answer."""
    return problem is not None and not isinstance(problem, HostUnreachable)

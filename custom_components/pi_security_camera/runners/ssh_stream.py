"""One command on an SSH channel: its outputs and its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncssh

from ..capture.runner_errors import CommandsRefused, HostConnectionLost, OutputTooLarge, ProgramNotFound
from . import GRACE, STDERR_TAIL

# The line that the far side writes to stdout just before the command's own output.
MARKER = b"pi_security_camera: started\n"
_CHUNK = 64 * 1024
# A photo fits in: asyncssh is only told to wait when the reader is slow.
_BUFFER = 1024 * 1024
# What the host may send before we have taken it. A photo fits in, however long the line is. Bytes.
PHOTO_WINDOW = 2 * 1024 * 1024
# On a slow line frames wait that long, and nobody knows how long they have; on a fast one this is some ten megabytes a
# second at 20 ms there and back. Bytes.
FRAMES_WINDOW = 256 * 1024


class SshStream(asyncssh.SSHClientSession[bytes]):
    """A command on a host. asyncssh hands in what arrives; who runs the command reads it."""

    def __init__(self, host: str, window: int) -> None:
        """`window`: how many bytes the host may send before they are taken."""
        self._host = host
        self._window = window
        self._connection: asyncssh.SSHClientConnection | None = None
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._opening: asyncio.Task[object] | None = None
        self._heart: asyncio.TimerHandle | None = None
        self._stdout = asyncio.StreamReader(limit=_BUFFER)
        self._tail = bytearray()
        self._exit_status: int | None = None
        self._eof_came = False
        self._stopped = False
        # Both are set when the connection breaks, too.
        self._ended = asyncio.Event()
        self._closed = asyncio.Event()

    @property
    def most_waiting(self) -> int:
        """How many bytes may wait: on the line, in sshd, which reads as much ahead, and in the pipe to the program."""
        return 2 * self._window + 256 * 1024

    @property
    def stderr(self) -> str:
        """The tail of what it said on stderr so far."""
        return self._tail.decode(errors="replace")

    @property
    def last_word(self) -> str:
        """The last line of it."""
        return (self.stderr.splitlines() or [""])[-1]

    @property
    def exit_status(self) -> int | None:
        """Its exit status; None while it runs, and when it was not told before the connection broke."""
        return self._exit_status

    async def open(self, connection: asyncssh.SSHClientConnection, command: str) -> None:
        """Have the host run a command line. Raises CommandsRefused, HostConnectionLost."""
        self._connection = connection
        # asyncssh forgets a channel whose opening is cancelled, the host does not. So the opening goes on, and what it
        # opens then is closed (`connection_made`).
        self._opening = asyncio.create_task(
            connection.create_session(lambda: self, command, encoding=None, window=self._window)
        )
        # Nobody waits any more when it fails after that: asyncio would make a line in the log of it.
        self._opening.add_done_callback(lambda opening: opening.cancelled() or opening.exception())
        await asyncio.wait([self._opening])
        error = self._opening.exception()
        # Its result holds this stream: left here, each command would wait for the garbage collector.
        self._opening = None
        if error is None:
            return
        # A connection that breaks in this moment says so one step later.
        await asyncio.sleep(0)
        if connection.is_closed():
            raise HostConnectionLost(self._host) from None
        raise CommandsRefused(self._host, str(error)) from None

    async def started(self, program: str) -> None:
        """Wait until the command runs. Raises ProgramNotFound, CommandsRefused, HostConnectionLost."""
        try:
            await self._stdout.readuntil(MARKER)
        except asyncio.LimitOverrunError:
            raise CommandsRefused(self._host, self.last_word) from None
        except asyncio.IncompleteReadError as error:
            if await self.wait() == 127:  # noqa: PLR2004 - as sh tells it, here by our own script
                raise ProgramNotFound(program) from None
            said = error.partial.decode(errors="replace").splitlines() or [""]
            raise CommandsRefused(self._host, self.last_word or said[-1]) from None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield stdout's bytes as they arrive. Raises HostConnectionLost when the connection breaks meanwhile."""
        while chunk := await self._stdout.read(_CHUNK):
            yield chunk
        if self._closed.is_set():
            await self.wait()

    async def read_all(self, limit: int) -> bytes:
        """Return all of stdout; raise OutputTooLarge beyond `limit` bytes, HostConnectionLost."""
        data = bytearray()
        async for chunk in self.chunks():
            data += chunk
            if len(data) > limit:
                raise OutputTooLarge(limit)
        return bytes(data)

    async def wait(self) -> int:
        """Wait for its end; return the exit status. Raises HostConnectionLost when that, or all output, never came."""
        await self._ended.wait()
        if self._exit_status is None or self._is_cut:
            raise HostConnectionLost(self._host)
        return self._exit_status

    def keep_alive(self, interval: float) -> None:
        """Tell the far side from now on, every `interval` seconds, that we are still here."""
        if self._channel and not self._channel.is_closing():
            self._channel.write(b"\n")
            self._heart = asyncio.get_running_loop().call_later(interval, self.keep_alive, interval)

    async def stop(self) -> None:
        """End the command, and let go of the channel."""
        self._stopped = True
        if self._heart:
            self._heart.cancel()
        if self._channel is None:
            return
        # What still comes is thrown away (`data_received`): else a full buffer would hold up the answer behind it.
        self._channel.resume_reading()
        if not self._ended.is_set():
            self._channel.write_eof()
            # Three signals at most; and the answer's way to us.
            await _within(4 * GRACE, self._ended)
        # Its last words may still be on their way.
        await _within(GRACE, self._closed)
        self._channel.abort()

    @property
    def _is_cut(self) -> bool:
        """Whether the connection broke before the output's end. sshd tells the exit status before the last bytes.

        Some servers just close the channel at the end, which is an end, too, as long as they are there.
        """
        closed = self._connection is not None and self._connection.is_closed()
        return closed and self._closed.is_set() and not self._eof_came

    # What asyncssh calls.

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """Take the channel, which is open; the command line has not been sent."""
        if self._stopped:
            chan.abort()
            return
        self._channel = chan
        # To the reader, a channel is a transport: something that can be told to pause.
        self._stdout.set_transport(chan)  # type: ignore[arg-type]

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Take what the command wrote; without a data type it is stdout."""
        if datatype is None:
            if not self._stopped:
                self._stdout.feed_data(data)
        else:
            self._tail += data
            del self._tail[:-STDERR_TAIL]

    def eof_received(self) -> bool:
        """Note that its outputs have ended; the channel stays for the exit status."""
        self._eof_came = True
        self._stdout.feed_eof()
        return True

    def exit_status_received(self, status: int) -> None:
        """Note that the command ended by itself."""
        self._end(status)

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:  # noqa: FBT001
        """Note which signal killed the command. SSH has no names for some; those are -99."""
        assert self._channel is not None  # noqa: S101 - it is what received this
        self._end(self._channel.get_returncode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the channel is closed, or the connection broke."""
        self._stdout.feed_eof()
        self._closed.set()
        self._end(self._exit_status)

    def _end(self, exit_status: int | None) -> None:
        self._exit_status = exit_status
        self._ended.set()


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, but not for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()

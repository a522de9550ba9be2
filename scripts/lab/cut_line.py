"""A line to a server of this machine that can be cut."""

import asyncio
from collections.abc import AsyncIterator
import contextlib

from .ports import LOOPBACK

# Small enough that a cut falls between the bytes of a photo.
_CHUNK = 8192


class CutLine:
    """Passes connections on to a port, and cuts them when told so."""

    def __init__(self, target: int) -> None:
        """Name the server by its loopback port."""
        self.port = 0
        """Where it listens."""
        self.received = 0
        """How many bytes the server has sent."""
        self.cuts = 0
        """How often a connection was cut."""
        self._target = target
        self._cut_at: int | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator[None]:
        """Listen; at last, cut what is left."""
        server = await asyncio.start_server(self._accept, LOOPBACK)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            try:
                yield
            finally:
                self._abort()

    def cut(self) -> None:
        """Cut the line now; it stands again for the next connection."""
        self._cut_at = None
        if self._writers:
            self.cuts += 1
            self._abort()

    def cut_after(self, count: int) -> None:
        """Cut the line when the server has sent so many more bytes."""
        self._cut_at = self.received + count

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a connection on until one of its ends closes it."""
        try:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        try:
            await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer, counted=True))
        finally:
            self._writers -= {writer, far_writer}

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                if counted and (before := self._count(len(data))) is not None:
                    writer.write(data[:before])
                    self.cut()
                    return
                writer.write(data)
                await writer.drain()
        writer.close()

    def _count(self, count: int) -> int | None:
        """Count what the server sent; return how much of it comes before the cut, when this is where it is due."""
        begin, self.received = self.received, self.received + count
        if self._cut_at is None or self._cut_at > self.received:
            return None
        return self._cut_at - begin

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

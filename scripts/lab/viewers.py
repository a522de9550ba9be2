"""Viewers of a camera's live picture: those that take all of it, and one that has stopped taking anything."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import contextlib
import re
import socket
import time

from simulator.scene import read_barcode

from .ports import LOOPBACK

type Path = Callable[[], Awaitable[str]]
"""Returns where the live picture is seen now: its token does not last."""

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)

# A viewer that takes nothing is let go after half a minute: the next one comes before. Seconds.
_STALLED = 20.0
# What the system takes for one that does, at the least. Bytes.
_BUFFER = 4096


class Viewer:
    """One connection that takes each picture as it comes."""

    def __init__(self) -> None:
        self.pictures = 0
        """How many it has taken."""
        self._newest = b""
        self._taken_at = 0.0

    async def watch(self, port: int, path: Path) -> None:
        """Take pictures until this is cancelled. Raises OSError, and EOFError when the stream ends."""
        async with _connected(port, await path()) as reader:
            while True:
                head = await reader.readuntil(_END_OF_HEAD)
                length = _LENGTH.search(head)
                if length is None:
                    raise EOFError
                self._newest = await reader.readexactly(int(length[1]))
                self._taken_at = time.time()
                self.pictures += 1

    def age(self) -> float:
        """Return how old the newest picture was when it had been taken, in ms, by its bar code."""
        return self._taken_at * 1000 - read_barcode(self._newest).exposed_at


async def stall(port: int, path: Path) -> None:
    """View and take nothing, again and again, until this is cancelled."""
    while True:
        async with _connected(port, await path()):
            await asyncio.sleep(_STALLED)


@contextlib.asynccontextmanager
async def watched(port: int, path: Path, count: int) -> AsyncIterator[list[Viewer]]:
    """Have so many viewers, and a stalled one besides; yield those that take something.

    Raises an ExceptionGroup when one of them was let go.
    """
    viewers = [Viewer() for _ in range(count)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(viewer.watch(port, path)) for viewer in viewers]
        tasks.append(group.create_task(stall(port, path)))
        yield viewers
        for task in tasks:
            task.cancel()


@contextlib.asynccontextmanager
async def _connected(port: int, path: str) -> AsyncIterator[asyncio.StreamReader]:
    """Ask for the live picture and yield what follows the answer's head."""
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    connection.settimeout(0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    await loop.sock_connect(connection, (LOOPBACK, port))
    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        # In this version of HTTP what follows the head is the stream and nothing else.
        writer.write(f"GET {path} HTTP/1.0{_END_OF_HEAD.decode()}".encode())
        await reader.readuntil(_END_OF_HEAD)
        yield reader
    finally:
        writer.transport.abort()

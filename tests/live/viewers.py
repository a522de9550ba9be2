"""Viewers of a camera's live picture: those that take each picture as a browser does, and those that take it slowly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
import socket
from typing import Any

from aiohttp import MultipartReader
from aiohttp.multipart import MultipartResponseWrapper
from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant

from simulator.scene import Barcode, read_barcode
from tests.conftest import state_of

type Client = TestClient[Any, Any]

URL = "/api/camera_proxy_stream/camera.hall"


@dataclass(slots=True)
class Viewer:
    """A connection; `pictures` are those that it has taken."""

    reader: MultipartResponseWrapper
    pictures: list[bytes] = field(default_factory=list)

    async def take(self) -> bytes | None:
        """Take the next picture; None when the stream has ended. Raises what aiohttp does for a broken connection."""
        async with asyncio.timeout(10):
            part = await self.reader.next()
            if part is None:
                return None
            assert not isinstance(part, MultipartReader)
            assert part.headers["Content-Type"] == "image/jpeg"
            picture = bytes(await part.read())
        assert len(picture) == int(part.headers["Content-Length"])
        self.pictures.append(picture)
        return picture

    async def take_until(self, wanted: Callable[[bytes], bool]) -> bytes:
        """Take pictures until one is as wanted. Raises TimeoutError."""
        async with asyncio.timeout(10):
            while True:
                picture = await self.take()
                assert picture is not None, "the stream has ended"
                if wanted(picture):
                    return picture

    async def take_all(self) -> None:
        """Take pictures until the stream ends."""
        while await self.take():
            pass

    @property
    def codes(self) -> list[Barcode]:
        """What the bar codes of its pictures say; each picture once, though it may have come twice."""
        codes = [read_barcode(picture) for picture in self.pictures]
        return [code for number, code in enumerate(codes) if number == 0 or code != codes[number - 1]]


async def watch(client: Client) -> Viewer:
    """Begin to view the camera."""
    response = await client.get(URL)
    assert response.status == HTTPStatus.OK
    return Viewer(MultipartReader.from_response(response))


class SlowViewer:
    """A connection that takes nothing from the network before it is told to: its buffer is a few kilobytes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._taken = b""

    async def take(self) -> bytes:
        """Take the next picture. Raises ConnectionError."""
        _, _, head = (await self.take_past(b"\r\n\r\n")).rpartition(b"--frame")
        length = int(head.split(b"Content-Length: ")[1])
        while len(self._taken) < length:
            await self._take_some()
        picture, self._taken = self._taken[:length], self._taken[length:]
        return picture

    async def take_rest(self) -> bytes:
        """Take whatever comes until the connection ends. Raises TimeoutError."""
        async with asyncio.timeout(10):
            with suppress(ConnectionError):
                while True:
                    await self._take_some()
        return self._taken

    async def take_past(self, mark: bytes) -> bytes:
        """Take what comes up to a mark, and return what was before it. Raises ConnectionError."""
        while mark not in self._taken:
            await self._take_some()
        head, _, self._taken = self._taken.partition(mark)
        return head

    async def _take_some(self) -> None:
        async with asyncio.timeout(10):
            chunk = await asyncio.get_running_loop().sock_recv(self._connection, 4096)
        if not chunk:
            raise ConnectionResetError
        self._taken += chunk


@asynccontextmanager
async def watch_slowly(hass: HomeAssistant, client: Client) -> AsyncIterator[SlowViewer]:
    """View the camera over a connection that takes nothing yet, past the answer's head."""
    token = state_of(hass, "camera.hall").attributes["access_token"]
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await loop.sock_connect(connection, ("127.0.0.1", client.port))
        # In this version of HTTP what follows the head is the stream and nothing else.
        await loop.sock_sendall(connection, f"GET {URL}?token={token} HTTP/1.0\r\n\r\n".encode())
        viewer = SlowViewer(connection)
        await viewer.take_past(b"\r\n\r\n")
        yield viewer

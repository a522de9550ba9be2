"""What viewers see of a camera, picture by picture: its frames while they come, its last photo while none do."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
import socket

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from .capture.photo import Photo
from .coordinator import CaptureCoordinator

# A picture that a viewer has not taken in so long is for nobody: its page is closed, or its network gone. Seconds.
_PATIENCE = 30.0
# How long to wait for news at a time. Seconds.
_LOOK = 0.25
# What the system may hold of a picture that is not on its way yet. Left to itself it takes megabytes, and a slow viewer
# would see what was there many seconds ago. Bytes.
_UNSENT = 64 * 1024
_BOUNDARY = "frame"
_HEADERS = {
    hdrs.CONTENT_TYPE: f"multipart/x-mixed-replace; boundary={_BOUNDARY}",
    hdrs.CACHE_CONTROL: "no-store",
    # nginx would put up to a gigabyte of pictures in line for a slow viewer.
    "X-Accel-Buffering": "no",
}


@dataclass(slots=True)
class _Seen:
    """What a viewer was shown last: the newest frame's number, the last photo then, and whether it was a frame."""

    frame: int = 0
    photo: Photo | None = None
    live: bool = False


class LiveView:
    """The viewers of one camera; they hold nothing up but themselves."""

    def __init__(self, coordinator: CaptureCoordinator) -> None:
        self._coordinator = coordinator
        self._visits: set[asyncio.Timeout] = set()
        self._closed = False

    @callback
    def close(self) -> None:
        """Let all viewers go."""
        self._closed = True
        while self._visits:
            self._visits.pop().reschedule(asyncio.get_running_loop().time())

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show a viewer each picture as soon as it is ready for one, until all are let go.

        When a viewer leaves, Home Assistant's web server cancels this.
        """
        response = web.StreamResponse(headers=_HEADERS)
        # The end of the answer is the end of the connection: what limits were set for it are not for the next request.
        response.force_close()
        writer = await response.prepare(request)
        assert writer is not None  # noqa: S101 - None is for an answer that has ended
        viewer = _Viewer(request, writer)
        # Whoever takes nothing any more, has left or is let go needs no reason told.
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(None) as visit:
                self._visits.add(visit)
                try:
                    await self._show_all(viewer)
                finally:
                    self._visits.discard(visit)
        await viewer.leave()
        return response

    async def _show_all(self, viewer: _Viewer) -> None:
        """Send what there is to see, each picture once, and the last one twice.

        Chrome shows a picture when the next one begins (https://issues.chromium.org/issues/40791855): without another
        one after it, the newest would not be seen.
        """
        seen, last = _Seen(), b""
        while not self._closed:
            if picture := await self._news(seen):
                await viewer.send(picture)
                last = picture
            elif last:
                await viewer.send(last)
                last = b""

    async def _news(self, seen: _Seen) -> bytes | None:
        """Return the newest picture if it was not shown yet; None when it was, and a while has brought no other."""
        live = self._coordinator.streaming.live
        photo = self._coordinator.data.last_photo
        if not live.streaming and (photo != seen.photo or (seen.live and live.settings is None)):
            # While the stream only breaks off, the last frame stays until there is a newer picture.
            seen.photo, seen.live = photo, False
            with suppress(HomeAssistantError):
                return await self._coordinator.async_last_photo()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                if not live.streaming:
                    await live.arrival()
                elif frame := await live.newer_frame(seen.frame):
                    seen.frame, seen.photo, seen.live = frame.number, photo, True
                    return frame.data
        return None


class _Viewer:
    """One connection."""

    def __init__(self, request: web.Request, writer: AbstractStreamWriter) -> None:
        self._request = request
        self._writer = writer
        if transport := request.transport:
            # A picture counts as taken when nothing of it is left here; the next one is chosen then.
            transport.set_write_buffer_limits(high=1)
            _limit_unsent(transport)

    async def send(self, picture: bytes) -> None:
        """Send a picture, a JPEG. Raises ConnectionError, and TimeoutError when it is not taken."""
        headers = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
        async with asyncio.timeout(_PATIENCE):
            await self._writer.write(b"".join((headers.encode(), picture, b"\r\n")))
            await self._writer.drain()

    async def leave(self) -> None:
        """End the stream, if the connection still takes it; one that does not would hold its end up, and is broken."""
        transport = self._request.transport
        if transport is None:
            return
        if transport.get_write_buffer_size():
            transport.abort()
            return
        with suppress(ConnectionError):
            await self._writer.write(f"--{_BOUNDARY}--\r\n".encode())


def _limit_unsent(transport: asyncio.Transport) -> None:
    """Have the system take pictures only as fast as they leave, where it can be told so."""
    connection = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if connection and option:
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, option, _UNSENT)

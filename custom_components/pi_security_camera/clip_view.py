"""The bytes of clips: in parts, as players ask for them, and in pieces, so that none fills the memory."""

from contextlib import suppress
from hashlib import blake2b
from http import HTTPStatus

from aiohttp import hdrs, web
from homeassistant.components.http import KEY_HASS, HomeAssistantView

from .album import Opened
from .cameras import find_camera
from .capture.errors import CaptureError
from .capture.ranges import read_range, still_holds
from .const import DOMAIN
from .links import CLIP_URL
from .storage import Storage, finish
from .views import headers_of, is_known

# What is read at a time, and so what one player takes of the memory. Bytes.
_PIECE = 256 * 1024


class ClipView(HomeAssistantView):
    """A clip of the archive.

    aiohttp can answer with a file by itself, but opens it by its path, follows links, sends it from the event loop,
    and knows no tags in `If-Range`.
    """

    url = CLIP_URL
    name = f"api:{DOMAIN}:clip"

    async def get(self, request: web.Request, entry_id: str, filename: str) -> web.StreamResponse:
        """Return the clip or a part of it; 404 for whatever is not exactly the name of a clip of this camera."""
        entry = find_camera(request.app[KEY_HASS], entry_id)
        opened = None
        if entry:
            storage = entry.runtime_data.storage
            with suppress(CaptureError):
                # To its end: who goes away meanwhile leaves no file open.
                opened = await finish(storage.look(storage.archive.open_clip, filename))
        if entry is None or opened is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        try:
            return await _answer(request, storage, opened)
        finally:
            request.app[KEY_HASS].async_add_executor_job(opened.file.close)


async def _answer(request: web.Request, storage: Storage, opened: Opened) -> web.StreamResponse:
    size, tag = opened.status.st_size, _tag(opened)
    headers = headers_of(tag) | {hdrs.ACCEPT_RANGES: "bytes"}
    if is_known(request, tag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    wanted = None
    if still_holds(request.headers.get(hdrs.IF_RANGE), f'"{tag}"'):
        wanted = read_range(request.headers.get(hdrs.RANGE), size)
    if wanted is None:
        return await _send(request, storage, opened, range(size), web.StreamResponse(headers=headers))
    if not wanted:
        headers[hdrs.CONTENT_RANGE] = f"bytes */{size}"
        return web.Response(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    headers[hdrs.CONTENT_RANGE] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    response = web.StreamResponse(status=HTTPStatus.PARTIAL_CONTENT, headers=headers)
    return await _send(request, storage, opened, wanted, response)


async def _send(
    request: web.Request, storage: Storage, opened: Opened, wanted: range, response: web.StreamResponse
) -> web.StreamResponse:
    """Send a part of a clip; a player that waits is waited for, with one piece in hand."""
    response.content_type = "video/mp4"
    response.content_length = len(wanted)
    at = wanted.start
    # Players go away in the middle whenever somebody skips.
    with suppress(CaptureError, ConnectionError):
        await response.prepare(request)
        while at < wanted.stop:
            piece = await storage.look(storage.archive.read_piece, opened, at, min(_PIECE, wanted.stop - at))
            if not piece:
                break
            await response.write(piece)
            at += len(piece)
    if at < wanted.stop:
        # It was promised whole: only a connection that ends tells that the rest does not come.
        response.force_close()
    return response


def _tag(opened: Opened) -> str:
    """Return what tells a clip from all others, without reading it."""
    status = opened.status
    told = f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
    return blake2b(told.encode(), digest_size=16).hexdigest()

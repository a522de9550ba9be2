"""The bytes of photos, for users who are signed in, or paths that were signed for one."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import blake2b
from http import HTTPStatus

from aiohttp import web
from aiohttp.helpers import ETAG_ANY
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from .cameras import find_camera
from .capture.errors import CaptureError
from .const import DOMAIN
from .links import PHOTO_URL, PREVIEW_URL, THUMBNAIL_URL
from .storage import Storage

type Previews = dict[tuple[str, str], bytes]

PREVIEWS: HassKey[Previews] = HassKey(f"{DOMAIN}_previews")
"""Test photos of the set-up dialogs that are open, by flow and number. They are never on a disk."""


class PhotoView(HomeAssistantView):
    """A photo of the archive."""

    url = PHOTO_URL
    name = f"api:{DOMAIN}:photo"

    async def get(self, request: web.Request, entry_id: str, filename: str) -> web.Response:
        """Return the photo; 404 for whatever is not exactly the name of a photo of this camera."""
        return await _answer(request, entry_id, lambda storage: storage.run(_tagged, storage.archive.read, filename))


class ThumbnailView(HomeAssistantView):
    """A small picture of a photo."""

    url = THUMBNAIL_URL
    name = f"api:{DOMAIN}:thumbnail"

    async def get(self, request: web.Request, entry_id: str, filename: str) -> web.Response:
        """Return the small picture; 404 for whatever is not exactly the name of a photo of this camera."""
        return await _answer(
            request, entry_id, lambda storage: storage.look(_tagged, storage.archive.thumbnail, filename)
        )


class PreviewView(HomeAssistantView):
    """A test photo of a set-up dialog that is open."""

    url = PREVIEW_URL
    name = f"api:{DOMAIN}:preview"

    async def get(self, request: web.Request, flow_id: str, number: str) -> web.Response:
        """Return the test photo; 404 when the dialog is closed."""
        data = previews_of(request.app[KEY_HASS]).get((flow_id, number))
        if data is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.Response(body=data, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


def _tagged(read: Callable[[str], bytes | None], filename: str) -> tuple[bytes, str] | None:
    """Read a picture; return it with what tells it from all others; runs in the executor."""
    data = read(filename)
    return None if data is None else (data, blake2b(data, digest_size=16).hexdigest())


async def _answer(
    request: web.Request, entry_id: str, read: Callable[[Storage], Awaitable[tuple[bytes, str] | None]]
) -> web.Response:
    """Return a picture of a camera's archive; 404 when there is none, and when the archive cannot be read."""
    entry = find_camera(request.app[KEY_HASS], entry_id)
    found = None
    if entry:
        with suppress(CaptureError):
            found = await read(entry.runtime_data.storage)
    if found is None:
        return web.Response(status=HTTPStatus.NOT_FOUND)
    data, tag = found
    headers = headers_of(tag)
    if is_known(request, tag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.Response(body=data, content_type="image/jpeg", headers=headers)


def headers_of(tag: str) -> dict[str, str]:
    """Return what goes with a file that this tag tells from all others.

    It is nobody else's; and a browser that has it asks whether it is still the same: others may change files.
    """
    return {"Cache-Control": "private, no-cache", "ETag": f'"{tag}"'}


def is_known(request: web.Request, tag: str) -> bool:
    """Say whether the browser has that file already."""
    return any(known.value in {tag, ETAG_ANY} for known in request.if_none_match or ())


def previews_of(hass: HomeAssistant) -> Previews:
    """Return the test photos of all dialogs."""
    return hass.data.setdefault(PREVIEWS, {})

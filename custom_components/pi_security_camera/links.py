"""Where a photo is found in Home Assistant."""

from .capture.photo import Photo
from .const import DOMAIN

PHOTO_URL = f"/api/{DOMAIN}/photo/{{entry_id}}/{{filename}}"
PREVIEW_URL = f"/api/{DOMAIN}/preview/{{flow_id}}/{{number}}"


def photo_url(entry_id: str, photo: Photo) -> str:
    """Return the API path of a photo; whoever asks must be signed in, or have the path signed."""
    return PHOTO_URL.format(entry_id=entry_id, filename=photo.name)


def media_content_id(entry_id: str, photo: Photo) -> str:
    """Return a photo's identifier in the media source; the day is that of its name, Home Assistant's local time."""
    return f"media-source://{DOMAIN}/{entry_id}/{photo.taken_at:%Y-%m-%d}/{photo.name}"

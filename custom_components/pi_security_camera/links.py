"""Where a photo or a clip is found in Home Assistant."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
import re
from typing import Self

from .capture.photo import Photo, day_of
from .const import DOMAIN

PHOTO_URL = f"/api/{DOMAIN}/photo/{{entry_id}}/{{filename}}"
CLIP_URL = f"/api/{DOMAIN}/clip/{{entry_id}}/{{filename}}"
THUMBNAIL_URL = f"/api/{DOMAIN}/thumbnail/{{entry_id}}/{{filename}}"
PREVIEW_URL = f"/api/{DOMAIN}/preview/{{flow_id}}/{{number}}"

_ENTRY_ID = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class MediaIdentifier:
    """A place in the media source: all cameras, a camera, one of its days, a photo or a clip of that day."""

    entry_id: str | None = None
    day: date | None = None
    filename: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an identifier; raise ValueError for all that is not exactly what `str` writes."""
        if not text:
            return cls()
        entry_id, *rest = text.split("/")
        if len(rest) > 2 or not _ENTRY_ID.fullmatch(entry_id):  # noqa: PLR2004 - a day and a photo
            raise ValueError(text)
        if not rest:
            return cls(entry_id)
        if not _DAY.fullmatch(rest[0]):
            raise ValueError(text)
        day = date.fromisoformat(rest[0])
        if len(rest) == 1:
            return cls(entry_id, day)
        if day_of(rest[1]) != day:
            raise ValueError(text)
        return cls(entry_id, day, rest[1])

    def __str__(self) -> str:
        parts = (self.entry_id, self.day.isoformat() if self.day else None, self.filename)
        return "/".join(part for part in parts if part)


def photo_url(entry_id: str, photo: Photo) -> str:
    """Return the API path of a photo or a clip; whoever asks must be signed in, or have the path signed."""
    return (CLIP_URL if photo.is_clip else PHOTO_URL).format(entry_id=entry_id, filename=photo.name)


def content_type(photo: Photo) -> str:
    """Return what kind of bytes are there, as browsers name it."""
    return "video/mp4" if photo.is_clip else "image/jpeg"


def thumbnail_url(entry_id: str, photo: Photo) -> str:
    """Return the API path of a small picture of a photo or a clip, for users who are signed in."""
    return THUMBNAIL_URL.format(entry_id=entry_id, filename=photo.name)


def media_content_id(entry_id: str, photo: Photo) -> str:
    """Return a photo's or a clip's identifier in the media source; the day is that of its name, local time."""
    return f"media-source://{DOMAIN}/{MediaIdentifier(entry_id, photo.day, photo.name)}"


def describe(entry_id: str, directory: Path, photo: Photo) -> dict[str, str]:
    """Return where a photo or a clip is found, as events and actions tell it; `directory` is that of its camera."""
    return {
        "filename": photo.name,
        "path": str(directory / photo.name),
        "media_content_id": media_content_id(entry_id, photo),
        "url": photo_url(entry_id, photo),
        "captured_at": photo.taken_at.isoformat(),
    }

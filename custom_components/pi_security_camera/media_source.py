"""The photos in the media browser: cameras, then days, then photos, the newest first.

Home Assistant loads this when somebody browses, and keeps it until it ends: so nothing of an entry is kept here.
"""

from datetime import date
from typing import override

from homeassistant.components.media_player import BrowseError, MediaClass, MediaType
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .capture.errors import CaptureError
from .capture.photo import Photo
from .const import DOMAIN
from .coordinator import PiCameraConfigEntry, find_camera
from .links import MediaIdentifier, photo_url
from .translate import message_of


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    """Return the media source."""
    return PhotoSource(hass)


class PhotoSource(MediaSource):
    """All cameras' photos."""

    name = "Pi Security Camera"

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(DOMAIN)
        self._hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return where a photo is read; the path is for what runs in Home Assistant itself, such as AI tasks."""
        place, entry = self._find(item.identifier)
        if entry is None or place.filename is None:
            raise _not_found(Unresolvable)
        storage = entry.runtime_data.storage
        try:
            photo = await storage.run(storage.archive.find, place.filename)
        except CaptureError as error:
            raise Unresolvable(message_of(self._hass, error)) from error
        if photo is None:
            raise _not_found(Unresolvable)
        return PlayMedia(photo_url(entry.entry_id, photo), "image/jpeg", path=storage.archive.directory / photo.name)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return what lies at a place."""
        try:
            place, entry = self._find(item.identifier)
        except Unresolvable:
            raise _not_found(BrowseError) from None
        if entry is None:
            cameras = self._hass.config_entries.async_loaded_entries(DOMAIN)
            return _directory(MediaIdentifier(), self.name, [_camera(camera) for camera in cameras])
        try:
            return await self._browse(entry, place)
        except CaptureError as error:
            raise BrowseError(message_of(self._hass, error)) from error

    async def _browse(self, entry: PiCameraConfigEntry, place: MediaIdentifier) -> BrowseMediaSource:
        """Return a camera with its days, or a day with its photos, the newest first."""
        storage = entry.runtime_data.storage
        if place.day is None:
            return _camera(entry, await storage.run(storage.archive.days))
        photos = await storage.run(storage.archive.photos, place.day)
        if place.filename or not photos:
            raise _not_found(BrowseError)
        children = [_photo(entry, photo) for photo in reversed(photos)]
        return _directory(place, f"{entry.title}, {place.day}", children, MediaClass.IMAGE)

    def _find(self, text: str) -> tuple[MediaIdentifier, PiCameraConfigEntry | None]:
        """Return the place, and its camera where it names one; raise Unresolvable when there is no such camera."""
        try:
            place = MediaIdentifier.parse(text)
        except ValueError:
            raise _not_found(Unresolvable) from None
        if place.entry_id is None:
            return place, None
        entry = find_camera(self._hass, place.entry_id)
        if entry is None:
            raise _not_found(Unresolvable)
        return place, entry


def _not_found[E: HomeAssistantError](error: type[E]) -> E:
    return error(translation_domain=DOMAIN, translation_key="media_not_found")


def _camera(entry: PiCameraConfigEntry, days: list[tuple[date, int]] | None = None) -> BrowseMediaSource:
    """Return a camera, with its days when they are given."""
    children = [
        _directory(MediaIdentifier(entry.entry_id, day), f"{day.isoformat()} ({count})") for day, count in days or ()
    ]
    return _directory(MediaIdentifier(entry.entry_id), entry.title, None if days is None else children)


def _photo(entry: PiCameraConfigEntry, photo: Photo) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=str(MediaIdentifier(entry.entry_id, photo.day, photo.name)),
        media_class=MediaClass.IMAGE,
        media_content_type="image/jpeg",
        title=f"{photo.taken_at:%H:%M:%S}{f' ({photo.number})' if photo.number > 1 else ''}",
        can_play=True,
        can_expand=False,
        thumbnail=photo_url(entry.entry_id, photo),
    )


def _directory(
    place: MediaIdentifier,
    title: str,
    children: list[BrowseMediaSource] | None = None,
    holds: MediaClass = MediaClass.DIRECTORY,
) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=str(place) or None,
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaType.IMAGE,
        title=title,
        can_play=False,
        can_expand=True,
        children_media_class=holds,
        children=children,
    )

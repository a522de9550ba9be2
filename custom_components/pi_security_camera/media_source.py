"""The photos in the media browser: cameras, then days, then photos, the newest first.

Home Assistant loads this when somebody browses, and keeps it until it ends: so nothing of an entry is kept here.
"""

from collections import Counter
from typing import override

from homeassistant.components.media_player import BrowseError, MediaClass, MediaType
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .capture.errors import CaptureError
from .capture.photo import Photo
from .const import DOMAIN
from .coordinator import PiCameraConfigEntry
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
        identifier, entry = self._find(item.identifier)
        if entry is None or identifier.filename is None:
            raise Unresolvable(translation_domain=DOMAIN, translation_key="media_not_found")
        photo = await self._photo(entry, identifier.filename)
        if photo is None:
            raise Unresolvable(translation_domain=DOMAIN, translation_key="media_not_found")
        directory = entry.runtime_data.storage.archive.directory
        return PlayMedia(photo_url(entry.entry_id, photo), "image/jpeg", path=directory / photo.name)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return what lies at a place."""
        try:
            identifier, entry = self._find(item.identifier)
            if entry is None:
                return self._cameras()
            photos = await self._photos(entry)
        except Unresolvable as error:
            raise BrowseError(translation_domain=DOMAIN, translation_key="media_not_found") from error
        except CaptureError as error:
            raise BrowseError(message_of(self._hass, error)) from error
        if identifier.day is None:
            return _camera(entry, photos)
        shown = [photo for photo in photos if photo.day == identifier.day]
        if identifier.filename or not shown:
            raise BrowseError(translation_domain=DOMAIN, translation_key="media_not_found")
        return _day(entry, identifier, shown)

    def _find(self, text: str) -> tuple[MediaIdentifier, PiCameraConfigEntry | None]:
        """Return the place, and its camera where it names one; raise Unresolvable when there is no such camera."""
        try:
            identifier = MediaIdentifier.parse(text)
        except ValueError as error:
            raise Unresolvable(translation_domain=DOMAIN, translation_key="media_not_found") from error
        if identifier.entry_id is None:
            return identifier, None
        entry: PiCameraConfigEntry | None = self._hass.config_entries.async_get_entry(identifier.entry_id)
        if entry is None or entry.domain != DOMAIN or entry.state is not ConfigEntryState.LOADED:
            raise Unresolvable(translation_domain=DOMAIN, translation_key="media_not_found")
        return identifier, entry

    async def _photos(self, entry: PiCameraConfigEntry) -> list[Photo]:
        """Return a camera's photos, the newest first."""
        storage = entry.runtime_data.storage
        return list(reversed(await storage.run(storage.archive.photos)))

    async def _photo(self, entry: PiCameraConfigEntry, name: str) -> Photo | None:
        return next((photo for photo in await self._photos(entry) if photo.name == name), None)

    def _cameras(self) -> BrowseMediaSource:
        entries: list[PiCameraConfigEntry] = self._hass.config_entries.async_loaded_entries(DOMAIN)
        return _directory(MediaIdentifier(), self.name, [_camera(entry, None) for entry in entries])


def _camera(entry: PiCameraConfigEntry, photos: list[Photo] | None) -> BrowseMediaSource:
    """Return a camera, with its days when its photos are given."""
    counts = Counter(photo.day for photo in photos or ())
    days = [
        _directory(MediaIdentifier(entry.entry_id, day), f"{day.isoformat()} ({count})")
        for day, count in counts.items()
    ]
    return _directory(MediaIdentifier(entry.entry_id), entry.title, None if photos is None else days)


def _day(entry: PiCameraConfigEntry, place: MediaIdentifier, photos: list[Photo]) -> BrowseMediaSource:
    children = [
        BrowseMediaSource(
            domain=DOMAIN,
            identifier=str(MediaIdentifier(entry.entry_id, photo.day, photo.name)),
            media_class=MediaClass.IMAGE,
            media_content_type="image/jpeg",
            title=f"{photo.taken_at:%H:%M:%S}{f' ({photo.number})' if photo.number > 1 else ''}",
            can_play=True,
            can_expand=False,
            thumbnail=photo_url(entry.entry_id, photo),
        )
        for photo in photos
    ]
    return _directory(place, f"{entry.title}, {place.day}", children, MediaClass.IMAGE)


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

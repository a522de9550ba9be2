"""The photos in the media browser: cameras, then days, then photos, the newest first.

Home Assistant loads this when somebody browses, and keeps it until it ends: so nothing of an entry is kept here.
"""

from datetime import date
from itertools import batched, islice
from typing import override

from homeassistant.components.media_player import BrowseError, MediaClass, MediaType, SearchMedia, SearchMediaQuery
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .archive import Archive
from .capture.errors import CaptureError
from .capture.note import Note
from .capture.photo import Cause, Photo
from .capture.search import Query, parse_query
from .const import DOMAIN
from .coordinator import PiCameraConfigEntry, find_camera
from .links import MediaIdentifier, photo_url, thumbnail_url
from .translate import message_of

# A browser shows so many at once without effort; who wants others asks more precisely.
_MOST_FOUND = 200
# Each photo's file must be read to find a word of its trigger: on a slow card so many take some seconds.
_MOST_READ = 5000
_BATCH = 200


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

    @override
    async def async_search_media(self, item: MediaSourceItem, query: SearchMediaQuery) -> SearchMedia:
        """Return the newest photos below a place that fit: by day, by time of day, by words of their trigger."""
        try:
            place, entry = self._find(item.identifier)
        except Unresolvable:
            raise _not_found(BrowseError) from None
        entries = [entry] if entry else self._hass.config_entries.async_loaded_entries(DOMAIN)
        wanted = parse_query(query.search_query)
        found: list[tuple[PiCameraConfigEntry, Photo]] = []
        for each in entries:
            try:
                photos = await each.runtime_data.storage.run(_search, each.runtime_data.storage.archive, place, wanted)
            except CaptureError as error:
                raise BrowseError(message_of(self._hass, error)) from error
            found += [(each, photo) for photo in photos]
        found.sort(key=lambda one: one[1].order, reverse=True)
        return SearchMedia(result=[_photo(each, photo, day=True) for each, photo in found[:_MOST_FOUND]])

    async def _browse(self, entry: PiCameraConfigEntry, place: MediaIdentifier) -> BrowseMediaSource:
        """Return a camera with its days, or a day with its photos, the newest first."""
        storage = entry.runtime_data.storage
        if place.day is None:
            return _camera(entry, await storage.run(storage.archive.days))
        # Not on the event loop: a busy day has thousands.
        children = await storage.run(_photos, entry, storage.archive, place.day)
        if place.filename or not children:
            raise _not_found(BrowseError)
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


def _photos(entry: PiCameraConfigEntry, archive: Archive, day: date) -> list[BrowseMediaSource]:
    """Return a day's photos, the newest first."""
    return [_photo(entry, photo) for photo in reversed(archive.photos(day))]


def _search(archive: Archive, place: MediaIdentifier, query: Query) -> list[Photo]:
    """Return the newest photos of a camera, or of a day, that fit; reads files when a trigger is asked for."""
    photos = (photo for photo in reversed(archive.photos(place.day)) if query.fits(photo))
    if not query.words:
        return [*islice(photos, _MOST_FOUND)]
    found: list[Photo] = []
    for some in batched(islice(photos, _MOST_READ), _BATCH, strict=False):
        notes = archive.notes(photo.name for photo in some)
        found += [photo for photo in some if query.names(_cause(notes.get(photo.name)))]
        if len(found) >= _MOST_FOUND:
            break
    return found[:_MOST_FOUND]


def _cause(note: Note | None) -> Cause | None:
    return note.cause if note else None


def _photo(entry: PiCameraConfigEntry, photo: Photo, *, day: bool = False) -> BrowseMediaSource:
    """Return a photo; outside of its day, its title tells that, too."""
    title = f"{photo.day} " if day else ""
    title += f"{photo.taken_at:%H:%M:%S}"
    title += f" ({photo.number})" if photo.number > 1 else ""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=str(MediaIdentifier(entry.entry_id, photo.day, photo.name)),
        media_class=MediaClass.IMAGE,
        media_content_type="image/jpeg",
        title=title,
        can_play=True,
        can_expand=False,
        thumbnail=thumbnail_url(entry.entry_id, photo),
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
        can_search=True,
        children_media_class=holds,
        children=children,
    )

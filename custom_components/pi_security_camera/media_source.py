"""The photos in the media browser: cameras, then days, then photos, the newest first.

Home Assistant loads this when somebody browses, and keeps it until it ends: so nothing of an entry is kept here.
"""

import asyncio
from datetime import date
from itertools import batched, islice
import time
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
from homeassistant.util import dt as dt_util

from .archive import Archive
from .cameras import all_cameras, find_camera
from .capture.errors import CaptureError
from .capture.note import Note
from .capture.photo import Photo
from .capture.search import Query, parse_query
from .const import DOMAIN
from .coordinator import PiCameraConfigEntry
from .links import MediaIdentifier, photo_url, thumbnail_url
from .storage import Storage
from .translate import message_of

# A browser shows so many at once without effort; who wants others asks more precisely.
_MOST_FOUND = 200
# Each photo's file must be read to find a word of its trigger: on a slow card some hundred in a second. What was read
# is known from then on, so that the same search finds more the next time. Seconds.
_LONGEST_SEARCH = 20.0
_BATCH = 200

type _Found = tuple[PiCameraConfigEntry, Photo]


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
        place, entry = self._find(item.identifier, Unresolvable)
        if entry is None or place.filename is None:
            raise _not_found(Unresolvable)
        storage = entry.runtime_data.storage
        try:
            photo = await storage.run(storage.archive.look, place.filename)
        except CaptureError as error:
            raise Unresolvable(message_of(self._hass, error)) from error
        if photo is None:
            raise _not_found(Unresolvable)
        return PlayMedia(photo_url(entry.entry_id, photo), "image/jpeg", path=storage.archive.directory / photo.name)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return what lies at a place."""
        place, entry = self._find(item.identifier, BrowseError)
        if entry is None:
            return _directory(MediaIdentifier(), self.name, [_camera(camera) for camera in all_cameras(self._hass)])
        try:
            return await self._browse(entry, place)
        except CaptureError as error:
            raise BrowseError(message_of(self._hass, error)) from error

    @override
    async def async_search_media(self, item: MediaSourceItem, query: SearchMediaQuery) -> SearchMedia:
        """Return the newest photos below a place that fit: by day, by time of day, by words of their trigger.

        A camera whose archive cannot be read does not hide the photos of the others.
        """
        place, entry = self._find(item.identifier, BrowseError)
        if place.filename:
            raise _not_found(BrowseError)
        if query.media_filter_classes and MediaClass.IMAGE not in query.media_filter_classes:
            return SearchMedia(result=[])
        wanted = parse_query(query.search_query, dt_util.now().date())
        if entry:
            searches = [_search(entry, place.day, wanted.within(entry.title))]
        else:
            searches = [_search(each, None, wanted.within(each.title)) for each in all_cameras(self._hass)]
        answers = await asyncio.gather(*searches)
        found = [one for answer in answers if isinstance(answer, list) for one in answer]
        errors = [answer for answer in answers if isinstance(answer, CaptureError)]
        if errors and not found:
            raise BrowseError(message_of(self._hass, errors[0])) from errors[0]
        found.sort(key=lambda one: one[1].order, reverse=True)
        several = len(answers) > 1
        return SearchMedia(
            result=[_photo_with_day(each, photo, several=several) for each, photo in found[:_MOST_FOUND]]
        )

    async def _browse(self, entry: PiCameraConfigEntry, place: MediaIdentifier) -> BrowseMediaSource:
        """Return a camera with its days, or a day with its photos, the newest first."""
        storage = entry.runtime_data.storage
        if place.day is None:
            return _camera(entry, await storage.run(_days, entry, storage.archive))
        if place.filename:
            raise _not_found(BrowseError)
        # Not on the event loop: a busy day has thousands.
        children = await storage.run(_photos, entry, storage.archive, place.day)
        if not children:
            raise BrowseError(translation_domain=DOMAIN, translation_key="media_day_empty")
        return _directory(place, f"{entry.title}, {place.day}", children, MediaClass.IMAGE)

    def _find(self, text: str, error: type[HomeAssistantError]) -> tuple[MediaIdentifier, PiCameraConfigEntry | None]:
        """Return the place, and its camera where it names one; raise that error when there is no such camera."""
        try:
            place = MediaIdentifier.parse(text)
        except ValueError:
            raise _not_found(error) from None
        if place.entry_id is None:
            return place, None
        entry = find_camera(self._hass, place.entry_id)
        if entry is None:
            raise error(translation_domain=DOMAIN, translation_key="media_no_camera")
        return place, entry


def _not_found(error: type[HomeAssistantError]) -> HomeAssistantError:
    return error(translation_domain=DOMAIN, translation_key="media_not_found")


def _camera(entry: PiCameraConfigEntry, days: list[BrowseMediaSource] | None = None) -> BrowseMediaSource:
    """Return a camera, with its days when they are given; its picture is the last photo."""
    last = entry.runtime_data.data.last_photo
    return _directory(
        MediaIdentifier(entry.entry_id),
        entry.title,
        days,
        thumbnail=thumbnail_url(entry.entry_id, last) if last else None,
    )


def _days(entry: PiCameraConfigEntry, archive: Archive) -> list[BrowseMediaSource]:
    """Return a camera's days, the newest first, each with its newest photo as a picture; runs in the executor."""
    return [
        _directory(
            MediaIdentifier(entry.entry_id, day),
            f"{day.isoformat()} ({count})",
            thumbnail=thumbnail_url(entry.entry_id, newest),
        )
        for day, count, newest in archive.days()
    ]


def _photos(entry: PiCameraConfigEntry, archive: Archive, day: date) -> list[BrowseMediaSource]:
    """Return a day's photos, the newest first; runs in the executor."""
    return [_photo(entry, photo) for photo in reversed(archive.photos(day))]


async def _search(entry: PiCameraConfigEntry, day: date | None, query: Query) -> list[_Found] | CaptureError:
    """Return the newest photos of a camera, or of a day, that fit, or why they cannot be read."""
    try:
        return [(entry, photo) for photo in await _fitting(entry.runtime_data.storage, day, query)]
    except CaptureError as error:
        return error


async def _fitting(storage: Storage, day: date | None, query: Query) -> list[Photo]:
    """Return the newest photos that fit; reads files when words are asked for, some at a time.

    One job that read them all would be late on a slow card, as if the archive did not answer, and captures would fail.
    """
    photos = await storage.run(_by_time, storage.archive, day, query)
    if not query.words:
        return photos
    found: list[Photo] = []
    end = time.monotonic() + _LONGEST_SEARCH
    for some in batched(photos, _BATCH, strict=False):
        notes = await storage.run(storage.archive.notes, [photo.name for photo in some])
        told = ((photo, notes.get(photo.name, Note())) for photo in some)
        found += [photo for photo, note in told if query.names(note.cause, kept=note.kept)]
        if len(found) >= _MOST_FOUND or time.monotonic() >= end:
            break
    return found[:_MOST_FOUND]


def _by_time(archive: Archive, day: date | None, query: Query) -> list[Photo]:
    """Return the newest photos whose day and time fit, as many as are of use; runs in the executor."""
    photos = (photo for photo in reversed(archive.photos(day)) if query.fits(photo))
    return [*islice(photos, None if query.words else _MOST_FOUND)]


def _photo_with_day(entry: PiCameraConfigEntry, photo: Photo, *, several: bool) -> BrowseMediaSource:
    """Return a photo as it is told outside of its day; `several`: among those of other cameras."""
    return _photo(entry, photo, f"{entry.title}, {photo.day} " if several else f"{photo.day} ")


def _photo(entry: PiCameraConfigEntry, photo: Photo, where: str = "") -> BrowseMediaSource:
    """Return a photo; its title is its time of day, after what tells where it lies."""
    title = f"{where}{photo.taken_at:%H:%M:%S}"
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
    *,
    thumbnail: str | None = None,
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
        thumbnail=thumbnail,
    )

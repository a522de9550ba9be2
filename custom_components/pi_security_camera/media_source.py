"""The photos and clips in the media browser: cameras, then days, then what was taken then, the newest first.

Home Assistant loads this when somebody browses, and keeps it until it ends: so nothing of an entry is kept here.
"""

import asyncio
from contextlib import suppress
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
from .capture.listing import Day
from .capture.note import Note
from .capture.photo import Photo
from .capture.search import Query, parse_query
from .const import DOMAIN
from .coordinator import PiCameraConfigEntry
from .links import MediaIdentifier, content_type, photo_url, thumbnail_url
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
        path = storage.archive.directory / photo.name
        return PlayMedia(photo_url(entry.entry_id, photo), content_type(photo), path=path)

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
        """Return the newest photos and clips below a place that fit: by day, by time, by words of their trigger.

        A camera whose archive cannot be read does not hide the photos of the others.
        """
        place, entry = self._find(item.identifier, BrowseError)
        if place.filename:
            raise _not_found(BrowseError)
        kinds = {MediaClass.IMAGE, MediaClass.VIDEO}.intersection(query.media_filter_classes or MediaClass)
        if not kinds:
            return SearchMedia(result=[])
        wanted = parse_query(query.search_query, dt_util.now().date())
        if len(kinds) == 1:
            wanted = wanted.of_kind(clips=MediaClass.VIDEO in kinds)
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
        found = found[:_MOST_FOUND]
        # Only what is shown is looked into; and one camera's archive in trouble does not hide the others' clips.
        for each in {camera.entry_id: camera for camera, _ in found}.values():
            with suppress(CaptureError):
                await _look_into(each.runtime_data.storage, [photo for camera, photo in found if camera is each])
        return SearchMedia(result=[_photo_with_day(each, photo, several=several) for each, photo in found])

    async def _browse(self, entry: PiCameraConfigEntry, place: MediaIdentifier) -> BrowseMediaSource:
        """Return a camera with its days, or a day with its photos, the newest first."""
        storage = entry.runtime_data.storage
        if place.day is None:
            days = await storage.run(storage.archive.days)
            await _look_into(storage, [day.newest for day in days])
            return _camera(entry, await storage.run(_days, entry, days))
        if place.filename:
            raise _not_found(BrowseError)
        photos = await storage.run(storage.archive.photos, place.day)
        if not photos:
            raise BrowseError(translation_domain=DOMAIN, translation_key="media_day_empty")
        await _look_into(storage, photos)
        # Not on the event loop: a busy day has thousands.
        children = await storage.run(_photos, entry, photos)
        holds = MediaClass.VIDEO if all(photo.is_clip for photo in photos) else MediaClass.IMAGE
        return _directory(place, f"{entry.title}, {place.day}", children, holds)

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


def _days(entry: PiCameraConfigEntry, days: list[Day]) -> list[BrowseMediaSource]:
    """Return a camera's days, each with its newest photo as a picture; runs in the executor."""
    return [
        _directory(MediaIdentifier(entry.entry_id, day.date), _title(day), thumbnail=_thumbnail(entry, day.newest))
        for day in days
    ]


def _title(day: Day) -> str:
    """Return a day's title: with how many photos, and how many clips if there are any, which all languages call so."""
    clips = f", {day.clips} clip{'s' if day.clips > 1 else ''}" if day.clips else ""
    return f"{day.date.isoformat()} ({day.photos}){clips}"


def _photos(entry: PiCameraConfigEntry, photos: list[Photo]) -> list[BrowseMediaSource]:
    """Return photos and clips, the last one first; runs in the executor."""
    return [_photo(entry, photo) for photo in reversed(photos)]


async def _look_into(storage: Storage, photos: list[Photo]) -> None:
    """Learn which clips have a small picture in them, some at a time; raises CaptureError."""
    clips = [photo.name for photo in photos if photo.is_clip and storage.archive.known_note(photo) is None]
    for some in batched(clips, _BATCH, strict=False):
        await storage.run(storage.archive.notes, some)


def _thumbnail(entry: PiCameraConfigEntry, photo: Photo) -> str | None:
    """Return the path of a small picture; a clip that is known to have none, or not known, is shown by an icon."""
    note = entry.runtime_data.storage.archive.known_note(photo) if photo.is_clip else None
    return None if photo.is_clip and not (note and note.pictured) else thumbnail_url(entry.entry_id, photo)


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
    """Return a photo or a clip; its title is its time of day, after what tells where it lies."""
    title = f"{where}{photo.taken_at:%H:%M:%S}"
    title += f" ({photo.number})" if photo.number > 1 else ""
    title += " clip" if photo.is_clip else ""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=str(MediaIdentifier(entry.entry_id, photo.day, photo.name)),
        media_class=MediaClass.VIDEO if photo.is_clip else MediaClass.IMAGE,
        media_content_type=content_type(photo),
        title=title,
        can_play=True,
        can_expand=False,
        thumbnail=_thumbnail(entry, photo),
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

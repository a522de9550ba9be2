"""The photos below one directory: save, list, read, mark, delete. Blocking: called in the executor. No Home Assistant.

The directory is the truth. What is kept in memory is a cache of it, so that a new photo costs no reading of the whole.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
import errno
import os
from pathlib import Path
import threading
import time
from typing import BinaryIO, NamedTuple

from .capture.errors import PhotoBroken, StorageError, StorageFull
from .capture.jpeg import insert_comment
from .capture.listing import Listing, Summary
from .capture.note import Note, mark, read_note
from .capture.photo import Cause, Photo, Stamp, modified_ns, parse_name, photo_name, write_comment
from .directory import PhotoDirectory
from .files import LARGEST, free_bytes, open_file, replace_whole, save_whole, storage_errors, try_writing
from .notes import HEAD, Notes, read_note_of
from .thumbnails import Thumbnails, thumbnail_of

_DAY = 86_400.0


class _Opened(NamedTuple):
    """A photo's file, open for reading."""

    file: BinaryIO
    status: os.stat_result

    @property
    def stamp(self) -> Stamp:
        """What tells whether it is still the same."""
        return self.status.st_size, self.status.st_mtime_ns


class Archive:
    """The photos in one directory. All methods may be called from any thread; all raise StorageError."""

    def __init__(self, directory: Path, zone: Callable[[], tzinfo], mount_point: Path | None = None) -> None:
        """`zone` returns the time zone of the names, which is Home Assistant's and may change.

        `mount_point` is where the directory's disk was mounted when it was chosen: while it is not, nothing is made
        or written there. Without it that is learnt when the directory is first read.
        """
        self.directory = directory
        self._zone = zone
        self._known = PhotoDirectory(directory, zone, mount_point)
        self._lock = threading.RLock()
        self._notes = Notes()
        self._thumbnails = Thumbnails()
        self._saved_at: dict[str, float] = {}
        self.last_saved: str | None = None

    def open(self) -> None:
        """Make the directory when it is missing, sweep what a crash left, and read what is there."""
        with self._lock, storage_errors(self.directory):
            self._known.open()

    def photos(self, day: date | None = None) -> list[Photo]:
        """Return all photos, or those of a day, oldest first."""
        with self._listing() as listing:
            return listing.photos() if day is None else listing.on(day)

    def days(self) -> list[tuple[date, int, Photo]]:
        """Return the days that have photos, the newest first: each with how many, and its newest photo."""
        with self._listing() as listing:
            return listing.days()

    def find(self, name: str) -> Photo | None:
        """Return the photo of that name."""
        with self._listing() as listing:
            return listing.find(name)

    def look(self, name: str) -> Photo | None:
        """Return the photo of that name as it is at this moment, for whoever opens its file without us."""
        with self._listing():
            return self._known.look_at(name)

    def summary(self, day: date | None = None) -> Summary:
        """Return how full the archive is, and how many photos that day has."""
        with self._listing() as listing:
            return listing.summary(free_bytes(self.directory), day)

    def free_bytes(self) -> int | None:
        """Return how many bytes may still be written; None where the file system does not tell."""
        with storage_errors(self.directory):
            return free_bytes(self.directory)

    def check_space(self, min_free_bytes: int) -> None:
        """Raise StorageFull when fewer bytes are free, and what `save` would raise of the directory."""
        with self._lock, storage_errors(self.directory):
            self._known.reopen()
            free = free_bytes(self.directory)
        if free is not None and free < min_free_bytes:
            raise StorageFull(str(self.directory))

    def try_writing(self, size: int, min_free_bytes: int) -> None:
        """Raise what `save` would raise of a photo of so many bytes: it is written, and taken away again.

        A disk that has become read-only, or fails, looks well until somebody writes.
        """
        with self._lock, storage_errors(self.directory), self._known.change():
            try_writing(self.directory, size)
        self.check_space(min_free_bytes)

    def save(self, data: bytes, taken_at: datetime, cause: Cause) -> Photo:
        """Keep a photo: written beside its place, synced and put there whole, never over another file.

        `data` is a whole JPEG, `taken_at` is aware. When this returns, the photo can be read under its name.
        """
        taken_at = taken_at.astimezone(self._zone())
        content = insert_comment(data, write_comment(taken_at, cause))
        with self._lock, storage_errors(self.directory):
            with self._known.change():
                placed = save_whole(
                    self.directory, lambda number: photo_name(taken_at, number), content, modified_ns(taken_at)
                )
            name = photo_name(taken_at, placed.number)
            photo = Photo(name, taken_at, placed.number, len(content), placed.modified_ns)
            self._known.listing.add(photo)
            self._remember(name, photo.stamp, Note(cause))
            self.last_saved = name
            self._saved_at[name] = time.monotonic()
        return photo

    def read(self, name: str) -> bytes | None:
        """Return a photo's bytes; None when there is no photo of that name. Links are not followed."""
        with storage_errors(self.directory), self._opened(name) as opened:
            return opened.file.read() if opened and opened.status.st_size <= LARGEST else None

    def thumbnail(self, name: str) -> bytes | None:
        """Return a small JPEG of a photo: the one inside it, or one made; None when there is none that can be read.

        To make one takes tens of milliseconds and more; those used last are kept in memory.
        """
        with storage_errors(self.directory), self._opened(name) as opened:
            return self._thumbnails.get((name, *opened.stamp), lambda: thumbnail_of(opened.file)) if opened else None

    def note(self, name: str) -> Note | None:
        """Return what the comment in a photo tells; None when there is no photo of that name."""
        with storage_errors(self.directory), self._opened(name) as opened:
            if opened is None:
                return None
            note = self._notes.known(name, opened.stamp)
            if note is None:
                note = read_note_of(opened.file)
                self._remember(name, opened.stamp, note)
            return note

    def notes(self, names: Iterable[str]) -> dict[str, Note]:
        """Return what the comments in photos tell, by their names, without those that are gone or cannot be read.

        Each file is read once, at a fraction of a millisecond on a fast disk and some ten on a slow one: ask for some
        hundred at a time.
        """
        photos = [photo for name in names if (photo := self.find(name))]
        notes = ((photo.name, self._note_of(photo)) for photo in photos)
        return {name: note for name, note in notes if note}

    def cause(self, name: str) -> Cause | None:
        """Return why a photo was taken, from the comment in it; None for photos of others."""
        note = self.note(name)
        return note.cause if note else None

    def is_kept(self, photo: Photo) -> bool:
        """Say whether a photo is marked; one that cannot be read may be."""
        note = self._note_of(photo)
        return note is None or note.kept

    def known_kept(self, photo: Photo) -> bool | None:
        """Say whether a photo is marked, without reading anything; None when that is not known yet."""
        note = self._notes.known(photo.name, photo.stamp)
        return note.kept if note else None

    def set_kept(self, name: str, *, kept: bool) -> Photo | None:
        """Mark a photo, so that no limit takes it, or take the mark away; None when there is no photo of that name.

        The mark lies in the file, whose picture stays as it is to the last bit. Raises PhotoBroken too, when the file
        is no JPEG, and StorageFailed when somebody else changes it at the same time.
        """
        with self._listing():
            with self._opened(name) as opened:
                if opened is None:
                    return None
                data, before = opened.file.read(LARGEST), opened.status
            content = mark(data, kept=kept)
            note = read_note(content[:HEAD])
            if note is None or note.kept != kept or len(data) != before.st_size:
                problem = "a mark in it would not be found again"
                raise PhotoBroken(problem)
            if content is not data:
                with self._known.change():
                    replaced = replace_whole(self.directory / name, content, before)
                if not replaced and self._known.look_at(name):
                    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            photo = self._known.look_at(name)
            if photo:
                self._remember(name, photo.stamp, note)
            return photo

    def delete(self, name: str) -> bool:
        """Delete a photo, marked or not; say whether there was one of that name."""
        with self._listing():
            if self._known.look_at(name) is None:
                return False
            self._remove(name)
            return True

    def saved_within(self, days: float) -> set[str]:
        """Return the names of photos that were saved here so many days ago at most, whatever the clock said."""
        earliest = time.monotonic() - days * _DAY
        with self._listing() as listing:
            self._saved_at = {name: at for name, at in self._saved_at.items() if listing.find(name)}
            return {name for name, at in self._saved_at.items() if at >= earliest}

    def let_go(self, photo: Photo) -> bool:
        """Delete a photo that a limit takes; say whether that was done.

        It stays when the file is no longer the one that was planned, when it has been marked since, and when it has
        become the newest, or was saved last.
        """
        with self._listing() as listing:
            found = self._known.look_at(photo.name)
            newest = listing.newest
            spared = {newest and newest.name, self.last_saved}
            if found is None or found.stamp != photo.stamp or found.name in spared or self.is_kept(photo):
                return False
            self._remove(photo.name)
            return True

    def describe(self) -> dict[str, str | int | None]:
        """Return the directory, how many photos lie there, their bytes, and the bytes that may still be written."""
        summary = self.summary()
        return {
            "directory": str(self.directory),
            "photos": summary.photos,
            "used_bytes": summary.used_bytes,
            "free_bytes": summary.free_bytes,
        }

    def _remove(self, name: str) -> None:
        with self._known.change():
            (self.directory / name).unlink(missing_ok=True)
        self._known.listing.remove(name)
        self._notes.forget(name)
        self._saved_at.pop(name, None)

    def _remember(self, name: str, stamp: Stamp, note: Note) -> None:
        self._notes.remember(name, stamp, note)
        listing = self._known.listing
        if len(self._notes) > 2 * len(listing) + 1:
            self._notes.forget_others(listing.find)

    @contextmanager
    def _listing(self) -> Iterator[Listing]:
        """Give the photos as they are, while nobody else does anything to them."""
        with self._lock, storage_errors(self.directory):
            self._known.keep_up()
            yield self._known.listing

    @contextmanager
    def _opened(self, name: str) -> Iterator[_Opened | None]:
        """Open a photo's file; None when there is none of that name."""
        file = open_file(self.directory / name) if parse_name(name) else None
        if file is None:
            yield None
            return
        with file:
            opened = _Opened(file, os.fstat(file.fileno()))
            known = self._known.listing.find(name)
            if known is None or known.stamp != opened.stamp:
                # Somebody has changed it where it lies, which the directory does not show.
                with self._lock:
                    self._known.look_at(name)
            yield opened

    def _note_of(self, photo: Photo) -> Note | None:
        """Return what a photo's comment tells, read once while it is the same photo; None when it cannot be read."""
        if note := self._notes.known(photo.name, photo.stamp):
            return note
        try:
            return self.note(photo.name)
        except StorageError:
            return None

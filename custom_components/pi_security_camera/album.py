"""The photos and clips below one directory, looked at: listed, read, told of. Blocking: called in the executor.

The directory is the truth. What is kept in memory is a cache of it, so that a new photo costs no reading of the whole.
Where only photos are spoken of, clips are meant, too, unless the kinds are told apart. No Home Assistant here.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, tzinfo
import os
from pathlib import Path
import threading
from typing import BinaryIO, NamedTuple

from .capture.errors import StorageError
from .capture.listing import Day, Listing, Summary
from .capture.note import Note
from .capture.photo import Cause, Photo, Stamp, is_clip_name, parse_name
from .clips import note_of_clip, reader, thumbnail_of_clip
from .directory import PhotoDirectory
from .files import LARGEST, free_bytes, open_file, storage_errors
from .notes import Notes, read_note_of
from .thumbnails import Thumbnails, thumbnail_of


class Opened(NamedTuple):
    """A file, open for reading."""

    file: BinaryIO
    status: os.stat_result

    @property
    def stamp(self) -> Stamp:
        """What tells whether it is still the same."""
        return self.status.st_size, self.status.st_mtime_ns


class Album:
    """The photos and clips in one directory. All methods may be called from any thread; all raise StorageError."""

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

    def open(self) -> None:
        """Make the directory when it is missing, sweep what a crash left, and read what is there."""
        with self._lock, storage_errors(self.directory):
            self._known.open()

    def photos(self, day: date | None = None) -> list[Photo]:
        """Return all photos and clips, or those of a day, oldest first."""
        with self._listing() as listing:
            return listing.photos() if day is None else listing.on(day)

    def days(self) -> list[Day]:
        """Return the days that have photos or clips, the newest first."""
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

    def read(self, name: str) -> bytes | None:
        """Return a photo's bytes; None when there is no photo of that name. Links are not followed.

        Clips are not read as a whole: see `open_clip`.
        """
        if is_clip_name(name):
            return None
        with storage_errors(self.directory), self._opened(name) as opened:
            return opened.file.read() if opened and opened.status.st_size <= LARGEST else None

    def open_clip(self, name: str) -> Opened | None:
        """Open a clip for whoever reads it in pieces and closes it; None when there is no clip of that name.

        Links are not followed. What was opened is read to its end, even if it is replaced or deleted meanwhile.
        """
        with storage_errors(self.directory):
            return self._open(name) if is_clip_name(name) else None

    def read_piece(self, opened: Opened, at: int, count: int) -> bytes:
        """Return a piece of an open clip, from a place on, so many bytes or as many as there are."""
        with storage_errors(self.directory):
            return reader(opened.file)(at, count)

    def thumbnail(self, name: str) -> bytes | None:
        """Return a small JPEG of a photo: the one inside it, or one made; None when there is none that can be read.

        To make one takes tens of milliseconds and more; those used last are kept in memory. A clip has the one inside
        it, or none.
        """

        def find(opened: Opened) -> bytes | None:
            if is_clip_name(name):
                return thumbnail_of_clip(opened.file, opened.status.st_size)
            return thumbnail_of(opened.file)

        with storage_errors(self.directory), self._opened(name) as opened:
            return self._thumbnails.get((name, *opened.stamp), lambda: find(opened)) if opened else None

    def note(self, name: str) -> Note | None:
        """Return what is told in a photo; None when there is no photo of that name."""
        with storage_errors(self.directory), self._opened(name) as opened:
            if opened is None:
                return None
            note = self._notes.known(name, opened.stamp)
            if note is None:
                clip = is_clip_name(name)
                note = note_of_clip(opened.file, opened.status.st_size) if clip else read_note_of(opened.file)
                self._remember(name, opened.stamp, note)
            return note

    def notes(self, names: Iterable[str]) -> dict[str, Note]:
        """Return what is told in photos, by their names, without those that are gone or cannot be read.

        Each file is read once, at a fraction of a millisecond on a fast disk and some ten on a slow one: ask for some
        hundred at a time.
        """
        with self._listing() as listing:
            photos = [photo for name in names if (photo := listing.find(name))]
        notes = ((photo.name, self._note_of(photo)) for photo in photos)
        return {name: note for name, note in notes if note}

    def cause(self, name: str) -> Cause | None:
        """Return why a photo was taken, as is told in it; None for photos of others."""
        note = self.note(name)
        return note.cause if note else None

    def is_kept(self, photo: Photo) -> bool:
        """Say whether a photo is marked; one that cannot be read may be."""
        note = self._note_of(photo)
        return note is None or note.kept

    def known_note(self, photo: Photo) -> Note | None:
        """Return what is told in a photo, without reading anything; None when that is not known yet."""
        return self._notes.known(photo.name, photo.stamp)

    def describe(self) -> dict[str, str | int | None]:
        """Return the directory, how many photos and clips lie there, their bytes, and the bytes still free."""
        summary = self.summary()
        return {
            "directory": str(self.directory),
            "photos": summary.photos,
            "clips": summary.clips,
            "used_bytes": summary.used_bytes,
            "free_bytes": summary.free_bytes,
        }

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

    def _open(self, name: str) -> Opened | None:
        """Open a photo's file; None when there is none of that name."""
        file = open_file(self.directory / name) if parse_name(name) else None
        if file is None:
            return None
        try:
            opened = Opened(file, os.fstat(file.fileno()))
            known = self._known.listing.find(name)
            if known is None or known.stamp != opened.stamp:
                # Somebody has changed it where it lies, which the directory does not show.
                with self._lock:
                    self._known.look_at(name)
        except BaseException:
            file.close()
            raise
        return opened

    @contextmanager
    def _opened(self, name: str) -> Iterator[Opened | None]:
        """Give a photo's file, open; None when there is none of that name."""
        opened = self._open(name)
        if opened is None:
            yield None
            return
        with opened.file:
            yield opened

    def _note_of(self, photo: Photo) -> Note | None:
        """Return what is told in a photo, read once while it is the same photo; None when it cannot be read."""
        if note := self.known_note(photo):
            return note
        try:
            return self.note(photo.name)
        except StorageError:
            return None

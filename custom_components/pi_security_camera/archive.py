"""The photos below one directory: save, list, read. Blocking: called in the executor. No Home Assistant here.

The directory is the truth. What is kept in memory is a cache of it, so that a new photo costs no reading of the whole.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, tzinfo
import errno
import os
from pathlib import Path
import stat
import threading

from .capture.jpeg import insert_comment, read_comment
from .capture.photo import Cause, Photo, modified_ns, photo_name, photo_of_file, read_cause, write_comment
from .files import make_directory, save_whole, storage_errors, sweep

# What opening says of a name that is free, a link or a socket.
_NO_PHOTO = {errno.ENOENT, errno.ELOOP, errno.ENXIO}
# A JPEG's comment stands near its beginning, after at most one EXIF segment of 64 KiB and one JFIF header.
_HEAD = 160 * 1024

# A directory's device, inode and modification time: whoever adds or removes a file changes the last of them.
type _Mark = tuple[int, int, int]


class Archive:
    """The photos in one directory. All methods may be called from any thread; all raise StorageError."""

    def __init__(self, directory: Path, zone: Callable[[], tzinfo]) -> None:
        """`zone` returns the time zone of the names, which is Home Assistant's and may change."""
        self.directory = directory
        self._zone = zone
        self._photos: dict[str, Photo] = {}
        self._lock = threading.Lock()
        self._mark: _Mark | None = None
        self._disk_below: int | None = None

    def open(self) -> None:
        """Make the directory when it is missing, sweep what a crash left, and read what is there."""
        with self._lock, storage_errors(self.directory):
            self._open()

    def photos(self, day: date | None = None) -> list[Photo]:
        """Return all photos, or those of a day, oldest first."""
        with self._lock, storage_errors(self.directory):
            self._keep_up()
            photos = [photo for photo in self._photos.values() if day in {None, photo.day}]
        return sorted(photos, key=lambda photo: photo.order)

    def days(self) -> list[tuple[date, int]]:
        """Return the days that have photos, and how many, the newest first."""
        with self._lock, storage_errors(self.directory):
            self._keep_up()
            counts = Counter(photo.day for photo in self._photos.values())
        return sorted(counts.items(), reverse=True)

    def find(self, name: str) -> Photo | None:
        """Return the photo of that name."""
        with self._lock, storage_errors(self.directory):
            self._keep_up()
            return self._photos.get(name)

    def newest(self) -> Photo | None:
        """Return the newest photo."""
        with self._lock, storage_errors(self.directory):
            self._keep_up()
            return max(self._photos.values(), key=lambda photo: photo.order, default=None)

    def save(self, data: bytes, taken_at: datetime, cause: Cause) -> Photo:
        """Keep a photo: written beside its place, synced and put there whole, never over another file.

        `data` is a whole JPEG, `taken_at` is aware. When this returns, the photo can be read under its name.
        """
        taken_at = taken_at.astimezone(self._zone())
        content = insert_comment(data, write_comment(taken_at, cause))
        with self._lock, storage_errors(self.directory):
            number = self._save(content, taken_at)
            photo = Photo(photo_name(taken_at, number), taken_at, number, len(content))
            self._photos[photo.name] = photo
        return photo

    def read(self, name: str) -> bytes | None:
        """Return a photo's bytes; None when there is no photo of that name. Links are not followed."""
        with storage_errors(self.directory):
            return self._read(name, -1)

    def cause(self, name: str) -> Cause | None:
        """Return why a photo was taken, from the comment in it; None for photos of others."""
        with storage_errors(self.directory):
            head = self._read(name, _HEAD)
        comment = read_comment(head) if head else None
        return read_cause(comment) if comment else None

    def describe(self) -> dict[str, str | int]:
        """Return the directory, how many photos lie there, their bytes, and the bytes that may still be written."""
        with self._lock, storage_errors(self.directory):
            status = os.statvfs(self.directory)
            self._keep_up()
            sizes = [photo.size for photo in self._photos.values()]
        return {
            "directory": str(self.directory),
            "photos": len(sizes),
            "used_bytes": sum(sizes),
            "free_bytes": status.f_bavail * status.f_frsize,
        }

    def _open(self) -> None:
        self._check_disk()
        make_directory(self.directory)
        sweep(self.directory)
        self._scan()

    def _check_disk(self) -> None:
        """Raise FileNotFoundError when the directory's disk is gone; it may come back under another number.

        A directory that was on a disk of its own went with the disk: what is there now, or would be made anew, lies on
        the wrong one.
        """
        if self._disk_below is not None and self._nearest_disk() == self._disk_below:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _nearest_disk(self) -> int:
        """Return the disk of the directory, or of the nearest one above it that is there."""
        nearest = next(path for path in (self.directory, *self.directory.parents) if path.exists())
        return nearest.stat().st_dev

    def _save(self, content: bytes, taken_at: datetime) -> int:
        """Write a photo's file; return its number in its second.

        A directory that is gone takes this photo with it, and loudly so; the next one finds it made anew.
        """
        try:
            # Another disk may have been mounted there, or ours taken away.
            if self._mark is None or self._read_mark()[0] != self._mark[0]:
                self._open()
            unchanged = self._read_mark() == self._mark
            number = save_whole(
                self.directory, lambda number: photo_name(taken_at, number), content, modified_ns(taken_at)
            )
            if unchanged:
                self._mark = self._read_mark()
            # else: what others changed is read when somebody looks.
        except FileNotFoundError, NotADirectoryError:
            self._mark = None
            raise
        return number

    def _read_mark(self) -> _Mark:
        status = self.directory.stat()
        return status.st_dev, status.st_ino, status.st_mtime_ns

    def _keep_up(self) -> None:
        """Read the directory again when somebody else has changed it."""
        if self._mark != self._read_mark():
            self._check_disk()
            self._scan()

    def _read(self, name: str, limit: int) -> bytes | None:
        if photo_of_file(name, 0, 0, self._zone()) is None:
            return None
        try:
            descriptor = os.open(self.directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in _NO_PHOTO:
                return None
            raise
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read(limit)

    def _scan(self) -> None:
        # The mark comes first: what changes while this reads is read the next time.
        mark, photos = self._read_mark(), {}
        below = (path.stat().st_dev for path in self.directory.parents)
        self._disk_below = next((disk for disk in below if disk != mark[0]), None)
        with os.scandir(self.directory) as entries:
            for entry in entries:
                if photo := self._photo_of(entry):
                    photos[photo.name] = photo
        self._mark, self._photos = mark, photos

    def _photo_of(self, entry: os.DirEntry[str]) -> Photo | None:
        """Return the photo that an entry is; a link, a directory and a file of another name are none."""
        if not entry.name.endswith(".jpg") or not entry.is_file(follow_symlinks=False):
            return None
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        return photo_of_file(entry.name, status.st_mtime_ns, status.st_size, self._zone())

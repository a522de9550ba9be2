"""The photos below one directory: save, list, read, delete. Blocking: called in the executor. No Home Assistant here.

The directory is the truth. What is kept in memory is a cache of it, so that a new photo costs no reading of the whole.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, tzinfo
import errno
import os
from pathlib import Path
import re
import secrets
import stat
import threading

from .capture.errors import (
    StorageError,
    StorageFailed,
    StorageFull,
    StorageMissing,
    StorageNotAllowed,
    StorageReadOnly,
)
from .capture.jpeg import insert_comment, read_comment
from .capture.photo import Cause, Photo, modified_ns, photo_name, photo_of_file, read_cause, write_comment

_DIRECTORY_MODE = 0o750
_PHOTO_MODE = 0o640
_TEMPORARY = re.compile(r"\.capture_[0-9a-f]{16}\.tmp")
# What opening says of a name that is free, a link or a socket.
_NO_PHOTO = {errno.ENOENT, errno.ELOOP, errno.ENXIO}
# A JPEG's comment stands near its beginning, after at most one EXIF segment of 64 KiB and one JFIF header.
_HEAD = 160 * 1024

_ERRORS: dict[int, type[StorageError]] = {
    errno.ENOSPC: StorageFull,
    errno.EDQUOT: StorageFull,
    errno.EROFS: StorageReadOnly,
    errno.EACCES: StorageNotAllowed,
    errno.EPERM: StorageNotAllowed,
    errno.ENOENT: StorageMissing,
    errno.ENOTDIR: StorageMissing,
    errno.ESTALE: StorageMissing,
}


class Archive:
    """The photos in one directory. All methods may be called from any thread; all raise StorageError."""

    def __init__(self, directory: Path, zone: Callable[[], tzinfo]) -> None:
        """`zone` returns the time zone of the names, which is Home Assistant's and may change."""
        self.directory = directory
        self._zone = zone
        self._photos: dict[str, Photo] = {}
        self._lock = threading.Lock()
        self._ready = False
        self._disk_below: int | None = None

    def open(self) -> None:
        """Make the directory when it is missing, sweep what a crash left, and read what is there."""
        with self._lock, _storage_errors(self.directory):
            self._open()

    def photos(self) -> list[Photo]:
        """Return all photos, oldest first."""
        with self._lock:
            return sorted(self._photos.values(), key=lambda photo: photo.order)

    def newest(self) -> Photo | None:
        """Return the newest photo."""
        with self._lock:
            return max(self._photos.values(), key=lambda photo: photo.order, default=None)

    def save(self, data: bytes, taken_at: datetime, cause: Cause) -> Photo:
        """Keep a photo: written beside its place, synced and put there whole, never over another file.

        `data` is a whole JPEG, `taken_at` is aware. When this returns, the photo can be read under its name.
        """
        taken_at = taken_at.astimezone(self._zone())
        content = insert_comment(data, write_comment(taken_at, cause))
        with self._lock, _storage_errors(self.directory):
            number = self._save(content, taken_at)
            photo = Photo(photo_name(taken_at, number), taken_at, number, len(content))
            self._photos[photo.name] = photo
        return photo

    def read(self, name: str) -> bytes | None:
        """Return a photo's bytes; None when there is no photo of that name. Links are not followed."""
        with _storage_errors(self.directory):
            return self._read(name, -1)

    def cause(self, name: str) -> Cause | None:
        """Return why a photo was taken, from the comment in it; None for photos of others."""
        with _storage_errors(self.directory):
            head = self._read(name, _HEAD)
        comment = read_comment(head) if head else None
        return read_cause(comment) if comment else None

    def refresh(self) -> None:
        """Read the directory again."""
        with self._lock, _storage_errors(self.directory):
            self._scan()

    def describe(self) -> dict[str, str | int]:
        """Return the directory, how many photos lie there, their bytes, and the bytes that may still be written."""
        with _storage_errors(self.directory):
            status = os.statvfs(self.directory)
        with self._lock:
            sizes = [photo.size for photo in self._photos.values()]
        return {
            "directory": str(self.directory),
            "photos": len(sizes),
            "used_bytes": sum(sizes),
            "free_bytes": status.f_bavail * status.f_frsize,
        }

    def _open(self) -> None:
        # A directory that was on a disk of its own went with the disk: made anew, it would lie on the wrong one. The
        # disk may come back under another number.
        if self._disk_below is not None and self._nearest_disk() == self._disk_below:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        make_directory(self.directory)
        disk, *below = (path.stat().st_dev for path in (self.directory, *self.directory.parents))
        self._disk_below = next((each for each in below if each != disk), None)
        self._sweep()
        self._scan()
        self._ready = True

    def _nearest_disk(self) -> int:
        """Return the disk of the directory, or of the nearest one above it that is there."""
        nearest = next(path for path in (self.directory, *self.directory.parents) if path.exists())
        return nearest.stat().st_dev

    def _save(self, content: bytes, taken_at: datetime) -> int:
        """Write a photo's file; return its number in its second.

        A directory that is gone takes this photo with it, and loudly so; the next one finds it made anew.
        """
        if not self._ready:
            self._open()
        try:
            temporary = self._write(content, taken_at)
            try:
                number = self._place(temporary, taken_at)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_directory(self.directory)
        except FileNotFoundError, NotADirectoryError:
            self._ready = False
            raise
        return number

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
        photos = {}
        with os.scandir(self.directory) as entries:
            for entry in entries:
                if photo := self._photo_of(entry):
                    photos[photo.name] = photo
        self._photos = photos

    def _photo_of(self, entry: os.DirEntry[str]) -> Photo | None:
        """Return the photo that an entry is; a link, a directory and a file of another name are none."""
        if not entry.name.endswith(".jpg") or not entry.is_file(follow_symlinks=False):
            return None
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        return photo_of_file(entry.name, status.st_mtime_ns, status.st_size, self._zone())

    def _sweep(self) -> None:
        """Remove the temporary files that a crash left; nobody else's files bear such names."""
        with os.scandir(self.directory) as entries:
            leftovers = [
                entry.path
                for entry in entries
                if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            ]
        for path in leftovers:
            with suppress(FileNotFoundError):
                os.unlink(path)  # noqa: PTH108 - scandir gives strings

    def _write(self, content: bytes, taken_at: datetime) -> Path:
        """Write the content to a new temporary file, with its mode and time, down to the disk."""
        path = _temporary_path(self.directory)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _PHOTO_MODE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                # FAT and some network shares know no modes; the mount decides there.
                with suppress(PermissionError):
                    os.fchmod(descriptor, _PHOTO_MODE)
                file.write(content)
                file.flush()
                time = modified_ns(taken_at)
                os.utime(descriptor, ns=(time, time))
                os.fsync(descriptor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _place(self, temporary: Path, taken_at: datetime) -> int:
        """Give the file the first name of its second that is free; return the number in it."""
        number = 1
        while True:
            name = photo_name(taken_at, number)
            try:
                _link(temporary, self.directory / name)
            except FileExistsError:
                number += 1
            else:
                return number


def make_directory(directory: Path) -> None:
    """Make a photo directory when it is missing, readable by Home Assistant's user and group only. Raises OSError."""
    try:
        directory.mkdir(parents=True)
    except FileExistsError:
        if not directory.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    else:
        with suppress(PermissionError):
            directory.chmod(_DIRECTORY_MODE)


def check_directory(directory: Path) -> None:
    """Make the directory and try it as a photo would. Raises StorageError."""
    with _storage_errors(directory):
        make_directory(directory)
        trial = _temporary_path(directory)
        trial.touch(mode=_PHOTO_MODE, exist_ok=False)
        trial.unlink()


def _temporary_path(directory: Path) -> Path:
    return directory / f".capture_{secrets.token_hex(8)}.tmp"


def _link(temporary: Path, path: Path) -> None:
    """Put a file in its place without ever replacing another; raise FileExistsError when the place is taken."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}:
            raise
        # FAT and some network shares have no links. Nobody else gives files such names, so looking first will do.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        temporary.rename(path)


def _sync_directory(directory: Path) -> None:
    """Make the new name survive a power cut; file systems that cannot do it say EINVAL."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP}:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def _storage_errors(directory: Path) -> Iterator[None]:
    """Turn the system's errors into ours."""
    try:
        yield
    except OSError as error:
        path = str(directory)
        known = _ERRORS.get(error.errno or 0)
        if known is None:
            raise StorageFailed(path, error.strerror or str(error)) from error
        raise known(path) from error

"""One file, put in its place whole; and the system's errors as ours. Blocking. No Home Assistant here."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
import errno
import os
from pathlib import Path
import re
import secrets
import stat
from typing import BinaryIO

from .capture.errors import (
    StorageError,
    StorageFailed,
    StorageFull,
    StorageMissing,
    StorageNotAllowed,
    StorageReadOnly,
)

# No camera's photo is larger; a file that is shall not fill the memory. Bytes.
LARGEST = 64 * 1024 * 1024
_DIRECTORY_MODE = 0o750
_FILE_MODE = 0o640
# What opening says of a name that is free, a link or a socket.
_NO_FILE = {errno.ENOENT, errno.ELOOP, errno.ENXIO}
_TEMPORARY = re.compile(r"\.capture_[0-9a-f]{16}\.tmp")

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


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a file was put: the number in its name, and its modification time, nanoseconds since 1970."""

    number: int
    modified_ns: int


@contextmanager
def storage_errors(directory: Path) -> Iterator[None]:
    """Turn the system's errors into StorageErrors."""
    try:
        yield
    except OSError as error:
        path = str(directory)
        known = _ERRORS.get(error.errno or 0)
        if known is None:
            raise StorageFailed(path, error.strerror or str(error)) from error
        raise known(path) from error


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


def find_mount_point(directory: Path) -> Path | None:
    """Return where the disk of a directory is mounted; None when it lies on the root's own disk.

    The directory need not be there yet; links are followed. What is mapped into a container is mounted there, too.
    What is mapped from one place of a disk to another of the same disk looks like any directory, and does not count.
    """
    resolved = directory.resolve()
    return next((path for path in (resolved, *resolved.parents) if path.name and os.path.ismount(path)), None)


def check_mounted(directory: Path, mount_point: Path | None) -> None:
    """Raise FileNotFoundError when the disk of a directory is gone from its mount point, and the directory with it.

    What lies there now, or would be made there, is on the disk below, which must not be filled instead. Raises OSError
    when the disk is there but cannot be used.
    """
    if mount_point is None or _is_mounted(mount_point):
        return
    # Where a link has been aimed at another disk since, that is what the user wants.
    if mount_point.is_relative_to(find_mount_point(directory) or mount_point.anchor):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def check_directory(directory: Path, mount_point: Path | None = None) -> None:
    """Make the directory and try it as a photo would, on the disk at `mount_point` if that is known.

    Raises StorageError.
    """
    with storage_errors(directory):
        check_mounted(directory, mount_point)
        make_directory(directory)
        try_writing(directory, 0)


def try_writing(directory: Path, size: int) -> None:
    """Write so many bytes as a photo would be, and take them away again. Raises OSError, and leaves nothing behind."""
    _write(directory, bytes(size), 0)[0].unlink()


def free_bytes(directory: Path) -> int | None:
    """Return how many bytes may still be written; None where the file system does not tell. Raises OSError."""
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize if status.f_blocks else None


def open_file(path: Path, *, to_write: bool = False) -> BinaryIO | None:
    """Open a file for reading; None when there is none: links are not followed, nothing else is waited for.

    `to_write`: for reading and writing. Raises OSError.
    """
    try:
        descriptor = os.open(path, (os.O_RDWR if to_write else os.O_RDONLY) | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in _NO_FILE:
            return None
        raise
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return os.fdopen(descriptor, "r+b" if to_write else "rb")
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def save_whole(directory: Path, name_of: Callable[[int], str], content: bytes, modified_ns: int) -> Placed:
    """Write a file beside its place, sync it, and put it there under the first of its names that is free.

    `name_of` gives the names by number, from 1; `modified_ns` is its modification time, nanoseconds since 1970. Raises
    OSError, and leaves nothing behind then.
    """
    temporary, modified_ns = _write(directory, content, modified_ns)
    return Placed(place_whole(temporary, directory, name_of), modified_ns)


def place_whole(temporary: Path, directory: Path, name_of: Callable[[int], str]) -> int:
    """Put a temporary file that is on the disk under the first of its names that is free, and return the number.

    Raises OSError; the temporary file is gone in any case.
    """
    try:
        number = 1
        while not _place(temporary, directory / name_of(number)):
            number += 1
    finally:
        temporary.unlink(missing_ok=True)
    _sync_directory(directory)
    return number


def replace_whole(path: Path, content: bytes, before: os.stat_result) -> bool:
    """Put a file's new content in the place of the old at once, with its owner, mode and modification time.

    At any moment either the old or the new file is there. `before` is the old one's status: False when it is no longer
    what lies there, which stays then. Raises OSError, and leaves nothing behind then.
    """
    temporary, _ = _write(path.parent, content, before.st_mtime_ns, before)
    return put_in_place_of(path, temporary, before)


def put_in_place_of(path: Path, temporary: Path, before: os.stat_result) -> bool:
    """Put a temporary file that is on the disk in the place of another, as `replace_whole` does.

    Raises OSError; the temporary file is gone in any case.
    """
    try:
        if not path.exists(follow_symlinks=False) or not _is_same(os.lstat(path), before):
            return False
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_directory(path.parent)
    return True


def sweep(directory: Path, unfinished: Collection[str] = ()) -> None:
    """Remove the temporary files that a crash left, but for those that are being written; nobody else has such names.

    Raises OSError.
    """
    with os.scandir(directory) as entries:
        leftovers = [
            entry.path
            for entry in entries
            if _TEMPORARY.fullmatch(entry.name)
            and entry.name not in unfinished
            and entry.is_file(follow_symlinks=False)
        ]
    for path in leftovers:
        with suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108 - scandir gives strings


def _is_mounted(path: Path) -> bool:
    """Say whether a disk is mounted there. Raises OSError when it is, but broken or out of reach."""
    with suppress(FileNotFoundError, NotADirectoryError):
        # To ismount what fails is not mounted, whatever the reason.
        os.lstat(path)
    return os.path.ismount(path)


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    """Say whether a file is still what it was. Its inode would tell more, but some network shares change it at will."""
    return (stat.S_IFMT(one.st_mode), one.st_size, one.st_mtime_ns) == (
        stat.S_IFMT(other.st_mode),
        other.st_size,
        other.st_mtime_ns,
    )


def _write(directory: Path, content: bytes, modified_ns: int, like: os.stat_result | None = None) -> tuple[Path, int]:
    """Write the content to a new temporary file, with its mode and time, down to the disk; return it and its time.

    `like` is the status of a file whose owner and mode it gets.
    """
    path, descriptor = make_temporary(directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            modified_ns = seal(file, modified_ns, like).st_mtime_ns
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path, modified_ns


def make_temporary(directory: Path) -> tuple[Path, int]:
    """Make a new temporary file; return it, and its descriptor, open for writing. Raises OSError."""
    path = directory / f".capture_{secrets.token_hex(8)}.tmp"
    return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _FILE_MODE)


def seal(file: BinaryIO, modified_ns: int, like: os.stat_result | None = None) -> os.stat_result:
    """Give a file that has been written its mode and time, down to the disk; return its status. Raises OSError.

    `like` is the status of a file whose owner and mode it gets.
    """
    file.flush()
    descriptor = file.fileno()
    # Some mounts give all files to one user and refuse to change them; the name holds the time, too.
    with suppress(PermissionError):
        if like:
            os.fchown(descriptor, like.st_uid, like.st_gid)
    with suppress(PermissionError):
        os.fchmod(descriptor, stat.S_IMODE(like.st_mode) if like else _FILE_MODE)
    with suppress(PermissionError):
        os.utime(descriptor, ns=(modified_ns, modified_ns))
    os.fsync(descriptor)
    return os.fstat(descriptor)


def _place(temporary: Path, path: Path) -> bool:
    """Put a file in its place without ever replacing another; say whether the place was free."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}:
            raise
        # FAT and some network shares have no links. Nobody else gives files such names, so looking first will do.
        try:
            os.lstat(path)
        except FileNotFoundError:
            temporary.rename(path)
        else:
            return False
    return True


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

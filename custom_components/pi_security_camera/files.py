"""One file, put in its place whole; and the system's errors as ours. Blocking. No Home Assistant here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
import errno
import os
from pathlib import Path
import re
import secrets

from .capture.errors import (
    StorageError,
    StorageFailed,
    StorageFull,
    StorageMissing,
    StorageNotAllowed,
    StorageReadOnly,
)

_DIRECTORY_MODE = 0o750
_FILE_MODE = 0o640
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


def check_directory(directory: Path) -> None:
    """Make the directory and try it as a photo would. Raises StorageError."""
    with storage_errors(directory):
        make_directory(directory)
        _write(directory, b"", 0).unlink()


def save_whole(directory: Path, name_of: Callable[[int], str], content: bytes, modified_ns: int) -> int:
    """Write a file beside its place, sync it, and put it there under the first of its names that is free.

    `name_of` gives the names by number, from 1; the number taken is returned. `modified_ns` is its modification time.
    Raises OSError, and leaves nothing behind then.
    """
    temporary = _write(directory, content, modified_ns)
    try:
        number = 1
        while not _place(temporary, directory / name_of(number)):
            number += 1
    finally:
        temporary.unlink(missing_ok=True)
    _sync_directory(directory)
    return number


def sweep(directory: Path) -> None:
    """Remove the temporary files that a crash left; nobody else's files bear such names. Raises OSError."""
    with os.scandir(directory) as entries:
        leftovers = [
            entry.path for entry in entries if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        ]
    for path in leftovers:
        with suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108 - scandir gives strings


def _write(directory: Path, content: bytes, modified_ns: int) -> Path:
    """Write the content to a new temporary file, with its mode and time, down to the disk."""
    path = directory / f".capture_{secrets.token_hex(8)}.tmp"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            # Some mounts give all files to one user and refuse to change them; the name holds the time, too.
            with suppress(PermissionError):
                os.fchmod(descriptor, _FILE_MODE)
            with suppress(PermissionError):
                os.utime(descriptor, ns=(modified_ns, modified_ns))
            os.fsync(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


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
        if os.path.lexists(path):
            return False
        temporary.rename(path)
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

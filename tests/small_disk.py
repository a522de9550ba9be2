"""A small disk: a real file system in memory that a test fills up, makes read-only, pulls out and puts back.

To mount is for root. A test that is not `async` becomes that, for itself alone, by the decorator `in_a_namespace`: it
then runs in a child process with mounts of its own, whoever runs the tests, and nothing stays mounted even when it is
killed. A test that needs its own process, as those of Home Assistant do, uses `small_disk` without it, and is skipped
for all but root.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
import ctypes
import functools
import os
from pathlib import Path
import signal
import tempfile
import traceback
import warnings

import pytest

MIB = 1024 * 1024

# From Linux' mount.h.
_READ_ONLY = 1
_REMOUNT = 32
_BIND = 4096
_RECURSIVE = 16384
_PRIVATE = 1 << 18
_DETACH = 2

# A child that hangs is ended. Seconds.
_LIMIT = 120
_libc = ctypes.CDLL(None, use_errno=True)


class SmallDisk:
    """A disk that is mounted on a directory; what lies on it stays while it is pulled out. All raise OSError."""

    def __init__(self, directory: Path, store: Path) -> None:
        """`store` is where it lies beside, whether it is mounted on `directory` or not."""
        self.directory = directory
        self._store = store
        self._filler = store / "filler"

    def mount(self) -> None:
        """Put it in."""
        _mount(self._store, self.directory, _BIND)

    def unmount(self) -> None:
        """Pull it out: the bare directory below it shows."""
        _call(_libc.umount2, os.fsencode(self.directory), 0)

    def remount(self, *, read_only: bool) -> None:
        """Make it read-only, as the system does with a disk that fails, or writable again."""
        _mount(None, self._store, _REMOUNT | (_READ_ONLY if read_only else 0))

    @property
    def free_bytes(self) -> int:
        """How many bytes may still be written."""
        status = os.statvfs(self._store)
        return status.f_bavail * status.f_frsize

    def fill(self, leave: int = 0) -> None:
        """Let another program's file take all that is free, but for some bytes; a whole number of pages is left."""
        self.make_room()
        self._filler.write_bytes(bytes(max(0, self.free_bytes - leave)))

    def make_room(self) -> None:
        """Remove that file."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(
    directory: Path, size: int = 2 * MIB, *, options: str = "", read_only: bool = False
) -> Generator[SmallDisk]:
    """Mount a small disk on a directory, made if it is missing; skip the test where that is not allowed.

    `size` is in bytes, `options` are further ones of tmpfs.
    """
    directory.mkdir(parents=True, exist_ok=True)
    store = Path(tempfile.mkdtemp(prefix="disk-"))
    disk = SmallDisk(directory, store)
    try:
        try:
            _mount(None, store, 0, f"size={size},mode=0700{options and ','}{options}")
        except PermissionError:
            pytest.skip("to mount is for root")
        disk.mount()
        if read_only:
            disk.remount(read_only=True)
        yield disk
    finally:
        for path in (directory, store):
            with suppress(OSError):
                _call(_libc.umount2, os.fsencode(path), _DETACH)
        store.rmdir()


def in_a_namespace[**P](test: Callable[P, None]) -> Callable[P, None]:
    """Run a test in a child process that may mount, with mounts of its own; skip it where that is not allowed."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        reader, writer = os.pipe()
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            # The threads that it warns of are those of pytest's workers, which only wait.
            child = os.fork()
        if child == 0:
            _run_in_child(lambda: test(*args, **kwargs), writer)
        os.close(writer)
        with open(reader) as pipe:  # noqa: PTH123 - a descriptor
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        if told.startswith("skip"):
            pytest.skip(told.removeprefix("skip "))
        if told or status:
            pytest.fail(told or f"the child process ended with {os.waitstatus_to_exitcode(status)}", pytrace=False)

    return run


def _run_in_child(test: Callable[[], None], writer: int) -> None:
    """Run a test and write why it failed or was skipped; does not return."""
    signal.alarm(_LIMIT)
    told = ""
    try:
        _unshare()
        test()
    except pytest.skip.Exception as skipped:
        told = f"skip {skipped.msg}"
    except BaseException:  # noqa: BLE001 - whatever it is, the parent tells it
        told = traceback.format_exc()
    with open(writer, "w") as pipe:
        pipe.write(told)
    os._exit(0)


def _unshare() -> None:
    """Enter a namespace of mounts; who is not root needs one of users, too, in which everybody may mount."""
    user, group = os.geteuid(), os.getegid()
    try:
        os.unshare(os.CLONE_NEWNS)
    except PermissionError:
        try:
            os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNS)
        except OSError:
            pytest.skip("neither root nor somebody who may have a namespace of users")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount(None, Path("/"), _RECURSIVE | _PRIVATE)


def _mount(source: Path | None, target: Path, flags: int, options: str | None = None) -> None:
    """Mount a place elsewhere, or a new file system in memory, or change how one is mounted. Raises OSError."""
    _call(_libc.mount, os.fsencode(source or "none"), os.fsencode(target), b"tmpfs", flags, (options or "").encode())


def _call(function: Callable[..., int], *arguments: object) -> None:
    if function(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))

"""Faults of file systems, planted."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
import os
from pathlib import Path
from types import SimpleNamespace

NOBODY = 65534


def refuse(number: int) -> Callable[..., None]:
    """Return a system call that fails."""

    def call(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


@contextmanager
def forbidden(directory: Path) -> Generator[None]:
    """Take the right to write into a directory away; root is somebody else meanwhile."""
    user, mode = os.geteuid(), directory.stat().st_mode
    directory.chmod(0o555)
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)
        directory.chmod(mode)


class Disk:
    """A disk of a size, in bytes, of which others fill a part: it only says how full it is."""

    def __init__(self, directory: Path, size: int = 10**12) -> None:
        """`directory` is where the photos lie on it; a size of 0 is a disk that does not tell."""
        self._directory = directory
        self.size = size
        self.others = 0

    @property
    def free(self) -> int:
        """How many bytes are free."""
        return self.size - self.others - sum(path.stat().st_size for path in self._directory.iterdir())

    def leave(self, free: int) -> None:
        """Let others fill it, but for so many bytes."""
        self.others += self.free - free

    def statvfs(self, _path: object) -> SimpleNamespace:
        """Answer as the system does."""
        return SimpleNamespace(f_bavail=self.free, f_frsize=1, f_blocks=self.size)

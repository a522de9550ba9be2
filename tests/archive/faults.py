"""Faults of file systems, planted."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
import os
from pathlib import Path

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

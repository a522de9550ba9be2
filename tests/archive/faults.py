"""Faults of file systems: planted ones, and where this machine lets us mount, real ones."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
import os
from pathlib import Path
import subprocess

import pytest

NOBODY = 65534


def refuse(number: int) -> Callable[..., None]:
    """Return a system call that fails."""

    def call(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


@contextmanager
def mounted(directory: Path, *options: str) -> Generator[None]:
    """Mount a file system of its own on a directory; skip the test where that is not allowed."""
    directory.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", *options, "none", str(directory)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:  # noqa: S603
        pytest.skip("mounting is for root")
    try:
        yield
    finally:
        unmount(directory)


def unmount(directory: Path) -> None:
    """Take a file system away, if it is there, at once even when somebody has a file open in it."""
    subprocess.run(["umount", "--lazy", str(directory)], capture_output=True, check=False)  # noqa: S603, S607


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

"""An archive in a directory of its own."""

from collections.abc import Callable
from datetime import datetime
import os
from pathlib import Path
import socket
from zoneinfo import ZoneInfo

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.photo import Cause, Photo
from tests.films import film
from tests.pictures import photo

from .faults import Disk

PARIS = ZoneInfo("Europe/Paris")
TAKEN_AT = datetime(2026, 2, 13, 14, 25, 30, 123_456, tzinfo=PARIS)
NAME = "capture_20260213_142530.jpg"
CLIP = "capture_20260213_142530.mp4"
OTHER_NAME = "capture_20260101_080000.jpg"
CAUSE = Cause("hall", "salle/mouvement", 4.5, 812)

type Save = Callable[..., Photo]
type SaveClip = Callable[..., Photo]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the photos are to lie; not made yet."""
    return tmp_path / "media" / "photos"


@pytest.fixture
def archive(directory: Path) -> Archive:
    """An archive that was opened."""
    archive = archive_in(directory)
    archive.open()
    return archive


@pytest.fixture
def save(archive: Archive) -> Save:
    """Saves a photo."""

    def save(taken_at: datetime = TAKEN_AT, cause: Cause = CAUSE) -> Photo:
        return archive.save(photo(), taken_at, cause)

    return save


@pytest.fixture
def save_clip(archive: Archive) -> SaveClip:
    """Saves a clip."""

    def save_clip(
        taken_at: datetime = TAKEN_AT, cause: Cause = CAUSE, data: bytes = film(), thumbnail: bytes | None = None
    ) -> Photo:
        temporary = archive.new_clip_file()
        temporary.write_bytes(data)
        return archive.save_clip(temporary, taken_at, cause, thumbnail)

    return save_clip


@pytest.fixture
def disk(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A large disk, on which the photos lie; a test may make it small."""
    disk = Disk(archive.directory)
    monkeypatch.setattr(os, "statvfs", disk.statvfs)
    return disk


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How directories are read through, each time: as a whole, or the names alone."""
    scans = []

    def watch(name: str, call: Callable[[Path], object]) -> None:
        def watched(path: Path) -> object:
            scans.append(name)
            return call(path)

        monkeypatch.setattr(os, name, watched)

    watch("scandir", os.scandir)
    watch("listdir", os.listdir)
    return scans


def archive_in(directory: Path) -> Archive:
    """Return an archive as it is after a restart."""
    return Archive(directory, lambda: PARIS)


def others_change(directory: Path, change: Callable[[], object] = lambda: None) -> None:
    """Let somebody else change a directory, a moment after we did: clocks of file systems may be coarse."""
    before = directory.stat().st_mtime_ns
    change()
    os.utime(directory, ns=(before + 10**7, before + 10**7))


def names_in(directory: Path) -> list[str]:
    """Return the names of all that lies in a directory."""
    return sorted(path.name for path in directory.iterdir())


def plant_socket(path: Path) -> None:
    """Make a socket's file."""
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(f"/proc/self/fd/{directory}/{path.name}")
    finally:
        os.close(directory)


ODD: dict[str, Callable[[Path], object]] = {
    "a link to a photo": lambda path: path.symlink_to("other.jpg"),
    "a link to a secret": lambda path: path.symlink_to("/etc/hostname"),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a directory": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a socket": plant_socket,
}
"""What may bear a photo's name and is none."""

FOREIGN = [
    "holiday.jpg",
    "capture_20260213_142530.jpeg",
    "capture_20260213_142530_1.jpg",
    "capture_20260230_142530.jpg",
    ".capture_0123456789abcdef.tmp",
    ".capture_20260213_142530.jpg",
    "capture_20260213_142530.jpg.part",
    "capture_20260213_142530.m4v",
    "capture_20260213_142530_1.mp4",
    ".capture_20260213_142530.mp4",
    "capture_20260213_142530.mp4.part",
    "Thumbs.db",
]
"""Names of others' files."""

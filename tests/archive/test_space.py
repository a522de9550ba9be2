"""The room on a disk: asked for before a photo is taken, and made as far as that helps."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import StorageFull, StorageMissing
from custom_components.pi_security_camera.capture.retention import Plan, Purged
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.small_disk import MIB

from .cameras import LIMITS, NOW, Camera
from .conftest import archive_in
from .faults import Disk


def test_where_mounting_is_not_allowed_a_disk_fills_up_too(
    archive: Archive, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a real one, with a disk that only says that it is full."""
    disk.size, fsync = 2 * MIB, os.fsync

    def sync(descriptor: int) -> None:
        if disk.free <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    camera = Camera(archive)
    for _ in range(100):
        camera.answer_alert()
    assert 10 < len(camera.taken) < 100
    camera.check()
    disk.others = disk.size
    some = min(camera.taken)
    for _ in range(2):
        for change in (camera.answer_alert, camera.take, lambda: archive.set_kept(some, kept=True)):
            with pytest.raises(StorageFull):
                change()
        assert Housekeeper(archive).plan(LIMITS, NOW) == Plan()
        assert Housekeeper(archive).purge(LIMITS, NOW) == Purged()
    camera.check()


@pytest.mark.parametrize(("floor", "enough"), [(0, True), (1000, True), (1001, False)])
def test_too_little_space_is_told_before_a_photo_is_taken(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, floor: int, enough: bool
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=10, f_frsize=100, f_blocks=1))
    assert archive.free_bytes() == archive.summary().free_bytes == 1000
    if enough:
        archive.check_space(floor)
    else:
        with pytest.raises(StorageFull):
            archive.check_space(floor)


def test_the_space_is_asked_for_where_the_directory_will_be(directory: Path) -> None:
    archive = archive_in(directory)
    archive.check_space(0)
    assert directory.is_dir()


def test_a_directory_that_is_gone_is_told_once_to_who_asks_for_space_and_made_anew(
    archive: Archive, directory: Path
) -> None:
    directory.rmdir()
    with pytest.raises(StorageMissing):
        archive.check_space(0)
    assert not directory.exists()
    archive.check_space(0)
    assert directory.is_dir()

"""A disk that fills up: photos go as far as that helps, and nothing else is lost."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import StorageFull, StorageMissing
from custom_components.pi_security_camera.capture.jpeg import Size, read_size
from custom_components.pi_security_camera.capture.photo import Photo
from custom_components.pi_security_camera.capture.retention import Limits, Plan, Purged
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.pictures import photo
from tests.small_disk import in_a_namespace, small_disk

from .conftest import CAUSE, TAKEN_AT, archive_in, names_in

BLOCK = 4096
FLOOR = 15 * BLOCK
LIMITS = Limits(min_free_bytes=FLOOR)
NOW = TAKEN_AT + timedelta(days=1)


@contextmanager
def on_small_disk(directory: Path) -> Generator[Archive]:
    """Return an archive on a disk of 200 KiB."""
    with small_disk(directory, 200 * 1024):
        archive = archive_in(directory)
        archive.open()
        yield archive


def take(archive: Archive, number: int) -> Photo:
    """Take a photo as the coordinator does: with too little space, retention runs once."""
    try:
        archive.check_space(FLOOR)
    except StorageFull:
        Housekeeper(archive).purge(LIMITS, NOW)
        archive.check_space(FLOOR)
    return archive.save(photo(), TAKEN_AT + timedelta(minutes=number), CAUSE)


def whole(archive: Archive) -> bool:
    """Say whether all that lies there is whole photos."""
    photos = archive.photos()
    return {read_size(archive.read(photo.name) or b"") for photo in photos} == {Size(48, 32)}


@in_a_namespace
def test_on_a_full_disk_the_oldest_make_room_for_the_newest(directory: Path) -> None:
    with on_small_disk(directory) as archive:
        saved = [take(archive, number) for number in range(100)]
        photos = archive.photos()
        assert photos == saved[-len(photos) :]
        assert len(photos) > 10
        assert (archive.free_bytes() or 0) + BLOCK >= FLOOR
        assert whole(archive)


@in_a_namespace
def test_on_a_disk_full_of_marked_photos_none_goes_and_the_next_is_refused(directory: Path) -> None:
    with on_small_disk(directory) as archive:
        number = 0
        while (archive.free_bytes() or 0) >= FLOOR:
            marked = take(archive, number)
            assert archive.set_kept(marked.name, kept=True)
            number += 1
        with pytest.raises(StorageFull) as raised:
            take(archive, number)
        assert raised.value.fields == {"path": str(archive.directory)}
        assert len(archive.photos()) == number > 10
        assert all(note.kept for note in archive_in(archive.directory).notes(names_in(archive.directory)).values())
        assert whole(archive)
        # What is released makes room enough.
        released = [photo.name for photo in archive.photos()[:2]]
        for name in released:
            archive.set_kept(name, kept=False)
        assert take(archive, number)
        assert [archive.find(name) for name in released] == [None, None]
        assert len(archive.photos()) == number - 1


@in_a_namespace
def test_on_a_disk_that_others_fill_no_photo_goes_in_vain(directory: Path) -> None:
    with on_small_disk(directory) as archive:
        saved = [take(archive, number) for number in range(3)]
        filler = directory / "filler"
        filler.write_bytes(bytes(archive.free_bytes() or 0))
        assert archive.free_bytes() == 0
        for _ in range(3):
            with pytest.raises(StorageFull):
                take(archive, 5)
        with pytest.raises(StorageFull):
            archive.save(photo(), TAKEN_AT, CAUSE)
        with pytest.raises(StorageFull):
            archive.set_kept(saved[0].name, kept=True)
        assert names_in(directory) == sorted(["filler", *(photo.name for photo in saved)])
        assert archive_in(directory).photos() == archive.photos() == saved
        assert whole(archive)
        filler.unlink()
        assert take(archive, 5)
        assert archive.set_kept(saved[0].name, kept=True)
        assert len(archive.photos()) == 4


def test_where_mounting_is_not_allowed_the_sequence_is_the_same(
    archive: Archive, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with a disk that only says that it is full."""
    size, fsync, others = 200 * 1024, os.fsync, [0]

    def free() -> int:
        return size - others[0] - sum(path.stat().st_size for path in directory.iterdir())

    def sync(descriptor: int) -> None:
        if free() <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=free(), f_frsize=1, f_blocks=size))
    monkeypatch.setattr(os, "fsync", sync)
    saved = [take(archive, number) for number in range(100)]
    photos = archive.photos()
    assert photos == saved[-len(photos) :]
    assert len(photos) > 10
    others[0] = size
    for _ in range(2):
        with pytest.raises(StorageFull):
            take(archive, 100)
        with pytest.raises(StorageFull):
            archive.save(photo(), TAKEN_AT, CAUSE)
        with pytest.raises(StorageFull):
            archive.set_kept(photos[0].name, kept=True)
        assert Housekeeper(archive).plan(LIMITS, NOW) == Plan()
        assert Housekeeper(archive).purge(LIMITS, NOW) == Purged()
    others[0] = 0
    assert archive.photos() == photos
    assert names_in(directory) == [photo.name for photo in photos]
    assert whole(archive)


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

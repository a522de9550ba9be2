"""Retention at work."""

from collections.abc import Callable
from datetime import UTC, timedelta
import errno
import os
from pathlib import Path
import time
from types import SimpleNamespace

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import (
    StorageFailed,
    StorageMissing,
    StorageNotAllowed,
    StorageReadOnly,
)
from custom_components.pi_security_camera.capture.photo import Photo
from custom_components.pi_security_camera.capture.retention import BRAKE, Limit, Limits, Plan, Purged
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.pictures import picture

from .conftest import ODD, TAKEN_AT, Save, archive_in, names_in, others_change
from .faults import Disk, refuse

NOW = (TAKEN_AT + timedelta(days=1)).astimezone(UTC)


@pytest.fixture
def housekeeper(archive: Archive) -> Housekeeper:
    """Keeps the archive small."""
    return Housekeeper(archive)


@pytest.fixture
def photos(save: Save) -> list[Photo]:
    """Ten photos, a minute apart."""
    return [save(TAKEN_AT + timedelta(minutes=minutes)) for minutes in range(10)]


def many(directory: Path, count: int) -> None:
    """Plant photos of the script before us, a minute apart."""

    def plant() -> None:
        for minute in range(count):
            moment = TAKEN_AT + timedelta(minutes=minute)
            (directory / f"capture_{moment:%Y%m%d_%H%M%S}.jpg").write_bytes(picture())

    others_change(directory, plant)


def test_what_the_limits_take_goes_and_the_rest_stays(
    archive: Archive, housekeeper: Housekeeper, photos: list[Photo], directory: Path, scans: list[str]
) -> None:
    purged = housekeeper.purge(Limits(keep_count=7), NOW)
    assert [each.photo for each in purged.gone] == photos[:3]
    assert (purged.held, purged.error) == ((), None)
    assert archive.photos() == photos[3:]
    assert scans == []
    assert names_in(directory) == [photo.name for photo in photos[3:]]


def test_a_plan_deletes_nothing(photos: list[Photo], directory: Path) -> None:
    archive = archive_in(directory)
    planned = Housekeeper(archive).plan(Limits(keep_days=1, keep_count=8), NOW + timedelta(minutes=1))
    assert [(each.photo, each.limit) for each in planned.departures] == [
        (photos[0], Limit.AGE),
        (photos[1], Limit.COUNT),
    ]
    assert archive.photos() == photos
    assert len(names_in(directory)) == 10


def test_photos_of_a_clock_that_was_wrong_are_as_young_as_they_are(
    housekeeper: Housekeeper, photos: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Pi without a clock of its own starts in the past: once it is put right, its first photos look years old."""
    years_later = NOW + timedelta(days=3650)
    assert housekeeper.plan(Limits(keep_days=1), years_later) == Plan()
    assert [each.limit for each in housekeeper.plan(Limits(keep_days=1, keep_count=8), years_later).departures] == [
        Limit.COUNT,
        Limit.COUNT,
    ]
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 86_401)
    assert [each.photo for each in housekeeper.plan(Limits(keep_days=1), years_later).departures] == photos[:-1]


def test_marked_photos_stay_and_count_for_no_limit(
    archive: Archive, housekeeper: Housekeeper, photos: list[Photo]
) -> None:
    for photo in photos[::2]:
        archive.set_kept(photo.name, kept=True)
    purged = housekeeper.purge(Limits(keep_count=2), NOW)
    assert [each.photo for each in purged.gone] == [photos[1], photos[3], photos[5]]
    assert housekeeper.purge(Limits(keep_count=2), NOW) == Purged()


def test_a_draft_names_the_marks_to_read_and_spares_what_cannot_be_read(photos: list[Photo], directory: Path) -> None:
    archive = archive_in(directory)
    housekeeper, limits = Housekeeper(archive), Limits(keep_count=4)
    guessed, unread = housekeeper.draft(limits, NOW)
    assert {photo.name for photo in photos} >= set(unread) >= {each.photo.name for each in guessed.departures}
    bad = photos[2].name
    archive.notes(name for name in unread if name != bad)
    assert housekeeper.draft(limits, NOW)[1] == [bad]
    planned, unread = housekeeper.draft(limits, NOW, {bad})
    assert unread == []
    assert [each.photo for each in planned.departures] == [photo for photo in photos[:6] if photo.name != bad]


def test_marks_are_read_once_and_not_at_all_where_there_are_not_too_many(
    archive: Archive, photos: list[Photo], directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = archive_in(directory)
    housekeeper = Housekeeper(fresh)
    fresh.open()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse(errno.EIO))
        assert housekeeper.plan(Limits(keep_days=2, keep_count=10, max_bytes=10**6), NOW) == Plan()
    assert len(housekeeper.plan(Limits(keep_count=5), NOW).departures) == 5
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse(errno.EIO))
        assert len(housekeeper.plan(Limits(keep_count=5), NOW).departures) == 5


def test_the_photo_saved_last_stays_though_the_clock_was_put_back(
    archive: Archive, housekeeper: Housekeeper, photos: list[Photo], save: Save
) -> None:
    last = save(TAKEN_AT - timedelta(days=400))
    housekeeper.purge(Limits(keep_days=30, keep_count=1), NOW)
    assert archive.photos() == [last, photos[-1]]


def test_so_much_that_somebody_must_be_asked_is_held_until_they_agree(
    archive: Archive, housekeeper: Housekeeper, directory: Path
) -> None:
    many(directory, BRAKE + 2)
    held = housekeeper.purge(Limits(keep_count=1), NOW)
    assert held.gone == ()
    assert len(held.held) == BRAKE + 1
    assert len(archive.photos()) == BRAKE + 2
    assert housekeeper.plan(Limits(keep_count=1), NOW) == Plan(held.held, held=True)
    assert housekeeper.carry_out(held.held) == Purged(held.held)
    assert len(archive.photos()) == 1


def test_what_somebody_agreed_to_goes_and_nothing_else(
    archive: Archive, housekeeper: Housekeeper, directory: Path
) -> None:
    """Days may pass before they answer."""
    many(directory, BRAKE + 2)
    held = housekeeper.purge(Limits(keep_count=1), NOW).held
    favourite, newest = archive.photos()[3], archive.photos()[-1]
    archive.set_kept(favourite.name, kept=True)
    others_change(directory, (directory / archive.photos()[5].name).unlink)
    purged = housekeeper.carry_out(held)
    assert len(purged.gone) == BRAKE - 1
    assert [photo.name for photo in archive.photos()] == [favourite.name, newest.name]


def test_one_protected_file_keeps_no_other_from_going(
    archive: Archive, housekeeper: Housekeeper, photos: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody made one unchangeable: retention must not end for ever at the oldest photo."""
    unlink = os.unlink

    def protected(path: Path) -> None:
        if path.name == photos[0].name:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        unlink(path)

    monkeypatch.setattr(os, "unlink", protected)
    purged = housekeeper.purge(Limits(keep_count=7), NOW)
    assert [each.photo for each in purged.gone] == photos[1:3]
    assert isinstance(purged.error, StorageNotAllowed)
    assert archive.photos() == [photos[0], *photos[3:]]


@pytest.mark.parametrize(("number", "kind"), [(errno.EROFS, StorageReadOnly), (errno.EIO, StorageFailed)])
def test_what_went_before_an_error_is_told_with_it(
    archive: Archive,
    housekeeper: Housekeeper,
    photos: list[Photo],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[Exception],
) -> None:
    unlink = os.unlink

    def fail(path: Path) -> None:
        if path.name == photos[1].name:
            raise OSError(number, os.strerror(number))
        unlink(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", fail)
        purged = housekeeper.purge(Limits(keep_count=5), NOW)
    assert [each.photo for each in purged.gone] == photos[:1]
    assert isinstance(purged.error, kind)
    assert archive.photos() == photos[1:]
    assert len(housekeeper.purge(Limits(keep_count=5), NOW).gone) == 4


def test_a_directory_that_is_gone_is_told(housekeeper: Housekeeper, photos: list[Photo], directory: Path) -> None:
    planned = housekeeper.plan(Limits(keep_count=5), NOW)
    directory.rename(directory.parent / "elsewhere")
    with pytest.raises(StorageMissing):
        housekeeper.purge(Limits(keep_count=5), NOW)
    assert isinstance(housekeeper.carry_out(planned.departures).error, StorageMissing)
    assert len(names_in(directory.parent / "elsewhere")) == 10


@pytest.mark.parametrize("plant", ODD.values(), ids=ODD)
def test_what_only_bears_a_photos_name_is_neither_counted_nor_deleted(
    archive: Archive,
    housekeeper: Housekeeper,
    photos: list[Photo],
    directory: Path,
    plant: Callable[[Path], object],
) -> None:
    odd, other = directory / "capture_20200101_000000.jpg", directory / "other.jpg"

    def change() -> None:
        other.write_bytes(picture())
        plant(odd)

    others_change(directory, change)
    before = os.lstat(odd)
    purged = housekeeper.purge(Limits(keep_days=0, keep_count=0, max_bytes=0), NOW)
    assert len(purged.gone) == 9
    assert os.lstat(odd) == before
    assert sorted(names_in(directory)) == sorted([odd.name, photos[-1].name, other.name])
    assert other.read_bytes() == picture()


def test_the_oldest_go_for_space_until_there_is_enough(
    archive: Archive, housekeeper: Housekeeper, photos: list[Photo], disk: Disk
) -> None:
    disk.leave(1000)
    wanted = 1000 + photos[0].size + 1
    purged = housekeeper.purge(Limits(min_free_bytes=wanted), NOW)
    assert [each.photo for each in purged.gone] == photos[:2]
    assert (archive.free_bytes() or 0) >= wanted
    assert housekeeper.purge(Limits(min_free_bytes=wanted), NOW) == Purged()


def test_a_disk_that_tells_no_space_costs_no_photo(
    archive: Archive, housekeeper: Housekeeper, photos: list[Photo], disk: Disk
) -> None:
    """Some file systems in user space tell nothing but noughts."""
    disk.size = 0
    assert archive.free_bytes() is None
    assert housekeeper.purge(Limits(min_free_bytes=10_000), NOW) == Purged()
    archive.check_space(10**9)
    assert archive.summary().free_bytes is None


def test_a_share_with_a_waste_bin_does_not_cost_all_photos(
    archive: Archive, housekeeper: Housekeeper, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is deleted there takes as much room as before."""
    many(directory, 4 * BRAKE)
    disk = SimpleNamespace(f_bavail=0, f_frsize=1, f_blocks=10**6)
    monkeypatch.setattr(os, "statvfs", lambda _path: disk)
    limits = Limits(min_free_bytes=10 * len(picture()))
    gone = [len(housekeeper.purge(limits, NOW).gone) for _ in range(20)]
    assert gone == [10] * (BRAKE // 10) + [0] * 15
    # Somebody empties it, and later on it is full once more.
    disk.f_bavail += limits.min_free_bytes or 0
    assert housekeeper.purge(limits, NOW) == Purged()
    disk.f_bavail -= limits.min_free_bytes or 0
    assert len(housekeeper.purge(limits, NOW).gone) == 10


def test_however_much_is_missing_a_share_with_a_waste_bin_costs_no_more(
    housekeeper: Housekeeper, archive: Archive, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(directory, 6 * BRAKE)
    disk = SimpleNamespace(f_bavail=0, f_frsize=1, f_blocks=10**6)
    monkeypatch.setattr(os, "statvfs", lambda _path: disk)
    limits = Limits(min_free_bytes=2 * BRAKE * len(picture()))
    assert [len(housekeeper.purge(limits, NOW).gone) for _ in range(3)] == [BRAKE, 0, 0]


def test_a_disk_that_others_fill_too_costs_photos_as_long_as_that_helps(
    archive: Archive, housekeeper: Housekeeper, directory: Path, disk: Disk
) -> None:
    many(directory, 4 * BRAKE)
    limits = Limits(min_free_bytes=10**6)
    disk.leave(10**6)
    for _ in range(2 * BRAKE):
        disk.others += 1
        assert len(housekeeper.purge(limits, NOW).gone) <= 1
    assert (archive.free_bytes() or 0) >= 10**6


def test_a_disk_whose_space_cannot_be_asked_for_is_told(
    housekeeper: Housekeeper, photos: list[Photo], disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.leave(0)
    planned = housekeeper.plan(Limits(min_free_bytes=1), NOW)
    monkeypatch.setattr(os, "statvfs", refuse(errno.EIO))
    with pytest.raises(StorageFailed):
        housekeeper.plan(Limits(min_free_bytes=1), NOW)
    # Somebody agreed to this: it goes, whatever it is good for.
    assert len(housekeeper.carry_out(planned.departures).gone) == len(planned.departures) == 1

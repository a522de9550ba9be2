"""A photo is kept: whole, under its name, and over nothing else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
import errno
import os
from pathlib import Path
import stat
import time

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import StorageFailed
from custom_components.pi_security_camera.capture.jpeg import read_size
from custom_components.pi_security_camera.capture.note import Note, read_note
from custom_components.pi_security_camera.capture.photo import Cause, Photo
from tests.pictures import photo

from .conftest import CAUSE, NAME, TAKEN_AT, Save, archive_in, names_in
from .faults import refuse

AUTUMN = datetime(2026, 10, 25, 0, 30, 15, tzinfo=UTC)


def test_a_photo_has_the_name_of_its_local_time(save: Save, directory: Path) -> None:
    save(TAKEN_AT.astimezone(UTC))
    assert names_in(directory) == [NAME]


def test_a_saved_photo_tells_what_it_is(archive: Archive, save: Save, directory: Path) -> None:
    saved = save()
    assert saved == Photo(NAME, TAKEN_AT, 1, (directory / NAME).stat().st_size)
    assert archive.photos() == [saved]
    assert archive.summary().newest is saved


def test_a_photo_is_the_same_after_a_restart(save: Save, directory: Path) -> None:
    saved = save()
    archive = archive_in(directory)
    archive.open()
    assert archive.photos() == [saved]


def test_the_files_time_is_the_photos_exact_time(save: Save, directory: Path) -> None:
    save()
    assert (directory / NAME).stat().st_mtime_ns == int(TAKEN_AT.timestamp()) * 10**9 + 123_456_000


def test_a_photo_keeps_its_picture_and_carries_its_cause(archive: Archive, save: Save, directory: Path) -> None:
    save()
    data = (directory / NAME).read_bytes()
    assert read_size(data) == read_size(photo())
    assert read_note(data) == Note(CAUSE)
    assert archive.cause(NAME) == CAUSE
    assert data.endswith(photo()[-1000:])


def test_a_second_photo_of_the_same_second_gets_a_number(archive: Archive, save: Save, directory: Path) -> None:
    first, second, third = (save(TAKEN_AT.replace(microsecond=ms * 1000)) for ms in (100, 200, 300))
    assert names_in(directory) == [NAME, "capture_20260213_142530_2.jpg", "capture_20260213_142530_3.jpg"]
    assert archive.photos() == [first, second, third]


def test_a_clock_that_jumps_back_overwrites_nothing(archive: Archive, save: Save, directory: Path) -> None:
    save(TAKEN_AT, Cause("first"))
    save(TAKEN_AT + timedelta(hours=1), Cause("later"))
    save(TAKEN_AT, Cause("after the jump"))
    assert len(names_in(directory)) == 3
    assert archive.cause(NAME) == Cause("first")
    assert archive.cause("capture_20260213_142530_2.jpg") == Cause("after the jump")


def test_in_the_repeated_hour_of_autumn_no_photo_is_lost_and_the_order_stays(
    archive: Archive, save: Save, directory: Path
) -> None:
    saved = [save(AUTUMN), save(AUTUMN + timedelta(minutes=10)), save(AUTUMN + timedelta(hours=1))]
    assert [photo.name for photo in saved] == [
        "capture_20261025_023015.jpg",
        "capture_20261025_024015.jpg",
        "capture_20261025_023015_2.jpg",
    ]
    restarted = archive_in(directory)
    restarted.open()
    assert archive.photos() == restarted.photos() == saved
    assert [photo.taken_at.utcoffset() for photo in restarted.photos()] == [
        timedelta(hours=2),
        timedelta(hours=2),
        timedelta(hours=1),
    ]
    minutes = [(photo.taken_at.astimezone(UTC) - AUTUMN) / timedelta(minutes=1) for photo in restarted.photos()]
    assert minutes == [0, 10, 60]


PLANTS: dict[str, Callable[[Path], object]] = {
    "a file": lambda path: path.write_text("not ours"),
    "an empty file": lambda path: path.touch(),
    "a directory": lambda path: path.mkdir(),
    "a link": lambda path: path.symlink_to("/etc/hostname"),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without hard links"])
@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_what_has_the_wanted_name_already_is_left_alone(
    save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[Path], object], links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    plant(directory / NAME)
    before = os.lstat(directory / NAME)
    assert save().name == "capture_20260213_142530_2.jpg"
    after = os.lstat(directory / NAME)
    assert (after.st_ino, after.st_mode, after.st_size, after.st_mtime_ns) == (
        before.st_ino,
        before.st_mode,
        before.st_size,
        before.st_mtime_ns,
    )


def test_where_nobody_knows_whether_a_name_is_free_nothing_is_overwritten(
    archive: Archive, save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share that has no links, and fails in the moment of looking."""
    before = (directory / save().name).read_bytes()
    look = os.lstat
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    monkeypatch.setattr(os, "lstat", lambda path: refuse(errno.EIO)() if Path(path).name == NAME else look(path))
    with pytest.raises(StorageFailed):
        archive.save(photo(64, 48), TAKEN_AT, CAUSE)
    assert (directory / NAME).read_bytes() == before
    assert names_in(directory) == [NAME]


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK])
def test_a_file_system_without_hard_links_keeps_photos_too(
    save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A memory stick, or a share, has none."""
    monkeypatch.setattr(os, "link", refuse(number))
    save(cause=Cause("first"))
    save(cause=Cause("second"))
    assert names_in(directory) == [NAME, "capture_20260213_142530_2.jpg"]
    assert archive_in(directory).cause(NAME) == Cause("first")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_photos_are_for_home_assistants_user_and_group_only(save: Save, directory: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        save()
    finally:
        os.umask(before)
    assert stat.S_IMODE((directory / NAME).stat().st_mode) == 0o640


def test_a_file_system_that_knows_no_modes_keeps_photos_too(
    save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fchmod", refuse(errno.EPERM))
    save()
    assert names_in(directory) == [NAME]


@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES])
def test_a_file_system_that_gives_files_no_time_keeps_photos_too(
    archive: Archive, save: Save, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The name holds the time, too."""
    monkeypatch.setattr(os, "utime", refuse(number))
    saved = save()
    assert archive.photos() == [saved]
    assert saved.taken_at == TAKEN_AT


def test_a_photo_is_closed_to_others_from_its_first_moment(
    save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fchmod", lambda _descriptor, _mode: None)
    before = os.umask(0)
    try:
        save()
    finally:
        os.umask(before)
    assert stat.S_IMODE((directory / NAME).stat().st_mode) == 0o640


def test_a_photo_is_on_the_disk_before_it_has_its_name(
    save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut must not leave a name with half a photo, nor lose a photo that was told of."""
    steps = []
    fsync, link = os.fsync, os.link

    def watched_fsync(descriptor: int) -> None:
        fsync(descriptor)
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    def watched_link(source: Path, target: Path) -> None:
        assert source.parent == directory
        assert source.name.startswith(".")
        assert read_size(source.read_bytes())
        others = archive_in(directory)
        assert others.photos() == []
        link(source, target)
        steps.append("name")

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "link", watched_link)
    save()
    assert steps == ["file", "name", "directory"]
    assert names_in(directory) == [NAME]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EOPNOTSUPP])
def test_a_file_system_that_cannot_sync_directories_keeps_photos_too(
    save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "fsync", lambda at: stat.S_ISDIR(os.fstat(at).st_mode) and refuse(number)())
    save()
    assert names_in(directory) == [NAME]


def slow_lexists(path: Path, lexists: Callable[[Path], bool] = os.path.lexists) -> bool:
    """Look for a file and leave others the time to make it."""
    found = lexists(path)
    time.sleep(0.002)
    return found


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without hard links"])
def test_photos_saved_at_the_same_time_all_stay(
    archive: Archive, save: Save, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
        monkeypatch.setattr(os.path, "lexists", slow_lexists)
    with ThreadPoolExecutor(8) as pool:
        saved = [*pool.map(lambda _: save(), range(24))]
    assert {photo.number for photo in saved} == set(range(1, 25))
    assert archive.photos() == sorted(saved, key=lambda photo: photo.number)
    assert len(archive.photos()) == 24

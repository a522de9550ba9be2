"""A real disk that is pulled out and put back: nothing is lost, and nothing lies elsewhere."""

from collections.abc import Callable
from datetime import datetime, timedelta
import errno
import os
from pathlib import Path

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import StorageError, StorageFailed, StorageMissing
from custom_components.pi_security_camera.capture.retention import Limits
from custom_components.pi_security_camera.files import check_directory, find_mount_point
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.small_disk import in_a_namespace, small_disk

from .cameras import NOW, PHOTO, camera_on, changes
from .conftest import CAUSE, NAME, OTHER_NAME, PARIS, TAKEN_AT, archive_in, names_in
from .faults import refuse


@in_a_namespace
@pytest.mark.parametrize("below", [".", "photos"], ids=["the disk itself", "a directory on it"])
def test_a_disk_that_is_pulled_out_is_missed_and_nothing_is_written_in_its_place(directory: Path, below: str) -> None:
    with small_disk(directory) as disk:
        camera = camera_on(disk, below)
        for _ in range(3):
            camera.answer_alert()
        for _ in range(2):
            disk.unmount()
            for change in [
                camera.answer_alert,
                *changes(camera, NAME)[:-1],
                camera.archive.photos,
                camera.archive.open,
            ]:
                with pytest.raises(StorageMissing):
                    change()
            assert names_in(directory) == []
            disk.mount()
            camera.check()
            camera.answer_alert()
            camera.check()


@in_a_namespace
@pytest.mark.parametrize(
    "bare", [False, True], ids=["nothing in its place", "a directory of the same name in its place"]
)
@pytest.mark.parametrize("below", [".", "a camera/photos"], ids=["the disk itself", "a directory on it"])
def test_a_disk_that_is_not_there_after_a_restart_is_missed_too(directory: Path, below: str, bare: bool) -> None:
    """Home Assistant starts before the disk is mounted, or without it: the card of the system must not be filled."""
    with small_disk(directory) as disk:
        before = camera_on(disk, below)
        before.answer_alert()
        mount_point = find_mount_point(before.archive.directory)
        assert mount_point == directory
        disk.unmount()
        if bare:
            before.archive.directory.mkdir(parents=True, exist_ok=True)
            (before.archive.directory / NAME).write_bytes(PHOTO)
        found = sorted(directory.rglob("*"))

        archive = Archive(before.archive.directory, lambda: PARIS, mount_point)
        for _ in range(2):
            for use in uses(archive):
                with pytest.raises(StorageMissing):
                    use()
            with pytest.raises(StorageMissing):
                check_directory(archive.directory, mount_point)
        assert sorted(directory.rglob("*")) == found
        disk.mount()
        check_directory(archive.directory, mount_point)
        assert [photo.name for photo in archive.photos()] == [*before.taken]
        assert archive.save(PHOTO, NOW, CAUSE) in archive.photos()


def uses(archive: Archive) -> list[Callable[[], object]]:
    """Return all that looks at an archive or changes it."""
    return [
        archive.open,
        archive.photos,
        archive.summary,
        lambda: archive.check_space(0),
        lambda: archive.save(PHOTO, NOW, CAUSE),
        lambda: archive.set_kept(NAME, kept=True),
        lambda: archive.delete(NAME),
        lambda: Housekeeper(archive).purge(Limits(keep_count=0), NOW),
    ]


@in_a_namespace
def test_another_disk_in_the_place_of_ours_is_read_and_used(directory: Path) -> None:
    """The old one was full, or broken."""
    with small_disk(directory) as disk:
        archive = Archive(directory / "photos", lambda: PARIS, directory)
        archive.open()
        archive.save(PHOTO, TAKEN_AT, CAUSE)
        disk.unmount()
        with small_disk(directory):
            # The directory is missed once, and made.
            with pytest.raises(StorageMissing):
                archive.check_space(0)
            archive.check_space(0)
            assert archive.photos() == []
            saved = archive.save(PHOTO, at(1), CAUSE)
            assert archive.photos() == [saved]
        with pytest.raises(StorageMissing):
            archive.photos()
        disk.mount()
        assert [photo.name for photo in archive.photos()] == [NAME]


@in_a_namespace
def test_a_disk_mounted_nearer_later_is_missed_when_it_goes(directory: Path) -> None:
    """The directory that a container was given lies on a disk itself; a stick is mounted in it."""
    with small_disk(directory), small_disk(directory / "stick") as stick:
        stick.unmount()
        archive = Archive(directory / "stick", lambda: PARIS, directory)
        archive.open()
        stick.mount()
        assert archive.photos() == []
        stick.unmount()
        with pytest.raises(StorageMissing):
            archive.save(PHOTO, TAKEN_AT, CAUSE)
        assert names_in(directory / "stick") == []


@in_a_namespace
def test_a_link_aimed_at_another_disk_is_followed_and_at_a_bare_directory_is_not(
    directory: Path, tmp_path: Path
) -> None:
    link, other = tmp_path / "link", tmp_path / "other"
    link.symlink_to(directory)
    with small_disk(directory) as disk:
        archive = archive_in(link)
        archive.open()
        disk.unmount()
        with pytest.raises(StorageMissing):
            archive.save(PHOTO, TAKEN_AT, CAUSE)
        assert names_in(directory) == []
        with small_disk(other):
            link.unlink()
            link.symlink_to(other)
            archive.save(PHOTO, TAKEN_AT, CAUSE)
            assert names_in(other) == [NAME]
            assert archive.photos()
        with pytest.raises(StorageMissing):
            archive.save(PHOTO, TAKEN_AT, CAUSE)


@in_a_namespace
def test_a_directory_is_on_the_disk_that_is_mounted_nearest(directory: Path, tmp_path: Path) -> None:
    outside = find_mount_point(directory)
    assert outside is None or directory.is_relative_to(outside)
    (tmp_path / "link").symlink_to(directory / "inner" / "photos")
    with small_disk(directory), small_disk(directory / "inner") as inner:
        assert find_mount_point(directory) == directory
        assert find_mount_point(directory / "photos" / "that are not made yet") == directory
        for path in (directory / "inner", directory / "inner" / "photos", tmp_path / "link"):
            assert find_mount_point(path) == directory / "inner"
        inner.unmount()
        assert find_mount_point(tmp_path / "link") == directory
    assert find_mount_point(directory) == outside


@in_a_namespace
def test_a_disk_that_comes_back_under_another_number_is_used_again(directory: Path, tmp_path: Path) -> None:
    """As a memory stick does that was plugged in again."""
    with small_disk(directory.parent) as disk:
        archive = archive_in(directory)
        archive.open()
        number = directory.stat().st_dev
        disk.unmount()
        with pytest.raises(StorageMissing):
            archive.save(PHOTO, TAKEN_AT, CAUSE)
        with small_disk(directory.parent):
            assert archive.save(PHOTO, TAKEN_AT, CAUSE).name == NAME
            assert directory.stat().st_dev != number


@in_a_namespace
@pytest.mark.parametrize("looks", [False, True], ids=["nobody looks", "somebody looks"])
@pytest.mark.parametrize("below", [".", "photos"], ids=["the disk itself", "a directory on it"])
@pytest.mark.parametrize("saves", [False, True], ids=["nobody saved", "somebody saved"])
def test_the_directory_below_a_disk_that_is_gone_is_neither_filled_nor_shown(
    tmp_path: Path, below: str, looks: bool, saves: bool
) -> None:
    """There may be a directory of the same name, and looking at it must not make it ours."""
    stick = tmp_path / "stick"
    directory = stick / below
    directory.mkdir(parents=True)
    with small_disk(stick) as disk:
        archive = archive_in(directory)
        archive.open()
        if saves:
            archive.save(PHOTO, TAKEN_AT, CAUSE)
        disk.unmount()
        for _ in range(3):
            if looks:
                with pytest.raises(StorageMissing):
                    archive.photos()
            with pytest.raises(StorageMissing):
                archive.save(PHOTO, at(1), CAUSE)
        assert names_in(directory) == []
        disk.mount()
        saved = archive.save(PHOTO, at(1), CAUSE)
        assert archive.photos()[-1] == saved
        assert len(archive.photos()) == 1 + saves


@in_a_namespace
@pytest.mark.parametrize("looks", [False, True], ids=["nobody looks", "somebody looks"])
def test_a_disk_that_is_mounted_later_is_read_and_its_end_noticed(directory: Path, looks: bool) -> None:
    """Home Assistant may start before the disk is there."""
    archive = archive_in(directory)
    archive.open()
    archive.save(PHOTO, TAKEN_AT, CAUSE)
    with small_disk(directory) as disk:
        (directory / OTHER_NAME).write_bytes(PHOTO)
        if looks:
            assert [photo.name for photo in archive.photos()] == [OTHER_NAME]
        assert archive.save(PHOTO, TAKEN_AT, CAUSE).name == NAME
        assert [photo.name for photo in archive.photos()] == [OTHER_NAME, NAME]
        disk.unmount()
        with pytest.raises(StorageMissing):
            archive.save(PHOTO, TAKEN_AT, CAUSE)
        assert names_in(directory) == [NAME]


def test_a_directory_may_not_be_tried_where_its_disk_is_not_mounted(directory: Path) -> None:
    """Nor made."""
    with pytest.raises(StorageMissing):
        check_directory(directory, directory.parent)
    assert not directory.parent.exists()


def test_where_mounting_is_not_allowed_a_link_aimed_at_another_disk_is_followed_too(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with a disk that is only said to be mounted."""
    other, link = tmp_path / "other", tmp_path / "link"
    other.mkdir()
    link.symlink_to(other)
    monkeypatch.setattr(os.path, "ismount", lambda path: path == other)
    check_directory(link, directory)
    with pytest.raises(StorageMissing):
        check_directory(directory, directory)
    assert not directory.exists()


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOTCONN, StorageFailed), (errno.EIO, StorageFailed), (errno.ESTALE, StorageMissing)]
)
def test_a_disk_that_is_mounted_and_broken_tells_its_own_trouble(
    directory: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[StorageError]
) -> None:
    directory.mkdir(parents=True)
    with monkeypatch.context() as patch:
        patch.setattr(os, "lstat", refuse(number))
        with pytest.raises(StorageError) as raised:
            check_directory(directory, directory.parent)
    assert type(raised.value) is kind
    assert names_in(directory) == []


def at(minutes: int) -> datetime:
    """Return a moment after the first photo's."""
    return TAKEN_AT + timedelta(minutes=minutes)

"""A photo that cannot be kept: each cause has its error, and leaves nothing behind."""

from collections.abc import Callable
from dataclasses import dataclass
import errno
import os
from pathlib import Path
import resource
import stat

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import (
    StorageError,
    StorageFailed,
    StorageFull,
    StorageMissing,
    StorageNotAllowed,
    StorageReadOnly,
)
from custom_components.pi_security_camera.capture.jpeg import Size, read_size
from custom_components.pi_security_camera.capture.photo import Photo
from custom_components.pi_security_camera.capture.retention import Limits
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.pictures import photo

from .conftest import CAUSE, NAME, OTHER_NAME, TAKEN_AT, Save, archive_in, names_in, others_change
from .faults import forbidden, mounted, refuse, unmount

KINDS = [
    (errno.ENOSPC, StorageFull),
    (errno.EDQUOT, StorageFull),
    (errno.EROFS, StorageReadOnly),
    (errno.EACCES, StorageNotAllowed),
    (errno.EPERM, StorageNotAllowed),
    (errno.ENOENT, StorageMissing),
    (errno.ENOTDIR, StorageMissing),
    (errno.ESTALE, StorageMissing),
    (errno.EIO, StorageFailed),
    (errno.EFBIG, StorageFailed),
]
# What says EPERM to a link has none, and is written without; what refuses a time has the one in the name.
FORGIVEN = {("link", errno.EPERM), ("utime", errno.EPERM), ("utime", errno.EACCES)}
CASES = [
    (call, number, kind)
    for call in ("open", "utime", "fsync", "link")
    for number, kind in KINDS
    if (call, number) not in FORGIVEN
]


@pytest.mark.parametrize(("call", "number", "kind"), CASES)
def test_every_fault_has_its_error_and_leaves_nothing(
    save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, kind: type[StorageError]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse(number))
        with pytest.raises(StorageError) as raised:
            save()
    assert type(raised.value) is kind
    assert raised.value.fields["path"] == str(directory)
    assert names_in(directory) == []


def test_an_unknown_fault_keeps_the_systems_own_word(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refuse(errno.EIO))
    with pytest.raises(StorageFailed) as raised:
        save()
    assert raised.value.fields["text"] == "Input/output error"


def test_a_fault_without_a_number_is_told_too(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        message = "the share said something"
        raise OSError(message)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageFailed) as raised:
        save()
    assert raised.value.fields["text"] == "the share said something"


def test_a_directory_that_cannot_be_synced_is_told_but_the_photo_stays(
    archive: Archive, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may not survive a power cut; to take it away would be worse."""
    monkeypatch.setattr(os, "fsync", lambda at: stat.S_ISDIR(os.fstat(at).st_mode) and refuse(errno.EIO)())
    with pytest.raises(StorageFailed):
        save()
    assert [photo.name for photo in archive.photos()] == [NAME]


def test_after_a_fault_the_next_photo_is_kept(archive: Archive, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse(errno.ENOSPC))
        with pytest.raises(StorageFull):
            save()
    assert archive.photos() == []
    assert save().name == NAME
    assert len(archive.photos()) == 1


@pytest.mark.filterwarnings("error")
def test_a_file_size_limit_is_told_and_leaves_nothing(save: Save, directory: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StorageFailed) as raised:
            save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert raised.value.fields["text"] == "File too large"
    assert names_in(directory) == []


def save_until_it_fails(archive: Archive, saved: list[Photo]) -> None:
    """Save photos without end."""
    while True:
        saved.append(archive.save(photo(), TAKEN_AT, CAUSE))


def test_a_full_disk_is_told_and_leaves_the_photos_before_it_whole(directory: Path) -> None:
    with mounted(directory, "-o", "size=40k"):
        archive = archive_in(directory)
        archive.open()
        saved: list[Photo] = []
        with pytest.raises(StorageFull):
            save_until_it_fails(archive, saved)
        assert names_in(directory) == sorted(photo.name for photo in saved)
        assert {read_size(archive.read(photo.name) or b"") for photo in saved} == {Size(48, 32)}
        (directory / saved[0].name).unlink()
        assert archive.save(photo(), TAKEN_AT, CAUSE)


def test_a_read_only_disk_is_told(directory: Path) -> None:
    with mounted(directory, "-o", "ro"):
        archive = archive_in(directory)
        archive.open()
        with pytest.raises(StorageReadOnly):
            archive.save(photo(), TAKEN_AT, CAUSE)


def test_a_directory_of_others_is_told(save: Save, directory: Path) -> None:
    with forbidden(directory), pytest.raises(StorageNotAllowed):
        save()
    assert names_in(directory) == []


def test_a_directory_that_is_gone_is_told_and_made_anew_for_the_next_photo(
    archive: Archive, save: Save, directory: Path
) -> None:
    save()
    (directory / NAME).unlink()
    directory.rmdir()
    with pytest.raises(StorageMissing):
        save()
    assert not directory.exists()
    saved = save()
    assert archive.photos() == [saved]
    assert names_in(directory) == [NAME]


def test_a_directory_that_became_a_file_is_told(save: Save, directory: Path) -> None:
    directory.rmdir()
    directory.write_text("not ours")
    for _ in range(2):
        with pytest.raises(StorageMissing):
            save()
    assert directory.read_text() == "not ours"


def test_an_archive_that_could_not_be_opened_opens_with_the_next_photo(directory: Path) -> None:
    """The disk may be mounted later than Home Assistant starts."""
    directory.parent.mkdir()
    directory.touch()
    archive = archive_in(directory)
    with pytest.raises(StorageMissing):
        archive.open()
    directory.unlink()
    assert archive.save(photo(), TAKEN_AT, CAUSE).name == NAME


def test_a_disk_that_is_gone_is_not_replaced_by_the_one_below(directory: Path) -> None:
    """The memory stick was pulled out: the card that the system lies on must not be filled instead."""
    stick = directory.parent
    with mounted(stick):
        archive = archive_in(directory)
        archive.open()
        unmount(stick)
        for _ in range(3):
            with pytest.raises(StorageMissing):
                archive.save(photo(), TAKEN_AT, CAUSE)
        assert names_in(stick) == []


def test_where_mounting_is_not_allowed_the_disk_below_is_left_alone_too(
    archive: Archive, save: Save, directory: Path
) -> None:
    archive._known._disk_below = directory.stat().st_dev
    directory.rmdir()
    for _ in range(3):
        with pytest.raises(StorageMissing):
            save()
    assert not directory.exists()


def test_a_disk_that_comes_back_is_used_again(directory: Path, tmp_path: Path) -> None:
    """It may come back under another number, as a memory stick does that was plugged in again."""
    stick = directory.parent
    with mounted(stick):
        archive = archive_in(directory)
        archive.open()
        unmount(stick)
        with pytest.raises(StorageMissing):
            archive.save(photo(), TAKEN_AT, CAUSE)
        with mounted(tmp_path / "in between"), mounted(stick):
            assert archive.save(photo(), TAKEN_AT, CAUSE).name == NAME


@dataclass(frozen=True)
class Reading:
    """One way to read."""

    call: str
    read: Callable[[Archive], object]


@pytest.mark.parametrize(
    "reading",
    [
        Reading("open", lambda archive: archive.read(NAME)),
        Reading("open", lambda archive: archive.cause(NAME)),
        Reading("scandir", lambda archive: archive.open()),
        Reading("scandir", lambda archive: archive.photos()),
        Reading("scandir", lambda archive: archive.days()),
        Reading("scandir", lambda archive: archive.find(NAME)),
        Reading("scandir", lambda archive: archive.newest()),
        Reading("scandir", lambda archive: archive.describe()),
        Reading("open", lambda archive: archive.thumbnail(NAME)),
        Reading("open", lambda archive: archive.set_kept(NAME, kept=True)),
        Reading("scandir", lambda archive: archive.summary()),
        Reading("scandir", lambda archive: archive.notes([NAME])),
        Reading("scandir", lambda archive: archive.delete(OTHER_NAME)),
        Reading("scandir", lambda archive: Housekeeper(archive).plan(Limits(), TAKEN_AT)),
        Reading("lstat", lambda archive: archive.delete(NAME)),
        Reading("statvfs", lambda archive: archive.describe()),
        Reading("statvfs", lambda archive: archive.free_bytes()),
        Reading("statvfs", lambda archive: archive.check_space(0)),
        Reading("statvfs", lambda archive: Housekeeper(archive).plan(Limits(), TAKEN_AT)),
    ],
)
def test_a_fault_while_reading_has_its_error_too(
    archive: Archive, save: Save, monkeypatch: pytest.MonkeyPatch, reading: Reading
) -> None:
    save()
    others_change(archive.directory)
    with monkeypatch.context() as patch:
        patch.setattr(os, reading.call, refuse(errno.ESTALE))
        for _ in range(2):
            with pytest.raises(StorageMissing):
                reading.read(archive)
    reading.read(archive)


@pytest.mark.parametrize(
    "look",
    [
        lambda archive: archive.photos(),
        lambda archive: archive.days(),
        lambda archive: archive.find(NAME),
        lambda archive: archive.newest(),
        lambda archive: archive.describe(),
    ],
)
def test_a_directory_that_is_gone_is_told_to_who_looks(
    archive: Archive, save: Save, directory: Path, look: Callable[[Archive], object]
) -> None:
    save()
    directory.rename(directory.parent / "elsewhere")
    with pytest.raises(StorageMissing):
        look(archive)
    assert not directory.exists()
    (directory.parent / "elsewhere").rename(directory)
    assert look(archive)


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
    with mounted(stick):
        archive = archive_in(directory)
        archive.open()
        if saves:
            archive.save(photo(), TAKEN_AT, CAUSE)
        unmount(stick)
        for _ in range(3):
            if looks:
                with pytest.raises(StorageMissing):
                    archive.photos()
            with pytest.raises(StorageMissing):
                archive.save(photo(), TAKEN_AT, CAUSE)
        assert names_in(directory) == []
        with mounted(tmp_path / "in between"), mounted(stick):
            assert archive.save(photo(), TAKEN_AT, CAUSE).name == NAME
            assert len(archive.photos()) == 1


@pytest.mark.parametrize("looks", [False, True], ids=["nobody looks", "somebody looks"])
def test_a_disk_that_is_mounted_later_is_read_and_its_end_noticed(directory: Path, looks: bool) -> None:
    """Home Assistant may start before the disk is there."""
    archive = archive_in(directory)
    archive.open()
    archive.save(photo(), TAKEN_AT, CAUSE)
    with mounted(directory):
        (directory / OTHER_NAME).write_bytes(photo())
        if looks:
            assert [photo.name for photo in archive.photos()] == [OTHER_NAME]
        assert archive.save(photo(), TAKEN_AT, CAUSE).name == NAME
        assert [photo.name for photo in archive.photos()] == [OTHER_NAME, NAME]
        unmount(directory)
        with pytest.raises(StorageMissing):
            archive.save(photo(), TAKEN_AT, CAUSE)
        assert names_in(directory) == [NAME]


def test_where_mounting_is_not_allowed_a_disk_that_is_gone_is_noticed_too(archive: Archive, directory: Path) -> None:
    """Planted: what lies there now is on the disk below, and no longer on that of before."""
    known = archive._known
    assert known._mark is not None
    known._mark = (known._mark[0] + 1, *known._mark[1:])
    archive._known._disk_below = directory.stat().st_dev
    for _ in range(2):
        with pytest.raises(StorageMissing):
            archive.photos()
        with pytest.raises(StorageMissing):
            archive.save(photo(), TAKEN_AT, CAUSE)
    assert names_in(directory) == []

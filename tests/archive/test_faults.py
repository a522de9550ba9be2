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
from custom_components.pi_security_camera.capture.retention import Limits
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.pictures import photo

from .conftest import CAUSE, NAME, OTHER_NAME, TAKEN_AT, Save, archive_in, names_in, others_change
from .faults import forbidden, refuse

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


def test_where_mounting_is_not_allowed_the_disk_below_is_left_alone_too(
    archive: Archive, save: Save, directory: Path
) -> None:
    archive._known.mount_point = directory.parent
    directory.rmdir()
    for _ in range(3):
        with pytest.raises(StorageMissing):
            save()
    assert not directory.exists()


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


def test_where_mounting_is_not_allowed_a_disk_that_is_gone_is_noticed_too(archive: Archive, directory: Path) -> None:
    """Planted: what lies there now is on the disk below, and no longer on that of before."""
    known = archive._known
    assert known._mark is not None
    known._mark = (known._mark[0] + 1, *known._mark[1:])
    archive._known.mount_point = directory.parent
    for _ in range(2):
        with pytest.raises(StorageMissing):
            archive.photos()
        with pytest.raises(StorageMissing):
            archive.save(photo(), TAKEN_AT, CAUSE)
    assert names_in(directory) == []

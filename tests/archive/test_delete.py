"""A photo that somebody deletes, and one that a limit takes: only photos go, and only the very ones that were meant."""

from collections.abc import Callable
from datetime import timedelta
import errno
import os
from pathlib import Path

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import (
    StorageError,
    StorageFailed,
    StorageMissing,
    StorageNotAllowed,
    StorageReadOnly,
)
from custom_components.pi_security_camera.capture.note import mark
from custom_components.pi_security_camera.capture.photo import Photo
from tests.pictures import photo, picture

from .conftest import FOREIGN, NAME, ODD, OTHER_NAME, TAKEN_AT, Save, archive_in, names_in, others_change
from .faults import forbidden, refuse


@pytest.fixture
def oldest(archive: Archive, save: Save) -> Photo:
    """A photo, and a newer one."""
    oldest = save()
    save(TAKEN_AT + timedelta(minutes=1))
    save(TAKEN_AT + timedelta(minutes=2))
    return oldest


def test_a_photo_can_be_deleted(archive: Archive, save: Save, directory: Path, scans: list[str]) -> None:
    save()
    assert archive.delete(NAME)
    assert archive.photos() == []
    assert archive.summary().used_bytes == 0
    assert [archive.find(NAME), archive.note(NAME), archive.read(NAME), archive.thumbnail(NAME)] == [None] * 4
    assert not archive.delete(NAME)
    assert scans == []
    assert names_in(directory) == []


def test_who_deletes_a_marked_photo_or_the_newest_means_it(archive: Archive, save: Save, directory: Path) -> None:
    save()
    archive.set_kept(NAME, kept=True)
    assert archive.delete(NAME)
    assert names_in(directory) == []


@pytest.mark.parametrize("name", [*FOREIGN, "", "..", f"../{NAME}", f"sub/{NAME}", f"{NAME}\0", OTHER_NAME])
def test_what_is_no_photo_is_not_deleted(archive: Archive, save: Save, directory: Path, name: str) -> None:
    save()
    others = [directory.parent / NAME, directory / "sub" / NAME, *(directory / foreign for foreign in FOREIGN)]
    for path in others:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert not archive.delete(name)
    assert all(path.exists() for path in others)


@pytest.mark.parametrize("plant", ODD.values(), ids=ODD)
def test_only_a_file_is_deleted(archive: Archive, save: Save, directory: Path, plant: Callable[[Path], object]) -> None:
    """What lies under a photo's name may be put there after the list was read."""
    (directory / "other.jpg").write_bytes(photo())
    saved = save()
    save(TAKEN_AT + timedelta(minutes=1))
    (directory / NAME).unlink()
    plant(directory / NAME)
    before = os.lstat(directory / NAME)
    assert not archive.delete(NAME)
    assert not archive.let_go(saved)
    assert os.lstat(directory / NAME) == before
    assert (directory / "other.jpg").read_bytes() == photo()


type Delete = Callable[[Archive, Photo], bool]
DELETIONS: dict[str, Delete] = {
    "by somebody": lambda archive, photo: archive.delete(photo.name),
    "by a limit": Archive.let_go,
}


@pytest.mark.parametrize("delete", DELETIONS.values(), ids=DELETIONS)
@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EROFS, StorageReadOnly),
        (errno.EACCES, StorageNotAllowed),
        (errno.EPERM, StorageNotAllowed),
        (errno.EIO, StorageFailed),
    ],
)
def test_a_photo_that_cannot_be_deleted_is_told_and_stays_in_the_list(
    archive: Archive,
    oldest: Photo,
    monkeypatch: pytest.MonkeyPatch,
    delete: Delete,
    number: int,
    kind: type[StorageError],
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse(number))
        with pytest.raises(kind):
            delete(archive, oldest)
    assert archive.find(oldest.name) == oldest
    assert delete(archive, oldest)


def test_in_a_directory_of_others_nothing_can_be_deleted(archive: Archive, oldest: Photo, directory: Path) -> None:
    with forbidden(directory), pytest.raises(StorageNotAllowed):
        archive.delete(oldest.name)
    assert (directory / oldest.name).exists()


def test_a_photo_that_others_delete_at_the_same_time_is_gone(
    archive: Archive, oldest: Photo, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both wanted it gone."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse(errno.ENOENT))
        assert archive.delete(oldest.name)
    assert archive.find(oldest.name) is None


@pytest.mark.parametrize("delete", DELETIONS.values(), ids=DELETIONS)
def test_where_the_directory_is_gone_nothing_is_deleted(
    archive: Archive, oldest: Photo, directory: Path, delete: Delete
) -> None:
    directory.rename(directory.parent / "elsewhere")
    with pytest.raises(StorageMissing):
        delete(archive, oldest)
    assert not directory.exists()


def test_a_photo_that_a_limit_takes_goes(archive: Archive, oldest: Photo, directory: Path, scans: list[str]) -> None:
    assert archive.let_go(oldest)
    assert not archive.let_go(oldest)
    assert len(archive.photos()) == 2
    assert scans == []
    assert len(names_in(directory)) == 2


def test_a_limit_never_takes_the_newest_nor_the_one_saved_last(archive: Archive, save: Save, oldest: Photo) -> None:
    last = save(TAKEN_AT - timedelta(days=1))
    newest = archive.summary().newest
    assert newest is not None
    assert not archive.let_go(newest)
    assert not archive.let_go(last)
    assert archive.let_go(oldest)


def test_the_newest_is_the_one_that_is_it_now(archive: Archive, oldest: Photo, directory: Path) -> None:
    """Others may have deleted those that were newer when it was planned."""
    fresh = archive_in(directory)
    planned = fresh.photos()[:2]
    others_change(directory, (directory / fresh.photos()[-1].name).unlink)
    assert not fresh.let_go(planned[1])
    assert fresh.let_go(planned[0])


def test_a_limit_never_takes_a_photo_that_was_marked_after_it_was_planned(
    archive: Archive, oldest: Photo, directory: Path
) -> None:
    marked = archive.set_kept(oldest.name, kept=True)
    assert marked is not None
    assert not archive.let_go(oldest)
    assert not archive.let_go(marked)
    assert (directory / oldest.name).exists()


@pytest.mark.parametrize("anew", [False, True], ids=["where it lies", "by another file"])
def test_a_limit_never_takes_a_photo_that_others_changed_or_marked_after_it_was_planned(
    archive: Archive, oldest: Photo, directory: Path, anew: bool
) -> None:
    path = directory / oldest.name
    data, status = path.read_bytes(), path.stat()
    if anew:
        path.unlink()
    path.write_bytes(mark(data, kept=True))
    os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert not archive.let_go(oldest)
    path.write_bytes(picture())
    assert not archive.let_go(oldest)
    # It is another photo now, and may be planned as such.
    (now,) = (photo for photo in archive.photos() if photo.name == oldest.name)
    assert now.size == len(picture())
    assert archive.let_go(now)


def test_a_photo_whose_mark_cannot_be_read_stays(
    archive: Archive, oldest: Photo, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = archive_in(directory)
    fresh.open()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse(errno.EIO))
        assert not fresh.let_go(oldest)
    assert fresh.let_go(oldest)

"""A photo that is to stay: the mark lies in its file, which is never harmed by it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
import errno
import os
from pathlib import Path
import shutil
import stat

import pytest

from custom_components.pi_security_camera import archive as archive_module
from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import (
    PhotoBroken,
    StorageError,
    StorageFailed,
    StorageFull,
    StorageNotAllowed,
    StorageReadOnly,
)
from custom_components.pi_security_camera.capture.note import Note, mark
from tests.pictures import SOI, photo, picture, segment

from .conftest import CAUSE, FOREIGN, NAME, ODD, OTHER_NAME, TAKEN_AT, Save, archive_in, names_in, others_change
from .faults import NOBODY, forbidden, refuse


def test_a_mark_is_there_after_a_restart_and_after_a_move(
    archive: Archive, save: Save, directory: Path, tmp_path: Path
) -> None:
    save()
    assert archive.set_kept(NAME, kept=True)
    shutil.copytree(directory, tmp_path / "elsewhere")
    for place in (directory, tmp_path / "elsewhere"):
        other = archive_in(place)
        other.open()
        assert other.note(NAME) == Note(CAUSE, kept=True)
        assert other.is_kept(other.photos()[0])


def test_a_mark_can_be_taken_away(archive: Archive, save: Save, directory: Path) -> None:
    saved = save()
    before = (directory / NAME).read_bytes()
    assert archive.set_kept(NAME, kept=True)
    assert archive.set_kept(NAME, kept=False) == saved
    assert (directory / NAME).read_bytes() == before
    assert archive.note(NAME) == Note(CAUSE)


def test_a_photo_of_the_script_before_us_can_be_marked_and_released(archive: Archive, directory: Path) -> None:
    (directory / NAME).write_bytes(picture())
    archive.set_kept(NAME, kept=True)
    assert archive_in(directory).note(NAME) == Note(None, kept=True)
    archive.set_kept(NAME, kept=False)
    assert (directory / NAME).read_bytes() == picture()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o444])
def test_mode_owner_and_time_of_a_marked_photo_stay(archive: Archive, save: Save, directory: Path, mode: int) -> None:
    save()
    (directory / NAME).chmod(mode)
    if os.geteuid() == 0:
        os.chown(directory / NAME, NOBODY, NOBODY)
    before = (directory / NAME).stat()
    archive.set_kept(NAME, kept=True)
    after = (directory / NAME).stat()
    for what in ("st_mode", "st_uid", "st_gid", "st_mtime_ns", "st_nlink"):
        assert getattr(after, what) == getattr(before, what)
    assert names_in(directory) == [NAME]


@pytest.mark.parametrize("call", ["fchown", "fchmod", "utime"])
def test_a_file_system_without_owners_modes_or_times_keeps_marks_too(
    archive: Archive, save: Save, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    save()
    monkeypatch.setattr(os, call, refuse(errno.EPERM))
    assert archive.set_kept(NAME, kept=True) == archive.find(NAME)
    assert archive.note(NAME) == Note(CAUSE, kept=True)


def test_the_list_tells_of_a_marked_photo_without_being_read_again(
    archive: Archive, save: Save, directory: Path, scans: list[str]
) -> None:
    saved = save()
    marked = archive.set_kept(NAME, kept=True)
    assert marked is archive.find(NAME)
    assert marked is not None
    assert (marked.name, marked.taken_at) == (saved.name, saved.taken_at)
    assert marked.size == (directory / NAME).stat().st_size == archive.summary().used_bytes
    assert scans == []


def test_a_photo_that_is_marked_already_is_not_written_again(
    archive: Archive, save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save()
    archive.set_kept(NAME, kept=True)
    inode = (directory / NAME).stat().st_ino
    monkeypatch.setattr(os, "fsync", refuse(errno.EIO))
    assert archive.set_kept(NAME, kept=True) == archive.find(NAME)
    assert (directory / NAME).stat().st_ino == inode


@pytest.mark.parametrize("name", [*FOREIGN, "", "..", f"../{NAME}", f"sub/{NAME}", f"{NAME}\0", OTHER_NAME])
def test_what_is_no_photo_is_not_marked(archive: Archive, save: Save, directory: Path, name: str) -> None:
    save()
    others = [directory.parent / NAME, directory / "sub" / NAME, *(directory / foreign for foreign in FOREIGN)]
    for path in others:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(photo())
    assert archive.set_kept(name, kept=True) is None
    assert {path.read_bytes() for path in others} == {photo()}


@pytest.mark.parametrize("plant", ODD.values(), ids=ODD)
def test_only_a_file_is_marked(archive: Archive, directory: Path, plant: Callable[[Path], object]) -> None:
    (directory / "other.jpg").write_bytes(photo())
    plant(directory / NAME)
    before = os.lstat(directory / NAME)
    assert archive.set_kept(NAME, kept=True) is None
    assert os.lstat(directory / NAME) == before
    assert (directory / "other.jpg").read_bytes() == photo()


UNMARKABLE = {
    "nothing": b"",
    "no JPEG": b"text",
    "half a header": photo()[:50],
    "a header that goes on and on": SOI + segment(0xE2, bytes(65_000)) * 4 + picture()[2:],
}


@pytest.mark.parametrize("data", UNMARKABLE.values(), ids=UNMARKABLE)
def test_where_a_mark_would_not_be_found_again_the_file_stays_as_it_is(
    archive: Archive, directory: Path, data: bytes
) -> None:
    (directory / NAME).write_bytes(data)
    with pytest.raises(PhotoBroken):
        archive.set_kept(NAME, kept=True)
    assert (directory / NAME).read_bytes() == data
    assert names_in(directory) == [NAME]


def test_a_file_that_is_larger_than_any_photo_stays_as_it_is(
    archive: Archive, save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save()
    monkeypatch.setattr(archive_module, "LARGEST", saved.size - 1)
    with pytest.raises(PhotoBroken):
        archive.set_kept(NAME, kept=True)
    assert (directory / NAME).stat().st_size == saved.size


@pytest.mark.parametrize(
    ("call", "number", "kind"),
    [
        ("open", errno.EACCES, StorageNotAllowed),
        ("fsync", errno.ENOSPC, StorageFull),
        ("fsync", errno.EIO, StorageFailed),
        ("replace", errno.EROFS, StorageReadOnly),
        ("replace", errno.EACCES, StorageNotAllowed),
    ],
)
def test_a_fault_leaves_the_photo_as_it_was_and_nothing_behind(
    archive: Archive,
    save: Save,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    kind: type[StorageError],
) -> None:
    saved = save()
    before = (directory / NAME).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse(number))
        with pytest.raises(kind):
            archive.set_kept(NAME, kept=True)
    assert (directory / NAME).read_bytes() == before
    assert names_in(directory) == [NAME]
    assert archive.photos() == [saved]
    assert archive.note(NAME) == Note(CAUSE)
    assert archive.set_kept(NAME, kept=True)


def test_a_directory_of_others_is_told(archive: Archive, save: Save, directory: Path) -> None:
    save()
    with forbidden(directory), pytest.raises(StorageNotAllowed):
        archive.set_kept(NAME, kept=True)
    assert names_in(directory) == [NAME]


def test_the_new_file_is_on_the_disk_before_it_takes_the_place_of_the_old(
    archive: Archive, save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save()
    before = (directory / NAME).read_bytes()
    steps = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor: int) -> None:
        fsync(descriptor)
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    def watched_replace(source: Path, target: Path) -> None:
        assert Path(source).parent == directory
        assert Path(source).name.startswith(".")
        assert Path(source).read_bytes() == mark(before, kept=True)
        assert Path(target).read_bytes() == before
        replace(source, target)
        steps.append("place")

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    archive.set_kept(NAME, kept=True)
    assert steps == ["file", "place", "directory"]


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Let somebody else change something while the new file is written."""
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        fsync(descriptor)
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            change()

    monkeypatch.setattr(os, "fsync", slow)


def test_a_photo_that_others_change_meanwhile_stays_as_they_want_it(
    archive: Archive, save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save()
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda: (directory / NAME).write_bytes(picture()))
        with pytest.raises(StorageFailed) as raised:
            archive.set_kept(NAME, kept=True)
    assert raised.value.fields["text"] == "Device or resource busy"
    assert (directory / NAME).read_bytes() == picture()
    assert names_in(directory) == [NAME]
    assert [photo.size for photo in archive.photos()] == [len(picture())]


def test_a_photo_that_others_delete_meanwhile_does_not_come_back(
    archive: Archive, save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch, scans: list[str]
) -> None:
    save()
    with monkeypatch.context() as patch:
        meanwhile(patch, (directory / NAME).unlink)
        assert archive.set_kept(NAME, kept=True) is None
    assert scans == []
    assert names_in(directory) == []
    others_change(directory)
    assert archive.photos() == []


def test_a_link_that_others_put_in_its_place_meanwhile_is_not_followed(
    archive: Archive, save: Save, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save()
    secret = tmp_path / "secret"
    shutil.copy2(directory / NAME, secret)

    def plant() -> None:
        (directory / NAME).unlink()
        (directory / NAME).symlink_to(secret)

    with monkeypatch.context() as patch:
        meanwhile(patch, plant)
        assert archive.set_kept(NAME, kept=True) is None
    assert (directory / NAME).is_symlink()
    assert not archive.photos()


def test_photos_are_marked_and_saved_at_the_same_time(archive: Archive, save: Save) -> None:
    saved = [save(TAKEN_AT + timedelta(minutes=minutes)) for minutes in range(8)]
    with ThreadPoolExecutor(8) as pool:
        more = [pool.submit(save) for _ in range(8)]
        marked = [pool.submit(archive.set_kept, photo.name, kept=True) for photo in saved]
        assert all(job.result() for job in more)
        assert all(job.result() for job in marked)
    notes = archive.notes(photo.name for photo in archive.photos())
    assert len(notes) == 16
    assert {name for name, note in notes.items() if note.kept} == {photo.name for photo in saved}
    assert archive_in(archive.directory).notes(notes) == notes

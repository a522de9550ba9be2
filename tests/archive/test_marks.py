"""A photo or a clip that is to stay: the mark lies in its file, whatever fails and whoever comes between."""

from collections.abc import Callable
from dataclasses import dataclass
import errno
import os
from pathlib import Path
import shutil
import stat

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import (
    StorageError,
    StorageFailed,
    StorageFull,
    StorageNotAllowed,
    StorageReadOnly,
)
from custom_components.pi_security_camera.capture.note import Note
from custom_components.pi_security_camera.capture.photo import Photo
from tests.films import film
from tests.pictures import picture

from .conftest import CAUSE, CLIP, NAME, ODD, Save, SaveClip, archive_in, names_in, others_change
from .faults import NOBODY, refuse


@dataclass(frozen=True)
class Saved:
    """One file in the archive, as it is told of, and what others write over it."""

    photo: Photo
    path: Path
    other: bytes


@pytest.fixture(params=["photo", "clip"])
def is_clip(request: pytest.FixtureRequest) -> bool:
    """Which of the two it is about."""
    return bool(request.param == "clip")


@pytest.fixture
def path(directory: Path, archive: Archive, is_clip: bool) -> Path:
    """Where it lies in the archive; not there yet."""
    return directory / (CLIP if is_clip else NAME)


@pytest.fixture
def saved(path: Path, save: Save, save_clip: SaveClip, is_clip: bool) -> Saved:
    """A photo or a clip that was saved."""
    return Saved(save_clip(), path, film(50)) if is_clip else Saved(save(), path, picture())


def test_a_mark_is_there_after_a_restart_and_can_be_taken_away(archive: Archive, saved: Saved) -> None:
    before = saved.path.read_bytes()
    marked = archive.set_kept(saved.path.name, kept=True)
    assert marked is archive.find(saved.path.name)
    assert marked is not None
    assert (marked.name, marked.taken_at) == (saved.photo.name, saved.photo.taken_at)
    assert marked.size == saved.path.stat().st_size == archive.summary().used_bytes
    for one in (archive, archive_in(archive.directory)):
        assert one.note(saved.path.name) == Note(CAUSE, kept=True)
        assert one.is_kept(one.photos()[0])
    assert archive.set_kept(saved.path.name, kept=False) == saved.photo
    assert saved.path.read_bytes() == before
    assert archive.note(saved.path.name) == Note(CAUSE)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o444])
def test_mode_owner_and_time_stay(archive: Archive, saved: Saved, mode: int) -> None:
    saved.path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(saved.path, NOBODY, NOBODY)
    before = saved.path.stat()
    archive.set_kept(saved.path.name, kept=True)
    after = saved.path.stat()
    for what in ("st_mode", "st_uid", "st_gid", "st_mtime_ns", "st_nlink"):
        assert getattr(after, what) == getattr(before, what)
    assert names_in(archive.directory) == [saved.path.name]


@pytest.mark.parametrize("kept", [True, False])
def test_what_is_so_already_is_not_written_again(
    archive: Archive, saved: Saved, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    archive.set_kept(saved.path.name, kept=kept)
    inode = saved.path.stat().st_ino
    monkeypatch.setattr(os, "fsync", refuse(errno.EIO))
    assert archive.set_kept(saved.path.name, kept=kept) == archive.find(saved.path.name)
    assert saved.path.stat().st_ino == inode
    assert archive.note(saved.path.name) == Note(CAUSE, kept=kept)


@pytest.mark.parametrize("plant", ODD.values(), ids=ODD)
def test_only_a_file_is_marked(archive: Archive, path: Path, is_clip: bool, plant: Callable[[Path], object]) -> None:
    other, data = path.parent / "other.jpg", film() if is_clip else picture()
    other.write_bytes(data)
    plant(path)
    before = os.lstat(path)
    assert archive.set_kept(path.name, kept=True) is None
    assert os.lstat(path) == before
    assert other.read_bytes() == data


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
def test_a_fault_leaves_the_file_as_it_was_and_nothing_behind(
    archive: Archive,
    saved: Saved,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    kind: type[StorageError],
) -> None:
    before = saved.path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse(number))
        with pytest.raises(kind):
            archive.set_kept(saved.path.name, kept=True)
    assert saved.path.read_bytes() == before
    assert names_in(archive.directory) == [saved.path.name]
    assert archive.photos() == [saved.photo]
    assert archive.note(saved.path.name) == Note(CAUSE)
    assert archive.set_kept(saved.path.name, kept=True)


def test_the_new_file_is_on_the_disk_before_it_takes_the_place_of_the_old(
    archive: Archive, saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.path.read_bytes()
    steps = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor: int) -> None:
        fsync(descriptor)
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    def watched_replace(source: Path, target: Path) -> None:
        assert Path(source).parent == saved.path.parent
        assert Path(source).name.startswith(".")
        assert b'"kept": true' in Path(source).read_bytes()
        assert Path(target).read_bytes() == before
        replace(source, target)
        steps.append("place")

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    archive.set_kept(saved.path.name, kept=True)
    assert steps == ["file", "place", "directory"]


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Let somebody else change something while the new file is written."""
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        fsync(descriptor)
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            change()

    monkeypatch.setattr(os, "fsync", slow)


def test_what_others_change_meanwhile_stays_as_they_want_it(
    archive: Archive, saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda: saved.path.write_bytes(saved.other))
        with pytest.raises(StorageFailed) as raised:
            archive.set_kept(saved.path.name, kept=True)
    assert raised.value.fields["text"] == "Device or resource busy"
    assert saved.path.read_bytes() == saved.other
    assert names_in(archive.directory) == [saved.path.name]
    assert [each.size for each in archive.photos()] == [len(saved.other)]


def test_what_is_deleted_meanwhile_does_not_come_back(
    archive: Archive, saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda: archive.delete(saved.path.name))
        assert archive.set_kept(saved.path.name, kept=True) is None
    assert names_in(archive.directory) == []
    assert archive.photos() == []


def test_what_others_delete_meanwhile_does_not_come_back(
    archive: Archive, saved: Saved, monkeypatch: pytest.MonkeyPatch, scans: list[str]
) -> None:
    with monkeypatch.context() as patch:
        meanwhile(patch, saved.path.unlink)
        assert archive.set_kept(saved.path.name, kept=True) is None
    assert scans == []
    assert names_in(archive.directory) == []
    others_change(archive.directory)
    assert archive.photos() == []


def test_a_link_that_others_put_in_its_place_meanwhile_is_not_followed(
    archive: Archive, saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    shutil.copy2(saved.path, secret)

    def plant() -> None:
        saved.path.unlink()
        saved.path.symlink_to(secret)

    with monkeypatch.context() as patch:
        meanwhile(patch, plant)
        assert archive.set_kept(saved.path.name, kept=True) is None
    assert saved.path.is_symlink()
    assert b"kept" not in secret.read_bytes()
    assert not archive.photos()

"""A clip that is to stay: the mark lies in its file, whose film is never harmed by it."""

from collections.abc import Callable
import errno
import os
from pathlib import Path
import shutil
import stat

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import (
    ClipBroken,
    StorageError,
    StorageFailed,
    StorageFull,
    StorageNotAllowed,
    StorageReadOnly,
)
from custom_components.pi_security_camera.capture.note import Note
from tests.films import BROKEN, FILMS, film
from tests.pictures import picture

from .conftest import CAUSE, CLIP, ODD, SaveClip, archive_in, names_in
from .faults import NOBODY, refuse
from .test_kept import meanwhile

SMALL = picture(16, 12)


def test_a_mark_is_there_after_a_restart_and_can_be_taken_away(
    archive: Archive, save_clip: SaveClip, directory: Path
) -> None:
    saved = save_clip(thumbnail=SMALL)
    before = (directory / CLIP).read_bytes()
    marked = archive.set_kept(CLIP, kept=True)
    assert marked is archive.find(CLIP)
    assert marked is not None
    assert (marked.name, marked.taken_at) == (saved.name, saved.taken_at)
    assert marked.size == (directory / CLIP).stat().st_size == archive.summary().used_bytes
    for one in (archive, archive_in(directory)):
        assert one.note(CLIP) == Note(CAUSE, kept=True, pictured=True)
        assert one.is_kept(one.photos()[0])
        assert one.thumbnail(CLIP) == SMALL
    assert (directory / CLIP).read_bytes().startswith(film())
    assert archive.set_kept(CLIP, kept=False) == saved
    assert (directory / CLIP).read_bytes() == before
    assert archive.note(CLIP) == Note(CAUSE, pictured=True)


@pytest.mark.parametrize("data", FILMS.values(), ids=FILMS)
def test_a_clip_of_others_can_be_marked_and_released(archive: Archive, directory: Path, data: bytes) -> None:
    (directory / CLIP).write_bytes(data)
    assert archive.set_kept(CLIP, kept=True)
    assert archive_in(directory).note(CLIP) == Note(None, kept=True)
    assert (directory / CLIP).read_bytes().startswith(data)
    assert archive.set_kept(CLIP, kept=False)
    assert (directory / CLIP).read_bytes() == data


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o444])
def test_mode_owner_and_time_of_a_marked_clip_stay(
    archive: Archive, save_clip: SaveClip, directory: Path, mode: int
) -> None:
    save_clip()
    (directory / CLIP).chmod(mode)
    if os.geteuid() == 0:
        os.chown(directory / CLIP, NOBODY, NOBODY)
    before = (directory / CLIP).stat()
    archive.set_kept(CLIP, kept=True)
    after = (directory / CLIP).stat()
    for what in ("st_mode", "st_uid", "st_gid", "st_mtime_ns", "st_nlink"):
        assert getattr(after, what) == getattr(before, what)
    assert names_in(directory) == [CLIP]


@pytest.mark.parametrize("kept", [True, False])
def test_a_clip_that_is_so_already_is_not_written_again(
    archive: Archive, save_clip: SaveClip, directory: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    save_clip()
    archive.set_kept(CLIP, kept=kept)
    inode = (directory / CLIP).stat().st_ino
    monkeypatch.setattr(os, "fsync", refuse(errno.EIO))
    assert archive.set_kept(CLIP, kept=kept) == archive.find(CLIP)
    assert (directory / CLIP).stat().st_ino == inode
    assert archive.note(CLIP) == Note(CAUSE, kept=kept)


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_whole_film_stays_as_it_is(archive: Archive, directory: Path, data: bytes) -> None:
    (directory / CLIP).write_bytes(data)
    with pytest.raises(ClipBroken):
        archive.set_kept(CLIP, kept=True)
    assert (directory / CLIP).read_bytes() == data
    assert names_in(directory) == [CLIP]


@pytest.mark.parametrize("plant", ODD.values(), ids=ODD)
def test_only_a_file_is_marked(archive: Archive, directory: Path, plant: Callable[[Path], object]) -> None:
    (directory / "other.jpg").write_bytes(film())
    plant(directory / CLIP)
    before = os.lstat(directory / CLIP)
    assert archive.set_kept(CLIP, kept=True) is None
    assert os.lstat(directory / CLIP) == before
    assert (directory / "other.jpg").read_bytes() == film()


@pytest.mark.parametrize(
    ("call", "number", "kind"),
    [
        ("pread", errno.EIO, StorageFailed),
        ("fsync", errno.ENOSPC, StorageFull),
        ("fsync", errno.EIO, StorageFailed),
        ("replace", errno.EROFS, StorageReadOnly),
        ("replace", errno.EACCES, StorageNotAllowed),
    ],
)
def test_a_fault_leaves_the_clip_as_it_was_and_nothing_behind(
    archive: Archive,
    save_clip: SaveClip,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    kind: type[StorageError],
) -> None:
    saved = save_clip()
    before = (directory / CLIP).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse(number))
        with pytest.raises(kind):
            archive.set_kept(CLIP, kept=True)
    assert (directory / CLIP).read_bytes() == before
    assert names_in(directory) == [CLIP]
    assert archive.photos() == [saved]
    assert archive.set_kept(CLIP, kept=True)


def test_the_new_file_is_on_the_disk_before_it_takes_the_place_of_the_old(
    archive: Archive, save_clip: SaveClip, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_clip()
    before = (directory / CLIP).read_bytes()
    steps = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor: int) -> None:
        fsync(descriptor)
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    def watched_replace(source: Path, target: Path) -> None:
        assert Path(source).name.startswith(".")
        assert b'"kept": true' in Path(source).read_bytes()
        assert Path(target).read_bytes() == before
        replace(source, target)
        steps.append("place")

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    archive.set_kept(CLIP, kept=True)
    assert steps == ["file", "place", "directory"]


def test_a_clip_that_others_change_meanwhile_stays_as_they_want_it(
    archive: Archive, save_clip: SaveClip, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_clip()
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda: (directory / CLIP).write_bytes(film(50)))
        with pytest.raises(StorageFailed):
            archive.set_kept(CLIP, kept=True)
    assert (directory / CLIP).read_bytes() == film(50)
    assert names_in(directory) == [CLIP]
    assert [each.size for each in archive.photos()] == [len(film(50))]


def test_a_clip_that_is_deleted_meanwhile_does_not_come_back(
    archive: Archive, save_clip: SaveClip, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_clip()
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda: archive.delete(CLIP))
        assert archive.set_kept(CLIP, kept=True) is None
    assert names_in(directory) == []
    assert archive.photos() == []


def test_a_link_that_others_put_in_its_place_meanwhile_is_not_followed(
    archive: Archive, save_clip: SaveClip, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_clip()
    secret = tmp_path / "secret"
    shutil.copy2(directory / CLIP, secret)

    def plant() -> None:
        (directory / CLIP).unlink()
        (directory / CLIP).symlink_to(secret)

    with monkeypatch.context() as patch:
        meanwhile(patch, plant)
        assert archive.set_kept(CLIP, kept=True) is None
    assert (directory / CLIP).is_symlink()
    assert b"kept" not in secret.read_bytes()

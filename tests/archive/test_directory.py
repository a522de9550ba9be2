"""The photo directory, and what a crash left in it."""

import errno
import os
from pathlib import Path
import stat

import pytest

from custom_components.pi_security_camera.capture.errors import (
    StorageError,
    StorageFull,
    StorageMissing,
    StorageNotAllowed,
    StorageReadOnly,
)
from custom_components.pi_security_camera.files import check_directory

from .conftest import NAME, archive_in, names_in
from .faults import forbidden, refuse

LEFTOVER = ".capture_0123456789abcdef.tmp"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_directory_is_made_for_home_assistants_user_and_group_only(directory: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        archive_in(directory).open()
    finally:
        os.umask(before)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o750


def test_a_directory_that_is_there_keeps_its_mode(directory: Path) -> None:
    """The user made it, and may let others in."""
    directory.mkdir(parents=True)
    directory.chmod(0o777)
    archive_in(directory).open()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o777


def test_a_link_to_a_directory_will_do(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    directory.parent.mkdir()
    directory.symlink_to(tmp_path / "disk")
    archive_in(directory).open()


def test_a_file_system_that_knows_no_modes_will_do(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "chmod", refuse(errno.EPERM))
    archive_in(directory).open()
    assert directory.is_dir()


@pytest.mark.parametrize("target", ["file", "nowhere"])
def test_what_is_no_directory_is_told(directory: Path, target: str) -> None:
    directory.parent.mkdir()
    (directory.parent / "file").touch()
    directory.symlink_to(target)
    with pytest.raises(StorageMissing) as raised:
        archive_in(directory).open()
    assert raised.value.fields == {"path": str(directory)}


def test_a_leftover_that_another_sweeps_at_the_same_time_is_no_fault(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.mkdir(parents=True)
    (directory / LEFTOVER).touch()
    monkeypatch.setattr(os, "unlink", refuse(errno.ENOENT))
    archive_in(directory).open()


def test_a_crashs_leftovers_are_swept_at_the_start(directory: Path) -> None:
    directory.mkdir(parents=True)
    for name in (LEFTOVER, ".capture_ffffffffffffffff.tmp", NAME):
        (directory / name).touch()
    archive_in(directory).open()
    assert names_in(directory) == [NAME]


@pytest.mark.parametrize(
    "name",
    [
        ".capture_notes.tmp",
        ".capture_0123456789abcde.tmp",
        ".capture_0123456789ABCDEF.tmp",
        ".capture_0123456789abcdef.tmp~",
        "capture_0123456789abcdef.tmp",
        ".hidden",
        "notes.tmp",
    ],
)
def test_only_our_own_leftovers_are_swept(directory: Path, name: str) -> None:
    directory.mkdir(parents=True)
    (directory / name).touch()
    archive_in(directory).open()
    assert names_in(directory) == [name]


def test_a_link_or_a_directory_that_looks_like_a_leftover_stays(directory: Path) -> None:
    (directory / LEFTOVER).mkdir(parents=True)
    (directory / LEFTOVER.replace("0", "f")).symlink_to("/etc/hostname")
    archive_in(directory).open()
    assert len(names_in(directory)) == 2


def test_a_directory_is_tried_before_it_is_used(directory: Path) -> None:
    check_directory(directory)
    assert names_in(directory) == []


@pytest.mark.parametrize(
    ("call", "number", "kind"),
    [
        ("open", errno.EACCES, StorageNotAllowed),
        ("open", errno.EROFS, StorageReadOnly),
        ("fsync", errno.ENOSPC, StorageFull),
    ],
)
def test_a_directory_that_cannot_be_written_fails_the_trial(
    directory: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, kind: type[StorageError]
) -> None:
    monkeypatch.setattr(os, call, refuse(number))
    with pytest.raises(kind):
        check_directory(directory)
    assert names_in(directory) == []


def test_a_directory_of_others_fails_the_trial(directory: Path) -> None:
    directory.mkdir(parents=True)
    with forbidden(directory), pytest.raises(StorageNotAllowed):
        check_directory(directory)


def test_a_directory_below_a_file_fails_the_trial(directory: Path) -> None:
    directory.parent.touch()
    with pytest.raises(StorageMissing):
        check_directory(directory)

"""A photo that is to stay: what is not as with clips, see test_marks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
import errno
import os
from pathlib import Path
import shutil

import pytest

from custom_components.pi_security_camera import archive as archive_module
from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import (
    PhotoBroken,
    StorageNotAllowed,
)
from custom_components.pi_security_camera.capture.note import Note
from tests.pictures import SOI, photo, picture, segment

from .conftest import CAUSE, FOREIGN, NAME, OTHER_NAME, TAKEN_AT, Save, archive_in, names_in
from .faults import forbidden, refuse


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


def test_a_photo_of_the_script_before_us_can_be_marked_and_released(archive: Archive, directory: Path) -> None:
    (directory / NAME).write_bytes(picture())
    archive.set_kept(NAME, kept=True)
    assert archive_in(directory).note(NAME) == Note(None, kept=True)
    archive.set_kept(NAME, kept=False)
    assert (directory / NAME).read_bytes() == picture()


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


@pytest.mark.parametrize("name", [*FOREIGN, "", "..", f"../{NAME}", f"sub/{NAME}", f"{NAME}\0", OTHER_NAME])
def test_what_is_no_photo_is_not_marked(archive: Archive, save: Save, directory: Path, name: str) -> None:
    save()
    others = [directory.parent / NAME, directory / "sub" / NAME, *(directory / foreign for foreign in FOREIGN)]
    for path in others:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(photo())
    assert archive.set_kept(name, kept=True) is None
    assert {path.read_bytes() for path in others} == {photo()}


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


def test_a_directory_of_others_is_told(archive: Archive, save: Save, directory: Path) -> None:
    save()
    with forbidden(directory), pytest.raises(StorageNotAllowed):
        archive.set_kept(NAME, kept=True)
    assert names_in(directory) == [NAME]


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

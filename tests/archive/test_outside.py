"""The directory is the truth: what others change in it shows, soon and at little cost."""

from collections.abc import Callable
from datetime import timedelta
import os
from pathlib import Path
import time
from zoneinfo import ZoneInfo

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.note import Note
from custom_components.pi_security_camera.capture.photo import Cause
from tests.pictures import photo, picture

from .conftest import CAUSE, NAME, OTHER_NAME, PARIS, TAKEN_AT, Save, archive_in, others_change

type Wait = Callable[[float], None]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Lets seconds pass."""
    passed = [0.0]
    monotonic = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + passed[0])

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


def change_in_the_same_tick(directory: Path, change: Callable[[], object]) -> None:
    """Let somebody else change a directory in the same tick of the file system's clock in which it changed before."""
    status = directory.stat()
    change()
    os.utime(directory, ns=(status.st_mtime_ns, status.st_mtime_ns))


def names(archive: Archive) -> list[str]:
    """Return the names of the photos that are shown."""
    return [photo.name for photo in archive.photos()]


def test_a_change_in_the_tick_of_the_reading_shows_when_that_is_over(
    archive: Archive, directory: Path, scans: list[str], wait: Wait
) -> None:
    """A share or a memory stick counts in seconds, and somebody copies ten photos in one."""
    change_in_the_same_tick(directory, lambda: (directory / NAME).write_bytes(photo()))
    assert names(archive) == []
    wait(4)
    assert names(archive) == [NAME]
    wait(100)
    assert names(archive) == [NAME]
    # The names alone: to ask for each file's size and time takes ten times as long.
    assert scans == ["listdir"]


def test_a_change_in_the_tick_of_a_save_shows_within_a_minute(
    archive: Archive, save: Save, directory: Path, scans: list[str], wait: Wait
) -> None:
    """Photos must not cost a reading each."""
    wait(4)
    assert names(archive) == []
    save()
    change_in_the_same_tick(directory, lambda: (directory / OTHER_NAME).write_bytes(photo()))
    for _ in range(3):
        wait(10)
        assert names(archive) == [NAME]
        archive.delete(save(TAKEN_AT + timedelta(days=1)).name)
    wait(40)
    assert names(archive) == [OTHER_NAME, NAME]
    assert scans == ["listdir"] * 2


def test_photos_saved_without_pause_do_not_keep_others_changes_hidden_for_ever(
    archive: Archive, save: Save, directory: Path, wait: Wait
) -> None:
    save()
    change_in_the_same_tick(directory, lambda: (directory / OTHER_NAME).write_bytes(photo()))
    for minutes in range(30):
        save(TAKEN_AT + timedelta(minutes=minutes + 1))
        wait(5)
        names(archive)
    assert OTHER_NAME in names(archive)


def test_what_went_in_the_same_tick_goes_from_the_list_too(
    archive: Archive, save: Save, directory: Path, wait: Wait
) -> None:
    save()
    change_in_the_same_tick(directory, (directory / NAME).unlink)
    assert names(archive) == [NAME]
    wait(100)
    assert names(archive) == []


def test_files_of_others_are_no_photos_when_the_names_are_read_again(
    archive: Archive, directory: Path, wait: Wait
) -> None:
    def plant() -> None:
        (directory / "holiday.jpg").write_bytes(photo())
        (directory / NAME).symlink_to("holiday.jpg")
        (directory / OTHER_NAME).mkdir()

    change_in_the_same_tick(directory, plant)
    wait(100)
    assert names(archive) == []


def test_a_photo_changed_in_its_place_shows_as_it_is_now(archive: Archive, save: Save, directory: Path) -> None:
    """The directory does not tell of that."""
    save()
    assert archive.note(NAME) == Note(CAUSE)
    status = directory.stat()
    (directory / NAME).write_bytes(picture(64, 48))
    assert directory.stat().st_mtime_ns == status.st_mtime_ns
    assert archive.read(NAME) == picture(64, 48)
    assert archive.note(NAME) == Note()
    after = archive.find(NAME)
    assert after is not None
    assert after.size == len(picture(64, 48)) == archive.summary().used_bytes
    assert after.taken_at == TAKEN_AT.replace(microsecond=0)


@pytest.mark.parametrize(
    "look",
    [lambda archive: archive.read(NAME), lambda archive: archive.thumbnail(NAME), lambda archive: archive.note(NAME)],
)
def test_who_looks_at_a_photo_sees_what_is_there_and_the_list_learns_of_it(
    archive: Archive, directory: Path, look: Callable[[Archive], object]
) -> None:
    change_in_the_same_tick(directory, lambda: (directory / NAME).write_bytes(photo()))
    assert look(archive)
    assert names(archive) == [NAME]
    (directory / NAME).write_bytes(picture(64, 48))
    assert look(archive)
    (found,) = archive.photos()
    assert found.size == len(picture(64, 48))


def test_photos_keep_their_moment_when_home_assistant_moves(directory: Path) -> None:
    zones = [PARIS]
    archive = Archive(directory, lambda: zones[0])
    archive.open()
    saved = archive.save(photo(), TAKEN_AT, Cause("hall"))
    zones[0] = ZoneInfo("America/New_York")
    (found,) = archive.photos()
    assert found.taken_at == saved.taken_at
    assert found.taken_at.tzinfo is zones[0]
    assert found.name == NAME


def test_a_photo_that_did_not_change_is_the_same_after_others_changed_the_directory(
    archive: Archive, save: Save, directory: Path
) -> None:
    """What has been worked out once is not worked out again."""
    saved = save()
    others_change(directory, lambda: (directory / OTHER_NAME).write_bytes(photo()))
    assert archive.find(NAME) is saved
    (directory / NAME).write_bytes(picture())
    others_change(directory)
    assert archive.find(NAME) != saved


def test_what_others_delete_is_forgotten(archive: Archive, save: Save, directory: Path) -> None:
    """Nothing grows without end."""
    for minutes in range(10):
        save(TAKEN_AT + timedelta(minutes=minutes))
    for path in sorted(directory.iterdir())[:-1]:
        path.unlink()
    others_change(directory)
    (left,) = archive.photos()
    save()
    assert len(archive._notes) == len({left.name, NAME})


def test_notes_are_read_once(archive: Archive, save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = save(cause=Cause("hall"))
    (directory / OTHER_NAME).write_bytes(picture())
    others_change(directory)
    wanted = {NAME: Note(Cause("hall")), OTHER_NAME: Note()}
    asked = [NAME, OTHER_NAME, "capture_20260101_080001.jpg", "holiday.jpg"]
    fresh = archive_in(directory)
    assert archive.notes(asked) == fresh.notes(asked) == wanted
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", None)
        assert archive.notes(asked) == fresh.notes(asked) == wanted
    assert archive.find(NAME) == saved


def test_a_photo_that_cannot_be_read_has_no_note_and_the_others_have(
    archive: Archive, save: Save, directory: Path
) -> None:
    """One bad block of a card must not hide all photos from a search."""
    (directory / OTHER_NAME).write_bytes(picture())
    others_change(directory)
    save()
    original = os.open

    def broken(path: Path, *arguments: int) -> int:
        if Path(path).name == OTHER_NAME:
            raise OSError(5, "Input/output error")
        return original(path, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", broken)
        assert archive.notes([NAME, OTHER_NAME]).keys() == {NAME}
        assert archive.is_kept(archive.photos()[0])
    assert archive.notes([NAME, OTHER_NAME]).keys() == {NAME, OTHER_NAME}
    assert not archive.is_kept(archive.photos()[0])

"""What is listed, and what can be read."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime, timedelta
import os
from pathlib import Path

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.listing import Day, Listing
from custom_components.pi_security_camera.capture.photo import Cause
from tests.pictures import photo, picture

from .conftest import FOREIGN, NAME, ODD, OTHER_NAME, PARIS, TAKEN_AT, Save, archive_in, others_change


def test_an_empty_archive_has_no_photo(archive: Archive) -> None:
    assert archive.photos() == []
    assert archive.summary().newest is None


def test_photos_are_listed_oldest_first(archive: Archive, save: Save) -> None:
    for minutes in (3, 1, 2):
        save(TAKEN_AT + timedelta(minutes=minutes))
    assert [photo.taken_at.minute for photo in archive.photos()] == [26, 27, 28]
    assert archive.summary().newest == archive.photos()[-1]


def test_photos_of_the_script_before_us_are_shown_like_ours(archive: Archive, directory: Path) -> None:
    (directory / NAME).write_bytes(picture())
    (found,) = archive.photos()
    assert (found.name, found.taken_at, found.size) == (NAME, TAKEN_AT.replace(microsecond=0), len(picture()))
    assert archive.read(NAME) == picture()
    assert archive.cause(NAME) is None


def test_files_of_others_are_not_shown(archive: Archive, save: Save, directory: Path) -> None:
    saved = save()
    for name in FOREIGN:
        (directory / name).write_bytes(photo())
    assert archive.photos() == [saved]


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_others_are_not_read(archive: Archive, directory: Path, name: str) -> None:
    (directory / name).write_bytes(photo())
    assert archive.read(name) is None
    assert archive.cause(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/",
        "../secrets.yaml",
        f"../{NAME}",
        f"sub/{NAME}",
        f"./{NAME}",
        f"/{NAME}",
        f"{NAME}\0",
        f"{NAME}/",
        f"..\\{NAME}",
        f"%2e%2e%2f{NAME}",
        f"{NAME}\n",
        "capture_20260213_142530\udcff.jpg",
    ],
)
def test_no_name_leads_out_of_the_directory(archive: Archive, save: Save, directory: Path, name: str) -> None:
    save()
    for outside in (directory.parent / NAME, directory.parent / "secrets.yaml"):
        outside.write_text("secret")
    (directory / "sub").mkdir()
    (directory / "sub" / NAME).write_text("secret")
    assert archive.read(name) is None


@pytest.mark.parametrize("plant", ODD.values(), ids=ODD)
def test_only_a_file_is_a_photo(archive: Archive, directory: Path, plant: Callable[[Path], object]) -> None:
    """A link could show any file of Home Assistant's; a pipe would never end."""
    (directory / "other.jpg").write_bytes(photo())
    plant(directory / NAME)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names alone
    assert archive.photos() == []
    assert archive.read(NAME) is None
    assert archive.cause(NAME) is None
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - names alone


def test_a_photo_that_is_gone_reads_as_none(archive: Archive, save: Save, directory: Path) -> None:
    save()
    (directory / NAME).unlink()
    assert archive.read(NAME) is None
    assert archive.cause(NAME) is None
    assert archive.photos() == []


def test_a_photo_that_goes_while_the_directory_is_read_is_passed_over(archive: Archive, directory: Path) -> None:
    (directory / NAME).touch()
    with os.scandir(directory) as entries:
        (entry,) = entries
    (directory / NAME).unlink()
    assert archive._known._photo_in(entry, Listing()) is None


@pytest.mark.parametrize("data", [b"", b"text", picture(comment=b"made elsewhere"), photo()[:50]])
def test_a_file_without_our_comment_tells_no_cause(archive: Archive, directory: Path, data: bytes) -> None:
    (directory / NAME).write_bytes(data)
    assert archive.cause(NAME) is None


def test_a_cause_is_found_behind_the_largest_header(archive: Archive) -> None:
    exif = b"\xff\xe1\xff\xff" + b"Exif\0\0".ljust(0xFFFF - 2, b"\0")
    archive.save(photo()[:2] + exif + photo()[2:], TAKEN_AT, Cause("hall"))
    assert archive.cause(NAME) == Cause("hall")


def test_photos_are_told_in_the_time_zone_of_home_assistant(archive: Archive, save: Save) -> None:
    taken_at = datetime(2026, 7, 1, 23, 30, tzinfo=PARIS)
    assert save(taken_at).name == "capture_20260701_233000.jpg"
    (found,) = archive.photos()
    assert found.taken_at.tzinfo is PARIS


def test_the_archive_tells_how_full_it_is(archive: Archive, save: Save, directory: Path) -> None:
    sizes = [save().size, save().size]
    (directory / "holiday.jpg").write_bytes(photo())
    status = os.statvfs(directory)
    description = archive.describe()
    assert description["directory"] == str(directory)
    assert (description["photos"], description["used_bytes"]) == (2, sum(sizes))
    assert isinstance(description["free_bytes"], int)
    assert description["free_bytes"] == pytest.approx(status.f_bavail * status.f_frsize, rel=0.1)


def look(archive: Archive) -> list[str]:
    """Look at all that there is; return the names."""
    photos = archive.photos()
    assert archive.summary().newest == (photos[-1] if photos else None)
    assert sum(day.photos for day in archive.days()) == archive.describe()["photos"] == len(photos)
    assert all(archive.find(photo.name) == photo for photo in photos)
    return [photo.name for photo in photos]


def test_saving_and_looking_read_the_directory_not_again(archive: Archive, save: Save, scans: list[str]) -> None:
    """With ten thousand photos on a card that would take seconds."""
    for count in range(1, 6):
        save()
        assert len(look(archive)) == count
    assert scans == []


def test_what_others_change_is_seen_and_read_once(
    archive: Archive, save: Save, directory: Path, scans: list[str]
) -> None:
    save()
    others_change(directory, lambda: (directory / OTHER_NAME).write_bytes(photo()))
    assert look(archive) == look(archive) == [OTHER_NAME, NAME]
    assert len(scans) == 1
    others_change(directory, (directory / NAME).unlink)
    assert archive.find(NAME) is None
    assert look(archive) == [OTHER_NAME]
    assert len(scans) == 2


def test_a_photo_that_is_saved_hides_no_change_of_others(
    archive: Archive, save: Save, directory: Path, scans: list[str]
) -> None:
    save()
    others_change(directory, lambda: (directory / OTHER_NAME).write_bytes(photo()))
    save()
    save()
    assert scans == []
    assert look(archive) == [OTHER_NAME, NAME, *(f"capture_20260213_142530_{number}.jpg" for number in (2, 3))]
    assert len(scans) == 1


def test_another_directory_in_the_place_of_ours_is_seen(archive: Archive, save: Save, directory: Path) -> None:
    save()
    status = directory.stat()
    directory.rename(directory.parent / "before")
    directory.mkdir()
    os.utime(directory, ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert look(archive) == []


def test_what_changes_while_the_directory_is_read_is_read_the_next_time(
    archive: Archive, save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others_change(directory)
    scandir = os.scandir

    def slow(path: Path) -> object:
        entries = [*scandir(path)]
        others_change(directory, lambda: (directory / OTHER_NAME).write_bytes(photo()))
        return nullcontext(entries)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", slow)
        assert archive.photos() == []
    assert look(archive) == [OTHER_NAME]


def test_days_are_told_newest_first_with_their_photos(archive: Archive, save: Save) -> None:
    assert archive.days() == []
    _, second, third = (save(TAKEN_AT + timedelta(hours=hours)) for hours in (0, 1, 48))
    assert archive.days() == [Day(date(2026, 2, 15), 1, 0, third), Day(date(2026, 2, 13), 2, 0, second)]
    assert [photo.taken_at.hour for photo in archive.photos(date(2026, 2, 13))] == [14, 15]
    assert archive.photos(date(2026, 2, 14)) == []


def test_a_photo_is_found_by_its_name(archive: Archive, save: Save) -> None:
    saved = save()
    assert archive.find(NAME) is saved
    assert archive.find(f"../photos/{NAME}") is None


def test_a_list_once_given_does_not_change(archive: Archive, save: Save) -> None:
    before = archive.photos()
    save()
    assert before == []


def test_a_planted_file_of_an_absurd_year_breaks_no_list(archive: Archive, save: Save, directory: Path) -> None:
    saved = save()
    for name in ("capture_00010101_000000.jpg", "capture_99991231_235959.jpg"):
        (directory / name).touch()
    assert archive.photos() == [saved]


def test_two_archives_do_not_see_each_others_photos(save: Save, tmp_path: Path) -> None:
    save()
    other = archive_in(tmp_path / "other")
    other.open()
    assert other.photos() == []

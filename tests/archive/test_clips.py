"""A clip is kept with the same care as a photo: whole, under its name, over nothing else, with its note inside."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
import errno
import json
import os
from pathlib import Path
import stat

import pytest

from custom_components.pi_security_camera import clips as clips_module
from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import ClipBroken, StorageError, StorageFailed, StorageMissing
from custom_components.pi_security_camera.capture.listing import Day
from custom_components.pi_security_camera.capture.mp4 import MAX_THUMBNAIL, check_whole, read_carried
from custom_components.pi_security_camera.capture.note import Note
from custom_components.pi_security_camera.capture.photo import Cause, Photo
from custom_components.pi_security_camera.capture.retention import Limits
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.capture.test_mp4 import reader
from tests.films import BROKEN, FILMS, film
from tests.pictures import photo, picture

from .conftest import CAUSE, CLIP, NAME, ODD, TAKEN_AT, Save, SaveClip, archive_in, names_in, others_change
from .faults import forbidden, refuse
from .test_faults import KINDS

SMALL = picture(16, 12)


def test_a_saved_clip_tells_what_it_is(archive: Archive, save_clip: SaveClip, directory: Path) -> None:
    saved = save_clip(TAKEN_AT.astimezone(UTC))
    assert saved == Photo(CLIP, TAKEN_AT, 1, (directory / CLIP).stat().st_size)
    assert saved.is_clip
    assert archive.photos() == [saved] == archive_in(directory).photos()
    assert names_in(directory) == [CLIP]


def test_a_clip_keeps_its_film_and_carries_its_cause_and_its_small_picture(
    archive: Archive, save_clip: SaveClip, directory: Path
) -> None:
    save_clip(thumbnail=SMALL)
    data = (directory / CLIP).read_bytes()
    assert data.startswith(film())
    assert check_whole(reader(data), len(data))
    for one in (archive, archive_in(directory)):
        assert one.note(CLIP) == Note(CAUSE, pictured=True)
        assert one.cause(CLIP) == CAUSE
        assert one.thumbnail(CLIP) == SMALL
    carried = read_carried(reader(data), len(data))
    assert carried is not None
    assert json.loads(carried.note)["time"] == "2026-02-13T14:25:30.123+01:00"


@pytest.mark.parametrize("thumbnail", [None, b"", b"text", SMALL[:-1], SMALL + b"x", picture(400, 400, quality=100)])
def test_a_clip_is_kept_without_a_small_picture_that_is_none(
    archive: Archive, save_clip: SaveClip, thumbnail: bytes | None
) -> None:
    assert len(picture(400, 400, quality=100)) > MAX_THUMBNAIL
    save_clip(thumbnail=thumbnail)
    assert archive.note(CLIP) == Note(CAUSE, pictured=False)
    assert archive.thumbnail(CLIP) is None


def test_a_clips_file_has_its_exact_time_and_the_mode_of_a_photo(save_clip: SaveClip, directory: Path) -> None:
    before = os.umask(0)
    try:
        save_clip()
    finally:
        os.umask(before)
    status = (directory / CLIP).stat()
    assert status.st_mtime_ns == int(TAKEN_AT.timestamp()) * 10**9 + 123_456_000
    assert stat.S_IMODE(status.st_mode) == 0o640


def test_clips_of_a_second_are_counted_by_themselves(archive: Archive, save: Save, save_clip: SaveClip) -> None:
    saved = [save(), save_clip(), save(), save_clip()]
    names = [NAME, CLIP, NAME.replace(".", "_2."), CLIP.replace(".", "_2.")]
    assert [each.name for each in saved] == names
    assert [each.name for each in archive.photos()] == names


def test_a_clip_is_listed_without_reading_the_directory_again(
    archive: Archive, save_clip: SaveClip, scans: list[str]
) -> None:
    saved = save_clip()
    archive.drop_clip(archive.new_clip_file())
    assert archive.photos() == [saved]
    archive.set_kept(CLIP, kept=True)
    assert [each.name for each in archive.photos()] == [CLIP]
    assert scans == []


def test_photos_and_clips_are_told_apart_in_numbers(
    archive: Archive, save: Save, save_clip: SaveClip, directory: Path
) -> None:
    first = save_clip(TAKEN_AT - timedelta(days=1))
    shown, last = save(), save_clip(TAKEN_AT + timedelta(hours=1))
    summary = archive.summary(TAKEN_AT.date())
    assert (summary.photos, summary.clips, summary.photos_of_day) == (1, 2, 1)
    assert (summary.oldest, summary.newest) == (shown, shown)
    assert summary.used_bytes == sum(path.stat().st_size for path in directory.iterdir())
    assert archive.days() == [Day(shown.day, 1, 1, shown), Day(first.day, 0, 1, first)]
    assert archive.photos(shown.day) == [shown, last]
    described = archive.describe()
    assert (described["photos"], described["clips"]) == (1, 2)


def test_a_clip_of_others_is_shown_and_tells_nothing(archive: Archive, directory: Path) -> None:
    for data in (*FILMS.values(), *BROKEN.values()):
        others_change(directory, lambda data=data: (directory / CLIP).write_bytes(data))  # type: ignore[misc]
        assert [each.name for each in archive.photos()] == [CLIP]
        assert archive.note(CLIP) == Note()
        assert archive.thumbnail(CLIP) is None


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_whole_film_is_not_kept(archive: Archive, save_clip: SaveClip, directory: Path, data: bytes) -> None:
    with pytest.raises(ClipBroken):
        save_clip(data=data)
    assert names_in(directory) == []
    assert archive.photos() == []


def test_a_new_clip_is_seen_by_nobody_until_it_is_saved(archive: Archive, directory: Path) -> None:
    temporary = archive.new_clip_file()
    temporary.write_bytes(film())
    assert names_in(directory) == [temporary.name]
    assert temporary.name.startswith(".")
    assert stat.S_IMODE(temporary.stat().st_mode) == 0o640
    assert archive.photos() == archive_in(directory).photos() == []


def test_a_dropped_clip_leaves_nothing(archive: Archive, directory: Path) -> None:
    temporary = archive.new_clip_file()
    for _ in range(2):
        archive.drop_clip(temporary)
    assert names_in(directory) == []


def test_a_leftover_of_a_crash_is_swept_at_the_start_and_a_clip_that_is_being_written_is_not(
    archive: Archive, directory: Path
) -> None:
    temporary = archive.new_clip_file()
    archive.open()
    assert names_in(directory) == [temporary.name]
    temporary.write_bytes(film())
    archive.save_clip(temporary, TAKEN_AT, CAUSE)
    other = archive.new_clip_file()
    archive_in(directory).open()
    assert not other.exists()
    with pytest.raises(StorageMissing):
        archive.save_clip(other, TAKEN_AT, CAUSE)
    assert names_in(directory) == [CLIP]


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without hard links"])
@pytest.mark.parametrize("plant", [*ODD.values(), Path.touch])
def test_what_has_the_wanted_name_already_is_left_alone(
    save_clip: SaveClip,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[Path], object],
    links: bool,
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    plant(directory / CLIP)
    before = os.lstat(directory / CLIP)
    assert save_clip().name == "capture_20260213_142530_2.mp4"
    assert os.lstat(directory / CLIP) == before


@pytest.mark.parametrize(("number", "kind"), KINDS)
@pytest.mark.parametrize("call", ["open", "fsync", "link", "pread"])
def test_every_fault_has_its_error_and_leaves_nothing(
    archive: Archive,
    save_clip: SaveClip,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    kind: type[StorageError],
) -> None:
    if (call, number) == ("link", errno.EPERM):
        # It has no links, and the clip is kept without.
        return
    temporary = archive.new_clip_file()
    temporary.write_bytes(film())
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse(number))
        with pytest.raises(StorageError) as raised:
            archive.save_clip(temporary, TAKEN_AT, CAUSE)
    assert type(raised.value) is kind
    assert raised.value.fields["path"] == str(directory)
    assert names_in(directory) == []
    assert save_clip().name == CLIP


def test_a_file_that_is_gone_or_a_link_is_no_new_clip(archive: Archive, directory: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(film())
    for plant in (lambda _: None, lambda path: path.symlink_to(tmp_path / "secret")):
        temporary = archive.new_clip_file()
        temporary.unlink()
        plant(temporary)
        with pytest.raises(StorageMissing):
            archive.save_clip(temporary, TAKEN_AT, CAUSE)
    assert names_in(directory) == []
    assert (tmp_path / "secret").read_bytes() == film()


def test_a_directory_that_is_gone_is_told_once_and_made_anew(archive: Archive, directory: Path) -> None:
    directory.rmdir()
    with pytest.raises(StorageMissing):
        archive.new_clip_file()
    assert archive.new_clip_file().exists()


def test_a_directory_of_others_is_told(archive: Archive, directory: Path) -> None:
    with forbidden(directory), pytest.raises(StorageError):
        archive.new_clip_file()


def test_where_the_disk_was_nothing_is_written(directory: Path) -> None:
    archive = Archive(directory, lambda: UTC, directory.parent.parent)
    with pytest.raises(StorageMissing):
        archive.new_clip_file()
    assert not directory.exists()


def test_a_clip_is_on_the_disk_before_it_has_its_name(
    archive: Archive, save_clip: SaveClip, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []
    fsync, link = os.fsync, os.link

    def watched_fsync(descriptor: int) -> None:
        fsync(descriptor)
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    def watched_link(source: Path, target: Path) -> None:
        data = Path(source).read_bytes()
        assert read_carried(reader(data), len(data))
        link(source, target)
        steps.append("name")

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "link", watched_link)
    save_clip()
    assert steps == ["file", "name", "directory"]


def test_a_photo_does_not_wait_for_a_clip_that_is_written_to_a_slow_disk(
    archive: Archive, save: Save, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither while it is saved nor while it is marked."""
    fsync = os.fsync
    saved: list[Photo | None] = []

    def slow(descriptor: int) -> None:
        if not saved and not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            saved.append(None)
            with ThreadPoolExecutor(1) as pool:
                saved[0] = pool.submit(save, TAKEN_AT + timedelta(seconds=len(names_in(directory)))).result(10)
        fsync(descriptor)

    temporary = archive.new_clip_file()
    temporary.write_bytes(film())
    monkeypatch.setattr(os, "fsync", slow)
    archive.save_clip(temporary, TAKEN_AT, CAUSE)
    saved.clear()
    archive.set_kept(CLIP, kept=True)
    assert len(names_in(directory)) == 3
    assert archive.photos() == archive_in(directory).photos()


def test_clips_and_photos_saved_at_the_same_time_all_stay(archive: Archive, save: Save, save_clip: SaveClip) -> None:
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(each) for _ in range(8) for each in (save, save_clip)]
        saved = [job.result() for job in jobs]
    assert len({each.name for each in saved}) == 16
    assert len(archive.photos()) == len(archive_in(archive.directory).photos()) == 16


def test_a_photos_reader_reads_no_clip_and_a_clips_reader_no_photo(
    archive: Archive, save: Save, save_clip: SaveClip
) -> None:
    save()
    save_clip()
    assert archive.read(CLIP) is None
    assert archive.open_clip(NAME) is None


def test_an_open_clip_is_read_in_pieces_whatever_becomes_of_it(
    archive: Archive, save_clip: SaveClip, directory: Path
) -> None:
    save_clip()
    before = (directory / CLIP).read_bytes()
    opened = archive.open_clip(CLIP)
    assert opened is not None
    with opened.file:
        archive.set_kept(CLIP, kept=True)
        archive.delete(CLIP)
        assert opened.status.st_size == len(before)
        assert archive.read_piece(opened, 10, 20) == before[10:30]
        assert archive.read_piece(opened, len(before) - 5, 20) == before[-5:]


@pytest.mark.parametrize("plant", ODD.values(), ids=ODD)
def test_only_a_file_is_opened(archive: Archive, directory: Path, plant: Callable[[Path], object]) -> None:
    (directory / "other.jpg").write_bytes(photo())
    plant(directory / CLIP)
    assert archive.open_clip(CLIP) is None
    assert archive.thumbnail(CLIP) is None
    assert archive.note(CLIP) is None
    assert archive.photos() == []


def files_open() -> int:
    """Return how many files this process holds open."""
    return len([*Path("/proc/self/fd").iterdir()])


def test_a_fault_while_a_clip_is_opened_or_read_is_told_and_leaves_no_file_open(
    archive: Archive, save_clip: SaveClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_clip()
    opened = archive.open_clip(CLIP)
    assert opened is not None
    before = files_open()
    with opened.file, monkeypatch.context() as patch:
        patch.setattr(os, "pread", refuse(errno.EIO))
        with pytest.raises(StorageFailed):
            archive.read_piece(opened, 0, 5)
        patch.setattr(os, "fstat", refuse(errno.EIO))
        with pytest.raises(StorageFailed):
            archive.open_clip(CLIP)
    assert files_open() == before - 1


def test_notes_of_many_clips_cost_a_few_small_reads_each(
    archive: Archive, save_clip: SaveClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [save_clip(TAKEN_AT + timedelta(seconds=at), data=film(200_000), thumbnail=SMALL).name for at in range(50)]
    asked, pread = [], os.pread

    def watched(descriptor: int, count: int, at: int) -> bytes:
        asked.append(count)
        return pread(descriptor, count, at)

    monkeypatch.setattr(os, "pread", watched)
    assert archive.notes(names) == dict.fromkeys(names, Note(CAUSE, pictured=True))
    assert len(asked) <= 6 * len(names)
    assert sum(asked) <= 500 * len(names)
    asked.clear()
    archive.notes(names)
    assert asked == []


def test_the_newest_and_the_last_saved_clip_outlive_all_limits(
    archive: Archive, save: Save, save_clip: SaveClip
) -> None:
    for minutes in (1, 2, 3):
        save_clip(TAKEN_AT + timedelta(minutes=minutes))
        save(TAKEN_AT + timedelta(minutes=minutes))
    last = [save_clip(TAKEN_AT).name, save(TAKEN_AT).name]
    assert archive.last_saved == (*last,)
    purged = Housekeeper(archive).purge(Limits(keep_count=0), TAKEN_AT + timedelta(days=1))
    assert len(purged.gone) == 4
    left = archive.photos()
    assert [each.taken_at - TAKEN_AT for each in left if each.is_clip] == [timedelta(), timedelta(minutes=3)]
    assert [each.taken_at - TAKEN_AT for each in left if not each.is_clip] == [timedelta(), timedelta(minutes=3)]
    assert not any(archive.let_go(each) for each in left)
    save_clip(TAKEN_AT + timedelta(hours=1), Cause("later"))
    assert [archive.let_go(each) for each in left if each.is_clip] == [True, True]


def test_a_clip_is_deleted_like_a_photo(archive: Archive, save: Save, save_clip: SaveClip, directory: Path) -> None:
    save()
    save_clip()
    assert archive.delete(CLIP)
    assert not archive.delete(CLIP)
    assert names_in(directory) == [NAME]


def test_a_clip_that_is_cut_off_while_it_is_marked_stays_as_others_want_it(
    archive: Archive, save_clip: SaveClip, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_clip(data=film(300_000))
    new_clip_file = Archive.new_clip_file

    def cut(one: Archive) -> Path:
        os.truncate(directory / CLIP, 1000)
        return new_clip_file(one)

    monkeypatch.setattr(Archive, "new_clip_file", cut)
    monkeypatch.setattr(clips_module, "_PIECE", 100_000)
    with pytest.raises(StorageFailed):
        archive.set_kept(CLIP, kept=True)
    assert names_in(directory) == [CLIP]
    assert (directory / CLIP).stat().st_size == 1000

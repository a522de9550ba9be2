"""A real disk that fills up or turns read-only: nothing is lost, and nothing partial left."""

from pathlib import Path

import pytest

from custom_components.pi_security_camera.capture.errors import StorageFull, StorageReadOnly
from custom_components.pi_security_camera.capture.retention import Limits
from custom_components.pi_security_camera.files import check_directory
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.small_disk import MIB, in_a_namespace, small_disk

from .cameras import FLOOR, NOW, PHOTO, camera_on, changes
from .conftest import CAUSE, TAKEN_AT, archive_in

PAGE = 4096


@in_a_namespace
def test_on_a_full_disk_nothing_is_lost_and_retention_makes_room_once(directory: Path) -> None:
    with small_disk(directory) as disk:
        camera = camera_on(disk)
        # Nobody asks for space: the system itself refuses.
        camera.take_until(StorageFull)
        assert disk.free_bytes < len(PHOTO) + PAGE
        assert len(camera.taken) > 30
        camera.check()
        with pytest.raises(StorageFull):
            camera.archive.set_kept(min(camera.taken), kept=True)
        camera.check()
        # Now it is asked for: the oldest make room for the next alert's photo.
        before = len(camera.taken)
        camera.answer_alert()
        assert 2 <= before - len(camera.taken) < before // 2
        assert disk.free_bytes + len(PHOTO) + PAGE >= FLOOR
        camera.check()
        for _ in range(20):
            camera.answer_alert()
        camera.check()


@in_a_namespace
@pytest.mark.parametrize("marked", [False, True], ids=["all that may go is too little", "all photos are marked"])
def test_on_a_disk_full_of_what_must_stay_the_next_photo_is_refused(directory: Path, marked: bool) -> None:
    with small_disk(directory) as disk:
        camera = camera_on(disk)
        for _ in range(40 if marked else 3):
            camera.answer_alert()
        if marked:
            camera.keep_all()
        for left in (FLOOR // 4, 0):
            disk.fill(leave=left)
            for _ in range(3):
                with pytest.raises(StorageFull) as raised:
                    camera.answer_alert()
                assert raised.value.fields == {"path": str(directory)}
        camera.take_until(StorageFull)
        camera.check()
        disk.make_room()
        camera.answer_alert()
        camera.check()


@in_a_namespace
def test_on_a_disk_full_of_marked_photos_what_is_released_makes_room(directory: Path) -> None:
    with small_disk(directory) as disk:
        camera = camera_on(disk)
        while disk.free_bytes >= FLOOR:
            camera.take()
        camera.keep_all()
        with pytest.raises(StorageFull):
            camera.answer_alert()
        camera.check()
        released = sorted(camera.taken)[:2]
        for name in released:
            camera.set_kept(name, kept=False)
        camera.answer_alert()
        assert released[0] not in camera.taken
        camera.check()


@in_a_namespace
def test_wherever_in_a_photo_the_disk_is_full_the_photo_is_whole_or_not_there(directory: Path) -> None:
    with small_disk(directory) as disk:
        camera = camera_on(disk)
        camera.answer_alert()
        # All that it takes, and what the directory takes for a name.
        pages = len(PHOTO) // PAGE + 3
        outcomes = []
        for free in range(pages):
            disk.fill(leave=free * PAGE)
            try:
                camera.take()
            except StorageFull:
                outcomes.append(False)
            else:
                outcomes.append(True)
            camera.check()
        assert outcomes == sorted(outcomes)
        assert set(outcomes) == {False, True}


@in_a_namespace
def test_a_disk_without_room_for_another_file_is_full_too(directory: Path) -> None:
    with small_disk(directory, options="nr_inodes=20") as disk:
        camera = camera_on(disk)
        camera.take_until(StorageFull)
        assert disk.free_bytes > MIB
        camera.check()
        gone = min(camera.taken)
        assert camera.archive.delete(gone)
        del camera.taken[gone]
        camera.take()
        camera.check()


@in_a_namespace
def test_a_disk_that_turns_read_only_is_told_and_used_again_when_it_is_mended(directory: Path) -> None:
    with small_disk(directory) as disk:
        camera = camera_on(disk)
        for _ in range(3):
            camera.answer_alert()
        disk.remount(read_only=True)
        some = min(camera.taken)
        for _ in range(2):
            for change in changes(camera, some):
                with pytest.raises(StorageReadOnly):
                    change()
            purged = Housekeeper(camera.archive).purge(Limits(keep_count=1), NOW)
            assert purged.gone == ()
            assert isinstance(purged.error, StorageReadOnly)
            camera.check()
        disk.remount(read_only=False)
        camera.answer_alert()
        camera.check()
        camera.forget(Housekeeper(camera.archive).purge(Limits(keep_count=1), NOW))
        assert len(camera.taken) == 1


@in_a_namespace
def test_a_disk_that_is_read_only_from_the_start_is_read_and_the_next_photo_refused(directory: Path) -> None:
    with small_disk(directory) as disk:
        camera = camera_on(disk)
        camera.answer_alert()
        disk.remount(read_only=True)
        archive = archive_in(directory)
        archive.open()
        assert [photo.name for photo in archive.photos()] == [*camera.taken]
        with pytest.raises(StorageReadOnly):
            archive.save(PHOTO, TAKEN_AT, CAUSE)
        with pytest.raises(StorageReadOnly):
            check_directory(directory)

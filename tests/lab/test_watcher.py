"""Seeing photos from outside."""

from pathlib import Path

import pytest

from scripts.lab.watcher import PhotoWatcher

PHOTO = b"\xff\xd8 a picture \xff\xd9"


async def test_a_photo_is_seen_when_it_gets_its_name(tmp_path: Path) -> None:
    watcher = PhotoWatcher(tmp_path)
    with watcher.watching():
        temporary = tmp_path / ".temporary"
        temporary.write_bytes(PHOTO)
        temporary.rename(tmp_path / "capture_1.jpg")
        assert (await watcher.next(5)).name == "capture_1.jpg"


async def test_half_a_photo_is_none_until_it_is_whole(tmp_path: Path) -> None:
    watcher = PhotoWatcher(tmp_path)
    photo = tmp_path / "capture_1.jpg"
    with watcher.watching():
        photo.write_bytes(PHOTO[:-1])
        with pytest.raises(TimeoutError):
            await watcher.next(0.05)
        photo.write_bytes(PHOTO)
        assert (await watcher.next(5)).name == "capture_1.jpg"


async def test_a_photo_is_seen_once(tmp_path: Path) -> None:
    watcher = PhotoWatcher(tmp_path)
    with watcher.watching():
        (tmp_path / "capture_1.jpg").write_bytes(PHOTO)
        await watcher.next(5)
        (tmp_path / "capture_1.jpg").write_bytes(PHOTO)
        with pytest.raises(TimeoutError):
            await watcher.next(0.05)

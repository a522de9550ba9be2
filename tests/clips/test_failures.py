"""Clips that cannot be made: each failure has its name, and nothing is left running."""

import asyncio
from collections.abc import Callable
from pathlib import Path
import shutil
import sys
import threading

import av
import pytest

from custom_components.pi_security_camera import clip_encoder
from custom_components.pi_security_camera.capture.errors import (
    CaptureError,
    ClipEmpty,
    ClipEncoderMissing,
    ClipNotMade,
    StorageFailed,
    StorageFull,
    StorageMissing,
    StorageNotAllowed,
    StorageReadOnly,
)
from custom_components.pi_security_camera.clip_writer import ClipMade, ClipWriter
from tests.archive.faults import forbidden
from tests.pictures import picture
from tests.small_disk import in_a_namespace, small_disk

from .conftest import BEGAN, clip_threads, decode, frame

KIB = 1024


async def clip(path: Path, frames: int = 20, halfway: Callable[[], object] = lambda: None) -> ClipMade:
    """Make a clip; `halfway` is called when it is being written."""
    writer = ClipWriter(path)
    for number in range(frames):
        writer.add(frame(number % 9), BEGAN + number / 10)
    if frames:
        async with asyncio.timeout(10):
            while not path.exists() and not writer.failed:
                await asyncio.sleep(0.01)
    halfway()
    return await writer.finish()


async def error_of(path: Path, kind: type[CaptureError], halfway: Callable[[], object] = lambda: None) -> CaptureError:
    """Return the error that a clip ends in; its thread has ended, too."""
    with pytest.raises(kind) as raised:
        await clip(path, halfway=halfway)
    assert clip_threads() == []
    return raised.value


@in_a_namespace
@pytest.mark.parametrize("free", [0, 4, 20, 60])
def test_a_full_disk_is_told_as_such_wherever_it_gets_full(tmp_path: Path, free: int) -> None:
    with small_disk(tmp_path / "photos", 1024 * KIB) as disk:
        path = disk.directory / ".capture_0123456789abcdef.tmp"
        disk.fill(leave=free * KIB)
        error = asyncio.run(error_of(path, StorageFull))
        assert error.fields == {"path": str(disk.directory)}
        # And there is nothing that would hinder the next one.
        path.unlink(missing_ok=True)
        disk.make_room()
        assert asyncio.run(clip(path)).frames == 20


@in_a_namespace
def test_a_disk_may_get_full_at_any_byte(tmp_path: Path) -> None:
    """Also with the file's last ones, when its index moves to its front."""
    with small_disk(tmp_path / "photos", 1024 * KIB) as disk:
        path = disk.directory / ".capture_0123456789abcdef.tmp"
        asyncio.run(clip(path))
        pages = -(-path.stat().st_size // (4 * KIB))
        path.unlink()
        for missing in (3, 2, 1):
            disk.fill(leave=(pages - missing) * 4 * KIB)
            asyncio.run(error_of(path, StorageFull))
            path.unlink()
        disk.fill(leave=pages * 4 * KIB)
        asyncio.run(clip(path))
        assert len(decode(path)) == 20


@in_a_namespace
def test_a_disk_that_is_read_only_is_told_as_such(tmp_path: Path) -> None:
    with small_disk(tmp_path / "photos", read_only=True) as disk:
        asyncio.run(error_of(disk.directory / ".capture_0123456789abcdef.tmp", StorageReadOnly))


async def test_a_directory_that_goes_in_the_middle_is_told_as_such(path: Path) -> None:
    directory = path.parent / "photos"
    directory.mkdir()
    await error_of(directory / path.name, StorageMissing, lambda: shutil.rmtree(directory))


async def test_a_directory_that_is_gone_is_told_as_such(path: Path) -> None:
    await error_of(path.parent / "gone" / path.name, StorageMissing)


async def test_a_directory_that_is_not_ours_is_told_as_such(path: Path) -> None:
    with forbidden(path.parent):
        await error_of(path, StorageNotAllowed)


async def test_a_link_is_not_followed(path: Path) -> None:
    path.symlink_to("other")
    with pytest.raises(StorageFailed):
        await clip(path)
    assert [*path.parent.iterdir()] == [path]


async def test_a_clip_without_a_frame_is_none(path: Path) -> None:
    with pytest.raises(ClipEmpty):
        await clip(path, 0)
    writer = ClipWriter(path)
    writer.add(b"no frame", BEGAN)
    with pytest.raises(ClipEmpty):
        await writer.finish()
    assert clip_threads() == []


@pytest.mark.parametrize("size", [(49, 32), (48, 33)])
async def test_a_size_that_cannot_be_encoded_is_an_error(path: Path, size: tuple[int, int]) -> None:
    writer = ClipWriter(path)
    for number in range(3):
        writer.add(picture(*size), BEGAN + number)
    with pytest.raises(ClipNotMade) as raised:
        await writer.finish()
    assert raised.value.fields["text"]
    assert clip_threads() == []


async def test_without_the_library_the_error_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, clip_encoder.__name__, None)
    await error_of(path, ClipEncoderMissing)


@pytest.mark.parametrize("missing", ["libx264", "mjpeg"])
async def test_a_library_without_encoder_is_no_help(path: Path, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", av.codecs_available - {missing})
    await error_of(path, ClipEncoderMissing)
    assert not path.exists()


async def test_when_no_thread_can_be_had_the_clip_fails_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        writer = ClipWriter(path)
    writer.add(frame(1), BEGAN)
    assert writer.failed
    with pytest.raises(ClipNotMade):
        await writer.finish()
    await writer.abort()


async def test_a_mistake_of_ours_reaches_the_one_who_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def err(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(clip_encoder.ClipEncoder, "add", err)
    with pytest.raises(ZeroDivisionError):
        await clip(path)
    assert clip_threads() == []

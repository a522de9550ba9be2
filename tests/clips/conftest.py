"""Frames with numbers, and how clips are made of them and looked into."""

import asyncio
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path
import threading

import av
from av.video.frame import VideoFrame
from PIL import Image
import pytest

from custom_components.pi_security_camera.clip_writer import ClipMade, ClipWriter
from simulator import jpegs
from simulator.scene import Barcode, Look, Scene, View, read_barcode

SIZE = (640, 480)
# The clock does not begin with a clip. Seconds.
BEGAN = 5000.25


@cache
def scene(size: tuple[int, int]) -> Scene:
    """Return the whole hallway."""
    return Scene("imx708", size, View(0, 0, 1, 1), Look(), smooth=False)


@cache
def frame(number: int, size: tuple[int, int] = SIZE) -> bytes:
    """Return the frame of that number, as the camera sends it."""
    return jpegs.encode(scene(size).picture(Barcode(number, 1_760_000_000_000 + 100 * number)), 93)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A temporary file of the integration's; not made yet."""
    return tmp_path / ".capture_0123456789abcdef.tmp"


async def make_clip(path: Path, times: Iterable[float], until: float | None = None) -> ClipMade:
    """Make a clip of frames numbered from 1 that came at these moments, in seconds after the clip's begin."""
    writer = ClipWriter(path)
    for number, at in enumerate(times, 1):
        writer.add(frame(number), BEGAN + at)
        # As between the frames of a stream, the event loop goes on.
        await asyncio.sleep(0)
    return await writer.finish(None if until is None else BEGAN + until)


def decode(path: Path) -> list[VideoFrame]:
    """Return all pictures of a clip, as a player gets them."""
    with av.open(str(path)) as clip:
        return [*clip.decode(video=0)]


def number_of(picture: VideoFrame) -> int:
    """Return the number that a picture shows."""
    luma = picture.planes[0]
    file = BytesIO()
    Image.frombytes("L", (luma.line_size, luma.height), bytes(luma)).crop((0, 0, luma.width, luma.height)).save(
        file, "PNG"
    )
    return read_barcode(file.getvalue()).number


def clip_threads() -> list[threading.Thread]:
    """Return the threads that make clips."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("clip ")]

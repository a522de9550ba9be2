"""The thread behind a clip: it keeps nobody waiting, takes what it may, and ends."""

import asyncio
from collections.abc import Callable
import gc
from itertools import pairwise
import logging
import os
from pathlib import Path
import signal
import subprocess
import sys
import threading
import time

import av
import pytest

from custom_components.pi_security_camera.capture.backlog import TimedFrame
from custom_components.pi_security_camera.capture.errors import CaptureStopped
from custom_components.pi_security_camera.clip_encoder import ClipEncoder
from custom_components.pi_security_camera.clip_writer import ClipWriter
from custom_components.pi_security_camera.files import sweep

from .conftest import BEGAN, clip_threads, decode, frame, number_of
from .mp4 import read_movie

type Slow = Callable[[Callable[[], object]], None]

PROGRAM = """
import asyncio, itertools, sys
from pathlib import Path
from custom_components.pi_security_camera.clip_writer import ClipWriter
from tests.clips.conftest import frame

async def main():
    global writer
    writer = ClipWriter(Path(sys.argv[1]))
    {before}
    for number in itertools.count():
        writer.add(frame(number % 9), number / 10)
        if number == 30:
            print("running", flush=True)
            {then}
        await asyncio.sleep(0.001)

asyncio.run(main())
"""


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Let something happen in the thread before each frame."""

    def slow(wait: Callable[[], object]) -> None:
        add = ClipEncoder.add

        def add_later(self: ClipEncoder, frame: TimedFrame) -> bool:
            wait()
            return add(self, frame)

        monkeypatch.setattr(ClipEncoder, "add", add_later)

    return slow


async def until_no_thread() -> None:
    """Wait until no clip is being made."""
    async with asyncio.timeout(10):
        while clip_threads():
            await asyncio.sleep(0.01)


async def test_frames_beyond_the_encoders_pace_are_left_out_evenly_and_the_rest_keeps_its_time(
    path: Path, slow: Slow
) -> None:
    slow(lambda: time.sleep(0.01))
    most = 10 * len(frame(1))
    writer = ClipWriter(path, most)
    for number in range(200):
        writer.add(frame(number), BEGAN + number / 10)
        assert writer._inbox._backlog.used_bytes <= most
        await asyncio.sleep(0.002)
    made = await writer.finish(BEGAN + 20)
    assert made.frames + made.skipped == 200
    assert made.skipped >= 50
    numbers = [number_of(each) for each in decode(path)]
    assert read_movie(path).times == pytest.approx([number / 10 for number in numbers], abs=0.001)
    assert made.seconds == pytest.approx(20, abs=0.001)
    gaps = [after - before for before, after in pairwise(numbers)]
    assert max(gaps) <= 32


async def test_nobody_waits_for_an_encoder_that_stands_still(path: Path, slow: Slow) -> None:
    go = threading.Event()
    slow(go.wait)
    writer = ClipWriter(path, 1_000_000)
    began = time.monotonic()
    for number in range(1000):
        writer.add(frame(number % 9), BEGAN + number / 30)
    assert time.monotonic() - began < 1
    assert writer._inbox._backlog.used_bytes <= 1_000_000
    go.set()
    made = await writer.finish()
    assert made.frames + made.skipped == 1000
    assert made.seconds > 25


@pytest.mark.skipif(sys.platform != "linux", reason="a niceness of each thread's own is Linux' alone")
async def test_the_thread_is_nice_and_nobody_else_is(path: Path, slow: Slow) -> None:
    usual, seen = os.getpriority(os.PRIO_PROCESS, 0), list[int]()
    slow(lambda: seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
    writer = ClipWriter(path)
    writer.add(frame(1), BEGAN)
    await writer.finish()
    assert seen == [max(usual, 10)]
    assert os.getpriority(os.PRIO_PROCESS, 0) == usual


async def test_the_event_loop_goes_on_while_a_clip_is_made(path: Path) -> None:
    writer, longest = ClipWriter(path), 0.0
    for number in range(60):
        began = time.monotonic()
        writer.add(frame(number % 9), BEGAN + number / 30)
        await asyncio.sleep(0.005)
        longest = max(longest, time.monotonic() - began)
    await writer.finish()
    # Other programs run on this machine, too.
    assert longest < 0.25


def test_the_library_is_loaded_by_the_thread_alone() -> None:
    program = """
import sys
import custom_components.pi_security_camera.clip_writer
print("av" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603
    assert told.stdout == "False\n"


async def test_threads_and_files_are_let_go_of_however_a_clip_ends(path: Path) -> None:
    open_before = None
    for number in range(12):
        writer = ClipWriter(path if number % 4 else path.parent / "gone" / path.name)
        for each in range(3):
            writer.add(frame(each), BEGAN + each)
        if number % 3:
            await asyncio.gather(writer.finish(), return_exceptions=True)
        else:
            await writer.abort()
        assert clip_threads() == []
        open_now = len([*Path("/proc/self/fd").iterdir()])
        open_before = open_before or open_now
        assert open_now <= open_before


@pytest.mark.parametrize("frames", [0, 1, 2, 30])
@pytest.mark.parametrize("pause", [0, 0.001, 0.05, 0.3])
async def test_a_clip_may_be_aborted_at_any_moment(path: Path, frames: int, pause: float) -> None:
    writer = ClipWriter(path)
    for number in range(frames):
        writer.add(frame(number), BEGAN + number)
    await asyncio.sleep(pause)
    began = time.monotonic()
    await asyncio.gather(writer.abort(), writer.abort())
    assert time.monotonic() - began < 3
    assert clip_threads() == []
    writer.add(frame(1), BEGAN + 100)
    with pytest.raises(CaptureStopped):
        await writer.finish()
    await writer.abort()


async def test_who_waits_for_a_clip_hears_that_it_was_aborted(path: Path, slow: Slow) -> None:
    slow(lambda: time.sleep(0.05))
    writer = ClipWriter(path)
    for number in range(100):
        writer.add(frame(number % 9), BEGAN + number)
    waiting = asyncio.create_task(writer.finish())
    await asyncio.sleep(0.1)
    assert not writer.failed
    # Too late: it is not even counted.
    writer.add(frame(1), BEGAN + 100)
    await writer.abort()
    with pytest.raises(CaptureStopped):
        await waiting


async def test_when_nobody_waits_for_a_clip_any_more_it_ends(path: Path, slow: Slow) -> None:
    slow(lambda: time.sleep(0.05))
    writer = ClipWriter(path)
    for number in range(200):
        writer.add(frame(number % 9), BEGAN + number)
    waiting = asyncio.create_task(writer.finish())
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until_no_thread()


async def test_a_clip_that_was_forgotten_ends(path: Path) -> None:
    writer = ClipWriter(path)
    writer.add(frame(1), BEGAN)
    del writer
    gc.collect()
    await until_no_thread()


async def test_a_clip_may_be_finished_twice(path: Path) -> None:
    writer = ClipWriter(path)
    writer.add(frame(1), BEGAN)
    first = await writer.finish(BEGAN + 3)
    assert await writer.finish(BEGAN + 5) is first


def run(path: Path, before: str = "", then: str = "") -> subprocess.Popen[bytes]:
    """Start a program that makes a clip, and wait until it does."""
    program = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", PROGRAM.format(before=before or "pass", then=then or "pass"), str(path)],
        stdout=subprocess.PIPE,
    )
    assert program.stdout is not None
    with program.stdout as told:
        assert told.readline() == b"running\n"
    return program


def test_a_program_that_ends_waits_for_no_clip(path: Path) -> None:
    program = run(path, then="return")
    assert program.wait(10) == 0


def test_what_a_killed_program_leaves_is_swept_at_the_next_start(path: Path) -> None:
    program = run(path)
    program.send_signal(signal.SIGKILL)
    program.wait(10)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    sweep(path.parent)
    assert [*path.parent.iterdir()] == []


@pytest.mark.parametrize("frames", [3, 40])
async def test_the_librarys_log_tells_of_clips_and_not_of_frames(
    path: Path, frames: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # Home Assistant does so when a user asks it for the log of its streams.
    av.logging.set_level(av.logging.VERBOSE)
    try:
        writer = ClipWriter(path)
        for number in range(frames):
            writer.add(frame(number % 9), BEGAN + number / 10)
        await writer.finish()
    finally:
        av.logging.set_level(None)
    lines = [record for record in caplog.records if record.name.startswith("libav")]
    assert 0 < len(lines) < 30


async def test_usually_the_library_says_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = ClipWriter(path)
    writer.add(frame(1), BEGAN)
    writer.add(frame(1)[:-600] + frame(1)[-2:], BEGAN + 1)
    await writer.finish()
    assert [record for record in caplog.records if record.name.startswith("libav")] == []

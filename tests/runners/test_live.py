"""A camera that stays open: the simulated one's real processes, whose frames carry their number and time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
import os
from pathlib import Path
import time
from typing import cast

import pytest

from custom_components.pi_security_camera import live as live_module
from custom_components.pi_security_camera.camera_lock import CameraLock
from custom_components.pi_security_camera.capture.errors import (
    CameraBusy,
    CameraStalled,
    CaptureError,
    CaptureFault,
    PhotoWrongSize,
)
from custom_components.pi_security_camera.capture.jpeg import Size, read_size
from custom_components.pi_security_camera.capture.mjpeg import FrameSplitter
from custom_components.pi_security_camera.capture.rpicam import CameraSettings, ImageSettings
from custom_components.pi_security_camera.host import Host
from custom_components.pi_security_camera.live import LiveCamera, StreamSettings
from custom_components.pi_security_camera.runners import Stream
from custom_components.pi_security_camera.runners.local import LocalRunner
from simulator import Fault, RecordedRun, SimulatedHost, install
from simulator.scene import read_barcode

from .processes import running, until

CAMERA = "/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a"
SIZE = Size(320, 240)
SETTINGS = StreamSettings(
    camera_id=CAMERA,
    camera=CameraSettings(size=SIZE, rotation=0, quality=70, settle_time=1, full_view=True, image=ImageSettings()),
    framerate=20,
    keep=1,
    start_limit=3,
)


@pytest.fixture
def pi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimulatedHost:
    """This machine with a camera that starts at once."""
    host = install(tmp_path / "bin", cameras=("imx708",), start_delay=0)
    monkeypatch.setenv("PATH", f"{host.directory}:{os.environ['PATH']}")
    monkeypatch.setattr(live_module, "_FIRST_PAUSE", 0.1)
    return host


@pytest.fixture
def host(runner: LocalRunner) -> Host:
    """The machine that the camera is at."""
    return Host(runner)


@pytest.fixture
async def camera(host: Host, pi: SimulatedHost) -> AsyncGenerator[LiveCamera]:
    """A camera that is kept open for the test."""
    wanted: list[StreamSettings | None] = [SETTINGS]
    opened = LiveCamera(host, lambda: wanted[-1], asyncio.create_task, lambda: None)
    await opened.adjust()
    yield opened
    wanted.append(None)
    await opened.adjust()
    assert opened.settings is None
    assert not opened.streaming


async def first(camera: LiveCamera) -> None:
    """Wait for the first frame."""
    await until(lambda: camera.streaming)


async def test_the_next_frame_is_exposed_after_the_alert_and_costs_two_intervals_at_most(camera: LiveCamera) -> None:
    await first(camera)
    for _ in range(20):
        alert, wall = time.monotonic(), time.time() * 1000
        frame = await camera.next_frame(alert)
        assert frame
        assert read_barcode(frame.data).exposed_at >= int(wall)
        assert frame.began_at >= alert
        assert read_size(frame.data) == SIZE
        await asyncio.sleep(0.013)


async def test_frames_come_in_their_order_and_none_is_mixed_up(camera: LiveCamera) -> None:
    await first(camera)
    numbers: list[int] = []
    newest = 0
    while len(numbers) < 20:
        frame = await camera.newer_frame(newest)
        assert frame
        newest = frame.number
        numbers.append(read_barcode(frame.data).number)
    assert numbers == sorted(set(numbers))


async def test_what_came_before_is_at_hand_and_no_more_than_asked_for(camera: LiveCamera) -> None:
    await first(camera)
    await asyncio.sleep(1.6)
    frames = camera.frames_since(0, 0)
    assert 10 <= len(frames) <= 22
    assert frames[-1].received_at - frames[0].received_at <= SETTINGS.keep


@pytest.mark.parametrize("fault", [Fault.CUT_FRAME, Fault.GARBAGE])
async def test_a_spoilt_frame_costs_no_other(camera: LiveCamera, pi: SimulatedHost, fault: Fault) -> None:
    await first(camera)
    pi.set(fault=fault)
    await asyncio.sleep(0.5)
    frame = await camera.next_frame(time.monotonic())
    assert frame
    assert camera.restarts == 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.STALL, CameraStalled),
        (Fault.CRASH, CaptureError),
        (Fault.BUSY, CameraBusy),
        (Fault.WRONG_SIZE, PhotoWrongSize),
    ],
)
async def test_a_stream_that_ends_is_begun_again_and_nobody_waits_for_ever(
    camera: LiveCamera, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch, fault: Fault, error: type[CaptureError]
) -> None:
    monkeypatch.setattr(live_module, "_SILENCE", 0.4)
    monkeypatch.setattr(live_module, "_INTERVALS", 4)
    pi.set(fault=fault)
    await until(lambda: camera.restarts > 0)
    assert isinstance(camera.error, error)
    assert await camera.next_frame(time.monotonic()) is None
    pi.set(fault=Fault.NONE)
    await first(camera)
    assert await camera.next_frame(time.monotonic())


async def test_what_the_program_said_of_a_stall_can_be_read_afterwards(
    camera: LiveCamera, host: Host, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what the diagnostics show."""
    monkeypatch.setattr(live_module, "_SILENCE", 3)
    await first(camera)
    pi.set(fault=Fault.STALL)
    await until(lambda: camera.restarts > 0)
    assert "timed out" in host.last_stderr


async def test_whoever_takes_a_photo_with_an_open_camera_gets_it_and_the_stream_goes_on(
    camera: LiveCamera, pi: SimulatedHost, runner: LocalRunner
) -> None:
    """Libcamera lends a camera to one process: a dialog's test photo has to come through all the same."""
    await first(camera)
    completed = await Host(runner).take(CAMERA, SETTINGS.camera, 5)
    assert read_size(completed.stdout) == SIZE
    await first(camera)
    assert await camera.next_frame(time.monotonic())
    assert (camera.restarts, camera.failures) == (0, 0)


async def test_photos_and_streams_that_want_a_camera_at_once_all_have_their_turn(
    camera: LiveCamera, pi: SimulatedHost, runner: LocalRunner
) -> None:
    for _ in range(3):
        photos = await asyncio.gather(*(Host(runner).take(CAMERA, SETTINGS.camera, 5) for _ in range(3)))
        assert all(read_size(photo.stdout) == SIZE for photo in photos)
    await first(camera)
    assert camera.failures == 0


async def test_failures_in_a_row_are_over_when_a_stream_lasts(
    camera: LiveCamera, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "_GOOD", 0.5)
    await first(camera)
    pi.set(fault=Fault.CRASH)
    await until(lambda: camera.failures >= 2)
    pi.set(fault=Fault.NONE)
    await until(lambda: camera.streaming)
    assert camera.failures
    await until(lambda: not camera.failures)
    assert camera.restarts >= 2


async def test_who_says_that_the_camera_works_need_not_wait_for_the_end_of_the_pause(
    camera: LiveCamera, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "_FIRST_PAUSE", 60)
    await first(camera)
    pi.set(fault=Fault.CRASH, fault_runs=1)
    await until(lambda: camera.restarts == 1)
    await asyncio.sleep(0.2)
    assert not camera.streaming
    camera.retry()
    await first(camera)


async def test_an_old_stream_is_begun_anew_at_a_quiet_moment_and_that_is_no_failure(
    camera: LiveCamera, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "_OLD", 1.0)
    monkeypatch.setattr(live_module, "_QUIET", 0.5)
    await first(camera)
    (run,) = streams(pi)
    until_then = time.monotonic() + 1.4
    while time.monotonic() < until_then:
        assert await camera.next_frame(time.monotonic())
    assert streams(pi) == [run]
    await until(lambda: len(streams(pi)) > 1)
    await first(camera)
    assert (camera.restarts, camera.failures) == (0, 0)


async def test_one_that_never_has_a_quiet_moment_is_begun_anew_all_the_same(
    camera: LiveCamera, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "_OLD", 0.5)
    await first(camera)
    async with asyncio.timeout(10):
        while len(streams(pi)) == 1:
            assert await camera.next_frame(time.monotonic())


async def test_what_goes_wrong_in_a_way_that_nobody_foresaw_is_logged_and_the_stream_comes_back(
    camera: LiveCamera, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await first(camera)
    with monkeypatch.context() as broken:
        broken.setattr(FrameSplitter, "feed", lambda *_: 1 / 0)
        await until(lambda: camera.restarts == 1)
    assert isinstance(camera.error, CaptureFault)
    assert "nobody foresaw" in caplog.text
    await first(camera)


async def test_nothing_is_streamed_that_is_not_wanted_any_more(runner: LocalRunner, pi: SimulatedHost) -> None:
    wanted: list[StreamSettings | None] = [SETTINGS]
    camera = LiveCamera(Host(runner), lambda: wanted[-1], asyncio.create_task, lambda: None)
    await camera.adjust()
    await first(camera)
    waiting = asyncio.create_task(camera.next_frame(time.monotonic() + 60))
    slower = replace(SETTINGS, framerate=5)
    wanted.append(slower)
    await camera.adjust()
    assert camera.settings == slower
    await first(camera)
    wanted.append(None)
    await camera.adjust()
    assert await waiting is None
    assert [run for run in streams(pi) if running(run.pid)] == []
    assert [run.argv[run.argv.index("--framerate") + 1] for run in streams(pi)] == ["20", "5"]
    assert camera.newest is None
    assert await camera.newer_frame(0) is None


def streams(pi: SimulatedHost) -> list[RecordedRun]:
    """Return the streams that were begun."""
    return pi.runs("rpicam-vid")


async def test_pictures_of_another_size_are_told_by_the_first_one(runner: LocalRunner, pi: SimulatedHost) -> None:
    """Not only when the time for the start is over: alerts wait for the first frame."""
    pi.set(fault=Fault.WRONG_SIZE)
    wanted: list[StreamSettings | None] = [replace(SETTINGS, start_limit=60)]
    camera = LiveCamera(Host(runner), lambda: wanted[-1], asyncio.create_task, lambda: None)
    await camera.adjust()
    await until(lambda: camera.restarts > 0)
    assert isinstance(camera.error, PhotoWrongSize)
    wanted.append(None)
    await camera.adjust()


@pytest.mark.parametrize(
    ("meanwhile", "at_last"), [(None, None), (replace(SETTINGS, framerate=10), SETTINGS)], ids=["closed", "changed"]
)
async def test_who_is_cancelled_while_the_camera_is_closed_leaves_it_as_it_is_wanted(
    runner: LocalRunner, pi: SimulatedHost, meanwhile: StreamSettings | None, at_last: StreamSettings | None
) -> None:
    wanted: list[StreamSettings | None] = [SETTINGS]
    camera = LiveCamera(Host(runner), lambda: wanted[-1], asyncio.create_task, lambda: None)
    await camera.adjust()
    await first(camera)
    wanted.append(meanwhile)
    adjusting = asyncio.create_task(camera.adjust())
    await asyncio.sleep(0.01)
    adjusting.cancel()
    wanted.append(at_last)
    await camera.adjust()
    assert adjusting.cancelled()
    assert camera.settings == at_last
    if at_last:
        await first(camera)
    assert len([run for run in pi.runs("rpicam-vid") if running(run.pid)]) == bool(at_last)
    wanted.append(None)
    await camera.adjust()


class OnlyTurns(Host):
    """A host whose streams have no frames and are stopped when `gate` is set; only their turns are real."""

    def __init__(self, gate: asyncio.Event) -> None:
        self.lock, self.gate, self.begun = CameraLock(), gate, 0

    @asynccontextmanager
    async def stream(self, *_: object) -> AsyncIterator[Stream]:
        """Be streaming until somebody takes a photo."""
        self.begun += 1
        if self.begun > 1000:
            message = "the event loop does nothing else any more"
            raise RuntimeError(message)
        async with self.lock.keep():
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.wait([asyncio.ensure_future(self.gate.wait())])
        yield cast("Stream", None)


@pytest.mark.parametrize("steps", range(8))
async def test_who_gives_up_a_photo_just_when_the_camera_is_given_back_does_not_stop_the_world(steps: int) -> None:
    gate = asyncio.Event()
    host = OnlyTurns(gate)
    wanted: list[StreamSettings | None] = [SETTINGS]
    camera = LiveCamera(host, lambda: wanted[-1], asyncio.create_task, lambda: None)
    await camera.adjust()
    await asyncio.sleep(0.01)
    photo = asyncio.create_task(take(host.lock))
    await asyncio.sleep(0.01)
    gate.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    photo.cancel()
    await asyncio.sleep(0.05)
    assert host.begun < 10
    wanted.append(None)
    await camera.adjust()


async def take(lock: CameraLock) -> None:
    """Take a photo."""
    async with lock.use():
        pass

"""The line of captures: one at a time, whoever asked gets an answer, and nothing wedges it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
import logging
import time

import pytest

from custom_components.pi_security_camera.capture.errors import (
    CameraBusy,
    CaptureDisarmed,
    CaptureError,
    CaptureFault,
    CaptureStopped,
)
from custom_components.pi_security_camera.capture.photo import Cause, Photo
from custom_components.pi_security_camera.capture.queue import Place, Request
from custom_components.pi_security_camera.line import CaptureLine

from .processes import until


def alert(value: float = 0, *, count: int = 1, interval: float = 0) -> Request:
    """Return what an alert asks for."""
    return Request(Cause("hall", "t", value), time.monotonic(), motion=True, count=count, interval=interval)


def wish(*, count: int = 1, interval: float = 0) -> Request:
    """Return what a press of the button asks for."""
    return Request(Cause("button"), time.monotonic(), motion=False, count=count, interval=interval)


def start(serving: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """Start a task as Home Assistant does: it runs to its first pause at once."""
    return asyncio.Task(serving, loop=asyncio.get_running_loop(), eager_start=True)


@dataclass
class Camera:
    """Serves requests as the coordinator does; each of `planned` is what a capture does instead."""

    seconds: float = 0.02
    planned: list[Exception | Callable[[], None]] = field(default_factory=list)
    keeps_when_cancelled: bool = False
    served: list[Request] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    ends: list[CaptureError] = field(default_factory=list)
    busy: bool = False
    line: CaptureLine = field(init=False)

    def __post_init__(self) -> None:
        self.line = CaptureLine(self.serve, start)

    async def serve(self, request: Request) -> Photo:
        """Take a photo; fails the test when another is being taken."""
        assert not self.busy
        self.busy = True
        self.served.append(request)
        self.began.append(time.monotonic())
        plan = self.planned.pop(0) if self.planned else None
        try:
            if self.seconds:
                await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            if not self.keeps_when_cancelled:
                self.ends.append(self.line.cause_of_end)
                raise self.line.cause_of_end from None
        finally:
            self.busy = False
        if isinstance(plan, Exception):
            raise plan
        if plan:
            plan()
        number = len(self.photos) + 1
        self.photos.append(Photo(f"capture_20260213_142530_{number}.jpg", datetime.now(UTC), number, 5))
        return self.photos[-1]

    @property
    def values(self) -> list[float | None]:
        """The alerts that led a capture, None for a press."""
        return [request.cause.value for request in self.served]

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return self.line._queue.running is None and self.line._queue.waiting is None


@pytest.fixture
async def camera() -> AsyncGenerator[Camera]:
    """A camera; after the test it is idle, and takes a photo still."""
    camera = Camera()
    yield camera
    await until(lambda: camera.idle)
    assert camera.line._pause is None
    camera.seconds, camera.planned = 0.001, []
    assert len(await asyncio.wait_for(camera.line.wait_for(wish()), 5)) == 1


async def test_an_alert_is_served_at_once(camera: Camera) -> None:
    assert camera.line.submit(alert(1)) is Place.START
    assert camera.busy
    await until(lambda: camera.idle)
    assert camera.values == [1]


async def test_captures_never_overlap_and_a_storm_costs_one_photo_after_its_end(camera: Camera) -> None:
    places = [camera.line.submit(alert(value)) for value in range(100)]
    assert places == [Place.START, Place.WAIT, *[Place.JOINED] * 98]
    await until(lambda: camera.idle)
    assert camera.values == [0, 1]
    assert camera.served[1].coalesced == 98


async def test_who_waits_gets_the_photos_in_their_order_and_at_their_pace(camera: Camera) -> None:
    photos = await camera.line.wait_for(wish(count=3, interval=0.1))
    assert photos == tuple(camera.photos)
    starts = [later - earlier for earlier, later in zip(camera.began, camera.began[1:], strict=False)]
    assert len(starts) == 2
    assert all(0.099 < pause < 5 for pause in starts)
    assert [request.told for request in camera.served] == [False, True, True]


async def test_a_burst_whose_photos_take_longer_than_its_interval_does_not_pause(camera: Camera) -> None:
    assert len(await camera.line.wait_for(wish(count=3, interval=0.001))) == 3
    assert camera.line._pause is None


async def test_each_who_waits_gets_as_many_photos_as_asked_for(camera: Camera) -> None:
    counts = [1, 4, 2, 3]
    answers = await asyncio.gather(*(camera.line.wait_for(wish(count=count)) for count in counts))
    assert [len(photos) for photos in answers] == counts
    # The first runs alone, the others share.
    assert len(camera.photos) == 5
    assert answers[2] == answers[1][:2]


async def test_an_alert_in_the_pause_of_a_burst_is_served_at_once_and_the_burst_goes_on(camera: Camera) -> None:
    waiting = asyncio.create_task(camera.line.wait_for(wish(count=3, interval=1)))
    await until(lambda: len(camera.photos) == 1 and not camera.busy)
    assert camera.line.submit(alert(7)) is Place.START
    assert camera.busy
    assert len(await waiting) == 3
    assert camera.values == [None, 7, 7]
    assert camera.began[2] - camera.began[1] >= 0.999


async def test_a_burst_in_its_pause_costs_no_task(camera: Camera) -> None:
    camera.line.submit(alert(count=2, interval=60))
    await until(lambda: camera.line._pause)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    camera.line.drop_waiting(CaptureStopped(), spare_awaited=False)


async def test_a_failure_reaches_all_who_wait_for_that_capture_and_no_other(camera: Camera) -> None:
    error = CameraBusy()
    camera.planned = [lambda: None, error]
    first = asyncio.create_task(camera.line.wait_for(wish()))
    await asyncio.sleep(0)
    others = await asyncio.gather(
        *(camera.line.wait_for(wish(count=count)) for count in (1, 3)), return_exceptions=True
    )
    assert others == [error, error]
    assert len(await first) == 1


async def test_a_burst_ends_with_its_first_failure(camera: Camera) -> None:
    camera.planned = [lambda: None, CameraBusy()]
    with pytest.raises(CameraBusy):
        await camera.line.wait_for(wish(count=5))
    await until(lambda: camera.idle)
    assert len(camera.served) == 2


async def test_a_mistake_nobody_foresaw_is_logged_and_the_next_is_served(
    camera: Camera, caplog: pytest.LogCaptureFixture
) -> None:
    camera.planned = [ZeroDivisionError("a mistake of ours")]
    first = asyncio.create_task(camera.line.wait_for(wish()))
    await asyncio.sleep(0)
    assert len(await camera.line.wait_for(wish())) == 1
    with pytest.raises(CaptureFault):
        await first
    (record,) = (record for record in caplog.records if record.levelno == logging.ERROR)
    assert record.exc_info
    assert record.exc_info[0] is ZeroDivisionError


@pytest.mark.parametrize("error", [CameraBusy(), ZeroDivisionError(), None])
async def test_a_capture_that_ends_without_a_pause_does_no_harm(camera: Camera, error: Exception | None) -> None:
    camera.seconds = 0
    camera.planned = [error] if error else []
    with suppress(CameraBusy, CaptureFault):
        assert len(await camera.line.wait_for(wish(count=3))) == 3
    assert camera.idle


async def test_who_asks_while_a_capture_that_never_paused_is_told_of_can_be_stopped(camera: Camera) -> None:
    """An automation on the failure's event asks at once for another: its capture is the running one then."""

    def ask() -> None:
        camera.seconds = 30
        camera.line.submit(alert(2))
        raise CameraBusy

    camera.seconds, camera.planned = 0, [ask]
    camera.line.submit(alert(1))
    assert camera.values == [1, 2]
    await camera.line.end_running(CaptureStopped(), spare_awaited=False)
    assert not camera.busy
    assert len(camera.ends) == 1


async def test_who_gives_up_waiting_disturbs_nobody(camera: Camera) -> None:
    impatient, patient = (asyncio.create_task(camera.line.wait_for(wish(count=2))) for _ in range(2))
    await until(lambda: camera.busy)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert len(await patient) == 2


async def test_who_gives_up_before_a_failure_misses_nothing(camera: Camera) -> None:
    camera.planned = [CameraBusy()]
    waiting = asyncio.create_task(camera.line.wait_for(wish()))
    await until(lambda: camera.busy)
    waiting.cancel()
    await until(lambda: camera.idle)
    assert waiting.cancelled()


async def test_a_running_capture_is_ended_for_the_reason_given(camera: Camera) -> None:
    error = CaptureDisarmed()
    camera.seconds = 30
    waiting = asyncio.create_task(camera.line.wait_for(wish(count=2)))
    await until(lambda: camera.busy)
    await camera.line.end_running(error, spare_awaited=False)
    assert not camera.busy
    with pytest.raises(CaptureDisarmed):
        await waiting
    assert camera.ends == [error]


async def test_a_capture_can_be_ended_in_the_moment_of_its_start(camera: Camera) -> None:
    camera.seconds = 30
    camera.line.submit(alert())
    await camera.line.end_running(CaptureDisarmed(), spare_awaited=True)
    assert (len(camera.ends), camera.idle) == (1, True)


async def test_a_line_in_which_nothing_runs_has_nothing_to_end(camera: Camera) -> None:
    await camera.line.end_running(CaptureDisarmed(), spare_awaited=False)
    assert camera.line.drop_waiting(CaptureDisarmed(), spare_awaited=False) is None
    camera.line.submit(alert())
    await until(lambda: camera.idle)
    await camera.line.end_running(CaptureDisarmed(), spare_awaited=False)
    assert camera.ends == []


async def test_the_cause_of_an_end_is_fresh_for_each_capture(camera: Camera) -> None:
    """Home Assistant itself may cancel a later one: that one was not disarmed."""
    camera.seconds = 30
    camera.line.submit(alert(1))
    camera.line.submit(alert(2))
    await camera.line.end_running(CaptureDisarmed(), spare_awaited=False)
    await until(lambda: camera.busy)
    assert camera.line._serving is not None
    camera.line._serving.cancel()
    await until(lambda: camera.idle)
    assert [type(end) for end in camera.ends] == [CaptureDisarmed, CaptureStopped]


async def test_what_waits_begins_when_what_runs_is_ended(camera: Camera) -> None:
    camera.seconds = 30
    camera.line.submit(alert(1))
    waiting = asyncio.create_task(camera.line.wait_for(wish()))
    await asyncio.sleep(0)
    camera.seconds = 0.02
    await camera.line.end_running(CaptureDisarmed(), spare_awaited=True)
    assert camera.busy
    assert len(await waiting) == 1


async def test_a_capture_that_somebody_waits_for_is_spared(camera: Camera) -> None:
    waiting = asyncio.create_task(camera.line.wait_for(wish(count=2, interval=1)))
    await until(lambda: camera.busy)
    await camera.line.end_running(CaptureDisarmed(), spare_awaited=True)
    await until(lambda: camera.line._pause)
    assert camera.line.drop_waiting(CaptureDisarmed(), spare_awaited=True) is None
    assert len(await waiting) == 2


async def test_a_capture_gets_its_grace_to_arrive(camera: Camera) -> None:
    camera.line.submit(alert())
    await camera.line.end_running(CaptureStopped(), spare_awaited=False, grace=5)
    assert (len(camera.photos), camera.ends) == (1, [])


async def test_a_capture_that_does_not_arrive_in_its_grace_is_ended(camera: Camera) -> None:
    camera.seconds = 30
    camera.line.submit(alert())
    began = time.monotonic()
    await camera.line.end_running(CaptureStopped(), spare_awaited=False, grace=0.1)
    assert 0.09 < time.monotonic() - began < 5
    assert (camera.photos, len(camera.ends)) == ([], 1)


@pytest.mark.parametrize("grace", [0, 5])
@pytest.mark.parametrize("interval", [0, 0.05, 60])
async def test_of_a_burst_that_is_ended_the_photo_in_hand_is_the_last(
    camera: Camera, grace: float, interval: float
) -> None:
    """It was saved though cancelled, or came in its grace; the rest went on after disarming, and after unloading."""
    camera.keeps_when_cancelled = True
    waiting = asyncio.create_task(camera.line.wait_for(wish(count=3, interval=interval)))
    await until(lambda: camera.busy)
    await camera.line.end_running(CaptureStopped(), spare_awaited=False, grace=grace)
    assert camera.idle
    with pytest.raises(CaptureStopped):
        await waiting
    await asyncio.sleep(0.1)
    assert len(camera.served) == len(camera.photos) == 1


async def test_who_got_all_photos_before_the_end_keeps_them(camera: Camera) -> None:
    camera.keeps_when_cancelled = True
    waiting = asyncio.create_task(camera.line.wait_for(wish()))
    await until(lambda: camera.busy)
    await camera.line.end_running(CaptureStopped(), spare_awaited=False)
    assert await waiting == tuple(camera.photos)


async def test_being_cancelled_while_a_capture_ends_does_not_wedge_the_line(camera: Camera) -> None:
    camera.seconds = 30
    camera.line.submit(alert())
    ending = asyncio.create_task(camera.line.end_running(CaptureStopped(), spare_awaited=False, grace=30))
    await asyncio.sleep(0.02)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert camera.busy
    await camera.line.end_running(CaptureStopped(), spare_awaited=False)
    assert camera.idle


async def test_what_waits_can_be_dropped(camera: Camera) -> None:
    error = CaptureStopped()
    camera.line.submit(alert(1))
    camera.line.submit(alert(2))
    waiting = asyncio.create_task(camera.line.wait_for(wish()))
    await asyncio.sleep(0)
    dropped = camera.line.drop_waiting(error, spare_awaited=False)
    assert dropped is not None
    assert dropped.cause.value == 2
    with pytest.raises(CaptureStopped):
        await waiting
    await until(lambda: camera.idle)
    assert camera.values == [1]


async def test_the_rest_of_a_burst_can_be_dropped_in_its_pause(camera: Camera) -> None:
    camera.line.submit(alert(1, count=2, interval=60))
    await until(lambda: camera.line._pause)
    pause = camera.line._pause
    dropped = camera.line.drop_waiting(CaptureDisarmed(), spare_awaited=True)
    assert dropped is not None
    assert dropped.told
    assert camera.idle
    assert pause is not None
    assert pause.cancelled()


async def test_cancelling_at_any_moment_leaves_nobody_waiting(camera: Camera) -> None:
    """Disarmed, stopped, given up, at any step of the event loop: everybody has an answer, and the line goes on."""
    camera.seconds = 0.001
    for moment in range(40):
        camera.keeps_when_cancelled = bool(moment % 2)
        tasks = [asyncio.create_task(camera.line.wait_for(wish(count=3, interval=0.002))) for _ in range(3)]
        for step in range(moment):
            await asyncio.sleep(0.001 if step % 4 == 0 else 0)
        tasks[moment % 3].cancel()
        camera.line.drop_waiting(CaptureStopped(), spare_awaited=moment % 5 == 0)
        await camera.line.end_running(CaptureStopped(), spare_awaited=moment % 7 == 0)
        for answer in await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5):
            assert isinstance(answer, CaptureStopped | asyncio.CancelledError) or len(answer) == 3  # type: ignore[arg-type]
        await until(lambda: camera.idle)

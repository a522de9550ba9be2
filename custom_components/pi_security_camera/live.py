"""A camera that is kept open: its newest frames are at hand, and the next one is never far. No Home Assistant here."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
import time

from .camera_lock import CameraWanted
from .capture.command import Completed
from .capture.errors import CameraStalled, CaptureError, CaptureFault, PhotoWrongSize
from .capture.frames import Frame, FrameRing
from .capture.mjpeg import FrameSplitter
from .capture.pace import Pace
from .capture.rpicam import CameraSettings
from .const import LOGGER
from .host import Host
from .runners import Stream

# The largest photo of the largest sensor stays below at any quality that makes sense for a stream. Bytes.
_LARGEST = 32 * 1024 * 1024
# What the seconds before an alert may take in memory, whatever the camera sends. Bytes.
_MOST_BYTES = 64 * 1024 * 1024
# Without a frame for so long, and so many intervals, something is wrong. Seconds.
_SILENCE = 5.0
_INTERVALS = 10
# Pauses before the stream is started again: doubled from the first to the last. Seconds.
_FIRST_PAUSE = 1.0
_LAST_PAUSE = 60.0
# A stream that has lasted so long was a good one: the pauses begin anew, and failures before it are over. Seconds.
_GOOD = 60.0
# The programs have been seen to take more and more memory: once a day the stream is begun anew, when nobody has asked
# for a frame for some minutes; if there is no such moment, a day later at any. Seconds.
_OLD = 86_400.0
_QUIET = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """What is streamed, frames a second, how many seconds of them are kept, and how long the first may take."""

    camera_id: str
    camera: CameraSettings
    framerate: float
    keep: float
    start_limit: float


class LiveCamera:
    """One camera's stream, kept up as long as it is wanted.

    `wanted` returns what is to be streamed now, None for nothing; `start` makes a task. `changed` is called when frames
    begin to come, when a stream ends, and when failures are over.
    """

    def __init__(
        self,
        host: Host,
        wanted: Callable[[], StreamSettings | None],
        start: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
        changed: Callable[[], None],
    ) -> None:
        self._host = host
        self._wanted = wanted
        self._start = start
        self._changed = changed
        self._adjusting = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._again = asyncio.Event()
        self._starting = False
        self._began = 0.0
        self._asked_at = 0.0
        self._ring = FrameRing(0, _MOST_BYTES)
        self.settings: StreamSettings | None = None
        """What is streamed, or tried to; None when nothing is."""
        self.streaming = False
        """Whether frames are coming."""
        self.error: CaptureError | None = None
        """Why the last stream failed; None before the first failure."""
        self.failures = 0
        """How many streams have failed in a row."""
        self.restarts = 0
        """How many streams have failed."""
        self.frames = 0
        """How many frames have come; the newest one's number."""
        self.dropped = 0
        """How many frames were cut, too large or none."""

    @property
    def wanted(self) -> bool:
        """Whether anything is to be streamed: if no frames come now, there will be some."""
        return self._wanted() is not None

    async def adjust(self) -> None:
        """Have streamed what is wanted now; when this returns, nothing else is."""
        if self._wanted() != self.settings or self._adjusting.locked():
            # Who is cancelled here leaves no half of it to those who come after.
            await asyncio.shield(self._start(self._adjust()))

    async def _adjust(self) -> None:
        async with self._adjusting:
            if self._wanted() == self.settings:
                return
            await self._close()
            # It may have changed again meanwhile.
            self.settings = wanted = self._wanted()
            if wanted:
                self._ring = FrameRing(wanted.keep, _MOST_BYTES)
                self._task = self._start(self._run(wanted))

    def retry(self) -> None:
        """Try again at once, if that waits: whatever kept the stream from starting may be over."""
        self._again.set()

    @property
    def newest(self) -> Frame | None:
        """The newest frame; None while none are coming."""
        return self._ring.newest

    async def next_frame(self, after: float) -> Frame | None:
        """Return the first frame that began after a moment (seconds, monotonic); None when no more are coming."""
        self._asked_at = time.monotonic()
        while self.streaming or self._starting:
            frame = next((frame for frame in self._ring.since(after) if frame.began_at >= after), None)
            if frame:
                return frame
            await self.arrival()
        return None

    def frames_since(self, moment: float, number: int) -> list[Frame]:
        """Return the frames at hand that came since a moment (seconds, monotonic) and after the frame of a number."""
        self._asked_at = time.monotonic()
        return [frame for frame in self._ring.since(moment) if frame.number > number]

    async def newer_frame(self, number: int) -> Frame | None:
        """Return the newest frame once it is newer than that of this number; None when no more are coming."""
        while self.streaming:
            newest = self._ring.newest
            if newest and newest.number > number:
                return newest
            await self.arrival()
        return None

    async def arrival(self) -> None:
        """Wait until a frame comes, or a stream ends."""
        await asyncio.shield(self._arrival)

    async def arrival_until(self, moment: float) -> None:
        """Wait as `arrival` does, no longer than until a moment (seconds, monotonic)."""
        # The clocks of the loop and of the frames are the same.
        with suppress(TimeoutError):
            async with asyncio.timeout_at(moment):
                await self.arrival()

    async def _close(self) -> None:
        task, self._task, self.settings = self._task, None, None
        if task:
            task.cancel()
            # At once: its frames may be of another size than what is wanted now.
            self._end()
            await asyncio.wait([task])
        self.failures = 0
        self._changed()

    async def _run(self, settings: StreamSettings) -> None:
        """Stream until this is cancelled, starting again after each end, with growing pauses after failures."""
        pause = _FIRST_PAUSE
        while True:
            self._again.clear()
            try:
                await self._stream(settings)
            except CameraWanted:
                # The photo goes first: its turn comes before the next of ours, also to say that it is not wanted.
                await asyncio.sleep(0)
                continue
            except CaptureError as error:
                self.error = error
            except Exception:  # noqa: BLE001 - logged; there will be frames again all the same
                LOGGER.exception("A stream failed in a way that nobody foresaw")
                self.error = CaptureFault()
            finally:
                self._end()
            if self.failures == 0:
                pause = _FIRST_PAUSE
            self.failures += 1
            self.restarts += 1
            self._changed()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._again.wait()
            pause = min(2 * pause, _LAST_PAUSE)

    async def _stream(self, settings: StreamSettings) -> None:
        """Stream until it is time to begin anew. Raises CaptureError for any other end, and CameraWanted."""
        while True:
            self._starting = True
            async with self._host.stream(settings.camera_id, settings.camera, settings.framerate) as stream:
                self._began = time.monotonic()
                ended = await self._read(stream, settings)
            if ended:
                raise self._host.error_of(Completed(stream.exit_status or 0, b"", stream.stderr))
            self._end()

    async def _read(self, stream: Stream, settings: StreamSettings) -> bool:
        """Take in what comes, without ever letting the camera wait, until it ends: True, or is old: False.

        Raises CameraStalled when nothing comes any more, PhotoWrongSize when the first frame says so, and
        HostConnectionLost.
        """
        splitter = FrameSplitter(settings.camera.size, _LARGEST)
        began, dropped = time.monotonic(), self.dropped
        pace = Pace(began, 1 / settings.framerate, stream.most_waiting)
        limit = max(_SILENCE, _INTERVALS / settings.framerate)
        try:
            async with asyncio.timeout(settings.start_limit) as silence:
                async for chunk in stream.chunks():
                    frames = splitter.feed(chunk)
                    now = time.monotonic()
                    for data in frames:
                        self._take(data, began, now)
                        began = pace.due(now, len(data))
                    self.dropped = dropped + splitter.dropped
                    if splitter.other_size and not self.streaming:
                        raise PhotoWrongSize(got=str(splitter.other_size), wanted=str(settings.camera.size))
                    if frames:
                        silence.reschedule(asyncio.get_running_loop().time() + limit)
                        if self._is_old(now):
                            return False
        except TimeoutError:
            raise CameraStalled from None
        return True

    def _take(self, data: bytes, began: float, now: float) -> None:
        self.frames += 1
        self._ring.add(Frame(data, began, now, self.frames))
        if not self.streaming:
            self._starting, self.streaming = False, True
            self._changed()
        if self.failures and now - self._began >= _GOOD:
            self.failures = 0
            self._changed()
        self._wake()

    def _is_old(self, now: float) -> bool:
        age = now - self._began
        return age >= 2 * _OLD or (age >= _OLD and now - self._asked_at >= _QUIET)

    def _end(self) -> None:
        """No more frames come: those who wait are told, and old ones are none of the next stream's."""
        self._starting = self.streaming = False
        self._ring.clear()
        self._wake()

    def _wake(self) -> None:
        arrival, self._arrival = self._arrival, asyncio.get_running_loop().create_future()
        arrival.set_result(None)

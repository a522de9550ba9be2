"""A camera's clips: what an alert begins, further alerts make longer, and what is kept like a photo at last."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
import time

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .capture.clip import ClipSettings, ClipSpan
from .capture.errors import CameraStalled, CaptureError, CaptureFault, CaptureStopped
from .capture.photo import Cause, Photo
from .clip_writer import ClipMade, ClipWriter
from .const import ABORT_LIMIT, ENCODER_LIMIT, LOGGER
from .live import LiveCamera
from .storage import Storage, finish, in_time


@dataclass(slots=True)
class _Recording:
    """A clip that is being recorded: its span, the alert that leads it, and when that came; in seconds, monotonic."""

    settings: ClipSettings
    cause: Cause
    alert: float
    span: ClipSpan
    alerts: int = 1
    late: tuple[Cause, float] | None = None
    """The last alert that the limit cut, and when it came: another clip goes on with it."""
    cut: CaptureError | None = None
    """Why it was ended before its time."""
    photo: Photo | None = None
    """The first photo of its alerts."""


@dataclass(frozen=True, slots=True)
class SavedClip:
    """A clip in the archive: its file, its cause, what it is made of, how many alerts it shows, their first photo."""

    file: Photo
    cause: Cause
    made: ClipMade
    alerts: int
    photo: Photo | None


class ClipRecorder:
    """The clips of one camera.

    `start` makes a task. `make_room` runs in the executor before a clip is begun, and raises StorageError. `changed` is
    called when a recording begins and ends, `saved` with each clip, `failed` with the cause and the reason of one that
    came to nothing.
    """

    def __init__(
        self,
        start: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
        storage: Storage,
        live: LiveCamera,
        *,
        make_room: Callable[[], None],
        changed: Callable[[], None],
        saved: Callable[[SavedClip], None],
        failed: Callable[[Cause, CaptureError], None],
    ) -> None:
        self._start = start
        self._storage = storage
        self._live = live
        self._make_room = make_room
        self._changed = changed
        self._saved = saved
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()
        self._recording: _Recording | None = None

    @property
    def recording(self) -> bool:
        """Whether a clip is being recorded."""
        return self._recording is not None

    @callback
    def alert(self, cause: Cause, at: float, settings: ClipSettings) -> None:
        """Begin a clip for an alert that came at a moment (seconds, monotonic), or make the running one longer."""
        recording = self._recording
        if recording is None:
            span = ClipSpan.around(at, settings.pre_roll, settings.post_roll)
            self._begin(_Recording(settings, cause, at, span))
            return
        recording.alerts += 1
        recording.span = recording.span.until(at + settings.post_roll)
        if at + settings.post_roll > recording.span.limit:
            recording.late = cause, at

    @callback
    def photographed(self, photo: Photo) -> None:
        """Note an alert's photo: the first one in a clip gives it its time."""
        if self._recording and self._recording.photo is None:
            self._recording.photo = photo

    @callback
    def cut(self, reason: CaptureError) -> None:
        """End the recording now; what was recorded is kept, and the reason told where nothing was."""
        if self._recording:
            self._recording.late, self._recording.cut = None, reason
            self._end(self._recording)

    async def async_stop(self, grace: float) -> None:
        """End the recording; what was recorded gets `grace` seconds to be kept."""
        self.cut(CaptureStopped())
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    def _begin(self, recording: _Recording) -> None:
        self._recording = recording
        task = self._start(self._make(recording))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._changed()

    @callback
    def _end(self, recording: _Recording) -> None:
        """Record no more of a clip; where its limit cut an alert short, go on with the next one."""
        if self._recording is not recording:
            return
        self._recording = None
        if recording.late:
            cause, at = recording.late
            settings = recording.settings
            self._begin(_Recording(settings, cause, at, recording.span.following(at, settings.post_roll)))
        else:
            self._changed()

    async def _make(self, recording: _Recording) -> None:
        """Record a clip and keep it; tell of it, or why it came to nothing."""
        try:
            saved = await self._keep(recording)
        except CaptureError as error:
            self._failed(recording.cause, error)
        except asyncio.CancelledError:
            self._failed(recording.cause, recording.cut or CaptureStopped())
            raise
        except Exception:  # noqa: BLE001 - logged; the next clip may be well
            LOGGER.exception("A clip failed in a way that nobody foresaw")
            self._failed(recording.cause, CaptureFault())
        else:
            self._saved(saved)
        finally:
            self._end(recording)

    async def _keep(self, recording: _Recording) -> SavedClip:
        """Record a clip and keep it. Raises CaptureError, and leaves nothing behind then."""
        archive = self._storage.archive
        path = await self._storage.run(self._prepare)
        try:
            made = await self._record(recording, ClipWriter(path))
        except BaseException:
            await finish(self._storage.run(archive.drop_clip, path))
            raise
        # Named alike, a clip and its photo are found together.
        alerted_at = dt_util.utcnow() - timedelta(seconds=time.monotonic() - recording.alert)
        at = recording.photo.taken_at if recording.photo else alerted_at
        file = await finish(self._storage.run(archive.save_clip, path, at, recording.cause, made.thumbnail))
        return SavedClip(file, recording.cause, made, recording.alerts, recording.photo)

    def _prepare(self) -> Path:
        """Make room, and a file to write to; runs in the executor. Raises StorageError."""
        self._make_room()
        return self._storage.archive.new_clip_file()

    async def _record(self, recording: _Recording, writer: ClipWriter) -> ClipMade:
        """Write down what comes until the clip's end. Raises CaptureError."""
        directory = self._storage.archive.directory
        try:
            await self._feed(recording, writer)
            self._end(recording)
            return await in_time(writer.finish(min(recording.span.end, time.monotonic())), directory, ENCODER_LIMIT)
        except BaseException:
            await finish(in_time(writer.abort(), directory, ABORT_LIMIT))
            raise

    async def _feed(self, recording: _Recording, writer: ClipWriter) -> None:
        """Hand over the frames of the clip's span as they come. Raises CaptureError when there are none."""
        number, before = 0, 0.0
        while self._recording is recording and not writer.failed:
            for frame in self._live.frames_since(recording.span.begin, number):
                if not number:
                    # A stream that was opened for the alert takes its time to begin.
                    recording.span = recording.span.until(frame.received_at + recording.settings.post_roll)
                if frame.received_at > recording.span.end:
                    break
                # The first after the alert stands for the clip.
                shown = before < recording.alert <= frame.received_at
                writer.add(frame.data, frame.received_at, thumbnail=shown)
                number, before = frame.number, frame.received_at
            end = recording.span.end
            if not number:
                end = max(end, recording.alert + recording.settings.start_limit)
            if time.monotonic() >= end:
                break
            await self._live.arrival_until(end)
        if not number and not writer.failed:
            raise recording.cut or (self._live.failures and self._live.error) or CameraStalled()

"""Frames of a stream become a clip while they come, in a thread of its own. No Home Assistant here."""

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
import os
from pathlib import Path
import threading
import weakref

from .capture.backlog import Backlog, TimedFrame
from .capture.errors import CaptureStopped, ClipEncoderMissing, ClipNotMade
from .files import storage_errors
from .thumbnails import make_thumbnail

# What may wait for the encoder in memory: some ten seconds at full rate. Bytes.
_MOST_BYTES = 32 * 1024 * 1024
# A clip is in no hurry: it gets a tenth of what all else in Home Assistant would on a busy core.
_NICENESS = 10
# How often a thread that waits looks whether the program is ending. Seconds.
_LOOK = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipMade:
    """What became of the frames: a whole file of so many frames and seconds.

    `skipped` frames were left out because the encoder could not keep up, `broken` ones because they could not be
    decoded or are of another size than the first. `thumbnail` is a small JPEG.
    """

    frames: int
    seconds: float
    skipped: int
    broken: int
    thumbnail: bytes | None


class ClipWriter:
    """Writes frames into an MP4 file, in a thread of its own at low priority. To be used in the event loop.

    `path` is a temporary file, there already or not, which stays whatever happens: to rename or remove it is for the
    caller. The thread ends with `finish`, with `abort`, when nobody has the writer any more, and with the program.
    """

    def __init__(self, path: Path, max_bytes: int = _MOST_BYTES) -> None:
        """`max_bytes` of frames may wait for the encoder; beyond that, some are left out."""
        self._inbox = _Inbox(max_bytes)
        self._outcome: Future[ClipMade | Exception] = Future()
        self._thread = threading.Thread(
            target=_work, args=(path, self._inbox, self._outcome), name=f"clip {path.name}", daemon=False
        )
        weakref.finalize(self, self._inbox.stop).atexit = False
        try:
            self._thread.start()
        except RuntimeError as error:
            # The system has no more threads to give.
            self._outcome.set_result(ClipNotMade(str(error)))

    @property
    def failed(self) -> bool:
        """Whether the clip is lost already: more frames are of no use, and `finish` tells why."""
        return self._outcome.done()

    def add(self, data: bytes, at: float, *, thumbnail: bool = False) -> None:
        """Hand over a frame, a whole JPEG that came at `at` (seconds, monotonic), without ever waiting for the encoder.

        `thumbnail` makes it the one that stands for the clip; else the first does.
        """
        if not self.failed:
            self._inbox.add(TimedFrame(data, at), thumbnail=thumbnail)

    async def finish(self, until: float | None = None) -> ClipMade:
        """Wait until all is written, down to the disk; the last frame is shown until a moment (seconds, monotonic).

        Raises ClipError, StorageError, and CaptureStopped after `abort`. When this is cancelled, the clip is aborted.
        """
        self._inbox.end(until)
        try:
            outcome = await self._ended()
        except asyncio.CancelledError:
            self._inbox.stop()
            raise
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def abort(self) -> None:
        """Stop, and wait until the thread has let go of the file. What is written of it is of no use."""
        self._inbox.stop()
        await self._ended()

    async def _ended(self) -> ClipMade | Exception:
        # Whoever is cancelled while waiting shall not cancel it for others.
        outcome = await asyncio.shield(asyncio.wrap_future(self._outcome))
        if self._thread.ident:
            # It has nothing left to do, but may have to wait for its turn.
            await asyncio.to_thread(self._thread.join)
        return outcome


class _Inbox:
    """What the event loop has for the thread; neither holds its lock for longer than it takes to pass a frame."""

    def __init__(self, max_bytes: int) -> None:
        self._backlog = Backlog(max_bytes)
        self._news = threading.Condition()
        self._ended = False
        self._stopped = False
        self.until: float | None = None
        self.thumbnail: bytes | None = None
        """The frame that was chosen to stand for the clip."""

    @property
    def skipped(self) -> int:
        """How many frames were left out."""
        return self._backlog.skipped

    def add(self, frame: TimedFrame, *, thumbnail: bool) -> None:
        """Let a frame wait, unless no more are taken."""
        with self._news:
            if self._ended:
                return
            self._backlog.add(frame)
            if thumbnail:
                self.thumbnail = frame.data
            self._news.notify()

    def end(self, until: float | None) -> None:
        """Take no more frames; the clip ends at that moment (seconds, monotonic)."""
        with self._news:
            if not self._ended:
                self._ended = True
                self.until = until
            self._news.notify()

    def stop(self) -> None:
        """Let the thread end at once."""
        with self._news:
            self._ended = self._stopped = True
            self._backlog.clear()
            self._news.notify()

    def next(self) -> TimedFrame | None:
        """Wait for a frame; None when there are no more. Raises CaptureStopped."""
        with self._news:
            # The program waits for its threads when it ends, and must not wait for one that waits for frames.
            while not self._stopped and threading.main_thread().is_alive():
                if frame := self._backlog.take():
                    return frame
                if self._ended:
                    return None
                self._news.wait(_LOOK)
        raise CaptureStopped


def _work(path: Path, inbox: _Inbox, outcome: Future[ClipMade | Exception]) -> None:
    """Be the thread. What goes wrong is an outcome, too."""
    # Linux gives each thread, and those that it starts, a niceness of its own. Who has more already, keeps it.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
    try:
        with storage_errors(path.parent):
            made = _write(path, inbox)
    except Exception as error:  # noqa: BLE001 - whatever it is, the one who waits is told
        outcome.set_result(error)
    else:
        outcome.set_result(made)


def _write(path: Path, inbox: _Inbox) -> ClipMade:
    """Write the file. Raises CaptureError and OSError."""
    try:
        # Large, and not needed by everybody: nothing but this thread is to wait for it.
        from .clip_encoder import ClipEncoder  # noqa: PLC0415
    except ImportError as error:
        raise ClipEncoderMissing from error
    first: bytes | None = None
    with ClipEncoder(path) as encoder:
        while frame := inbox.next():
            if encoder.add(frame) and first is None:
                first = frame.data
        seconds = encoder.finish(inbox.until)
        return ClipMade(
            frames=encoder.frames,
            seconds=seconds,
            skipped=inbox.skipped,
            broken=encoder.broken,
            thumbnail=_small(inbox.thumbnail) or _small(first),
        )


def _small(data: bytes | None) -> bytes | None:
    return make_thumbnail(data) if data else None

"""Home Assistant's `camera.record`: the live picture as a video, at a path that the user names."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
import secrets
import time
from typing import NoReturn

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from .capture.errors import StorageError
from .clip_writer import ClipWriter
from .const import ABORT_LIMIT, DOMAIN, ENCODER_LIMIT, Mode
from .coordinator import CaptureCoordinator
from .files import storage_errors
from .storage import finish, in_time
from .translate import translated_errors


class LiveRecording:
    """What Home Assistant takes for a camera's stream: it records, and cannot be played.

    Home Assistant's own one would put the JPEG frames into the file as they are, which browsers do not show.
    `changed` is called when a recording begins and ends.
    """

    def __init__(self, coordinator: CaptureCoordinator, changed: Callable[[], None]) -> None:
        self._hass = coordinator.hass
        self._coordinator = coordinator
        self._live = coordinator.streaming.live
        self._changed = changed
        self.path: str | None = None
        """What is being recorded to; None while nothing is."""

    async def async_record(self, video_path: str, duration: int = 30, lookback: int = 5) -> None:
        """Record what is seen from `lookback` seconds ago until in `duration` seconds; return when the file is whole.

        Home Assistant's own returns then, too. When the stream ends for good meanwhile, what there is of it is kept.
        Raises HomeAssistantError.
        """
        self._check(video_path)
        now = time.monotonic()
        self.path = video_path
        self._changed()
        try:
            with translated_errors():
                await self._record(Path(video_path), now - lookback, now + duration)
        finally:
            self.path = None
            self._changed()

    @callback
    def add_provider(self, fmt: str, timeout: int | None = None) -> NoReturn:
        """Tell that the stream cannot be played: the first thing that Home Assistant asks for then."""
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="stream_not_playable")

    def _check(self, path: str) -> None:
        """Raise HomeAssistantError when nothing can be recorded to a path now."""
        if not self._hass.config.is_allowed_path(path):
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="record_not_allowed", translation_placeholders={"path": path}
            )
        if self.path:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="record_running",
                translation_placeholders={"path": self.path},
            )
        if self._live.streaming:
            return
        if not self._coordinator.data.armed:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="record_disarmed")
        if self._coordinator.settings.mode is Mode.ON_DEMAND:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="record_on_demand")
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="record_no_frames")

    async def _record(self, path: Path, begin: float, end: float) -> None:
        """Write the video beside its place, and put it there whole.

        `begin` and `end` are in seconds, monotonic. Raises CaptureError and HomeAssistantError.
        """
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
        try:
            await self._hass.async_add_executor_job(_make_directory, path.parent)
            await self._write(part, begin, end)
            await finish(self._hass.async_add_executor_job(_put, part, path))
        except StorageError as error:
            text = getattr(error.__cause__, "strerror", None) or type(error).__name__
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="record_not_written",
                translation_placeholders={"path": str(path), "text": text},
            ) from error
        finally:
            await finish(self._hass.async_add_executor_job(_drop, part))

    async def _write(self, part: Path, begin: float, end: float) -> None:
        writer = ClipWriter(part)
        try:
            await self._feed(writer, begin, end)
            await in_time(writer.finish(min(end, time.monotonic())), part.parent, ENCODER_LIMIT)
        except BaseException:
            await finish(in_time(writer.abort(), part.parent, ABORT_LIMIT))
            raise

    async def _feed(self, writer: ClipWriter, begin: float, end: float) -> None:
        """Hand over the frames of this span (seconds, monotonic) as they come.

        Raises HomeAssistantError when there were none.
        """
        number = 0
        # Streams break off and come again; one that is not wanted any more does not.
        while self._live.wanted:
            for frame in self._live.frames_since(begin, number):
                if frame.received_at > end:
                    break
                writer.add(frame.data, frame.received_at)
                number = frame.number
            if writer.failed or time.monotonic() >= end:
                break
            await self._live.arrival_until(end)
        if not number and not writer.failed:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="record_no_frames")


def _make_directory(directory: Path) -> None:
    """Make the directory when it is missing; runs in the executor. Raises StorageError."""
    with storage_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)


def _put(part: Path, path: Path) -> None:
    """Give a whole file its name; runs in the executor. Raises StorageError."""
    with storage_errors(path.parent):
        part.replace(path)


def _drop(part: Path) -> None:
    """Leave nothing behind; runs in the executor."""
    with suppress(OSError):
        part.unlink()

"""What is told of a camera's photos, clips and failures: as state first, so that automations on the event see it."""

from collections.abc import Callable, Mapping
from pathlib import Path
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .capture.errors import CaptureDisarmed, CaptureError, StorageError
from .capture.outcomes import OutcomeKind
from .capture.photo import Cause, Photo
from .capture.queue import Request
from .capture.rules import Reason
from .clip_recorder import SavedClip
from .links import describe
from .outcome_report import OutcomeReport
from .state import CaptureEvent, EventType
from .translate import key_of, message_of
from .upkeep import Upkeep


class Announcer:
    """Tells whoever subscribed. `directory` is the camera's; `update` takes changed fields of the state."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        directory: Path,
        *,
        outcomes: OutcomeReport,
        upkeep: Upkeep,
        update: Callable[..., None],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._directory = directory
        self._outcomes = outcomes
        self._upkeep = upkeep
        self._update = update
        self._subscribers: list[Callable[[CaptureEvent], None]] = []

    @callback
    def async_subscribe(self, subscriber: Callable[[CaptureEvent], None]) -> CALLBACK_TYPE:
        """Call `subscriber` with every event; return what ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def describe(self, photo: Photo) -> dict[str, str]:
        """Return where a photo is found, as events and actions tell it."""
        return describe(self._entry.entry_id, self._directory, photo)

    @callback
    def captured(self, request: Request, photo: Photo, cause: Cause, seconds: float) -> None:
        """Tell of a request's photo that lies readable in the archive; `seconds` is how long taking it took."""
        latency = milliseconds_since(request.received_at)
        self._outcomes.log_recovery()
        changes: dict[str, Any] = {"last_photo": photo, "last_cause": cause, "capture_seconds": seconds}
        if not request.told:
            changes["last_outcome"] = self._outcomes.captured(cause)
        self._update(**changes)
        self._upkeep.photo_saved()
        self._fire(
            EventType.CAPTURED,
            self.describe(photo) | _told(cause) | {"latency_ms": latency, "coalesced": request.coalesced},
        )

    @callback
    def capture_failed(self, request: Request, error: CaptureError) -> None:
        """Tell of a capture that ended in an error; an alert that has a photo of its burst already is answered."""
        topic, value = request.cause.topic, request.cause.value
        if isinstance(error, CaptureDisarmed):
            if not request.told:
                self._outcomes.note(OutcomeKind.IGNORED, Reason.DISARMED, topic, value)
            return
        if not request.told:
            self._outcomes.note(OutcomeKind.FAILED, key_of(error), topic, value)
        if not request.awaited:
            self._outcomes.log_failure(error)
        self._failed(topic, error)

    @callback
    def clip_saved(self, clip: SavedClip) -> None:
        """Tell of a clip that lies readable in the archive."""
        self._outcomes.log_recovery("clips")
        self._upkeep.photo_saved()
        self._fire(
            EventType.CLIP_SAVED,
            self.describe(clip.file)
            | _told(clip.cause)
            | {
                "duration": round(clip.made.seconds, 2),
                "dropped_frames": clip.made.skipped + clip.made.broken,
                "alerts": clip.alerts,
                "photo": clip.photo.name if clip.photo else None,
            },
        )

    @callback
    def clip_failed(self, cause: Cause, error: CaptureError) -> None:
        """Tell why there is no clip; the alert's outcome is that of its photo."""
        if not isinstance(error, CaptureDisarmed):
            self._outcomes.log_failure(error, "clips")
            self._failed(cause.topic, error)

    def _failed(self, topic: str | None, error: CaptureError) -> None:
        if isinstance(error, StorageError):
            self._upkeep.report(error)
        self._fire(EventType.FAILED, {"error": key_of(error), "message": message_of(self._hass, error), "topic": topic})

    def _fire(self, kind: EventType, attributes: Mapping[str, Any]) -> None:
        event = CaptureEvent(kind, attributes)
        for subscriber in tuple(self._subscribers):
            subscriber(event)


def milliseconds_since(moment: float) -> int:
    """Return how long ago a moment (seconds, monotonic) was."""
    return round((time.monotonic() - moment) * 1000)


def _told(cause: Cause) -> dict[str, Any]:
    return {"trigger": cause.trigger, "topic": cause.topic, "value": cause.value}

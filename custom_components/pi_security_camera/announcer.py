"""What is told of a camera's photos, clips and failures, as events."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .capture.errors import CaptureError
from .capture.photo import Cause, Photo
from .clip_recorder import SavedClip
from .links import describe
from .state import CaptureEvent, EventType
from .translate import key_of, message_of


class Announcer:
    """Tells whoever subscribed."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], directory: Path) -> None:
        self._hass = hass
        self._entry = entry
        self._directory = directory
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
    def captured(self, photo: Photo, cause: Cause, *, latency_ms: int, coalesced: int) -> None:
        """Tell of a photo; `latency_ms` is from the alert to the file that can be read."""
        self._fire(
            EventType.CAPTURED,
            self.describe(photo) | _told(cause) | {"latency_ms": latency_ms, "coalesced": coalesced},
        )

    @callback
    def clip_saved(self, clip: SavedClip) -> None:
        """Tell of a clip."""
        self._fire(
            EventType.CLIP_SAVED,
            self.describe(clip.file) | _told(clip.cause) | {"duration": round(clip.seconds, 2), "alerts": clip.alerts},
        )

    @callback
    def failed(self, error: CaptureError, topic: str | None) -> None:
        """Tell why there is no photo, or no clip."""
        self._fire(EventType.FAILED, {"error": key_of(error), "message": message_of(self._hass, error), "topic": topic})

    def _fire(self, kind: EventType, attributes: Mapping[str, Any]) -> None:
        event = CaptureEvent(kind, attributes)
        for subscriber in tuple(self._subscribers):
            subscriber(event)


def _told(cause: Cause) -> dict[str, Any]:
    return {"trigger": cause.trigger, "topic": cause.topic, "value": cause.value}

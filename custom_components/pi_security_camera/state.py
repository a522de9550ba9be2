"""What a camera shows, and what happens to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .capture.listing import Summary
from .capture.outcomes import Outcome
from .capture.photo import Cause, Photo


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraState:
    """What the entities show; `capture_seconds` is how long the last photo took, once its turn had come.

    `frame_rate` is what has come lately, in frames a second; None while there is no stream.
    `stream_restarts` is how many streams have failed.

    `archive` is None while the directory cannot be read; what else is None has not happened yet.
    """

    armed: bool = True
    motion: bool = False
    broker: bool = True
    host: bool = True
    last_photo: Photo | None = None
    last_cause: Cause | None = None
    last_outcome: Outcome | None = None
    capture_seconds: float | None = None
    streaming: bool = False
    recording: bool = False
    frame_rate: float | None = None
    stream_restarts: int = 0
    archive: Summary | None = None


class EventType(StrEnum):
    """What the event entity tells. The values are what automations wait for: fixed."""

    CAPTURED = "captured"
    FAILED = "failed"
    CLIP_SAVED = "clip_saved"


@dataclass(frozen=True, slots=True)
class CaptureEvent:
    """Something that happened, for the event entity."""

    kind: EventType
    attributes: Mapping[str, Any]

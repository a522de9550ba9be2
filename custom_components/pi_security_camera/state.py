"""What a camera shows, and what happens to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .capture.listing import Summary
from .capture.outcomes import Outcome, OutcomeKind
from .capture.photo import Cause, Photo


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraState:
    """What the entities show; `capture_seconds` is how long the last photo's command took.

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
    archive: Summary | None = None


@dataclass(frozen=True, slots=True)
class CaptureEvent:
    """Something that happened, for the event entity."""

    kind: OutcomeKind
    attributes: Mapping[str, Any]

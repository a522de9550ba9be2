"""What the demo prints of captures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.lab.captures import Capture, CaptureFeed
from scripts.lab.client import Json

ENTITY = "event.hallway_capture"
MORNING = "2026-03-01T08:00:00.123+00:00"
NOON = "2026-03-01T12:00:00.456+00:00"


def state(at: str = NOON, **attributes: Any) -> Json:
    return {"state": at, "attributes": {"event_type": "captured", "path": "/photos/a.jpg", **attributes}}


def changed(new: Json | None, entity_id: str = ENTITY) -> Json:
    return {"data": {"entity_id": entity_id, "new_state": new}}


@pytest.fixture
def received() -> Callable[[Json], list[Capture]]:
    """Return what a feed that knows the morning's capture makes of an event."""

    def receive(event: Json) -> list[Capture]:
        feed = CaptureFeed(ENTITY, MORNING)
        feed.receive(event)
        return feed.waiting()

    return receive


def test_a_photo_is_told_with_its_cause_and_latency() -> None:
    capture = Capture.from_state(state(trigger="hall", value=35.5, latency_ms=712.4, coalesced=2))
    assert str(capture).endswith("  /photos/a.jpg  (trigger hall, value 35.5, 712 ms)")
    assert (capture.path, capture.coalesced) == (Path("/photos/a.jpg"), 2)


def test_a_clip_is_told_with_its_length() -> None:
    capture = Capture.from_state(state(event_type="clip_saved", path="/photos/a.mp4", duration=15.04))
    assert str(capture).endswith("  /photos/a.mp4  (clip of 15 s)")


def test_a_photo_without_a_cause_is_told_without_one() -> None:
    assert str(Capture.from_state(state())).endswith("  /photos/a.jpg")


def test_a_failure_is_told_with_its_message() -> None:
    capture = Capture.from_state(state(event_type="failed", message="The camera is in use."))
    assert capture.path is None
    assert str(capture).endswith("  no photo: The camera is in use.")


def test_a_new_state_of_the_entity_is_a_capture(received: Callable[[Json], list[Capture]]) -> None:
    assert [capture.path for capture in received(changed(state()))] == [Path("/photos/a.jpg")]


@pytest.mark.parametrize(
    "event",
    [
        changed(state(), "event.doorbell"),
        changed(None),
        changed(state("unavailable")),
        changed(state("unknown")),
        changed(state(MORNING)),
    ],
    ids=["another entity", "removed", "unavailable", "unknown", "seen before"],
)
def test_everything_else_is_none(event: Json, received: Callable[[Json], list[Capture]]) -> None:
    assert received(event) == []

"""What the integration says of its captures, from its event entity."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from .client import Client, Json

_KEPT = ("captured", "clip_saved")


@dataclass(frozen=True, slots=True)
class Capture:
    """One event of the event entity: a photo, a clip, or the reason why there is none."""

    path: Path | None
    """The file; None when the capture failed."""

    message: str
    """Why it failed; empty when it did not."""

    trigger: str | None
    value: float | str | None
    latency: float | None
    """From the alert to the readable file, in ms."""

    coalesced: int
    """How many alerts it answers besides the one that asked for it."""

    at: datetime
    """When the event was fired, in this machine's time."""

    duration: float | None = None
    """How long a clip is, in seconds; None for a photo."""

    @classmethod
    def from_state(cls, state: Json) -> Self:
        """Read a state of the event entity."""
        attributes = state["attributes"]
        captured = attributes["event_type"] in _KEPT
        return cls(
            path=Path(attributes["path"]) if captured else None,
            message="" if captured else str(attributes.get("message") or attributes.get("error")),
            trigger=attributes.get("trigger"),
            value=attributes.get("value"),
            latency=attributes.get("latency_ms"),
            coalesced=attributes.get("coalesced") or 0,
            at=datetime.fromisoformat(state["state"]).astimezone(),
            duration=attributes.get("duration"),
        )

    def __str__(self) -> str:
        time = f"{self.at:%H:%M:%S}"
        if self.path is None:
            return f"{time}  no photo: {self.message}"
        known = {
            "clip of {:.0f} s": self.duration,
            "trigger {}": self.trigger,
            "value {}": self.value,
            "{:.0f} ms": self.latency,
        }
        told = ", ".join(text.format(value) for text, value in known.items() if value is not None)
        return f"{time}  {self.path}" + (f"  ({told})" if told else "")


class CaptureFeed:
    """The captures of one camera from now on."""

    def __init__(self, entity_id: str, before: str) -> None:
        """`before` is the event entity's state now: what is shown already is no news."""
        self._entity_id = entity_id
        self._last = before
        self._queue: asyncio.Queue[Capture] = asyncio.Queue()

    @classmethod
    async def follow(cls, client: Client, entity_id: str) -> Self:
        """Subscribe to the event entity. Raises what the client raises."""
        state = await client.request("GET", f"/api/states/{entity_id}")
        feed = cls(entity_id, state["state"])
        await client.subscribe(feed.receive, "subscribe_events", event_type="state_changed")
        return feed

    def receive(self, event: Json) -> None:
        """Take one state_changed event of Home Assistant's bus."""
        data = event["data"]
        state = data["new_state"]
        if data["entity_id"] != self._entity_id or state is None:
            return
        # A reload shows the entity as unavailable, and then its last event again.
        if state["state"] in {self._last, "unavailable", "unknown"}:
            return
        self._last = state["state"]
        self._queue.put_nowait(Capture.from_state(state))

    async def next(self) -> Capture:
        """Wait for the next capture."""
        return await self._queue.get()

    def waiting(self) -> list[Capture]:
        """Return the captures that nobody has waited for, and forget them."""
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]

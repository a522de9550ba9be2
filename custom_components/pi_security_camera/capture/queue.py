"""One capture runs, one waits, the rest joins the waiting one.

So every alert is answered by a photo exposed after it arrived, and a storm of any length costs one photo after its end.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from .photo import Cause


@dataclass(frozen=True, slots=True)
class Request:
    """A wish for photos: `count` of them, their starts `interval` seconds apart.

    `received_at` is when it arrived (seconds, monotonic). `motion`: an alert asks for it; `awaited`: a person or an
    automation does, and waits. `coalesced` counts the alerts that joined it.
    """

    cause: Cause
    received_at: float
    motion: bool
    awaited: bool
    count: int = 1
    interval: float = 0
    coalesced: int = 0


class Place(StrEnum):
    """Where a request went: it starts now, waits for the running one, or joined the waiting one."""

    START = "start"
    WAIT = "wait"
    JOINED = "joined"


class CaptureQueue:
    """The running and the waiting request of one camera."""

    def __init__(self) -> None:
        self.running: Request | None = None
        self.waiting: Request | None = None

    def add(self, request: Request) -> Place:
        """Take a request in and say where it went."""
        if self.running is None:
            self.running = request
            return Place.START
        if self.waiting is None:
            self.waiting = request
            return Place.WAIT
        self.waiting = _merge(self.waiting, request)
        return Place.JOINED

    def finish(self) -> Request | None:
        """Note that the running request is done; return the next one, which is running from now on."""
        self.running, self.waiting = self.waiting, None
        return self.running

    def drop_waiting(self) -> None:
        """Forget the waiting request."""
        self.waiting = None


def _merge(waiting: Request, other: Request) -> Request:
    """Let `other` be answered by `waiting` too. An alert's cause says more about a photo than a press of the button."""
    leader = other if other.motion and not waiting.motion else waiting
    longer = max(waiting, other, key=lambda request: request.count)
    return replace(
        waiting,
        cause=leader.cause,
        received_at=leader.received_at,
        motion=leader.motion,
        awaited=waiting.awaited or other.awaited,
        count=longer.count,
        interval=longer.interval,
        coalesced=waiting.coalesced + (other.motion and leader is waiting),
    )

"""One capture runs, one request waits, the rest joins the waiting one.

So every alert is answered by a photo exposed after it arrived, and a storm of any length costs one photo after its end.
A capture is one photo: what is left of a burst waits like any other request, and an alert in its pause is served at
once.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from .errors import CaptureError
from .photo import Cause, Photo


class Want(Protocol):
    """Somebody who waits for photos."""

    @property
    def open(self) -> bool:
        """Whether there are photos missing still."""
        ...

    def take(self, photo: Photo) -> None:
        """Take one of the photos."""
        ...

    def fail(self, error: CaptureError) -> None:
        """Learn that there will be no more."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """A wish for photos: `count` of them, their starts `interval` seconds apart, the next not before `due`.

    `received_at` is when it arrived, and as `due` in seconds of the monotonic clock. `motion`: an alert asks for it.
    `told`: its first photo has been announced, what is left is the rest of a burst. `coalesced` counts the alerts that
    joined it, `wants` those who wait.
    """

    cause: Cause
    received_at: float
    motion: bool
    count: int = 1
    interval: float = 0
    due: float = 0
    told: bool = False
    coalesced: int = 0
    wants: tuple[Want, ...] = ()

    @property
    def awaited(self) -> bool:
        """Whether somebody waits."""
        return any(want.open for want in self.wants)

    def rest(self, began: float) -> Request | None:
        """Return what is left when a photo whose capture began at `began` has been announced; None when nothing is."""
        if self.count == 1:
            return None
        return replace(self, count=self.count - 1, due=began + self.interval, told=True, coalesced=0)


class Place(StrEnum):
    """Where a request went: it starts now, waits for the running one, or joined another that waits."""

    START = "start"
    WAIT = "wait"
    JOINED = "joined"


class CaptureQueue:
    """The running and the waiting request of one camera; one that waits while none runs is due later."""

    def __init__(self) -> None:
        self.running: Request | None = None
        self.waiting: Request | None = None

    def add(self, request: Request) -> Place:
        """Take a request in and say where it went."""
        joined, leads = (request, True) if self.waiting is None else _merge(self.waiting, request)
        if self.running is None:
            self.running, self.waiting = joined, None
            return Place.START
        self.waiting = joined
        return Place.WAIT if leads else Place.JOINED

    def finish(self, rest: Request | None) -> None:
        """Note that the running capture is done, and what is left of its request."""
        self.running = None
        if rest and self.waiting:
            self.waiting, _ = _merge(rest, self.waiting)
        else:
            self.waiting = self.waiting or rest

    def start_waiting(self, now: float) -> Request | None:
        """Make the waiting request the running one when it is due; return it then."""
        if self.running or self.waiting is None or self.waiting.due > now:
            return None
        self.running, self.waiting = self.waiting, None
        return self.running

    def drop_waiting(self) -> None:
        """Forget the waiting request."""
        self.waiting = None


def _merge(waiting: Request, other: Request) -> tuple[Request, bool]:
    """Let one capture answer both; return the request, and whether `other` leads it.

    What leads gives the photo its cause: whoever has no photo yet before the rest of a burst, and an alert before a
    person, since it says more. The others are answered too, which is counted for alerts.
    """
    leads = waiting.told or (other.motion and not waiting.motion)
    leader = other if leads else waiting
    longer = max(waiting, other, key=lambda request: request.count)
    return replace(
        leader,
        count=longer.count,
        interval=longer.interval,
        due=min(waiting.due, other.due),
        coalesced=waiting.coalesced + other.coalesced + (other.motion and not leads),
        wants=waiting.wants + other.wants,
    ), leads

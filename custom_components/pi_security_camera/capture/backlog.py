"""Frames that wait for somebody slower, within a bound."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """One picture, a whole JPEG, and when it came: seconds, monotonic."""

    data: bytes
    at: float


class Backlog:
    """Frames that wait, no more than `max_bytes` of them together.

    When they become too many, every second one is left out, also of those that come, until all have been taken: what
    remains is spread evenly over the time, only thinner.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._waiting: deque[tuple[int, TimedFrame]] = deque()
        self._number = 0
        self._step = 1
        self.used_bytes = 0
        self.skipped = 0
        """How many frames were left out."""

    def add(self, frame: TimedFrame) -> None:
        """Let a frame wait, or leave it out."""
        number, size = self._number, len(frame.data)
        self._number += 1
        if number % self._step == 0 and self.used_bytes + size > self._max_bytes:
            self._halve()
        if number % self._step or self.used_bytes + size > self._max_bytes:
            self.skipped += 1
            return
        self._waiting.append((number, frame))
        self.used_bytes += size

    def take(self) -> TimedFrame | None:
        """Return the frame that has waited longest; None when none does."""
        if not self._waiting:
            # Whoever takes them keeps up again.
            self._step = max(1, self._step // 2)
            return None
        _, frame = self._waiting.popleft()
        self.used_bytes -= len(frame.data)
        return frame

    def clear(self) -> None:
        """Let go of all."""
        self._waiting.clear()
        self.used_bytes = 0

    def _halve(self) -> None:
        self._step *= 2
        kept = deque(each for each in self._waiting if each[0] % self._step == 0)
        self.skipped += len(self._waiting) - len(kept)
        self._waiting = kept
        self.used_bytes = sum(len(frame.data) for _, frame in kept)

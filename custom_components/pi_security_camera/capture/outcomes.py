"""What became of the messages: the answer to "why is there no photo?"."""

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OutcomeKind(StrEnum):
    """The four ends that a message can have. The values are states that users see: fixed."""

    CAPTURED = "captured"
    COALESCED = "coalesced"
    IGNORED = "ignored"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message, or of a person's wish for a photo (then without a topic).

    `reason` says why it was ignored (a Reason) or why it failed (an error's key).
    """

    kind: OutcomeKind
    at: datetime
    reason: str | None = None
    topic: str | None = None
    value: float | None = None


class OutcomeLog:
    """The latest outcomes, and how often each kind and reason came since the start."""

    def __init__(self, length: int) -> None:
        self.recent: deque[Outcome] = deque(maxlen=length)
        self.counts: Counter[tuple[OutcomeKind, str | None]] = Counter()

    def note(self, outcome: Outcome) -> None:
        """Add an outcome; only messages are counted."""
        self.recent.append(outcome)
        if outcome.topic is not None:
            self.counts[outcome.kind, outcome.reason] += 1


class Limiter:
    """Lets `burst` things pass at once and then one in a second, so that a storm does not become a flood of states."""

    def __init__(self, burst: int) -> None:
        self._burst = burst
        self._left = float(burst)
        self._at = 0.0

    def allows(self, now: float) -> bool:
        """Say whether one more may pass at `now` (seconds, monotonic)."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at))
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

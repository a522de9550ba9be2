"""The newest frames of a stream, kept within seconds and bytes."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a stream: a whole JPEG, and its number from 1; times in seconds, monotonic.

    `began_at` is when the one before should have come (see Pace), or the stream had begun: what was exposed before that
    came before.
    `received_at` is when its last byte came.
    """

    data: bytes
    began_at: float
    received_at: float
    number: int


class FrameRing:
    """The newest frames, no older than `seconds` before the newest and no more than `max_bytes` together.

    The newest one is always there.
    """

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self.seconds = seconds
        self._max_bytes = max_bytes
        self._frames: deque[Frame] = deque()
        self.used_bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def newest(self) -> Frame | None:
        """The newest frame."""
        return self._frames[-1] if self._frames else None

    def add(self, frame: Frame) -> None:
        """Keep a frame, and let go of those that are too old or too many for it."""
        self._frames.append(frame)
        self.used_bytes += len(frame.data)
        oldest_time = frame.received_at - self.seconds
        while len(self._frames) > 1 and (
            self.used_bytes > self._max_bytes or self._frames[0].received_at < oldest_time
        ):
            self.used_bytes -= len(self._frames.popleft().data)

    def since(self, moment: float) -> list[Frame]:
        """Return the frames that came at this moment (seconds, monotonic) or later, the oldest first."""
        frames: list[Frame] = []
        for frame in reversed(self._frames):
            if frame.received_at < moment:
                break
            frames.append(frame)
        frames.reverse()
        return frames

    def clear(self) -> None:
        """Let go of all."""
        self._frames.clear()
        self.used_bytes = 0

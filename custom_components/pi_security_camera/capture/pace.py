"""When a frame would have come if nothing had held it up on its way.

A camera takes its frames at an even pace; a network that stutters, or a busy machine, hands some of them over late,
often several at once. Their bytes do not tell when they were taken, but their order does: a frame cannot be younger
than the pace of those before it allows. What every frame takes on its way through the camera is not known.
"""

from collections import deque

# As many frames as tell the pace within a tenth of a second or so, and forget a frame that the camera left out after
# some seconds. Each frame looks through them all.
_WINDOW = 50
# Before, there is no pace to speak of.
_ENOUGH = 8


class Pace:
    """The pace of one stream."""

    def __init__(self) -> None:
        self._received: deque[float] = deque(maxlen=_WINDOW)

    def due(self, received_at: float) -> float:
        """Take in the next frame's time (seconds); return when it should have come, which is never later."""
        received = self._received
        received.append(received_at)
        last = len(received) - 1
        if last < _ENOUGH:
            return received_at
        interval = (received_at - received[0]) / last
        return min(earlier + (last - place) * interval for place, earlier in enumerate(received))

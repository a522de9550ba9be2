"""When a frame would have come if nothing had held it up on its way.

A camera takes its frames at an even pace; a network that stutters, or a busy machine, hands some of them over late,
often several at once. Their bytes do not tell when they were taken, but their order does: a frame cannot be younger
than the pace of those before it allows. What every frame takes on its way through the camera is not known.

A line that is too slow for the frames looks even, too, only slower: all that may wait on the way waits there, the
camera leaves frames out, and each comes seconds after it was taken. So, while fewer frames come than were asked for, a
frame counts as taken no later than when what could wait before it had come.
"""

from collections import deque
from math import inf

# As many frames as tell the pace within a tenth of a second or so, and forget a frame that the camera left out after
# some seconds. Each frame looks through them all.
_WINDOW = 50
# Before, there is no pace to speak of but the one that was asked for.
_ENOUGH = 8
# So few tell already whether a line is far too slow. Before that it may be.
_FEW = 2
# By so much, two frames in fifty, a pace may be slower than asked for; more are held up or left out. After that it has
# to be as asked for again: what waits on a line that is just fast enough waits on.
_SLOW = 1.045
_AS_ASKED = 1.01
# What waits in rpicam-vid itself: its six buffers, and the frame that it writes.
_WAITING = 7


class Pace:
    """The pace of one stream, asked to have a frame each `interval` seconds, that was begun at `began` (seconds).

    `most_waiting`: how many bytes may wait on their way between the program and us.
    """

    def __init__(self, began: float, interval: float, most_waiting: int) -> None:
        self._interval = interval
        self._slow = False
        self._most_waiting = most_waiting
        self._received: deque[float] = deque(maxlen=_WINDOW)
        # Where the last frames ended, in bytes of the stream; and when those had come that can tell of the next ones.
        self._ends: deque[int] = deque([0], maxlen=_WAITING + 1)
        self._came: deque[tuple[int, float]] = deque([(0, began)])

    def due(self, received_at: float, size: int) -> float:
        """Take in the next frame's time (seconds) and size; return before when the one after it was not taken.

        That is when this one should have come, which is never later than it came.
        """
        received = self._received
        received.append(received_at)
        last = len(received) - 1
        measured = (received_at - received[0]) / last if last >= _FEW else inf
        interval = measured if last >= _ENOUGH else self._interval
        due = min(earlier + (last - place) * interval for place, earlier in enumerate(received))
        could_wait_since = self._could_wait_since(received_at, size)
        self._slow = measured > (_AS_ASKED if self._slow and last > _ENOUGH else _SLOW) * self._interval
        return min(due, could_wait_since) if self._slow else due

    def _could_wait_since(self, received_at: float, size: int) -> float:
        """Take in the next frame; return when all had come that could not wait together with the one after it."""
        end = self._ends[-1] + size
        self._ends.append(end)
        self._came.append((end, received_at))
        begins = self._ends[0] - self._most_waiting
        while len(self._came) > 1 and self._came[1][0] <= begins:
            self._came.popleft()
        return self._came[0][1]

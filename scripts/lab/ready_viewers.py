"""Whether photos come later when many people look at the live picture, one of whom takes nothing any more."""

import time
from urllib.parse import urlsplit

from .open_camera import OpenCamera
from .progress import progress
from .ready_latency import frames_bar
from .report import Row, median
from .shots import Shot, describe, take_shots, typical
from .stopwatch import Stopwatch
from .usage import Memory, Processor, load
from .viewers import watched

_RATE = 10
_VIEWERS = 10

# With viewers and without them by turns, so often: the machine's mood is the same.
_TURNS = 2

# What viewers may add to a photo's time, at the median: in ms, and as a ratio.
_DIFFERENCE_BAR = 10.0
_RATIO_BAR = 1.1

# What the stalled viewer's connection and nine others may take: some pictures each. MB.
_MEMORY_BAR = 10.0


async def measure_viewers(stopwatch: Stopwatch, camera: OpenCamera, runs: int) -> list[Row]:
    """Take so many photos without viewers and as many with them."""
    progress(f"Taking {runs} photos with {_VIEWERS} viewers and {runs} without ...")
    await camera.open(_RATE)
    before: list[Shot] = []
    crowd = _Crowd(stopwatch, camera)
    for turn in range(_TURNS):
        count = (runs + turn) // _TURNS
        before += await take_shots(stopwatch, count, 1 / _RATE)
        await crowd.take(count)
    name = f"{_VIEWERS} viewers"
    base, now = typical(before), typical(crowd.shots)
    return [
        *describe("no viewers", before),
        *describe(name, crowd.shots, frames_bar(_RATE)),
        Row(f"{name}: what they add, median", now - base, "ms", _DIFFERENCE_BAR),
        Row(f"{name}: ratio of the medians", now / base, "", _RATIO_BAR),
        *crowd.rows(name),
    ]


class _Crowd:
    """The photos that were taken while viewers looked, and what it was like for these."""

    def __init__(self, stopwatch: Stopwatch, camera: OpenCamera) -> None:
        self._stopwatch = stopwatch
        self._camera = camera
        self._port = urlsplit(stopwatch.house.home_assistant.url).port or 0
        self.shots: list[Shot] = []
        self._rates: list[float] = []
        self._ages: list[float] = []
        self._shares: list[float] = []
        self._growth: list[float] = []

    async def take(self, count: int) -> None:
        """Take so many photos with all the viewers there."""
        pid = self._stopwatch.house.home_assistant.process.pid
        memory = Memory(pid)
        async with watched(self._port, self._camera.stream_path, _VIEWERS - 1) as viewers:
            processor, begin = Processor(pid), time.perf_counter()
            self.shots += await take_shots(self._stopwatch, count, 1 / _RATE)
            took = time.perf_counter() - begin
            self._shares.append(processor.share())
            self._rates += [viewer.pictures / took for viewer in viewers]
            self._ages += [viewer.age() for viewer in viewers]
        self._growth.append(memory.growth())

    def rows(self, name: str) -> list[Row]:
        """Return what it was like."""
        return [
            Row(f"{name}: pictures a second, fewest", min(self._rates), ""),
            Row(f"{name}: age of a picture when it is there, median", median(self._ages), "ms"),
            Row(f"{name}: age of a picture when it is there, most", max(self._ages), "ms"),
            Row(f"{name}: Home Assistant's share of a core", median(self._shares), "%"),
            Row(f"{name}: growth of memory at its peak", max(self._growth), "MB", _MEMORY_BAR),
            Row(f"{name}: the machine's load", load(), ""),
        ]

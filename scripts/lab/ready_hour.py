"""What is left of an hour with an open camera: memory, the processor's time, and whose picture is whose."""

import asyncio
from itertools import pairwise
import random
import time

from .open_camera import OpenCamera
from .progress import progress
from .report import Row, median
from .shots import Shot, take_shot
from .stopwatch import Stopwatch
from .usage import Processor, load, resident

_RATE = 10

# An alert comes so often on average: six in a minute is a busy hallway. Seconds.
_EVERY = 10.0

# With the first thousand photos, Home Assistant's tables and its database's cache (16 MB) fill up. Alerts come one
# after the other meanwhile, for a part of the time and no more than this (seconds).
_WARM_UP = 0.2
_LONGEST_WARM_UP = 300.0

# Home Assistant is left alone for so long with a camera that is closed, to compare. Seconds.
_REST = 10.0

# Were one frame kept in a hundred, it would be 20 MB in an hour.
_MEMORY_BAR = 5.0
_SHARE_BAR = 5.0

# From its exposure a frame is encoded and sent before its last byte comes: within so many intervals. One would do where
# nobody else uses the machine.
_ON_ITS_WAY = 5


async def measure_hour(stopwatch: Stopwatch, camera: OpenCamera, seconds: float) -> list[Row]:
    """Keep the camera open for so many seconds after a warm-up, with an alert now and then."""
    pid = stopwatch.house.home_assistant.process.pid
    await camera.close()
    rest = Processor(pid)
    await asyncio.sleep(_REST)
    idle = rest.share()
    await camera.open(_RATE)
    warm_up = min(_WARM_UP * seconds, _LONGEST_WARM_UP)
    progress(f"Keeping the camera open for {warm_up:.0f} s and {seconds:.0f} s more ...")
    before, _ = await _go_on(stopwatch, warm_up, 0)
    processor = Processor(pid)
    shots, memory = await _go_on(stopwatch, seconds, min(_EVERY, seconds / 10))
    share = processor.share()
    quarter = max(1, len(memory) // 4)
    first, last = median(memory[:quarter]), median(memory[-quarter:])
    name = f"{_RATE} frames/s for {seconds / 60:g} min"
    return [
        Row("camera closed: Home Assistant's share of a core", idle, "%"),
        Row(f"{name}: share of a core", share, "%", _SHARE_BAR),
        Row(f"{name}: memory, first quarter", first, "MB"),
        Row(f"{name}: memory, growth to the last quarter", last - first, "MB", _MEMORY_BAR),
        Row(f"{name}: memory, from least to most", max(memory) - min(memory), "MB"),
        Row(f"{name}: the machine's load", load(), ""),
        Row(f"{name}: photos before", len(before), ""),
        Row(f"{name}: photos", len(shots), ""),
        Row(f"{name}: photos not of their own time", sum(not _is_timely(shot) for shot in before + shots), "", 0),
        Row(f"{name}: photos not after the one before", count_disorder(before + shots), "", 0),
    ]


async def _go_on(stopwatch: Stopwatch, seconds: float, every: float) -> tuple[list[Shot], list[float]]:
    """Alert so often for so long (seconds); return the photos, and the memory of Home Assistant after each, in MB."""
    end = time.perf_counter() + seconds
    shots, memory = [], []
    while (left := end - time.perf_counter()) > 0:
        await asyncio.sleep(min(left, random.uniform(0.5, 1.5) * every))  # noqa: S311 - sensors keep no time
        shots.append(await take_shot(stopwatch))
        memory.append(resident(stopwatch.house.home_assistant.process.pid))
    return shots, memory


def _is_timely(shot: Shot) -> bool:
    """Say whether its picture was taken after its alert, and shortly before the time that its file bears."""
    return shot.exposed + 1 > 0 and -1 < shot.dated - shot.exposed < _ON_ITS_WAY * 1000 / _RATE


def count_disorder(shots: list[Shot]) -> int:
    """Return how many photos are not of a later frame and a later time than the one before."""
    moments = [(shot.number, shot.published * 1000 + shot.exposed) for shot in shots]
    return sum(after[0] <= before[0] or after[1] <= before[1] for before, after in pairwise(moments))

"""Photos by alerts, and what their pictures and files say of when they were taken."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import time

from simulator.scene import read_barcode

from .progress import LabError
from .report import Row, median, percentile
from .stopwatch import Stopwatch, next_photo

# Home Assistant writes to its database after a photo; the next one is not to pay for it. Seconds.
_PAUSE = 0.5
# The file is there before the event that tells of it. Seconds.
_SIGHT_LIMIT = 5.0

# Whole turns of this are spread evenly, however many of them there are.
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Shot:
    """One alert and its photo; times in ms after the alert was published, by this machine's one clock."""

    path: Path
    published: float
    """When the alert was published, by time.perf_counter (seconds)."""
    number: int
    """The frame's number in its stream."""
    exposed: float
    """When the picture was taken, as its bar code says: up to 1 ms after this."""
    dated: float
    """The file's time: when the picture's last byte came."""
    readable: float
    """When the file could be read whole."""

    def precedes(self, arrival: float) -> bool:
        """Say whether it was taken before its alert arrived in Home Assistant (by time.perf_counter, seconds)."""
        return self.exposed + 1 <= (arrival - self.published) * 1000


@dataclass(frozen=True, slots=True)
class _Sent:
    """An alert that has been answered; seconds, on two clocks."""

    published: float
    published_on: float
    path: Path
    seen: float


async def take_shots(stopwatch: Stopwatch, count: int, interval: float) -> list[Shot]:
    """Take so many photos, one after the other. The watcher is watching.

    The alerts are spread evenly over the camera's interval between frames (seconds): so chance does not decide on how
    long they wait for one.
    """
    sent = [await _send(stopwatch, number * _GOLDEN % 1 * interval, interval) for number in range(count)]
    return await asyncio.to_thread(lambda: [_read(each) for each in sent])


async def take_shot(stopwatch: Stopwatch) -> Shot:
    """Take one photo now. The watcher is watching."""
    return await asyncio.to_thread(_read, await _answered(stopwatch))


async def _send(stopwatch: Stopwatch, phase: float, interval: float) -> _Sent:
    """Publish an alert at the next moment that is so far in an interval, and wait for its photo."""
    await asyncio.sleep(_PAUSE)
    await asyncio.sleep((phase - time.perf_counter()) % interval)
    return await _answered(stopwatch)


async def _answered(stopwatch: Stopwatch) -> _Sent:
    """Publish an alert and wait for its photo. Raises LabError."""
    published, published_on = time.perf_counter(), time.time()
    stopwatch.sensor.alert()
    capture = await next_photo(stopwatch.feed)
    if capture.path is None:
        message = f"A photo failed: {capture.message}"
        raise LabError(message)
    sighting = await stopwatch.watcher.next(_SIGHT_LIMIT)
    if sighting.name != capture.path.name:
        message = f"{sighting.name} came where {capture.path.name} was told of"
        raise LabError(message)
    return _Sent(published, published_on, capture.path, sighting.at)


def _read(sent: _Sent) -> Shot:
    code = read_barcode(sent.path.read_bytes())
    return Shot(
        path=sent.path,
        published=sent.published,
        number=code.number,
        exposed=code.exposed_at - sent.published_on * 1000,
        dated=(sent.path.stat().st_mtime - sent.published_on) * 1000,
        readable=(sent.seen - sent.published) * 1000,
    )


def typical(shots: Sequence[Shot]) -> float:
    """Return what it usually took until the file could be read, in ms."""
    return median([shot.readable for shot in shots])


def describe(name: str, shots: Sequence[Shot], bar: float | None = None) -> list[Row]:
    """Return how long after their alerts photos were exposed, dated and readable; `bar` in ms is for 95 of 100."""
    times = {
        "exposure": [shot.exposed for shot in shots],
        "file's time": [shot.dated for shot in shots],
        "readable file": [shot.readable for shot in shots],
    }
    rows = []
    for what, values in times.items():
        limit = bar if what == "readable file" else None
        rows.append(Row(f"{name}: alert to {what}, median", median(values), "ms"))
        rows.append(Row(f"{name}: alert to {what}, 95th percentile", percentile(values, 0.95), "ms", limit))
    return rows

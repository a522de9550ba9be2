"""Far more alerts than photos can be taken."""

import time

from .probe import read_probe, start_probe
from .progress import LabError, progress
from .report import Row, median
from .sensor import TOPIC
from .stopwatch import Stopwatch
from .usage import Memory
from .watcher import Sighting

# How many photos are taken before the storm, to know how long a capture takes.
_CAPTURES_BEFORE = 3

_BLOCK_BAR = 50.0
_MEMORY_BAR = 10.0


async def measure_storm(stopwatch: Stopwatch, alerts: int) -> list[Row]:
    """Publish so many alerts at full speed and see what Home Assistant makes of them."""
    client = stopwatch.house.client
    capture = median([await stopwatch.alert_to_file() for _ in range(_CAPTURES_BEFORE)])
    progress(f"Publishing {alerts} alerts at full speed ...")
    memory = Memory(stopwatch.house.home_assistant.process.pid)
    await start_probe(client, TOPIC)
    begin = time.perf_counter()
    published = await stopwatch.sensor.storm(alerts)
    photos = await _until_quiet(stopwatch, 2 * capture)
    if not photos:
        message = "the storm was answered by no photo"
        raise LabError(message)
    seen = await read_probe(client)
    arrivals = seen["arrivals"]
    return [
        Row("storm: alerts published within", published - begin, "s"),
        Row("storm: alerts arrived within", arrivals[-1] - begin, "s"),
        Row("storm: alerts lost on the way", alerts - len(arrivals), ""),
        Row("storm: photos", len(photos), ""),
        Row("storm: alerts that no photo answers", len(arrivals) - await _answered(stopwatch, photos), "", 0),
        # At the worst one capture has just begun, without this alert, and one more has to follow.
        Row("storm: last alert's arrival to its photo", photos[-1].at - arrivals[-1], "s", 2 * capture),
        Row("storm: longest block of the event loop", seen["longest_block"] * 1000, "ms", _BLOCK_BAR),
        Row("storm: longest full garbage collection", seen["longest_collection"] * 1000, "ms"),
        Row("storm: growth of memory at its peak", memory.growth(), "MB", _MEMORY_BAR),
    ]


async def _until_quiet(stopwatch: Stopwatch, pause: float) -> list[Sighting]:
    """Collect photos until none has come for twice the pause (in seconds)."""
    photos = []
    while True:
        try:
            photos.append(await stopwatch.watcher.next(2 * pause))
        except TimeoutError:
            return photos


async def _answered(stopwatch: Stopwatch, photos: list[Sighting]) -> int:
    """Return how many alerts the events of these photos say they answer."""
    captures = [await stopwatch.feed.next() for _ in photos]
    return sum(1 + capture.coalesced for capture in captures)

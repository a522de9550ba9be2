"""Far more alerts than photos can be taken."""

from pathlib import Path
import time

from .progress import LabError, progress
from .report import Row, median
from .sensor import TOPIC
from .stopwatch import Stopwatch
from .watcher import Sighting

_PROBE = "/api/lab_probe"

# How many photos are taken before the storm, to know how long a capture takes.
_CAPTURES_BEFORE = 3

_BLOCK_BAR = 50.0
_MEMORY_BAR = 10.0

_KB_IN_MB = 1024


async def measure_storm(stopwatch: Stopwatch, alerts: int) -> list[Row]:
    """Publish so many alerts at full speed and see what Home Assistant makes of them."""
    client = stopwatch.house.client
    capture = median([await stopwatch.alert_to_file() for _ in range(_CAPTURES_BEFORE)])
    progress(f"Publishing {alerts} alerts at full speed ...")
    memory = Memory(stopwatch.house.home_assistant.process.pid)
    await client.request("POST", _PROBE, {"topic": TOPIC})
    begin = time.perf_counter()
    published = await stopwatch.sensor.storm(alerts)
    photos = await _until_quiet(stopwatch, 2 * capture)
    if not photos:
        message = "the storm was answered by no photo"
        raise LabError(message)
    seen = await client.request("GET", _PROBE)
    return [
        Row("storm: alerts published within", published - begin, "s"),
        Row("storm: alerts arrived within", seen["last_message"] - begin, "s"),
        Row("storm: alerts lost on the way", alerts - seen["messages"], ""),
        Row("storm: photos", len(photos), ""),
        Row("storm: alerts that no photo answers", seen["messages"] - await _answered(stopwatch, photos), "", 0),
        # At the worst one capture has just begun, without this alert, and one more has to follow.
        Row("storm: last alert's arrival to its photo", photos[-1].at - seen["last_message"], "s", 2 * capture),
        Row("storm: longest block of the event loop", seen["longest_block"] * 1000, "ms", _BLOCK_BAR),
        Row("storm: growth of memory at its peak", memory.growth(), "MB", _MEMORY_BAR),
    ]


class Memory:
    """The resident memory of a process from now on."""

    def __init__(self, pid: int) -> None:
        self._process = Path("/proc", str(pid))
        # What proc(5) says of 5: the peak is set back to what is resident now.
        (self._process / "clear_refs").write_text("5", encoding="ascii")
        self._before = self._peak()

    def growth(self) -> float:
        """Return by how many MB the memory's peak was higher than at the beginning."""
        return (self._peak() - self._before) / _KB_IN_MB

    def _peak(self) -> int:
        """Return the peak in kB."""
        lines = (self._process / "status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


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

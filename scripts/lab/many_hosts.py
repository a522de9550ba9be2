"""Many hosts that alert all the time, from one Home Assistant."""

import asyncio
from collections import Counter
from collections.abc import Sequence
import contextlib
from pathlib import Path
import random
import time
from typing import Self

import simulator

from .broker import running_broker
from .client import Client, Json
from .entities import DOMAIN
from .folder import Folder
from .house import House, open_house
from .integration import read_note
from .light_host_camera import LightHost, running_light_hosts
from .ports import LOOPBACK, choose
from .probe import PROBE, read_probe, start_probe
from .progress import progress
from .report import Row, median, percentile
from .sensor import MotionSensor
from .usage import Memory, Processor, resident
from .watcher import PhotoWatcher

# How often each host alerts, in seconds.
_INTERVAL = 1.0

# How many alerts one host answers alone, for comparison.
_ALONE = 10

# And how many each of them answers before what is measured: its first one makes entities, tables and buffers.
_WARM_UP = 10

# Home Assistant is left alone for so long, to see what it uses at rest. Seconds.
_REST = 5.0

# When no photo has come for so long, none will: twice what the slowest took. Seconds.
_QUIET = 3.0

# What an alert among many may take longer than one alone, at the median and for 95 of 100, in ms.
_MEDIAN_BAR = 50.0
_P95_BAR = 250.0

# What the event loop may be kept longer than by as many states of other entities, in ms.
_BLOCK_BAR = 50.0

# Home Assistant keeps the latest states in tables that fill up within two minutes, some 30 MB in all; were each photo
# kept, it would be 200 MB in the first one.
_MEMORY_BAR = 40.0


async def measure_hosts(folder: Folder, count: int, seconds: int, delay: float) -> list[Row]:
    """Let so many hosts alert once a second, each at a moment of its own; their photos take `delay` seconds.

    Three rows to compare with are from the same Home Assistant: at rest, with one host alone, and with as many states
    that change without any camera.
    """
    pi = simulator.install(folder.camera, start_delay=0, log=False)
    async with (
        running_light_hosts(pi.directory, folder.media, count, delay) as cameras,
        running_broker(folder.path, choose()) as broker,
        open_house(folder, broker, cameras, (LOOPBACK, choose()), (PROBE,)) as house,
    ):
        sensor = MotionSensor(broker.port)
        await sensor.connect()
        with contextlib.ExitStack() as stack:
            crowd = [_Watched.of_host(host, sensor, stack) for host in cameras.hosts]
            return await _measure(house, crowd, seconds)


async def _measure(house: House, crowd: Sequence[_Watched], seconds: int) -> list[Row]:
    """Measure at rest, with one host alone, with all of them, and with their states alone."""
    pid, name = house.home_assistant.process.pid, f"{len(crowd)} hosts"
    at_rest = Processor(pid)
    await asyncio.sleep(_REST)
    idle = at_rest.share()
    progress("Alerting at one host ...")
    await _alert(crowd[:1], _ALONE)
    alone = await _latencies(crowd)
    progress(f"Alerting at {name} for {seconds} s ...")
    await _alert(crowd, _WARM_UP)
    await _latencies(crowd)
    memory, processor = Memory(pid), Processor(pid)
    await start_probe(house.client, crowd[0].host.topic)
    await _alert(crowd, seconds)
    busy, seen = processor.share(), await read_probe(house.client)
    together, growth = await _latencies(crowd), memory.growth()
    progress(f"Changing {seen['states']:.0f} states a second without a camera ...")
    await start_probe(house.client, crowd[0].host.topic, seen["states"])
    await asyncio.sleep(seconds)
    without = await read_probe(house.client)
    return [
        *await _count(house.client, crowd, name),
        *_compare(name, alone, together),
        *_blocks("as many states alone", without),
        *_blocks(name, seen, without["longest_block"] * 1000 + _BLOCK_BAR),
        Row("Home Assistant's share of a core, at rest", idle, "%"),
        Row("Home Assistant's share of a core, busy", busy, "%"),
        Row("Home Assistant's memory before", memory.before, "MB"),
        Row("Home Assistant's memory, growth at its peak", growth, "MB", _MEMORY_BAR),
        Row("Home Assistant's memory after", resident(pid), "MB"),
    ]


async def _alert(crowd: Sequence[_Watched], times: int) -> None:
    """Let each host alert so many times."""
    await asyncio.gather(*(watched.alert(times) for watched in crowd))


async def _latencies(crowd: Sequence[_Watched]) -> list[float]:
    """Wait until no photo comes any more; return how many ms the alerts since the last call took to become files."""
    before = -1
    while (now := sum(watched.pending for watched in crowd)) != before:
        before = now
        await asyncio.sleep(_QUIET)
    return [latency for watched in crowd for latency in watched.latencies()]


def _compare(name: str, alone: Sequence[float], together: Sequence[float]) -> list[Row]:
    """Return how long alerts took to become files, in ms."""
    base = median(alone)
    return [
        Row("one host alone: alert to file, median", base, "ms"),
        Row("one host alone: alert to file, longest", max(alone), "ms"),
        Row(f"{name}: alert to file, shortest", min(together), "ms"),
        Row(f"{name}: alert to file, median", median(together), "ms", base + _MEDIAN_BAR),
        Row(f"{name}: alert to file, 95th percentile", percentile(together, 0.95), "ms", base + _P95_BAR),
        Row(f"{name}: alert to file, longest", max(together), "ms"),
    ]


def _blocks(name: str, seen: Json, bar: float | None = None) -> list[Row]:
    """Return what kept the event loop from going on."""
    return [
        Row(f"{name}: longest block of the event loop", seen["longest_block"] * 1000, "ms", bar),
        Row(f"{name}: longest full garbage collection", seen["longest_collection"] * 1000, "ms"),
    ]


async def _count(client: Client, crowd: Sequence[_Watched], name: str) -> list[Row]:
    """Compare what was sent with what Home Assistant says became of it, and with the files that are there."""
    outcomes = Counter[str]()
    for entry in await client.call("config_entries/get", domain=DOMAIN):
        answer = await client.request("GET", f"/api/diagnostics/config_entry/{entry['entry_id']}")
        for told in answer["data"]["counts"]:
            outcomes[told["outcome"]] += told["count"]
    sent = sum(watched.sent for watched in crowd)
    photos = sum(watched.photos for watched in crowd)
    answered = outcomes["captured"] + outcomes["coalesced"]
    return [
        Row(f"{name}: alerts sent", sent, ""),
        Row(f"{name}: photos written", photos, ""),
        Row(f"{name}: alerts that joined another's photo", outcomes["coalesced"], ""),
        Row(f"{name}: alerts without a photo", sent - answered, "", 0),
        Row(f"{name}: photos announced that are no files", outcomes["captured"] - photos, "", 0),
    ]


class _Watched:
    """One host, the alerts that were published for it, and the photos that came."""

    def __init__(self, host: LightHost, sensor: MotionSensor, watcher: PhotoWatcher) -> None:
        self.host = host
        self.sent = 0
        """How many alerts were published, since the beginning; each bears its number."""
        self.photos = 0
        """How many photos were read, since the beginning."""
        self._sensor = sensor
        self._watcher = watcher
        self._published: dict[int, float] = {}

    @classmethod
    def of_host(cls, host: LightHost, sensor: MotionSensor, stack: contextlib.ExitStack) -> Self:
        """Watch the host's photos for as long as the stack stands."""
        watcher = PhotoWatcher(host.photos)
        stack.enter_context(watcher.watching())
        return cls(host, sensor, watcher)

    async def alert(self, times: int) -> None:
        """Publish so many alerts, one each second, from a moment within the next second on."""
        begin = time.perf_counter() + random.uniform(0, _INTERVAL)  # noqa: S311 - sensors do not agree on one
        for number in range(times):
            await asyncio.sleep(begin + number * _INTERVAL - time.perf_counter())
            self._published[self.sent] = time.perf_counter()
            self._sensor.alert(self.host.topic, self.sent)
            self.sent += 1

    @property
    def pending(self) -> int:
        """How many photos have come that `latencies` has not looked at."""
        return self._watcher.pending

    def latencies(self) -> list[float]:
        """Return how many ms the alerts since the last call took to become a file that can be read.

        A photo bears the number of the alert that asked for it; it answers those that came after, up to the next one
        that asked.
        """
        seen = {_number_in(self.host.photos / photo.name): photo.at for photo in self._watcher.waiting()}
        self.photos += len(seen)
        published, self._published = self._published, {}
        answers = {number: max((asked for asked in seen if asked <= number), default=None) for number in published}
        return [(seen[asked] - published[number]) * 1000 for number, asked in answers.items() if asked is not None]


def _number_in(photo: Path) -> int:
    """Return the number of the alert that a photo says has caused it, -1 when it says none."""
    note = read_note(photo.read_bytes())
    cause = note.cause if note else None
    return -1 if cause is None or cause.value is None else int(cause.value)

"""Measures the integration against its bars: scripts/bench."""

import argparse
from collections.abc import Awaitable, Callable, Sequence

import simulator

from .big_archives import measure_archives
from .broker import running_broker
from .camera import Camera
from .folder import Folder
from .house import ROOT, open_house
from .latency import measure_latency
from .many_hosts import measure_hosts
from .ports import LOOPBACK, choose
from .probe import PROBE
from .program import run
from .progress import progress
from .ready import measure_ready
from .report import Row, print_report
from .sensor import MotionSensor
from .soak import measure_soak
from .ssh_overhead import measure_overhead
from .stopwatch import Stopwatch
from .storm import measure_storm

# Seconds to the exposure: of a Pi 4 or 5, and of an older one with which a storm is worse.
_DELAY = 0.6
_DELAY_IN_STORM = 1.2


def main(arguments: Sequence[str]) -> int:
    """Run the measurements and return the exit status: 1 when a bar is missed."""
    return run(_bench(_parse(arguments)))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="parts:\n" + "\n".join(f"  {name:8}{measure.__doc__}" for name, measure in _PARTS.items()),
    )
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument(
        "--only", nargs="+", choices=_PARTS, default=_USUAL, metavar="PART", help=f"see below ({' '.join(_USUAL)})"
    )
    parts.add_argument(
        "--ssh", dest="only", action="store_const", const=_SSH, help=f"the same as --only {' '.join(_SSH)}"
    )
    counts = " ".join(map(str, _PHOTOS))
    parser.add_argument(
        "--photos", type=int, nargs="+", default=_PHOTOS, metavar="N", help=f"archive: photos in each ({counts})"
    )
    for name, number, text in _NUMBERS:
        parser.add_argument(f"--{name}", type=int, default=number, metavar="N", help=f"{text} ({number})")
    return parser.parse_args(arguments)


async def _bench(arguments: argparse.Namespace) -> int:
    """Run the parts one after the other, each from nothing; print the report of each."""
    folder = Folder(ROOT / ".demo" / "bench")
    status = 0
    with folder.held():
        for name in arguments.only:
            folder.clear()
            status |= print_report(await _PARTS[name](folder, arguments))
    return status


async def _alerts(folder: Folder, arguments: argparse.Namespace) -> list[Row]:
    """Measure the way from an alert to the photo's file, and a storm of alerts."""
    pi = simulator.install(folder.camera, start_delay=_DELAY)
    progress("Starting the broker and Home Assistant ...")
    async with (
        running_broker(folder.path, choose()) as broker,
        open_house(folder, broker, Camera(pi.directory), (LOOPBACK, choose()), (PROBE,)) as house,
    ):
        sensor = MotionSensor(broker.port)
        await sensor.connect()
        stopwatch = await Stopwatch.of_house(house, sensor, pi)
        with stopwatch.watcher.watching():
            rows = await measure_latency(stopwatch, arguments.runs)
            pi.set(start_delay=_DELAY_IN_STORM)
            return rows + await measure_storm(stopwatch, arguments.alerts)


async def _ready(folder: Folder, arguments: argparse.Namespace) -> list[Row]:
    """Measure the camera that is kept open: photos, viewers, clips, and what is left after many minutes."""
    return await measure_ready(folder, arguments.runs, arguments.minutes * 60)


async def _ssh(folder: Folder, arguments: argparse.Namespace) -> list[Row]:
    """Measure what SSH adds to the time of a command."""
    return await measure_overhead(folder, arguments.runs, _DELAY)


async def _hosts(folder: Folder, arguments: argparse.Namespace) -> list[Row]:
    """Measure many hosts that alert once a second, from one Home Assistant."""
    return await measure_hosts(folder, arguments.hosts, arguments.seconds, _DELAY)


async def _soak(folder: Folder, arguments: argparse.Namespace) -> list[Row]:
    """Look for what is left after many captures over SSH and many cut connections."""
    return await measure_soak(folder, arguments.captures, arguments.cuts)


async def _archive(folder: Folder, arguments: argparse.Namespace) -> list[Row]:
    """Measure start, browsing, search, thumbnails, photos and purges with few and with many photos."""
    return await measure_archives(folder, arguments.photos, arguments.runs)


_PARTS: dict[str, Callable[[Folder, argparse.Namespace], Awaitable[list[Row]]]] = {
    "alerts": _alerts,
    "ready": _ready,
    "ssh": _ssh,
    "hosts": _hosts,
    "soak": _soak,
    "archive": _archive,
}
_USUAL = ("alerts", "ready", "ssh")
_SSH = ("ssh", "hosts", "soak")
_PHOTOS = (1000, 10_000, 100_000)
_NUMBERS = (
    ("runs", 30, "alerts, ready, ssh, archive: how often for each time that is measured"),
    ("alerts", 10_000, "alerts: how many in the storm"),
    ("minutes", 3, "ready: how long the camera is kept open, after a fifth of that"),
    ("hosts", 50, "hosts: how many"),
    ("seconds", 60, "hosts: how long they alert"),
    ("captures", 1000, "soak: photos"),
    ("cuts", 50, "soak: connections that are cut"),
)

"""Measures the integration against its bars, in a real Home Assistant with a real broker: scripts/bench."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import simulator

from .broker import running_broker
from .camera import Camera
from .folder import Folder
from .house import ROOT, open_house
from .latency import measure_latency
from .ports import LOOPBACK, choose
from .program import run
from .progress import progress
from .report import print_report
from .sensor import MotionSensor
from .stopwatch import Stopwatch
from .storm import measure_storm

_PROBE = Path(__file__).with_name("lab_probe")

# Seconds to the exposure: of a Pi 4 or 5, and of an older one with which a storm is worse.
_DELAY = 0.6
_DELAY_IN_STORM = 1.2


def main(arguments: Sequence[str]) -> int:
    """Run the measurements and return the exit status: 1 when a bar is missed."""
    return run(_bench(_parse(arguments)))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=30, help="photos for the time from alert to file (30)")
    parser.add_argument("--alerts", type=int, default=10_000, help="alerts in the storm (10000)")
    return parser.parse_args(arguments)


async def _bench(arguments: argparse.Namespace) -> int:
    """Set everything up anew, measure, and print the report."""
    folder = Folder(ROOT / ".demo" / "bench")
    with folder.held():
        folder.clear()
        pi = simulator.install(folder.camera, start_delay=_DELAY)
        progress("Starting the broker and Home Assistant ...")
        async with (
            running_broker(folder.path, choose()) as broker,
            open_house(folder, broker, Camera(pi.directory), (LOOPBACK, choose()), (_PROBE,)) as house,
        ):
            sensor = MotionSensor(broker.port)
            await sensor.connect()
            stopwatch = await Stopwatch.of_house(house, sensor, pi)
            with stopwatch.watcher.watching():
                rows = await measure_latency(stopwatch, arguments.runs)
                pi.set(start_delay=_DELAY_IN_STORM)
                rows += await measure_storm(stopwatch, arguments.alerts)
    return print_report(rows)

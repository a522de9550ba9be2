"""How soon a photo of the open camera is there, beside one that a camera takes on demand."""

from .client import Json
from .open_camera import OpenCamera
from .probe import read_probe, start_probe
from .progress import LabError, progress
from .report import Row
from .sensor import TOPIC
from .shots import Shot, describe, take_shots, typical
from .stopwatch import Stopwatch
from .usage import load

# Frames a second.
_RATES = (30, 10)

# An alert may come just after a frame has begun, and waits for the whole next one; what comes on top of these two
# intervals is the way of the alert and the file, in ms.
_ON_TOP = 25.0

# What the event loop may be kept for longer than with photos on demand, in ms.
_BLOCK_BAR = 50.0

# The alerts of a camera on demand wait for no frame: any interval will do. Seconds.
_ANY = 0.1


async def measure_ready_latency(stopwatch: Stopwatch, camera: OpenCamera, runs: int) -> list[Row]:
    """Take so many photos on demand, and as many at each of two frame rates."""
    progress(f"Taking {runs} photos on demand ...")
    await camera.close()
    await start_probe(stopwatch.house.client, TOPIC)
    cold = await take_shots(stopwatch, runs, _ANY)
    block: float = (await read_probe(stopwatch.house.client))["longest_block"] * 1000
    rows = [*describe("on demand", cold), Row("on demand: longest block of the event loop", block, "ms")]
    for rate in _RATES:
        shots, seen = await _shoot(stopwatch, camera, runs, rate)
        name = f"{rate} frames/s"
        rows += [
            *describe(name, shots, frames_bar(rate)),
            Row(f"{name}: photos from before their alert's arrival", count_early(shots, seen["arrivals"]), "", 0),
            Row(f"{name}: on demand takes so many times as long", typical(cold) / typical(shots), ""),
            Row(f"{name}: longest block of the event loop", seen["longest_block"] * 1000, "ms", block + _BLOCK_BAR),
            Row(f"{name}: the machine's load", load(), ""),
        ]
    return rows


def frames_bar(rate: int) -> float:
    """Return what an alert may take to a file that can be read at so many frames a second, in ms."""
    return 2 * 1000 / rate + _ON_TOP


async def _shoot(stopwatch: Stopwatch, camera: OpenCamera, runs: int, rate: int) -> tuple[list[Shot], Json]:
    """Take photos at so many frames a second; return them and what the probe has seen."""
    progress(f"Taking {runs} photos at {rate} frames/s ...")
    await camera.open(rate)
    await start_probe(stopwatch.house.client, TOPIC)
    shots = await take_shots(stopwatch, runs, 1 / rate)
    return shots, await read_probe(stopwatch.house.client)


def count_early(shots: list[Shot], arrivals: list[float]) -> int:
    """Return how many photos were taken before their alerts arrived (seconds, time.perf_counter). Raises LabError."""
    if len(shots) != len(arrivals):
        message = f"{len(arrivals)} alerts have arrived for {len(shots)} photos"
        raise LabError(message)
    return sum(shot.precedes(arrival) for shot, arrival in zip(shots, arrivals, strict=True))

"""What it costs to record clips."""

import asyncio

from .captures import Capture
from .open_camera import OpenCamera
from .progress import LabError, progress
from .ready_latency import frames_bar
from .report import Row
from .shots import describe, take_shot, take_shots, typical
from .stopwatch import Stopwatch
from .usage import Memory, Processor, load

_RATE = 10

# Seconds. The time after an alert is long enough to look at a recording without another alert.
_PRE_ROLL = 3
_POST_ROLL = 12
_LOOK = 8.0

# A clip is whole within this after its last moment, in seconds.
_LIMIT = 60.0


async def measure_clips(stopwatch: Stopwatch, camera: OpenCamera, runs: int) -> list[Row]:
    """Look at the open camera without clips and while one is recorded, and take so many photos in either case."""
    progress(f"Taking {runs} photos without a clip and {runs} while one is recorded ...")
    pid = stopwatch.house.home_assistant.process.pid
    await camera.open(_RATE)
    without = await _share(pid)
    before = await take_shots(stopwatch, runs, 1 / _RATE)
    await camera.open(_RATE, clips=True, pre_roll=_PRE_ROLL, post_roll=_POST_ROLL)
    stopwatch.feed.waiting()
    memory = Memory(pid)
    # The first photo begins the clip. It opens an encoder, which is not what goes on.
    await take_shot(stopwatch)
    await asyncio.sleep(1)
    recording = await _share(pid)
    shots = await take_shots(stopwatch, runs, 1 / _RATE)
    busy = load()
    clip = await _clip(stopwatch)
    return [
        *describe("without a clip", before),
        *describe("while a clip is recorded", shots, frames_bar(_RATE)),
        Row("a clip adds, median", typical(shots) - typical(before), "ms"),
        Row("without a clip: Home Assistant's share of a core", without, "%"),
        Row("while a clip is recorded: share of a core", recording, "%"),
        Row("while a clip is recorded: growth of memory", memory.growth(), "MB"),
        Row("while a clip is recorded: the machine's load", busy, ""),
        *_describe(clip),
    ]


async def _share(pid: int) -> float:
    """Return what share of a core is used in the next seconds, in percent."""
    processor = Processor(pid)
    await asyncio.sleep(_LOOK)
    return processor.share()


async def _clip(stopwatch: Stopwatch) -> Capture:
    """Wait for the clip. Raises LabError when none comes."""
    try:
        async with asyncio.timeout(_POST_ROLL + _LIMIT):
            while (capture := await stopwatch.feed.next()).duration is None:
                pass
            return capture
    except TimeoutError as error:
        message = "No clip was told of"
        raise LabError(message) from error


def _describe(clip: Capture) -> list[Row]:
    assert clip.path is not None  # noqa: S101 - a clip has a file and a length
    assert clip.duration is not None  # noqa: S101
    size = clip.path.stat().st_size
    return [
        Row("the clip: length", clip.duration, "s"),
        Row("the clip: file", size / 1024**2, "MB"),
        Row("the clip: file for each second", size / 1024 / clip.duration, "KB"),
    ]

"""How long a photo takes, beside the camera's command alone."""

from .progress import progress
from .report import Row, median, percentile
from .stopwatch import Stopwatch

# What the way from the alert to the file may add to the command, in ms.
_MEDIAN_BAR = 25.0
_P95_BAR = 60.0


async def measure_latency(stopwatch: Stopwatch, runs: int) -> list[Row]:
    """Take so many photos by alerts, and as many by the command alone, in turn: the machine's mood is the same."""
    progress(f"Taking {runs} photos by alerts and {runs} by the command alone ...")
    alone: list[float] = []
    answered: list[float] = []
    for _ in range(runs):
        alone.append(await stopwatch.command_alone() * 1000)
        answered.append(await stopwatch.alert_to_file() * 1000)
    base = median(alone)
    return [
        Row("command alone, median", base, "ms"),
        Row("command alone, 95th percentile", percentile(alone, 0.95), "ms"),
        Row("alert to readable file, median", median(answered), "ms", base + _MEDIAN_BAR),
        Row("alert to readable file, 95th percentile", percentile(answered, 0.95), "ms", base + _P95_BAR),
    ]

"""What is done with archives, how long it takes, and for how long it keeps the event loop from going on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
import time

from .archive_view import ArchiveView
from .client import RequestRefused
from .integration import photo_name
from .made_photos import COMMON_WORD, RARE_WORD, write
from .probe import read_probe, start_probe
from .progress import progress
from .report import Row, median

# Within so many seconds after the start the directory's names are not read again, and then they are, once.
_TICK = 3.1

# What is left to do after an answer, such as keeping the limits after a photo, has begun by then and ended. Seconds.
_AFTERWARDS = 0.3

# How many photos a purge takes, at the most: a few days' alerts.
_PURGED = 300

# What the issue asks for, with 100,000 photos: known, and a day opened. ms.
_START_BAR = 2000.0
_DAY_BAR = 100.0

# By how much what is flat may differ between the largest and the smallest archive: the machine's own moods.
_FLAT_BAR = 1.5

# What the event loop may be kept longer than at rest, in ms.
_BLOCK_BAR = 50.0

# Photos of others bear numbers from here on: they are not to meet ours of the same second.
_OTHERS = 1000

# While a purge is on its way no other photo is to become too old: there is more time between two, unless there are far
# more than are measured.
_MARGIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Phase:
    """Something that is done with each archive, several times."""

    name: str
    deed: Callable[[ArchiveView, int], Awaitable[object]]
    """It is told how many times it was done before."""
    most_runs: int | None = None
    """It is done no more often; None for no such limit."""
    before: Callable[[ArchiveView], Awaitable[object]] | None = None
    """What must be done before, each time."""
    bar: float | None = None
    """What it may take, in ms."""
    flat: bool = False
    """Whether it shall take the same with many photos as with few."""
    pause: float = 0.0
    """How long nothing is done before, in seconds."""
    afterwards: float = 0.0
    """For how long there is something to do after it, in seconds."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long something took; how long the event loop, and a full garbage collection, kept others waiting; in ms."""

    took: float
    block: float
    collection: float


# Nothing is done for a while, in seconds, for comparison.
_REST = Phase("rest", lambda *_: asyncio.sleep(1.5))


async def measure_phases(views: Sequence[ArchiveView], runs: int) -> list[Row]:
    """Go through the phases with these archives, the smallest first.

    How long the event loop waits while nothing is done is looked at between them, as often as what is done.
    """
    rests: list[Timing] = []
    done: list[tuple[Phase, list[list[Timing]]]] = []
    for phase in _phases(views):
        progress(f"{phase.name} ...")
        rests.append(await _time(views[0], _REST, 0))
        await asyncio.sleep(phase.pause)
        done.append((phase, await _by_turns(views, phase, min(runs, phase.most_runs or runs))))
    rest = max(timing.block for timing in rests)
    everything = [timing for _, timings in done for each in timings for timing in each]
    return [
        *(row for phase, timings in done for row in _rows(views, phase, timings)),
        Row("longest block of the event loop, at rest", rest, "ms"),
        *(_block(views, phase, timings, rest + _BLOCK_BAR) for phase, timings in done if timings[-1]),
        Row("longest full garbage collection", max(timing.collection for timing in rests + everything), "ms"),
    ]


def _phases(views: Sequence[ArchiveView]) -> Sequence[Phase]:
    """Return what is done, in this order: what is read is known from then on, and what is deleted is gone."""
    # A small picture that was made is kept for a while: each is asked for once.
    small, bare = min(len(view.small) for view in views), min(len(view.bare) for view in views)
    gone = min(_PURGED, len(views[0].photos) // 4)
    return (
        Phase("start", lambda view, _: view.start(), before=ArchiveView.stop, most_runs=3, bar=_START_BAR),
        Phase("names read again", lambda view, _: view.days(), most_runs=1, pause=_TICK),
        Phase("days", lambda view, _: view.days(), flat=True),
        Phase("a day", lambda view, _: view.day(_full_day(view)), bar=_DAY_BAR),
        Phase("search by day", lambda view, _: view.search(str(view.photos[0].taken_at.date())), most_runs=5),
        Phase("search by time", lambda view, _: view.search("14:00-15:00"), most_runs=5),
        Phase("search by common word", lambda view, _: view.search(COMMON_WORD), most_runs=5),
        Phase("search by rare word, first", lambda view, _: view.search(RARE_WORD), most_runs=1),
        Phase("search by rare word, again", lambda view, _: view.search(RARE_WORD), most_runs=5),
        Phase("thumbnail in the photo", lambda view, number: view.thumbnail(view.small[number]), small, flat=True),
        Phase("thumbnail made", lambda view, number: view.thumbnail(view.bare[number]), bare, flat=True),
        Phase("photo", lambda view, _: view.take(), flat=True, afterwards=_AFTERWARDS),
        Phase("photo of others found", _find_other, most_runs=3),
        Phase("purge by age, planned", lambda view, _: _purge_by_age(view, gone, dry_run=True), most_runs=5),
        Phase("purge by number, planned first", lambda view, _: _purge_by_number(view, gone), most_runs=1),
        Phase("purge by number, planned again", lambda view, _: _purge_by_number(view, gone), most_runs=5),
        Phase(f"purge of {gone}", lambda view, _: _purge_by_age(view, gone, dry_run=False), most_runs=1),
    )


async def _by_turns(views: Sequence[ArchiveView], phase: Phase, runs: int) -> list[list[Timing]]:
    """Do it with one archive after the other, so many times; return the timings of each archive.

    What is refused has none, and its reason is told.
    """
    timings: list[list[Timing]] = [[] for _ in views]
    for number in range(runs):
        for view, mine in zip(views, timings, strict=True):
            try:
                mine.append(await _time(view, phase, number))
            except RequestRefused as error:
                progress(f"{phase.name}, {len(view.photos):,} photos: {error}")
                await read_probe(view.house.client)
    return timings


async def _time(view: ArchiveView, phase: Phase, number: int) -> Timing:
    """Do it once."""
    client = view.house.client
    if phase.before:
        await phase.before(view)
    await start_probe(client)
    begin = time.perf_counter()
    await phase.deed(view, number)
    took = time.perf_counter() - begin
    await asyncio.sleep(phase.afterwards)
    seen = await read_probe(client)
    return Timing(took * 1000, seen["longest_block"] * 1000, seen["longest_collection"] * 1000)


def _rows(views: Sequence[ArchiveView], phase: Phase, timings: Sequence[Sequence[Timing]]) -> list[Row]:
    """Return how long it took with each archive, and how the largest compares with the smallest."""
    counts = [f"{len(view.photos):,}" for view in views]
    if not all(timings):
        failed = sum(not each for each in timings)
        return [Row(f"{phase.name}: archives with which it failed", failed, "", 0)]
    medians = [median([timing.took for timing in each]) for each in timings]
    rows = [
        Row(f"{phase.name}, {count} photos", value, "ms", phase.bar)
        for count, value in zip(counts, medians, strict=True)
    ]
    if phase.flat and len(views) > 1:
        rows.append(
            Row(f"{phase.name}, {counts[-1]} against {counts[0]}", medians[-1] / medians[0], "times", _FLAT_BAR)
        )
    return rows


def _block(views: Sequence[ArchiveView], phase: Phase, timings: Sequence[Sequence[Timing]], bar: float) -> Row:
    """Return for how long the event loop was kept from going on with the largest archive."""
    longest = max(timing.block for timing in timings[-1])
    return Row(f"longest block, {len(views[-1].photos):,}: {phase.name}", longest, "ms", bar)


def _full_day(view: ArchiveView) -> date:
    """Return yesterday, as the photos have it."""
    return view.photos[-1].taken_at.date() - timedelta(days=1)


async def _find_other(view: ArchiveView, number: int) -> None:
    """Put a photo into the directory as another program does, and browse."""
    now = datetime.now(view.photos[0].taken_at.tzinfo)
    content = (view.directory / view.photos[-1].name).read_bytes()
    write(view.directory / photo_name(now, _OTHERS + number), now, content)
    await view.days()


async def _purge_by_age(view: ArchiveView, gone: int, *, dry_run: bool) -> None:
    """Purge so many photos, the oldest."""
    age = datetime.now(UTC) - view.photos[gone].taken_at
    # No photo may become too old while this is on its way.
    await view.purge(keep_days=(age + _MARGIN) / timedelta(days=1), dry_run=dry_run)


async def _purge_by_number(view: ArchiveView, gone: int) -> None:
    await view.purge(keep_count=len(view.photos) - gone, dry_run=True)

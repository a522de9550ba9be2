"""Which photos go, and why.

Several limits hold together, and a photo goes for the first that it exceeds. Who wants a photo to stay marks it: it
then counts for no limit and never goes. Nor does the newest one, nor the one that was saved last. Time is that of the
photos' names: a clock that was wrong for a while may make photos look old, which is what the brake is for, and what is
known of photos that were saved since the start.

Clips are photos here, and each file counts alike; but of both kinds the newest and the one that was saved last stay.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from math import inf
from operator import attrgetter

from .errors import StorageError
from .photo import Photo

# A pass that takes more than this many photos, and more than half of all, asks first: a limit was mistyped, the clock
# is wrong, or the directory is another one.
BRAKE = 50

_SIZE = attrgetter("size")


class Limit(StrEnum):
    """What a photo goes for."""

    AGE = "keep_days"
    COUNT = "keep_count"
    SIZE = "max_storage"
    SPACE = "min_free_space"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may stay; None is no limit."""

    keep_days: float | None = None
    """Photos that are older, in days, go."""
    keep_count: int | None = None
    """As many of the newest stay."""
    max_bytes: int | None = None
    """As many bytes of the newest stay."""
    min_free_bytes: int | None = None
    """As many bytes shall be free on the disk."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A photo that goes, and the limit that it exceeds."""

    photo: Photo
    limit: Limit


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go, the oldest first; `held`: so much that somebody must be asked before."""

    departures: tuple[Departure, ...] = ()
    held: bool = False


@dataclass(frozen=True, slots=True)
class Purged:
    """What went, the oldest first; what was held back for somebody to be asked; and what kept more from going."""

    gone: tuple[Departure, ...] = ()
    held: tuple[Departure, ...] = ()
    error: StorageError | None = None


def plan(  # noqa: PLR0913 - a plain function of all that a plan depends on
    photos: Sequence[Photo],
    limits: Limits,
    now: datetime,
    free_bytes: int | None,
    *,
    is_kept: Callable[[Photo], bool],
    fresh: Collection[str] = (),
    last: Sequence[str] = (),
    in_vain: int = 0,
) -> Plan:
    """Return what goes.

    `photos` are all, the oldest first; `now` is aware. `is_kept` says whether a photo is marked; it may be slow, and is
    asked only where it matters. `fresh` are the names of photos that are known to be young enough, whatever their names
    say: the clock was wrong when they were taken. `last` are the names of the photo and of the clip that were saved
    last, what was saved at the very last at the end: that is not the newest after the clock was put back. `free_bytes`
    is None where the disk does not tell; `in_vain` is how many photos went for want of space without making any.
    """
    # The one that was saved last is the newest but for clocks that were put back: it is found at once from that end.
    saved = [photo for name in last for photo in _last_of(photos, _named(name))]
    saved_last = saved[-1] if saved and saved[-1].name == last[-1] else None
    ahead = _count_ahead(photos, now)
    newest = (_newest(photos), _newest(photos[: len(photos) - ahead] if ahead else ()), saved)
    spared = {photo.name: photo for some in newest for photo in some}
    too_old = _count_older(photos, now, limits.keep_days)
    if saved_last and ahead and saved_last.taken_at < photos[-ahead].taken_at:
        # The clock was ahead, and is right now: those of then must not push out all that come now.
        photos = [*photos[-ahead:], *photos[:-ahead]]
    else:
        ahead = 0
    gone = _over_limits(photos, limits, range(ahead, ahead + too_old), spared, fresh, is_kept)
    missing = 0 if free_bytes is None else (limits.min_free_bytes or 0) - free_bytes
    missing -= sum(each.photo.size for each in gone)
    if missing > 0:
        stay = spared.keys() | {each.photo.name for each in gone}
        for_space = _for_space([photo for photo in photos if photo.name not in stay], missing, is_kept)
        # A share with a waste bin, or a disk with snapshots, gets no room from what is deleted.
        if not in_vain or in_vain + len(for_space) <= BRAKE:
            gone += for_space
    gone.sort(key=lambda each: each.photo.order)
    return Plan(tuple(gone), held=len(gone) > BRAKE and 2 * len(gone) > len(photos))


def _newest(photos: Sequence[Photo]) -> list[Photo]:
    """Return the newest photo and the newest clip, as far as there are any."""
    return [
        *_last_of(photos, lambda photo: not photo.is_clip),
        *_last_of(photos, lambda photo: photo.is_clip),
    ]


def _named(name: str) -> Callable[[Photo], bool]:
    return lambda photo: photo.name == name


def _last_of(photos: Sequence[Photo], is_it: Callable[[Photo], bool]) -> list[Photo]:
    """Return the last photo that is what is looked for, alone; none where there is no such."""
    return [*islice(filter(is_it, reversed(photos)), 1)]


def _over_limits(
    photos: Sequence[Photo],
    limits: Limits,
    too_old: range,
    spared: Mapping[str, Photo],
    fresh: Collection[str],
    is_kept: Callable[[Photo], bool],
) -> list[Departure]:
    """Walk from the newest to the oldest, and let go of what comes after a limit is reached; `too_old` are places."""
    most = len(photos) if limits.keep_count is None else limits.keep_count
    most_bytes = inf if limits.max_bytes is None else limits.max_bytes
    walked = too_old
    count = used = 0
    # After each photo this is asked: what has no limit is not added up.
    if most < len(photos) or (limits.max_bytes is not None and limits.max_bytes < sum(map(_SIZE, photos))):
        walked = range(len(photos))
        # What is spared takes the first places.
        counted = [photo for photo in spared.values() if not is_kept(photo)]
        count, used = len(counted), sum(photo.size for photo in counted)
    # else: there are not too many, whatever is marked; the marks need not be known.
    gone: list[Departure] = []
    for place in reversed(walked):
        photo = photos[place]
        if photo.name in spared or is_kept(photo):
            continue
        # Once a limit is reached it stays so: a smaller photo behind it does not slip through.
        if place in too_old and photo.name not in fresh:
            gone.append(Departure(photo, Limit.AGE))
        elif count >= most:
            gone.append(Departure(photo, Limit.COUNT))
        elif used + photo.size > most_bytes:
            gone.append(Departure(photo, Limit.SIZE))
        count, used = count + 1, used + photo.size
    return gone


def _count_ahead(photos: Sequence[Photo], now: datetime) -> int:
    """Return how many of the photos are of a day to come: the clock was wrong then, or is now."""
    return len(photos) - _count_before(photos, now, 1)


def _count_older(photos: Sequence[Photo], now: datetime, days: float | None) -> int:
    """Return how many of the photos are older."""
    return 0 if days is None else _count_before(photos, now, -days)


def _count_before(photos: Sequence[Photo], now: datetime, days: float) -> int:
    """Return how many of the photos are older than so many days after now; none where the calendar ends before."""
    try:
        moment = now.astimezone(UTC) + timedelta(days=days)
    except OverflowError:
        return 0
    return bisect_left(photos, moment, key=lambda photo: photo.taken_at)


def _for_space(photos: Sequence[Photo], missing: int, is_kept: Callable[[Photo], bool]) -> list[Departure]:
    """Return the oldest photos that together hold the missing bytes; none when all of them do not.

    Where all of them are not enough, something else fills the disk, and would fill it again.
    """
    gone: list[Departure] = []
    if sum(photo.size for photo in photos) < missing:
        return gone
    for photo in photos:
        if missing <= 0:
            break
        if not is_kept(photo):
            gone.append(Departure(photo, Limit.SPACE))
            missing -= photo.size
    return gone if missing <= 0 else []

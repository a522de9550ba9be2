"""An archive of many photos, made in seconds: small, but real ones, with names, times and comments as ours have."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import batched
import os
from pathlib import Path

from PIL import Image

from simulator import jpegs

from .integration import Cause, insert_comment, modified_ns, photo_name, write_comment

DAYS = 60
"""Over how many days the photos are spread; today is the last one of them."""

COMMON_WORD, RARE_WORD = "hallway", "cellar"
"""What most photos' triggers are called, and one in a thousand photos' trigger."""

# The last one of so many photos is of the same second as the one before it.
_BURST = 10

# So many of an archive's photos are large and hold no small picture, as other programs write them.
_BARE = 20

# As a door that is hardly ever opened.
_RARE = 1000

# How many files are written before somebody may say that no more are wanted.
_AT_ONCE = 500

# Those that hold a small picture: large enough to be photos, small enough for a hundred thousand of them. Pixels.
_SIZE = (320, 240)
_SMALL_SIZE = (160, 120)
_QUALITY = 70
_GREEN = (90, 120, 90)


@dataclass(frozen=True, slots=True)
class MadePhoto:
    """A photo that was put into a directory: its name, the moment in it (aware), whether it holds a small picture."""

    name: str
    taken_at: datetime
    has_thumbnail: bool


async def fill(directory: Path, count: int, now: datetime, bare: bytes) -> tuple[MadePhoto, ...]:
    """Make a directory with so many photos, and return them, the oldest first.

    `now` is aware, its zone that of the names; `bare` is the JPEG for those without a small picture. Some are written
    at a time, so that it can be cancelled.
    """
    await asyncio.to_thread(directory.mkdir, mode=0o750, parents=True)
    small, made = _small_photo(now), tuple(_photos(count, now))
    for some in batched(enumerate(made), _AT_ONCE, strict=False):
        await asyncio.to_thread(_write_some, directory, some, small, bare)
    # Who syncs a photo later is not to wait for these.
    await asyncio.to_thread(os.sync)
    return made


def _write_some(directory: Path, some: Iterable[tuple[int, MadePhoto]], small: bytes, bare: bytes) -> None:
    for number, photo in some:
        comment = write_comment(photo.taken_at, cause_of(number))
        write(directory / photo.name, photo.taken_at, insert_comment(small if photo.has_thumbnail else bare, comment))


def write(path: Path, taken_at: datetime, content: bytes) -> None:
    """Write a photo's file, with its time."""
    path.write_bytes(content)
    moment = modified_ns(taken_at)
    os.utime(path, ns=(moment, moment))


def photo_times(count: int, now: datetime) -> Iterator[datetime]:
    """Yield so many moments, the oldest first: as many on each day, and today as many until now."""
    zone, today = now.tzinfo, now.date()
    for day in range(DAYS):
        date = today - timedelta(days=DAYS - 1 - day)
        begin = datetime.combine(date, time(), zone).astimezone(UTC)
        end = min(datetime.combine(date + timedelta(days=1), time(), zone).astimezone(UTC), now.astimezone(UTC))
        here = count * (day + 1) // DAYS - count * day // DAYS
        for number in range(here):
            alone = number - (number % _BURST == _BURST - 1)
            yield (begin + (end - begin) * alone / here).astimezone(zone)


def cause_of(number: int) -> Cause:
    """Return what caused the photo of this number."""
    if number % _RARE == _RARE // 2:
        return Cause("Cellar door", "cellar/door", None, 700)
    return Cause("Hallway sensor", "salle/mouvement", 15 + number % 1000 / 10, 650 + number % 97)


def _photos(count: int, now: datetime) -> Iterator[MadePhoto]:
    """Name the moments; a second photo of the same second gets a number."""
    seen = Counter[str]()
    step = max(1, count // _BARE)
    for number, taken_at in enumerate(photo_times(count, now)):
        second = photo_name(taken_at)
        seen[second] += 1
        yield MadePhoto(photo_name(taken_at, seen[second]), taken_at, has_thumbnail=number % step != 0)


def _small_photo(now: datetime) -> bytes:
    """Return a JPEG as the camera programs write it, with a small picture in its EXIF data."""
    facts = jpegs.Photo(model="imx708", taken_at=now.timestamp(), exposure_us=10_000, iso=100)
    picture = Image.new("RGB", _SIZE, _GREEN)
    return jpegs.encode_still(picture, facts, quality=_QUALITY, restart=0, thumbnail=(*_SMALL_SIZE, _QUALITY))

"""What a user looks for among photos: days, times of day, and words of the trigger or its topic."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time
import re
import unicodedata

from .photo import Cause, Photo, parse_name

_ISO_DAY = re.compile(r"(\d{4})-(\d\d?)(?:-(\d\d?))?", re.ASCII)
# As it is written in French and in most of Europe; the year may be left out.
_DAY = re.compile(r"(\d\d?)[/.](\d\d?)(?:[/.](\d{4}))?\.?", re.ASCII)
# 14:25, 14:25:30, 14h25, 14h and ranges of them: 14:00-15:30.
_TIME = re.compile(r"(\d\d?)[:h](?:(\d\d)(?::(\d\d))?)?", re.ASCII)
# Words that find the photos that are marked to stay, in English and French.
_KEPT = frozenset({"kept", "gardee", "gardees"})

type _Test = Callable[[Photo], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """All that is asked must hold."""

    tests: tuple[_Test, ...] = ()
    """On the photo itself."""
    words: tuple[str, ...] = ()
    """To be found in its cause, which must be read for that."""

    def fits(self, photo: Photo) -> bool:
        """Say whether a photo's day and time are right."""
        return all(test(photo) for test in self.tests)

    def names(self, cause: Cause | None, *, kept: bool = False) -> bool:
        """Say whether a photo's cause has all the words, or its mark has them."""
        told = _plain(f"{cause.trigger} {cause.topic or ''}") if cause else ""
        return all(word in told or (kept and word in _KEPT) for word in self.words)

    def within(self, camera: str) -> Query:
        """Return what is left to look for among the photos of a camera whose name may be among the words."""
        return replace(self, words=tuple(word for word in self.words if word not in _plain(camera)))


def parse_query(text: str) -> Query:
    """Read what was typed; what is no day and no time is a word."""
    tests, words = [], []
    for part in text.split():
        test = _iso_day(part) or _day(part) or _times(part) or _name(part)
        if test:
            tests.append(test)
        else:
            words.append(_plain(part))
    return Query(tuple(tests), tuple(words))


def _plain(text: str) -> str:
    """Return a text in small letters without accents, which not everybody types."""
    return "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))


def _name(text: str) -> _Test | None:
    """Read a photo's name, as events and actions tell it."""
    return (lambda photo: photo.name == text) if parse_name(text) else None


def _iso_day(text: str) -> _Test | None:
    """Read 2026-02-13, or 2026-02 for the month."""
    if (match := _ISO_DAY.fullmatch(text)) is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    return lambda photo: _is_day(photo.day, year, month, day)


def _day(text: str) -> _Test | None:
    """Read 13/02/2026 and 13.2."""
    if (match := _DAY.fullmatch(text)) is None:
        return None
    day, month, year = (int(part) if part else None for part in match.groups())
    return lambda photo: _is_day(photo.day, year, month, day)


def _is_day(found: date, year: int | None, month: int | None, day: int | None) -> bool:
    return year in {None, found.year} and month in {None, found.month} and day in {None, found.day}


def _times(text: str) -> _Test | None:
    """Read 14:25 (that minute), 14:25:30 (that second), 14h (that hour), and 14:00-15:30.

    Of a range both ends are included, and it may go over midnight.
    """
    first, dash, last = text.partition("-")
    begin = _span(first)
    end = _span(last) if dash else begin
    if begin is None or end is None:
        return None
    low, high = begin[0], end[1]
    if low <= high:
        return lambda photo: low <= _clock(photo) <= high
    return lambda photo: not high < _clock(photo) < low


def _span(text: str) -> tuple[time, time] | None:
    """Return the first and the last second of a second, a minute or an hour of the day."""
    match = _TIME.fullmatch(text)
    if match is None or (match[2] is None and not text.endswith("h")):
        return None
    hour, minute, second = (int(part) if part else None for part in match.groups())
    try:
        return (
            time(hour or 0, minute or 0, second or 0),
            time(hour or 0, 59 if minute is None else minute, 59 if second is None else second),
        )
    except ValueError:
        return None


def _clock(photo: Photo) -> time:
    return photo.taken_at.time().replace(microsecond=0)

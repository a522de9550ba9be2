"""What a user looks for among photos and clips: days, times, names, kinds, and words of the trigger or its topic."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
import re
import unicodedata

from .photo import Cause, Photo

# More is no query; it would only take time. Characters.
_LONGEST = 500

_DAYS = [
    re.compile(form, re.ASCII)
    for form in (
        # 2026-02-13 and 2026/02/13, or 2026-02 for the month.
        r"(?P<year>\d{4})[-/](?P<month>\d\d?)(?:[-/](?P<day>\d\d?))?",
        # As it is written in French and in most of Europe: 13/02/2026, 13/2/26, 13.2. and 13-02-2026.
        r"(?P<day>\d\d?)[/.](?P<month>\d\d?)(?:[/.](?P<year>\d{4}|\d\d))?\.?",
        r"(?P<day>\d\d?)-(?P<month>\d\d?)-(?P<year>\d{4})",
        # 02/2026 for the month.
        r"(?P<month>\d\d?)[/.](?P<year>\d{4})",
    )
]
# How many days before today.
_NEAR_DAYS = {"today": 0, "aujourd'hui": 0, "yesterday": 1, "hier": 1}
# 14:25, 14:25:30, 14h25, 14h, 2pm and 2:25pm; of two, a range is made: 14:00-15:30.
_TIME = re.compile(r"(\d\d?)(?:h|[:h](\d\d)(?::(\d\d))?|(?=[ap]m))([ap]m)?", re.ASCII)
_SPACED_DASH = re.compile(r"(\d[:h]\d\d|\dh|\d[ap]m)\s*[-\u2013]\s*(?=\d\d?[:hap])", re.ASCII | re.IGNORECASE)
_LAST_SECOND = time(23, 59, 59)
# A file's name, or its beginning; or what is written in it of day and time.
_NAME = re.compile(r"(?:capture_|(?=20))\d{8}(?:_\d{1,6}){0,2}(?:\.(?:jpg|mp4))?", re.ASCII)

# Words that find clips alone, or photos alone, in English and French, as `_plain` writes them; True: clips.
_KINDS = {"photo": False, "photos": False, "clip": True, "clips": True, "video": True, "videos": True}
# Words that find the photos that are marked to stay, in English and French, as `_plain` writes them.
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
        """Say whether a photo's day, time and name are right."""
        return all(test(photo) for test in self.tests)

    def names(self, cause: Cause | None, *, kept: bool = False) -> bool:
        """Say whether a photo's cause has all the words, or its mark has them."""
        told = _plain(f"{cause.trigger} {cause.topic or ''}") if cause else ""
        return all(word in told or (kept and word in _KEPT) for word in self.words)

    def of_kind(self, *, clips: bool) -> Query:
        """Return the same for clips alone, or for photos alone."""
        return replace(self, tests=(*self.tests, _of_kind(clips=clips)))

    def within(self, camera: str) -> Query:
        """Return what is left to look for among the photos of a camera whose name may be among the words."""
        return replace(self, words=tuple(word for word in self.words if word not in _plain(camera)))


def parse_query(text: str, today: date) -> Query:
    """Read what was typed; what is no day, time or name is a word. `today` is Home Assistant's local day."""
    tests, words = [], []
    for part in _plain(_SPACED_DASH.sub(r"\1-", text[:_LONGEST])).split():
        test = _kind(part) or _near_day(part, today) or _day(part) or _times(part) or _name(part)
        if test:
            tests.append(test)
        else:
            words.append(part)
    return Query(tuple(tests), tuple(words))


def _plain(text: str) -> str:
    """Return a text without regard to case and accents: who types `entree` looks for `Entrée`."""
    decomposed = unicodedata.normalize("NFD", text.replace("\u2019", "'").casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each)).casefold()


def _of_kind(*, clips: bool) -> _Test:
    return lambda photo: photo.is_clip is clips


def _kind(text: str) -> _Test | None:
    return _of_kind(clips=_KINDS[text]) if text in _KINDS else None


def _near_day(text: str, today: date) -> _Test | None:
    if (days := _NEAR_DAYS.get(text)) is None:
        return None
    before = timedelta(days=days)
    return lambda photo: today - photo.day == before


def _day(text: str) -> _Test | None:
    """Read a day or a month; one that is in no calendar is no photo's."""
    match = next((match for form in _DAYS if (match := form.fullmatch(text))), None)
    if match is None:
        return None
    wanted = {name: int(number) for name, number in match.groupdict().items() if number}
    year, month, day = (wanted.get(name) for name in ("year", "month", "day"))
    if year is not None and len(match["year"]) == 2:  # noqa: PLR2004 - digits
        year += 2000
    if "/" in text and day and month and day <= 12 < month:  # noqa: PLR2004 - months
        # Nowhere but in the United States is this a day.
        month, day = day, month
    return lambda photo: _is_day(photo.day, year, month, day)


def _is_day(found: date, year: int | None, month: int | None, day: int | None) -> bool:
    return year in {None, found.year} and month in {None, found.month} and day in {None, found.day}


def _times(text: str) -> _Test | None:
    """Read 14:25 (that minute), 14h (that hour), and 14:00-15:30 (both ends included; over midnight, too)."""
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
    """Return the first and the last second of an hour, a minute or a second of the day."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, half = int(match[1]), match[4]
    (minute, second), last = ((int(match[2] or missing), int(match[3] or missing)) for missing in (0, 59))
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - a dial
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if (hour, minute, second) == (24, 0, 0):
        return _LAST_SECOND, _LAST_SECOND
    try:
        return time(hour, minute, second), time(hour, last[0], last[1])
    except ValueError:
        return None


def _clock(photo: Photo) -> time:
    return photo.taken_at.time().replace(microsecond=0)


def _name(text: str) -> _Test | None:
    """Read a file's name, whole or in part."""
    return (lambda photo: text in photo.name) if _NAME.fullmatch(text) else None

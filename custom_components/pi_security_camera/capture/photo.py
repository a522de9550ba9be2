"""A photo or a clip, its file name and the note inside it that tells its cause."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta, tzinfo
import json
import re
from sys import intern
from typing import Any

from .rules import finite_number

# The script before us wrote `capture_20260213_142530.jpg`; a second photo of that second (or of autumn's repeated hour)
# gets a number. Clips are named alike, and counted by themselves.
_NAME = re.compile(r"capture_(\d{8})_((?:[01]\d|2[0-3])\d{4})(?:_([2-9]|[1-9]\d{1,5}))?\.(?:jpg|mp4)", re.ASCII)
_PHOTO = ".jpg"
_CLIP = ".mp4"
ENDINGS = (_PHOTO, _CLIP)

# A topic may have 64 KiB; this much of it is enough to tell topics apart, and small enough for states and comments.
MAX_TOPIC = 255

# From UTC-12 to UTC+14; all zones of today are whole quarters of an hour from UTC.
_ZONES_APART = timedelta(hours=26)
_ZONE_STEP = timedelta(minutes=15)

type Stamp = tuple[int, int]
"""A file's size in bytes and its modification time, nanoseconds since 1970: what tells it from another of its name."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_NS = 10**9


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a photo was taken.

    `trigger` is the motion trigger's name, or `button` or `action`; `topic` and `value` are the alert's own;
    `latency_ms` is the time from the alert's arrival to the photo in hand, in milliseconds.
    """

    trigger: str
    topic: str | None = None
    value: float | None = None
    latency_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """One file of the archive, a photo (JPEG) or a clip (MP4).

    Its name, the moment it was taken (aware), its number among those of its kind within that second, its bytes.
    `modified_ns` is the file's modification time, nanoseconds since 1970.
    """

    name: str
    taken_at: datetime
    number: int
    size: int
    modified_ns: int = field(default=0, compare=False)

    @property
    def is_clip(self) -> bool:
        """Whether it is a clip."""
        return is_clip_name(self.name)

    @property
    def day_in_name(self) -> str:
        """The day as its name has it, YYYYMMDD."""
        return self.name[8:16]

    @property
    def day(self) -> date:
        """The day in its name."""
        return date.fromisoformat(self.day_in_name)

    @property
    def stamp(self) -> Stamp:
        """What tells whether a file of its name is still this photo."""
        return self.size, self.modified_ns

    @property
    def order(self) -> tuple[datetime, int, str]:
        """What photos are sorted by, oldest first; no two photos have the same."""
        return self.taken_at.astimezone(UTC), self.number, self.name


def photo_name(taken_at: datetime, number: int = 1) -> str:
    """Return the file name for a photo taken at this local time, `number` counting within the second from 1."""
    return _name(taken_at, number, _PHOTO)


def clip_name(taken_at: datetime, number: int = 1) -> str:
    """Return the file name for a clip of this local time, as that of a photo."""
    return _name(taken_at, number, _CLIP)


def is_clip_name(name: str) -> bool:
    """Say whether a name of ours is a clip's."""
    return name.endswith(_CLIP)


def _name(taken_at: datetime, number: int, ending: str) -> str:
    day = f"{taken_at.year:04}{taken_at.month:02}{taken_at.day:02}"
    time = f"{taken_at.hour:02}{taken_at.minute:02}{taken_at.second:02}"
    return f"capture_{day}_{time}{'' if number == 1 else f'_{number}'}{ending}"


def parse_name(name: str) -> tuple[datetime, int] | None:
    """Return the local time (naive, whole seconds) and the number in a name of ours; None for any other name."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    day, time, number = match.groups()
    try:
        named = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        return None
    # Some moments of the calendar's first and last year lie outside of it in another zone.
    return (named, int(number or 1)) if MINYEAR < named.year < MAXYEAR else None


def day_of(name: str) -> date | None:
    """Return the day in a name of ours; None for any other name."""
    parsed = parse_name(name)
    return parsed[0].date() if parsed else None


def photo_of_file(name: str, modified_ns: int, size: int, zone: tzinfo) -> Photo | None:
    """Return the photo or clip that a file is, or None when its name is not ours.

    The modification time (nanoseconds since 1970) is the exact time when it agrees with the name, in this zone or
    another; where it does not, as after a copy or on a file system of two-second steps, the name counts.
    """
    parsed = parse_name(name)
    if parsed is None:
        return None
    named, number = parsed
    seconds, rest = divmod(modified_ns, _SECOND_NS)
    try:
        exact = datetime.fromtimestamp(seconds, zone).replace(microsecond=rest // 1000)
    except OSError, OverflowError, ValueError:
        exact = None
    if exact is not None and _is_same_moment(exact.replace(tzinfo=None, microsecond=0), named):
        return Photo(name, exact, number, size, modified_ns)
    return Photo(name, named.replace(tzinfo=zone), number, size, modified_ns)


def _is_same_moment(exact: datetime, named: datetime) -> bool:
    """Say whether two local times can be one moment: equal, or apart as time zones are.

    So a photo keeps its time when Home Assistant is told that it has moved.
    """
    if exact == named:
        return True
    apart = abs(exact - named)
    return apart <= _ZONES_APART and not apart % _ZONE_STEP


def modified_ns(taken_at: datetime) -> int:
    """Return the modification time for a photo's file, nanoseconds since 1970, exact to the microsecond."""
    return (taken_at - _EPOCH) // timedelta(microseconds=1) * 1000


def write_comment(taken_at: datetime, cause: Cause) -> bytes:
    """Return the JSON object that a file carries about its cause: a JPEG as its comment, an MP4 in a box of ours."""
    return json.dumps({"time": taken_at.isoformat(timespec="milliseconds"), **asdict(cause)}).encode()


def comment_fields(comment: bytes) -> dict[str, Any]:
    """Return the JSON object in a file's comment; an empty one when it holds none."""
    try:
        fields = json.loads(comment)
    except ValueError, RecursionError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _told(text: str) -> str:
    """Return a text of a comment as states may hold it: others can write comments, too, of any length."""
    return intern(text[:MAX_TOPIC].encode(errors="replace").decode())


def cause_in(fields: Mapping[str, Any]) -> Cause | None:
    """Return the cause in a comment's fields; None when they are not those that write_comment made."""
    trigger, topic = fields.get("trigger"), fields.get("topic")
    if not isinstance(trigger, str):
        return None
    latency = finite_number(fields.get("latency_ms"))
    # Many photos have the same few triggers and topics: each is kept in memory once.
    return Cause(
        _told(trigger),
        _told(topic) if isinstance(topic, str) else None,
        finite_number(fields.get("value")),
        latency if isinstance(latency, int) else None,
    )

"""The photos and clips of a directory in the order of their moments: questions cost the same with many as with few.

Where only `photos` are spoken of, clips among them are meant, too, unless a name tells the kinds apart.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise
from operator import attrgetter

from .photo import Photo

_ORDER = attrgetter("order")


@dataclass(frozen=True, slots=True)
class Summary:
    """How full an archive is: how many photos and clips, the bytes of both, those that may still be written.

    `free_bytes` is None where that is not known. `oldest`, `newest` and `photos_of_day` are of photos alone.
    """

    photos: int
    clips: int
    used_bytes: int
    free_bytes: int | None
    oldest: Photo | None
    newest: Photo | None
    photos_of_day: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day that has photos or clips: how many of each, and the newest photo, or clip where there is no photo."""

    date: date
    photos: int
    clips: int
    newest: Photo


class Listing:
    """Photos and clips by name, by day, and in order. Not for several threads at a time."""

    def __init__(self, photos: Iterable[Photo] = ()) -> None:
        self._by_name = {photo.name: photo for photo in photos}
        days: defaultdict[str, list[Photo]] = defaultdict(list)
        for photo in self._by_name.values():
            days[photo.day_in_name].append(photo)
        self._days = {days[day][0].day: sorted(days[day], key=_ORDER) for day in sorted(days)}
        # To sort a hundred thousand at once would hold up all of Python, event loop and all, until it ends.
        self._photos = [*chain.from_iterable(self._days.values())]
        if any(before[-1].order > after[0].order for before, after in pairwise(self._days.values())):
            # Home Assistant was in another time zone, whose days are others. They are nearly in order, which helps.
            self._photos.sort(key=_ORDER)
        self._kinds = {kind: [photo for photo in self._photos if photo.is_clip is kind] for kind in (False, True)}
        # Counted as they come and go: a look at all days looks at no photo.
        self._clips_of_day = Counter(photo.day for photo in self._kinds[True])
        self.used_bytes = sum(photo.size for photo in self._photos)

    def __len__(self) -> int:
        return len(self._photos)

    @property
    def newest(self) -> list[Photo]:
        """The newest photo and the newest clip, as far as there are any."""
        return [photo for photos in self._kinds.values() for photo in photos[-1:]]

    def differing(self, names: Collection[str]) -> list[str]:
        """Return those of the names that no photo has, and the names of the photos that are not among them.

        Where nothing has changed no set of all names is made: that would hold up all of Python until it ends.
        """
        others = [name for name in names if name not in self._by_name]
        if len(names) - len(others) < len(self._by_name):
            others += self._by_name.keys() - names
        return others

    def summary(self, free_bytes: int | None, day: date | None = None) -> Summary:
        """Return how full the archive is, and how many photos a day has."""
        photos, clips = self._kinds[False], self._kinds[True]
        return Summary(
            photos=len(photos),
            clips=len(clips),
            used_bytes=self.used_bytes,
            free_bytes=free_bytes,
            oldest=photos[0] if photos else None,
            newest=photos[-1] if photos else None,
            photos_of_day=self._count(day)[0] if day else 0,
        )

    def find(self, name: str) -> Photo | None:
        """Return the photo of that name."""
        return self._by_name.get(name)

    def photos(self) -> list[Photo]:
        """Return all photos and clips, oldest first."""
        return self._photos.copy()

    def on(self, day: date) -> list[Photo]:
        """Return a day's photos and clips, oldest first."""
        return self._days.get(day, []).copy()

    def days(self) -> list[Day]:
        """Return the days that have photos or clips, the newest first."""
        return [
            Day(day, *self._count(day), _newest(photos)) for day, photos in sorted(self._days.items(), reverse=True)
        ]

    def add(self, photo: Photo) -> None:
        """Take a photo in, in the place of one of the same name."""
        self.remove(photo.name)
        self._by_name[photo.name] = photo
        for photos in (self._photos, self._kinds[photo.is_clip], self._days.setdefault(photo.day, [])):
            insort(photos, photo, key=_ORDER)
        self._clips_of_day[photo.day] += photo.is_clip
        self.used_bytes += photo.size

    def remove(self, name: str) -> None:
        """Forget the photo of that name, if there is one."""
        photo = self._by_name.pop(name, None)
        if photo is None:
            return
        day = self._days[photo.day]
        for photos in (self._photos, self._kinds[photo.is_clip], day):
            del photos[bisect_left(photos, photo.order, key=_ORDER)]
        self._clips_of_day[photo.day] -= photo.is_clip
        if not day:
            del self._days[photo.day], self._clips_of_day[photo.day]
        self.used_bytes -= photo.size

    def _count(self, day: date) -> tuple[int, int]:
        """Return how many photos a day has, and how many clips."""
        clips = self._clips_of_day[day]
        return len(self._days.get(day, ())) - clips, clips


def _newest(photos: list[Photo]) -> Photo:
    """Return the newest photo of a day, or clip where there is no photo."""
    return next((photo for photo in reversed(photos) if not photo.is_clip), photos[-1])

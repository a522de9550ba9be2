"""The photos of a directory in the order of their moments: questions cost the same with many of them as with few."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise
from operator import attrgetter

from .photo import Photo

_ORDER = attrgetter("order")


@dataclass(frozen=True, slots=True)
class Summary:
    """How full an archive is: how many photos, their bytes, those that may still be written (None: not known)."""

    photos: int
    used_bytes: int
    free_bytes: int | None
    oldest: Photo | None
    newest: Photo | None
    photos_of_day: int


class Listing:
    """Photos by name, by day, and in order. Not for several threads at a time."""

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
        self.used_bytes = sum(photo.size for photo in self._photos)

    def __len__(self) -> int:
        return len(self._photos)

    @property
    def oldest(self) -> Photo | None:
        """The oldest photo."""
        return self._photos[0] if self._photos else None

    @property
    def newest(self) -> Photo | None:
        """The newest photo."""
        return self._photos[-1] if self._photos else None

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
        of_day = len(self._days.get(day, ())) if day else 0
        return Summary(len(self), self.used_bytes, free_bytes, self.oldest, self.newest, of_day)

    def find(self, name: str) -> Photo | None:
        """Return the photo of that name."""
        return self._by_name.get(name)

    def photos(self) -> list[Photo]:
        """Return all photos, oldest first."""
        return self._photos.copy()

    def on(self, day: date) -> list[Photo]:
        """Return a day's photos, oldest first."""
        return self._days.get(day, []).copy()

    def days(self) -> list[tuple[date, int, Photo]]:
        """Return the days that have photos, the newest first: each with how many, and its newest photo."""
        return [(day, len(photos), photos[-1]) for day, photos in sorted(self._days.items(), reverse=True)]

    def add(self, photo: Photo) -> None:
        """Take a photo in, in the place of one of the same name."""
        self.remove(photo.name)
        self._by_name[photo.name] = photo
        for photos in (self._photos, self._days.setdefault(photo.day, [])):
            insort(photos, photo, key=_ORDER)
        self.used_bytes += photo.size

    def remove(self, name: str) -> None:
        """Forget the photo of that name, if there is one."""
        photo = self._by_name.pop(name, None)
        if photo is None:
            return
        day = self._days[photo.day]
        for photos in (self._photos, day):
            del photos[bisect_left(photos, photo.order, key=_ORDER)]
        if not day:
            del self._days[photo.day]
        self.used_bytes -= photo.size

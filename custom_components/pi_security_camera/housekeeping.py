"""Retention at work: what the limits take from an archive goes. Blocking. No Home Assistant here."""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from itertools import batched

from .archive import Archive
from .capture.errors import StorageError, StorageNotAllowed
from .capture.photo import Photo
from .capture.retention import BRAKE, Departure, Limit, Limits, Plan, Purged, plan


class Housekeeper:
    """Keeps one archive within its limits."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._gone_in_vain = 0

    def plan(self, limits: Limits, now: datetime) -> Plan:
        """Return what the limits take. Raises StorageError.

        `now` is aware. The marks that this depends on are read as far as they are not known: see `draft`.
        """
        return self._plan(limits, now, self._archive.is_kept)

    def draft(self, limits: Limits, now: datetime, tried: Collection[str] = ()) -> tuple[Plan, list[str]]:
        """Return what the limits take by the marks that are known, and the names of photos whose marks are to be read.

        It is the plan when there are none of these. Those in `tried` cannot be read, and may be marked. Once some are
        read there may be others: a marked photo stays, and another one goes. Raises StorageError.
        """
        unread: list[str] = []

        def is_kept(photo: Photo) -> bool:
            if note := self._archive.known_note(photo):
                return note.kept
            if photo.name not in tried:
                unread.append(photo.name)
            return photo.name in tried

        return self._plan(limits, now, is_kept), unread

    def _plan(self, limits: Limits, now: datetime, is_kept: Callable[[Photo], bool]) -> Plan:
        photos, free = self._archive.photos(), self._archive.free_bytes()
        if free is None or limits.min_free_bytes is None or free >= limits.min_free_bytes:
            self._gone_in_vain = 0
        last, in_vain = self._archive.last_saved, self._gone_in_vain
        # Once the clock is put right, photos from before look old: they are as young as they were.
        fresh = self._archive.saved_within(limits.keep_days or 0)
        return plan(photos, limits, now, free, is_kept=is_kept, fresh=fresh, last=last, in_vain=in_vain)

    def carry_out(self, departures: Iterable[Departure]) -> Purged:
        """Delete planned photos, one by one, as far as nothing has come since to spare them.

        Raises nothing: an error comes with what went in spite of it. Each takes a moment, on a network share some
        milliseconds: give some hundred at a time.
        """
        gone: list[Departure] = []
        error: StorageError | None = None
        for some in batched(departures, BRAKE, strict=False):
            # Whatever fills a disk on which deleting makes no room, it is not worth all photos.
            in_vain = self._gone_in_vain >= BRAKE
            purged = self._carry_out([each for each in some if not in_vain or each.limit is not Limit.SPACE])
            gone += purged.gone
            error = error or purged.error
            if purged.error and not isinstance(purged.error, StorageNotAllowed):
                break
        return Purged(tuple(gone), error=error)

    def _carry_out(self, departures: Iterable[Departure]) -> Purged:
        gone: list[Departure] = []
        error: StorageError | None = None
        before = self._free_bytes()
        for departure in departures:
            try:
                if self._archive.let_go(departure.photo):
                    gone.append(departure)
            except StorageError as raised:
                error = error or raised
                # One file may be protected, and the next one not; all else is no better with the next one.
                if not isinstance(raised, StorageNotAllowed):
                    break
        after = self._free_bytes()
        if for_space := sum(each.limit is Limit.SPACE for each in gone):
            made = after - before if before is not None and after is not None else 0
            in_vain = 2 * made < sum(each.photo.size for each in gone)
            self._gone_in_vain = self._gone_in_vain + for_space if in_vain else 0
        return Purged(tuple(gone), error=error)

    def purge(self, limits: Limits, now: datetime) -> Purged:
        """Delete what the limits take; nothing, when that is so much that somebody must be asked.

        Raises StorageError when nothing could be planned.
        """
        planned = self.plan(limits, now)
        if planned.held:
            return Purged(held=planned.departures)
        return self.carry_out(planned.departures)

    def _free_bytes(self) -> int | None:
        with suppress(StorageError):
            return self._archive.free_bytes()
        return None

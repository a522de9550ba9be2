"""What lies in a photo directory, shown; and trouble with it, told until it is over."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.util import dt as dt_util

from .capture.errors import StorageError
from .capture.listing import Summary
from .capture.photo import Cause, Photo
from .capture.retention import Limits
from .storage import Storage
from .storage_repairs import StorageRepairs

# What is written, once a minute, to find out whether photos can be kept again: no less than a small photo. Bytes.
_TRIAL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the directory, and the photo to be shown as the last one."""

    summary: Summary
    last_photo: Photo | None
    last_cause: Cause | None


class StorageWatch:
    """Looks at the directory of one camera.

    `limits` returns the limits as they are now, `shown` the photo that is shown as the last one. `show` takes what was
    found, None when the directory cannot be read.
    """

    def __init__(
        self,
        storage: Storage,
        repairs: StorageRepairs,
        *,
        limits: Callable[[], Limits],
        shown: Callable[[], Photo | None],
        show: Callable[[Found | None], None],
    ) -> None:
        self._storage = storage
        self._repairs = repairs
        self._limits = limits
        self._shown = shown
        self._show = show

    async def async_look(self) -> None:
        """Look at the directory, and show what is there; trouble becomes a repair, and goes with it."""
        shown, found, error = self._shown(), None, None
        if troubled := self._repairs.in_trouble:
            error = await self._async_try(shown)
        try:
            found = await self._storage.run(self._find, shown)
        except StorageError as raised:
            error = raised
        if error:
            self._repairs.tell_trouble(error)
        elif troubled:
            self._repairs.end_trouble()
        # else: what an alert has met meanwhile is not over because the directory can be read.
        if found is None or self._shown() is shown:
            self._show(found)
        # else: a photo came meanwhile, which is looked after by itself.

    async def _async_try(self, shown: Photo | None) -> StorageError | None:
        """Return what would stop a photo now: a directory that can be read is not one that can be written."""
        size = max(shown.size if shown else 0, _TRIAL)
        try:
            await self._storage.run(self._storage.archive.try_writing, size, self._limits().min_free_bytes or 0)
        except StorageError as error:
            return error
        return None

    def _find(self, shown: Photo | None) -> Found:
        """Read what is there; blocking. The photo that is shown stays the last one as long as it is there."""
        archive = self._storage.archive
        summary = archive.summary(dt_util.now().date())
        last = (archive.find(shown.name) if shown else None) or summary.newest
        return Found(summary, last, archive.cause(last.name) if last else None)

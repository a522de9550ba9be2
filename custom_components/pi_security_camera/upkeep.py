"""A camera's storage, looked after: limits kept, what is shown of it, and what a user must do about it.

After each photo, at the start and once a day the limits take what they take. Once a minute the directory is looked at:
others may have changed it, and trouble may have gone. Both end in states; trouble is a repair, until it is over.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .archive import Summary
from .capture.errors import StorageError
from .capture.photo import Cause, Photo
from .capture.retention import Departure, Limits, Plan, Purged
from .const import DOMAIN, ISSUE_TOO_MANY_TO_DELETE, LOGGER
from .housekeeping import Housekeeper
from .storage import Storage
from .translate import key_of, message_of

# Who drops a photo into the directory, or makes room on a full disk, looks for the effect soon; it costs one look at
# the directory's time.
_LOOK = timedelta(minutes=1)
_DAY = timedelta(days=1)
# A job holds one of Home Assistant's threads: as many files as even a slow share deletes in some seconds.
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the directory, and the photo to be shown as the last one."""

    summary: Summary
    last_photo: Photo | None
    last_cause: Cause | None


class Upkeep:
    """Looks after the storage of one camera.

    `limits` returns the limits as they are now, `shown` the photo that is shown as the last one. `show` takes what was
    found, None when the directory cannot be read.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        storage: Storage,
        *,
        limits: Callable[[], Limits],
        shown: Callable[[], Photo | None],
        show: Callable[[Found | None], None],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._entry_id = entry.entry_id
        self._name = entry.title
        self._storage = storage
        self._limits = limits
        self._shown = shown
        self._show = show
        self._waiting = False
        self._housekeeper = Housekeeper(storage.archive)
        self._working = asyncio.Lock()
        self._problem: str | None = None
        self._cancel: list[CALLBACK_TYPE] = []
        self._asked: Plan | None = None
        self.declined: Limits | None = None
        """The limits that the user would not have so many photos deleted for: they rest until they are changed."""

    @callback
    def start(self) -> None:
        """Begin to look once a minute, and to keep the limits once a day."""
        self._cancel = [
            async_track_time_interval(self._hass, self._look_now, _LOOK, cancel_on_shutdown=True),
            async_track_time_interval(self._hass, self._purge_now, _DAY, cancel_on_shutdown=True),
        ]

    @callback
    def stop(self) -> None:
        """Look no more; what is wrong is found again at the next start."""
        while self._cancel:
            self._cancel.pop()()
        self._clear_problem()
        self._ask_no_more()

    @callback
    def photo_saved(self) -> None:
        """Keep the limits after a photo; whatever kept photos from being saved is over."""
        self._clear_problem()
        if not self._waiting:
            self._waiting = True
            self._start(self._purge_soon(), "limits")

    def make_room(self) -> None:
        """See to it that there is room for one more photo; blocking, in the executor, before it is saved.

        Below the free space that is to stay, the limits are kept once; raises StorageFull when that does not help.
        """
        archive, limits = self._storage.archive, self._limits()
        needed = limits.min_free_bytes or 0
        free = archive.free_bytes()
        if free is None or free >= needed:
            return
        if limits != self.declined:
            self._housekeeper.purge(limits, dt_util.now())
        archive.check_space(needed)

    async def async_purge(self, limits: Limits | None = None) -> Purged:
        """Keep the limits, those given or the camera's own, and look at what is left. Raises StorageError."""
        limits = limits or self._limits()
        async with self._working:
            if limits == self.declined:
                return Purged()
            plan = await self._storage.run(self._housekeeper.plan, limits, dt_util.now())
            if plan.held:
                self._ask(plan)
                return Purged(held=plan.departures)
            self._ask_no_more()
            return await self._carry_out(plan)

    async def async_plan(self, limits: Limits) -> Plan:
        """Return what the limits would take. Raises StorageError."""
        return await self._storage.run(self._housekeeper.plan, limits, dt_util.now())

    @property
    def asked(self) -> dict[str, str]:
        """What the user is asked: how many photos would go, from which day to which; empty when nothing."""
        if self._asked is None:
            return {}
        first, last = self._asked.departures[0].photo, self._asked.departures[-1].photo
        return {"count": str(len(self._asked.departures)), "first": str(first.day), "last": str(last.day)}

    @callback
    def delete_held(self) -> None:
        """Begin to delete the photos that the user was asked about, and no others."""
        plan, self._asked = self._asked, None
        if plan:
            self._start(self._delete(plan), "deletion")

    async def _delete(self, plan: Plan) -> None:
        async with self._working:
            await self._carry_out(plan)
        await self.async_look()

    @callback
    def decline(self) -> None:
        """Let the camera's limits rest as they are: the user wants the photos to stay."""
        self.declined = self._limits()
        self._ask_no_more()

    async def async_set_kept(self, name: str, *, kept: bool) -> None:
        """Mark a photo, so that no limit takes it, or take the mark away.

        Raises StorageError, PhotoBroken, and ServiceValidationError when there is no such photo.
        """
        if await self._storage.run(self._storage.archive.set_kept, name, kept=kept) is None:
            raise _no_such_photo()
        await self.async_look()

    async def async_delete(self, name: str) -> None:
        """Delete a photo. Raises StorageError, and ServiceValidationError when there is no such photo."""
        if not await self._storage.run(self._storage.archive.delete, name):
            raise _no_such_photo()
        await self.async_look()

    async def async_look(self) -> None:
        """Look at the directory, and show what is there; trouble becomes a repair, and goes with it."""
        try:
            found = await self._storage.run(self._find)
            if self._problem:
                # Only what would stop a photo, too, tells whether the trouble is over.
                await self._storage.run(self._storage.archive.check_space, self._limits().min_free_bytes or 0)
        except StorageError as error:
            self.report(error)
            found = None
        else:
            self._clear_problem()
        self._show(found)

    def _find(self) -> Found:
        """Read what is there; blocking. The photo that is shown stays the last one as long as it is there."""
        archive, shown = self._storage.archive, self._shown()
        summary = archive.summary(dt_util.now().date())
        last = (archive.find(shown.name) if shown else None) or summary.newest
        return Found(summary, last, archive.cause(last.name) if last else None)

    @callback
    def report(self, error: StorageError) -> None:
        """Tell the user what to do about the storage."""
        key = key_of(error)
        if self._problem not in {None, key}:
            self._clear_problem()
        self._problem = key
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{self._entry_id}",
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=key,
            translation_placeholders={"name": self._name, **error.fields},
        )

    async def _carry_out(self, plan: Plan) -> Purged:
        """Delete what was planned, some at a time, and show what is left."""
        gone: list[Departure] = []
        error = None
        for start in range(0, len(plan.departures), _BATCH):
            purged = await self._storage.run(self._housekeeper.carry_out, plan.departures[start : start + _BATCH])
            gone += purged.gone
            if error := purged.error:
                break
        if error:
            LOGGER.warning("%s: %s", self._name, message_of(self._hass, error))
        return Purged(tuple(gone), error=error)

    def _start(self, work: Coroutine[None, None, object], name: str) -> None:
        self._entry.async_create_background_task(self._hass, work, f"{DOMAIN} {name}")

    async def _purge_soon(self) -> None:
        """Keep the limits; trouble is told by a repair."""
        self._waiting = False
        try:
            await self.async_purge()
        except StorageError as error:
            self.report(error)
        await self.async_look()

    @callback
    def _purge_now(self, _now: datetime) -> None:
        self._start(self._purge_soon(), "limits")

    @callback
    def _look_now(self, _now: datetime) -> None:
        self._start(self.async_look(), "storage")

    @property
    def _held_id(self) -> str:
        return f"{ISSUE_TOO_MANY_TO_DELETE}_{self._entry_id}"

    def _ask_no_more(self) -> None:
        self._asked = None
        ir.async_delete_issue(self._hass, DOMAIN, self._held_id)

    def _ask(self, plan: Plan) -> None:
        """Ask whether so many photos shall go."""
        self._asked = plan
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._held_id,
            data={"entry_id": self._entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_TOO_MANY_TO_DELETE,
            translation_placeholders={"name": self._name, **self.asked},
        )

    def _clear_problem(self) -> None:
        if self._problem:
            ir.async_delete_issue(self._hass, DOMAIN, f"{self._problem}_{self._entry_id}")
            self._problem = None


def _no_such_photo() -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key="media_not_found")

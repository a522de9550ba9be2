"""A camera's storage, looked after: limits kept, what is shown of it, and what a user must do about it.

At the start, after each photo and once a day the limits take what they take. Once a minute the directory is looked at:
others may have changed it, and trouble may have gone. Both end in states; trouble is a repair, until it is over.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .capture.errors import ClipBroken, PhotoBroken, StorageError, StorageFull
from .capture.photo import Photo
from .capture.retention import Departure, Limits, Plan, Purged
from .const import DOMAIN
from .housekeeping import Housekeeper
from .storage import Storage
from .storage_repairs import Question, StorageRepairs
from .storage_watch import Found, StorageWatch

# Who drops a photo into the directory, or makes room on a full disk, looks for the effect soon; it costs one look at
# the directory's time.
_LOOK = timedelta(minutes=1)
_DAY = timedelta(days=1)
# A job holds one of Home Assistant's threads: as many files as even a slow share reads or deletes in some seconds.
_BATCH = 200


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
        self._storage = storage
        self._limits = limits
        self._housekeeper = Housekeeper(storage.archive)
        self._repairs = StorageRepairs(hass, entry.entry_id, entry.title)
        self._watch = StorageWatch(storage, self._repairs, limits=limits, shown=shown, show=show)
        self._working = asyncio.Lock()
        self._waiting = False
        self._stopped = False
        self._changes = 0
        self._cancel: list[CALLBACK_TYPE] = []
        self.question: Question | None = None
        """What the user is asked."""
        self.declined: Limits | None = None
        """The limits that the user would not have so many photos deleted for: they rest until they are changed."""

    @callback
    def start(self) -> None:
        """Keep the limits, now and once a day, and look once a minute."""
        self._keep_limits()
        self._cancel = [
            async_track_time_interval(self._hass, self._look_now, _LOOK, cancel_on_shutdown=True),
            async_track_time_interval(self._hass, self._keep_limits, _DAY, cancel_on_shutdown=True),
        ]

    @callback
    def stop(self) -> None:
        """Look no more; what is wrong is found again at the next start."""
        self._stopped = True
        while self._cancel:
            self._cancel.pop()()
        self._repairs.end()

    @callback
    def limits_changed(self) -> None:
        """Forget what was asked and answered of other limits; the new ones hold from the next photo on."""
        self._changes += 1
        self.declined = None
        if self.question and self.question.own:
            self._end_question()

    @callback
    def photo_saved(self) -> None:
        """Keep the limits after a photo; whatever kept photos from being saved is over."""
        self._repairs.end_trouble()
        self._keep_limits()

    @callback
    def report(self, error: StorageError) -> None:
        """Tell that no photo can be kept, and what to do about it."""
        self._repairs.tell_trouble(error)

    def make_room(self) -> None:
        """See to it that there is room for one more photo; blocking, in the executor, before it is saved.

        Below the free space that is to stay, that limit is kept once; raises StorageFull when that does not help, and
        whatever else keeps a photo from being saved there.
        """
        archive, limits = self._storage.archive, self._limits()
        needed = limits.min_free_bytes or 0
        try:
            archive.check_space(needed)
        except StorageFull:
            if limits != self.declined:
                self._purge_for_space(needed)
            archive.check_space(needed)

    async def async_plan(self, limits: Limits) -> Plan:
        """Return what the limits would take. Raises StorageError.

        The marks that this depends on are read some at a time: on a slow card all of them can take minutes.
        """
        read: set[str] = set()
        while True:
            plan, unread = await self._storage.run(self._housekeeper.draft, limits, dt_util.now(), frozenset(read))
            if not unread:
                return plan
            for names in batched(unread, _BATCH, strict=False):
                await self._storage.run(self._storage.archive.notes, names)
            read.update(unread)

    async def async_purge(self, limits: Limits) -> Purged:
        """Keep limits that an action gave, and show what is left. Raises StorageError."""
        async with self._working:
            purged = await self._purge(limits, self._holder(own=False), own=False)
        await self.async_look()
        return purged

    @callback
    def delete_held(self, asked: Question) -> None:
        """Begin to delete the photos that the user was asked about, as far as they would still go, and no others."""
        if question := self._end_question():
            self._start(self._delete(asked.departures, question), "deletion")

    @callback
    def decline(self) -> None:
        """Delete none of the photos that the user was asked about: the camera's own limits rest as they are."""
        question = self._end_question()
        if question and question.own:
            self.declined = self._limits()

    async def async_set_kept(self, name: str, *, kept: bool) -> None:
        """Mark a photo, so that no limit takes it, or take the mark away.

        Raises StorageError, and ServiceValidationError when there is no such photo, or no mark fits into it.
        """
        try:
            photo = await self._storage.run(self._storage.archive.set_kept, name, kept=kept)
        except (PhotoBroken, ClipBroken) as error:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="photo_not_markable") from error
        if photo is None:
            raise _no_such_photo()
        await self.async_look()

    async def async_delete(self, name: str) -> None:
        """Delete a photo. Raises StorageError, and ServiceValidationError when there is no such photo."""
        if not await self._storage.run(self._storage.archive.delete, name):
            raise _no_such_photo()
        await self.async_look()

    async def async_look(self) -> None:
        """Look at the directory, and show what is there; see StorageWatch."""
        await self._watch.async_look()

    def _purge_for_space(self, needed: int) -> None:
        """Let the oldest photos make room until so many bytes are free, or ask whether to; blocking."""
        limits, holds = Limits(min_free_bytes=needed), self._holder(own=True)
        purged = self._housekeeper.purge(limits, dt_util.now())
        if purged.held:
            self._hass.loop.call_soon_threadsafe(self._ask, Question(purged.held, limits, own=True), holds)
        if purged.error:
            self._hass.loop.call_soon_threadsafe(self._repairs.tell_deletion, purged.error)

    @callback
    def _keep_limits(self, _now: datetime | None = None) -> None:
        """Keep the camera's own limits soon; those who ask while that waits for its turn are served by it, too."""
        if not self._waiting:
            self._waiting = True
            self._start(self._keep_own_limits(), "limits")

    async def _keep_own_limits(self) -> None:
        async with self._working:
            self._waiting = False
            holds = self._holder(own=True)
            if (limits := self._limits()) != self.declined:
                try:
                    await self._purge(limits, holds, own=True)
                except StorageError as error:
                    self.report(error)
        await self.async_look()

    def _holder(self, *, own: bool) -> Callable[[], bool]:
        """Return what says whether work that begins now may go on: the camera is set up, and has the same limits."""
        changes = self._changes
        return lambda: not self._stopped and (not own or changes == self._changes)

    async def _purge(self, limits: Limits, holds: Callable[[], bool], *, own: bool) -> Purged:
        """Delete what the limits take, or ask whether to; one at a time. Raises StorageError."""
        plan = await self.async_plan(limits)
        if not holds():
            return Purged()
        if plan.held:
            self._ask(Question(plan.departures, limits, own))
            return Purged(held=plan.departures)
        if self.question and self.question.own is own:
            self._end_question()
        return await self._carry_out(plan.departures, holds)

    async def _delete(self, departures: tuple[Departure, ...], question: Question) -> None:
        """Delete what was shown, as far as the limits that were asked about still take it."""
        holds = self._holder(own=question.own)
        async with self._working:
            try:
                plan = await self.async_plan(question.limits)
            except StorageError as error:
                self.report(error)
            else:
                still = {each.photo.name for each in plan.departures}
                await self._carry_out(tuple(each for each in departures if each.photo.name in still), holds)
        await self.async_look()

    async def _carry_out(self, departures: tuple[Departure, ...], holds: Callable[[], bool]) -> Purged:
        """Delete some at a time; whatever is wrong ends that, and is told."""
        gone: list[Departure] = []
        error: StorageError | None = None
        for some in batched(departures, _BATCH, strict=False):
            if not holds():
                break
            try:
                purged = await self._storage.run(self._housekeeper.carry_out, some)
            except StorageError as raised:
                error = raised
                break
            gone += purged.gone
            if error := purged.error:
                break
        self._repairs.tell_deletion(error)
        return Purged(tuple(gone), error=error)

    @callback
    def _ask(self, question: Question, holds: Callable[[], bool] = lambda: True) -> None:
        if holds():
            self.question = question
            self._repairs.ask(question)

    @callback
    def _end_question(self) -> Question | None:
        """Take the question back, and return it."""
        question, self.question = self.question, None
        self._repairs.ask_no_more()
        return question

    @callback
    def _look_now(self, _now: datetime) -> None:
        if self.question and self.question.own:
            # What was asked may be over: somebody has made room, or deleted them.
            self._keep_limits()
        else:
            self._start(self.async_look(), "storage")

    def _start(self, work: Coroutine[None, None, object], name: str) -> None:
        self._entry.async_create_background_task(self._hass, work, f"{DOMAIN} {name}")


def _no_such_photo() -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key="media_not_found")

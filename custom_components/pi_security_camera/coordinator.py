"""The spine: judge → take → keep → publish.

A message comes in at `handle_message`. What the rules accept becomes a request; one request is served at a time, one
waits, the rest joins it. A served request ends in photos, each announced as state first and as event after, or in an
error, which is announced alike. Buttons and actions put their requests in at `async_take_photos`.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .archive import Archive
from .capture.command import Completed
from .capture.errors import (
    CaptureDisarmed,
    CaptureError,
    CaptureFault,
    CaptureStopped,
    StorageError,
)
from .capture.outcomes import Limiter, Outcome, OutcomeKind, OutcomeLog
from .capture.photo import MAX_TOPIC, Cause, Photo
from .capture.queue import Place, Request
from .capture.rpicam import is_busy, read_photo
from .capture.rules import Guard, Ignored, Message, MotionTrigger, Reason, judge, topic_matches
from .const import BUSY_PAUSES, DOMAIN, LOGGER, OUTCOME_BURST, RECENT_OUTCOMES
from .host import Host
from .line import CaptureLine
from .links import media_content_id, photo_url
from .options import Settings
from .state import CameraState, CaptureEvent
from .storage import Storage
from .translate import key_of, message_of

type PiCameraConfigEntry = ConfigEntry[CaptureCoordinator]


class CaptureCoordinator(DataUpdateCoordinator[CameraState]):
    """One camera's captures."""

    config_entry: PiCameraConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: PiCameraConfigEntry, settings: Settings, host: Host, archive: Archive
    ) -> None:
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title, always_update=False)
        self.settings = settings
        self.host = host
        self.storage = Storage(hass, archive)
        self.outcomes = OutcomeLog(RECENT_OUTCOMES)
        self.data = CameraState()
        self._line = CaptureLine(
            self._serve,
            lambda serving: entry.async_create_background_task(hass, serving, f"{DOMAIN} capture", eager_start=False),
        )
        self._stopping = False
        self._accepted_at: float | None = None
        self._limiter = Limiter(OUTCOME_BURST)
        self._cancel_outcome: CALLBACK_TYPE | None = None
        self._cancel_motion: CALLBACK_TYPE | None = None
        self._told_error: str | None = None
        self._subscribers: list[Callable[[CaptureEvent], None]] = []
        self._store = armed_store(hass, entry.entry_id)

    async def async_start(self) -> None:
        """Bring back what was known before the restart; no event tells of it.

        A directory that cannot be read is no reason not to start: the next alert says so, and the one after its repair
        is served.
        """
        stored = await self._store.async_load()
        photo = cause = None
        try:
            photo, cause = await self.storage.run(self._open_archive)
        except StorageError as error:
            self._log_failure(error)
        self.data = CameraState(armed=stored is None or stored["armed"], last_photo=photo, last_cause=cause)

    async def async_stop(self, grace: float = 0) -> None:
        """End the captures; one that is running gets `grace` seconds to arrive."""
        self._stopping = True
        error = CaptureStopped()
        if dropped := self._line.drop_waiting(error, spare_awaited=False):
            self._announce_failure(dropped, error)
        await self._line.end_running(error, spare_awaited=False, grace=grace)
        for cancel in (self._cancel_motion, self._cancel_outcome):
            if cancel:
                cancel()

    @callback
    def handle_message(self, message: Message) -> None:
        """Judge a message that arrived on the topic of at least one motion trigger."""
        topic = message.topic[:MAX_TOPIC]
        settings = self.settings
        guard = Guard(self.data.armed, settings.accept_retained, settings.cooldown, self._accepted_at)
        verdict = judge(message, self.matching_triggers(message.topic), guard)
        if isinstance(verdict, Ignored):
            self._note(OutcomeKind.IGNORED, verdict.reason, topic, verdict.value)
            return
        if self._stopping:
            return
        self._accepted_at = message.received_at
        self._show_motion()
        place, _ = self._line.submit(
            Request(
                Cause(verdict.trigger, topic, verdict.value),
                message.received_at,
                motion=True,
                awaited=False,
                count=settings.burst_count,
                interval=settings.burst_interval,
            )
        )
        if place is Place.JOINED:
            self._note(OutcomeKind.COALESCED, None, topic, verdict.value)

    @callback
    def handle_broker(self, connected: bool) -> None:  # noqa: FBT001 - the signature of Home Assistant's callback
        """Note that the connection to the broker was lost or is back."""
        self._update(broker=connected)

    async def async_take_photos(self, trigger: str, count: int = 1, interval: float = 0) -> tuple[Photo, ...]:
        """Take photos for a person or an automation, armed or not; raise CaptureError when one cannot be taken."""
        if self._stopping:
            raise CaptureStopped
        request = Request(Cause(trigger), time.monotonic(), motion=False, awaited=True, count=count, interval=interval)
        _, photos = self._line.submit(request)
        return (await asyncio.shield(photos))[:count]

    async def async_set_armed(self, *, armed: bool) -> None:
        """Arm or disarm; disarming ends a capture that only motion asked for, so that no camera process runs."""
        self._update(armed=armed)
        await self._store.async_save({"armed": armed})
        if armed:
            return
        error = CaptureDisarmed()
        if dropped := self._line.drop_waiting(error, spare_awaited=True):
            self._announce_failure(dropped, error)
        await self._line.end_running(error, spare_awaited=True)

    async def async_read(self, filename: str) -> bytes | None:
        """Return a photo's bytes; None when it is gone. Raises StorageError."""
        return await self.storage.run(self.storage.archive.read, filename)

    async def async_describe_archive(self) -> dict[str, Any]:
        """Return where the photos lie, how many there are, and the room they take and have, in bytes."""
        return await self.storage.run(self.storage.archive.describe)

    @callback
    def async_subscribe(self, subscriber: Callable[[CaptureEvent], None]) -> CALLBACK_TYPE:
        """Call `subscriber` with every event; return what ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def matching_triggers(self, topic: str) -> list[MotionTrigger]:
        """Return the motion triggers whose topic covers this one."""
        return [trigger for trigger in self.settings.triggers if topic_matches(trigger.topic, topic)]

    def describe(self, photo: Photo) -> dict[str, str]:
        """Return where a photo is found, as events and actions tell it."""
        entry_id = self.config_entry.entry_id
        return {
            "filename": photo.name,
            "path": str(self.storage.archive.directory / photo.name),
            "media_content_id": media_content_id(entry_id, photo),
            "url": photo_url(entry_id, photo),
            "captured_at": photo.taken_at.isoformat(),
        }

    async def _serve(self, request: Request) -> tuple[Photo, ...]:
        """Take a request's photos and announce each, or the error that ended it; see CaptureLine."""
        photos: list[Photo] = []
        try:
            await self._take_all(request, photos)
        except CaptureError as error:
            self._announce_failure(request, error, photos)
            raise
        except asyncio.CancelledError:
            end = self._line.cause_of_end
            self._announce_failure(request, end, photos)
            raise end from None
        except Exception:
            self._announce_failure(request, CaptureFault(), photos)
            raise
        return tuple(photos)

    async def _take_all(self, request: Request, photos: list[Photo]) -> None:
        start = time.monotonic()
        for index in range(request.count):
            await asyncio.sleep(start + index * request.interval - time.monotonic())
            began = time.monotonic()
            completed = await self._take()
            seconds = time.monotonic() - began
            photo, cause = await self.storage.run(self._keep, completed, dt_util.utcnow(), request)
            photos.append(photo)
            self._announce(request, photos, cause, seconds)

    async def _take(self) -> Completed:
        """Run the command for one photo; a camera that another program holds is asked again, twice."""
        settings = self.settings
        for pause in BUSY_PAUSES:
            completed = await self.host.take(settings.camera_id, settings.camera, settings.timeout)
            if not is_busy(completed):
                return completed
            await asyncio.sleep(pause)
        return await self.host.take(settings.camera_id, settings.camera, settings.timeout)

    def _keep(self, completed: Completed, taken_at: datetime, request: Request) -> tuple[Photo, Cause]:
        """Check and save a photo; runs in the executor. Raises CameraError, NotAPhoto, StorageError."""
        data = read_photo(completed, self.settings.camera.size)
        cause = replace(request.cause, latency_ms=_milliseconds_since(request.received_at))
        return self.storage.archive.save(data, taken_at, cause), cause

    def _open_archive(self) -> tuple[Photo | None, Cause | None]:
        self.storage.archive.open()
        photo = self.storage.archive.newest()
        return photo, self.storage.archive.cause(photo.name) if photo else None

    @callback
    def _announce(self, request: Request, photos: list[Photo], cause: Cause, seconds: float) -> None:
        """Tell of a photo that lies readable in the archive: state first, so that automations on the event see it."""
        photo = photos[-1]
        latency = _milliseconds_since(request.received_at)
        self._log_recovery()
        if len(photos) == 1:
            self._note(OutcomeKind.CAPTURED, None, cause.topic, cause.value, show=False)
        self._update(
            last_photo=photo,
            last_cause=cause,
            capture_seconds=seconds,
            last_outcome=self.outcomes.recent[-1],
        )
        self._fire(
            OutcomeKind.CAPTURED,
            self.describe(photo)
            | {"trigger": cause.trigger, "topic": cause.topic, "value": cause.value}
            | {"latency_ms": latency, "coalesced": request.coalesced},
        )

    @callback
    def _announce_failure(self, request: Request, error: CaptureError, photos: list[Photo] | None = None) -> None:
        """Tell of a capture that ended in an error; its alert is answered when it has at least one photo."""
        cause = request.cause
        if isinstance(error, CaptureDisarmed):
            if not photos:
                self._note(OutcomeKind.IGNORED, Reason.DISARMED, cause.topic, cause.value)
            return
        key, message = key_of(error), message_of(self.hass, error)
        if not request.awaited:
            self._log_failure(error)
        if not photos:
            self._note(OutcomeKind.FAILED, key, cause.topic, cause.value)
        self._fire(OutcomeKind.FAILED, {"error": key, "message": message, "topic": cause.topic})

    @callback
    def _note(
        self, kind: OutcomeKind, reason: str | None, topic: str | None, value: float | None, *, show: bool = True
    ) -> None:
        """Write an outcome down, and show it: failures at once, the others no faster than the limiter lets."""
        self.outcomes.note(Outcome(kind, dt_util.utcnow(), reason, topic, value))
        if not show or self._cancel_outcome:
            return
        if kind is OutcomeKind.FAILED or self._limiter.allows(time.monotonic()):
            self._update(last_outcome=self.outcomes.recent[-1])
        else:
            self._cancel_outcome = async_call_later(self.hass, 1, self._show_outcome)

    @callback
    def _show_outcome(self, _now: datetime) -> None:
        self._cancel_outcome = None
        self._update(last_outcome=self.outcomes.recent[-1])

    @callback
    def _show_motion(self) -> None:
        if self._cancel_motion:
            self._cancel_motion()
        else:
            self._update(motion=True)
        self._cancel_motion = async_call_later(self.hass, self.settings.motion_hold, self._end_motion)

    @callback
    def _end_motion(self, _now: datetime) -> None:
        self._cancel_motion = None
        self._update(motion=False)

    @callback
    def _update(self, **changes: Any) -> None:
        state = replace(self.data, **changes)
        if state != self.data:
            self.async_set_updated_data(state)

    @callback
    def _fire(self, kind: OutcomeKind, attributes: Mapping[str, Any]) -> None:
        event = CaptureEvent(kind, attributes)
        for subscriber in tuple(self._subscribers):
            subscriber(event)

    def _log_failure(self, error: CaptureError) -> None:
        """Log a failure once, until another one or a photo comes: an alert has nobody else to tell it to."""
        if (key := key_of(error)) != self._told_error:
            self._told_error = key
            LOGGER.warning("%s: %s", self.name, message_of(self.hass, error))

    def _log_recovery(self) -> None:
        if self._told_error:
            self._told_error = None
            LOGGER.info("%s takes photos again", self.name)


def armed_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, bool]]:
    """Return where a camera keeps whether it is armed."""
    return Store(hass, 1, f"{DOMAIN}.{entry_id}")


def _milliseconds_since(moment: float) -> int:
    return round((time.monotonic() - moment) * 1000)

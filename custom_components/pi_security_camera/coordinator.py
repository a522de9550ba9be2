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
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .archive import Archive
from .camera_store import CameraStore, Remembered
from .capture.command import Completed
from .capture.errors import (
    CaptureDisarmed,
    CaptureError,
    CaptureFault,
    CaptureStopped,
    StorageError,
)
from .capture.outcomes import OutcomeKind
from .capture.photo import MAX_TOPIC, Cause, Photo
from .capture.queue import Place, Request
from .capture.rpicam import read_photo
from .capture.rules import Guard, Ignored, Message, MotionTrigger, Reason, judge, topic_matches
from .const import DOMAIN, LOGGER
from .host import Host
from .line import CaptureLine
from .links import describe
from .motion_hold import MotionHold
from .options import Settings
from .outcome_report import OutcomeReport
from .state import CameraState, CaptureEvent
from .storage import Storage, finish
from .storage_watch import Found
from .translate import key_of, message_of, translated_errors
from .upkeep import Upkeep

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
        self.outcomes = OutcomeReport(hass, entry.title, lambda outcome: self._update(last_outcome=outcome))
        self.data = CameraState(host=settings.ssh is None)
        self._motion = MotionHold(hass, self._update)
        self._line = CaptureLine(
            self._serve,
            lambda serving: entry.async_create_background_task(hass, serving, f"{DOMAIN} capture"),
        )
        self._stopping = False
        self._accepted_at: float | None = None
        self._subscribers: list[Callable[[CaptureEvent], None]] = []
        self._store = CameraStore(hass, entry.entry_id)
        self.upkeep = Upkeep(
            hass,
            entry,
            self.storage,
            limits=lambda: self.settings.limits,
            shown=lambda: self.data.last_photo,
            show=self._show_storage,
        )

    async def _async_update_data(self) -> CameraState:
        """Answer somebody who asks for an update: all that there is to know is known."""
        return self.data

    async def async_start(self) -> None:
        """Bring back what was known before the restart; no event tells of it.

        A directory that cannot be read is no reason not to start: the next alert says so, and the one after its repair
        is served.
        """
        remembered = await self._store.async_load()
        self._update(armed=remembered.armed)
        if remembered.declined == self.settings.limits:
            self.upkeep.declined = remembered.declined
        try:
            await self.storage.run(self.storage.archive.open)
        except StorageError as error:
            self.outcomes.log_failure(error)
        await self.upkeep.async_look()
        self.upkeep.start()

    async def async_stop(self, grace: float = 0) -> None:
        """End the captures; one that is running gets `grace` seconds to arrive."""
        self._stopping = True
        self.upkeep.stop()
        error = CaptureStopped()
        if dropped := self._line.drop_waiting(error, spare_awaited=False):
            self._announce_failure(dropped, error)
        await self._line.end_running(error, spare_awaited=False, grace=grace)
        self.outcomes.stop()
        self._motion.stop()

    @callback
    def handle_message(self, message: Message) -> None:
        """Judge a message that arrived on the topic of at least one motion trigger."""
        topic, settings = message.topic[:MAX_TOPIC], self.settings
        guard = Guard(self.data.armed, settings.accept_retained, settings.cooldown, self._accepted_at)
        verdict = judge(message, self.matching_triggers(message.topic), guard)
        if isinstance(verdict, Ignored):
            self.outcomes.note(OutcomeKind.IGNORED, verdict.reason, topic, verdict.value)
            return
        self._accepted_at = message.received_at
        self._motion.start(settings.motion_hold)
        request = Request(
            Cause(verdict.trigger, topic, verdict.value),
            message.received_at,
            motion=True,
            count=settings.burst_count,
            interval=settings.burst_interval,
        )
        if self._stopping:
            self._announce_failure(request, CaptureStopped())
        elif self._line.submit(request) is Place.JOINED:
            self.outcomes.note(OutcomeKind.COALESCED, None, topic, verdict.value)

    @callback
    def handle_broker(self, connected: bool) -> None:  # noqa: FBT001 - the signature of Home Assistant's callback
        """Note that the connection to the broker was lost or is back."""
        self._update(broker=connected)

    @callback
    def handle_host(self, connected: bool) -> None:  # noqa: FBT001 - as its neighbour
        """Note that the connection to the host was lost or is back."""
        if not connected:
            # It may come back with other programs or cameras.
            self.host.report = None
        self._update(host=connected)

    async def async_take_photos(self, trigger: str, count: int = 1, interval: float = 0) -> tuple[Photo, ...]:
        """Take photos for a person or an automation, armed or not. Raises the translated error."""
        with translated_errors():
            if self._stopping:
                raise CaptureStopped
            request = Request(Cause(trigger), time.monotonic(), motion=False, count=count, interval=interval)
            return await self._line.wait_for(request)

    async def async_set_armed(self, *, armed: bool) -> None:
        """Arm or disarm; disarming ends a capture that only motion asked for, so that no camera process runs."""
        self._update(armed=armed)
        await self._async_store()
        if not armed:
            error = CaptureDisarmed()
            if dropped := self._line.drop_waiting(error, spare_awaited=True):
                self._announce_failure(dropped, error)
            await self._line.end_running(error, spare_awaited=True)

    async def async_change_settings(self, settings: Settings) -> None:
        """Take on other settings of the same camera and place."""
        before, self.settings = self.settings, settings
        if settings.limits != before.limits:
            self.upkeep.limits_changed()
            await self._async_store()

    async def async_decline_purge(self) -> None:
        """Let the limits rest until they are changed: so many photos shall not go."""
        self.upkeep.decline()
        await self._async_store()

    async def _async_store(self) -> None:
        await self._store.async_save(Remembered(self.data.armed, self.upkeep.declined))

    async def async_last_photo(self) -> bytes | None:
        """Return the last photo's bytes for an entity; None when there is none. Raises the translated error."""
        with translated_errors():
            data = await self._async_read_last()
            if data is None and self.data.last_photo:
                # Somebody deleted it: the newest that is left is the last one now.
                await self.upkeep.async_look()
                data = await self._async_read_last()
            return data

    async def _async_read_last(self) -> bytes | None:
        photo = self.data.last_photo
        return await self.storage.run(self.storage.archive.read, photo.name) if photo else None

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
        return describe(self.config_entry.entry_id, self.storage.archive.directory, photo)

    async def _serve(self, request: Request) -> Photo:
        """Take one of a request's photos and announce it, or the error that kept it from being taken."""
        try:
            began = time.monotonic()
            completed = await self.host.take(self.settings.camera_id, self.settings.camera, self.settings.timeout)
            seconds = time.monotonic() - began
            # A photo in hand is kept, whatever is cancelled now.
            photo, cause = await finish(self.storage.run(self._keep, completed, dt_util.utcnow(), request))
        except CaptureError as error:
            self._announce_failure(request, error)
            raise
        except asyncio.CancelledError:
            end = self._line.cause_of_end
            self._announce_failure(request, end)
            raise end from None
        except Exception:
            self._announce_failure(request, CaptureFault())
            raise
        self._announce(request, photo, cause, seconds)
        return photo

    def _keep(self, completed: Completed, taken_at: datetime, request: Request) -> tuple[Photo, Cause]:
        """Check and save a photo; runs in the executor. Raises CameraError, NotAPhoto, StorageError."""
        data = read_photo(completed, self.settings.camera.size)
        cause = replace(request.cause, latency_ms=_milliseconds_since(request.received_at))
        self.upkeep.make_room()
        return self.storage.archive.save(data, taken_at, cause), cause

    @callback
    def _announce(self, request: Request, photo: Photo, cause: Cause, seconds: float) -> None:
        """Tell of a photo that lies readable in the archive: state first, so that automations on the event see it."""
        latency = _milliseconds_since(request.received_at)
        self.outcomes.log_recovery()
        changes: dict[str, Any] = {"last_photo": photo, "last_cause": cause, "capture_seconds": seconds}
        if not request.told:
            changes["last_outcome"] = self.outcomes.captured(cause)
        self._update(**changes)
        self.upkeep.photo_saved()
        self._fire(
            OutcomeKind.CAPTURED,
            self.describe(photo)
            | {"trigger": cause.trigger, "topic": cause.topic, "value": cause.value}
            | {"latency_ms": latency, "coalesced": request.coalesced},
        )

    @callback
    def _announce_failure(self, request: Request, error: CaptureError) -> None:
        """Tell of a capture that ended in an error; an alert that has a photo of its burst already is answered."""
        topic, value = request.cause.topic, request.cause.value
        if isinstance(error, CaptureDisarmed):
            if not request.told:
                self.outcomes.note(OutcomeKind.IGNORED, Reason.DISARMED, topic, value)
            return
        key = key_of(error)
        if isinstance(error, StorageError):
            self.upkeep.report(error)
        if not request.awaited:
            self.outcomes.log_failure(error)
        if not request.told:
            self.outcomes.note(OutcomeKind.FAILED, key, topic, value)
        self._fire(OutcomeKind.FAILED, {"error": key, "message": message_of(self.hass, error), "topic": topic})

    @callback
    def _show_storage(self, found: Found | None) -> None:
        """Show how full the archive is, and its last photo."""
        if found is None:
            self._update(archive=None)
        else:
            self._update(archive=found.summary, last_photo=found.last_photo, last_cause=found.last_cause)

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


def _milliseconds_since(moment: float) -> int:
    return round((time.monotonic() - moment) * 1000)

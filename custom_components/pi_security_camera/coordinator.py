"""The spine: judge → take → keep → publish.

A message comes in at `handle_message`. What the rules accept becomes a request; one request is served at a time, one
waits, the rest joins it. A served request ends in photos or in an error, which the announcer publishes: as state first
and as event after. Buttons and actions put their requests in at `async_take_photos`.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import partial
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .announcer import Announcer, milliseconds_since
from .archive import Archive
from .camera_store import CameraStore, Remembered
from .capture.errors import (
    CaptureDisarmed,
    CaptureError,
    CaptureFault,
    CaptureStopped,
    StorageError,
)
from .capture.jpeg import Size
from .capture.outcomes import OutcomeKind
from .capture.photo import MAX_TOPIC, Cause, Photo
from .capture.queue import Place, Request
from .capture.rpicam import read_photo
from .capture.rules import Guard, Ignored, Message, MotionTrigger, judge, topic_matches
from .clip_recorder import ClipRecorder
from .const import DOMAIN, LOGGER, UNLOAD_GRACE, Mode
from .host import Host
from .line import CaptureLine
from .live import StreamSettings
from .motion_hold import MotionHold
from .options import Settings
from .outcome_report import OutcomeReport
from .shutter import Shot, Shutter
from .state import CameraState
from .storage import Storage, finish
from .storage_watch import Found
from .streaming import Streaming
from .translate import translated_errors
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
        self._line = CaptureLine(self._serve, partial(self._start, name="capture"))
        self.streaming = Streaming(hass, entry, host, wanted=self._wanted_stream, update=self._update)
        self._shutter = Shutter(host, self.streaming.live)
        self._stopping = False
        self._accepted_at: float | None = None
        self._store = CameraStore(hass, entry.entry_id)
        self.upkeep = Upkeep(
            hass,
            entry,
            self.storage,
            limits=lambda: self.settings.limits,
            shown=lambda: self.data.last_photo,
            show=self._show_storage,
        )
        self.announcer = Announcer(
            hass, entry, archive.directory, outcomes=self.outcomes, upkeep=self.upkeep, update=self._update
        )
        self.clips = ClipRecorder(
            partial(self._start, name="clip"),
            self.storage,
            self.streaming.live,
            make_room=self.upkeep.make_room,
            changed=self._clips_changed,
            saved=self.announcer.clip_saved,
            failed=self.announcer.clip_failed,
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
        self.streaming.start()
        await self.streaming.live.adjust()

    async def async_stop(self, grace: float = 0) -> None:
        """End the captures and close the camera; what is running gets `grace` seconds to arrive.

        A clip ends at once, and gets its time to be kept in any case: what it shows cannot be taken again.
        """
        self._stopping = True
        self.upkeep.stop()
        await self._end_captures(CaptureStopped(), spare_awaited=False, grace=grace)
        await self.streaming.async_close()
        await self.clips.async_stop(UNLOAD_GRACE)
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
            self.announcer.capture_failed(request, CaptureStopped())
            return
        if settings.clips:
            # First, since it opens a camera that is not open: the photo is one of its frames then.
            self.clips.alert(request.cause, message.received_at, settings.clips)
        if self._line.submit(request) is Place.JOINED:
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
        if connected:
            self.streaming.live.retry()

    async def async_take_photos(self, trigger: str, count: int = 1, interval: float = 0) -> tuple[Photo, ...]:
        """Take photos for a person or an automation, armed or not. Raises the translated error."""
        with translated_errors():
            if self._stopping:
                raise CaptureStopped
            request = Request(Cause(trigger), time.monotonic(), motion=False, count=count, interval=interval)
            return await self._line.wait_for(request)

    async def async_set_armed(self, *, armed: bool) -> None:
        """Arm or disarm; disarming ends what only motion asked for, so that no camera process runs."""
        self._update(armed=armed)
        work = [self.streaming.live.adjust(), self._async_store()]
        if not armed:
            work.insert(0, self._end_captures(CaptureDisarmed(), spare_awaited=True))
        # At once: a photo that is being saved, or a slow disk, does not keep the camera open.
        await asyncio.gather(*work)

    async def _end_captures(self, error: CaptureError, *, spare_awaited: bool, grace: float = 0) -> None:
        """End the clip and the captures, but for those that are to be spared since somebody waits for them."""
        if dropped := self._line.drop_waiting(error, spare_awaited=spare_awaited):
            self.announcer.capture_failed(dropped, error)
        self.clips.cut(error)
        await self._line.end_running(error, spare_awaited=spare_awaited, grace=grace)

    async def async_change_settings(self, settings: Settings) -> None:
        """Take on other settings of the same camera and place."""
        before, self.settings = self.settings, settings
        if settings.limits != before.limits:
            self.upkeep.limits_changed()
            await self._async_store()
        await self.streaming.live.adjust()

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

    def matching_triggers(self, topic: str) -> list[MotionTrigger]:
        """Return the motion triggers whose topic covers this one."""
        return [trigger for trigger in self.settings.triggers if topic_matches(trigger.topic, topic)]

    async def _serve(self, request: Request) -> Photo:
        """Take one of a request's photos and announce it, or the error that kept it from being taken."""
        try:
            settings = self.settings
            shot = await self._shutter.take(request, settings.camera_id, settings.camera, settings.timeout)
            # A photo in hand is kept, whatever is cancelled now.
            photo, cause = await finish(self.storage.run(self._keep, shot, request, settings.camera.size))
        except CaptureError as error:
            self.announcer.capture_failed(request, error)
            raise
        except asyncio.CancelledError:
            end = self._line.cause_of_end
            self.announcer.capture_failed(request, end)
            raise end from None
        except Exception:
            self.announcer.capture_failed(request, CaptureFault())
            raise
        if request.motion:
            self.clips.photographed(photo)
        self.announcer.captured(request, photo, cause, shot.seconds)
        return photo

    def _keep(self, shot: Shot, request: Request, size: Size) -> tuple[Photo, Cause]:
        """Check and save a photo; runs in the executor. Raises CameraError, NotAPhoto, StorageError."""
        data = read_photo(shot.completed, size)
        taken_at = dt_util.utcnow() - timedelta(seconds=time.monotonic() - shot.received_at)
        cause = replace(request.cause, latency_ms=milliseconds_since(request.received_at))
        self.upkeep.make_room()
        return self.storage.archive.save(data, taken_at, cause), cause

    @callback
    def _clips_changed(self) -> None:
        """Show that a clip is being recorded, or not, and open or close the camera for that."""
        self._update(recording=self.clips.recording)
        self._start(self.streaming.live.adjust(), "open or close")

    def _wanted_stream(self) -> StreamSettings | None:
        """Return what the camera shall stream now: all the time in the ready mode, for a clip otherwise."""
        wanted = self.settings.mode is Mode.READY or self.clips.recording
        return self.settings.stream if wanted and self.data.armed else None

    @callback
    def _show_storage(self, found: Found | None) -> None:
        """Show how full the archive is, and its last photo."""
        if found is None:
            self._update(archive=None)
        else:
            self._update(archive=found.summary, last_photo=found.last_photo, last_cause=found.last_cause)

    def _start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        return self.config_entry.async_create_background_task(self.hass, work, f"{DOMAIN} {name}")

    @callback
    def _update(self, **changes: Any) -> None:
        state = replace(self.data, **changes)
        if state != self.data:
            self.async_set_updated_data(state)

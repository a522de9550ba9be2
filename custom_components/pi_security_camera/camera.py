"""The camera: its live picture while it is open, its last photo otherwise."""

from dataclasses import replace
from typing import Any, override

from aiohttp import web
from homeassistant.components.camera import Camera
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .capture.rules import Alert, check, topic_matches
from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .entity import PiCameraEntity
from .live_view import LiveView
from .recording import LiveRecording
from .translate import translated_errors

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: PiCameraConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the camera."""
    async_add_entities([PiCamera(entry.runtime_data)])


class PiCamera(PiCameraEntity, Camera):
    """The newest frame while frames come, else the last photo.

    Motion detection, in Home Assistant's words, is being armed. The feature `STREAM` is not claimed: dashboards would
    ask for HLS then, and not show the frames as they are.
    """

    _attr_name = None
    _attr_brand = "Raspberry Pi"

    def __init__(self, coordinator: CaptureCoordinator) -> None:
        # Both parents are set up by name: the coordinator's entity does not call on.
        PiCameraEntity.__init__(self, coordinator, "camera")
        Camera.__init__(self)
        self._attr_model = coordinator.settings.sensor
        self._view = LiveView(coordinator)
        self._recording = LiveRecording(coordinator, self._recording_changed)
        self._read_state()

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._view.close)

        @callback
        def stop(_event: Event) -> None:
            # The web server would wait for viewers when it is stopped.
            self._view.close()

        self.async_on_remove(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))

    @override
    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes | None:
        """Return the newest frame or the last photo; none is taken here, since dashboards ask every few seconds."""
        frame = self.coordinator.streaming.live.newest
        return frame.data if frame else await self.coordinator.async_last_photo()

    @override
    async def handle_async_mjpeg_stream(self, request: web.Request) -> web.StreamResponse:
        return await self._view.show(request)

    @override
    async def async_create_stream(self) -> LiveRecording:  # type: ignore[override]  # what is asked of it, it has
        return self._recording

    @override
    async def async_enable_motion_detection(self) -> None:
        await self.coordinator.async_set_armed(armed=True)

    @override
    async def async_disable_motion_detection(self) -> None:
        await self.coordinator.async_set_armed(armed=False)

    async def async_capture(self, count: int, interval: float) -> dict[str, Any]:
        """Take photos for the `capture` action, and return where they are found."""
        photos = await self.coordinator.async_take_photos("action", count, interval)
        return {"photos": [self.coordinator.announcer.describe(photo) for photo in photos]}

    async def async_purge(
        self, *, dry_run: bool, keep_days: float | None = None, keep_count: int | None = None
    ) -> dict[str, Any]:
        """Keep the limits now, with those given instead of the camera's own; return what went, or would go."""
        upkeep, limits = self.coordinator.upkeep, self.coordinator.settings.limits
        limits = replace(
            limits,
            keep_days=limits.keep_days if keep_days is None else keep_days,
            keep_count=limits.keep_count if keep_count is None else keep_count,
        )
        with translated_errors():
            if dry_run:
                plan = await upkeep.async_plan(limits)
                gone, held = plan.departures, len(plan.departures) if plan.held else 0
            else:
                purged = await upkeep.async_purge(limits)
                if purged.error and not purged.gone:
                    raise purged.error
                gone, held = purged.gone, len(purged.held)
        photos = [{"filename": each.photo.name, "reason": each.limit.value} for each in gone]
        return {"photos": photos, "held": held}

    async def async_keep_photo(self, filename: str) -> None:
        """Mark a photo, so that no limit takes it."""
        with translated_errors():
            await self.coordinator.upkeep.async_set_kept(filename, kept=True)

    async def async_release_photo(self, filename: str) -> None:
        """Take the mark away."""
        with translated_errors():
            await self.coordinator.upkeep.async_set_kept(filename, kept=False)

    async def async_delete_photo(self, filename: str) -> None:
        """Delete a photo."""
        with translated_errors():
            await self.coordinator.upkeep.async_delete(filename)

    async def async_test_payload(self, topic: str, payload: str) -> dict[str, Any]:
        """Return what each motion trigger would make of a message; nothing is taken."""
        verdicts = []
        for trigger in self.coordinator.settings.triggers:
            verdict = check(trigger, topic, payload.encode()) if topic_matches(trigger.topic, topic) else None
            verdicts.append(
                {
                    "trigger": trigger.name,
                    "topic": trigger.topic,
                    "alert": isinstance(verdict, Alert),
                    "reason": "topic_other" if verdict is None else getattr(verdict, "reason", None),
                    "value": verdict.value if verdict else None,
                }
            )
        return {"triggers": verdicts}

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._read_state()
        super()._handle_coordinator_update()

    @callback
    def _recording_changed(self) -> None:
        self._read_state()
        self.async_write_ha_state()

    def _read_state(self) -> None:
        data = self.coordinator.data
        photo = data.last_photo
        # A changed attribute is what tells dashboards to load the picture anew.
        self._attr_extra_state_attributes = {"captured_at": photo.taken_at.isoformat() if photo else None}
        self._attr_motion_detection_enabled = data.armed
        self._attr_is_streaming = data.streaming
        self._attr_is_recording = data.recording or self._recording.path is not None

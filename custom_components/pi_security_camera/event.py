"""What happened: a photo was taken, or could not be; a clip was saved."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .entity import PiCameraEntity
from .state import CaptureEvent, EventType

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: PiCameraConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the event."""
    async_add_entities([CaptureEvents(entry.runtime_data)])


class CaptureEvents(PiCameraEntity, EventEntity):
    """The event that automations wait for."""

    _attr_event_types = [kind.value for kind in EventType]  # noqa: RUF012 - as the parent has it

    def __init__(self, coordinator: CaptureCoordinator) -> None:
        super().__init__(coordinator, "capture")

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.announcer.async_subscribe(self._happened))

    @callback
    def _happened(self, event: CaptureEvent) -> None:
        self._trigger_event(event.kind.value, dict(event.attributes))
        self.async_write_ha_state()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write nothing: an event's state is the time of the event alone."""

"""Motion: on with an accepted alert, off after the time that the user chose. And whether the host is there."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .entity import PiCameraEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: PiCameraConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the motion sensor, and for a host that can be away, its connection."""
    coordinator = entry.runtime_data
    async_add_entities([Motion(coordinator)])
    if coordinator.settings.ssh:
        async_add_entities([HostConnection(coordinator)])
    else:
        _forget_host(hass, entry)


class Motion(PiCameraEntity, BinarySensorEntity):
    """Whether an alert came a moment ago; unknown to us, and so unavailable, while the broker is away."""

    _attr_device_class = BinarySensorDeviceClass.MOTION

    def __init__(self, coordinator: CaptureCoordinator) -> None:
        super().__init__(coordinator, "motion")

    @property
    @override
    def available(self) -> bool:
        return super().available and self.coordinator.data.broker

    @property
    @override
    def is_on(self) -> bool:
        return self.coordinator.data.motion


class HostConnection(PiCameraEntity, BinarySensorEntity):
    """Whether there is a connection to the host."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, coordinator: CaptureCoordinator) -> None:
        super().__init__(coordinator, "host")

    @property
    @override
    def is_on(self) -> bool:
        return self.coordinator.data.host


def _forget_host(hass: HomeAssistant, entry: PiCameraConfigEntry) -> None:
    """Remove the connection's entity of a camera that was moved to this machine."""
    registry = er.async_get(hass)
    entities = er.async_entries_for_config_entry(registry, entry.entry_id)
    for entity in entities:
        if entity.domain == Platform.BINARY_SENSOR and entity.translation_key == "host":
            registry.async_remove(entity.entity_id)

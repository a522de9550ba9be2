"""Motion: on with an accepted alert, off after the time that the user chose."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .entity import PiCameraEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: PiCameraConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the motion sensor."""
    async_add_entities([Motion(entry.runtime_data)])


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

"""A photo now, armed or not."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .entity import PiCameraEntity

# Two presses shall join like two alerts, and not wait for each other.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: PiCameraConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the button."""
    async_add_entities([TakePhoto(entry.runtime_data)])


class TakePhoto(PiCameraEntity, ButtonEntity):
    """Takes a photo."""

    def __init__(self, coordinator: CaptureCoordinator) -> None:
        super().__init__(coordinator, "take_photo")

    @property
    @override
    def available(self) -> bool:
        return super().available and self.coordinator.data.host

    @override
    async def async_press(self) -> None:
        """Return when the photo can be read; raise a translated error when it cannot be taken."""
        await self.coordinator.async_take_photos("button")

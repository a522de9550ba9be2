"""Armed: whether alerts take photos."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .entity import PiCameraEntity

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant, entry: PiCameraConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switch."""
    async_add_entities([Armed(entry.runtime_data)])


class Armed(PiCameraEntity, SwitchEntity):
    """Off: no alert takes a photo, and no camera process runs."""

    def __init__(self, coordinator: CaptureCoordinator) -> None:
        super().__init__(coordinator, "armed")

    @property
    @override
    def is_on(self) -> bool:
        return self.coordinator.data.armed

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.coordinator.async_set_armed(armed=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.coordinator.async_set_armed(armed=False)

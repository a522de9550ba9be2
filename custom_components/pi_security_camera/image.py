"""The last photo as an image, whose state is the photo's time."""

from typing import override

from homeassistant.components.image import ImageEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .entity import PiCameraEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: PiCameraConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the image."""
    async_add_entities([LastPhoto(entry.runtime_data)])


class LastPhoto(PiCameraEntity, ImageEntity):
    """The last photo."""

    _attr_content_type = "image/jpeg"

    def __init__(self, coordinator: CaptureCoordinator) -> None:
        # Both parents are set up by name: the coordinator's entity does not call on.
        PiCameraEntity.__init__(self, coordinator, "last_photo")
        ImageEntity.__init__(self, coordinator.hass)
        self._read_state()

    @override
    async def async_image(self) -> bytes | None:
        """Return the photo's bytes."""
        return await self.coordinator.async_last_photo()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._read_state()
        super()._handle_coordinator_update()

    def _read_state(self) -> None:
        photo = self.coordinator.data.last_photo
        self._attr_image_last_updated = photo.taken_at if photo else None

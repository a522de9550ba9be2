"""What all entities of a camera share."""

from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .capture.sensors import model_name
from .const import DOMAIN
from .coordinator import CaptureCoordinator


class PiCameraEntity(CoordinatorEntity[CaptureCoordinator]):
    """An entity of one camera; `key` names it within the camera and in the translations."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: CaptureCoordinator, key: str) -> None:
        super().__init__(coordinator)
        entry = coordinator.config_entry
        sensor = coordinator.settings.sensor
        self._attr_translation_key = key
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            name=entry.title,
            manufacturer="Raspberry Pi",
            model=model_name(sensor),
        )

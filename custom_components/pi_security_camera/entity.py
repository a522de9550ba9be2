"""What all entities of a camera share."""

from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import CaptureCoordinator

# The sensors that Raspberry Pi sells, by the names that libcamera gives them.
_MODELS = {
    "ov5647": "Camera Module 1 (ov5647)",
    "imx219": "Camera Module 2 (imx219)",
    "imx708": "Camera Module 3 (imx708)",
    "imx708_wide": "Camera Module 3 Wide (imx708)",
    "imx708_noir": "Camera Module 3 NoIR (imx708)",
    "imx708_wide_noir": "Camera Module 3 Wide NoIR (imx708)",
    "imx477": "High Quality Camera (imx477)",
    "imx296": "Global Shutter Camera (imx296)",
    "imx500": "AI Camera (imx500)",
}


class PiCameraEntity(CoordinatorEntity[CaptureCoordinator]):
    """An entity of one camera; `key` names it within the camera and in the translations."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: CaptureCoordinator, key: str) -> None:
        super().__init__(coordinator)
        entry = coordinator.config_entry
        report, sensor = coordinator.host.report, coordinator.settings.sensor
        self._attr_translation_key = key
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            name=entry.title,
            manufacturer="Raspberry Pi",
            model=_MODELS.get(sensor, sensor),
            sw_version=report.versions.rpicam if report else None,
        )

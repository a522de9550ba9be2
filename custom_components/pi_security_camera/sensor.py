"""The last photo's time, what became of the last message, how full the archive is, and how the camera does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfInformation, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .capture.listing import Summary
from .capture.outcomes import OutcomeKind
from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .entity import PiCameraEntity

PARALLEL_UPDATES = 0

_MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PiCameraSensorDescription(SensorEntityDescription):
    """A sensor, and how its state and attributes are read."""

    value_fn: Callable[[CaptureCoordinator], datetime | str | float | None]
    attributes_fn: Callable[[CaptureCoordinator], Mapping[str, Any]] = lambda _: {}


def _of_archive(
    read: Callable[[Summary], datetime | float | None],
) -> Callable[[CaptureCoordinator], datetime | float | None]:
    """Return what reads a sensor's state from the archive's summary; it is not known while that cannot be read."""
    return lambda coordinator: read(coordinator.data.archive) if coordinator.data.archive else None


def _last_capture(coordinator: CaptureCoordinator) -> Mapping[str, Any]:
    photo, cause = coordinator.data.last_photo, coordinator.data.last_cause
    if photo is None:
        return {}
    told = coordinator.announcer.describe(photo)
    return {
        "filename": told["filename"],
        "media_content_id": told["media_content_id"],
        "trigger": cause.trigger if cause else None,
        "value": cause.value if cause else None,
    }


def _last_outcome(coordinator: CaptureCoordinator) -> Mapping[str, Any]:
    outcome = coordinator.data.last_outcome
    if outcome is None:
        return {}
    return {"reason": outcome.reason, "topic": outcome.topic, "value": outcome.value}


SENSORS = (
    PiCameraSensorDescription(
        key="last_capture",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda coordinator: photo.taken_at if (photo := coordinator.data.last_photo) else None,
        attributes_fn=_last_capture,
    ),
    PiCameraSensorDescription(
        key="last_outcome",
        device_class=SensorDeviceClass.ENUM,
        options=[kind.value for kind in OutcomeKind],
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda coordinator: outcome.kind if (outcome := coordinator.data.last_outcome) else None,
        attributes_fn=_last_outcome,
    ),
    PiCameraSensorDescription(
        key="photos",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_of_archive(lambda archive: archive.photos),
    ),
    PiCameraSensorDescription(
        key="photos_today",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_of_archive(lambda archive: archive.photos_of_day),
    ),
    PiCameraSensorDescription(
        key="storage_used",
        device_class=SensorDeviceClass.DATA_SIZE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfInformation.MEGABYTES,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_of_archive(lambda archive: archive.used_bytes // _MEGABYTE),
    ),
    PiCameraSensorDescription(
        key="free_space",
        device_class=SensorDeviceClass.DATA_SIZE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfInformation.MEGABYTES,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_of_archive(lambda archive: None if archive.free_bytes is None else archive.free_bytes // _MEGABYTE),
    ),
    PiCameraSensorDescription(
        key="oldest_photo",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_of_archive(lambda archive: archive.oldest.taken_at if archive.oldest else None),
    ),
    PiCameraSensorDescription(
        key="capture_time",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=2,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda coordinator: coordinator.data.capture_seconds,
    ),
    PiCameraSensorDescription(
        key="frame_rate",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement="fps",
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda coordinator: coordinator.data.frame_rate,
    ),
    PiCameraSensorDescription(
        key="stream_restarts",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda coordinator: coordinator.data.stream_restarts,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PiCameraConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors."""
    async_add_entities(PiCameraSensor(entry.runtime_data, description) for description in SENSORS)


class PiCameraSensor(PiCameraEntity, SensorEntity):
    """A sensor of the table above."""

    entity_description: PiCameraSensorDescription

    def __init__(self, coordinator: CaptureCoordinator, description: PiCameraSensorDescription) -> None:
        super().__init__(coordinator, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> datetime | str | float | None:
        return self.entity_description.value_fn(self.coordinator)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        return self.entity_description.attributes_fn(self.coordinator)

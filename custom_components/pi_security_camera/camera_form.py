"""The form of a camera: which of the host's, its name, its pictures, and their place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
import voluptuous as vol

from .capture.sensors import Sensor, model_name
from .const import (
    CONF_CAMERA,
    CONF_HEIGHT,
    CONF_MOUNT_POINT,
    CONF_PHOTO_DIR,
    CONF_ROTATION,
    CONF_SENSOR,
    CONF_WIDTH,
    DEFAULT_HEIGHT,
    DEFAULT_NAME,
    DEFAULT_ROTATION,
    DEFAULT_WIDTH,
    MIN_SIZE,
)
from .files import find_mount_point
from .photo_dir import check_photo_dir, default_photo_dir

_PIXELS = NumberSelector(NumberSelectorConfig(mode=NumberSelectorMode.BOX, step=2, unit_of_measurement="px"))


class CameraForm:
    """What was typed, and what is wrong with it. `entry` is the camera that is being changed, if one is."""

    def __init__(self, entry: ConfigEntry | None = None) -> None:
        self.entry = entry
        self.typed: dict[str, Any] = {}
        if entry:
            rotation = str(entry.data[CONF_ROTATION])  # as the form's options are written
            self.typed = {**entry.data, CONF_NAME: entry.title, CONF_ROTATION: rotation}
        self.errors: dict[str, str] = {}
        self.placeholders: dict[str, str] = {}
        self._sensors: tuple[Sensor, ...] = ()
        self._mount_point: Path | None = None

    def offer(self, sensors: tuple[Sensor, ...]) -> None:
        """Offer these cameras; one that was replaced cannot be chosen any more."""
        self._sensors = sensors
        if self.typed.get(CONF_CAMERA) not in {sensor.camera_id for sensor in sensors}:
            self.typed.pop(CONF_CAMERA, None)

    @property
    def camera_id(self) -> str:
        """The libcamera id that was chosen."""
        return str(self.typed[CONF_CAMERA])

    @property
    def name(self) -> str:
        """The camera's name."""
        return str(self.typed[CONF_NAME])

    @property
    def schema(self) -> vol.Schema:
        """The fields."""
        cameras = [
            SelectOptionDict(value=sensor.camera_id, label=f"{sensor.index}: {model_name(sensor.model)}, {sensor.size}")
            for sensor in self._sensors
        ]
        return vol.Schema(
            {
                vol.Required(CONF_CAMERA, default=cameras[0]["value"]): SelectSelector(
                    SelectSelectorConfig(options=cameras)
                ),
                vol.Required(CONF_NAME, default=DEFAULT_NAME): TextSelector(),
                vol.Required(CONF_WIDTH, default=DEFAULT_WIDTH): _PIXELS,
                vol.Required(CONF_HEIGHT, default=DEFAULT_HEIGHT): _PIXELS,
                vol.Required(CONF_ROTATION, default=str(DEFAULT_ROTATION)): vol.All(
                    vol.Coerce(str),
                    SelectSelector(SelectSelectorConfig(options=["0", "180"], translation_key="rotation")),
                ),
                vol.Optional(CONF_PHOTO_DIR): TextSelector(),
            }
        )

    @property
    def data(self) -> dict[str, Any]:
        """What the entry keeps."""
        return {
            CONF_CAMERA: self.camera_id,
            CONF_SENSOR: self._sensor.model,
            CONF_WIDTH: int(self.typed[CONF_WIDTH]),
            CONF_HEIGHT: int(self.typed[CONF_HEIGHT]),
            CONF_ROTATION: int(self.typed[CONF_ROTATION]),
            CONF_PHOTO_DIR: self.typed[CONF_PHOTO_DIR],
        } | ({CONF_MOUNT_POINT: str(self._mount_point)} if self._mount_point else {})

    def take(self, user_input: Mapping[str, Any]) -> None:
        """Take what was typed."""
        self.typed = {**self.typed, CONF_PHOTO_DIR: "", **user_input}

    async def is_good(self, hass: HomeAssistant) -> bool:
        """Find what is wrong with what was typed; make the photo directory when all is well."""
        self.errors, self.placeholders = {}, {}
        self.typed[CONF_NAME] = self.name.strip()
        if not self.name:
            self.errors[CONF_NAME] = "no_name"
        self._check_size()
        if not self.errors:
            await self._check_photo_dir(hass)
        return not self.errors

    def _check_size(self) -> None:
        full = self._sensor.size
        for key, most in ((CONF_WIDTH, full.width), (CONF_HEIGHT, full.height)):
            if self.typed[key] < MIN_SIZE or self.typed[key] > most:
                self.errors[key] = "size_out_of_range"
                self.placeholders |= {"smallest": str(MIN_SIZE), "largest": str(full)}
            elif self.typed[key] % 2:
                self.errors[key] = "size_odd"

    async def _check_photo_dir(self, hass: HomeAssistant) -> None:
        typed = self.typed[CONF_PHOTO_DIR].strip()
        directory = Path(typed) if typed else default_photo_dir(hass, self.name, self.entry)
        if refusal := await check_photo_dir(hass, directory, self.entry):
            self.errors[CONF_PHOTO_DIR], self.placeholders = refusal
        else:
            self.typed[CONF_PHOTO_DIR] = str(directory)
            self._mount_point = await hass.async_add_executor_job(find_mount_point, directory)

    @property
    def _sensor(self) -> Sensor:
        return next(sensor for sensor in self._sensors if sensor.camera_id == self.camera_id)

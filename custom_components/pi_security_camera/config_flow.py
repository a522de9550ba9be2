"""The set-up of a camera: host, camera, test photo, first motion trigger."""

import asyncio
from datetime import timedelta
from pathlib import Path
import time
from typing import Any, override

from homeassistant.components import mqtt
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
from homeassistant.setup import async_setup_component
import voluptuous as vol

from .capture.errors import CaptureError, CaptureFault, NoCamera
from .capture.rpicam import read_photo
from .capture.sensors import Sensor, model_name
from .const import (
    CONF_CAMERA,
    CONF_HEIGHT,
    CONF_PHOTO_DIR,
    CONF_ROTATION,
    CONF_SENSOR,
    CONF_TIMEOUT,
    CONF_TOPIC,
    CONF_WIDTH,
    DEFAULT_HEIGHT,
    DEFAULT_NAME,
    DEFAULT_ROTATION,
    DEFAULT_TIMEOUT,
    DEFAULT_WIDTH,
    DOMAIN,
    LOCAL_HOST,
    LOGGER,
    MIN_SIZE,
    SUBENTRY_MOTION_TRIGGER,
)
from .host import Host
from .links import PREVIEW_URL
from .options import read_camera
from .options_flow import PiCameraOptionsFlow
from .photo_dir import check_photo_dir, default_photo_dir, default_root
from .runners.local import LocalRunner
from .translate import key_of
from .trigger_flow import TRIGGER_SCHEMA, MotionTriggerFlow, TriggerForm
from .views import previews_of

# The dialog may stay open for a while before the user looks at it.
_PREVIEW_VALID = timedelta(hours=1)
_PIXELS = NumberSelector(NumberSelectorConfig(mode=NumberSelectorMode.BOX, step=2, unit_of_measurement="px"))


class PiCameraConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets a camera up, and changes it later."""

    VERSION = 1

    def __init__(self) -> None:
        self._host = Host(LocalRunner())
        self._sensors: tuple[Sensor, ...] = ()
        self._camera: dict[str, Any] = {}
        self._errors: dict[str, str] = {}
        self._placeholders: dict[str, str] = {}
        self._test: asyncio.Task[tuple[bytes, float]] | None = None
        self._tests = 0
        self._trigger_form = TriggerForm()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        return {SUBENTRY_MOTION_TRIGGER: MotionTriggerFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        return PiCameraOptionsFlow()

    @callback
    @override
    def async_remove(self) -> None:
        """Forget the test photo when the dialog is closed."""
        self._forget_test_photos()

    def _forget_test_photos(self) -> None:
        previews = previews_of(self.hass)
        for key in [key for key in previews if key[0] == self.flow_id]:
            del previews[key]

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the camera is."""
        if not self.hass.config_entries.async_entries(mqtt.DOMAIN, include_ignore=False, include_disabled=False):
            return self.async_abort(reason="mqtt_not_configured")
        return self.async_show_menu(step_id="user", menu_options=["local"])

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Begin to change a camera with what was set before."""
        entry = self._get_reconfigure_entry()
        rotation = str(entry.data[CONF_ROTATION])  # as the form's options are written
        self._camera = {**entry.data, CONF_NAME: entry.title, CONF_ROTATION: rotation}
        return await self.async_step_local()

    async def async_step_local(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask this machine for its cameras; what hinders that is shown, and can be tried again."""
        try:
            report = await self._host.describe()
            if not report.sensors:
                raise NoCamera
        except CaptureError as error:
            return self.async_show_form(
                step_id="local", errors={"base": key_of(error)}, description_placeholders=error.fields
            )
        self._sensors = self._free(report.sensors)
        if not self._sensors:
            return self.async_abort(reason="already_configured")
        if self._camera.get(CONF_CAMERA) not in {sensor.camera_id for sensor in self._sensors}:
            # A camera that was replaced cannot be chosen any more.
            self._camera.pop(CONF_CAMERA, None)
        return await self.async_step_camera()

    async def async_step_camera(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the camera and its photos' size and place."""
        if user_input is not None:
            self._camera = {**self._camera, CONF_PHOTO_DIR: "", **user_input}
            await self.async_set_unique_id(_unique_id(self._camera[CONF_CAMERA]), raise_on_progress=False)
            if self._is_taken():
                return self.async_abort(reason="already_configured")
            await self._check_camera()
            if not self._errors:
                return await self.async_step_take_test_photo()
        return self.async_show_form(
            step_id="camera",
            data_schema=self.add_suggested_values_to_schema(self._camera_schema(), self._camera),
            errors=self._errors,
            description_placeholders={
                "media_dir": str(default_root(self.hass)),
                **self._placeholders,
            },
        )

    async def async_step_take_test_photo(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take the test photo, showing that something goes on."""
        if self._test is None:
            self._test = self.hass.async_create_task(self._take_test_photo(), f"{DOMAIN} test photo")
        if not self._test.done():
            return self.async_show_progress(
                step_id="take_test_photo", progress_action="take_test_photo", progress_task=self._test
            )
        test, self._test = self._test, None
        try:
            photo, seconds = test.result()
        except CaptureError as error:
            self._errors, self._placeholders = {"base": key_of(error)}, error.fields
            return self.async_show_progress_done(next_step_id="camera")
        except Exception:  # noqa: BLE001 - logged; the dialog would wait for ever
            LOGGER.exception("A test photo failed in a way that nobody foresaw")
            self._errors, self._placeholders = {"base": key_of(CaptureFault())}, {}
            return self.async_show_progress_done(next_step_id="camera")
        self._tests += 1
        self._forget_test_photos()
        previews_of(self.hass)[self.flow_id, str(self._tests)] = photo
        self._placeholders = {"seconds": f"{seconds:.1f}"}
        return self.async_show_progress_done(next_step_id="test_photo")

    async def async_step_test_photo(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the test photo; the user goes on, or back to change something."""
        # Before the first camera nobody has set the integration up, and with it the view that shows the photo.
        await async_setup_component(self.hass, DOMAIN, {})
        # Each photo has a path of its own: a browser would show the first one again.
        path = PREVIEW_URL.format(flow_id=self.flow_id, number=self._tests)
        going_on = "save" if self.source == SOURCE_RECONFIGURE else "trigger"
        return self.async_show_menu(
            step_id="test_photo",
            menu_options=[going_on, "camera"],
            description_placeholders={
                "preview_url": async_sign_path(self.hass, path, _PREVIEW_VALID),
                **self._placeholders,
            },
        )

    async def async_step_trigger(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the first motion trigger, and create the entry."""
        form = self._trigger_form
        if user_input is not None and await form.accepts(self.hass, user_input):
            return await self._clash() or self._create(form.data)
        return self.async_show_form(
            step_id="trigger",
            data_schema=self.add_suggested_values_to_schema(TRIGGER_SCHEMA, form.typed),
            errors=form.errors,
            description_placeholders={"verdict": form.verdict},
        )

    async def async_step_save(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Keep what was changed; the entry's update listener takes it on."""
        if clash := await self._clash():
            return clash
        return self.async_update_and_abort(
            self._get_reconfigure_entry(), unique_id=self.unique_id, title=self._camera[CONF_NAME], data=self._data()
        )

    async def _clash(self) -> ConfigFlowResult | None:
        """Look again whether the camera and the directory are free: another dialog may have been faster."""
        if self._is_taken():
            return self.async_abort(reason="already_configured")
        await self._check_camera()
        return await self.async_step_camera() if self._errors else None

    def _is_taken(self) -> bool:
        """Say whether another entry has the camera."""
        unique_id = _unique_id(self._camera[CONF_CAMERA])
        other = self.hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, unique_id)
        return other is not None and other is not self._own_entry()

    def _own_entry(self) -> ConfigEntry | None:
        """Return the entry that is being changed."""
        return self._get_reconfigure_entry() if self.source == SOURCE_RECONFIGURE else None

    def _create(self, trigger: dict[str, Any]) -> ConfigFlowResult:
        subentry = ConfigSubentryData(
            data=trigger, subentry_type=SUBENTRY_MOTION_TRIGGER, title=trigger[CONF_TOPIC], unique_id=None
        )
        return self.async_create_entry(title=self._camera[CONF_NAME], data=self._data(), subentries=[subentry])

    def _data(self) -> dict[str, Any]:
        camera = self._camera
        return {
            CONF_CAMERA: camera[CONF_CAMERA],
            CONF_SENSOR: self._sensor().model,
            CONF_WIDTH: int(camera[CONF_WIDTH]),
            CONF_HEIGHT: int(camera[CONF_HEIGHT]),
            CONF_ROTATION: int(camera[CONF_ROTATION]),
            CONF_PHOTO_DIR: camera[CONF_PHOTO_DIR],
        }

    def _free(self, sensors: tuple[Sensor, ...]) -> tuple[Sensor, ...]:
        """Return the cameras that are not set up already; the one that is being changed is among them."""
        taken = self._async_current_ids(include_ignore=False)
        if self.source == SOURCE_RECONFIGURE:
            taken -= {self._get_reconfigure_entry().unique_id}
        return tuple(sensor for sensor in sensors if _unique_id(sensor.camera_id) not in taken)

    def _sensor(self) -> Sensor:
        return next(sensor for sensor in self._sensors if sensor.camera_id == self._camera[CONF_CAMERA])

    def _camera_schema(self) -> vol.Schema:
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

    async def _check_camera(self) -> None:
        """Find what is wrong with the camera form; make the photo directory when all is well."""
        camera, sensor, entry = self._camera, self._sensor(), self._own_entry()
        self._errors, self._placeholders = {}, {}
        camera[CONF_NAME] = camera[CONF_NAME].strip()
        if not camera[CONF_NAME]:
            self._errors[CONF_NAME] = "no_name"
        for key, most in ((CONF_WIDTH, sensor.size.width), (CONF_HEIGHT, sensor.size.height)):
            if camera[key] < MIN_SIZE or camera[key] > most:
                self._errors[key] = "size_out_of_range"
                self._placeholders |= {"smallest": str(MIN_SIZE), "largest": str(sensor.size)}
            elif camera[key] % 2:
                self._errors[key] = "size_odd"
        if self._errors:
            return
        typed = camera[CONF_PHOTO_DIR].strip()
        directory = Path(typed) if typed else default_photo_dir(self.hass, camera[CONF_NAME], entry)
        if refusal := await check_photo_dir(self.hass, directory, entry):
            self._errors[CONF_PHOTO_DIR], self._placeholders = refusal
        else:
            camera[CONF_PHOTO_DIR] = str(directory)

    async def _take_test_photo(self) -> tuple[bytes, float]:
        """Take a photo as the camera will; return it and the seconds that it took."""
        entry = self._own_entry()
        settings = read_camera(self._camera, entry.options if entry else {})
        start = time.monotonic()
        limit = entry.options.get(CONF_TIMEOUT, DEFAULT_TIMEOUT) if entry else DEFAULT_TIMEOUT
        completed = await self._host.take(self._camera[CONF_CAMERA], settings, limit)
        photo = await self.hass.async_add_executor_job(read_photo, completed, settings.size)
        return photo, time.monotonic() - start


def _unique_id(camera_id: str) -> str:
    """Return a camera's unique id: its host's identity and its libcamera id."""
    return f"{LOCAL_HOST}:{camera_id}"

"""The set-up of a camera: host, camera, test photo, first motion trigger."""

from datetime import timedelta
import time
from typing import Any, override

from homeassistant.components import mqtt
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback
from homeassistant.setup import async_setup_component

from .camera_form import CameraForm
from .capture.errors import CaptureError
from .capture.rpicam import read_photo
from .capture.sensors import Sensor
from .const import CONF_TIMEOUT, CONF_TOPIC, DEFAULT_TIMEOUT, DOMAIN, SUBENTRY_MOTION_TRIGGER
from .host_flow import HostFlow
from .hosts import camera_unique_id
from .links import PREVIEW_URL
from .options import read_camera, read_ssh, with_ssh
from .options_flow import PiCameraOptionsFlow
from .photo_dir import default_root
from .translate import key_of
from .trigger_flow import TRIGGER_SCHEMA, MotionTriggerFlow, TriggerForm
from .views import previews_of

# The dialog may stay open for a while before the user looks at it.
_PREVIEW_VALID = timedelta(hours=1)


class PiCameraConfigFlow(HostFlow, domain=DOMAIN):
    """Sets a camera up, and changes it later."""

    VERSION = 1

    def __init__(self) -> None:
        super().__init__()
        self._camera_form = CameraForm()
        self._trigger_form = TriggerForm()
        self._tests = 0
        self._seconds = 0.0

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
        super().async_remove()
        self._forget_test_photos()

    def _forget_test_photos(self) -> None:
        previews = previews_of(self.hass)
        for key in [key for key in previews if key[0] == self.flow_id]:
            del previews[key]

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the camera is."""
        if not self.hass.config_entries.async_entries(mqtt.DOMAIN, include_ignore=False, include_disabled=False):
            return self.async_abort(reason="mqtt_not_configured")
        return self.async_show_menu(step_id="user", menu_options=["local", "ssh"])

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Begin to change a camera with what was set before."""
        entry = self._get_reconfigure_entry()
        self._camera_form = CameraForm(entry)
        ssh = read_ssh(entry.data)
        if ssh:
            self._ssh_form.start(ssh)
        # Where it is now comes first: most want to change something else.
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=["ssh", "local"] if ssh else ["local", "ssh"],
            description_placeholders={"name": entry.title},
        )

    @override
    async def async_step_choose_camera(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the cameras of the host that are not set up already."""
        assert self._report is not None  # noqa: S101 - the host was asked just now
        free = self._free(self._report.sensors)
        if not free:
            return self.async_abort(reason="already_configured")
        self._camera_form.offer(free)
        return await self.async_step_camera()

    async def async_step_camera(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the camera and its photos' size and place."""
        form = self._camera_form
        if user_input is not None:
            form.take(user_input)
            await self.async_set_unique_id(camera_unique_id(self._ssh, form.camera_id), raise_on_progress=False)
            if self._is_taken():
                return self.async_abort(reason="already_configured")
            if await form.is_good(self.hass):
                return await self.async_step_take_test_photo()
        return self.async_show_form(
            step_id="camera",
            data_schema=self.add_suggested_values_to_schema(form.schema, form.typed),
            errors=form.errors,
            description_placeholders={
                "programs": str(self._report),
                "media_dir": str(default_root(self.hass)),
                **form.placeholders,
            },
        )

    async def async_step_take_test_photo(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take the test photo, showing that something goes on."""
        return await self._in_progress("take_test_photo", self._take_test_photo, self._refuse_camera)

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
                "seconds": f"{self._seconds:.1f}",
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
        entry, name, data = self._get_reconfigure_entry(), self._camera_form.name, self._data()
        unchanged = (entry.unique_id, entry.title, dict(entry.data)) == (self.unique_id, name, data)
        if unchanged and not _is_connected(entry):
            # It can be reached, as was just seen, but rests after a refusal.
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_update_and_abort(entry, unique_id=self.unique_id, title=name, data=data)

    async def _clash(self) -> ConfigFlowResult | None:
        """Look again whether the camera and the directory are free: another dialog may have been faster."""
        if self._is_taken():
            return self.async_abort(reason="already_configured")
        return None if await self._camera_form.is_good(self.hass) else await self.async_step_camera()

    def _is_taken(self) -> bool:
        """Say whether another entry has the camera."""
        other = self.hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, self.unique_id or "")
        return other is not None and other is not self._camera_form.entry

    def _create(self, trigger: dict[str, Any]) -> ConfigFlowResult:
        subentry = ConfigSubentryData(
            data=trigger, subentry_type=SUBENTRY_MOTION_TRIGGER, title=trigger[CONF_TOPIC], unique_id=None
        )
        return self.async_create_entry(title=self._camera_form.name, data=self._data(), subentries=[subentry])

    def _data(self) -> dict[str, Any]:
        return with_ssh(self._camera_form.data, self._ssh)

    def _free(self, sensors: tuple[Sensor, ...]) -> tuple[Sensor, ...]:
        """Return the cameras that are not set up already; the one that is being changed is among them."""
        taken = self._async_current_ids(include_ignore=False)
        if entry := self._camera_form.entry:
            taken -= {entry.unique_id}
        return tuple(sensor for sensor in sensors if camera_unique_id(self._ssh, sensor.camera_id) not in taken)

    async def _take_test_photo(self) -> str:
        """Take a photo as the camera will. Raises CaptureError."""
        form = self._camera_form
        options = form.entry.options if form.entry else {}
        settings = read_camera(form.typed, options)
        start = time.monotonic()
        completed = await self._host.take(form.camera_id, settings, options.get(CONF_TIMEOUT, DEFAULT_TIMEOUT))
        photo = await self.hass.async_add_executor_job(read_photo, completed, settings.size)
        self._seconds = time.monotonic() - start
        self._tests += 1
        self._forget_test_photos()
        previews_of(self.hass)[self.flow_id, str(self._tests)] = photo
        return "test_photo"

    def _refuse_camera(self, error: CaptureError) -> str:
        """Show in the camera's form why there is no test photo."""
        self._camera_form.errors, self._camera_form.placeholders = {"base": key_of(error)}, error.fields
        return "camera"


def _is_connected(entry: ConfigEntry) -> bool:
    """Say whether a camera is running and has its host."""
    return entry.state is ConfigEntryState.LOADED and entry.runtime_data.data.host

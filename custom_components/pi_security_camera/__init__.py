"""Pi Security Camera: a motion alert over MQTT becomes a photo in Home Assistant."""

from homeassistant.components import mqtt
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .archive import Archive
from .camera_store import CameraStore
from .clip_view import ClipView
from .const import DOMAIN, UNLOAD_GRACE
from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .host_watch import HostWatch
from .hosts import open_host, shared_ssh_hosts
from .listener import Listener
from .options import read_settings
from .services import async_register_actions
from .views import PhotoView, PreviewView, ThumbnailView

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CAMERA,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register what belongs to the integration and not to a camera: the actions and the views."""
    async_register_actions(hass)
    hass.http.register_view(PhotoView)
    hass.http.register_view(ClipView)
    hass.http.register_view(ThumbnailView)
    hass.http.register_view(PreviewView)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: PiCameraConfigEntry) -> bool:
    """Set a camera up: options → runner → archive → coordinator → platforms, and the listener last.

    A host or a directory in trouble does not keep it from starting: its photos can still be looked at, and each alert
    says what is wrong until it is mended.
    """
    if not await mqtt.async_wait_for_mqtt_client(hass):
        raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="mqtt_not_ready")
    settings = read_settings(hass, entry)
    watch = HostWatch(hass, entry)
    host = open_host(shared_ssh_hosts(hass), settings.ssh, watch.changed)
    entry.async_on_unload(host.runner.close)
    archive = Archive(settings.photo_dir, dt_util.get_default_time_zone, settings.mount_point)
    entry.runtime_data = coordinator = CaptureCoordinator(hass, entry, settings, host, archive)
    # Should the rest of this fail, no camera stays open.
    entry.async_on_unload(coordinator.streaming.async_close)
    await coordinator.async_start()

    async def stop(_event: Event) -> None:
        await coordinator.async_stop()
        await host.runner.close()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(watch.stop)
    watch.start()
    # Nothing arrives before there is somebody to show it.
    listener = Listener(hass, coordinator)
    entry.async_on_unload(listener.async_stop)
    await listener.async_update()

    async def changed(hass: HomeAssistant, entry: PiCameraConfigEntry) -> None:
        """Take on changed options and motion triggers, losing no alert; another camera or place needs a new start."""
        settings = read_settings(hass, entry)
        if settings.needs_restart(coordinator.settings) or entry.title != coordinator.name:
            await hass.config_entries.async_reload(entry.entry_id)
        else:
            await coordinator.async_change_settings(settings)
            await listener.async_update()

    entry.async_on_unload(entry.add_update_listener(changed))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PiCameraConfigEntry) -> bool:
    """Let the running capture end, while there are entities to tell of it, and take the camera down."""
    coordinator = entry.runtime_data
    await coordinator.async_stop(UNLOAD_GRACE)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: PiCameraConfigEntry) -> None:
    """Forget what was stored for a camera; its photos stay where they are."""
    await CameraStore(hass, entry.entry_id).async_remove()

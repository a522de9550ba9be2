"""The cameras that are set up, for what is not of one of them: views, the media source, repairs."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .coordinator import PiCameraConfigEntry


def find_camera(hass: HomeAssistant, entry_id: str) -> PiCameraConfigEntry | None:
    """Return the entry of a camera that is set up; None for all else."""
    entry: PiCameraConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN or entry.state is not ConfigEntryState.LOADED:
        return None
    return entry


def all_cameras(hass: HomeAssistant) -> list[PiCameraConfigEntry]:
    """Return the entries of all cameras that are set up, by name."""
    entries: list[PiCameraConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return sorted(entries, key=lambda entry: entry.title.casefold())

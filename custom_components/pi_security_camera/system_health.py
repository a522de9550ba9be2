"""The integration's lines on the system health page."""

from typing import Any

from homeassistant.components import mqtt, system_health
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register the lines."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    entries = hass.config_entries.async_loaded_entries(DOMAIN)
    states = [entry.runtime_data.data for entry in entries]
    return {
        "cameras": len(entries),
        "armed": sum(state.armed for state in states),
        "hosts_connected": sum(state.host for state in states),
        # Without an MQTT entry there is nothing to ask.
        "broker_connected": mqtt.DATA_MQTT in hass.data and mqtt.is_connected(hass),
    }

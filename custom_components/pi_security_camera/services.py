"""The actions. They belong to the camera entity, and are there as long as the integration is."""

import json
from typing import Any

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.core import HomeAssistant, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_platform_entity_service
import voluptuous as vol

from .const import (
    ATTR_COUNT,
    ATTR_DRY_RUN,
    ATTR_FILENAME,
    ATTR_INTERVAL,
    ATTR_PAYLOAD,
    CONF_KEEP_COUNT,
    CONF_KEEP_DAYS,
    CONF_TOPIC,
    DOMAIN,
    MAX_BURST_COUNT,
)


def _payload(value: Any) -> str:
    """Take a payload as text; a template that writes JSON hands over what the JSON means, which is written again."""
    return json.dumps(value) if isinstance(value, dict | list | bool) else cv.string(value)


_CAPTURE: dict[Any, Any] = {
    vol.Optional(ATTR_COUNT, default=1): vol.All(vol.Coerce(int), vol.Range(min=1, max=MAX_BURST_COUNT)),
    vol.Optional(ATTR_INTERVAL, default=1.0): vol.All(vol.Coerce(float), vol.Range(min=0, max=60)),
}
_PURGE: dict[Any, Any] = {
    vol.Optional(CONF_KEEP_DAYS): vol.All(vol.Coerce(float), vol.Range(min=0)),
    vol.Optional(CONF_KEEP_COUNT): vol.All(vol.Coerce(int), vol.Range(min=1)),
    vol.Optional(ATTR_DRY_RUN, default=False): cv.boolean,
}
_PHOTO: dict[Any, Any] = {vol.Required(ATTR_FILENAME): cv.string}
_TEST_PAYLOAD: dict[Any, Any] = {vol.Required(CONF_TOPIC): cv.string, vol.Required(ATTR_PAYLOAD): _payload}

# Each action's name, the camera's method, its fields, and whether it answers.
_ACTIONS = (
    ("capture", "async_capture", _CAPTURE, SupportsResponse.OPTIONAL),
    ("purge", "async_purge", _PURGE, SupportsResponse.OPTIONAL),
    ("keep", "async_keep_photo", _PHOTO, SupportsResponse.NONE),
    ("release", "async_release_photo", _PHOTO, SupportsResponse.NONE),
    ("delete", "async_delete_photo", _PHOTO, SupportsResponse.NONE),
    ("test_payload", "async_test_payload", _TEST_PAYLOAD, SupportsResponse.ONLY),
)


@callback
def async_register_actions(hass: HomeAssistant) -> None:
    """Register the actions, once."""
    for action, method, fields, response in _ACTIONS:
        async_register_platform_entity_service(
            hass,
            DOMAIN,
            action,
            entity_domain=CAMERA_DOMAIN,
            schema=fields,
            func=method,
            supports_response=response,
        )

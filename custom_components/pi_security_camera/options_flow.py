"""The options of a camera."""

from collections.abc import Mapping
import math
import re
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from .const import (
    CONF_ACCEPT_RETAINED,
    CONF_BURST_COUNT,
    CONF_BURST_INTERVAL,
    CONF_CLIPS,
    CONF_COOLDOWN,
    CONF_FRAMERATE,
    CONF_FULL_VIEW,
    CONF_KEEP_COUNT,
    CONF_KEEP_DAYS,
    CONF_MAX_STORAGE,
    CONF_MIN_FREE_SPACE,
    CONF_MODE,
    CONF_MOTION_HOLD,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_QUALITY,
    CONF_SETTLE_TIME,
    CONF_TIMEOUT,
    DEFAULT_ACCEPT_RETAINED,
    DEFAULT_BURST_COUNT,
    DEFAULT_BURST_INTERVAL,
    DEFAULT_CLIPS,
    DEFAULT_COOLDOWN,
    DEFAULT_FRAMERATE,
    DEFAULT_FULL_VIEW,
    DEFAULT_KEEP_DAYS,
    DEFAULT_MIN_FREE_SPACE,
    DEFAULT_MODE,
    DEFAULT_MOTION_HOLD,
    DEFAULT_POST_ROLL,
    DEFAULT_PRE_ROLL,
    DEFAULT_QUALITY,
    DEFAULT_SETTLE_TIME,
    DEFAULT_TIMEOUT,
    MAX_BURST_COUNT,
    SECTION_IMAGE,
    SECTION_STORAGE,
    SECTION_STREAM,
    Mode,
)

_WHOLE_NUMBERS = (CONF_BURST_COUNT, CONF_SETTLE_TIME, CONF_QUALITY)
_ROI = re.compile(r"\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*", re.ASCII)


def _number(low: float, high: float, unit: str | None = None, step: float = 1) -> NumberSelector:
    config = NumberSelectorConfig(min=low, max=high, step=step, mode=NumberSelectorMode.BOX)
    return NumberSelector(config | {"unit_of_measurement": unit} if unit else config)


def _select(key: str, *options: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=list(options), translation_key=key, mode=SelectSelectorMode.DROPDOWN)
    )


# The values and ranges are rpicam's own.
_IMAGE = vol.Schema(
    {
        vol.Optional("hflip", default=False): BooleanSelector(),
        vol.Optional("vflip", default=False): BooleanSelector(),
        vol.Optional("exposure"): _select("exposure", "normal", "sport", "long"),
        vol.Optional("metering"): _select("metering", "centre", "spot", "average"),
        vol.Optional("awb"): _select(
            "awb", "auto", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy"
        ),
        vol.Optional("ev"): _number(-8, 8, step=0.1),
        vol.Optional("brightness"): _number(-1, 1, step=0.05),
        vol.Optional("contrast"): _number(0, 15.99, step=0.01),
        vol.Optional("saturation"): _number(0, 15.99, step=0.01),
        vol.Optional("sharpness"): _number(0, 15.99, step=0.01),
        vol.Optional("denoise"): _select("denoise", "auto", "off", "cdn_off", "cdn_fast", "cdn_hq"),
        vol.Optional("hdr"): _select("hdr", "off", "auto", "sensor", "single-exp"),
        vol.Optional("autofocus_mode"): _select("autofocus_mode", "default", "manual", "auto", "continuous"),
        vol.Optional("lens_position"): _number(0, 32, "dpt", step=0.1),
        vol.Optional("shutter"): _number(0, 200_000_000, "µs"),
        vol.Optional("gain"): _number(0, 64, step=0.1),
        vol.Optional("roi"): TextSelector(),
    }
)

_STREAM = vol.Schema(
    {
        vol.Required(CONF_FRAMERATE, default=DEFAULT_FRAMERATE): _number(1, 30, "fps"),
        vol.Required(CONF_CLIPS, default=DEFAULT_CLIPS): BooleanSelector(),
        vol.Required(CONF_PRE_ROLL, default=DEFAULT_PRE_ROLL): _number(0, 30, "s"),
        vol.Required(CONF_POST_ROLL, default=DEFAULT_POST_ROLL): _number(1, 120, "s"),
    }
)

# Each may be empty, which is no limit.
_STORAGE = vol.Schema(
    {
        vol.Optional(CONF_KEEP_DAYS): _number(1, 36_500, "d"),
        vol.Optional(CONF_KEEP_COUNT): _number(1, 10_000_000),
        vol.Optional(CONF_MAX_STORAGE): _number(1, 100_000_000, "MB"),
        vol.Optional(CONF_MIN_FREE_SPACE): _number(1, 100_000_000, "MB"),
    }
)
# Beside the schema: in it, they would come back into a field that was emptied.
_STORAGE_DEFAULTS = {CONF_KEEP_DAYS: DEFAULT_KEEP_DAYS, CONF_MIN_FREE_SPACE: DEFAULT_MIN_FREE_SPACE}

OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_MODE, default=DEFAULT_MODE): _select(CONF_MODE, *Mode),
        vol.Required(CONF_COOLDOWN, default=DEFAULT_COOLDOWN): _number(0, 86_400, "s", 0.1),
        vol.Required(CONF_BURST_COUNT, default=DEFAULT_BURST_COUNT): _number(1, MAX_BURST_COUNT),
        vol.Required(CONF_BURST_INTERVAL, default=DEFAULT_BURST_INTERVAL): _number(0, 60, "s", 0.1),
        vol.Required(CONF_MOTION_HOLD, default=DEFAULT_MOTION_HOLD): _number(1, 3600, "s"),
        vol.Required(CONF_TIMEOUT, default=DEFAULT_TIMEOUT): _number(2, 120, "s"),
        vol.Required(CONF_SETTLE_TIME, default=DEFAULT_SETTLE_TIME): _number(1, 60_000, "ms"),
        vol.Required(CONF_QUALITY, default=DEFAULT_QUALITY): _number(1, 100, "%"),
        vol.Required(CONF_FULL_VIEW, default=DEFAULT_FULL_VIEW): BooleanSelector(),
        vol.Required(CONF_ACCEPT_RETAINED, default=DEFAULT_ACCEPT_RETAINED): BooleanSelector(),
        vol.Required(SECTION_STREAM): section(_STREAM, {"collapsed": True}),
        vol.Required(SECTION_STORAGE): section(_STORAGE, {"collapsed": True}),
        vol.Required(SECTION_IMAGE): section(_IMAGE, {"collapsed": True}),
    }
)


_SECTIONS = {SECTION_STREAM: _STREAM, SECTION_STORAGE: _STORAGE, SECTION_IMAGE: _IMAGE}


class PiCameraOptionsFlow(OptionsFlow):
    """Changes the options. The entry's update listener takes them on."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options, and keep them."""
        errors: dict[str, str] = {}
        if user_input is not None:
            options, errors = _read(user_input)
            if not errors:
                return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, user_input or self._stored()),
            errors=errors,
        )

    def _stored(self) -> dict[str, Any]:
        """Return the stored options in the form's shape."""
        options = _STORAGE_DEFAULTS | self.config_entry.options
        return options | {name: _part(options, fields) for name, fields in _SECTIONS.items()}


def _read(user_input: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the options to store, flat, and what is wrong with them."""
    image = {name: value for name, value in user_input[SECTION_IMAGE].items() if value not in ("", None)}
    if "shutter" in image:
        image["shutter"] = int(image["shutter"])
    # A limit that was emptied is stored as such: left out, it would be the default again.
    storage = {str(key): user_input[SECTION_STORAGE].get(key) for key in _STORAGE.schema}
    options = {name: value for name, value in user_input.items() if name not in _SECTIONS}
    options |= user_input[SECTION_STREAM] | storage
    errors = {}
    if any(isinstance(value, float) and not math.isfinite(value) for value in (options | image).values()):
        return {}, {"base": "invalid_number"}
    options |= {name: int(options[name]) for name in _WHOLE_NUMBERS}
    options |= {name: int(value) for name, value in storage.items() if value is not None}
    if options[CONF_SETTLE_TIME] >= options[CONF_TIMEOUT] * 1000:
        errors[CONF_SETTLE_TIME] = "settle_time_too_long"
    if "roi" in image:
        if roi := _read_roi(image["roi"]):
            image["roi"] = roi
        else:
            errors["base"] = "invalid_roi"
    return options | image, errors


def _part(options: Mapping[str, Any], fields: vol.Schema) -> dict[str, Any]:
    """Return those of the options that a section shows."""
    return {str(key): options[key] for key in fields.schema if options.get(key) is not None}


def _read_roi(text: str) -> str | None:
    """Return a region of interest as rpicam reads it: x,y,width,height, each a part of the whole view, without spaces.

    None for any other text: rpicam would ignore it without a word.
    """
    numbers = match.groups() if (match := _ROI.fullmatch(text)) else ()
    try:
        x, y, width, height = map(float, numbers)
    except ValueError:
        return None
    inside = 0 < width <= 1 and 0 < height <= 1 and x + width <= 1 and y + height <= 1
    return ",".join(numbers) if inside else None

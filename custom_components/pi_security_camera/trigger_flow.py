"""The form of a motion trigger, in the set-up and as a subentry of its own."""

from collections.abc import Mapping
import math
from typing import Any, override

from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import TemplateError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TemplateSelector,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.helpers.template import Template
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from .capture.rules import Ignored, check
from .const import (
    CONF_QOS,
    CONF_SAMPLE_PAYLOAD,
    CONF_STATUS_KEY,
    CONF_STATUS_VALUES,
    CONF_TOPIC,
    CONF_VALUE_KEY,
    CONF_VALUE_MAX,
    CONF_VALUE_MIN,
    CONF_VALUE_TEMPLATE,
    DEFAULT_QOS,
    DEFAULT_STATUS_KEY,
    DEFAULT_STATUS_VALUES,
    DEFAULT_TOPIC,
    DEFAULT_VALUE_KEY,
    DOMAIN,
)
from .options import read_trigger


class _TemplateEditor(TemplateSelector):
    """The editor for templates; a mistake is told by the form like all others, and not by Home Assistant in English."""

    @override
    def __call__(self, data: Any) -> str:
        return cv.string(data)


_NUMBER = NumberSelector(NumberSelectorConfig(mode=NumberSelectorMode.BOX, step="any"))

TRIGGER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_TOPIC, default=DEFAULT_TOPIC): TextSelector(),
        vol.Required(CONF_QOS, default=str(DEFAULT_QOS)): vol.All(
            vol.Coerce(str), SelectSelector(SelectSelectorConfig(options=["0", "1", "2"], translation_key="qos"))
        ),
        vol.Required(CONF_STATUS_KEY, default=DEFAULT_STATUS_KEY): TextSelector(),
        vol.Required(CONF_STATUS_VALUES, default=list(DEFAULT_STATUS_VALUES)): TextSelector(
            TextSelectorConfig(multiple=True)
        ),
        vol.Required(CONF_VALUE_KEY, default=DEFAULT_VALUE_KEY): TextSelector(),
        vol.Optional(CONF_VALUE_MIN): _NUMBER,
        vol.Optional(CONF_VALUE_MAX): _NUMBER,
        vol.Optional(CONF_VALUE_TEMPLATE): _TemplateEditor(),
        vol.Optional(CONF_SAMPLE_PAYLOAD): TextSelector(TextSelectorConfig(multiline=True)),
    }
)


class TriggerForm:
    """One open form of a motion trigger: what was typed, what is wrong with it, what becomes of the sample."""

    def __init__(self, stored: Mapping[str, Any] | None = None) -> None:
        self.typed: Mapping[str, Any] = {**stored, CONF_QOS: str(stored[CONF_QOS])} if stored else {}
        self.errors: dict[str, str] = {}
        self.verdict = ""
        self._judged: Mapping[str, Any] | None = None

    @property
    def data(self) -> dict[str, Any]:
        """What is stored: fields that were left empty are left out."""
        data = {key: value for key, value in self.typed.items() if value not in ("", None)}
        return data | {CONF_QOS: int(self.typed[CONF_QOS])}

    async def accepts(self, hass: HomeAssistant, user_input: dict[str, Any]) -> bool:
        """Take what was typed and say whether to save it; a sample is judged first, and confirmed by a second time."""
        self.typed = _stripped(user_input)
        self.errors, self.verdict = _errors(hass, self.typed), ""
        if self.errors:
            return False
        if not self.typed.get(CONF_SAMPLE_PAYLOAD) or self.typed == self._judged:
            return True
        self._judged, self.verdict = self.typed, await self._judge(hass)
        return False

    async def _judge(self, hass: HomeAssistant) -> str:
        """Return what the rule makes of the sample, in Home Assistant's language."""
        data = self.data
        result = check(read_trigger(hass, "", data), data[CONF_TOPIC], data[CONF_SAMPLE_PAYLOAD].encode())
        name = result.reason if isinstance(result, Ignored) else "alert"
        texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
        return f"**{texts[f'component.{DOMAIN}.selector.verdict.options.{name}']}**"


def _stripped(user_input: dict[str, Any]) -> dict[str, Any]:
    """Return the input without the blanks that come with pasting; a payload's own are left."""
    names = {key: user_input[key].strip() for key in (CONF_TOPIC, CONF_STATUS_KEY, CONF_VALUE_KEY)}
    words = [word.strip() for word in user_input[CONF_STATUS_VALUES] if word.strip()]
    return {**user_input, **names, CONF_STATUS_VALUES: words}


def _errors(hass: HomeAssistant, typed: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong, by field."""
    errors = {key: "no_key" for key in (CONF_STATUS_KEY, CONF_VALUE_KEY) if not typed[key]}
    try:
        mqtt.valid_subscribe_topic(typed[CONF_TOPIC])
    except vol.Invalid:
        errors[CONF_TOPIC] = "invalid_topic"
    if typed[CONF_TOPIC].startswith("$share/"):
        # Home Assistant would subscribe, and know none of its messages for ours.
        errors[CONF_TOPIC] = "invalid_topic"
    errors |= {
        key: "invalid_number" for key in (CONF_VALUE_MIN, CONF_VALUE_MAX) if not math.isfinite(typed.get(key) or 0)
    }
    low, high = typed.get(CONF_VALUE_MIN), typed.get(CONF_VALUE_MAX)
    if low is not None and high is not None and low > high:
        errors[CONF_VALUE_MAX] = "value_range"
    template = typed.get(CONF_VALUE_TEMPLATE)
    if not template and not typed[CONF_STATUS_VALUES]:
        errors[CONF_STATUS_VALUES] = "no_status_values"
    try:
        Template(template or "", hass).ensure_valid()
    except TemplateError:
        errors[CONF_VALUE_TEMPLATE] = "invalid_template"
    return errors


class MotionTriggerFlow(ConfigSubentryFlow):
    """Adds and changes motion triggers. The entry's update listener takes them on."""

    def __init__(self) -> None:
        self._form = TriggerForm()

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add a motion trigger."""
        return await self._step("user", user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change a motion trigger."""
        if user_input is None:
            self._form = TriggerForm(self._get_reconfigure_subentry().data)
        return await self._step("reconfigure", user_input)

    async def _step(self, step_id: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        form = self._form
        if user_input is not None and await form.accepts(self.hass, user_input):
            return self._save(form.data)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(TRIGGER_SCHEMA, form.typed),
            errors=form.errors,
            description_placeholders={"verdict": form.verdict},
        )

    def _save(self, data: dict[str, Any]) -> SubentryFlowResult:
        if self.source == "user":
            return self.async_create_entry(title=data[CONF_TOPIC], data=data)
        subentry = self._get_reconfigure_subentry()
        # A name that the user gave stays; one that was the topic follows it.
        title = data[CONF_TOPIC] if subentry.title == subentry.data[CONF_TOPIC] else subentry.title
        return self.async_update_and_abort(self._get_entry(), subentry, title=title, data=data)

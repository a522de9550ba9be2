"""How the tests go through the dialogs: as a browser does, which gets each form in JSON and sends back what it shows.

Whatever a dialog shows is held against the English texts on the way: a step, an error or an end without a text, a
placeholder that nobody fills in, or a choice that is not among the choices, fails the test that met it.
"""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any, Self, cast

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowManager, FlowResultType
from homeassistant.helpers import config_validation as cv, issue_registry as ir
from homeassistant.setup import async_setup_component
from probatio import to_field_list

import custom_components.pi_security_camera as integration
from custom_components.pi_security_camera.const import DOMAIN

FOLDER = Path(integration.__file__).parent
ENGLISH: dict[str, Any] = json.loads((FOLDER / "translations/en.json").read_text(encoding="utf-8"))
FRENCH: dict[str, Any] = json.loads((FOLDER / "translations/fr.json").read_text(encoding="utf-8"))

type Field = dict[str, Any]

# What Home Assistant keeps to itself of what a dialog shows.
_NOT_SENT = {"context", "data", "data_schema", "result"}


class Dialog:
    """A dialog that is open; `shown` is what its user sees."""

    def __init__(self, hass: HomeAssistant, manager: FlowManager[Any, Any, Any], texts: Any, shown: Any) -> None:
        self._hass = hass
        self._manager = manager
        self._texts = texts
        self.progress: list[str] = []
        """What was shown to be going on."""
        self.seen = ""
        """All that the browser was sent."""
        self._show(shown)

    @classmethod
    async def set_up(cls, hass: HomeAssistant) -> Self:
        """Open the dialog that sets a camera up."""
        manager = hass.config_entries.flow
        return cls(hass, manager, ENGLISH["config"], await manager.async_init(DOMAIN, context={"source": "user"}))

    @classmethod
    async def camera_form(cls, hass: HomeAssistant) -> Self:
        """Open the dialog that sets a camera up, as far as the form with the camera."""
        return await (await cls.set_up(hass)).choose("local")

    @classmethod
    async def trigger_form(cls, hass: HomeAssistant) -> Self:
        """Open the dialog that sets a camera up, as far as the form with the first motion trigger."""
        dialog = await cls.camera_form(hass)
        await dialog.submit()
        return await dialog.choose("trigger")

    @classmethod
    async def reconfigure(cls, hass: HomeAssistant, entry_id: str, host: str = "local") -> Self:
        """Open the dialog that changes a camera, as far as the form that its host begins with."""
        manager = hass.config_entries.flow
        context: Any = {"source": "reconfigure", "entry_id": entry_id}
        dialog = cls(hass, manager, ENGLISH["config"], await manager.async_init(DOMAIN, context=context))
        return await dialog.choose(host)

    @classmethod
    async def reauth(cls, hass: HomeAssistant, entry_id: str) -> Self:
        """Open the dialog that Home Assistant has begun because credentials were refused."""
        manager = hass.config_entries.flow
        context = {"source": SOURCE_REAUTH, "entry_id": entry_id}
        (flow,) = manager.async_progress_by_handler(DOMAIN, match_context=context)
        return cls(hass, manager, ENGLISH["config"], await manager.async_configure(flow["flow_id"]))

    @classmethod
    async def repair(cls, hass: HomeAssistant, issue: ir.IssueEntry) -> Self:
        """Open the dialog that mends an issue."""
        assert await async_setup_component(hass, REPAIRS, {})
        manager = hass.data[REPAIRS]["flow_manager"]
        texts = ENGLISH["issues"][issue.translation_key]
        texts["title"].format(**issue.translation_placeholders or {})
        return cls(
            hass, manager, texts["fix_flow"], await manager.async_init(DOMAIN, context={"issue_id": issue.issue_id})
        )

    @classmethod
    async def add_trigger(cls, hass: HomeAssistant, entry_id: str) -> Self:
        """Open the dialog that adds a motion trigger."""
        return await cls._trigger(hass, entry_id, {"source": "user"})

    @classmethod
    async def change_trigger(cls, hass: HomeAssistant, entry_id: str, subentry_id: str) -> Self:
        """Open the dialog that changes a motion trigger."""
        return await cls._trigger(hass, entry_id, {"source": "reconfigure", "subentry_id": subentry_id})

    @classmethod
    async def _trigger(cls, hass: HomeAssistant, entry_id: str, context: Any) -> Self:
        manager = hass.config_entries.subentries
        texts = ENGLISH["config_subentries"]["motion_trigger"]
        return cls(hass, manager, texts, await manager.async_init((entry_id, "motion_trigger"), context=context))

    @classmethod
    async def options(cls, hass: HomeAssistant, entry_id: str) -> Self:
        """Open the dialog with the options."""
        manager = hass.config_entries.options
        return cls(hass, manager, ENGLISH["options"], await manager.async_init(entry_id))

    @property
    def is_open(self) -> bool:
        """Whether Home Assistant knows the dialog still."""
        return any(flow["flow_id"] == self.flow_id for flow in self._manager.async_progress())

    @property
    def flow_id(self) -> str:
        """By which Home Assistant knows the dialog."""
        return cast(str, self.shown["flow_id"])

    @property
    def step(self) -> str:
        """The step that is shown."""
        return cast(str, self.shown["step_id"])

    @property
    def errors(self) -> dict[str, str]:
        """What the form says is wrong, by field."""
        return self.shown["errors"] or {}

    @property
    def told(self) -> dict[str, str]:
        """What fills the texts' placeholders."""
        return self.shown["description_placeholders"] or {}

    @property
    def fields(self) -> list[Field]:
        """The form's fields as the browser gets them."""
        return _fields(self.shown["data_schema"])

    @property
    def filled_in(self) -> dict[str, Any]:
        """What stands in the form."""
        return _filled_in(self.fields)

    async def submit(self, **changes: Any) -> Self:
        """Change some fields of the form, those of a section too, and submit it; None empties a field."""
        await self.send(_changed(self.filled_in, changes))
        return self

    async def choose(self, option: str) -> Self:
        """Choose from a menu."""
        await self.send({"next_step_id": option})
        return self

    async def send(self, user_input: dict[str, Any]) -> None:
        """Send the user's input, and wait while the dialog says that something goes on."""
        self._show(await self._manager.async_configure(self.flow_id, user_input))
        while self.shown["type"] is FlowResultType.SHOW_PROGRESS:
            await self._hass.async_block_till_done()
            self._show(await self._manager.async_configure(self.flow_id))
        await self._hass.async_block_till_done(wait_background_tasks=True)

    def close(self) -> None:
        """Close the dialog without an end."""
        self._manager.async_abort(self.flow_id)

    def _show(self, shown: Any) -> None:
        self.shown: dict[str, Any] = shown
        sent = {name: value for name, value in shown.items() if name not in _NOT_SENT}
        self.seen += f"{sent} {_fields(shown.get('data_schema'))}\n"
        told = shown.get("description_placeholders") or {}
        for text in self._texts_of(shown):
            text.format(**told)
        if shown["type"] is FlowResultType.FORM:
            _check_choices(self.fields)
            # A browser shows an error at its field, or above the form; any other not at all.
            assert self.errors.keys() <= {"base", *(field["name"] for field in self.fields)}

    def _texts_of(self, shown: dict[str, Any]) -> Iterator[str]:
        match shown["type"]:
            case FlowResultType.FORM | FlowResultType.MENU:
                step = self._texts["step"][shown["step_id"]]
                yield from leaves(step).values()
                yield from (self._texts["error"][error] for error in (shown.get("errors") or {}).values())
                yield from (step["menu_options"][option] for option in shown.get("menu_options", ()))
            case FlowResultType.SHOW_PROGRESS:
                self.progress.append(shown["progress_action"])
                yield self._texts["progress"][shown["progress_action"]]
            case FlowResultType.ABORT if shown.get("translation_domain") is None:
                yield self._texts["abort"][shown["reason"]]


def watch_loads(entry: ConfigEntry) -> list[ConfigEntryState]:
    """Return a list that gets one more element each time the entry is loaded: each reload is a gap for alerts."""
    loads: list[ConfigEntryState] = []

    def changed() -> None:
        loads.extend({ConfigEntryState.LOADED} & {entry.state})

    entry.async_on_state_change(changed)
    return loads


def leaves(texts: dict[str, Any], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """Return all texts below a part of the translations, each by its path."""
    found: dict[tuple[str, ...], str] = {}
    for key, value in texts.items():
        found |= leaves(value, (*path, key)) if isinstance(value, dict) else {(*path, key): value}
    return found


def _fields(schema: Any) -> list[Field]:
    return cast(list[Field], to_field_list(schema, custom_serializer=cv.custom_serializer)) if schema else []


def _filled_in(fields: list[Field]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in fields:
        value: Any
        if field.get("type") == "expandable":
            value = _filled_in(field["schema"])
        else:
            value = (field.get("description") or {}).get("suggested_value", field.get("default"))
        if value is not None:
            values[field["name"]] = value
    return values


def _changed(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    sections = {name: value for name, value in values.items() if isinstance(value, dict)}
    changes = changes | {name: _changed(value, changes.get(name, {})) for name, value in sections.items()}
    return {name: value for name, value in (values | changes).items() if value is not None}


def _check_choices(fields: list[Field]) -> None:
    """Hold what stands in a choice against its options: a browser would show another value as an empty field."""
    values = _filled_in(fields)
    for field in fields:
        if field.get("type") == "expandable":
            _check_choices(field["schema"])
        elif (select := field.get("selector", {}).get("select")) and field["name"] in values:
            options = [option["value"] if isinstance(option, dict) else option for option in select["options"]]
            assert values[field["name"]] in options, f"{field['name']}: {values[field['name']]!r} is none of {options}"

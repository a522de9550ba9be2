"""Config flows, gone through as the frontend does: menus, forms, progress, and the entry at the end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from .client import Client, Json
from .progress import LabError

type Placeholders = Mapping[str, str]
"""What a step's text tells besides its words."""

type Deed = Callable[[Placeholders], Awaitable[None]]
"""What a person does at a step before submitting it. May raise LabError, which ends the flow."""

_FLOWS = "/api/config/config_entries/flow"
_OPTIONS = "/api/config/config_entries/options/flow"
_POLL = 0.2

# A test photo may take its whole time limit, and a slow Pi takes its time before that.
_LIMIT = 180.0


class FlowFailed(LabError):
    """A config flow could not be finished; the message says at which step and why."""


async def run_flow(
    client: Client,
    domain: str,
    *,
    choices: Mapping[str, str] | None = None,
    answers: Mapping[str, Any] | None = None,
    deeds: Mapping[str, Deed] | None = None,
    entry_id: str | None = None,
) -> None:
    """Set up an entry of this integration, or reconfigure the one named.

    `choices` says which way to go at a menu, by the menu's step; `answers` are values for fields, by the field's
    name, where the form's own default or suggestion is not what is wanted; `deeds` are what a form wants done before it
    is submitted, by the form's step. Raises FlowFailed, and what a deed raises.
    """
    start: Json = {"handler": domain}
    if entry_id:
        start["entry_id"] = entry_id
    await _go_through(client, domain, _FLOWS, start, _Person(choices or {}, answers or {}, deeds or {}))


async def change_options(client: Client, domain: str, entry_id: str, answers: Mapping[str, Any]) -> None:
    """Change these options of an entry; the others stay. Raises FlowFailed."""
    await _go_through(client, domain, _OPTIONS, {"handler": entry_id}, _Person({}, answers, {}))


async def _go_through(client: Client, domain: str, flows: str, start: Json, person: _Person) -> None:
    """Start a flow at one of Home Assistant's addresses for flows, and follow it to its end."""
    try:
        async with asyncio.timeout(_LIMIT):
            step = await client.request("POST", flows, start)
            while step["type"] not in {"create_entry", "abort"}:
                step = await _next_step(client, domain, f"{flows}/{step['flow_id']}", step, person)
    except TimeoutError as error:
        message = f"Setting up {domain} did not end within {_LIMIT:.0f} s"
        raise FlowFailed(message) from error
    if step["type"] == "abort" and not step["reason"].endswith("_successful"):
        message = f"Setting up {domain} was refused: {_text(domain, 'abort', step['reason'], step)}"
        raise FlowFailed(message)


@dataclass(frozen=True, slots=True)
class _Person:
    """Whoever goes through a flow; see run_flow."""

    choices: Mapping[str, str]
    answers: Mapping[str, Any]
    deeds: Mapping[str, Deed]

    async def submit(self, step: Json) -> Json:
        """Do what a form asks for, and return its answers."""
        if deed := self.deeds.get(step["step_id"]):
            await deed(step.get("description_placeholders") or {})
        # A form that only tells something has no fields.
        return answer_form(step.get("data_schema") or [], self.answers)


async def _next_step(client: Client, domain: str, address: str, step: Json, person: _Person) -> Json:
    """Answer one step of the flow at this address and return the next."""
    match step["type"]:
        case "menu":
            body = {"next_step_id": person.choices[step["step_id"]]}
        case "form":
            if step.get("errors"):
                raise FlowFailed(_complaint(domain, step))
            body = await person.submit(step)
        case _:  # progress and its end: ask until it has become something else
            await asyncio.sleep(_POLL)
            return dict(await client.request("GET", address))
    return dict(await client.request("POST", address, body))


def answer_form(fields: list[Json], answers: Mapping[str, Any]) -> Json:
    """Return values for a form's fields: the answer given, else the suggestion, else the default.

    Required fields without any of these get the first option of a selection; others raise FlowFailed.
    """
    values: Json = {}
    for field in fields:
        name = field["name"]
        if field.get("type") == "expandable":
            values[name] = answer_form(field["schema"], answers)
            continue
        # What is suggested is what was stored before.
        suggestion = (field.get("description") or {}).get("suggested_value", field.get("default"))
        value = answers.get(name, suggestion)
        if value is None and field.get("required"):
            value = _first_option(field)
        if value is not None:
            values[name] = value
    return values


def _first_option(field: Json) -> str:
    """Return what stands first in the selection."""
    options = field.get("selector", {}).get("select", {}).get("options")
    if not options:
        message = f"No answer for the required field {field['name']}"
        raise FlowFailed(message)
    first = options[0]
    return str(first["value"] if isinstance(first, dict) else first)


def _complaint(domain: str, step: Json) -> str:
    """Return one line for each error that the form shows."""
    lines = [f"Setting up {domain} stopped at the step {step['step_id']}:"]
    for field, error in step["errors"].items():
        lines.append(f"  {field}: {_text(domain, 'error', error, step)}")
    return "\n".join(lines)


def _text(domain: str, kind: str, key: str, step: Json) -> str:
    """Return the English text of an error or abort reason of ours, else its key."""
    file = Path("custom_components", domain, "translations", "en.json")
    try:
        text: str = json.loads(file.read_text(encoding="utf-8"))["config"][kind][key]
        return text.format(**(step.get("description_placeholders") or {}))
    except OSError, KeyError, ValueError:
        return key

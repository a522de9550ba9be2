"""Going through config flows."""

from typing import Any, cast

import pytest

from scripts.lab.client import Client, Json
from scripts.lab.flows import FlowFailed, Placeholders, answer_form, change_options, run_flow
from scripts.lab.progress import LabError


class ScriptedClient:
    """Home Assistant's side of one flow: hands out steps, and notes what was answered."""

    def __init__(self, *steps: Json) -> None:
        self._steps = iter(steps)
        self.bodies: list[Json | None] = []

    async def request(self, method: str, _path: str, body: Json | None = None) -> Json:
        self.bodies.append(body if method == "POST" else None)
        return {"flow_id": "1", **next(self._steps)}


async def run(client: ScriptedClient, **arguments: Any) -> None:
    await run_flow(cast("Client", client), "pi_security_camera", **arguments)


def select(*options: str | dict[str, str]) -> Json:
    return {"selector": {"select": {"options": list(options)}}}


def test_an_answer_goes_before_the_suggestion_and_that_before_the_default() -> None:
    fields: list[Json] = [
        {"name": "topic", "default": "other", "description": {"suggested_value": "third"}},
        {"name": "qos", "default": 1, "description": {"suggested_value": 2}},
        {"name": "photo_dir", "description": {"suggested_value": "/media"}},
    ]
    assert answer_form(fields, {"topic": "hall"}) == {"topic": "hall", "qos": 2, "photo_dir": "/media"}


def test_optional_fields_without_a_value_are_left_out() -> None:
    assert answer_form([{"name": "value_min"}], {}) == {}


def test_false_is_an_answer() -> None:
    assert answer_form([{"name": "tls", "required": True, "default": False}], {}) == {"tls": False}


@pytest.mark.parametrize("option", ["first", {"value": "first", "label": "The first"}])
def test_a_required_selection_gets_its_first_option(option: str | dict[str, str]) -> None:
    assert answer_form([{"name": "camera", "required": True, **select(option, "b")}], {}) == {"camera": "first"}


def test_a_section_is_answered_as_a_form_of_its_own() -> None:
    section = {"name": "more", "type": "expandable", "schema": [{"name": "ca", "required": True}]}
    assert answer_form([section], {"ca": "off"}) == {"more": {"ca": "off"}}


def test_a_required_field_that_nobody_can_answer_is_named() -> None:
    with pytest.raises(FlowFailed, match="password"):
        answer_form([{"name": "password", "required": True}], {})


async def test_a_flow_is_followed_through_menus_progress_and_forms_to_its_entry() -> None:
    client = ScriptedClient(
        {"type": "menu", "step_id": "user"},
        {"type": "form", "step_id": "camera", "data_schema": [{"name": "name", "default": "Camera"}]},
        {"type": "progress", "step_id": "shot"},
        {"type": "create_entry"},
    )
    await run(client, choices={"user": "local"})
    assert client.bodies == [
        {"handler": "pi_security_camera"},
        {"next_step_id": "local"},
        {"name": "Camera"},
        None,
    ]


async def test_a_form_that_shows_errors_ends_it_with_their_texts() -> None:
    client = ScriptedClient(
        {"type": "form", "step_id": "camera", "data_schema": [], "errors": {"base": "unheard_of"}},
    )
    with pytest.raises(FlowFailed, match=r"step camera:\n  base: unheard_of"):
        await run(client)


KEY_FORM: Json = {
    "type": "form",
    "step_id": "host_key",
    "data_schema": [],
    "description_placeholders": {"fingerprint": "SHA256:abc"},
}


async def test_what_a_form_wants_done_is_done_before_it_is_submitted() -> None:
    client = ScriptedClient(KEY_FORM, {"type": "create_entry"})
    seen: list[tuple[Placeholders, int]] = []

    async def look(placeholders: Placeholders) -> None:
        seen.append((placeholders, len(client.bodies)))

    await run(client, deeds={"host_key": look})
    assert seen == [({"fingerprint": "SHA256:abc"}, 1)]
    assert client.bodies[1:] == [{}]


async def test_a_form_is_not_submitted_when_that_fails() -> None:
    client = ScriptedClient(KEY_FORM)

    async def refuse(placeholders: Placeholders) -> None:
        raise LabError(*placeholders.values())

    with pytest.raises(LabError, match="SHA256:abc"):
        await run(client, deeds={"host_key": refuse})
    assert len(client.bodies) == 1


async def test_nothing_is_done_at_a_form_that_shows_errors() -> None:
    """It would be done twice, and what is wrong would not be told."""
    client = ScriptedClient({**KEY_FORM, "errors": {"base": "unheard_of"}})

    async def look(_placeholders: Placeholders) -> None:
        raise AssertionError

    with pytest.raises(FlowFailed, match="unheard_of"):
        await run(client, deeds={"host_key": look})


async def test_a_reconfiguration_ends_with_a_reason_that_is_a_success() -> None:
    client = ScriptedClient({"type": "abort", "reason": "reconfigure_successful"})
    await run(client, entry_id="abc")
    assert client.bodies == [{"handler": "pi_security_camera", "entry_id": "abc"}]


async def test_any_other_reason_is_a_refusal() -> None:
    with pytest.raises(FlowFailed, match="already_there"):
        await run(ScriptedClient({"type": "abort", "reason": "already_there"}))


async def test_options_are_changed_and_the_others_stay() -> None:
    section = {"name": "storage", "type": "expandable", "schema": [{"name": "keep_days", "default": 30}]}
    client = ScriptedClient(
        {"type": "form", "step_id": "init", "data_schema": [{"name": "quality", "default": 93}, section]},
        {"type": "create_entry"},
    )
    await change_options(cast("Client", client), "pi_security_camera", "entry", {"keep_days": 365})
    assert client.bodies == [{"handler": "entry"}, {"quality": 93, "storage": {"keep_days": 365}}]

"""The form with the first motion trigger: its mistakes, and what it makes of a sample before anything is saved."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from custom_components.pi_security_camera.const import DOMAIN

from .conftest import ALERT
from .dialogs import ENGLISH, FRENCH, Dialog

VERDICTS = ENGLISH["selector"]["verdict"]["options"]

MISTAKES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "# in the middle": ({"topic": "house/#/motion"}, {"topic": "invalid_topic"}),
    "# with a word": ({"topic": "house/motion#"}, {"topic": "invalid_topic"}),
    "+ with a word": ({"topic": "house/mo+ion"}, {"topic": "invalid_topic"}),
    "no topic": ({"topic": ""}, {"topic": "invalid_topic"}),
    "a topic of 70 kB": ({"topic": "x" * 70_000}, {"topic": "invalid_topic"}),
    "a topic with a NUL": ({"topic": "house\0motion"}, {"topic": "invalid_topic"}),
    "the bounds crossed": ({"value_min": 6.0, "value_max": 5.0}, {"value_max": "value_range"}),
    "the bounds crossed around 0": ({"value_min": 0.0, "value_max": -1.0}, {"value_max": "value_range"}),
    "no words": ({"status_values": []}, {"status_values": "no_status_values"}),
    "no name of the status": ({"status_key": ""}, {"status_key": "no_key"}),
    "no name of the value": ({"value_key": ""}, {"value_key": "no_key"}),
    "half a template": ({"value_template": "{{ value_json.x"}, {"value_template": "invalid_template"}),
    "an unknown filter": ({"value_template": "{{ value | no_filter }}"}, {"value_template": "invalid_template"}),
    "all at once": (
        {"topic": "#/x", "value_min": 2.0, "value_max": 1.0, "status_values": [], "value_template": "{% if %}"},
        {"topic": "invalid_topic", "value_max": "value_range", "value_template": "invalid_template"},
    ),
}


@pytest.fixture
async def dialog(hass: HomeAssistant, ready: None) -> Dialog:
    """A set-up dialog at the form with the first motion trigger."""
    return await Dialog.trigger_form(hass)


async def test_each_mistake_is_told_by_its_field_and_nothing_typed_is_lost(hass: HomeAssistant, dialog: Dialog) -> None:
    typed = dialog.filled_in | {"qos": "2", "status_key": "état", "value_key": "cm", "sample_payload": ALERT}
    found = {}
    for name, (mistake, _) in MISTAKES.items():
        await dialog.send(typed | mistake)
        found[name] = dialog.errors
        assert (dialog.step, dialog.filled_in) == ("trigger", typed | mistake), name
        assert dialog.told == {"verdict": ""}, name

    assert found == {name: errors for name, (_, errors) in MISTAKES.items()}
    assert not hass.config_entries.async_entries(DOMAIN)
    await dialog.send(typed | {"sample_payload": ""})
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY


async def test_what_no_browser_would_send_is_refused(dialog: Dialog) -> None:
    wrongs: list[dict[str, Any]] = [{"qos": "3"}, {"value_min": "low"}, {"status_values": "ALERT"}, {"unknown": 1}]
    for wrong in wrongs:
        with pytest.raises(InvalidData):
            await dialog.submit(**wrong)


async def test_words_are_not_needed_beside_a_template_and_empty_ones_are_left_out(dialog: Dialog) -> None:
    await dialog.submit(status_values=["", " "], value_template="{{ value_json.occupancy }}")
    (trigger,) = dialog.shown["result"].subentries.values()
    assert trigger.data == {
        "topic": "salle/mouvement",
        "qos": 1,
        "status_key": "status",
        "status_values": [],
        "value_key": "value",
        "value_template": "{{ value_json.occupancy }}",
    }


async def test_the_blanks_of_pasting_are_left_out(dialog: Dialog) -> None:
    """A topic with a blank behind it is valid, and nothing ever arrives there."""
    await dialog.submit(topic=" a/b\n", status_key=" ", value_key="cm ", status_values=[" "], sample_payload=" x ")
    assert dialog.errors == {"status_key": "no_key", "status_values": "no_status_values"}
    await dialog.submit(status_key=" état", status_values=[" ALERT ", "", "two words"], sample_payload="")
    (trigger,) = dialog.shown["result"].subentries.values()
    assert trigger.title == "a/b"
    assert trigger.data == {
        "topic": "a/b",
        "qos": 1,
        "status_key": "état",
        "status_values": ["ALERT", "two words"],
        "value_key": "cm",
    }


async def test_equal_bounds_are_a_range_and_a_zero_is_no_empty_field(dialog: Dialog) -> None:
    await dialog.submit(value_min=0.0, value_max=0.0, status_values=["ALERT", "", "on"])
    (trigger,) = dialog.shown["result"].subentries.values()
    assert (trigger.data["value_min"], trigger.data["value_max"]) == (0.0, 0.0)
    assert trigger.data["status_values"] == ["ALERT", "on"]


SAMPLES: dict[str, tuple[dict[str, Any], str, str]] = {
    "alert": ({}, ALERT, "alert"),
    "a word": ({}, "alerte", "alert"),
    "accents": ({"status_values": ["Détecté"]}, '{"status": "DÉTECTÉ"}', "alert"),
    "not JSON": ({}, "motion", "payload_not_json"),
    "a list": ({}, "[]", "payload_not_object"),
    "no status": ({}, "{}", "status_missing"),
    "another status": ({}, '{"status": "NORMAL"}', "status_other"),
    "no value": ({"value_min": 5.0}, '{"status": "ALERT"}', "value_missing"),
    "no number": ({"value_min": 5.0}, '{"status": "ALERT", "value": "5"}', "value_not_number"),
    "too low": ({"value_min": 36.0}, ALERT, "value_too_low"),
    "too high": ({"value_max": 34.0}, ALERT, "value_too_high"),
    "the template says yes": ({"value_template": "{{ value_json.on }}"}, '{"on": true}', "alert"),
    "the template knows the topic": ({"value_template": "{{ topic == 'salle/mouvement' }}"}, "x", "alert"),
    "the template says no": ({"value_template": "{{ value_json.on }}"}, '{"on": false}', "template_false"),
    "the template fails": ({"value_template": "{{ value_json.off }}"}, '{"on": true}', "template_error"),
    "64 kB": ({}, "x" * 70_000, "payload_too_large"),
}


async def test_a_sample_is_judged_before_anything_is_saved(hass: HomeAssistant, dialog: Dialog) -> None:
    found = {}
    typed = dialog.filled_in
    for name, (rule, sample, _) in SAMPLES.items():
        await dialog.send(typed | rule | {"sample_payload": sample})
        assert (dialog.step, dialog.errors) == ("trigger", {}), name
        assert dialog.filled_in == typed | rule | {"sample_payload": sample}, name
        found[name] = dialog.told["verdict"]

    assert found == {name: f"**{VERDICTS[verdict]}**" for name, (_, _, verdict) in SAMPLES.items()}
    assert not hass.config_entries.async_entries(DOMAIN)


async def test_submitting_again_saves_even_what_is_no_alert(hass: HomeAssistant, dialog: Dialog) -> None:
    await dialog.submit(sample_payload='{"status": "NORMAL"}')
    assert dialog.told["verdict"] == f"**{VERDICTS['status_other']}**"
    await dialog.submit()
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY


async def test_a_change_after_the_verdict_is_judged_anew(hass: HomeAssistant, dialog: Dialog) -> None:
    """Otherwise the rule that is saved would not be the one that the verdict was about."""
    await dialog.submit(sample_payload="NORMAL")
    await dialog.submit(sample_payload=ALERT)
    assert dialog.told["verdict"] == f"**{VERDICTS['alert']}**"
    await dialog.submit(value_min=40.0)
    assert dialog.told["verdict"] == f"**{VERDICTS['value_too_low']}**"
    await dialog.submit(topic="#/x")
    assert (dialog.errors, dialog.told["verdict"]) == ({"topic": "invalid_topic"}, "")
    await dialog.submit(topic="x/#")
    assert dialog.told["verdict"] == f"**{VERDICTS['value_too_low']}**"
    await dialog.submit(sample_payload="")
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY


async def test_the_sample_is_kept_for_the_next_time(dialog: Dialog) -> None:
    await dialog.submit(sample_payload=ALERT)
    await dialog.submit()
    (trigger,) = dialog.shown["result"].subentries.values()
    assert trigger.data["sample_payload"] == ALERT


async def test_the_verdict_is_in_the_language_of_home_assistant(hass: HomeAssistant, dialog: Dialog) -> None:
    hass.config.language = "fr"
    await dialog.submit(sample_payload="NORMAL")
    assert dialog.told["verdict"] == f"**{FRENCH['selector']['verdict']['options']['payload_not_json']}**"

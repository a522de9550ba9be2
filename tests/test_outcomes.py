"""Promise 2: every message has one outcome, with its reason, counted. And promise 7: no phantom photo."""

from datetime import timedelta
import logging
from pathlib import Path

from homeassistant.components import mqtt
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_mqtt_message,
    async_fire_time_changed,
)

from simulator import SimulatedHost

from .conftest import ALERT, TOPIC, EntryMaker, alert, capture_runs, photos, set_up, state_of

BAD_PAYLOADS: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "payload_not_json"),
    "a word that is none of ours": ("motion", "payload_not_json"),
    "cut JSON": ('{"status": "ALERT"', "payload_not_json"),
    "NaN": ('{"status": "ALERT", "value": NaN}', "payload_not_json"),
    "a list": ("[1, 2]", "payload_not_object"),
    "a number": ("35", "payload_not_object"),
    "null": ("null", "payload_not_object"),
    "no status": ('{"value": 35}', "status_missing"),
    "another status": ('{"status": "OK", "value": 35}', "status_other"),
    "a status of another type": ('{"status": ["ALERT"]}', "status_other"),
    "broken UTF-8": (b"\xff\xfe{}", "payload_not_text"),
    "a megabyte": ('{"status": "ALERT", "x": "' + "x" * 1_000_000 + '"}', "payload_too_large"),
    "nested 10,000 deep": ("[" * 10_000, "payload_not_json"),
}


def complaints(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return what the log has to complain of, but for a machine that is slow."""
    return [record for record in caplog.records if record.levelno >= logging.WARNING and record.name != "asyncio"]


@pytest.mark.parametrize(("payload", "reason"), BAD_PAYLOADS.values(), ids=BAD_PAYLOADS)
async def test_a_payload_that_is_no_alert_is_ignored_with_its_reason(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    photo_dir: Path,
    caplog: pytest.LogCaptureFixture,
    payload: str | bytes,
    reason: str,
) -> None:
    caplog.clear()
    await alert(hass, payload)

    outcome = state_of(hass, "sensor.hall_last_outcome")
    assert (outcome.state, outcome.attributes["reason"], outcome.attributes["topic"]) == ("ignored", reason, TOPIC)
    assert entry.runtime_data.outcomes.log.counts == {("ignored", reason): 1}
    assert not photos(photo_dir)
    assert not complaints(caplog)


BOUNDS = {"topic": TOPIC, "value_min": 10.0, "value_max": 50.0}


@pytest.mark.parametrize(
    ("value", "outcome", "reason"),
    [
        ("35", "captured", None),
        ("10", "captured", None),
        ("9.9", "ignored", "value_too_low"),
        ("51", "ignored", "value_too_high"),
        ("true", "ignored", "value_not_number"),
        ('"35"', "ignored", "value_not_number"),
        ("1e999", "ignored", "value_not_number"),
        ("1" + "0" * 400, "ignored", "value_not_number"),
    ],
)
async def test_bounds_hold_for_numbers_only(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, value: str, outcome: str, reason: str | None
) -> None:
    entry = make_entry(triggers=(BOUNDS,))
    await set_up(hass, entry)

    await alert(hass, f'{{"status": "ALERT", "value": {value}}}')

    assert entry.runtime_data.outcomes.log.counts == {(outcome, reason): 1}
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("template", "payload", "outcome", "reason"),
    [
        ("{{ value_json.distance < 40 }}", '{"distance": 35}', "captured", None),
        ("{{ value_json.distance < 40 }}", '{"distance": 80}', "ignored", "template_false"),
        ("{{ value == 'open' and topic.endswith('mouvement') }}", "open", "captured", None),
        ("{{ value_json.distance < 40 }}", "no JSON", "ignored", "template_error"),
        ("{{ nothing_of_this_name }}", "open", "ignored", "template_error"),
        ("{{ 1 / 0 }}", "open", "ignored", "template_error"),
    ],
)
async def test_a_template_decides_alone(
    hass: HomeAssistant,
    ready: None,
    make_entry: EntryMaker,
    caplog: pytest.LogCaptureFixture,
    template: str,
    payload: str,
    outcome: str,
    reason: str | None,
) -> None:
    entry = make_entry(triggers=({"topic": TOPIC, "value_template": template},))
    await set_up(hass, entry)
    caplog.clear()

    await alert(hass, payload)

    assert entry.runtime_data.outcomes.log.counts == {(outcome, reason): 1}
    assert not complaints(caplog)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_retained_message_takes_no_photo(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> None:
    """The broker repeats it at every reconnect: the photo would be of nothing, at three in the morning."""
    await alert(hass, retain=True)

    assert entry.runtime_data.outcomes.log.counts == {("ignored", "retained"): 1}
    assert not photos(photo_dir)


@pytest.mark.options(accept_retained=True)
async def test_a_retained_message_takes_one_when_the_user_wants_it(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass, retain=True)

    assert len(photos(photo_dir)) == 1


@pytest.mark.options(cooldown=3600.0)
async def test_the_cooldown_counts_accepted_alerts(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass, '{"status": "OK"}')
    await alert(hass)
    await alert(hass)

    assert len(photos(photo_dir)) == 1
    assert entry.runtime_data.outcomes.log.counts == {
        ("ignored", "status_other"): 1,
        ("captured", None): 1,
        ("ignored", "cooldown"): 1,
    }


async def test_overlapping_topics_judge_a_message_once(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, photo_dir: Path
) -> None:
    strict = {"topic": "salle/#", "status_values": ["INTRUDER"]}
    entry = make_entry(triggers=(strict, {"topic": TOPIC}, {"topic": "salle/+"}))
    await set_up(hass, entry)

    await alert(hass)
    await alert(hass, '{"status": "OK"}')

    assert entry.runtime_data.outcomes.log.counts == {("captured", None): 1, ("ignored", "status_other"): 1}
    assert state_of(hass, "event.hall_capture").attributes["trigger"] == TOPIC
    assert len(photos(photo_dir)) == 1
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_storm_has_one_outcome_for_each_message_and_few_states(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    """Ten thousand states of "coalesced" would fill the recorder and the SD card."""
    states: list[object] = []
    hass.bus.async_listen("state_changed", states.append)
    pi.set(start_delay=0.3)
    for number in range(2000):
        async_fire_mqtt_message(hass, TOPIC, f'{{"status": "ALERT", "value": {number}}}')
    await hass.async_block_till_done(wait_background_tasks=True)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await hass.async_block_till_done()

    assert entry.runtime_data.outcomes.log.counts == {("captured", None): 2, ("coalesced", None): 1998}
    assert len(capture_runs(pi)) == 2
    assert state_of(hass, "event.hall_capture").attributes["coalesced"] == 1998
    assert len(states) < 60


async def test_motion_is_on_from_the_alert_until_the_hold_is_over(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.hall_motion").state == "on"

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, "binary_sensor.hall_motion").state == "off"


async def test_motion_is_unavailable_while_the_broker_is_away(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, False)
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.hall_motion").state == "unavailable"
    assert state_of(hass, "camera.hall").state == "idle"

    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, True)
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.hall_motion").state == "off"

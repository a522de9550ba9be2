"""Armed and disarmed, restarts, reloads, stops: promises 3, 5, 7 and what a user relies on when away."""

import asyncio
from datetime import timedelta
from pathlib import Path
import time

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from simulator import Fault, SimulatedHost
from simulator.scene import read_barcode

from .conftest import (
    ALERT,
    TOPIC,
    alert,
    capture_runs,
    is_running,
    photos,
    state_of,
    until,
)


async def call(hass: HomeAssistant, domain: str, service: str, entity_id: str) -> None:
    """Call an action on an entity and wait for its end."""
    await hass.services.async_call(domain, service, {"entity_id": entity_id}, blocking=True)


async def test_disarmed_no_alert_takes_a_photo(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> None:
    await call(hass, "switch", "turn_off", "switch.hall_armed")
    await alert(hass)

    assert not photos(photo_dir)
    assert state_of(hass, "sensor.hall_last_outcome").attributes["reason"] == "disarmed"
    assert state_of(hass, "binary_sensor.hall_motion").state == "off"


async def test_the_button_takes_a_photo_disarmed_too(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await call(hass, "switch", "turn_off", "switch.hall_armed")
    await call(hass, "button", "press", "button.hall_take_photo")

    assert len(photos(photo_dir)) == 1
    event = state_of(hass, "event.hall_capture").attributes
    assert (event["event_type"], event["trigger"], event["topic"]) == ("captured", "button", None)


async def test_the_cameras_motion_detection_is_the_same_as_armed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await call(hass, "camera", "disable_motion_detection", "camera.hall")
    assert state_of(hass, "switch.hall_armed").state == "off"
    assert "motion_detection" not in state_of(hass, "camera.hall").attributes

    await call(hass, "camera", "enable_motion_detection", "camera.hall")
    assert state_of(hass, "switch.hall_armed").state == "on"
    assert state_of(hass, "camera.hall").attributes["motion_detection"] is True


async def test_disarming_ends_a_capture_that_only_motion_asked_for(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    """Disarmed means that nobody is looked at, from this moment on."""
    pi.set(start_delay=5)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(capture_runs(pi)) == 1)
    await call(hass, "switch", "turn_off", "switch.hall_armed")

    assert not is_running(capture_runs(pi)[0].pid)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.outcomes.log.counts == {("ignored", "disarmed"): 2}
    assert state_of(hass, "event.hall_capture").state == "unknown"
    assert len(capture_runs(pi)) == 1
    assert not photos(photo_dir)


async def test_disarming_spares_the_photo_that_a_person_waits_for(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    pi.set(start_delay=0.5)
    press = hass.async_create_task(call(hass, "button", "press", "button.hall_take_photo"))
    await until(lambda: len(capture_runs(pi)) == 1)
    await call(hass, "switch", "turn_off", "switch.hall_armed")
    await press

    assert len(photos(photo_dir)) == 1


async def test_after_a_restart_all_is_there_again_and_no_event_fires(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    await call(hass, "switch", "turn_off", "switch.hall_armed")
    before = state_of(hass, "sensor.hall_last_capture")
    event = state_of(hass, "event.hall_capture").state

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    after = state_of(hass, "sensor.hall_last_capture")
    assert (after.state, after.attributes) == (before.state, before.attributes)
    assert state_of(hass, "image.hall_last_photo").state != "unknown"
    assert state_of(hass, "switch.hall_armed").state == "off"
    assert state_of(hass, "event.hall_capture").state in {event, "unknown"}
    assert len(photos(photo_dir)) == 1


async def test_photos_of_the_script_before_us_are_shown(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    (ours,) = photos(photo_dir)
    old = photo_dir / "capture_20300213_142530.jpg"
    old.write_bytes(ours.read_bytes())
    await hass.config_entries.async_reload(entry.entry_id)

    state = state_of(hass, "sensor.hall_last_capture")
    assert state.attributes["filename"] == old.name
    assert (
        dt_util.parse_datetime(state.state, raise_on_error=True)
        .astimezone(dt_util.get_default_time_zone())
        .strftime("%Y%m%d_%H%M%S")
        in old.name
    )


async def test_a_reload_in_the_middle_lets_the_photo_arrive(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    pi.set(start_delay=0.5)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(capture_runs(pi)) == 1)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert len(photos(photo_dir)) == 1
    assert state_of(hass, "sensor.hall_last_capture").attributes["filename"] == photos(photo_dir)[0].name


async def test_stopping_in_the_middle_leaves_no_process_and_no_part_of_a_photo(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    pi.set(fault=Fault.STALL)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(capture_runs(pi)) == 1)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert not is_running(capture_runs(pi)[0].pid)
    assert len(capture_runs(pi)) == 1
    assert not list(photo_dir.iterdir())
    assert entry.runtime_data.outcomes.log.counts == {("failed", "capture_stopped"): 2}


async def test_an_alert_during_a_capture_gets_a_photo_of_its_own(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    """The running photo may have been exposed before somebody came in."""
    pi.set(start_delay=0.4)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(capture_runs(pi)) == 1)
    await asyncio.sleep(0.2)
    second = time.time() * 1000
    for _ in range(5):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
    await hass.async_block_till_done(wait_background_tasks=True)

    first_photo, second_photo = photos(photo_dir)
    exposures = sorted(read_barcode(path.read_bytes()).exposed_at for path in (first_photo, second_photo))
    assert exposures[1] >= int(second)
    assert state_of(hass, "event.hall_capture").attributes["coalesced"] == 4


async def test_captures_never_overlap(hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost) -> None:
    pi.set(start_delay=0.1)
    for _ in range(4):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        hass.async_create_task(call(hass, "button", "press", "button.hall_take_photo"))
        await asyncio.sleep(0.15)
    await hass.async_block_till_done(wait_background_tasks=True)

    runs = capture_runs(pi)
    assert len(runs) >= 2
    assert all(run.ended == "exit 0" for run in runs), "the camera was held by another capture"


@pytest.mark.options(cooldown=60.0)
async def test_a_clock_that_jumps_neither_blocks_nor_overwrites(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Pi without a clock of its own starts in the past: cool-downs use another clock, names get a number."""
    moment = dt_util.utcnow() - timedelta(days=300)
    monkeypatch.setattr("custom_components.pi_security_camera.coordinator.dt_util.utcnow", lambda: moment)
    await alert(hass)
    await call(hass, "button", "press", "button.hall_take_photo")
    await alert(hass)

    names = [path.name for path in photos(photo_dir)]
    assert len(names) == 2
    assert names[1].removesuffix("_2.jpg") == names[0].removesuffix(".jpg")
    assert state_of(hass, "sensor.hall_last_outcome").attributes["reason"] == "cooldown"

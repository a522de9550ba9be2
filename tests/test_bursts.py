"""Bursts, and what comes in between; options and triggers that change while alerts arrive."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from simulator import SimulatedHost

from .conftest import ALERT, TOPIC, alert, capture_runs, photos, state_of, until


async def test_an_alert_in_the_pause_of_a_burst_is_served_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    """An automation that takes ten photos in ten minutes would blind the camera for as long."""
    taking = hass.async_create_task(
        hass.services.async_call(
            "pi_security_camera",
            "capture",
            {"entity_id": "camera.hall", "count": 2, "interval": 2},
            blocking=True,
            return_response=True,
        )
    )
    await until(lambda: len(photos(photo_dir)) == 1)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: state_of(hass, "event.hall_capture").attributes.get("trigger") == TOPIC)

    assert state_of(hass, "event.hall_capture").attributes["latency_ms"] < 1500
    response: Any = await taking
    names = [photo["filename"] for photo in response["camera.hall"]["photos"]]
    assert names == [path.name for path in sorted(photos(photo_dir), key=lambda path: path.stat().st_mtime)]


@pytest.mark.options(burst_count=3, burst_interval=0.2)
async def test_each_photo_of_a_burst_has_its_event_and_the_first_tells_of_the_joined(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    events: list[tuple[int, int]] = []

    @callback
    def changed(event: Any) -> None:
        if event.data["entity_id"] == "event.hall_capture":
            attributes = event.data["new_state"].attributes
            events.append((attributes.get("value"), attributes.get("coalesced")))

    hass.bus.async_listen("state_changed", changed)
    pi.set(start_delay=0.2)
    for value in (1, 2, 3):
        async_fire_mqtt_message(hass, TOPIC, f'{{"status": "ALERT", "value": {value}}}')
    await until(lambda: len(events) == 4)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert events == [(1, 0), (2, 1), (2, 0), (2, 0)]
    assert entry.runtime_data.outcomes.log.counts == {("captured", None): 2, ("coalesced", None): 1}


async def test_an_alert_that_joins_a_waiting_press_is_captured_and_not_joined(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    pi.set(start_delay=0.3)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(capture_runs(pi)) == 1)
    press = hass.async_create_task(
        hass.services.async_call("button", "press", {"entity_id": "button.hall_take_photo"}, blocking=True)
    )
    await asyncio.sleep(0.05)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await press
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.runtime_data.outcomes.log.counts == {("captured", None): 2}
    assert len(capture_runs(pi)) == 2


async def test_changed_options_count_from_the_next_photo_and_lose_no_alert(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    pi.set(start_delay=0.3)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(capture_runs(pi)) == 1)
    hass.config_entries.async_update_entry(entry, options={"quality": 50})
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.runtime_data.outcomes.log.counts == {("captured", None): 2}
    assert [run.argv[run.argv.index("--quality") + 1] for run in capture_runs(pi)] == ["93", "50"]


async def test_another_place_for_photos_starts_the_camera_anew(
    hass: HomeAssistant, entry: MockConfigEntry, tmp_path: Path
) -> None:
    before = entry.runtime_data
    hass.config_entries.async_update_entry(entry, data={**entry.data, "photo_dir": str(tmp_path / "elsewhere")})
    await hass.async_block_till_done(wait_background_tasks=True)
    await alert(hass)

    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is not before
    assert len(photos(tmp_path / "elsewhere")) == 1


async def test_asking_for_an_update_leaves_the_entities_available(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": ["camera.hall", "switch.hall_armed"]}, blocking=True
    )
    await hass.async_block_till_done()

    assert state_of(hass, "camera.hall").state == "idle"
    assert state_of(hass, "switch.hall_armed").state == "on"


async def test_disarming_while_a_photo_is_saved_keeps_and_tells_it(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photo lay in the directory, and nobody was told."""
    archive = entry.runtime_data.storage.archive
    save, loop, reached = archive.save, asyncio.get_running_loop(), asyncio.Event()

    def slow_save(*args: Any) -> Any:
        loop.call_soon_threadsafe(reached.set)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.2), loop).result()
        return save(*args)

    monkeypatch.setattr(archive, "save", slow_save)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await reached.wait()
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert len(photos(photo_dir)) == 1
    assert state_of(hass, "event.hall_capture").attributes["event_type"] == "captured"
    assert entry.runtime_data.outcomes.log.counts == {("captured", None): 1}


async def test_in_a_storm_a_failure_is_shown_before_its_event(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    pi.set(fault="empty")
    for number in range(50):
        async_fire_mqtt_message(hass, TOPIC, f'{{"status": "OK", "value": {number}}}')
    seen: list[str] = []

    @callback
    def changed(event: Any) -> None:
        if event.data["entity_id"] == "event.hall_capture":
            seen.append(state_of(hass, "sensor.hall_last_outcome").state)

    hass.bus.async_listen("state_changed", changed)
    await alert(hass)

    assert seen == ["failed"]


async def test_photos_that_others_put_there_or_take_away_are_noticed(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    (ours,) = photos(photo_dir)
    (photo_dir / "capture_20260101_080000.jpg").write_bytes(ours.read_bytes())
    ours.unlink()

    archive = entry.runtime_data.storage.archive
    assert [photo.name for photo in archive.photos()] == ["capture_20260101_080000.jpg"]

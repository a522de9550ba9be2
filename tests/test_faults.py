"""Each fault ends in an outcome, an event and a text; the entry lives on, and the next alert is served."""

from pathlib import Path
import shutil
import threading
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera.host import Host
from custom_components.pi_security_camera.runners.local import LocalRunner
from simulator import Fault, SimulatedHost

from .conftest import (
    ALERT,
    TOPIC,
    EntryMaker,
    alert,
    capture_runs,
    is_running,
    photos,
    set_up,
    state_of,
    until,
)

FAULTS = {
    Fault.NO_CAMERA: "no_camera",
    Fault.BUSY: "camera_busy",
    Fault.STALL: "camera_stalled",
    Fault.STALL_IGNORING_TERM: "camera_stalled",
    Fault.CRASH: "command_failed",
    Fault.EMPTY: "photo_empty",
    Fault.TRUNCATED: "photo_broken",
    Fault.WRONG_SIZE: "photo_wrong_size",
    Fault.NOT_A_JPEG: "photo_broken",
    Fault.SLOW_START: "command_timeout",
    Fault.NO_MEMORY: "camera_memory",
    Fault.NOT_A_PI: "host_not_supported",
    Fault.LEGACY_STACK: "host_not_supported",
    Fault.DISK_FULL: "command_failed",
}


@pytest.mark.options(timeout=2)
@pytest.mark.parametrize(("fault", "key"), FAULTS.items(), ids=str)
async def test_a_failing_camera_is_told_and_the_next_alert_is_served(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path, fault: Fault, key: str
) -> None:
    pi.set(fault=fault)
    await alert(hass)

    event = state_of(hass, "event.hall_capture")
    assert event.attributes["event_type"] == "failed"
    assert event.attributes["error"] == key
    assert event.attributes["topic"] == "salle/mouvement"
    assert len(event.attributes["message"]) > 20
    outcome = state_of(hass, "sensor.hall_last_outcome")
    assert (outcome.state, outcome.attributes["reason"]) == ("failed", key)
    assert entry.runtime_data.outcomes.log.counts == {("failed", key): 1}
    assert entry.state is ConfigEntryState.LOADED
    assert not list(photo_dir.iterdir())
    # On a busy machine even what was killed takes a moment to end.
    await until(lambda: not any(is_running(run.pid) for run in pi.runs()))

    pi.set(fault=Fault.NONE)
    await alert(hass)
    assert len(photos(photo_dir)) == 1


async def test_output_without_end_is_cut_off(hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost) -> None:
    pi.set(fault=Fault.ENDLESS)
    await alert(hass)

    assert state_of(hass, "event.hall_capture").attributes["error"] == "output_too_large"
    # On a busy machine even what was killed takes a moment to end.
    await until(lambda: not any(is_running(run.pid) for run in pi.runs()))


async def test_a_camera_that_is_busy_for_a_moment_is_asked_again(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    pi.set(fault=Fault.BUSY, fault_runs=1)
    await alert(hass)

    assert len(photos(photo_dir)) == 1
    assert len(capture_runs(pi)) == 2


async def test_programs_that_vanish_are_told(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    await alert(hass)

    assert state_of(hass, "event.hall_capture").attributes["error"] == "program_not_found"


async def test_a_camera_that_was_replaced_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    """The picture of another camera would be the wrong one."""
    pi.set(cameras=("imx219",))
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await alert(hass)

    assert state_of(hass, "event.hall_capture").attributes["error"] == "camera_not_found"


async def test_of_two_cameras_the_right_one_takes_the_photo(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx219", "imx708"))
    second = (await Host(LocalRunner()).describe()).sensors[1]
    entry = make_entry(data={"camera": second.camera_id})
    await set_up(hass, entry)
    await alert(hass)

    run = capture_runs(pi)[0]
    assert run.argv[run.argv.index("--camera") + 1] == "1"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_deleted_directory_is_told_and_made_again(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    shutil.rmtree(photo_dir)
    await alert(hass)
    assert state_of(hass, "event.hall_capture").attributes["error"] == "storage_missing"

    await alert(hass)
    assert len(photos(photo_dir)) == 1


async def test_a_share_that_does_not_answer_holds_one_thread_and_no_alert(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    answer = threading.Event()
    with (
        patch("custom_components.pi_security_camera.storage.STORAGE_LIMIT", 0.2),
        patch("custom_components.pi_security_camera.archive.os.fsync", lambda _: answer.wait()),
    ):
        try:
            async_fire_mqtt_message(hass, TOPIC, ALERT)
            await until(lambda: entry.runtime_data.outcomes.log.counts == {("failed", "storage_silent"): 1})
            async_fire_mqtt_message(hass, TOPIC, ALERT)
            await until(lambda: entry.runtime_data.outcomes.log.counts == {("failed", "storage_silent"): 2})
        finally:
            answer.set()
        await hass.async_block_till_done()
    await alert(hass)
    assert state_of(hass, "event.hall_capture").attributes["event_type"] == "captured"


async def test_an_alert_in_the_dark_is_logged_once_and_its_end_too(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, caplog: pytest.LogCaptureFixture
) -> None:
    pi.set(fault=Fault.EMPTY)
    for _ in range(3):
        await alert(hass)
    pi.set(fault=Fault.NONE)
    await alert(hass)

    ours = [
        record.levelname
        for record in caplog.records
        if "pi_security_camera" in record.name and record.levelname != "DEBUG"
    ]
    assert ours == ["WARNING", "INFO"]


async def test_a_failed_press_is_raised_to_the_person(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    pi.set(fault=Fault.EMPTY)
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call("button", "press", {"entity_id": "button.hall_take_photo"}, blocking=True)

    assert error.value.translation_key == "photo_empty"


async def test_a_mistake_of_ours_has_an_outcome_and_the_next_alert_is_served(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    with patch("custom_components.pi_security_camera.coordinator.read_photo", side_effect=ZeroDivisionError):
        await alert(hass)
    assert entry.runtime_data.outcomes.log.counts == {("failed", "capture_fault"): 1}

    await alert(hass)
    assert len(photos(photo_dir)) == 1

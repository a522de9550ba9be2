"""Ready: the camera stays open, and a photo is a frame that exists already, exposed after its alert."""

import asyncio
from datetime import datetime
from itertools import pairwise
from pathlib import Path
import threading
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera import live as live_module
from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.jpeg import Size, read_size
from custom_components.pi_security_camera.capture.pace import Pace
from custom_components.pi_security_camera.capture.photo import Photo
from custom_components.pi_security_camera.const import DOMAIN
from custom_components.pi_security_camera.diagnostics import async_get_config_entry_diagnostics
from custom_components.pi_security_camera.live import LiveCamera
from simulator import Fault, RecordedRun, SimulatedHost
from simulator.scene import read_barcode

from .conftest import ALERT, TOPIC, EntryMaker, alert, is_running, photos, set_up, state_of, until

pytestmark = pytest.mark.options(mode="ready", framerate=20)


def live(entry: MockConfigEntry) -> LiveCamera:
    """Return the entry's open camera."""
    found: LiveCamera = entry.runtime_data.streaming.live
    return found


async def streaming(entry: MockConfigEntry) -> None:
    """Wait until frames come."""
    await until(lambda: live(entry).streaming)


def streams(pi: SimulatedHost) -> list[RecordedRun]:
    """Return the streams that were begun."""
    return pi.runs("rpicam-vid")


def cold(pi: SimulatedHost) -> list[RecordedRun]:
    """Return the photos that were taken one by one."""
    return [run for run in pi.runs("rpicam-jpeg") if "-o" in run.argv]


def open_streams(pi: SimulatedHost) -> list[RecordedRun]:
    """Return the streams whose process is there."""
    return [run for run in streams(pi) if is_running(run.pid)]


async def change_options(hass: HomeAssistant, entry: MockConfigEntry, **changes: Any) -> None:
    """Change options, as the dialog does."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, **changes})
    await hass.async_block_till_done()


async def arm(hass: HomeAssistant, *, armed: bool) -> None:
    """Turn the switch."""
    service = "turn_on" if armed else "turn_off"
    await hass.services.async_call("switch", service, {"entity_id": "switch.hall_armed"}, blocking=True)


async def test_the_photo_is_the_frame_after_the_alert_whole_and_at_its_own_time(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    await streaming(entry)
    for _ in range(5):
        before = dt_util.utcnow()
        await alert(hass)
        event = state_of(hass, "event.hall_capture")
        data = Path(event.attributes["path"]).read_bytes()
        assert event.attributes["event_type"] == "captured"
        assert read_size(data) == Size(1024, 768)
        code = read_barcode(data)
        assert code.exposed_at >= int(before.timestamp() * 1000)
        taken_at = datetime.fromisoformat(event.attributes["captured_at"])
        assert before <= taken_at <= dt_util.utcnow()
        assert taken_at.timestamp() * 1000 >= code.exposed_at
        assert event.attributes["latency_ms"] < 3000
    # The camera was opened once, and nothing else ran.
    assert len(streams(pi)) == 1
    assert cold(pi) == []
    assert len(photos(photo_dir)) == 5


@pytest.mark.options(mode="ready", framerate=20, burst_count=4, burst_interval=0.3)
async def test_a_burst_is_frames_of_its_interval(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> None:
    await streaming(entry)
    await alert(hass)
    await until(lambda: len(photos(photo_dir)) == 4)
    exposed = [read_barcode(path.read_bytes()).exposed_at for path in photos(photo_dir)]
    assert all(0.2 <= (after - before) / 1000 <= 1.5 for before, after in pairwise(exposed))


@pytest.mark.parametrize(
    ("action", "target"),
    [(("button", "press"), "button.hall_take_photo"), ((DOMAIN, "capture"), "camera.hall")],
    ids=["button", "action"],
)
async def test_whoever_asks_for_a_photo_gets_a_frame_too(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, action: tuple[str, str], target: str
) -> None:
    await streaming(entry)
    await hass.services.async_call(*action, {"entity_id": target}, blocking=True)
    assert state_of(hass, "event.hall_capture").attributes["event_type"] == "captured"
    assert cold(pi) == []


async def test_disarmed_no_process_runs_and_a_photo_on_demand_is_taken_cold(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    await streaming(entry)
    await arm(hass, armed=False)
    assert open_streams(pi) == []
    assert streams(pi)[0].ended == "exit 0"
    await alert(hass)
    assert state_of(hass, "sensor.hall_last_outcome").attributes["reason"] == "disarmed"
    await hass.services.async_call("button", "press", {"entity_id": "button.hall_take_photo"}, blocking=True)
    assert len(cold(pi)) == 1
    assert open_streams(pi) == []

    await arm(hass, armed=True)
    await streaming(entry)
    await alert(hass)
    assert state_of(hass, "event.hall_capture").attributes["trigger"] == TOPIC
    assert len(cold(pi)) == 1


async def test_disarming_closes_the_camera_at_once_whatever_a_photo_still_waits_for(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    await streaming(entry)
    answer, asked, save = threading.Event(), threading.Event(), Archive.save

    def save_to_a_share_that_hangs(*arguments: Any) -> Photo:
        asked.set()
        answer.wait(20)
        return save(*arguments)

    monkeypatch.setattr(Archive, "save", save_to_a_share_that_hangs)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(asked.is_set)
    try:
        disarming = hass.async_create_task(arm(hass, armed=False))
        await until(lambda: open_streams(pi) == [])
        assert not disarming.done()
    finally:
        answer.set()
    await disarming
    assert open_streams(pi) == []


@pytest.mark.options(mode="ready", framerate=20, timeout=2)
async def test_where_frames_wait_on_their_way_for_too_long_the_photo_is_taken_cold(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await streaming(entry)
    # Each may have been taken before any alert.
    monkeypatch.setattr(Pace, "due", lambda *_: 0.0)
    async with asyncio.timeout(20):
        await alert(hass)
    assert len(photos(photo_dir)) == len(cold(pi)) == 1
    assert entry.runtime_data.outcomes.log.counts.total() == 1
    await streaming(entry)


@pytest.mark.options(mode="on_demand")
async def test_mode_and_frame_rate_change_without_a_restart_and_no_alert_is_lost(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    before = entry.runtime_data
    sent = 0

    async def change(**changes: Any) -> None:
        nonlocal sent
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        hass.config_entries.async_update_entry(entry, options={**entry.options, **changes})
        for _ in range(5):
            await asyncio.sleep(0.05)
            async_fire_mqtt_message(hass, TOPIC, ALERT)
        sent += 6

    await change(mode="ready", framerate=20)
    await streaming(entry)
    await change(framerate=10)
    await until(lambda: len(streams(pi)) == 2)
    await streaming(entry)
    await change(mode="on_demand")
    await until(lambda: open_streams(pi) == [])
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.runtime_data is before
    assert [run.argv[run.argv.index("--framerate") + 1] for run in streams(pi)] == ["20", "10"]
    counts = before.outcomes.log.counts
    assert {kind for kind, _ in counts} <= {"captured", "coalesced"}
    assert counts.total() == sent
    assert len(photos(photo_dir)) == counts["captured", None]


async def test_an_alert_before_the_first_frame_has_its_photo(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, pi: SimulatedHost, photo_dir: Path
) -> None:
    pi.set(start_delay=1)
    entry = make_entry(mode="ready", framerate=20)
    await set_up(hass, entry)
    assert not live(entry).streaming
    await alert(hass)
    assert len(photos(photo_dir)) == 1
    assert cold(pi) == []
    await hass.config_entries.async_unload(entry.entry_id)
    assert open_streams(pi) == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watchdog waits for tenths of seconds where it would for seconds."""
    monkeypatch.setattr(live_module, "_SILENCE", 0.5)
    monkeypatch.setattr(live_module, "_INTERVALS", 5)
    monkeypatch.setattr(live_module, "_FIRST_PAUSE", 0.3)
    monkeypatch.setattr(live_module, "_LAST_PAUSE", 0.6)


@pytest.mark.options(mode="ready", framerate=20, timeout=3)
@pytest.mark.parametrize(
    ("fault", "runs"),
    [
        (Fault.STALL, 1),
        (Fault.STALL_IGNORING_TERM, 1),
        (Fault.CRASH, 1),
        (Fault.EMPTY, 1),
        (Fault.CUT_FRAME, None),
        (Fault.GARBAGE, None),
        (Fault.OVERSIZED, None),
        (Fault.ENDLESS, 1),
    ],
)
async def test_a_fault_of_the_stream_costs_no_alert_its_photo(
    hass: HomeAssistant,
    impatient: None,
    entry: MockConfigEntry,
    pi: SimulatedHost,
    photo_dir: Path,
    fault: Fault,
    runs: int | None,
) -> None:
    await streaming(entry)
    pi.set(fault=fault, fault_runs=runs)
    for number in range(3):
        await alert(hass)
        assert state_of(hass, "event.hall_capture").attributes["event_type"] == "captured"
        assert len(photos(photo_dir)) == number + 1
        assert read_size(photos(photo_dir)[-1].read_bytes()) == Size(1024, 768)
        await asyncio.sleep(0.2)
    pi.set(fault=Fault.NONE)
    await streaming(entry)
    assert entry.runtime_data.outcomes.log.counts == {("captured", None): 3}
    assert len(open_streams(pi)) == 1


@pytest.mark.options(mode="ready", framerate=20, timeout=2)
@pytest.mark.parametrize(
    "fault", [Fault.STALL, Fault.BUSY, Fault.NO_CAMERA, Fault.NO_MEMORY, Fault.NOT_A_PI, Fault.WRONG_SIZE]
)
async def test_a_camera_that_is_broken_gives_each_alert_its_failure_and_works_again_by_itself(
    hass: HomeAssistant, impatient: None, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path, fault: Fault
) -> None:
    await streaming(entry)
    live_module_restarts = live(entry).restarts
    pi.set(fault=fault)
    # Whoever looks for the fault at the next start only has to be stopped for it.
    await change_options(hass, entry, framerate=19)
    for _ in range(2):
        await alert(hass)
        assert state_of(hass, "event.hall_capture").attributes["event_type"] == "failed"
    await until(lambda: live(entry).restarts > live_module_restarts)
    assert entry.runtime_data.outcomes.log.counts.total() == 2
    assert photos(photo_dir) == []
    assert entry.state is ConfigEntryState.LOADED
    pi.set(fault=Fault.NONE)
    await streaming(entry)
    await alert(hass)
    assert len(photos(photo_dir)) == 1


def problem_of(hass: HomeAssistant, domain: str, issue: str) -> str:
    """Return what a repair says of the stream."""
    found = ir.async_get(hass).async_get_issue(domain, issue)
    assert found
    assert found.translation_placeholders
    return found.translation_placeholders["problem"]


async def test_a_stream_that_keeps_failing_is_a_repair_until_it_is_well_again(
    hass: HomeAssistant,
    impatient: None,
    entry: MockConfigEntry,
    pi: SimulatedHost,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(live_module, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(live_module, "_LAST_PAUSE", 0.1)
    monkeypatch.setattr(live_module, "_GOOD", 0.5)
    issue = DOMAIN, f"stream_failing_{entry.entry_id}"
    await streaming(entry)
    pi.set(fault=Fault.CRASH)
    await until(lambda: live(entry).failures >= 8)
    assert len(problem_of(hass, *issue)) > 20
    assert caplog.text.count("keeps failing") == 1
    assert float(state_of(hass, "sensor.hall_stream_restarts").state) >= 8

    pi.set(fault=Fault.NO_MEMORY)
    await until(lambda: "memory" in problem_of(hass, *issue))
    pi.set(fault=Fault.NONE)
    await until(lambda: ir.async_get(hass).async_get_issue(*issue) is None)
    assert live(entry).streaming
    assert caplog.text.count("keeps failing") == 1


async def test_a_camera_that_is_taken_down_leaves_no_process_and_no_repair(
    hass: HomeAssistant, impatient: None, entry: MockConfigEntry, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(live_module, "_LAST_PAUSE", 0.1)
    await streaming(entry)
    pi.set(fault=Fault.CRASH)
    await until(lambda: bool(ir.async_get(hass).async_get_issue(DOMAIN, f"stream_failing_{entry.entry_id}")))
    pi.set(fault=Fault.NONE)
    await streaming(entry)
    await hass.config_entries.async_unload(entry.entry_id)
    assert open_streams(pi) == []
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"stream_failing_{entry.entry_id}") is None


async def test_the_frame_rate_is_told_and_nothing_while_the_camera_is_closed(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    coordinator = entry.runtime_data
    await streaming(entry)
    coordinator.streaming._count(dt_util.utcnow())
    await asyncio.sleep(1)
    coordinator.streaming._count(dt_util.utcnow())
    assert 10 < coordinator.data.frame_rate < 25
    await arm(hass, armed=False)
    coordinator.streaming._count(dt_util.utcnow())
    assert coordinator.data.frame_rate is None


async def test_diagnostics_tell_how_the_stream_does(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "_FIRST_PAUSE", 0.1)
    await streaming(entry)
    pi.set(fault=Fault.CRASH, fault_runs=1)
    await until(lambda: live(entry).restarts == 1)
    await streaming(entry)
    stream = (await async_get_config_entry_diagnostics(hass, entry))["stream"]
    assert stream.pop("frames") >= 2
    assert stream == {
        "wanted": True,
        "streaming": True,
        "dropped_frames": live(entry).dropped,
        "restarts": 1,
        "failures_in_a_row": 1,
        "last_error": "command_failed",
    }


async def test_whoever_looks_at_the_diagnostics_changes_nothing_for_the_next_stream(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    """While a camera is open, the programs tell its modes without what they show of the view."""
    await streaming(entry)
    await async_get_config_entry_diagnostics(hass, entry)
    await change_options(hass, entry, framerate=19)
    await streaming(entry)
    modes = [run.argv[run.argv.index("--mode") + 1] for run in streams(pi)]
    assert len(modes) == 2
    assert modes[0] == modes[1]

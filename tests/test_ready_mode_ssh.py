"""Ready, with the camera on a Pi reached over SSH: lines that break, go silent or are slow, and hosts that are away."""

import asyncio
from pathlib import Path
import time

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera import live as live_module
from custom_components.pi_security_camera.runners import ssh as ssh_module
from simulator import SimulatedHost
from simulator.scene import read_barcode

from .conftest import ALERT, TOPIC, EntryMaker, alert, photos, set_up_ssh, state_of, until
from .runners.ssh_proxy import Proxy
from .ssh import SECOND_ID, SshPi
from .test_ready_mode import arm, change_options, cold, live, open_streams, streaming, streams

OPTIONS = {"mode": "ready", "framerate": 10, "timeout": 3}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds where it must not disturb a Pi takes tenths of them."""
    monkeypatch.setattr(live_module, "_SILENCE", 1)
    monkeypatch.setattr(live_module, "_INTERVALS", 5)
    monkeypatch.setattr(live_module, "_FIRST_PAUSE", 0.3)
    monkeypatch.setattr(live_module, "_LAST_PAUSE", 0.6)
    monkeypatch.setattr(ssh_module, "_START_LIMIT", 3)
    monkeypatch.setattr(ssh_module, "_SILENCE", 0.5)
    monkeypatch.setattr(ssh_module, "_HEARTBEAT", 0.3)
    monkeypatch.setattr(ssh_module, "_PATIENCE", 2)
    for module in ("local", "ssh", "ssh_stream"):
        monkeypatch.setattr(f"custom_components.pi_security_camera.runners.{module}.GRACE", 0.5)


@pytest.fixture
async def far(hass: HomeAssistant, impatient: None, make_ssh_entry: EntryMaker, proxy: Proxy) -> MockConfigEntry:
    """A camera at the end of that line, whose frames come."""
    entry = make_ssh_entry(data={"port": proxy.port}, **OPTIONS)
    await set_up_ssh(hass, entry)
    await streaming(entry)
    return entry


def outcomes(entry: MockConfigEntry) -> dict[tuple[str, str | None], int]:
    """Return how many messages ended how."""
    return dict(entry.runtime_data.outcomes.log.counts)


async def answered(entry: MockConfigEntry, count: int) -> None:
    """Wait until so many messages have their outcome."""
    async with asyncio.timeout(30):
        while entry.runtime_data.outcomes.log.counts.total() < count:
            await asyncio.sleep(0.02)


async def test_a_photo_is_a_frame_and_disarmed_nothing_runs_there(
    hass: HomeAssistant, far: MockConfigEntry, pi: SimulatedHost, ssh_server: SshPi, photo_dir: Path
) -> None:
    for _ in range(3):
        before = time.time() * 1000
        await alert(hass)
        assert read_barcode(photos(photo_dir)[-1].read_bytes()).exposed_at >= int(before)
    assert (len(streams(pi)), cold(pi)) == (1, [])
    await arm(hass, armed=False)
    assert open_streams(pi) == []
    assert streams(pi)[0].ended == "exit 0"
    # Its watcher looks ten times a second.
    await ssh_server.idle()
    await arm(hass, armed=True)
    await streaming(far)


async def test_a_line_that_breaks_in_the_middle_of_a_frame_costs_no_alert_its_outcome(
    hass: HomeAssistant, far: MockConfigEntry, pi: SimulatedHost, proxy: Proxy, photo_dir: Path
) -> None:
    sent = 0
    for cut_after in (10_000, 100_000, 300_000):
        proxy.cut_after = cut_after
        cuts = proxy.cuts
        while proxy.cuts == cuts:
            async_fire_mqtt_message(hass, TOPIC, ALERT)
            sent += 1
            await asyncio.sleep(0.05)
        await streaming(far)
    await answered(far, sent)
    assert sum(outcomes(far).values()) == sent
    assert {kind for kind, _ in outcomes(far)} <= {"captured", "coalesced", "failed"}
    await until(lambda: len(open_streams(pi)) == 1)
    await alert(hass)
    assert state_of(hass, "event.hall_capture").attributes["event_type"] == "captured"


async def test_a_line_that_falls_silent_is_given_up_and_nothing_hangs(
    hass: HomeAssistant, far: MockConfigEntry, pi: SimulatedHost, proxy: Proxy
) -> None:
    proxy.stall()
    for _ in range(20):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        await asyncio.sleep(0.1)
    await answered(far, 20)
    assert {kind for kind, _ in outcomes(far)} <= {"coalesced", "failed"}
    # The Pi has given us up as well.
    await until(lambda: open_streams(pi) == [])
    proxy.go_on()
    await streaming(far)
    await alert(hass)
    assert state_of(hass, "event.hall_capture").attributes["event_type"] == "captured"
    await until(lambda: len(open_streams(pi)) == 1)


async def test_disarmed_on_a_silent_line_the_pi_stops_by_itself(
    hass: HomeAssistant, far: MockConfigEntry, pi: SimulatedHost, proxy: Proxy
) -> None:
    proxy.stall()
    async with asyncio.timeout(10):
        await arm(hass, armed=False)
    await until(lambda: open_streams(pi) == [])
    proxy.go_on()
    await asyncio.sleep(1)
    assert open_streams(pi) == []


async def test_a_host_that_was_away_for_long_is_streamed_from_when_it_is_back(
    hass: HomeAssistant,
    far: MockConfigEntry,
    pi: SimulatedHost,
    ssh_server: SshPi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not only when the next pause is over."""
    monkeypatch.setattr(live_module, "_FIRST_PAUSE", 60)
    monkeypatch.setattr(live_module, "_LAST_PAUSE", 60)
    # The pauses of this stream began shorter.
    await change_options(hass, far, framerate=11)
    await streaming(far)
    for _ in range(2):
        await ssh_server.stop()
        await until(lambda: state_of(hass, "binary_sensor.hall_host").state == "off")
        await until(lambda: not live(far).streaming)
        for _ in range(3):
            await alert(hass)
            assert state_of(hass, "event.hall_capture").attributes["event_type"] == "failed"
        await asyncio.sleep(1)
        await ssh_server.start()
        await until(lambda: state_of(hass, "binary_sensor.hall_host").state == "on")
        await streaming(far)
        await alert(hass)
        assert state_of(hass, "event.hall_capture").attributes["event_type"] == "captured"


async def test_two_cameras_of_a_host_stream_side_by_side_and_stop_alone(
    hass: HomeAssistant, impatient: None, pi: SimulatedHost, make_ssh_entry: EntryMaker, proxy: Proxy
) -> None:
    pi.set(cameras=("imx708", "imx219"))
    first = make_ssh_entry(data={"port": proxy.port}, **OPTIONS)
    second = make_ssh_entry(
        title="Garden",
        data={"port": proxy.port, "camera": SECOND_ID, "sensor": "imx219", "photo_dir": hass.config.path("media/2")},
        triggers=({"topic": "garden"},),
        **OPTIONS,
    )
    await set_up_ssh(hass, first, second)
    await streaming(first)
    await streaming(second)
    proxy.cut()
    for _ in range(5):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        async_fire_mqtt_message(hass, "garden", ALERT)
        await asyncio.sleep(0.1)
    await answered(first, 5)
    await answered(second, 5)
    await streaming(first)
    await streaming(second)
    await arm(hass, armed=False)
    assert len(open_streams(pi)) == 1
    await alert(hass, topic="garden")
    assert state_of(hass, "event.garden_capture").attributes["event_type"] == "captured"
    await hass.config_entries.async_unload(second.entry_id)
    assert open_streams(pi) == []


@pytest.mark.parametrize("end", ["unload", "disarm", "stop"])
async def test_a_camera_that_goes_while_its_stream_begins_leaves_nothing(
    hass: HomeAssistant,
    impatient: None,
    make_ssh_entry: EntryMaker,
    proxy: Proxy,
    pi: SimulatedHost,
    ssh_server: SshPi,
    end: str,
) -> None:
    pi.set(start_delay=2)
    entry = make_ssh_entry(data={"port": proxy.port}, **OPTIONS)
    await set_up_ssh(hass, entry)
    for wait in (0.0, 0.1, 0.6):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        await asyncio.sleep(wait)
        match end:
            case "unload":
                coordinator = entry.runtime_data
                await hass.config_entries.async_unload(entry.entry_id)
                assert coordinator.outcomes.log.counts.total() == 1
                await ssh_server.idle()
                await hass.config_entries.async_setup(entry.entry_id)
            case "disarm":
                await arm(hass, armed=False)
                await until(lambda: not [each for each in ssh_server.processes() if "rpicam-vid" in each])
                await arm(hass, armed=True)
            case "stop":
                hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
                await ssh_server.idle()
                await until(lambda: entry.runtime_data.outcomes.log.counts.total() == 1)
                return


async def test_on_a_line_that_is_too_slow_for_the_frames_photos_come_late_but_not_from_before_their_alerts(
    hass: HomeAssistant, far: MockConfigEntry, proxy: Proxy, photo_dir: Path
) -> None:
    """What is on its way then was taken seconds ago, however evenly it comes."""
    proxy.most_bytes = 700_000
    # Long enough not to be taken cold.
    await change_options(hass, far, timeout=20)
    await streaming(far)
    # At the begin of a stream, and when all that may wait on the way does.
    for pause in (0, 0.2, 0.2, 8, 0, 0):
        await asyncio.sleep(pause)
        before = time.time() * 1000
        await alert(hass)
        assert read_barcode(photos(photo_dir)[-1].read_bytes()).exposed_at >= int(before)
        assert time.time() * 1000 - before < 8000

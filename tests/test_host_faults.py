"""What goes wrong between Home Assistant and a camera on another machine: one outcome each, and nothing stays there."""

import asyncio
from datetime import timedelta
import gc
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera.capture.jpeg import Size, read_size
from custom_components.pi_security_camera.runners.ssh import SshHosts, SshRunner
from simulator import Fault, SimulatedHost

from .conftest import ALERT, TOPIC, EntryMaker, alert, capture_runs, is_running, photos, set_up_ssh, state_of, until
from .runners.ssh_proxy import Proxy
from .ssh import SshPi, meet


@pytest.fixture(autouse=True)
def grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a signal has time to work: short, so that the tests are."""
    for module in ("ssh", "ssh_stream"):
        monkeypatch.setattr(f"custom_components.pi_security_camera.runners.{module}.GRACE", 0.3)
    monkeypatch.setattr("custom_components.pi_security_camera.UNLOAD_GRACE", 0.2)


@pytest.fixture
async def far(hass: HomeAssistant, make_ssh_entry: EntryMaker, proxy: Proxy) -> MockConfigEntry:
    """A camera at the other end of a line that can break."""
    entry = make_ssh_entry(data={"port": proxy.port})
    await set_up_ssh(hass, entry)
    return entry


def outcome(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Return why the only message so far has no photo, or that it has; the event says the same."""
    (((kind, reason), count),) = entry.runtime_data.outcomes.log.counts.items()
    event = state_of(hass, "event.hall_capture").attributes
    assert (count, event["event_type"], event.get("error")) == (1, kind, reason)
    return str(reason or kind)


async def is_served(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> bool:
    """Say whether the next alert gets its photo."""
    await meet(hass, entry)
    before = len(photos(photo_dir))
    await alert(hass)
    return len(photos(photo_dir)) == before + 1


async def begin(pi: SimulatedHost, hass: HomeAssistant) -> int:
    """Publish an alert, and wait until its program runs; return the process id."""
    before = len(capture_runs(pi))
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(capture_runs(pi)) > before)
    # That it has begun is on its way to us; a command that has not would be started again.
    await asyncio.sleep(0.2)
    return capture_runs(pi)[-1].pid


async def test_a_connection_that_breaks_before_the_program_runs_is_made_again_for_the_same_photo(
    hass: HomeAssistant, far: MockConfigEntry, proxy: Proxy, photo_dir: Path
) -> None:
    """What a connection is that nobody knows to be dead: the host was switched off and on."""
    proxy.cut_at_next_word = True
    await alert(hass)
    assert outcome(hass, far) == "captured"
    assert len(photos(photo_dir)) == 1


async def test_a_connection_that_breaks_before_the_photo_comes_ends_the_program(
    hass: HomeAssistant, far: MockConfigEntry, proxy: Proxy, pi: SimulatedHost, photo_dir: Path
) -> None:
    pi.set(start_delay=30)
    pid = await begin(pi, hass)
    proxy.cut()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert outcome(hass, far) == "host_connection_lost"
    assert not list(photo_dir.iterdir())
    await until(lambda: not is_running(pid))
    pi.set(start_delay=0)
    assert await is_served(hass, far, photo_dir)


async def test_a_connection_that_breaks_in_the_middle_of_the_photo_leaves_no_part_of_it(
    hass: HomeAssistant, far: MockConfigEntry, proxy: Proxy, photo_dir: Path
) -> None:
    proxy.cut_after = 20_000
    await alert(hass)
    assert not proxy.cut_after
    assert outcome(hass, far) == "host_connection_lost"
    assert not list(photo_dir.iterdir())
    assert await is_served(hass, far, photo_dir)


async def test_a_connection_that_breaks_after_the_photo_loses_nothing(
    hass: HomeAssistant, far: MockConfigEntry, proxy: Proxy, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, loop = far.runtime_data.storage.archive, asyncio.get_running_loop()
    save = archive.save

    async def cut() -> None:
        proxy.cut()
        await until(lambda: state_of(hass, "binary_sensor.hall_host").state == "off")

    def cut_and_save(*args: Any) -> Any:
        asyncio.run_coroutine_threadsafe(cut(), loop).result()
        return save(*args)

    monkeypatch.setattr(archive, "save", cut_and_save)
    await alert(hass)
    assert outcome(hass, far) == "captured"
    assert len(photos(photo_dir)) == 1


async def test_a_network_that_falls_silent_in_the_middle_ends_the_capture_at_its_limit(
    hass: HomeAssistant, far: MockConfigEntry, proxy: Proxy, pi: SimulatedHost, ssh_server: SshPi, photo_dir: Path
) -> None:
    hass.config_entries.async_update_entry(far, options={"timeout": 2})
    pi.set(start_delay=30)
    await begin(pi, hass)
    proxy.stall()
    await asyncio.wait_for(hass.async_block_till_done(wait_background_tasks=True), 8)
    assert outcome(hass, far) == "command_timeout"
    proxy.go_on()
    pi.set(start_delay=0)
    hass.config_entries.async_update_entry(far, options={})
    assert await is_served(hass, far, photo_dir)
    await ssh_server.idle()


async def test_a_host_that_never_answers_costs_an_alert_no_more_than_its_limit(
    hass: HomeAssistant, far: MockConfigEntry, proxy: Proxy, photo_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hass.config_entries.async_update_entry(far, options={"timeout": 1})
    proxy.stall()
    await asyncio.wait_for(alert(hass), 8)
    assert outcome(hass, far) == "host_timed_out"
    proxy.go_on()
    hass.config_entries.async_update_entry(far, options={})
    assert await is_served(hass, far, photo_dir)
    # An error that nobody took is told when it is collected.
    gc.collect()
    await asyncio.sleep(0)
    assert "never retrieved" not in caplog.text


async def test_a_slow_and_lossy_line_brings_whole_photos(
    hass: HomeAssistant, far: MockConfigEntry, proxy: Proxy, photo_dir: Path
) -> None:
    proxy.delay, proxy.loss = 0.1, 0.01
    await alert(hass)
    assert outcome(hass, far) == "captured"
    assert read_size(photos(photo_dir)[0].read_bytes()) == Size(1024, 768)
    proxy.delay, proxy.loss = 0, 0


@pytest.mark.options(timeout=3)
async def test_a_program_that_ignores_term_is_told_and_not_left_there(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, ssh_server: SshPi, pi: SimulatedHost
) -> None:
    pi.set(fault=Fault.STALL_IGNORING_TERM)
    await alert(hass)
    assert outcome(hass, ssh_entry) == "camera_stalled"
    await until(lambda: not any(is_running(run.pid) for run in pi.runs()))
    await ssh_server.idle()


async def test_a_user_who_may_not_use_the_camera_any_more_is_told_so(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    pi.set(fault=Fault.NOT_IN_VIDEO_GROUP)
    await hass.config_entries.async_reload(ssh_entry.entry_id)
    await meet(hass, ssh_entry)
    await alert(hass)
    assert outcome(hass, ssh_entry) == "not_in_video_group"


async def test_output_without_end_is_cut_off(
    hass: HomeAssistant,
    ssh_entry: MockConfigEntry,
    ssh_server: SshPi,
    pi: SimulatedHost,
    photo_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Both ends are in this process, and encrypt.
    monkeypatch.setattr(SshRunner.run, "__kwdefaults__", {"stdout_limit": 4 * 1024 * 1024})
    pi.set(fault=Fault.ENDLESS)
    await alert(hass)
    assert outcome(hass, ssh_entry) == "output_too_large"
    await ssh_server.idle()
    pi.heal()
    assert await is_served(hass, ssh_entry, photo_dir)


async def test_an_account_that_may_run_nothing_is_told(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, ssh_server: SshPi
) -> None:
    ssh_server.login = "echo This account is not available.; false"
    await alert(hass)
    assert outcome(hass, ssh_entry) == "commands_refused"
    assert "This account is not available." in state_of(hass, "event.hall_capture").attributes["message"]
    # It let us in.
    assert state_of(hass, "binary_sensor.hall_host").state == "on"


async def test_disarming_in_the_middle_ends_the_program_there(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    pi.set(start_delay=30)
    pid = await begin(pi, hass)
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    await until(lambda: not is_running(pid))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ssh_entry.runtime_data.outcomes.log.counts == {("ignored", "disarmed"): 1}
    assert not photos(photo_dir)


@pytest.mark.parametrize("end", ["reload", "unload", "stop"])
async def test_an_end_in_the_middle_leaves_no_program_and_no_connection(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, ssh_server: SshPi, pi: SimulatedHost, photo_dir: Path, end: str
) -> None:
    coordinator = ssh_entry.runtime_data
    pi.set(fault=Fault.STALL)
    pid = await begin(pi, hass)
    if end == "reload":
        await hass.config_entries.async_reload(ssh_entry.entry_id)
    elif end == "unload":
        await hass.config_entries.async_unload(ssh_entry.entry_id)
    else:
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert coordinator.outcomes.log.counts == {("failed", "capture_stopped"): 1}
    await until(lambda: not is_running(pid))
    assert not photos(photo_dir)
    await until(lambda: ssh_server.connections() == (end == "reload"))
    if end == "reload":
        pi.heal()
        assert await is_served(hass, ssh_entry, photo_dir)


async def test_a_reload_in_the_middle_lets_a_photo_arrive_that_is_on_its_way(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pi_security_camera.UNLOAD_GRACE", 5)
    pi.set(start_delay=0.5)
    await begin(pi, hass)
    await hass.config_entries.async_reload(ssh_entry.entry_id)
    assert len(photos(photo_dir)) == 1


async def test_another_home_assistant_that_holds_the_camera_is_told_as_busy(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, ssh_server: SshPi, pi: SimulatedHost, photo_dir: Path
) -> None:
    other = SshHosts().runner(ssh_server.settings)
    async with other.stream(["rpicam-vid", "-t", "0", "--codec", "mjpeg", "-o", "-"]) as stream:
        async for _ in stream.chunks():
            break
        await alert(hass)
    await other.close()
    assert outcome(hass, ssh_entry) == "camera_busy"
    assert await is_served(hass, ssh_entry, photo_dir)


async def test_the_pi_s_clock_and_time_zone_are_of_no_account(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, ssh_server: SshPi, photo_dir: Path
) -> None:
    """Names and times are Home Assistant's; a Pi without a clock of its own starts in the past."""
    ssh_server.environment["TZ"] = "Pacific/Auckland"
    before = dt_util.utcnow()
    await alert(hass)
    (photo,) = photos(photo_dir)
    taken_at = dt_util.parse_datetime(state_of(hass, "sensor.hall_last_capture").state, raise_on_error=True)
    assert timedelta(seconds=-1) < taken_at - before < timedelta(seconds=10)
    local = taken_at.astimezone(dt_util.get_default_time_zone())
    assert photo.name == f"capture_{local:%Y%m%d_%H%M%S}.jpg"
    event = dt_util.parse_datetime(state_of(hass, "event.hall_capture").attributes["captured_at"], raise_on_error=True)
    assert timedelta(seconds=-1) < event - before < timedelta(seconds=10)
    assert ssh_entry.state is ConfigEntryState.LOADED

"""A host that is away: what is seen, what is logged, and how it comes back."""

from pathlib import Path
from typing import Any

from homeassistant.components.camera import async_get_image
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera.runners import ssh_connection
from simulator import SimulatedHost

from .conftest import ALERT, TOPIC, EntryMaker, alert, photos, set_up, set_up_ssh, state_of, until
from .ssh import SECOND_ID, SshPi, meet, our_log

HOST, BUTTON = "binary_sensor.hall_host", "button.hall_take_photo"


def version(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """Return what the device's page shows of the programs' version."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.sw_version


async def lose(hass: HomeAssistant, server: SshPi) -> None:
    """Switch the host off, and wait until that is known."""
    await server.stop()
    await until(lambda: state_of(hass, HOST).state == "off")
    await hass.async_block_till_done()


async def test_what_needs_the_host_is_unavailable_and_the_last_photo_stays(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    await alert(hass)
    shown = ("camera.hall", "image.hall_last_photo", "sensor.hall_last_capture", "switch.hall_armed")
    before = {entity_id: state_of(hass, entity_id).state for entity_id in shown}
    picture = (await async_get_image(hass, "camera.hall")).content
    host = state_of(hass, HOST)
    assert (host.state, host.attributes["device_class"]) == ("on", "connectivity")
    assert state_of(hass, BUTTON).state == "unknown"

    await lose(hass, ssh_server)
    assert state_of(hass, BUTTON).state == "unavailable"
    assert {entity_id: state_of(hass, entity_id).state for entity_id in shown} == before
    assert (await async_get_image(hass, "camera.hall")).content == picture
    assert ssh_entry.state is ConfigEntryState.LOADED
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call(
            "pi_security_camera", "capture", {"entity_id": "camera.hall"}, blocking=True, return_response=True
        )
    assert error.value.translation_key == "host_port_closed"

    await ssh_server.start()
    await meet(hass, ssh_entry)
    assert (state_of(hass, HOST).state, state_of(hass, BUTTON).state) == ("on", "unknown")
    assert {entity_id: state_of(hass, entity_id).state for entity_id in shown} == before


async def test_a_loss_is_one_line_in_the_log_and_the_return_another_however_many_alerts_come(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[str] = []

    @callback
    def changed(event: Event[Any]) -> None:
        if event.data["entity_id"] == "event.hall_capture":
            errors.append(event.data["new_state"].attributes["error"])

    hass.bus.async_listen("state_changed", changed)
    for _ in range(2):
        await lose(hass, ssh_server)
        for _ in range(10):
            await alert(hass)
        await ssh_server.start()
        await meet(hass, ssh_entry)

    assert errors == ["host_port_closed"] * 20
    assert ssh_entry.runtime_data.outcomes.log.counts == {("failed", "host_port_closed"): 20}
    assert [level for level, _ in our_log(caplog)] == ["WARNING", "INFO"] * 2
    lost, back = our_log(caplog)[:2]
    assert lost[1] == "Hall: The connection to 127.0.0.1 broke."
    assert back[1] == "Hall is connected to its host again"


async def test_a_host_that_is_away_when_home_assistant_starts_comes_by_itself_later(
    hass: HomeAssistant,
    ssh_server: SshPi,
    make_ssh_entry: EntryMaker,
    photo_dir: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await ssh_server.stop()
    entry = make_ssh_entry()
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert (state_of(hass, HOST).state, state_of(hass, BUTTON).state) == ("off", "unavailable")
    assert version(hass, entry) is None
    await alert(hass)
    assert state_of(hass, "sensor.hall_last_outcome").attributes["reason"] == "host_port_closed"

    await ssh_server.start()
    await meet(hass, entry)
    assert (state_of(hass, HOST).state, state_of(hass, BUTTON).state) == ("on", "unknown")
    assert version(hass, entry) == "v1.12.0"
    assert [level for level, _ in our_log(caplog)] == ["WARNING", "INFO"]
    await alert(hass)
    assert len(photos(photo_dir)) == 1


async def test_an_alert_does_not_wait_for_the_next_attempt(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host is back, but nobody has asked it yet."""
    monkeypatch.setattr(ssh_connection, "_FIRST_PAUSE", 60)
    monkeypatch.setattr(ssh_connection, "_LONGEST_PAUSE", 60)
    await hass.config_entries.async_reload(ssh_entry.entry_id)
    await meet(hass, ssh_entry)
    await lose(hass, ssh_server)
    await ssh_server.start()
    assert state_of(hass, HOST).state == "off"
    await alert(hass)
    assert len(photos(photo_dir)) == 1
    assert (state_of(hass, HOST).state, state_of(hass, BUTTON).state) == ("on", "unknown")


async def test_after_an_upgrade_of_the_host_the_new_version_is_shown_and_its_programs_are_used(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    assert version(hass, ssh_entry) == "v1.12.0"
    await lose(hass, ssh_server)
    pi.set(bullseye=True)
    await ssh_server.start()
    await meet(hass, ssh_entry)
    assert version(hass, ssh_entry) not in {None, "v1.12.0"}
    await lose(hass, ssh_server)
    pi.set(bullseye=False)
    await ssh_server.start()
    await meet(hass, ssh_entry)
    await alert(hass)
    assert len(photos(photo_dir)) == 1


async def test_disarmed_no_program_runs_on_the_host_when_it_comes(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    pi.forget_runs()
    await lose(hass, ssh_server)
    await ssh_server.start()
    await meet(hass, ssh_entry)
    await hass.config_entries.async_reload(ssh_entry.entry_id)
    await meet(hass, ssh_entry)
    assert pi.runs() == []
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.hall_armed"}, blocking=True)
    await alert(hass)
    assert len(photos(photo_dir)) == 1


async def test_each_camera_of_a_host_tells_of_its_loss(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, caplog: pytest.LogCaptureFixture
) -> None:
    first = make_ssh_entry()
    second = make_ssh_entry(title="Garden", data={"camera": SECOND_ID, "photo_dir": hass.config.path("media/2")})
    await set_up_ssh(hass, first, second)
    await lose(hass, ssh_server)
    assert [state_of(hass, f"binary_sensor.{name}_host").state for name in ("hall", "garden")] == ["off", "off"]
    await ssh_server.start()
    await meet(hass, first, second)
    assert sorted(text.partition(":")[0] for level, text in our_log(caplog) if level == "WARNING") == ["Garden", "Hall"]


async def test_a_camera_that_is_unloaded_while_its_host_is_away_is_quiet(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await lose(hass, ssh_server)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await hass.config_entries.async_unload(ssh_entry.entry_id)
    await ssh_server.start()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ssh_server.connections() == 0
    assert [level for level, _ in our_log(caplog)] == ["WARNING"]

"""Diagnostics and system health: one look that answers "why is there no photo?", with no secret in it."""

from datetime import datetime
import json
from pathlib import Path
import shutil
import socket
from typing import Any

from homeassistant.components import mqtt
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.pi_security_camera.const import DOMAIN
from simulator import SimulatedHost

from .conftest import CAMERA_ID, TOPIC, EntryMaker, alert, photos, set_up, set_up_ssh, until
from .dialogs import ENGLISH
from .runners.ssh_servers import HOST_KEY, OTHER_KEY, locked_text, public_text
from .ssh import SshPi, fingerprint, secrets_in


async def download(hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry) -> dict[str, Any]:
    """Return a camera's diagnostics, as the button on its page gives them."""
    assert await async_setup_component(hass, "diagnostics", {})
    diagnostics: dict[str, Any] = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    return diagnostics


@pytest.mark.options(quality=80, hflip=True)
async def test_they_tell_what_is_set_and_what_the_host_says_of_itself(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator, photo_dir: Path
) -> None:
    found = await download(hass, hass_client, entry)
    assert found["settings"] == {
        "camera": CAMERA_ID,
        "sensor": "imx708",
        "width": 1024,
        "height": 768,
        "rotation": 0,
        "photo_dir": str(photo_dir),
    }
    assert found["options"] == {"quality": 80, "hflip": True}
    assert found["motion_triggers"] == [{"name": TOPIC, "topic": TOPIC}]
    host = found["host"]
    assert (host["programs"], host["versions"]["rpicam"]) == ("rpicam", "v1.12.0")
    (sensor,) = host["sensors"]
    assert (sensor["camera_id"], sensor["model"], sensor["size"]) == (
        CAMERA_ID,
        "imx708",
        {"width": 4608, "height": 2592},
    )
    assert {"width": 2304, "height": 1296} in [mode["size"] for mode in sensor["modes"]]
    assert found["state"] == {
        "armed": True,
        "broker_connected": True,
        "host_connected": True,
        "last_photo": None,
        "capture_seconds": None,
    }
    assert (found["archive"]["directory"], found["archive"]["photos"]) == (str(photo_dir), 0)
    assert (found["counts"], found["outcomes"], found["last_stderr"]) == ([], [], "")


async def test_they_tell_what_became_of_the_messages_newest_first(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    photo_dir: Path,
    pi: SimulatedHost,
) -> None:
    for number in range(60):
        await alert(hass, f'{{"status": "NORMAL", "value": {number}}}')
    await alert(hass)
    pi.set(fault="no_memory")
    await alert(hass)
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    found = await download(hass, hass_client, entry)

    assert found["counts"][0] == {"outcome": "ignored", "reason": "status_other", "count": 60}
    assert sorted((count["outcome"], count["reason"], count["count"]) for count in found["counts"][1:]) == [
        ("captured", None, 1),
        ("failed", "camera_memory", 1),
    ]
    outcomes = found["outcomes"]
    assert len(outcomes) == 50
    assert [outcome["kind"] for outcome in outcomes[:3]] == ["failed", "captured", "ignored"]
    assert [outcome["value"] for outcome in outcomes[:4]] == [35, 35, 59, 58]
    assert {outcome["topic"] for outcome in outcomes} == {TOPIC}
    assert outcomes[0]["reason"] == "camera_memory"
    assert datetime.fromisoformat(outcomes[0]["at"]).utcoffset() is not None
    assert "failed to allocate capture buffers" in found["last_stderr"]
    (photo,) = photos(photo_dir)
    assert (found["state"]["armed"], found["state"]["last_photo"]) == (False, photo.name)
    assert 0 < found["state"]["capture_seconds"] < 15
    assert (found["archive"]["photos"], found["archive"]["used_bytes"]) == (1, photo.stat().st_size)


async def test_no_secret_is_in_them(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, hass_client: ClientSessionGenerator
) -> None:
    """They are made to be posted in public; what the host says of itself is in them all the same."""
    ssh_server.password = "hunter2"  # noqa: S105
    entry = make_ssh_entry(data={"password": "hunter2", "private_key": locked_text(), "passphrase": "open"})
    await set_up_ssh(hass, entry)
    await alert(hass)
    found = await download(hass, hass_client, entry)
    text = json.dumps(found)
    assert (found["host"]["programs"], found["state"]["host_connected"]) == ("rpicam", True)
    assert secrets_in(text, "hunter2", "127.0.0.1", locked_text()) == []
    secrets = ("host", "username", "password", "private_key", "passphrase")
    assert {found["settings"][name] for name in secrets} == {"**REDACTED**"}
    # What everybody may know, and helps to see which host it is.
    assert (found["settings"]["port"], found["settings"]["host_key"]) == (ssh_server.port, public_text(HOST_KEY))


@pytest.mark.parametrize("away", ["off", "nameless", "another", "refused"])
async def test_of_a_host_that_is_away_they_tell_why_and_not_who(
    hass: HomeAssistant,
    ssh_server: SshPi,
    make_ssh_entry: EntryMaker,
    hass_client: ClientSessionGenerator,
    away: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the network says of a host may hold its name and address."""
    data: dict[str, Any] = {"username": "hunter2"}
    match away:
        case "off":
            await ssh_server.stop()
        case "nameless":
            data |= {"host": "hunter2" * 10 + ".example"}
            monkeypatch.setattr(socket, "getaddrinfo", refuse_name)
        case "another":
            await ssh_server.become_another(OTHER_KEY)
            data |= {"host_key": public_text(HOST_KEY)}
    entry = make_ssh_entry(data=data)
    await set_up(hass, entry)
    await alert(hass)
    found = await download(hass, hass_client, entry)
    errors = {
        "off": "host_port_closed",
        "nameless": "host_failed",
        "another": "host_key_changed",
        "refused": "key_refused",
    }
    assert found["host"].items() >= {"error": errors[away], "host": "**REDACTED**"}.items()
    assert (found["outcomes"][0]["reason"], found["state"]["host_connected"]) == (errors[away], False)
    assert secrets_in(json.dumps(found), "hunter2", "127.0.0.1") == []
    if away == "another":
        assert (found["host"]["old"], found["host"]["new"]) == (fingerprint(HOST_KEY), fingerprint(OTHER_KEY))


def refuse_name(host: str, *_args: Any, **_more: Any) -> None:
    """Fail as a network does, naming the host."""
    raise OSError(5, f"Input/output error at {host}")


async def test_of_an_account_that_runs_no_commands_they_tell_why_and_not_who(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    ssh_server.login = "echo The account pi on 127.0.0.1 is not available.; false"
    found = await download(hass, hass_client, ssh_entry)
    assert found["host"]["error"] == "commands_refused"
    assert secrets_in(json.dumps(found), "127.0.0.1") == []


async def test_they_are_there_when_nothing_else_is(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    photo_dir: Path,
    pi: SimulatedHost,
) -> None:
    shutil.rmtree(photo_dir)
    pi.program("rpicam-jpeg").unlink()
    await alert(hass)
    found = await download(hass, hass_client, entry)
    assert found["host"] == {"error": "program_not_found", "program": "rpicam-jpeg"}
    assert found["archive"] == {"error": "storage_missing", "path": str(photo_dir)}
    assert (found["outcomes"][0]["kind"], found["outcomes"][0]["reason"]) == ("failed", "program_not_found")


async def test_of_a_disarmed_camera_they_tell_what_is_known_and_start_no_program(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator, pi: SimulatedHost
) -> None:
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    runs = len(pi.runs())
    assert (await download(hass, hass_client, entry))["host"]["versions"]["rpicam"] == "v1.12.0"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await download(hass, hass_client, entry))["host"] == {"error": "disarmed"}
    assert len(pi.runs()) == runs


async def test_what_the_program_said_before_it_failed_is_in_them(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator, pi: SimulatedHost
) -> None:
    pi.set(fault="legacy_stack")
    found = await download(hass, hass_client, entry)
    assert found["host"]["error"] == "host_not_supported"
    assert "legacy camera stack" in found["last_stderr"]


async def test_system_health_counts_cameras_and_knows_the_broker(
    hass: HomeAssistant, entry: MockConfigEntry, make_entry: EntryMaker
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    second = make_entry(data={"photo_dir": hass.config.path("media/second")})
    await set_up(hass, second)
    info = await get_system_health_info(hass, DOMAIN)
    assert info == {"cameras": 2, "armed": 2, "hosts_connected": 2, "broker_connected": True}
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    hass.data[mqtt.DATA_MQTT].client.connected = False
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, False)
    info = await get_system_health_info(hass, DOMAIN)
    assert info == {"cameras": 2, "armed": 1, "hosts_connected": 2, "broker_connected": False}
    assert info.keys() == ENGLISH["system_health"]["info"].keys()


async def test_system_health_counts_the_hosts_that_are_there(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, make_entry: EntryMaker
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await set_up(hass, make_entry(title="Garden", data={"photo_dir": hass.config.path("media/second")}))
    assert (await get_system_health_info(hass, DOMAIN))["hosts_connected"] == 2
    await ssh_server.stop()
    await until(lambda: not ssh_entry.runtime_data.data.host)
    assert (await get_system_health_info(hass, DOMAIN))["hosts_connected"] == 1


@pytest.mark.usefixtures("_integration")
async def test_system_health_can_be_asked_while_there_is_no_mqtt(hass: HomeAssistant, make_entry: EntryMaker) -> None:
    """The page is opened when something does not work."""
    assert await async_setup_component(hass, "system_health", {})
    assert await async_setup_component(hass, DOMAIN, {})
    info = await get_system_health_info(hass, DOMAIN)
    assert info == {"cameras": 0, "armed": 0, "hosts_connected": 0, "broker_connected": False}

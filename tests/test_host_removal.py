"""A camera on another machine that is removed, or that fails to start: nothing of it stays."""

import asyncio
import json
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, flush_store

from custom_components.pi_security_camera.const import DOMAIN
from simulator import SimulatedHost

from .conftest import EntryMaker, alert, photos, set_up, set_up_ssh, until
from .runners.ssh_servers import locked_text
from .ssh import SECOND_ID, SshPi, meet, reauth_flows, secrets_in


async def stored(hass: HomeAssistant, hass_storage: dict[str, Any]) -> str:
    """Return all that Home Assistant keeps in .storage, once it has written it."""
    await flush_store(hass.config_entries._store)
    await flush_store(ir.async_get(hass)._store)
    await hass.async_block_till_done()
    return json.dumps(hass_storage, default=str)


async def test_with_the_entry_go_its_credentials_and_its_connection_and_the_photos_stay(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, hass_storage: dict[str, Any], photo_dir: Any
) -> None:
    entry = make_ssh_entry(data={"password": "secret password", "private_key": locked_text(), "passphrase": "open"})
    await set_up_ssh(hass, entry)
    await alert(hass)
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    secrets = ("secret password", locked_text())
    assert len(secrets_in(await stored(hass, hass_storage), *secrets)) > 5

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    left = await stored(hass, hass_storage)
    assert secrets_in(left, *secrets) == []
    assert ssh_server.fingerprint not in left
    assert not [name for name in hass_storage if DOMAIN in name]
    await until(lambda: ssh_server.connections() == 0)
    assert len(photos(photo_dir)) == 1


async def test_with_the_entry_goes_the_question_for_its_credentials(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker
) -> None:
    ssh_server.forget_keys()
    entry = make_ssh_entry()
    await set_up(hass, entry)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    await hass.config_entries.async_remove(entry.entry_id)
    assert reauth_flows(hass) == []
    assert ir.async_get(hass).issues == {}


async def test_the_other_camera_of_the_host_stays_connected(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, pi: SimulatedHost
) -> None:
    first = make_ssh_entry()
    second = make_ssh_entry(title="Garden", data={"camera": SECOND_ID, "photo_dir": hass.config.path("media/2")})
    await set_up_ssh(hass, first, second)
    await hass.config_entries.async_remove(first.entry_id)
    await meet(hass, second)
    assert (ssh_server.logins, ssh_server.connections()) == (1, 1)


async def test_a_camera_that_is_disabled_lets_go_of_its_host_and_comes_again(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_set_disabled_by(ssh_entry.entry_id, ConfigEntryDisabler.USER)
    await until(lambda: ssh_server.connections() == 0)
    await hass.config_entries.async_set_disabled_by(ssh_entry.entry_id, None)
    await meet(hass, ssh_entry)
    assert ssh_server.connections() == 1


@pytest.mark.parametrize(
    "broken",
    [
        "custom_components.pi_security_camera.coordinator.CaptureCoordinator.async_start",
        "custom_components.pi_security_camera.listener.Listener.async_update",
    ],
)
async def test_a_start_that_fails_leaves_no_connection(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, broken: str
) -> None:
    entry = make_ssh_entry()
    entry.add_to_hass(hass)
    with patch(broken, side_effect=ZeroDivisionError):
        assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await hass.async_block_till_done(wait_background_tasks=True)
    await until(lambda: ssh_server.connections() == 0)
    assert not [task for task in asyncio.all_tasks() if "SshConnection" in repr(task)]

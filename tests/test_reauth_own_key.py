"""Credentials that are renewed with a key of our own: made for it, or authorized again."""

from pathlib import Path

import asyncssh
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import EntryMaker, alert, photos, set_up, until
from .dialogs import Dialog, watch_loads
from .runners.ssh_servers import USER_KEY, locked_text, private_text, public_text
from .ssh import SshPi, meet, reauth_flows, secrets_in


def is_done(dialog: Dialog) -> bool:
    """Say whether the dialog has ended well."""
    return (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "reauth_successful")


async def test_without_password_and_key_a_key_of_our_own_is_made_and_its_line_shown(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, photo_dir: Path
) -> None:
    """From a password to a key, which is what we recommend."""
    ssh_server.password = "new one"  # noqa: S105
    entry = make_ssh_entry(data={"password": "old one", "private_key": ""})
    await set_up(hass, entry)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    dialog = await Dialog.reauth(hass, entry.entry_id)
    await dialog.submit()
    assert (dialog.step, dialog.errors) == ("authorize_key", {})
    told = dialog.told
    await dialog.submit()
    assert (dialog.step, dialog.errors, dialog.told) == ("authorize_key", {"base": "key_refused"}, told)
    ssh_server.run_by_hand(told["command"])
    await dialog.submit()
    assert is_done(dialog)
    assert "password" not in entry.data
    public = asyncssh.import_private_key(entry.data["private_key"]).export_public_key().decode().strip()
    assert f"restrict {public}" in ssh_server.authorized_keys.read_text().splitlines()
    assert secrets_in(dialog.seen, entry.data["private_key"]) == []
    await meet(hass, entry)
    await alert(hass)
    assert len(photos(photo_dir)) == 1


async def test_a_key_that_the_host_forgot_is_authorized_again_and_works_at_once(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, photo_dir: Path
) -> None:
    """Its system was installed anew with the old host key, or authorized_keys was wiped: no new key is needed."""
    loads, before = watch_loads(ssh_entry), dict(ssh_entry.data)
    ssh_server.forget_keys()
    ssh_server.cut()
    await until(lambda: reauth_flows(hass) == [ssh_entry.entry_id])
    dialog = await Dialog.reauth(hass, ssh_entry.entry_id)
    await dialog.submit()
    assert dialog.step == "authorize_key"
    assert public_text(USER_KEY) in dialog.told["command"]
    ssh_server.run_by_hand(dialog.told["command"])
    await dialog.submit()
    assert is_done(dialog)
    await meet(hass, ssh_entry)
    assert (dict(ssh_entry.data), len(loads)) == (before, 1)
    await alert(hass)
    assert len(photos(photo_dir)) == 1
    assert reauth_flows(hass) == []


async def test_a_key_that_only_its_owner_can_unlock_is_left_to_him(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker
) -> None:
    ssh_server.forget_keys()
    entry = make_ssh_entry(data={"private_key": locked_text(), "passphrase": "open"})
    await set_up(hass, entry)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    dialog = await Dialog.reauth(hass, entry.entry_id)
    await dialog.submit()
    assert dialog.step == "authorize_key"
    assert public_text(USER_KEY) not in dialog.told["command"]


async def test_a_key_that_cannot_be_read_gives_way_to_a_new_one(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker
) -> None:
    entry = make_ssh_entry(data={"private_key": private_text(USER_KEY)[:100]})
    await set_up(hass, entry)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    dialog = await Dialog.reauth(hass, entry.entry_id)
    await dialog.submit()
    assert dialog.step == "authorize_key"

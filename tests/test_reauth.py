"""A host that does not accept our credentials any more: one dialog asks for new ones, and the cameras go on."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pi_security_camera.runners import ssh_connection
from simulator import SimulatedHost

from .conftest import EntryMaker, alert, photos, set_up, set_up_ssh, state_of, until
from .dialogs import Dialog, watch_loads
from .runners.ssh_servers import OTHER_KEY, USER_KEY, locked_text, private_text
from .ssh import SECOND_ID, SshPi, meet, our_log, reauth_flows, secrets_in

OLD, NEW = "old password", "new password"


@pytest.fixture
def make_password_entry(ssh_server: SshPi, make_ssh_entry: EntryMaker) -> EntryMaker:
    """Make the entry of a camera with the old password, which is good at first."""
    ssh_server.password = OLD

    def make(*, data: dict[str, Any] | None = None, **more: Any) -> MockConfigEntry:
        return make_ssh_entry(data={"password": OLD, "private_key": ""} | (data or {}), **more)

    return make


@pytest.fixture
async def refused(hass: HomeAssistant, ssh_server: SshPi, make_password_entry: EntryMaker) -> MockConfigEntry:
    """A camera whose host was given a new password."""
    entry = make_password_entry()
    await set_up_ssh(hass, entry)
    await change_password(ssh_server)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    return entry


async def change_password(server: SshPi) -> None:
    """Give the Pi a new password, and restart it: who is in stays in."""
    server.password = NEW
    await server.restart()


def is_done(dialog: Dialog) -> bool:
    """Say whether the dialog has ended well."""
    return (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "reauth_successful")


async def test_a_new_password_on_the_host_is_asked_for_once_and_alerts_say_so_meanwhile(
    hass: HomeAssistant, ssh_server: SshPi, refused: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    tries = len(ssh_server.passwords)
    for _ in range(3):
        await alert(hass)
    assert refused.runtime_data.outcomes.log.counts == {("failed", "password_refused"): 3}
    event = state_of(hass, "event.hall_capture").attributes
    assert (event["event_type"], event["error"]) == ("failed", "password_refused")
    assert state_of(hass, "binary_sensor.hall_host").state == "off"
    assert reauth_flows(hass) == [refused.entry_id]
    assert refused.state is ConfigEntryState.LOADED
    # A host locks out who tries too often.
    assert len(ssh_server.passwords) == tries
    assert len([text for level, text in our_log(caplog) if level == "WARNING"]) == 1


async def test_the_new_password_lets_the_camera_go_on_without_a_restart(
    hass: HomeAssistant, ssh_server: SshPi, refused: MockConfigEntry, photo_dir: Path
) -> None:
    dialog = await Dialog.reauth(hass, refused.entry_id)
    assert (dialog.step, dialog.errors, dialog.told["host"]) == ("reauth_confirm", {}, "127.0.0.1")
    assert dialog.filled_in == {"username": "pi"}
    await dialog.submit(password=NEW)
    assert is_done(dialog)
    assert refused.data["password"] == NEW
    assert secrets_in(dialog.seen, OLD) == []
    await meet(hass, refused)
    await alert(hass)
    assert len(photos(photo_dir)) == 1
    assert reauth_flows(hass) == []
    assert ssh_server.connections() == 1


async def test_a_wrong_one_is_told_in_the_form_and_the_next_is_tried(
    hass: HomeAssistant, ssh_server: SshPi, refused: MockConfigEntry
) -> None:
    dialog = await Dialog.reauth(hass, refused.entry_id)
    await dialog.submit(password="a guess")  # noqa: S106
    assert (dialog.step, dialog.errors) == ("reauth_confirm", {"password": "password_refused"})
    assert dialog.filled_in == {"username": "pi", "password": "a guess", "private_key": ""}
    await dialog.submit(username=" ", private_key="no key")
    assert (dialog.step, dialog.errors) == ("reauth_confirm", {"username": "no_username"})
    await dialog.submit(username="pi")
    assert (dialog.step, dialog.errors) == ("reauth_confirm", {"private_key": "key_unreadable"})
    await ssh_server.stop()
    await dialog.submit(password=NEW, private_key=None)
    assert (dialog.step, dialog.errors) == ("reauth_confirm", {"base": "host_port_closed"})
    await ssh_server.start()
    await dialog.submit()
    assert is_done(dialog)


async def test_a_key_with_a_passphrase_can_take_the_password_s_place(
    hass: HomeAssistant, ssh_server: SshPi, refused: MockConfigEntry
) -> None:
    dialog = await Dialog.reauth(hass, refused.entry_id)
    await dialog.submit(private_key=locked_text())
    assert dialog.step == "passphrase"
    await dialog.submit(passphrase="open")  # noqa: S106
    assert is_done(dialog)
    assert "password" not in refused.data
    assert (refused.data["private_key"], refused.data["passphrase"]) == (locked_text().strip(), "open")


async def test_all_cameras_that_share_the_login_get_the_new_one_and_their_dialogs_close(
    hass: HomeAssistant, ssh_server: SshPi, make_password_entry: EntryMaker, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx708", "imx219"))
    first = make_password_entry()
    second = make_password_entry(title="Garden", data={"camera": SECOND_ID, "photo_dir": hass.config.path("media/2")})
    await set_up_ssh(hass, first, second)
    await change_password(ssh_server)
    await until(lambda: sorted(reauth_flows(hass)) == sorted([first.entry_id, second.entry_id]))
    unique_ids = [first.unique_id, second.unique_id]
    dialog = await Dialog.reauth(hass, second.entry_id)
    await dialog.submit(password=NEW)
    assert is_done(dialog)
    await meet(hass, first, second)
    assert reauth_flows(hass) == []
    assert (first.data["password"], second.data["password"]) == (NEW, NEW)
    assert [first.unique_id, second.unique_id] == unique_ids
    assert ssh_server.connections() == 1


async def test_a_camera_that_knows_the_host_by_another_name_gets_it_too_and_another_account_does_not(
    hass: HomeAssistant,
    ssh_server: SshPi,
    make_ssh_entry: EntryMaker,
    make_password_entry: EntryMaker,
) -> None:
    ssh_server.accounts = {"pi", "camera"}
    entry = make_password_entry()
    place = {"camera": SECOND_ID, "photo_dir": hass.config.path("media/2")}
    second = make_password_entry(title="Garden", data=place | {"host": "localhost"})
    other = make_ssh_entry(
        title="Gate", data={"camera": "gate", "photo_dir": hass.config.path("media/3"), "username": "camera"}
    )
    await set_up_ssh(hass, entry, second, other)
    before, loads = dict(other.data), watch_loads(other)
    await change_password(ssh_server)
    await until(lambda: sorted(reauth_flows(hass)) == sorted([entry.entry_id, second.entry_id]))
    await (await Dialog.reauth(hass, entry.entry_id)).submit(password=NEW)
    await meet(hass, entry, second, other)
    assert (second.data["host"], second.data["password"]) == ("localhost", NEW)
    assert (dict(other.data), loads) == (before, [])


async def test_a_host_that_is_away_asks_for_no_credentials(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    await ssh_server.stop()
    await until(lambda: state_of(hass, "binary_sensor.hall_host").state == "off")
    await alert(hass)
    assert ssh_entry.runtime_data.outcomes.log.counts == {("failed", "host_port_closed"): 1}
    assert reauth_flows(hass) == []


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"private_key": private_text(OTHER_KEY)}, "key_refused"),
        ({"private_key": "", "password": "any"}, "password_not_allowed"),
        ({"private_key": "no key"}, "key_unreadable"),
        ({"private_key": locked_text()}, "passphrase_missing"),
        ({"private_key": locked_text(), "passphrase": "shut"}, "passphrase_wrong"),
    ],
)
async def test_each_kind_of_credentials_that_is_no_good_asks_for_others(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, data: dict[str, str], error: str
) -> None:
    entry = make_ssh_entry(data=data)
    await set_up(hass, entry)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    await alert(hass)
    assert entry.runtime_data.outcomes.log.counts == {("failed", error): 1}
    dialog = await Dialog.reauth(hass, entry.entry_id)
    await dialog.submit(private_key=private_text(USER_KEY))
    assert is_done(dialog)
    await meet(hass, entry)
    assert not {"password", "passphrase"} & entry.data.keys()


async def test_the_dialog_closes_by_itself_when_the_host_lets_us_in_again(
    hass: HomeAssistant, ssh_server: SshPi, make_password_entry: EntryMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user has put the old password back."""
    monkeypatch.setattr(ssh_connection, "_REFUSED_PAUSE", 0.1)
    entry = make_password_entry()
    await set_up_ssh(hass, entry)
    await change_password(ssh_server)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    dialog = await Dialog.reauth(hass, entry.entry_id)
    ssh_server.password = OLD
    await meet(hass, entry)
    assert not dialog.is_open
    assert reauth_flows(hass) == []


async def test_it_is_asked_for_again_after_it_was_refused_again(
    hass: HomeAssistant, ssh_server: SshPi, refused: MockConfigEntry
) -> None:
    await (await Dialog.reauth(hass, refused.entry_id)).submit(password=NEW)
    await meet(hass, refused)
    ssh_server.password = "newer still"  # noqa: S105
    ssh_server.cut()
    await until(lambda: reauth_flows(hass) == [refused.entry_id])


async def test_a_camera_whose_own_login_is_good_keeps_it(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, make_password_entry: EntryMaker
) -> None:
    """The same account, but with a key."""
    entry = make_password_entry()
    other = make_ssh_entry(title="Garden", data={"camera": SECOND_ID, "photo_dir": hass.config.path("media/2")})
    await set_up_ssh(hass, entry, other)
    before, loads = dict(other.data), watch_loads(other)
    await change_password(ssh_server)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    await (await Dialog.reauth(hass, entry.entry_id)).submit(password=NEW)
    await meet(hass, entry, other)
    assert (dict(other.data), loads) == (before, [])

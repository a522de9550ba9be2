"""A host that shows another key than the one confirmed: nobody connects to it, and a repair asks."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pi_security_camera.const import DOMAIN
from custom_components.pi_security_camera.runners import ssh_connection, ssh_login
from simulator import SimulatedHost

from .conftest import CAMERA_ID, EntryMaker, alert, photos, set_up_ssh, state_of, until
from .dialogs import Dialog, watch_loads
from .runners.ssh_servers import HOST_KEY, OTHER_KEY, USER_KEY, public_text
from .ssh import SECOND_ID, SshPi, fingerprint, finish, meet, our_log, reauth_flows, silent_server

PASSWORD = "correct horse"  # noqa: S105
OLD, NEW = fingerprint(HOST_KEY), fingerprint(OTHER_KEY)


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return our issues that are shown."""
    registry = ir.async_get(hass)
    return [issue for issue in registry.issues.values() if issue.domain == DOMAIN and issue.active]


@pytest.fixture
async def changed(hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker) -> MockConfigEntry:
    """A camera with a password and a key, whose host shows another key by now."""
    ssh_server.password = PASSWORD
    entry = make_ssh_entry(data={"password": PASSWORD})
    await set_up_ssh(hass, entry)
    ssh_server.passwords.clear()
    await ssh_server.become_another(OTHER_KEY)
    await until(lambda: bool(issues(hass)))
    return entry


async def open_repair(hass: HomeAssistant) -> Dialog:
    """Open the dialog of the only issue."""
    (issue,) = issues(hass)
    return await Dialog.repair(hass, issue)


async def test_nobody_logs_in_there_and_one_repair_shows_both_fingerprints(
    hass: HomeAssistant, ssh_server: SshPi, changed: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    logins = ssh_server.logins
    for _ in range(3):
        await alert(hass)
    (issue,) = issues(hass)
    assert (issue.is_fixable, issue.severity, issue.translation_key) == (
        True,
        ir.IssueSeverity.ERROR,
        "host_key_changed",
    )
    assert issue.translation_placeholders == {"name": "Hall", "host": "127.0.0.1", "old": OLD, "new": NEW}
    assert changed.runtime_data.outcomes.log.counts == {("failed", "host_key_changed"): 3}
    message = state_of(hass, "event.hall_capture").attributes["message"]
    assert OLD in message
    assert NEW in message
    # Neither password nor key, nor a question for other ones.
    assert (ssh_server.passwords, ssh_server.logins, reauth_flows(hass)) == ([], logins, [])
    assert state_of(hass, "binary_sensor.hall_host").state == "off"
    assert changed.state is ConfigEntryState.LOADED
    assert [level for level, _ in our_log(caplog) if level == "WARNING"] == ["WARNING"]


async def test_once_confirmed_the_new_key_is_pinned_and_the_camera_goes_on(
    hass: HomeAssistant, ssh_server: SshPi, changed: MockConfigEntry, photo_dir: Path
) -> None:
    before, loads = dict(changed.data), watch_loads(changed)
    dialog = await open_repair(hass)
    assert (dialog.step, dialog.fields) == ("confirm", [])
    assert dialog.told == {"name": "Hall", "host": "127.0.0.1", "old": OLD, "new": NEW}
    assert changed.data == before
    await dialog.submit()
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY
    await meet(hass, changed)
    assert changed.data == before | {"host_key": public_text(OTHER_KEY)}
    assert changed.unique_id == f"{NEW}:{CAMERA_ID}"
    assert (len(loads), issues(hass)) == (1, [])
    await alert(hass)
    assert len(photos(photo_dir)) == 1


async def test_all_cameras_of_the_host_follow_by_whatever_name_they_know_it(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx708", "imx219"))
    first = make_ssh_entry()
    place = {"camera": SECOND_ID, "photo_dir": hass.config.path("media/2"), "host": "localhost"}
    second = make_ssh_entry(title="Garden", data=place)
    await set_up_ssh(hass, first, second)
    await ssh_server.become_another(OTHER_KEY)
    await until(lambda: len(issues(hass)) == 2)
    dialog = await Dialog.repair(hass, issues(hass)[0])
    await dialog.submit()
    await meet(hass, first, second)
    assert [first.unique_id, second.unique_id] == [f"{NEW}:{CAMERA_ID}", f"{NEW}:{SECOND_ID}"]
    assert issues(hass) == []


async def test_a_key_that_changed_again_while_the_dialog_was_open_is_not_pinned(
    hass: HomeAssistant, ssh_server: SshPi, changed: MockConfigEntry
) -> None:
    """Only what was shown is trusted; the third one is asked about again."""
    dialog = await open_repair(hass)
    await ssh_server.become_another(USER_KEY)
    await dialog.submit()
    await until(lambda: bool(issues(hass)) and changed.state is ConfigEntryState.LOADED)
    assert changed.data["host_key"] == public_text(OTHER_KEY)
    (issue,) = issues(hass)
    placeholders: Any = issue.translation_placeholders
    assert (placeholders["old"], placeholders["new"]) == (NEW, fingerprint(USER_KEY))
    assert ssh_server.passwords == []


async def test_a_host_that_is_away_cannot_be_confirmed(
    hass: HomeAssistant, ssh_server: SshPi, changed: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ssh_server.stop()
    dialog = await open_repair(hass)
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "host_unreachable")
    assert "127.0.0.1" in dialog.told["problem"]
    monkeypatch.setattr(ssh_login, "_LOGIN_LIMIT", 0.2)
    silent = await silent_server()
    place = {"port": silent.sockets[0].getsockname()[1]}
    hass.config_entries.async_update_entry(changed, data=changed.data | place)
    ir.async_create_issue(
        hass,
        DOMAIN,
        "host_key_changed",
        data={"entry_id": changed.entry_id},
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key="host_key_changed",
        translation_placeholders={"name": "Hall", "host": "127.0.0.1"},
    )
    dialog = await Dialog.repair(hass, ir.async_get(hass).issues[DOMAIN, "host_key_changed"])
    assert dialog.shown["reason"] == "host_unreachable"
    silent.close()
    await hass.config_entries.async_unload(changed.entry_id)
    await silent.wait_closed()


async def test_the_issue_goes_away_by_itself_when_the_confirmed_host_is_back(
    hass: HomeAssistant, ssh_server: SshPi, changed: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(changed.data)
    (issue,) = issues(hass)
    await ssh_server.become_another(HOST_KEY)
    dialog = await open_repair(hass)
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "host_key_same")
    monkeypatch.setattr(ssh_connection, "_REFUSED_PAUSE", 0.1)
    await hass.config_entries.async_reload(changed.entry_id)
    await meet(hass, changed)
    assert issues(hass) == []
    await ssh_server.become_another(OTHER_KEY)
    await until(lambda: bool(issues(hass)))
    assert issues(hass)[0].issue_id == issue.issue_id
    await ssh_server.become_another(HOST_KEY)
    await meet(hass, changed)
    assert (issues(hass), dict(changed.data)) == ([], before)


async def test_the_issue_goes_with_the_camera(hass: HomeAssistant, ssh_server: SshPi, changed: MockConfigEntry) -> None:
    dialog = await open_repair(hass)
    await hass.config_entries.async_unload(changed.entry_id)
    assert issues(hass) == []
    await hass.config_entries.async_setup(changed.entry_id)
    await until(lambda: bool(issues(hass)))
    await hass.config_entries.async_remove(changed.entry_id)
    assert issues(hass) == []
    await dialog.submit()
    assert dialog.shown["type"] is not FlowResultType.FORM
    assert ssh_server.passwords == []


@pytest.mark.parametrize("gone", ["removed", "moved"])
async def test_a_camera_that_is_not_there_any_more_needs_no_repair(
    hass: HomeAssistant, changed: MockConfigEntry, gone: str
) -> None:
    """The list of repairs in a browser may be older than the camera's end."""
    (issue,) = issues(hass)
    if gone == "removed":
        await hass.config_entries.async_remove(changed.entry_id)
    else:
        local = {"camera", "sensor", "width", "height", "rotation", "photo_dir"}
        data = {key: value for key, value in changed.data.items() if key in local}
        hass.config_entries.async_update_entry(changed, data=data)
        await hass.async_block_till_done()
    assert issues(hass) == []
    ir.async_get(hass).issues[DOMAIN, issue.issue_id] = issue
    dialog = await Dialog.repair(hass, issue)
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "camera_gone")


async def test_a_host_whose_camera_was_set_up_anew_meanwhile_is_not_confirmed_over_it(
    hass: HomeAssistant, ssh_server: SshPi, changed: MockConfigEntry
) -> None:
    """The user found another way: under another name, the host with its new key can be set up as a new one."""
    dialog = await (await Dialog.set_up(hass)).choose("ssh")
    await dialog.submit(**ssh_server.typed | {"host": "localhost"}, password=PASSWORD)
    assert dialog.step == "host_key"
    await dialog.submit()
    await finish(hass, dialog, name="Again")
    repair = await open_repair(hass)
    assert (repair.shown["type"], repair.shown["reason"]) == (FlowResultType.ABORT, "camera_set_up_anew")
    assert repair.told == {"name": "Hall", "other": "Again", "host": "127.0.0.1"}
    assert changed.unique_id == f"{OLD}:{CAMERA_ID}"


async def test_of_two_cameras_only_the_one_that_was_not_set_up_anew_follows(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx708", "imx219"))
    first = make_ssh_entry()
    second = make_ssh_entry(title="Garden", data={"camera": SECOND_ID, "photo_dir": hass.config.path("media/2")})
    await set_up_ssh(hass, first, second)
    await ssh_server.become_another(OTHER_KEY)
    await until(lambda: len(issues(hass)) == 2)
    MockConfigEntry(domain=DOMAIN, unique_id=f"{NEW}:{CAMERA_ID}").add_to_hass(hass)
    (issue,) = [issue for issue in issues(hass) if second.entry_id in issue.issue_id]
    await (await Dialog.repair(hass, issue)).submit()
    await meet(hass, second)
    assert [first.unique_id, second.unique_id] == [f"{OLD}:{CAMERA_ID}", f"{NEW}:{SECOND_ID}"]

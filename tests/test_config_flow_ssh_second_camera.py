"""A second camera of a host that is set up already: nobody has to log in again."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.pi_security_camera.const import DOMAIN
from simulator import SimulatedHost

from .conftest import EntryMaker, alert, photos, set_up_ssh, state_of, until
from .dialogs import Dialog
from .runners.ssh_servers import OTHER_KEY, USER_KEY, private_text
from .ssh import SECOND_ID, SshPi, finish, host_form, secrets_in

PASSWORD, OLD, NEW = "right", "old one", "new one"


@pytest.fixture
def two_cameras(pi: SimulatedHost) -> SimulatedHost:
    """The Pi has two cameras."""
    pi.set(cameras=("imx708", "imx219"))
    return pi


async def test_neither_credentials_nor_the_fingerprint_are_asked_again(
    hass: HomeAssistant, two_cameras: SimulatedHost, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    dialog = await host_form(hass, ssh_server)
    assert (dialog.step, dialog.errors) == ("camera", {})
    (camera,) = dialog.fields[0]["selector"]["select"]["options"]
    assert camera["value"] == SECOND_ID
    second = await finish(hass, dialog, name="Garden")

    assert second.unique_id == f"{ssh_server.fingerprint}:{SECOND_ID}"
    way = ("host", "port", "username", "host_key", "private_key")
    assert {name: second.data[name] for name in way} == {name: ssh_entry.data[name] for name in way}
    assert secrets_in(dialog.seen, private_text(USER_KEY)) == []
    # One by the dialog, and one that both cameras share.
    assert (ssh_server.logins, ssh_server.connections()) == (2, 1)
    await alert(hass)
    for entry in (ssh_entry, second):
        assert len(photos(Path(entry.data["photo_dir"]))) == 1


async def test_a_browser_is_sent_no_stored_secret_on_the_whole_way(
    hass: HomeAssistant,
    two_cameras: SimulatedHost,
    ssh_server: SshPi,
    ssh_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    announced: None,
) -> None:
    """As it takes the way itself, through the HTTP that Home Assistant has for it."""
    assert await async_setup_component(hass, "config", {})
    browser, seen = await hass_client(), ""

    async def go(path: str, content: dict[str, Any]) -> dict[str, Any]:
        nonlocal seen
        response = await browser.post(path, json=content)
        while True:
            assert response.status == HTTPStatus.OK, await response.text()
            seen += await response.text()
            shown: dict[str, Any] = await response.json()
            if shown["type"] != "progress":
                return shown
            await hass.async_block_till_done()
            response = await browser.get(path)

    flow = "/api/config/config_entries/flow"
    path = f"{flow}/{(await go(flow, {'handler': DOMAIN}))['flow_id']}"
    await go(path, {"next_step_id": "ssh"})
    shown = await go(path, ssh_server.typed)
    assert shown["step_id"] == "camera"
    camera = {field["name"]: field["default"] for field in shown["data_schema"] if "default" in field}
    assert (await go(path, camera))["step_id"] == "test_photo"
    trigger = await go(path, {"next_step_id": "trigger"})
    typed = {field["name"]: field["default"] for field in trigger["data_schema"] if "default" in field}
    assert (await go(path, typed))["type"] == "create_entry"
    await hass.async_block_till_done(wait_background_tasks=True)

    reconfigure = {"handler": DOMAIN, "entry_id": ssh_entry.entry_id}
    path = f"{flow}/{(await go(flow, reconfigure))['flow_id']}"
    shown = await go(path, {"next_step_id": "ssh"})
    assert shown["data_schema"][0]["description"] == {"suggested_value": "127.0.0.1"}
    assert (await go(path, ssh_server.typed))["step_id"] == "camera"
    assert secrets_in(seen, private_text(USER_KEY)) == []
    assert "PRIVATE KEY" not in seen


async def test_a_host_is_known_by_its_key_under_another_name_too(
    hass: HomeAssistant, two_cameras: SimulatedHost, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    dialog = await (await Dialog.set_up(hass)).choose("ssh")
    await dialog.submit(**ssh_server.typed | {"host": "localhost"})
    assert (dialog.step, dialog.errors) == ("camera", {})
    second = await finish(hass, dialog, name="Garden")
    assert (second.data["host"], second.unique_id) == ("localhost", f"{ssh_server.fingerprint}:{SECOND_ID}")
    assert state_of(hass, "binary_sensor.garden_host").state == "on"


async def test_other_credentials_for_a_known_host_are_those_that_are_tried(
    hass: HomeAssistant, two_cameras: SimulatedHost, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    dialog = await host_form(hass, ssh_server, private_key=private_text(OTHER_KEY))
    assert (dialog.step, dialog.errors) == ("ssh", {"private_key": "key_refused"})
    ssh_server.password = PASSWORD
    await dialog.submit(private_key="", password=PASSWORD)
    second = await finish(hass, dialog, name="Garden")
    assert second.data["password"] == PASSWORD
    assert "private_key" not in second.data
    assert ssh_server.connections() == 2


async def test_another_account_of_a_known_host_has_a_way_in_of_its_own(
    hass: HomeAssistant, two_cameras: SimulatedHost, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    dialog = await (await Dialog.set_up(hass)).choose("ssh")
    await dialog.submit(**ssh_server.typed | {"username": "camera"})
    assert (dialog.step, dialog.told["username"]) == ("authorize_key", "camera")


async def test_stored_credentials_that_are_refused_by_now_can_be_typed_anew(
    hass: HomeAssistant, two_cameras: SimulatedHost, ssh_server: SshPi, make_ssh_entry: EntryMaker
) -> None:
    ssh_server.password = OLD
    entry = make_ssh_entry(data={"password": OLD, "private_key": ""})
    await set_up_ssh(hass, entry)
    ssh_server.password = NEW
    dialog = await host_form(hass, ssh_server)
    assert (dialog.step, dialog.errors) == ("ssh", {"password": "password_refused"})
    assert dialog.filled_in["password"] == ""
    assert secrets_in(dialog.seen, OLD) == []
    await dialog.submit(password=NEW)
    assert dialog.step == "camera"


async def test_a_camera_that_is_set_up_is_not_offered_again(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    dialog = await host_form(hass, ssh_server)
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert ssh_server.connections() == 1


async def test_the_camera_of_the_same_socket_on_this_machine_is_another_one(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    """Two Pis of one model tell the same libcamera id."""
    dialog = await Dialog.camera_form(hass)
    assert dialog.step == "camera"


async def test_each_camera_that_joins_a_connection_is_told_of_it(
    hass: HomeAssistant, two_cameras: SimulatedHost, ssh_server: SshPi, make_ssh_entry: EntryMaker
) -> None:
    """Also when it is reloaded, and the connection was there all the time; or was away."""
    first = make_ssh_entry()
    second = make_ssh_entry(title="Garden", data={"camera": SECOND_ID, "photo_dir": hass.config.path("media/2")})
    await set_up_ssh(hass, first, second)
    await hass.config_entries.async_reload(second.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, "binary_sensor.garden_host").state == "on"
    assert (ssh_server.logins, ssh_server.connections()) == (1, 1)

    await hass.config_entries.async_unload(second.entry_id)
    assert ssh_server.connections() == 1
    await ssh_server.stop()
    await hass.config_entries.async_setup(second.entry_id)
    await until(lambda: state_of(hass, "binary_sensor.garden_host").state == "off")
    assert state_of(hass, "button.garden_take_photo").state == "unavailable"

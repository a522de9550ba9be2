"""Moving a camera from one machine to another: what was there stays there."""

from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedHost

from .conftest import CAMERA_ID, EntryMaker, alert, close_all, photos, set_up, set_up_ssh, state_of, until
from .dialogs import Dialog, watch_loads
from .runners.ssh_servers import OTHER_KEY, USER_KEY, private_text, public_text
from .ssh import SshPi, meet, reauth_flows, secrets_in

LOGIN = {"host", "port", "username", "host_key", "password", "private_key", "passphrase"}
HOST_ENTITY = "binary_sensor.hall_host"


@pytest.fixture
async def other_pi(hass: HomeAssistant, ssh_server: SshPi, tmp_path: Path) -> AsyncGenerator[SshPi]:
    """Another Pi, with a camera of the same model in the same socket."""
    server = SshPi(tmp_path / "other")
    server.host_key = OTHER_KEY
    await server.start()
    yield server
    await close_all(hass)
    await server.stop()
    await server.idle()


async def save(hass: HomeAssistant, dialog: Dialog, entry: MockConfigEntry, **changes: Any) -> None:
    """Go from the form with the camera to the dialog's end."""
    assert (dialog.step, dialog.errors) == ("camera", {})
    await dialog.submit(**changes)
    await dialog.choose("save")
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await meet(hass, entry)


def what_stays(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> dict[str, Any]:
    """Return what a move to another machine does not touch."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {
        "photos": [(path.name, path.read_bytes()) for path in photos(photo_dir)],
        "entities": {each.entity_id: each.unique_id for each in entities if each.entity_id != HOST_ENTITY},
        "device": device.id,
        "options": dict(entry.options),
        "triggers": dict(entry.subentries),
        "title": entry.title,
        "camera": {key: value for key, value in entry.data.items() if key not in LOGIN},
        "last": state_of(hass, "image.hall_last_photo").state,
        "armed": state_of(hass, "switch.hall_armed").state,
    }


async def test_a_camera_moves_to_another_machine_and_back_and_keeps_all_that_it_had(
    hass: HomeAssistant, ssh_server: SshPi, make_entry: EntryMaker, photo_dir: Path
) -> None:
    entry = make_entry(hflip=True)
    await set_up(hass, entry)
    await alert(hass)
    before, loads = what_stays(hass, entry, photo_dir), watch_loads(entry)

    dialog = await Dialog.reconfigure(hass, entry.entry_id, "ssh")
    assert (dialog.step, dialog.filled_in) == ("ssh", {"port": 22, "username": "pi"})
    await dialog.submit(**ssh_server.typed, private_key=private_text(USER_KEY))
    assert dialog.step == "host_key"
    await dialog.submit()
    assert dialog.filled_in["name"] == "Hall"
    await save(hass, dialog, entry)
    assert entry.unique_id == f"{ssh_server.fingerprint}:{CAMERA_ID}"
    assert len(loads) == 1
    assert what_stays(hass, entry, photo_dir) == before
    assert state_of(hass, HOST_ENTITY).state == "on"

    dialog = await Dialog.reconfigure(hass, entry.entry_id, "local")
    await save(hass, dialog, entry)
    assert entry.unique_id == f"local:{CAMERA_ID}"
    assert not LOGIN & entry.data.keys()
    assert len(loads) == 2
    assert what_stays(hass, entry, photo_dir) == before
    assert (hass.states.get(HOST_ENTITY), er.async_get(hass).async_get(HOST_ENTITY)) == (None, None)
    assert ssh_server.connections() == 0
    await alert(hass)
    assert len(photos(photo_dir)) == 2


async def test_where_a_camera_is_now_comes_first(
    hass: HomeAssistant, ssh_entry: MockConfigEntry, make_entry: EntryMaker
) -> None:
    here = make_entry(data={"photo_dir": hass.config.path("media/here")})
    await set_up(hass, here)
    menus = {}
    for entry in (ssh_entry, here):
        shown = await hass.config_entries.flow.async_init(
            "pi_security_camera", context={"source": "reconfigure", "entry_id": entry.entry_id}
        )
        assert shown["description_placeholders"] == {"name": "Hall"}
        menus[entry] = shown["menu_options"]
    assert menus == {ssh_entry: ["ssh", "local"], here: ["local", "ssh"]}


async def test_a_change_of_the_picture_asks_for_no_credentials_and_does_not_reload(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, photo_dir: Path
) -> None:
    loads, before = watch_loads(ssh_entry), dict(ssh_entry.data)
    dialog = await Dialog.reconfigure(hass, ssh_entry.entry_id, "ssh")
    assert dialog.filled_in == ssh_server.typed
    await dialog.submit()
    await save(hass, dialog, ssh_entry, width=800, height=600)
    assert secrets_in(dialog.seen, private_text(USER_KEY)) == []
    assert (loads, dict(ssh_entry.data)) == ([], before | {"width": 800, "height": 600})
    # One of the entry, and one of the dialog, which is closed.
    assert (ssh_server.logins, ssh_server.connections()) == (2, 1)
    await alert(hass)
    assert Image.open(BytesIO(photos(photo_dir)[-1].read_bytes())).size == (800, 600)


async def test_a_camera_moves_to_another_pi_whose_key_is_confirmed(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, other_pi: SshPi, photo_dir: Path
) -> None:
    await alert(hass)
    before, loads = what_stays(hass, ssh_entry, photo_dir), watch_loads(ssh_entry)
    dialog = await Dialog.reconfigure(hass, ssh_entry.entry_id, "ssh")
    await dialog.submit(**other_pi.typed)
    # What opens the one is no business of the other.
    assert dialog.step == "authorize_key"
    other_pi.run_by_hand(dialog.told["command"])
    await dialog.submit()
    assert (dialog.step, dialog.told["fingerprint"]) == ("host_key", other_pi.fingerprint)
    await dialog.submit()
    await save(hass, dialog, ssh_entry)

    assert ssh_entry.unique_id == f"{other_pi.fingerprint}:{CAMERA_ID}"
    assert ssh_entry.data["private_key"] not in {"", private_text(USER_KEY).strip()}
    assert len(loads) == 1
    assert what_stays(hass, ssh_entry, photo_dir) == before
    await until(lambda: (ssh_server.connections(), other_pi.connections()) == (0, 1))
    await alert(hass)
    assert len(photos(photo_dir)) == 2


async def test_a_host_that_has_got_another_address_is_the_same_host(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    unique_id = ssh_entry.unique_id
    dialog = await Dialog.reconfigure(hass, ssh_entry.entry_id, "ssh")
    await dialog.submit(host="localhost")
    await save(hass, dialog, ssh_entry)
    assert (ssh_entry.unique_id, ssh_entry.data["host"]) == (unique_id, "localhost")
    assert state_of(hass, HOST_ENTITY).state == "on"


async def test_closing_the_dialog_or_an_error_changes_nothing(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry
) -> None:
    loads, before = watch_loads(ssh_entry), ssh_entry.as_dict()
    dialog = await Dialog.reconfigure(hass, ssh_entry.entry_id, "ssh")
    await dialog.submit(password="wrong", username="root")  # noqa: S106
    assert dialog.errors == {"base": "password_not_allowed"}
    await dialog.submit(password=None, username="pi")
    assert dialog.step == "camera"
    dialog.close()
    await hass.async_block_till_done()
    assert (loads, ssh_entry.as_dict(), ssh_entry.state) == ([], before, ConfigEntryState.LOADED)
    assert ssh_server.connections() == 1


@pytest.mark.parametrize("host", ["local", "ssh"])
async def test_a_move_ends_the_dialog_that_asks_for_the_old_host_s_credentials(
    hass: HomeAssistant,
    ssh_server: SshPi,
    make_ssh_entry: EntryMaker,
    other_pi: SshPi,
    host: str,
) -> None:
    ssh_server.password = "new one"  # noqa: S105
    entry = make_ssh_entry(data={"password": "old one", "private_key": ""})
    await set_up(hass, entry)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    dialog = await Dialog.reconfigure(hass, entry.entry_id, host)
    if host == "ssh":
        await dialog.submit(**other_pi.typed, private_key=private_text(USER_KEY))
        await dialog.submit()
    await save(hass, dialog, entry)
    assert reauth_flows(hass) == []
    assert not {"password", "old one"} & {*entry.data.keys(), *map(str, entry.data.values())}


async def test_a_camera_of_another_entry_cannot_be_moved_to(
    hass: HomeAssistant, ssh_server: SshPi, ssh_entry: MockConfigEntry, make_entry: EntryMaker, pi: SimulatedHost
) -> None:
    here = make_entry(data={"photo_dir": hass.config.path("media/here")})
    await set_up(hass, here)
    dialog = await Dialog.reconfigure(hass, here.entry_id, "ssh")
    await dialog.submit(**ssh_server.typed)
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert here.unique_id == f"local:{CAMERA_ID}"


async def test_of_two_cameras_the_other_one_stays_connected(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx708", "imx219"))
    first = make_ssh_entry()
    second_id = "/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10"
    second = make_ssh_entry(title="Garden", data={"camera": second_id, "photo_dir": hass.config.path("media/2")})
    await set_up_ssh(hass, first, second)
    dialog = await Dialog.reconfigure(hass, first.entry_id, "local")
    loads = watch_loads(second)
    await save(hass, dialog, first)
    assert (ssh_server.logins, ssh_server.connections(), loads) == (1, 1, [])


async def test_saving_the_same_again_ends_the_rest_after_a_refusal(
    hass: HomeAssistant, ssh_server: SshPi, make_ssh_entry: EntryMaker
) -> None:
    """The user has mended the Pi, and clicks through the dialog to see whether that helps."""
    ssh_server.forget_keys()
    data = make_ssh_entry().data
    entry = make_ssh_entry(data={key: value for key, value in data.items() if value != ""})
    await set_up(hass, entry)
    await until(lambda: reauth_flows(hass) == [entry.entry_id])
    ssh_server.authorize(public_text(USER_KEY))
    await save(hass, await (await Dialog.reconfigure(hass, entry.entry_id, "ssh")).submit(), entry)
    assert state_of(hass, HOST_ENTITY).state == "on"

"""Changing a camera later: what was there stays there."""

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

from custom_components.pi_security_camera.const import DOMAIN
from simulator import SimulatedHost

from .conftest import CAMERA_ID, EntryMaker, alert, capture_runs, photos, set_up, state_of
from .dialogs import Dialog, watch_loads

SECOND_ID = "/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10"


async def change(hass: HomeAssistant, entry: MockConfigEntry, **changes: Any) -> Dialog:
    """Change a camera through the whole dialog."""
    dialog = await (await Dialog.reconfigure(hass, entry.entry_id)).submit(**changes)
    assert (dialog.step, dialog.shown["menu_options"]) == ("test_photo", ["save", "camera"])
    await dialog.choose("save")
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    return dialog


@pytest.mark.parametrize("rotation", [0, 180])
async def test_the_form_shows_what_is_set(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, photo_dir: Path, rotation: int
) -> None:
    entry = make_entry(data={"rotation": rotation, "width": 800, "height": 600})
    await set_up(hass, entry)
    dialog = await Dialog.reconfigure(hass, entry.entry_id)
    assert (dialog.step, dialog.errors) == ("camera", {})
    assert dialog.filled_in == {
        "camera": CAMERA_ID,
        "name": "Hall",
        "width": 800,
        "height": 600,
        "rotation": str(rotation),
        "photo_dir": str(photo_dir),
    }


async def test_a_change_keeps_photos_entities_triggers_and_options_and_reloads_once(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, photo_dir: Path, pi: SimulatedHost
) -> None:
    entry = make_entry(hflip=True)
    await set_up(hass, entry)
    await alert(hass)
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    before, data, subentries = photos(photo_dir), dict(entry.data), dict(entry.subentries)
    entities = sorted(hass.states.async_entity_ids())
    newest = state_of(hass, "image.hall_last_photo").state
    loads = watch_loads(entry)

    await change(hass, entry, name="Garage", width=800.0, height=600.0, rotation="180")
    assert len(loads) == 1
    assert (entry.title, dict(entry.options), dict(entry.subentries)) == ("Garage", {"hflip": True}, subentries)
    assert entry.data == data | {"width": 800, "height": 600, "rotation": 180}
    assert "--hflip" in capture_runs(pi)[-1].argv
    assert photos(photo_dir) == before
    assert sorted(hass.states.async_entity_ids()) == entities
    assert state_of(hass, "image.hall_last_photo").state == newest
    assert state_of(hass, "switch.hall_armed").state == "off"
    assert state_of(hass, "camera.hall").name == "Garage"

    await hass.services.async_call("button", "press", {"entity_id": "button.hall_take_photo"}, blocking=True)
    assert Image.open(BytesIO(photos(photo_dir)[-1].read_bytes())).size == (800, 600)


async def test_another_directory_gets_the_photos_from_now_on(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    before = photos(photo_dir)
    await change(hass, entry, photo_dir=None)
    directory = Path(hass.config.path("media/pi_security_camera/hall"))
    assert entry.data["photo_dir"] == str(directory)
    await change(hass, entry, photo_dir=None)
    assert entry.data["photo_dir"] == str(directory)
    await alert(hass)
    assert (photos(photo_dir), len(photos(directory))) == (before, 1)


async def test_another_camera_of_the_machine_takes_the_place_of_the_old_one(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    pi.set(cameras=("imx708", "imx219"))
    registry = er.async_get(hass)
    before = {entity.entity_id: entity.unique_id for entity in registry.entities.values()}
    await change(hass, entry, camera=SECOND_ID)
    assert (entry.unique_id, entry.data["camera"], entry.data["sensor"]) == (f"local:{SECOND_ID}", SECOND_ID, "imx219")
    assert {entity.entity_id: entity.unique_id for entity in registry.entities.values()} == before
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert device.model == "Camera Module 2 (imx219)"
    await alert(hass)
    assert "--camera 1" in " ".join(capture_runs(pi)[-1].argv)
    assert len(photos(photo_dir)) == 1


async def test_another_size_is_taken_on_without_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    loads = watch_loads(entry)
    await change(hass, entry, width=800, height=600)
    assert loads == []
    await alert(hass)
    assert Image.open(BytesIO(photos(photo_dir)[-1].read_bytes())).size == (800, 600)


async def test_saving_without_a_change_does_not_reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    loads = watch_loads(entry)
    await change(hass, entry)
    assert (loads, entry.state) == ([], ConfigEntryState.LOADED)


async def test_closing_the_dialog_changes_nothing(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    loads, before = watch_loads(entry), entry.as_dict()
    dialog = await Dialog.reconfigure(hass, entry.entry_id)
    await dialog.submit(name="Garage", width=800)
    dialog.close()
    await hass.async_block_till_done()
    assert (loads, entry.as_dict()) == ([], before)


async def test_the_camera_and_the_directory_of_another_entry_are_not_to_be_had(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx708", "imx219", "imx477"))
    taken = hass.config.path("media/taken")
    MockConfigEntry(domain=DOMAIN, unique_id=f"local:{SECOND_ID}", data={"photo_dir": taken}).add_to_hass(hass)
    dialog = await Dialog.reconfigure(hass, entry.entry_id)
    offered = [option["label"].partition(":")[0] for option in dialog.fields[0]["selector"]["select"]["options"]]
    assert offered == ["0", "2"]
    await dialog.submit(photo_dir=taken)
    assert dialog.errors == {"photo_dir": "photo_dir_taken"}


async def test_a_directory_that_another_entry_took_in_the_meantime_is_told_before_anything_is_saved(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    wanted = hass.config.path("media/wanted")
    before = dict(entry.data)
    dialog = await (await Dialog.reconfigure(hass, entry.entry_id)).submit(photo_dir=wanted)
    MockConfigEntry(domain=DOMAIN, unique_id="local:other", data={"photo_dir": wanted}).add_to_hass(hass)
    await dialog.choose("save")
    assert (dialog.step, dialog.errors) == ("camera", {"photo_dir": "photo_dir_taken"})
    assert entry.data == before


async def test_a_camera_that_an_entry_was_changed_to_in_the_meantime_is_not_set_up_again(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx708", "imx219"))
    dialog = await Dialog.trigger_form(hass)
    await change(hass, entry, camera=SECOND_ID)
    await dialog.submit()
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert hass.config_entries.async_entries(DOMAIN) == [entry]


@pytest.mark.options(timeout=2)
async def test_a_camera_in_trouble_can_be_changed_once_it_is_well(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    pi.set(fault="no_camera")
    dialog = await Dialog.reconfigure(hass, entry.entry_id)
    assert (dialog.step, dialog.errors) == ("local", {"base": "no_camera"})
    pi.set(fault="slow_start")
    await dialog.submit()
    await dialog.submit(width=800)
    assert (dialog.step, dialog.errors, dialog.told["seconds"]) == ("camera", {"base": "command_timeout"}, "2")
    pi.heal()
    await dialog.submit()
    await dialog.choose("save")
    assert (entry.data["width"], entry.state) == (800, ConfigEntryState.LOADED)


async def test_a_camera_that_was_replaced_by_another_model_is_changed_for_the_new_one(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx219",))
    dialog = await Dialog.reconfigure(hass, entry.entry_id)
    (option,) = dialog.fields[0]["selector"]["select"]["options"]
    await dialog.submit(camera=option["value"])
    await dialog.choose("save")
    assert entry.data["sensor"] == "imx219"

"""Two dialogs at the same time, a dialog beside an alert, and input that no browser sends."""

import asyncio
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera.const import DOMAIN
from simulator import SimulatedHost

from .conftest import ALERT, TOPIC, photos, until
from .dialogs import Dialog


@pytest.fixture
def two_cameras(pi: SimulatedHost, ready: None) -> SimulatedHost:
    """A Pi with two cameras."""
    pi.set(cameras=("imx708", "imx219"))
    return pi


async def test_two_dialogs_do_not_give_two_cameras_one_directory(
    hass: HomeAssistant, two_cameras: SimulatedHost
) -> None:
    first, second = await Dialog.camera_form(hass), await Dialog.camera_form(hass)
    cameras = [option["value"] for option in first.fields[0]["selector"]["select"]["options"]]
    for dialog, camera in ((first, cameras[0]), (second, cameras[1])):
        await dialog.submit(camera=camera, name="Same")
        await dialog.choose("trigger")
    await first.submit()
    await second.submit()

    assert (second.step, second.errors) == ("camera", {"photo_dir": "photo_dir_taken"})


async def test_a_second_camera_with_the_same_answers_gets_a_directory_of_its_own(
    hass: HomeAssistant, two_cameras: SimulatedHost
) -> None:
    for _ in range(2):
        dialog = await Dialog.trigger_form(hass)
        await dialog.submit()

    directories = [Path(entry.data["photo_dir"]).name for entry in hass.config_entries.async_entries(DOMAIN)]
    assert directories == ["pi_camera", "pi_camera_2"]


async def test_a_camera_that_another_dialog_took_cannot_be_taken_again(
    hass: HomeAssistant, two_cameras: SimulatedHost, entry: MockConfigEntry
) -> None:
    changing = await Dialog.reconfigure(hass, entry.entry_id)
    other = await Dialog.trigger_form(hass)
    await other.submit()
    await changing.submit(camera=other.shown["data"]["camera"])

    assert (changing.shown["type"], changing.shown["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len({entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN)}) == 2


async def test_a_test_photo_and_an_alert_wait_for_each_other(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    """A camera serves one program: an alert during a long test photo found it busy and was lost."""
    pi.set(start_delay=2.5)
    dialog = await Dialog.reconfigure(hass, entry.entry_id)
    testing = hass.async_create_task(dialog.submit())
    await until(lambda: any("-o" in run.argv for run in pi.runs()))
    await asyncio.sleep(0.2)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await testing
    await hass.async_block_till_done(wait_background_tasks=True)

    assert dialog.step == "test_photo"
    assert len(photos(photo_dir)) == 1


@pytest.mark.parametrize("field", ["cooldown", "timeout", "burst_count"])
async def test_options_are_numbers(hass: HomeAssistant, entry: MockConfigEntry, field: str) -> None:
    """No browser sends anything else, but each alert would end in an error that nobody understands."""
    dialog = await Dialog.options(hass, entry.entry_id)
    await dialog.send({**dialog.filled_in, field: float("nan")})

    assert dialog.errors == {"base": "invalid_number"}


@pytest.mark.parametrize(("field", "value"), [("value_min", float("nan")), ("value_max", float("inf"))])
async def test_bounds_are_numbers(hass: HomeAssistant, entry: MockConfigEntry, field: str, value: float) -> None:
    dialog = await Dialog.add_trigger(hass, entry.entry_id)
    await dialog.submit(**{field: value})

    assert dialog.errors[field] == "invalid_number"


async def test_a_shared_subscription_is_refused(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Home Assistant would subscribe, and never hand on a message of it."""
    dialog = await Dialog.add_trigger(hass, entry.entry_id)
    await dialog.submit(topic="$share/group/salle")

    assert dialog.errors == {"topic": "invalid_topic"}


async def test_pasted_blanks_are_no_part_of_a_topic(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    dialog = await Dialog.add_trigger(hass, entry.entry_id)
    await dialog.submit(topic=" garage/door\n", status_key=" contact ", status_values=[" false "])

    (subentry,) = [each for each in entry.subentries.values() if each.title != TOPIC]
    assert subentry.data.items() >= {"topic": "garage/door", "status_key": "contact"}.items()
    assert subentry.data["status_values"] == ["false"]


async def test_an_emptied_name_of_the_status_is_told(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    dialog = await Dialog.add_trigger(hass, entry.entry_id)
    await dialog.submit(status_key=" ")

    assert dialog.errors == {"status_key": "no_key"}


async def test_a_path_with_a_nul_is_no_path(hass: HomeAssistant, ready: None) -> None:
    dialog = await Dialog.camera_form(hass)
    await dialog.submit(photo_dir="/media/a\0b")

    assert dialog.errors == {"photo_dir": "photo_dir_not_absolute"}


async def test_a_test_photo_that_fails_in_an_unforeseen_way_does_not_leave_the_dialog_waiting(
    hass: HomeAssistant, ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("custom_components.pi_security_camera.config_flow.read_photo", fail)
    dialog = await Dialog.camera_form(hass)
    await dialog.submit(name="Hall")

    assert (dialog.step, dialog.errors) == ("camera", {"base": "capture_fault"})

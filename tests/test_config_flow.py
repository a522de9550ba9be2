"""Setting a camera up: the way through the dialog, and what the host can have against it."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.pi_security_camera import host
from custom_components.pi_security_camera.const import DOMAIN
from simulator import LIBCAMERA, RPICAM, SimulatedHost, install

from .conftest import CAMERA_ID, TOPIC, EntryMaker, alert, photos, set_up
from .dialogs import Dialog

SECOND_ID = "/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10"
FLOWS = "/api/config/config_entries/flow"


async def test_the_dialog_goes_from_the_host_over_a_test_photo_to_a_camera_that_listens(
    hass: HomeAssistant, ready: None
) -> None:
    dialog = await Dialog.set_up(hass)
    assert dialog.shown["menu_options"] == ["local", "ssh"]
    await dialog.choose("local")
    assert (dialog.step, dialog.errors) == ("camera", {})
    assert dialog.filled_in == {
        "camera": CAMERA_ID,
        "name": "Pi camera",
        "width": 1024,
        "height": 768,
        "rotation": "0",
    }
    await dialog.submit(name="Front door", width=800.0, height=600.0, rotation="180")
    assert (dialog.step, dialog.shown["menu_options"]) == ("test_photo", ["trigger", "camera"])
    await dialog.choose("trigger")
    assert dialog.filled_in == {
        "topic": TOPIC,
        "qos": "1",
        "status_key": "status",
        "status_values": ["ALERT", "ALERTE"],
        "value_key": "value",
    }
    await dialog.submit(value_min=5.0, value_template="")

    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY
    entry = dialog.shown["result"]
    directory = Path(hass.config.path("media/pi_security_camera/front_door"))
    assert (entry.title, entry.unique_id, entry.options) == ("Front door", f"local:{CAMERA_ID}", {})
    assert entry.data == {
        "camera": CAMERA_ID,
        "sensor": "imx708",
        "width": 800,
        "height": 600,
        "rotation": 180,
        "photo_dir": str(directory),
    }
    assert [type(value) for value in entry.data.values()] == [str, str, int, int, int, str]
    (trigger,) = entry.subentries.values()
    assert (trigger.subentry_type, trigger.title, trigger.unique_id) == ("motion_trigger", TOPIC, None)
    assert trigger.data == {
        "topic": TOPIC,
        "qos": 1,
        "status_key": "status",
        "status_values": ["ALERT", "ALERTE"],
        "value_key": "value",
        "value_min": 5.0,
    }
    await alert(hass)
    assert len(photos(directory)) == 1


async def test_a_browser_can_take_the_whole_way(
    hass: HomeAssistant,
    ready: None,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    announced: None,
) -> None:
    """A form that cannot be turned into JSON, or a test photo that the first dialog cannot show, fails here only."""
    assert await async_setup_component(hass, "config", {})
    # As Home Assistant's own server does: integrations may come after its start.
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    browser, image_loader = await hass_client(), await hass_client_no_auth()

    async def post(path: str, content: dict[str, Any]) -> dict[str, Any]:
        response = await browser.post(path, json=content)
        assert response.status == HTTPStatus.OK, await response.text()
        await hass.async_block_till_done()
        shown: dict[str, Any] = await response.json()
        return shown

    shown = await post(FLOWS, {"handler": DOMAIN})
    path = f"{FLOWS}/{shown['flow_id']}"
    await post(path, {"next_step_id": "local"})
    camera = {"camera": CAMERA_ID, "name": "Hall", "width": 1024, "height": 768, "rotation": "0", "photo_dir": ""}
    assert (await post(path, camera))["type"] == "progress"
    shown = await (await browser.get(path)).json()
    assert shown["step_id"] == "test_photo"
    picture = await image_loader.get(shown["description_placeholders"]["preview_url"])
    assert (picture.status, picture.content_type) == (HTTPStatus.OK, "image/jpeg")
    shown = await post(path, {"next_step_id": "trigger"})
    typed = {field["name"]: field["default"] for field in shown["data_schema"] if "default" in field}
    assert (await post(path, typed))["type"] == "create_entry"


@pytest.mark.parametrize(
    "entry",
    [
        {"domain": "other"},
        {"domain": "mqtt", "source": SOURCE_IGNORE},
        {"domain": "mqtt", "disabled_by": ConfigEntryDisabler.USER},
    ],
    ids=["none", "ignored", "disabled"],
)
@pytest.mark.usefixtures("_integration")
async def test_without_mqtt_the_user_is_told_to_set_it_up_first(hass: HomeAssistant, entry: dict[str, Any]) -> None:
    MockConfigEntry(**entry).add_to_hass(hass)
    dialog = await Dialog.set_up(hass)
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "mqtt_not_configured")


def remove_programs(pi: SimulatedHost) -> None:
    """Do what the Home Assistant container is like: there are no camera programs."""
    for name in RPICAM:
        pi.program(name).unlink()


HOST_ERRORS: dict[str, tuple[Callable[[SimulatedHost], object], str, dict[str, str]]] = {
    "no programs": (remove_programs, "program_not_found", {"program": "rpicam-jpeg"}),
    "no camera": (lambda pi: pi.set(fault="no_camera"), "no_camera", {}),
    "not a Pi": (
        lambda pi: pi.set(fault="not_a_pi"),
        "host_not_supported",
        {"text": "rpicam-apps currently only supports the Raspberry Pi platforms."},
    ),
    "the camera software of old": (
        lambda pi: pi.set(fault="legacy_stack"),
        "host_not_supported",
        {"text": "the system appears to be configured for the legacy camera stack"},
    ),
}


@pytest.mark.parametrize(("hinder", "error", "told"), HOST_ERRORS.values(), ids=HOST_ERRORS)
async def test_what_hinders_the_host_is_told_and_submitting_tries_again(
    hass: HomeAssistant,
    ready: None,
    pi: SimulatedHost,
    hinder: Callable[[SimulatedHost], object],
    error: str,
    told: dict[str, str],
) -> None:
    hinder(pi)
    dialog = await Dialog.set_up(hass)
    await dialog.choose("local")
    assert (dialog.step, dialog.errors, dialog.told) == ("local", {"base": error}, told)
    await dialog.submit()
    assert (dialog.step, dialog.errors) == ("local", {"base": error})

    install(pi.directory, start_delay=0)
    await dialog.submit()
    assert (dialog.step, dialog.errors) == ("camera", {})


async def test_a_program_that_hangs_does_not_hang_the_dialog(
    hass: HomeAssistant, ready: None, pi: SimulatedHost
) -> None:
    pi.program("rpicam-jpeg").write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    dialog = await Dialog.set_up(hass)
    with patch.object(host, "_ASK_LIMIT", 0.5):
        await dialog.choose("local")
    assert (dialog.step, dialog.errors, dialog.told) == ("local", {"base": "command_timeout"}, {"seconds": "0.5"})
    install(pi.directory, start_delay=0)
    await dialog.submit()
    assert dialog.step == "camera"


async def test_an_old_system_with_libcamera_programs_is_set_up_alike(
    hass: HomeAssistant, ready: None, pi: SimulatedHost
) -> None:
    remove_programs(pi)
    install(pi.directory, programs=LIBCAMERA, start_delay=0, bullseye=True)
    dialog = await Dialog.trigger_form(hass)
    await dialog.submit()
    assert dialog.shown["result"].state is ConfigEntryState.LOADED
    assert {run.program for run in pi.runs()} == {"libcamera-jpeg"}


async def test_a_camera_that_is_set_up_is_not_offered_again(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker
) -> None:
    make_entry().add_to_hass(hass)
    dialog = await Dialog.camera_form(hass)
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_a_second_camera_of_the_machine_becomes_an_entry_of_its_own(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, pi: SimulatedHost
) -> None:
    pi.set(cameras=("imx708", "imx219"))
    first = make_entry()
    await set_up(hass, first)
    dialog = await Dialog.camera_form(hass)
    camera = dialog.fields[0]["selector"]["select"]["options"]
    assert camera == [{"value": SECOND_ID, "label": "1: Camera Module 2 (imx219), 3280x2464"}]
    await dialog.submit(name="Garden")
    await dialog.choose("trigger")
    await dialog.submit()
    second = dialog.shown["result"]
    assert (second.unique_id, second.data["sensor"], second.state) == (
        f"local:{SECOND_ID}",
        "imx219",
        ConfigEntryState.LOADED,
    )
    assert first.state is ConfigEntryState.LOADED


async def test_of_two_dialogs_for_one_camera_the_first_to_end_wins(hass: HomeAssistant, ready: None) -> None:
    first, second, third = [await Dialog.camera_form(hass) for _ in range(3)]
    await second.submit()
    await first.submit(name="Hall")
    await first.choose("trigger")
    await first.submit()
    assert first.shown["type"] is FlowResultType.CREATE_ENTRY
    assert not second.is_open
    await third.submit(name="Garden")
    assert (third.shown["type"], third.shown["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1

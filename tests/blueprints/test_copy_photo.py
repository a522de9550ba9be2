"""Each photo handed to actions of the user's choice."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from simulator import SimulatedHost
from tests.conftest import alert, photos, state_of

from .conftest import Automate

CAPTURE = "event.hall_capture"
WORDS = ("path", "filename", "media_content_id", "url", "captured_at", "trigger_name", "topic", "value")
COPY = {"action": "test.copy", "data": {word: f"{{{{ {word} }}}}" for word in WORDS}}


async def automate_copies(automate: Automate, *actions: dict[str, Any]) -> None:
    await automate("copy_photo", {"capture": CAPTURE, "copy": [*actions]})


async def press(hass: HomeAssistant) -> None:
    """Take a photo with the button."""
    await hass.services.async_call("button", "press", {"entity_id": "button.hall_take_photo"}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_actions_get_the_path_and_all_else_of_a_whole_photo(
    hass: HomeAssistant, entry: MockConfigEntry, automate: Automate, photo_dir: Path
) -> None:
    copies: list[tuple[dict[str, Any], bytes]] = []

    async def copy(call: ServiceCall) -> None:
        data = await hass.async_add_executor_job(Path(call.data["path"]).read_bytes)
        copies.append((dict(call.data), data))

    hass.services.async_register("test", "copy", copy)
    await automate_copies(automate, COPY)
    await alert(hass)
    event = state_of(hass, CAPTURE).attributes
    (file,) = photos(photo_dir)
    ((data, picture),) = copies
    assert data == {
        "path": str(file),
        "filename": file.name,
        "media_content_id": event["media_content_id"],
        "url": event["url"],
        "captured_at": event["captured_at"],
        "trigger_name": "salle/mouvement",
        "topic": "salle/mouvement",
        "value": 35,
    }
    assert picture == file.read_bytes()


async def test_photos_that_nobody_was_caught_in_are_copied_too(
    hass: HomeAssistant, entry: MockConfigEntry, automate: Automate, photo_dir: Path
) -> None:
    calls = async_mock_service(hass, "test", "copy")
    await automate_copies(automate, COPY)
    await press(hass)
    (file,) = photos(photo_dir)
    (call,) = calls
    assert call.data["path"] == str(file)
    assert (call.data["topic"], call.data["value"]) == (None, None)


@pytest.mark.options(burst_count=5, burst_interval=0)
async def test_none_of_a_burst_is_lost_nor_out_of_order_while_a_copy_takes_its_time(
    hass: HomeAssistant, entry: MockConfigEntry, automate: Automate, photo_dir: Path
) -> None:
    calls = async_mock_service(hass, "test", "copy")
    await automate_copies(automate, {"delay": {"milliseconds": 300}}, COPY)
    await alert(hass)
    files = sorted(photos(photo_dir), key=lambda file: file.stat().st_mtime_ns)
    assert len(files) == 5
    assert [call.data["path"] for call in calls] == [str(file) for file in files]


async def test_a_copy_that_fails_leaves_the_next_one_alone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    automate: Automate,
    photo_dir: Path,
    expected_complaints: list[str],
) -> None:
    copies: list[str] = []

    async def copy(call: ServiceCall) -> None:
        copies.append(call.data["path"])
        if len(copies) == 1:
            message = "the disk is away"
            raise HomeAssistantError(message)

    hass.services.async_register("test", "copy", copy)
    expected_complaints.append("the disk is away")
    await automate_copies(automate, COPY)
    await alert(hass)
    await alert(hass)
    assert sorted(copies) == [str(file) for file in photos(photo_dir)]
    assert len(copies) == 2


async def test_no_photo_no_copy_and_none_twice(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    automate: Automate,
    pi: SimulatedHost,
    expected_complaints: list[str],
) -> None:
    calls = async_mock_service(hass, "test", "copy")
    await automate_copies(automate, COPY)
    await alert(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    pi.set(cameras=[])
    await alert(hass)
    assert state_of(hass, CAPTURE).attributes["event_type"] == "failed"
    expected_complaints.append(state_of(hass, CAPTURE).attributes["message"])
    assert len(calls) == 1

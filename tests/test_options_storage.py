"""The limits in the options: whole numbers, an empty field is no limit."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pi_security_camera.capture.retention import Limits

from .dialogs import ENGLISH, FRENCH, Dialog
from .storage import change_limits

UNITS = {"keep_days": "d", "keep_count": None, "max_storage": "MB", "min_free_space": "MB"}
DEFAULT = Limits(keep_days=30, min_free_bytes=256_000_000)


async def form(hass: HomeAssistant, entry: MockConfigEntry) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the section's fields and what stands in them."""
    dialog = await Dialog.options(hass, entry.entry_id)
    (section,) = [field for field in dialog.fields if field["name"] == "storage"]
    dialog.close()
    return section["schema"], dialog.filled_in["storage"]


def limits(entry: MockConfigEntry) -> Limits:
    """Return the limits that hold."""
    found: Limits = entry.runtime_data.settings.limits
    return found


async def test_a_new_camera_keeps_photos_for_a_month_and_leaves_room(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    fields, values = await form(hass, entry)
    assert {field["name"]: field["selector"]["number"].get("unit_of_measurement") for field in fields} == UNITS
    assert not any(field.get("required") for field in fields)
    assert values == {"keep_days": 30, "min_free_space": 256}
    assert limits(entry) == DEFAULT


async def test_a_limit_that_was_emptied_is_none_and_stays_so(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await change_limits(hass, entry, **dict.fromkeys(UNITS))
    for _ in range(2):
        assert {name: entry.options[name] for name in UNITS} == dict.fromkeys(UNITS)
        assert limits(entry) == Limits()
        assert (await form(hass, entry))[1] == {}
        await change_limits(hass, entry)


async def test_limits_are_whole_numbers_and_the_form_begins_with_them(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    typed = {"keep_days": 7.0, "keep_count": 100.0, "max_storage": 2.0, "min_free_space": 3.0}
    await change_limits(hass, entry, **typed)
    stored = {name: entry.options[name] for name in UNITS}
    assert stored == typed
    assert {type(value) for value in stored.values()} == {int}
    assert limits(entry) == Limits(keep_days=7, keep_count=100, max_bytes=2_000_000, min_free_bytes=3_000_000)
    assert (await form(hass, entry))[1] == stored
    # To save something else changes none of them.
    await (await Dialog.options(hass, entry.entry_id)).submit(quality=80)
    assert {name: entry.options[name] for name in UNITS} == stored


async def test_what_is_no_limit_is_refused(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A nought would be all photos but the newest."""
    dialog = await Dialog.options(hass, entry.entry_id)
    for name in UNITS:
        for wrong in (0, -1, 1e12, "many"):
            with pytest.raises(InvalidData):
                await dialog.submit(storage={name: wrong})
    for number in (float("nan"), float("inf")):
        try:
            await dialog.submit(storage={"keep_count": number})
        except InvalidData:
            continue
        assert dialog.errors == {"base": "invalid_number"}
    assert entry.options == {}
    assert limits(entry) == DEFAULT


def test_each_limit_has_a_name_and_says_what_it_does() -> None:
    for texts in (ENGLISH, FRENCH):
        section = texts["options"]["step"]["init"]["sections"]["storage"]
        assert section["data"].keys() == section["data_description"].keys() == UNITS.keys()
        assert section["name"]
        assert section["description"]

"""Motion triggers as subentries: added, changed, removed; each change is heard at the broker, without a reload.

A reload would be a gap: alerts that came meanwhile would find nobody.
"""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import ALERT, TOPIC, EntryMaker, alert, photos, set_up, state_of
from .dialogs import ENGLISH, Dialog, watch_loads
from .test_config_flow_trigger import MISTAKES

TRIGGER = {
    "topic": TOPIC,
    "qos": 2,
    "status_key": "état",
    "status_values": ["ALERT"],
    "value_key": "cm",
    "value_min": 5.0,
    "sample_payload": ALERT,
}
DOOR = "garden/door"


@pytest.fixture
async def entry(hass: HomeAssistant, ready: None, make_entry: EntryMaker) -> MockConfigEntry:
    """A camera with one motion trigger, all of whose fields are set."""
    entry: MockConfigEntry = make_entry(triggers=(TRIGGER,))
    await set_up(hass, entry)
    return entry


def only(entry: MockConfigEntry) -> ConfigSubentry:
    """Return the one subentry."""
    (subentry,) = entry.subentries.values()
    assert isinstance(subentry, ConfigSubentry)
    return subentry


async def change(hass: HomeAssistant, entry: MockConfigEntry, **changes: Any) -> Dialog:
    """Change the one motion trigger, and confirm it where a sample is judged first."""
    dialog = await Dialog.change_trigger(hass, entry.entry_id, only(entry).subentry_id)
    await dialog.submit(**changes)
    while dialog.shown["type"] is FlowResultType.FORM:
        assert dialog.errors == {}
        await dialog.submit()
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    return dialog


async def test_an_added_trigger_is_listened_to_and_the_others_still_are(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass, "OPEN", DOOR)
    assert photos(photo_dir) == []
    loads = watch_loads(entry)
    dialog = await Dialog.add_trigger(hass, entry.entry_id)
    assert (dialog.step, dialog.filled_in["topic"], dialog.filled_in["qos"]) == ("user", TOPIC, "1")
    await dialog.submit(topic=DOOR, status_values=["open"])
    assert (dialog.shown["type"], dialog.shown["title"]) == (FlowResultType.CREATE_ENTRY, DOOR)
    assert loads == []

    _, added = entry.subentries.values()
    assert (added.subentry_type, added.title) == ("motion_trigger", DOOR)
    assert added.data == {
        "topic": DOOR,
        "qos": 1,
        "status_key": "status",
        "status_values": ["open"],
        "value_key": "value",
    }
    await alert(hass, "OPEN", DOOR)
    await alert(hass, '{"état": "ALERT", "cm": 6}')
    assert len(photos(photo_dir)) == 2
    assert state_of(hass, "sensor.hall_last_capture").attributes["trigger"] == TOPIC


async def test_a_removed_trigger_is_not_listened_to_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    loads = watch_loads(entry)
    hass.config_entries.async_remove_subentry(entry, only(entry).subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loads == []
    await alert(hass, '{"état": "ALERT", "cm": 6}')
    assert photos(photo_dir) == []
    assert state_of(hass, "sensor.hall_last_outcome").state == "unknown"


@pytest.mark.parametrize(
    ("topic", "heard", "unheard"),
    [
        ("house/+/motion", "house/hall/motion", "house/hall/door/motion"),
        ("house/#", "house/hall/door/motion", "garden"),
        ("+/+", "a/b", "a"),
        ("#", "any/thing", "$SYS/broker/uptime"),
    ],
)
async def test_a_topic_may_have_wildcards(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, topic: str, heard: str, unheard: str
) -> None:
    dialog = await Dialog.add_trigger(hass, entry.entry_id)
    await dialog.submit(topic=topic)
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY
    await alert(hass, topic=unheard)
    assert photos(photo_dir) == []
    await alert(hass, topic=heard)
    assert len(photos(photo_dir)) == 1
    assert state_of(hass, "event.hall_capture").attributes["topic"] == heard


async def test_the_form_shows_what_is_set_and_saving_it_changes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    loads = watch_loads(entry)
    dialog = await Dialog.change_trigger(hass, entry.entry_id, only(entry).subentry_id)
    assert (dialog.step, dialog.filled_in) == ("reconfigure", TRIGGER | {"qos": "2"})
    dialog.close()
    await change(hass, entry)
    assert only(entry).data == TRIGGER
    assert loads == []


async def test_a_changed_trigger_is_listened_to_in_its_new_way_only(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    loads = watch_loads(entry)
    await change(hass, entry, topic=DOOR, status_values=["open"], sample_payload="")
    assert loads == []
    assert "sample_payload" not in only(entry).data
    assert only(entry).data | {"sample_payload": ALERT} == TRIGGER | {"topic": DOOR, "status_values": ["open"]}
    await alert(hass, '{"état": "ALERT", "cm": 6}')
    assert photos(photo_dir) == []
    await alert(hass, '{"état": "open", "cm": 6}', DOOR)
    assert len(photos(photo_dir)) == 1


async def test_a_field_that_was_emptied_is_no_limit_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass, '{"état": "ALERT", "cm": 1}')
    assert photos(photo_dir) == []
    await change(hass, entry, value_min=None)
    assert "value_min" not in only(entry).data
    await alert(hass, '{"état": "ALERT", "cm": 1}')
    assert len(photos(photo_dir)) == 1


async def test_a_name_that_was_the_topic_follows_it(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await change(hass, entry, topic=DOOR)
    assert only(entry).title == DOOR


async def test_a_name_that_the_user_gave_stays(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_subentry(entry, only(entry), title="The door")
    await hass.async_block_till_done(wait_background_tasks=True)
    await change(hass, entry, topic=DOOR)
    assert (only(entry).title, only(entry).data["topic"]) == ("The door", DOOR)


async def test_each_mistake_is_told_by_its_field_and_nothing_typed_is_lost(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    added = await Dialog.add_trigger(hass, entry.entry_id)
    changed = await Dialog.change_trigger(hass, entry.entry_id, only(entry).subentry_id)
    for dialog, step in ((added, "user"), (changed, "reconfigure")):
        typed = dialog.filled_in
        for name, (mistake, errors) in MISTAKES.items():
            await dialog.send(typed | mistake)
            assert (dialog.step, dialog.errors) == (step, errors), name
            assert dialog.filled_in == typed | mistake, name
    assert only(entry).data == TRIGGER


async def test_a_sample_is_judged_before_the_change_is_saved(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    verdicts = ENGLISH["selector"]["verdict"]["options"]
    dialog = await Dialog.change_trigger(hass, entry.entry_id, only(entry).subentry_id)
    assert dialog.told == {"verdict": ""}
    await dialog.submit(status_key="status")
    assert dialog.told == {"verdict": f"**{verdicts['value_missing']}**"}
    await dialog.submit(value_key="value")
    assert dialog.told == {"verdict": f"**{verdicts['alert']}**"}
    assert only(entry).data == TRIGGER
    await dialog.submit()
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert only(entry).data == TRIGGER | {"status_key": "status", "value_key": "value"}

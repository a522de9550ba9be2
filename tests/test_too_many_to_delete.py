"""The brake: so many photos that somebody must be asked stay until somebody has said so."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pi_security_camera.const import DOMAIN

from .conftest import alert, photos, state_of
from .dialogs import ENGLISH, FRENCH, Dialog
from .storage import act_on, answer, change_limits, done, issues, look, names, open_repair, pass_time, plant, restart
from .test_actions import act

ASKED = "too_many_to_delete"


@pytest.fixture
async def planted(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> list[str]:
    """Sixty photos of two days, of which the limits would take all but five, and the question about that."""
    planted = plant(photo_dir, 30, days=3) + plant(photo_dir, 30, days=1)
    await restart(hass, entry)
    assert [*issues(hass)] == [ASKED]
    assert names(photo_dir) == planted
    return planted


pytestmark = pytest.mark.options(keep_count=5)


def day(name: str) -> str:
    """Return the day in a photo's name."""
    return f"{name[8:12]}-{name[12:14]}-{name[14:16]}"


async def test_the_question_says_how_many_from_when_to_when_and_offers_both_ways(
    hass: HomeAssistant, planted: list[str]
) -> None:
    issue = issues(hass)[ASKED]
    told = {"name": "Hall", "count": "55", "first": day(planted[0]), "last": day(planted[54])}
    assert (issue.is_fixable, issue.severity) == (True, ir.IssueSeverity.WARNING)
    assert issue.translation_placeholders == told
    dialog = await open_repair(hass)
    assert (dialog.shown["type"], dialog.told) == (FlowResultType.MENU, told)
    assert dialog.shown["menu_options"] == ["delete", "keep"]
    for texts in (ENGLISH, FRENCH):
        flow = texts["issues"][ASKED]["fix_flow"]
        assert flow["abort"].keys() == {"nothing_to_delete"}
        step = flow["step"]["init"]
        assert step["menu_options"].keys() == {"delete", "keep"}
        assert all(value in step["description"].format(**told) for value in told.values())


async def test_a_dialog_that_is_closed_leaves_the_question(
    hass: HomeAssistant, planted: list[str], photo_dir: Path
) -> None:
    (await open_repair(hass)).close()
    assert ([*issues(hass)], names(photo_dir)) == ([ASKED], planted)


async def test_deleting_takes_those_that_were_shown_and_no_others(
    hass: HomeAssistant, planted: list[str], photo_dir: Path
) -> None:
    """Neither what came since, though the limits take one more for each, nor what was marked or replaced since."""
    dialog = await open_repair(hass)
    await act_on(hass, "keep", planted[0])
    (photo_dir / planted[1]).write_bytes((photo_dir / planted[1]).read_bytes() + b"another")
    await alert(hass)
    assert [*issues(hass)] == [ASKED]
    await dialog.choose("delete")
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY
    left = names(photo_dir)
    assert left[:-1] == planted[:2] + planted[55:]
    assert issues(hass) == {}
    assert state_of(hass, "sensor.hall_photos").state == "8"
    await alert(hass)
    assert (len(photos(photo_dir)), issues(hass)) == (6, {})


async def test_what_the_limits_would_not_take_any_more_is_not_deleted(
    hass: HomeAssistant, entry: MockConfigEntry, planted: list[str], photo_dir: Path
) -> None:
    """Who sees the question, and then that a limit was mistyped, may have the dialog open still."""
    dialog = await open_repair(hass)
    await change_limits(hass, entry, keep_count=500)
    assert issues(hass) == {}
    await dialog.choose("delete")
    assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "nothing_to_delete")
    await alert(hass)
    assert names(photo_dir)[:-1] == planted

    await change_limits(hass, entry, keep_count=5)
    await alert(hass)
    dialog = await open_repair(hass)
    await change_limits(hass, entry, keep_count=8)
    await alert(hass)
    await dialog.choose("delete")
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY
    # 63 there; 58 were shown, of which 55 would still go.
    assert len(photos(photo_dir)) == 8


async def test_keeping_them_lets_the_limits_rest_until_they_are_changed(
    hass: HomeAssistant, entry: MockConfigEntry, planted: list[str], photo_dir: Path
) -> None:
    await answer(hass, "keep")
    assert issues(hass) == {}
    await alert(hass)
    assert state_of(hass, "sensor.hall_photos").state == "61"
    await pass_time(hass, days=1, seconds=1)
    await restart(hass, entry)
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_armed"}, blocking=True)
    await restart(hass, entry)
    assert (len(photos(photo_dir)), issues(hass)) == (61, {})
    assert state_of(hass, "switch.hall_armed").state == "off"
    # Other limits are another question.
    await change_limits(hass, entry, keep_count=40)
    await restart(hass, entry)
    assert len(photos(photo_dir)) == 40


async def test_limits_that_were_changed_and_changed_back_hold_again(
    hass: HomeAssistant, entry: MockConfigEntry, planted: list[str], photo_dir: Path
) -> None:
    await answer(hass, "keep")
    await change_limits(hass, entry, keep_count=500)
    await change_limits(hass, entry, keep_count=5)
    await alert(hass)
    assert ([*issues(hass)], len(photos(photo_dir))) == ([ASKED], 61)
    await answer(hass, "keep")
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_update_entry(entry, options=entry.options | {"keep_count": 6})
    await hass.config_entries.async_setup(entry.entry_id)
    await done(hass)
    assert [*issues(hass)] == [ASKED]


async def test_while_the_limits_rest_the_action_purge_works(
    hass: HomeAssistant, planted: list[str], photo_dir: Path
) -> None:
    await answer(hass, "keep")
    assert (await act(hass, "purge"))["held"] == 55
    assert names(photo_dir) == planted
    assert len((await act(hass, "purge", keep_count=31))["photos"]) == 29
    assert len(photos(photo_dir)) == 31


@pytest.mark.options(keep_count=None)
async def test_a_question_of_an_action_is_its_own(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> None:
    """A photo's own pass does not take it back, nor does a no to it let the camera's limits rest."""
    planted = plant(photo_dir, 60)
    await act(hass, "purge", keep_count=1)
    await alert(hass)
    await look(hass)
    await change_limits(hass, entry, keep_count=None, keep_days=29)
    dialog = await open_repair(hass)
    assert dialog.told["count"] == "59"
    await dialog.choose("keep")
    assert issues(hass) == {}
    assert names(photo_dir)[:-1] == planted
    (old,) = plant(photo_dir, days=30)
    await alert(hass)
    assert old not in names(photo_dir)
    await act(hass, "purge", keep_count=1)
    assert [*issues(hass)] == [ASKED]
    # Another one that takes few answers it.
    await act(hass, "purge", keep_count=40)
    assert issues(hass) == {}


async def test_the_question_goes_by_itself_when_there_is_nothing_to_ask(
    hass: HomeAssistant, planted: list[str], photo_dir: Path
) -> None:
    for name in planted[:50]:
        (photo_dir / name).unlink()
    await pass_time(hass, days=1, seconds=1)
    assert issues(hass) == {}
    assert names(photo_dir) == planted[55:]


@pytest.mark.parametrize("end", ["unload", "remove"])
async def test_the_question_goes_with_the_camera_and_an_open_dialog_deletes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, planted: list[str], photo_dir: Path, end: str
) -> None:
    dialogs = [await open_repair(hass), await open_repair(hass)]
    issue = issues(hass)[ASKED]
    await getattr(hass.config_entries, f"async_{end}")(entry.entry_id)
    await done(hass)
    assert issues(hass) == {}
    for dialog, option in zip(dialogs, ("delete", "keep"), strict=True):
        await dialog.choose(option)
        assert (dialog.shown["type"], dialog.shown["reason"]) == (FlowResultType.ABORT, "nothing_to_delete")
    # A browser's list may be older.
    ir.async_get(hass).issues[DOMAIN, issue.issue_id] = issue
    dialog = await Dialog.repair(hass, issue)
    assert dialog.shown["reason"] == "nothing_to_delete"
    assert names(photo_dir) == planted
    if end == "unload":
        await hass.config_entries.async_setup(entry.entry_id)
        await done(hass)
        assert [*issues(hass)] == [ASKED]


async def test_a_dialog_from_before_a_restart_deletes_what_it_showed(
    hass: HomeAssistant, entry: MockConfigEntry, planted: list[str], photo_dir: Path
) -> None:
    dialog = await open_repair(hass)
    await restart(hass, entry)
    await dialog.choose("delete")
    assert names(photo_dir) == planted[55:]

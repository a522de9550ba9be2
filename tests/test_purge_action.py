"""The action `purge`: what the limits take goes now, or is told, each photo with its reason."""

import os
from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.pi_security_camera.const import DOMAIN

from .archive.faults import Disk, refuse
from .conftest import EntryMaker, alert, set_up, state_of
from .storage import MEGABYTE, act_on, is_marked, issues, last_shown, look, names, plant
from .test_actions import CAMERA, act


def gone(*reasons: tuple[str, str], held: int = 0) -> dict[str, Any]:
    """Return the answer: each photo's name and what it goes for."""
    return {"photos": [{"filename": name, "reason": reason} for name, reason in reasons], "held": held}


@pytest.mark.options(keep_days=30)
async def test_a_dry_run_tells_what_would_go_and_why_and_deletes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    old, *young = plant(photo_dir, days=31) + plant(photo_dir, 3)
    assert await act(hass, "purge", keep_count=2, dry_run=True) == gone((old, "keep_days"), (young[0], "keep_count"))
    assert names(photo_dir) == [old, *young]
    assert await act(hass, "purge", keep_count=2) == gone((old, "keep_days"), (young[0], "keep_count"))
    assert names(photo_dir) == young[1:]
    assert await act(hass, "purge", keep_count=2) == gone()


@pytest.mark.options(keep_days=3, keep_count=4, max_storage=1, min_free_space=1)
async def test_each_limit_is_a_reason_and_all_hold_together(
    hass: HomeAssistant, disk: Disk, entry: MockConfigEntry, photo_dir: Path
) -> None:
    first, second, third, *last = [plant(photo_dir, days=days, size=300_000)[0] for days in (4, 1.5, 1, 0.5, 0.1)]
    by_age, by_size = (first, "keep_days"), (second, "max_storage")
    assert await act(hass, "purge", dry_run=True) == gone(by_age, by_size)
    by_count = (second, "keep_count"), (third, "keep_count")
    assert await act(hass, "purge", keep_count=2, dry_run=True) == gone(by_age, *by_count)
    # Once those are gone, 0.8 MB are free.
    disk.size = 1_700_000
    assert await act(hass, "purge", dry_run=True) == gone(by_age, by_size, (third, "min_free_space"))
    assert names(photo_dir) == [first, second, third, *last]
    await act(hass, "purge")
    assert names(photo_dir) == last
    assert disk.free >= MEGABYTE


async def test_the_camera_s_own_limits_hold_where_none_is_given(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    old, *young = plant(photo_dir, days=31) + plant(photo_dir, 3)
    assert await act(hass, "purge") == gone((old, "keep_days"))
    assert await act(hass, "purge", keep_days=0) == gone(*((name, "keep_days") for name in young[:-1]))
    # The newest never goes.
    assert names(photo_dir) == young[-1:]


async def test_what_is_shown_follows(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> None:
    plant(photo_dir, 5)
    await alert(hass)
    last = last_shown(hass)
    assert len((await act(hass, "purge", keep_count=2))["photos"]) == 4
    assert state_of(hass, "sensor.hall_photos").state == "2"
    assert last_shown(hass) == last


async def test_several_cameras_answer_each_for_itself(
    hass: HomeAssistant, entry: MockConfigEntry, make_entry: EntryMaker, photo_dir: Path, tmp_path: Path
) -> None:
    garden = tmp_path / "photos/garden"
    camera = "/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10"
    await set_up(hass, make_entry(title="Garden", data={"camera": camera, "photo_dir": str(garden)}))
    (first, _), (second, _) = plant(photo_dir, 2), plant(garden, 2)
    targets = [CAMERA, "camera.garden"]
    response: Any = await hass.services.async_call(
        DOMAIN, "purge", {"entity_id": targets, "keep_count": 1}, blocking=True, return_response=True
    )
    assert response == {CAMERA: gone((first, "keep_count")), "camera.garden": gone((second, "keep_count"))}


async def test_an_automation_needs_no_answer(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> None:
    planted = plant(photo_dir, 3)
    await hass.services.async_call(DOMAIN, "purge", {"entity_id": CAMERA, "keep_count": 1}, blocking=True)
    assert names(photo_dir) == planted[2:]


async def test_so_many_that_somebody_must_be_asked_are_told_and_stay(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 60)
    would_go = [(name, "keep_count") for name in planted[:59]]
    assert await act(hass, "purge", keep_count=1, dry_run=True) == gone(*would_go, held=59)
    assert issues(hass) == {}
    assert await act(hass, "purge", keep_count=1) == gone(held=59)
    assert names(photo_dir) == planted
    assert [*issues(hass)] == ["too_many_to_delete"]
    # Half of them is not so many.
    assert len((await act(hass, "purge", keep_count=30))["photos"]) == 30


async def test_marked_photos_stay_and_count_for_no_limit(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 4)
    await act_on(hass, "keep", planted[0])
    assert is_marked(photo_dir / planted[0])
    assert await act(hass, "purge", keep_count=2) == gone((planted[1], "keep_count"))
    assert names(photo_dir) == [planted[0], *planted[2:]]


WRONG: list[dict[str, Any]] = [
    {"keep_count": 0},
    {"keep_count": "few"},
    {"keep_days": -1},
    {"keep_days": "nan"},
    {"dry_run": "perhaps"},
    {"path": "/"},
]


async def test_what_makes_no_sense_is_refused_and_deletes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 3)
    for wrong in WRONG:
        with pytest.raises(vol.Invalid):
            await act(hass, "purge", **wrong)
    for endless in (1e300, "inf"):
        assert await act(hass, "purge", keep_days=endless) == gone()
    assert names(photo_dir) == planted


async def test_who_may_only_look_deletes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hass_read_only_user: MockUser
) -> None:
    planted = plant(photo_dir, 3)
    calls: dict[str, dict[str, Any]] = {
        "purge": {"keep_count": 1},
        "delete": {"filename": planted[0]},
        "keep": {"filename": planted[0]},
    }
    for action, data in calls.items():
        with pytest.raises(Unauthorized):
            await hass.services.async_call(
                DOMAIN,
                action,
                {"entity_id": CAMERA, **data},
                blocking=True,
                context=Context(user_id=hass_read_only_user.id),
            )
    assert names(photo_dir) == planted
    assert not is_marked(photo_dir / planted[0])


async def test_a_directory_that_cannot_be_used_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = plant(photo_dir, 3)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse(30))
        with pytest.raises(HomeAssistantError) as raised:
            await act(hass, "purge", keep_count=1)
        assert raised.value.translation_key == "storage_read_only"
        assert raised.value.translation_placeholders == {"path": str(photo_dir)}
    with monkeypatch.context() as patch:
        patch.setattr(os, "statvfs", refuse(13))
        for dry_run in (True, False):
            with pytest.raises(HomeAssistantError) as raised:
                await act(hass, "purge", keep_count=1, dry_run=dry_run)
            assert raised.value.translation_key == "storage_not_allowed"
    assert names(photo_dir) == planted
    await look(hass)

"""What was begun for limits that hold no longer ends: a mistyped limit that is put right costs no photo more."""

import asyncio
from collections.abc import Callable
from pathlib import Path
import threading
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pi_security_camera import upkeep
from custom_components.pi_security_camera.archive import Archive

from .conftest import until
from .storage import Held, change_limits, done, issues, look, names, open_repair, plant, restart
from .test_actions import act

pytestmark = pytest.mark.options(keep_days=None)

type HoldNth = Callable[[str, int], Held]


@pytest.fixture
def hold_nth(monkeypatch: pytest.MonkeyPatch) -> HoldNth:
    """Let one of the calls of an archive's method wait before it does anything."""

    def hold(method: str, number: int) -> Held:
        held, call, calls = Held(), getattr(Archive, method), iter(range(1, 10_000))
        lock = threading.Lock()

        def slow(archive: Archive, *arguments: Any) -> object:
            with lock:
                this = next(calls)
            if this == number:
                held.began.set()
                held.go_on.wait(10)
            return call(archive, *arguments)

        monkeypatch.setattr(Archive, method, slow)
        return held

    return hold


async def take_photo(hass: HomeAssistant) -> None:
    """Take a photo, which lets the limits be looked at, without waiting for these."""
    await hass.services.async_call("button", "press", {"entity_id": "button.hall_take_photo"}, blocking=True)


async def test_a_limit_that_is_put_right_while_marks_are_read_asks_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hold_nth: HoldNth
) -> None:
    planted = plant(photo_dir, 120)
    await restart(hass, entry)
    await change_limits(hass, entry, keep_count=5)
    held = hold_nth("notes", 1)
    await take_photo(hass)
    await until(held.began.is_set)
    await change_limits(hass, entry, keep_count=5000)
    held.go_on.set()
    await done(hass)
    assert issues(hass) == {}
    assert names(photo_dir)[: len(planted)] == planted


async def test_a_limit_that_is_put_right_while_photos_go_keeps_the_others(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hold_nth: HoldNth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_BATCH", 10)
    plant(photo_dir, 100)
    await restart(hass, entry)
    await change_limits(hass, entry, keep_count=60)
    held = hold_nth("let_go", 5)
    await take_photo(hass)
    await until(held.began.is_set)
    await change_limits(hass, entry, keep_count=5000)
    held.go_on.set()
    await done(hass)
    assert len(names(photo_dir)) == 101 - 10


async def test_an_action_deletes_nothing_more_once_the_camera_is_taken_down(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hold_nth: HoldNth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_BATCH", 10)
    plant(photo_dir, 100)
    await restart(hass, entry)
    held = hold_nth("let_go", 5)
    purge = asyncio.ensure_future(act(hass, "purge", keep_count=60))
    await until(held.began.is_set)
    await hass.config_entries.async_unload(entry.entry_id)
    held.go_on.set()
    await asyncio.gather(purge, return_exceptions=True)
    await done(hass)
    assert len(names(photo_dir)) == 90


@pytest.mark.options(keep_count=5, keep_days=None)
async def test_a_question_that_has_no_reason_any_more_goes_and_its_answer_deletes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 60)
    await restart(hass, entry)
    assert [*issues(hass)] == ["too_many_to_delete"]
    dialog = await open_repair(hass)
    for name in planted[1:56]:
        (photo_dir / name).unlink()
    await dialog.choose("delete")
    await done(hass)
    assert names(photo_dir) == [planted[0], *planted[56:]]

    for name in plant(photo_dir, 60, days=9):
        assert (photo_dir / name).exists()
    await restart(hass, entry)
    assert [*issues(hass)] == ["too_many_to_delete"]
    for name in names(photo_dir)[:-5]:
        (photo_dir / name).unlink()
    await look(hass)
    assert issues(hass) == {}

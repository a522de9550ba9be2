"""Retention: the limits take the oldest photos after each photo, daily and at the start, whatever the clock says."""

from datetime import datetime
from functools import partial
from pathlib import Path
import threading

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.retention import Limits, Plan
from custom_components.pi_security_camera.housekeeping import Housekeeper

from .conftest import ALERT, TOPIC, alert, photos, state_of, until
from .storage import change_limits, done, hold, issues, last_shown, look, names, pass_time, plant, restart, shift_clock

FOREIGN = ("holiday.jpg", "capture_20200101_080000.jpeg", "capture_20200101_080000_1.jpg", "old.txt")


def occupy(directory: Path) -> set[str]:
    """Lay into a directory what is not ours, old as it is; return its names."""
    for name in FOREIGN:
        (directory / name).write_bytes(b"x" * 10_000_000)
    (directory / "capture_20200101_090000.jpg").mkdir()
    (directory / "capture_20200101_100000.jpg").symlink_to("holiday.jpg")
    return {path.name for path in directory.iterdir()}


LIMITS = [
    pytest.param(2, marks=pytest.mark.options(keep_count=3), id="count"),
    pytest.param(3, marks=pytest.mark.options(keep_days=7), id="age"),
    pytest.param(1, marks=pytest.mark.options(max_storage=1), id="size"),
    pytest.param(1, marks=pytest.mark.options(keep_days=7, keep_count=3, max_storage=1), id="all together"),
    pytest.param(5, marks=pytest.mark.options(keep_days=None, min_free_space=None), id="none"),
]


@pytest.mark.parametrize("left", LIMITS)
async def test_after_each_photo_the_oldest_beyond_a_limit_go_and_nothing_of_others(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, left: int
) -> None:
    foreign = occupy(photo_dir)
    planted = plant(photo_dir, 2, days=9, size=400_000) + plant(photo_dir, 3, days=2, size=600_000)
    await alert(hass)
    now = {path.name for path in photo_dir.iterdir()}
    assert foreign <= now
    ours = sorted(now - foreign)
    assert ours[:-1] == planted[5 - left :]
    assert last_shown(hass)[0] == ours[-1]
    assert state_of(hass, "sensor.hall_photos").state == str(left + 1)
    assert issues(hass) == {}


@pytest.mark.options(keep_count=3)
async def test_the_limits_are_kept_at_the_start_too(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 5)
    await restart(hass, entry)
    assert names(photo_dir) == planted[2:]
    assert state_of(hass, "sensor.hall_photos").state == "3"


async def test_the_limits_are_kept_once_a_day_and_not_at_each_look(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    old, young = plant(photo_dir, days=31) + plant(photo_dir, days=29)
    await look(hass)
    assert names(photo_dir) == [old, young]
    await pass_time(hass, days=1, seconds=1)
    assert names(photo_dir) == [young]
    assert state_of(hass, "sensor.hall_photos").state == "1"


async def test_the_newest_stays_however_old_it_is(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> None:
    planted = plant(photo_dir, 3, days=4000)
    await restart(hass, entry)
    await pass_time(hass, days=1, seconds=1)
    assert names(photo_dir) == planted[2:]


async def test_a_changed_limit_holds_from_the_next_photo_on(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    """Not at once: who mistyped can still put it right."""
    planted = plant(photo_dir, 4)
    await change_limits(hass, entry, keep_count=3)
    await look(hass)
    assert names(photo_dir) == planted
    await alert(hass)
    assert names(photo_dir)[:-1] == planted[2:]
    await change_limits(hass, entry, keep_count=None)
    await alert(hass)
    assert len(photos(photo_dir)) == 4


@pytest.mark.options(keep_count=2)
async def test_a_storm_of_alerts_ends_within_the_limits(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    for _ in range(4):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
    await alert(hass)
    assert len(photos(photo_dir)) == 2
    assert state_of(hass, "sensor.hall_photos").state == "2"


@pytest.mark.options(keep_count=300)
async def test_marks_of_many_photos_are_read_some_at_a_time(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow card all of them can take minutes, and a job holds one of Home Assistant's threads."""
    read, jobs = Archive.note, []

    def note(archive: Archive, name: str) -> object:
        jobs.append(threading.current_thread().ident)
        return read(archive, name)

    batches = []
    read_some = Archive.notes

    def notes(archive: Archive, names: tuple[str, ...]) -> object:
        before = len(jobs)
        found = read_some(archive, names)
        batches.append(len(jobs) - before)
        return found

    planted = plant(photo_dir, 550)
    monkeypatch.setattr(Archive, "note", note)
    monkeypatch.setattr(Archive, "notes", notes)
    await restart(hass, entry)
    assert names(photo_dir) == planted[250:]
    assert max(batches) <= 200
    # Besides, only the last photo was read, for its cause.
    assert len(jobs) - sum(batches) < 5
    assert len(jobs) < 600


async def test_fresh_photos_stay_when_the_clock_jumps_forward(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(photo_dir, 5)
    await alert(hass)
    (fresh,) = names(photo_dir)[5:]
    shift_clock(monkeypatch, days=3000)
    await alert(hass)
    await pass_time(hass, days=1, seconds=1)
    # Five are no more than fifty: they do look old.
    first, second = names(photo_dir)
    assert first == fresh
    assert last_shown(hass)[0] == second


async def test_a_jump_forward_that_makes_many_look_old_asks_first(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = plant(photo_dir, 51)
    await look(hass)
    shift_clock(monkeypatch, days=3000)
    await alert(hass)
    assert names(photo_dir)[:-1] == planted
    assert [*issues(hass)] == ["too_many_to_delete"]
    # The clock is put right: nothing is to be asked any more.
    shift_clock(monkeypatch)
    await alert(hass)
    assert (len(photos(photo_dir)), issues(hass)) == (53, {})


async def test_after_a_jump_back_the_last_photo_is_the_one_that_was_saved_last(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alert(hass)
    (newest,) = names(photo_dir)
    shift_clock(monkeypatch, days=-300)
    await alert(hass)
    await look(hass)
    saved_last = names(photo_dir)[0]
    assert saved_last < newest
    assert last_shown(hass)[0] == saved_last
    # The clock is put right: that one looks as old as its name, and is as young as it is.
    shift_clock(monkeypatch)
    await alert(hass)
    assert len(photos(photo_dir)) == 3
    assert last_shown(hass)[0] == names(photo_dir)[2]


async def test_names_of_the_same_second_never_overwrite(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alert(hass)
    (first,) = photos(photo_dir)
    before = first.read_bytes()
    moment = state_of(hass, "event.hall_capture").attributes["captured_at"]
    monkeypatch.setattr(
        "custom_components.pi_security_camera.coordinator.dt_util.utcnow", lambda: datetime.fromisoformat(moment)
    )
    await alert(hass)
    assert [path.name for path in photos(photo_dir)] == [first.name, f"{first.stem}_2.jpg"]
    assert first.read_bytes() == before
    assert last_shown(hass)[0] == f"{first.stem}_2.jpg"


async def test_a_look_from_before_a_photo_does_not_show_the_photo_before_it(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alert(hass)
    held = hold(monkeypatch)
    try:
        looking = hass.async_create_task(look(hass))
        await until(held.began.is_set)
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        # The photo's own look has seen both.
        await until(lambda: state_of(hass, "sensor.hall_photos").state == "2")
    finally:
        held.go_on.set()
    await looking
    assert last_shown(hass)[0] == names(photo_dir)[1]
    assert state_of(hass, "sensor.hall_photos").state == "2"


@pytest.mark.options(keep_count=2)
async def test_photos_that_come_while_a_pass_runs_are_served_by_one_more(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, passes, draft = threading.Event(), [], Housekeeper.draft

    def slow(keeper: Housekeeper, limits: Limits, now: datetime, tried: frozenset[str]) -> tuple[Plan, list[str]]:
        passes.append(now)
        go_on.wait(10)
        return draft(keeper, limits, now, tried)

    def is_shown(count: int) -> bool:
        found = names(photo_dir)
        return len(found) == count and last_shown(hass)[0] == found[-1]

    monkeypatch.setattr(Housekeeper, "draft", slow)
    try:
        for count in range(1, 5):
            async_fire_mqtt_message(hass, TOPIC, ALERT)
            await until(partial(is_shown, count))
    finally:
        go_on.set()
    await done(hass)
    assert len(passes) == 2
    assert len(photos(photo_dir)) == 2

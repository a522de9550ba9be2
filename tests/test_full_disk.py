"""A disk that fills up: the oldest photos make room; where that does not help, a repair tells until there is room."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pi_security_camera.capture.jpeg import Size, read_size

from .archive.faults import Disk
from .conftest import alert, photos, state_of
from .small_disk import SmallDisk
from .ssh import our_log
from .storage import MEGABYTE, act_on, answer, change_limits, issues, last_shown, look, names, outcome, plant

FULL = ("failed", "storage_full")
CAPTURED = ("captured", None)


def all_whole(directory: Path) -> bool:
    """Say whether all that lies there, besides the filler, is whole photos."""
    files = [path for path in directory.iterdir() if path.name != "filler"]
    return {read_size(path.read_bytes()) for path in files} == {Size(1024, 768)}


async def fill(hass: HomeAssistant, directory: Path) -> list[str]:
    """Take photos until the first ones have gone; return the names of all."""
    taken: list[str] = []
    while len(taken) < 30 and (not taken or taken[0] in names(directory)):
        await alert(hass)
        assert outcome(hass) == CAPTURED
        name = last_shown(hass)[0]
        assert name
        taken.append(name)
    return taken


async def test_a_real_disk_that_is_filled_keeps_the_newest_and_never_fails(
    hass: HomeAssistant, small: SmallDisk, photo_dir: Path
) -> None:
    taken = await fill(hass, photo_dir)
    left = names(photo_dir)
    assert left == taken[-len(left) :]
    assert 5 < len(left) < len(taken)
    assert all_whole(photo_dir)
    assert issues(hass) == {}
    assert small.free_bytes > MEGABYTE - 200_000


async def test_a_real_disk_that_others_fill_is_told_until_there_is_room_and_nothing_is_lost(
    hass: HomeAssistant, small: SmallDisk, photo_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(hass, photo_dir)
    before = names(photo_dir)
    small.fill()
    for _ in range(3):
        await alert(hass)
        assert outcome(hass) == FULL
        assert state_of(hass, "event.hall_capture").attributes["error"] == "storage_full"
    await look(hass)
    (issue,) = issues(hass).values()
    assert issue.translation_key == "storage_full"
    assert (issue.translation_placeholders or {})["path"] == str(photo_dir)
    assert (names(photo_dir), last_shown(hass)[0]) == (before, before[-1])
    assert state_of(hass, "sensor.hall_photos").state == str(len(before))
    assert all_whole(photo_dir)
    small.make_room()
    await look(hass)
    assert issues(hass) == {}
    await alert(hass)
    assert (outcome(hass), names(photo_dir)[-2]) == (CAPTURED, before[-1])
    assert [level for level, _ in our_log(caplog) if level != "DEBUG"] == ["WARNING", "INFO"]


async def test_a_disk_that_is_full_to_the_last_byte_stays_told_without_a_limit_of_its_own(
    hass: HomeAssistant, small: SmallDisk, photo_dir: Path
) -> None:
    """There is nothing to compare the free space with: only writing tells."""
    (entry,) = hass.config_entries.async_loaded_entries("pi_security_camera")
    await change_limits(hass, entry, min_free_space=None)  # type: ignore[arg-type]
    await alert(hass)
    small.fill()
    await alert(hass)
    assert outcome(hass) == FULL
    for _ in range(2):
        await look(hass)
        assert [*issues(hass)] == ["storage_full"]
    assert (len(photos(photo_dir)), all_whole(photo_dir)) == (1, True)
    small.make_room()
    await look(hass)
    assert issues(hass) == {}


@pytest.mark.options(min_free_space=1)
async def test_when_room_is_short_only_as_many_go_as_are_needed(
    hass: HomeAssistant, disk: Disk, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 4, size=400_000)
    disk.size = 2_300_000
    await alert(hass)
    assert (outcome(hass), names(photo_dir)[:-1]) == (CAPTURED, planted[1:])
    disk.others = 600_000
    await alert(hass)
    assert (outcome(hass), names(photo_dir)[0]) == (CAPTURED, planted[3])
    assert disk.free >= MEGABYTE


@pytest.mark.options(min_free_space=1)
async def test_marked_photos_make_no_room(
    hass: HomeAssistant, disk: Disk, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 3, size=400_000)
    for name in planted:
        await act_on(hass, "keep", name)
    disk.size = 2_000_000
    await alert(hass)
    assert (outcome(hass), names(photo_dir)) == (FULL, planted)
    await act_on(hass, "release", planted[0])
    await act_on(hass, "delete", planted[2])
    await look(hass)
    assert issues(hass) == {}
    await alert(hass)
    assert (outcome(hass), names(photo_dir)[:-1]) == (CAPTURED, planted[:2])


@pytest.mark.options(min_free_space=1)
async def test_room_that_would_cost_too_many_photos_is_told_and_asked_for(
    hass: HomeAssistant, disk: Disk, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 60, size=10_000)
    disk.size = 600_000 + 450_000
    await alert(hass)
    assert (outcome(hass), names(photo_dir)) == (FULL, planted)
    assert issues(hass).keys() == {"storage_full", "too_many_to_delete"}
    await answer(hass, "delete")
    await look(hass)
    assert (len(names(photo_dir)), issues(hass)) == (5, {})
    await alert(hass)
    assert outcome(hass) == CAPTURED


@pytest.mark.options(min_free_space=1)
async def test_where_a_user_would_not_have_them_deleted_the_disk_stays_full(
    hass: HomeAssistant, disk: Disk, entry: MockConfigEntry, photo_dir: Path
) -> None:
    planted = plant(photo_dir, 60, size=10_000)
    disk.size = 600_000 + 450_000
    await alert(hass)
    await answer(hass, "keep")
    await alert(hass)
    assert (outcome(hass), names(photo_dir), [*issues(hass)]) == (FULL, planted, ["storage_full"])
    await change_limits(hass, entry, min_free_space=None)
    await look(hass)
    assert issues(hass) == {}
    await alert(hass)
    assert outcome(hass) == CAPTURED

"""The sensors of a camera's storage: how many photos, today's, their size, the room, the oldest one."""

from datetime import datetime, timedelta
import os
from pathlib import Path
import shutil
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .archive.conftest import others_change
from .archive.faults import Disk
from .conftest import alert, photos, state_of
from .pictures import picture
from .storage import last_shown, look, names, pass_time, plant, shift_clock

NOISY = ("storage_used", "free_space", "oldest_photo")
ALL = ("photos", "photos_today", *NOISY)


@pytest.fixture
async def enabled(hass: HomeAssistant, disk: Disk, entry: MockConfigEntry) -> MockConfigEntry:
    """A camera with all of its sensors."""
    for key in NOISY:
        er.async_get(hass).async_update_entity(f"sensor.hall_{key}", disabled_by=None)
    # Home Assistant sets the camera up anew for them, half a minute later.
    await pass_time(hass, seconds=31)
    return entry


def shown(hass: HomeAssistant, *keys: str) -> list[str]:
    """Return the states of some sensors."""
    return [state_of(hass, f"sensor.hall_{key}").state for key in keys or ALL]


async def test_the_noisy_ones_are_off_at_first(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    registry = er.async_get(hass)
    off = {key: registry.async_get(f"sensor.hall_{key}") for key in ALL}
    assert {key: entity is not None and entity.disabled for key, entity in off.items()} == {
        key: key in NOISY for key in ALL
    }


async def test_an_empty_directory_holds_nothing_and_has_no_oldest_photo(
    hass: HomeAssistant, enabled: MockConfigEntry, disk: Disk
) -> None:
    disk.size = 5_900_000
    await look(hass)
    assert shown(hass) == ["0", "0", "0", "5", "unknown"]


async def test_the_values_and_their_units(
    hass: HomeAssistant, enabled: MockConfigEntry, disk: Disk, photo_dir: Path
) -> None:
    oldest, *_ = plant(photo_dir, 2, days=3, size=1_600_000)
    disk.size = 10_000_000
    disk.others = 1_000_000
    await look(hass)
    moment = datetime.strptime(oldest, "capture_%Y%m%d_%H%M%S.jpg").replace(tzinfo=dt_util.get_default_time_zone())
    states = {key: state_of(hass, f"sensor.hall_{key}") for key in ALL}
    assert shown(hass, "photos", "photos_today", "storage_used", "free_space") == ["2", "0", "3", "5"]
    assert abs(datetime.fromisoformat(states["oldest_photo"].state) - moment) < timedelta(seconds=1)
    units = {key: state.attributes.get("unit_of_measurement") for key, state in states.items()}
    assert units == {
        "photos": "photos",
        "photos_today": "photos",
        "storage_used": "MB",
        "free_space": "MB",
        "oldest_photo": None,
    }
    classes = {key: state.attributes.get("state_class") for key, state in states.items()}
    assert classes == dict.fromkeys(ALL, "measurement") | {"oldest_photo": None}
    # Recorded with each change: nothing but what names them.
    names = {name for key in ALL for name in states[key].attributes}
    assert names == {"friendly_name", "unit_of_measurement", "device_class", "state_class"}


async def test_a_disk_that_does_not_tell_its_space_leaves_it_unknown(
    hass: HomeAssistant, enabled: MockConfigEntry, disk: Disk
) -> None:
    disk.size = 0
    await look(hass)
    assert shown(hass, "photos", "free_space") == ["0", "unknown"]
    await alert(hass)
    assert shown(hass, "photos", "free_space") == ["1", "unknown"]


async def test_today_s_photos_begin_anew_at_midnight(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = dt_util.now()
    to_noon = (now.replace(hour=12, minute=0) - now) / timedelta(hours=1)
    shift_clock(monkeypatch, hours=to_noon)
    await alert(hass)
    await alert(hass)
    assert shown(hass, "photos", "photos_today") == ["2", "2"]
    shift_clock(monkeypatch, hours=to_noon + 11.9)
    await look(hass)
    assert shown(hass, "photos", "photos_today") == ["2", "2"]
    shift_clock(monkeypatch, hours=to_noon + 12.1)
    await look(hass)
    assert shown(hass, "photos", "photos_today") == ["2", "0"]
    await alert(hass)
    assert shown(hass, "photos", "photos_today") == ["3", "1"]


async def test_what_others_change_shows_within_a_minute(
    hass: HomeAssistant, enabled: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    (ours,) = photos(photo_dir)
    assert shown(hass, "photos", "photos_today", "storage_used") == ["1", "1", "0"]
    (first, second) = plant(photo_dir, 2, days=2, size=2_000_000)
    (photo_dir / "holiday.jpg").write_bytes(picture())
    await look(hass)
    assert shown(hass, "photos", "photos_today", "storage_used") == ["3", "1", "4"]
    # What was added is older than the one that is shown.
    assert last_shown(hass)[0] == ours.name
    (photo_dir / first).unlink()
    others_change(photo_dir)
    await look(hass)
    assert shown(hass, "photos", "storage_used") == ["2", "2"]
    replacement = photo_dir / "new"
    replacement.write_bytes(picture().ljust(5_000_000, b"\0"))
    replacement.replace(photo_dir / second)
    others_change(photo_dir)
    await look(hass)
    assert shown(hass, "photos", "storage_used") == ["2", "5"]
    ours.unlink()
    others_change(photo_dir)
    await look(hass)
    assert shown(hass, "photos", "photos_today") == ["1", "0"]
    assert last_shown(hass)[0] == second
    assert state_of(hass, "sensor.hall_last_capture").attributes["trigger"] is None


async def test_a_photo_that_was_deleted_by_others_gives_way_when_somebody_looks_at_it(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hass_client: Any
) -> None:
    """A dashboard shall not show an error for a minute."""
    await alert(hass)
    await alert(hass)
    first, second = photos(photo_dir)
    second.unlink()
    others_change(photo_dir)
    client = await hass_client()
    response = await client.get(state_of(hass, "camera.hall").attributes["entity_picture"])
    assert await response.read() == first.read_bytes()
    assert last_shown(hass)[0] == first.name
    assert shown(hass, "photos") == ["1"]


async def test_while_the_directory_cannot_be_read_nothing_is_known(
    hass: HomeAssistant, enabled: MockConfigEntry, photo_dir: Path, tmp_path: Path
) -> None:
    await alert(hass)
    away = tmp_path / "away"
    photo_dir.rename(away)
    await look(hass)
    assert shown(hass) == ["unknown"] * 5
    away.rename(photo_dir)
    await look(hass)
    assert shown(hass, "photos", "photos_today") == ["1", "1"]
    shutil.copy(photo_dir / names(photo_dir)[0], photo_dir / "capture_20200101_080000.jpg")
    os.utime(photo_dir)
    await look(hass)
    assert shown(hass, "photos")[0] == "2"
    assert shown(hass, "oldest_photo")[0].startswith("2020-01-01")

"""What the tests of a camera's storage share: photos from before, time that passes, a disk of a known size, repairs."""

from datetime import UTC, datetime, timedelta
import os
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.const import DOMAIN

from .conftest import photos, state_of
from .dialogs import Dialog
from .pictures import picture

MEGABYTE = 1_000_000
FOREIGN = ("holiday.jpg", "capture_20200101_080000.jpeg", "capture_20200101_080000_1.jpg", "old.txt")


def plant(directory: Path, count: int = 1, *, days: float = 1, size: int = 0) -> list[str]:
    """Lay photos of the script before us into a directory, the newest so many days old, the others a minute apart.

    Return their names, the oldest first. `size` is the least that each has, in bytes.
    """
    directory.mkdir(exist_ok=True)
    names = []
    for minutes in reversed(range(count)):
        moment = dt_util.now() - timedelta(days=days, minutes=minutes)
        names.append(f"{moment:capture_%Y%m%d_%H%M%S.jpg}")
        path = directory / names[-1]
        path.write_bytes(picture().ljust(size, b"\0"))
        os.utime(path, (moment.timestamp(), moment.timestamp()))
    touch(directory)
    return names


def touch(directory: Path) -> None:
    """Let a change of others show, however coarse the file system's clock is."""
    before = directory.stat().st_mtime_ns
    os.utime(directory, ns=(before + 10**7, before + 10**7))


def names(directory: Path) -> list[str]:
    """Return the photos' names, the oldest first."""
    return [path.name for path in photos(directory)]


async def done(hass: HomeAssistant) -> None:
    """Wait for what goes on in the background."""
    await hass.async_block_till_done(wait_background_tasks=True)


async def pass_time(hass: HomeAssistant, **more: float) -> None:
    """Let time pass for all that waits; the clock stays as it is."""
    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(**more))
    await done(hass)


async def look(hass: HomeAssistant) -> None:
    """Let a minute pass."""
    await pass_time(hass, seconds=61)


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Take the camera down and set it up again: what lies in memory is gone."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await done(hass)


async def change_limits(hass: HomeAssistant, entry: MockConfigEntry, **limits: float | None) -> None:
    """Change limits in the options, as a user does."""
    dialog = await Dialog.options(hass, entry.entry_id)
    await dialog.submit(storage=limits)
    assert dialog.shown["type"] == "create_entry"


def shift_clock(monkeypatch: pytest.MonkeyPatch, **by: float) -> None:
    """Let the clock jump, as it does on a machine without a battery; what measures durations goes on."""
    shift = timedelta(**by)
    monkeypatch.setattr(dt_util, "utcnow", lambda: datetime.now(UTC) + shift)
    monkeypatch.setattr(dt_util, "now", lambda zone=None: datetime.now(zone or dt_util.get_default_time_zone()) + shift)


def issues(hass: HomeAssistant) -> dict[str | None, ir.IssueEntry]:
    """Return our issues that are shown, by their keys."""
    found = [issue for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN and issue.active]
    assert len({issue.translation_key for issue in found}) == len(found)
    return {issue.translation_key: issue for issue in found}


def outcome(hass: HomeAssistant) -> tuple[str, str | None]:
    """Return what became of the last alert, and the reason."""
    state = state_of(hass, "sensor.hall_last_outcome")
    return state.state, state.attributes.get("reason")


def last_shown(hass: HomeAssistant) -> tuple[str | None, str]:
    """Return the name of the photo that is shown as the last one, and the image's state."""
    name = state_of(hass, "sensor.hall_last_capture").attributes.get("filename")
    return name, state_of(hass, "image.hall_last_photo").state


def note_of(path: Path) -> bool:
    """Say whether a photo's file carries the mark."""
    note = Archive(path.parent, lambda: UTC).note(path.name)
    assert note is not None
    return note.kept

"""What the tests of a camera's storage share: photos from before, time that passes, actions, repairs."""

from datetime import UTC, datetime, timedelta
import os
from pathlib import Path
import threading

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.listing import Summary
from custom_components.pi_security_camera.const import DOMAIN

from .archive.conftest import others_change
from .conftest import photos, state_of
from .dialogs import Dialog
from .pictures import picture

MEGABYTE = 1_000_000


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
    others_change(directory)
    return names


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


def is_marked(path: Path) -> bool:
    """Say whether a photo's file carries the mark."""
    note = Archive(path.parent, lambda: UTC).note(path.name)
    assert note is not None
    return note.kept


async def act_on(hass: HomeAssistant, action: str, filename: str, target: str = "camera.hall") -> None:
    """Call an action for one photo."""
    await hass.services.async_call(DOMAIN, action, {"entity_id": target, "filename": filename}, blocking=True)


async def open_repair(hass: HomeAssistant) -> Dialog:
    """Open the question's dialog."""
    return await Dialog.repair(hass, issues(hass)["too_many_to_delete"])


async def answer(hass: HomeAssistant, option: str) -> None:
    """Answer the question."""
    dialog = await (await open_repair(hass)).choose(option)
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY


class Held:
    """A job in the executor that waits."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.go_on = threading.Event()


def hold(monkeypatch: pytest.MonkeyPatch) -> Held:
    """Let the next look at the directory wait after it has looked."""
    held, summary = Held(), Archive.summary

    def slow(archive: Archive, *arguments: object) -> Summary:
        found: Summary = summary(archive, *arguments)  # type: ignore[arg-type]
        if not held.began.is_set():
            held.began.set()
            held.go_on.wait(10)
        return found

    monkeypatch.setattr(Archive, "summary", slow)
    return held

"""Looking for photos in the media browser: by day, by time of day, by trigger."""

from collections.abc import Callable
from datetime import datetime, timedelta
import os
from pathlib import Path
import shutil
import threading

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.pi_security_camera import media_source as source_module
from custom_components.pi_security_camera.capture.photo import Cause

from .browser import Browser
from .conftest import EntryMaker, alert, photos, set_up
from .pictures import picture

SMALL = picture(16, 12)
CAUSES = {
    "2026-02-12 23:59:59": Cause("Entrée", "salle/mouvement", 40, 500),
    "2026-02-13 00:00:00": Cause("button"),
    "2026-02-13 14:25:30": Cause("Jardin", "jardin/mouvement", None, 500),
    "2026-02-13 14:26:00": Cause("Entrée", "salle/mouvement", 40, 500),
    "2026-03-13 14:59:59": Cause("Jardin", "jardin/mouvement", None, 500),
}
ALL = [*reversed(CAUSES)]


async def save(hass: HomeAssistant, entry: MockConfigEntry, causes: dict[str, Cause]) -> None:
    """Keep photos that were taken at these local times."""
    storage, zone = entry.runtime_data.storage, dt_util.get_default_time_zone()
    for taken_at, cause in causes.items():
        moment = datetime.fromisoformat(taken_at).replace(tzinfo=zone)
        await storage.run(storage.archive.save, SMALL, moment, cause)


@pytest.fixture
async def browser(hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator) -> Browser:
    """Five photos of one camera, and a media browser."""
    assert await async_setup_component(hass, "media_source", {})
    await save(hass, entry, CAUSES)
    return Browser(await hass_ws_client())


@pytest.fixture
async def second(hass: HomeAssistant, browser: Browser, make_entry: EntryMaker) -> MockConfigEntry:
    """A second camera, with a photo between those of the first."""
    data = {"photo_dir": hass.config.path("media/garage")}
    second = make_entry(triggers=({"topic": "garage"},), data=data, title="Garage")
    await set_up(hass, second)
    await save(hass, second, {"2026-02-13 14:25:45": Cause("Porte", "garage")})
    return second


SEARCHES: dict[str, list[int]] = {
    "": [0, 1, 2, 3, 4],
    "2026-02-13": [1, 2, 3],
    "2026-2-13": [1, 2, 3],
    "2026-02": [1, 2, 3, 4],
    "13/02/2026": [1, 2, 3],
    "13.02.2026": [1, 2, 3],
    "13/02": [1, 2, 3],
    "13.2.": [1, 2, 3],
    "14:25": [2],
    "14h25": [2],
    "14h": [0, 1, 2],
    "14:25:30": [2],
    "14:25-14:26": [1, 2],
    "14:25:31-14:26:00": [1],
    "23h-00h": [3, 4],
    "2026-02-13 14h": [1, 2],
    # As titles and events tell photos, so that they can be copied.
    "2026-02-13 14:25:30": [2],
    "capture_20260213_142530.jpg": [2],
    "jardin": [0, 2],
    "JARDIN": [0, 2],
    "entrée": [1, 4],
    "entree": [1, 4],
    "entre\u0301e": [1, 4],
    "salle/mouvement": [1, 4],
    "mouvement 2026-02-13": [1, 2],
    "button": [3],
    "jardin entrée": [],
    "14h 2026-02-12": [],
    "2026-13-45": [],
    "25:00": [],
    "nothing of that kind": [],
    "/../*?[": [],
}


async def test_photos_are_found_by_day_time_and_trigger_the_newest_first(
    browser: Browser, entry: MockConfigEntry
) -> None:
    found = {text: await browser.find(text, entry.entry_id) for text in SEARCHES}
    assert found == {text: [ALL[number] for number in wanted] for text, wanted in SEARCHES.items()}


async def test_within_a_day_only_its_photos_are_found(browser: Browser, entry: MockConfigEntry) -> None:
    day = f"{entry.entry_id}/2026-02-13"
    assert await browser.find("jardin", day) == ["2026-02-13 14:25:30"]
    assert await browser.find("2026-03-13", day) == []
    assert await browser.find("", f"{entry.entry_id}/2026-01-01") == []


async def test_what_is_found_can_be_opened(browser: Browser, entry: MockConfigEntry) -> None:
    (found,) = (await browser.ask("search", entry.entry_id, search_query="14:25"))["result"]["result"]
    assert (found["media_class"], found["can_play"], found["can_expand"]) == ("image", True, False)
    name = "capture_20260213_142530.jpg"
    assert found["thumbnail"] == f"/api/pi_security_camera/thumbnail/{entry.entry_id}/{name}"
    resolved = (await browser.ask("resolve", found["media_content_id"]))["result"]
    assert name in resolved["url"]


async def test_marked_photos_are_found_by_their_mark(
    hass: HomeAssistant, browser: Browser, entry: MockConfigEntry
) -> None:
    data = {"entity_id": "camera.hall", "filename": "capture_20260213_142530.jpg"}
    await hass.services.async_call("pi_security_camera", "keep", data, blocking=True)
    for word in ("kept", "Gardée", "gardées"):
        assert await browser.find(word, entry.entry_id) == ["2026-02-13 14:25:30"]
    assert await browser.find("kept entrée", entry.entry_id) == []
    await hass.services.async_call("pi_security_camera", "release", data, blocking=True)
    assert await browser.find("kept", entry.entry_id) == []


async def test_photos_of_others_have_no_trigger_and_are_found_by_time(
    browser: Browser, entry: MockConfigEntry, photo_dir: Path
) -> None:
    (photo_dir / "capture_20250101_080000.jpg").write_bytes(SMALL)
    (photo_dir / "capture_20250101_080001.jpg").write_bytes(b"broken")
    assert await browser.find("2025-01-01", entry.entry_id) == ["2025-01-01 08:00:01", "2025-01-01 08:00:00"]
    assert await browser.find("jardin 2025-01-01", entry.entry_id) == []


async def test_photos_of_all_cameras_are_found_together_and_told_apart(
    browser: Browser, second: MockConfigEntry
) -> None:
    assert await browser.find("14:25") == ["Garage, 2026-02-13 14:25:45", "Hall, 2026-02-13 14:25:30"]
    assert await browser.find("garage") == ["Garage, 2026-02-13 14:25:45"]
    assert await browser.find("hall jardin 2026-02-13") == ["Hall, 2026-02-13 14:25:30"]


async def test_a_single_camera_need_not_be_told(browser: Browser) -> None:
    assert await browser.find("14:25") == ["2026-02-13 14:25:30"]


async def test_a_camera_in_trouble_does_not_hide_the_photos_of_the_others(
    hass: HomeAssistant, browser: Browser, second: MockConfigEntry
) -> None:
    shutil.rmtree(hass.config.path("media/garage"))
    assert await browser.find("14:25") == ["Hall, 2026-02-13 14:25:30"]
    # Where nothing else is found, the trouble may be the reason.
    for place, text in (("", "porte"), (second.entry_id, "14:25")):
        assert "is gone" in await browser.refusal("search", place, search_query=text)


async def test_who_looks_for_music_finds_no_photos(browser: Browser) -> None:
    assert await browser.find("14:25", media_filter_classes=["music"]) == []
    assert await browser.find("14:25", media_filter_classes=["music", "image"]) == ["2026-02-13 14:25:30"]


async def test_a_photo_is_no_place_to_look_in(browser: Browser, entry: MockConfigEntry) -> None:
    place = f"{entry.entry_id}/2026-02-13/capture_20260213_142530.jpg"
    assert "not there" in await browser.refusal("search", place, search_query="")


async def test_as_many_are_found_as_a_browser_shows_at_once(
    hass: HomeAssistant, browser: Browser, entry: MockConfigEntry, second: MockConfigEntry, photo_dir: Path
) -> None:
    first = datetime(2020, 1, 1)  # noqa: DTZ001 - a name's own time
    for number in range(300):
        (photo_dir / f"capture_{first + timedelta(minutes=number):%Y%m%d_%H%M%S}.jpg").write_bytes(SMALL)
    found = await browser.find("2020-01", entry.entry_id)
    assert (len(found), found[0], found[-1]) == (200, "2020-01-01 04:59:00", "2020-01-01 01:40:00")
    everywhere = await browser.find("")
    assert (len(everywhere), everywhere[0]) == (200, "Hall, 2026-03-13 14:59:59")


async def test_no_more_files_are_read_than_that_takes_and_no_longer_than_somebody_waits(
    browser: Browser, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    archive = entry.runtime_data.storage.archive
    notes = archive.notes

    def watched(names: list[str]) -> object:
        asked.append(names)
        return notes(names)

    monkeypatch.setattr(archive, "notes", watched)
    monkeypatch.setattr(source_module, "_BATCH", 2)
    monkeypatch.setattr(source_module, "_MOST_FOUND", 1)
    assert await browser.find("2026-02", entry.entry_id) == [ALL[1]]
    assert asked == []
    assert await browser.find("jardin", entry.entry_id) == [ALL[0]]
    assert [len(some) for some in asked] == [2]
    assert await browser.find("nothing", entry.entry_id) == []
    read = sum(map(len, asked[1:]))
    assert read == len(archive.photos())
    monkeypatch.setattr(source_module, "_LONGEST_SEARCH", 0)
    del asked[:]
    assert await browser.find("nothing", entry.entry_id) == []
    assert [len(some) for some in asked] == [2]


# Limits would read the same files in one go, which is meant for hundreds that take milliseconds.
@pytest.mark.options(keep_days=None)
async def test_an_alert_does_not_wait_for_a_long_search(
    hass: HomeAssistant,
    browser: Browser,
    entry: MockConfigEntry,
    photo_dir: Path,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All files together take longer than the archive may take for one answer: none of these jobs is late."""
    others = Browser(await hass_ws_client())
    wait: Callable[[float], bool] = threading.Event().wait
    open_file = os.open
    slow = {"capture_20260213_142530.jpg", "capture_20260213_142600.jpg", "capture_20260313_145959.jpg"}

    def slowly(path: Path, *arguments: int) -> int:
        if Path(path).name in slow:
            wait(0.8)
        return open_file(path, *arguments)

    entry.runtime_data.storage.archive._notes.forget_others(lambda _: False)
    monkeypatch.setattr(source_module, "_BATCH", 1)
    monkeypatch.setattr("custom_components.pi_security_camera.storage.STORAGE_LIMIT", 2.0)
    monkeypatch.setattr("custom_components.pi_security_camera.files.os.open", slowly)
    search = hass.async_create_task(others.find("nothing", entry.entry_id))
    await alert(hass)
    assert await search == []
    assert len(photos(photo_dir)) == len(CAUSES) + 1

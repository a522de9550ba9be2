"""Looking through the photos in the media browser."""

import os
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components import ai_task, conversation, media_source
from homeassistant.components.ai_task.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from .browser import ROOT, Browser
from .conftest import EntryMaker, alert, photos, set_up, state_of
from .pictures import picture

NAME = "capture_20260213_142530.jpg"


@pytest.fixture
async def browser(hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator) -> Browser:
    """A media browser."""
    assert await async_setup_component(hass, "media_source", {})
    return Browser(await hass_ws_client())


def put(directory: Path, *names: str) -> None:
    """Let somebody else put photos there."""
    for name in names:
        (directory / name).write_bytes(picture())


async def test_cameras_then_days_then_photos_the_newest_first(
    browser: Browser, entry: MockConfigEntry, photo_dir: Path
) -> None:
    put(photo_dir, NAME, "capture_20260101_080000.jpg", "capture_20260101_080000_2.jpg", "capture_20260102_090000.jpg")
    sources = (await browser.ask("browse", "media-source://"))["result"]["children"]
    ours = next(source for source in sources if source["media_content_id"] == ROOT)
    assert ours["title"] == "Pi Security Camera"
    cameras = await browser.browse()
    days = await browser.browse(entry.entry_id)
    day = await browser.browse(f"{entry.entry_id}/2026-01-01")
    assert [child["title"] for child in cameras["children"]] == ["Hall"]
    assert [child["title"] for child in days["children"]] == ["2026-02-13 (1)", "2026-01-02 (1)", "2026-01-01 (2)"]
    assert [child["title"] for child in day["children"]] == ["08:00:00 (2)", "08:00:00"]
    assert (cameras["title"], days["title"], day["title"]) == ("Pi Security Camera", "Hall", "Hall, 2026-01-01")
    for place, holds in ((cameras, "directory"), (days, "directory"), (day, "image")):
        assert (place["media_class"], place["children_media_class"]) == ("directory", holds)
        assert (place["can_play"], place["can_expand"], place["can_search"]) == (False, True, True)


async def test_a_photo_is_told_with_its_small_picture(
    browser: Browser, entry: MockConfigEntry, photo_dir: Path, hass_client: ClientSessionGenerator
) -> None:
    put(photo_dir, NAME)
    (photo,) = (await browser.browse(f"{entry.entry_id}/2026-02-13"))["children"]
    assert photo == {
        "title": "14:25:30",
        "media_class": "image",
        "media_content_type": "image/jpeg",
        "media_content_id": f"{ROOT}/{entry.entry_id}/2026-02-13/{NAME}",
        "children_media_class": None,
        "can_play": True,
        "can_expand": False,
        "can_search": False,
        "search_media_classes": None,
        "thumbnail": f"/api/pi_security_camera/thumbnail/{entry.entry_id}/{NAME}",
    }
    # The frontend asks for such a path with the user's own login.
    response = await (await hass_client()).get(photo["thumbnail"])
    assert (response.status, response.content_type) == (200, "image/jpeg")


async def test_cameras_stand_by_name_and_only_those_that_run(
    hass: HomeAssistant, browser: Browser, entry: MockConfigEntry, make_entry: EntryMaker
) -> None:
    for title in ("garage", "Attic"):
        data = {"photo_dir": hass.config.path("media", title), "camera": title}
        await set_up(hass, make_entry(triggers=(), data=data, title=title))
    assert await browser.titles() == ["Attic", "garage", "Hall"]
    await hass.config_entries.async_unload(entry.entry_id)
    assert await browser.titles() == ["Attic", "garage"]


async def test_a_camera_without_photos_is_empty(browser: Browser, entry: MockConfigEntry) -> None:
    assert await browser.titles(entry.entry_id) == []


async def test_what_others_do_to_the_directory_shows_at_once(
    browser: Browser, entry: MockConfigEntry, photo_dir: Path
) -> None:
    day = f"{entry.entry_id}/2026-02-13"
    assert await browser.titles(entry.entry_id) == []
    put(photo_dir, NAME, "capture_20260213_142531.jpg", "holiday.jpg")
    assert await browser.titles(entry.entry_id) == ["2026-02-13 (2)"]
    assert await browser.titles(day) == ["14:25:31", "14:25:30"]
    (photo_dir / NAME).rename(photo_dir / "capture_20260213_150000.jpg")
    assert await browser.titles(day) == ["15:00:00", "14:25:31"]
    (photo_dir / "capture_20260213_142531.jpg").unlink()
    assert await browser.titles(day) == ["15:00:00"]
    assert "not there" in await browser.refusal("resolve", f"{day}/{NAME}")
    (photo_dir / "capture_20260213_150000.jpg").unlink()
    assert "no photos of this day" in await browser.refusal("browse", day)
    shutil.rmtree(photo_dir)
    assert "is gone" in await browser.refusal("browse", entry.entry_id)
    photo_dir.mkdir()
    put(photo_dir, NAME)
    assert await browser.titles(entry.entry_id) == ["2026-02-13 (1)"]


async def test_an_announced_photo_can_be_opened_signed_only(
    hass: HomeAssistant, browser: Browser, photo_dir: Path, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await alert(hass)
    media_id = state_of(hass, "event.hall_capture").attributes["media_content_id"]
    answer = (await browser.ask("resolve", media_id))["result"]
    client = await hass_client_no_auth()

    (path,) = photos(photo_dir)
    response = await client.get(answer["url"])
    assert answer["mime_type"] == "image/jpeg"
    assert await response.read() == path.read_bytes()
    assert (await client.get(answer["url"].partition("?")[0])).status == 401


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("nobody", "This camera is not there"),
        ("{entry}/2026-01-01", "There are no photos of this day"),
        ("{entry}/2026-01-01/capture_20260101_080000.jpg", "This photo is not there"),
        ("{entry}/13/02/2026", "This photo is not there"),
        ("{entry}/2026-2-13", "This photo is not there"),
        ("{entry}/2026-13-01", "This photo is not there"),
    ],
)
async def test_what_is_not_there_is_told(browser: Browser, entry: MockConfigEntry, place: str, told: str) -> None:
    assert (await browser.refusal("browse", place.format(entry=entry.entry_id))).startswith(told)


@pytest.mark.parametrize("place", ["", "{entry}", "{entry}/2026-02-13"])
async def test_only_photos_can_be_opened(browser: Browser, entry: MockConfigEntry, photo_dir: Path, place: str) -> None:
    put(photo_dir, NAME)
    assert "not there" in await browser.refusal("resolve", place.format(entry=entry.entry_id))


@pytest.mark.parametrize("command", ["browse", "resolve"])
async def test_an_archive_in_trouble_is_told(
    browser: Browser, entry: MockConfigEntry, photo_dir: Path, command: str
) -> None:
    shutil.rmtree(photo_dir)
    place = f"{entry.entry_id}/2026-02-13" + (f"/{NAME}" if command == "resolve" else "")
    assert str(photo_dir) in await browser.refusal(command, place)


async def test_a_file_that_was_changed_where_it_lies_is_resolved_as_it_is(
    hass: HomeAssistant, browser: Browser, entry: MockConfigEntry, photo_dir: Path
) -> None:
    put(photo_dir, NAME)
    place = f"{ROOT}/{entry.entry_id}/2026-02-13/{NAME}"
    assert (await media_source.async_resolve_media(hass, place, None)).path == photo_dir / NAME
    status = photo_dir.stat()
    (photo_dir / NAME).unlink()
    (photo_dir / NAME).mkdir()
    os.utime(photo_dir, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(media_source.Unresolvable):
        await media_source.async_resolve_media(hass, place, None)


class Looker(ai_task.AITaskEntity):
    """An AI that tells what it was given to look at."""

    _attr_name = "Looker"
    _attr_supported_features = (
        ai_task.AITaskEntityFeature.GENERATE_DATA | ai_task.AITaskEntityFeature.SUPPORT_ATTACHMENTS
    )

    async def _async_generate_data(
        self, task: ai_task.GenDataTask, chat_log: conversation.ChatLog
    ) -> ai_task.GenDataTaskResult:
        seen = [
            {"mime_type": each.mime_type, "path": str(each.path), "bytes": len(each.path.read_bytes())}
            for each in task.attachments or ()
        ]
        return ai_task.GenDataTaskResult(conversation_id=chat_log.conversation_id, data=seen)


async def test_an_ai_task_can_look_at_a_photo(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> None:
    """As an automation does it: with the identifier that the event told."""
    for component in ("homeassistant", "media_source", "conversation", "ai_task"):
        assert await async_setup_component(hass, component, {})
    await hass.data[DATA_COMPONENT].async_add_entities([Looker()])
    await alert(hass)
    (path,) = photos(photo_dir)
    attributes = state_of(hass, "event.hall_capture").attributes
    attachment = {"media_content_id": attributes["media_content_id"], "media_content_type": "image/jpeg"}
    task: dict[str, Any] = {"entity_id": "ai_task.looker", "task_name": "who", "instructions": "Who is there?"}
    answer = await hass.services.async_call(
        "ai_task", "generate_data", task | {"attachments": [attachment]}, blocking=True, return_response=True
    )
    seen = {"mime_type": "image/jpeg", "path": str(path), "bytes": path.stat().st_size}
    assert answer is not None
    assert answer["data"] == [seen]

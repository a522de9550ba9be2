"""Looking through the photos in the media browser."""

from datetime import UTC, datetime
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

from custom_components.pi_security_camera import media_source as source_module
from custom_components.pi_security_camera.capture.photo import Cause, Photo

from .browser import ROOT, Browser
from .conftest import EntryMaker, alert, photos, set_up, state_of
from .films import film
from .pictures import picture

NAME = "capture_20260213_142530.jpg"
CAUSE = Cause("Porte", "garage")
SMALL = picture(16, 12)


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
    assert "no photos or clips of this day" in await browser.refusal("browse", day)
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
        ("{entry}/2026-01-01", "There are no photos or clips of this day"),
        ("{entry}/2026-01-01/capture_20260101_080000.jpg", "This photo or clip is not there"),
        ("{entry}/13/02/2026", "This photo or clip is not there"),
        ("{entry}/2026-2-13", "This photo or clip is not there"),
        ("{entry}/2026-13-01", "This photo or clip is not there"),
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


CLIP = "capture_20260213_142531.mp4"


def put_clips(directory: Path, *names: str) -> None:
    """Let somebody else put clips there."""
    for name in names:
        (directory / name).write_bytes(film())


async def save_clip(entry: MockConfigEntry, taken_at: datetime, cause: Cause = CAUSE) -> Photo:
    """Keep a clip of ours, with a small picture in it."""
    storage = entry.runtime_data.storage

    def save() -> Photo:
        temporary = storage.archive.new_clip_file()
        temporary.write_bytes(film())
        saved: Photo = storage.archive.save_clip(temporary, taken_at, cause, SMALL)
        return saved

    saved: Photo = await storage.run(save)
    return saved


async def test_clips_stand_beside_the_photos_of_their_day_in_the_order_of_time(
    browser: Browser, entry: MockConfigEntry, photo_dir: Path
) -> None:
    put(photo_dir, NAME, "capture_20260213_142532.jpg", "capture_20260101_080000.jpg")
    put_clips(photo_dir, CLIP, "capture_20260213_142531_2.mp4", "capture_20260202_090000.mp4")
    assert await browser.titles(entry.entry_id) == [
        "2026-02-13 (2), 2 clips",
        "2026-02-02 (0), 1 clip",
        "2026-01-01 (1)",
    ]
    day = await browser.browse(f"{entry.entry_id}/2026-02-13")
    assert [child["title"] for child in day["children"]] == [
        "14:25:32",
        "14:25:31 (2) clip",
        "14:25:31 clip",
        "14:25:30",
    ]
    assert [child["media_class"] for child in day["children"]] == ["image", "video", "video", "image"]
    assert day["children_media_class"] == "image"
    of_clips = await browser.browse(f"{entry.entry_id}/2026-02-02")
    assert of_clips["children_media_class"] == "video"


async def test_a_clip_is_told_with_the_small_picture_in_it(
    browser: Browser, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    saved = await save_clip(entry, datetime(2026, 2, 13, 14, 25, 31, tzinfo=UTC))
    (day,) = (await browser.browse(entry.entry_id))["children"]
    (clip,) = (await browser.browse(f"{entry.entry_id}/{saved.day}"))["children"]
    assert clip == {
        "title": f"{saved.taken_at:%H:%M:%S} clip",
        "media_class": "video",
        "media_content_type": "video/mp4",
        "media_content_id": f"{ROOT}/{entry.entry_id}/{saved.day}/{saved.name}",
        "children_media_class": None,
        "can_play": True,
        "can_expand": False,
        "can_search": False,
        "search_media_classes": None,
        "thumbnail": f"/api/pi_security_camera/thumbnail/{entry.entry_id}/{saved.name}",
    }
    assert day["thumbnail"] == clip["thumbnail"]
    response = await (await hass_client()).get(clip["thumbnail"])
    assert (response.status, response.content_type, await response.read()) == (200, "image/jpeg", SMALL)


async def test_a_clip_without_a_small_picture_is_shown_by_an_icon(
    browser: Browser, entry: MockConfigEntry, photo_dir: Path
) -> None:
    put_clips(photo_dir, CLIP)
    (photo_dir / "capture_20260213_150000.mp4").write_bytes(b"no film at all")
    (day,) = (await browser.browse(entry.entry_id))["children"]
    clips = (await browser.browse(f"{entry.entry_id}/2026-02-13"))["children"]
    assert [day["thumbnail"], *(clip["thumbnail"] for clip in clips)] == [None] * 3
    put(photo_dir, NAME)
    (day,) = (await browser.browse(entry.entry_id))["children"]
    assert day["thumbnail"] == f"/api/pi_security_camera/thumbnail/{entry.entry_id}/{NAME}"


async def test_a_clip_can_be_opened_signed_only(
    hass: HomeAssistant,
    browser: Browser,
    entry: MockConfigEntry,
    photo_dir: Path,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    put_clips(photo_dir, CLIP)
    place = f"{entry.entry_id}/2026-02-13/{CLIP}"
    answer = (await browser.ask("resolve", place))["result"]
    client = await hass_client_no_auth()
    response = await client.get(answer["url"])
    assert (answer["mime_type"], response.content_type) == ("video/mp4", "video/mp4")
    assert await response.read() == film()
    assert (await client.get(answer["url"].partition("?")[0])).status == 401
    resolved = await media_source.async_resolve_media(hass, f"{ROOT}/{place}", None)
    assert (resolved.mime_type, resolved.path) == ("video/mp4", photo_dir / CLIP)


async def test_clips_are_found_like_photos_and_apart_from_them(
    browser: Browser, entry: MockConfigEntry, photo_dir: Path
) -> None:
    saved = await save_clip(entry, datetime(2026, 2, 13, 12, 0, tzinfo=UTC))
    put(photo_dir, NAME)
    clip, photo = f"{saved.day} {saved.taken_at:%H:%M:%S} clip", "2026-02-13 14:25:30"
    both = sorted([clip, photo], key=lambda title: title.split()[1], reverse=True)
    assert await browser.find("2026-02-13") == both
    for text in ("clip", "vidéos", "video 2026-02-13", saved.name, "porte", "clips porte"):
        assert await browser.find(text) == [clip]
    assert await browser.find("photos 2026-02-13") == [photo]
    assert await browser.find("photo porte") == []
    assert await browser.find("", media_filter_classes=["video"]) == [clip]
    assert await browser.find("", media_filter_classes=["image"]) == [photo]
    assert await browser.find("", media_filter_classes=["image", "video"]) == both
    assert await browser.find("clip", media_filter_classes=["image", "music"]) == []
    (found,) = (await browser.ask("search", "", search_query="clip"))["result"]["result"]
    assert found["thumbnail"].endswith(f"/{saved.name}")


async def test_a_day_of_many_clips_is_looked_into_some_at_a_time(
    browser: Browser, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_clips(photo_dir, *(f"capture_20260213_1425{number:02}.mp4" for number in range(5)))
    archive, asked = entry.runtime_data.storage.archive, list[int]()
    notes = archive.notes

    def watched(names: tuple[str, ...]) -> object:
        asked.append(len(names))
        return notes(names)

    monkeypatch.setattr(source_module, "_BATCH", 2)
    monkeypatch.setattr(archive, "notes", watched)
    for _ in range(2):
        assert len(await browser.titles(f"{entry.entry_id}/2026-02-13")) == 5
    assert asked == [2, 2, 1]

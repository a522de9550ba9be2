"""Looking through the photos in the media browser."""

from pathlib import Path

from homeassistant.components import media_source
from homeassistant.components.media_player import BrowseError
from homeassistant.components.media_source import Unresolvable
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.pi_security_camera.capture.errors import StorageNotAllowed

from .conftest import alert, photos, state_of

ROOT = "media-source://pi_security_camera"


@pytest.fixture
async def browser(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Home Assistant with media sources."""
    assert await async_setup_component(hass, "media_source", {})


async def test_cameras_then_days_then_photos_the_newest_first(
    hass: HomeAssistant, browser: None, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)
    (photo,) = photos(photo_dir)
    for name in ("capture_20260101_080000.jpg", "capture_20260101_080000_2.jpg", "capture_20260102_090000.jpg"):
        (photo_dir / name).write_bytes(photo.read_bytes())
    await hass.config_entries.async_reload(entry.entry_id)

    cameras = await media_source.async_browse_media(hass, ROOT)
    assert [child.title for child in cameras.children or ()] == ["Hall"]
    days = await media_source.async_browse_media(hass, (cameras.children or ())[0].media_content_id)
    assert [child.title for child in days.children or ()][1:] == ["2026-01-02 (1)", "2026-01-01 (2)"]
    day = await media_source.async_browse_media(hass, (days.children or ())[2].media_content_id)
    assert [child.title for child in day.children or ()] == ["08:00:00 (2)", "08:00:00"]


async def test_an_announced_photo_can_be_opened_signed_only(
    hass: HomeAssistant,
    browser: None,
    photo_dir: Path,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await alert(hass)
    media_id = state_of(hass, "event.hall_capture").attributes["media_content_id"]
    websocket = await hass_ws_client()
    await websocket.send_json_auto_id({"type": "media_source/resolve_media", "media_content_id": media_id})
    answer = await websocket.receive_json()
    client = await hass_client_no_auth()

    (path,) = photos(photo_dir)
    response = await client.get(answer["result"]["url"])
    assert await response.read() == path.read_bytes()
    assert (await client.get(answer["result"]["url"].partition("?")[0])).status == 401
    resolved = await media_source.async_resolve_media(hass, media_id, None)
    assert resolved.path == path


@pytest.mark.parametrize(
    "place",
    [
        "nobody",
        "{entry}/2026-01-01",
        "{entry}/2026-01-01/capture_20260101_080000.jpg",
        "{entry}/2026-01-01/capture_20260102_080000.jpg",
        "{entry}/2026-13-01",
        "{entry}/../../etc/passwd",
        "{entry}/2026-01-01/../secrets.yaml",
        "{entry}/2026-01-01/capture_20260101_080000.jpg/more",
    ],
)
async def test_what_is_not_there_cannot_be_opened(
    hass: HomeAssistant, browser: None, entry: MockConfigEntry, place: str
) -> None:
    media_id = f"{ROOT}/{place.format(entry=entry.entry_id)}"
    with pytest.raises(BrowseError):
        await media_source.async_browse_media(hass, media_id)
    with pytest.raises(Unresolvable):
        await media_source.async_resolve_media(hass, media_id, None)


async def test_only_photos_can_be_opened(hass: HomeAssistant, browser: None, entry: MockConfigEntry) -> None:
    with pytest.raises(Unresolvable):
        await media_source.async_resolve_media(hass, f"{ROOT}/{entry.entry_id}", None)


async def test_an_archive_in_trouble_is_told(
    hass: HomeAssistant, browser: None, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise StorageNotAllowed(str(entry.entry_id))

    monkeypatch.setattr(entry.runtime_data.storage, "run", refuse)
    with pytest.raises(BrowseError, match=entry.entry_id):
        await media_source.async_browse_media(hass, f"{ROOT}/{entry.entry_id}")

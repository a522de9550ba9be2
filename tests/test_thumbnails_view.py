"""Small pictures as a browser asks for them: whole days at once, and again after something has changed."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
import threading
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.pi_security_camera import album as album_module, thumbnails as thumbnails_module
from custom_components.pi_security_camera.capture.jpeg import read_size
from custom_components.pi_security_camera.const import DOMAIN, STORAGE_LOOKS
from custom_components.pi_security_camera.thumbnails import make_thumbnail

from .conftest import ALERT, TOPIC, alert, photos, state_of, until
from .exif import photo_with_thumbnail
from .pictures import picture

NAME = "capture_20260213_142530.jpg"
SMALL = picture(64, 48, quality=70)

type Client = TestClient[Any, Any]
type Url = Callable[..., str]


@pytest.fixture
async def client(hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator) -> Client:
    """A browser whose user is signed in."""
    return await hass_client()


@pytest.fixture
def url(entry: MockConfigEntry) -> Url:
    """Return the path of a picture."""
    return lambda view="thumbnail", name=NAME: f"/api/{DOMAIN}/{view}/{entry.entry_id}/{name}"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Small pictures that take a while; returns how many were being made, each time one was begun."""
    together, begun, lock = 0, list[int](), threading.Lock()

    def slowly(data: bytes) -> bytes | None:
        nonlocal together
        with lock:
            together += 1
            begun.append(together)
        threading.Event().wait(0.1)
        with lock:
            together -= 1
        return SMALL

    monkeypatch.setattr(thumbnails_module, "make_thumbnail", slowly)
    return begun


async def test_the_one_in_the_photo_is_served_to_the_last_byte(client: Client, url: Url, photo_dir: Path) -> None:
    (photo_dir / NAME).write_bytes(photo_with_thumbnail(thumbnail=SMALL))
    response = await client.get(url())
    assert (response.status, response.content_type) == (HTTPStatus.OK, "image/jpeg")
    assert await response.read() == SMALL


async def test_a_photo_of_ours_has_one(hass: HomeAssistant, client: Client, url: Url, photo_dir: Path) -> None:
    await alert(hass)
    (photo,) = photos(photo_dir)
    response = await client.get(url(name=photo.name))
    assert read_size(await response.read()).width <= 320


async def test_a_photo_without_one_gets_one_of_a_width_that_browsers_show(
    client: Client, url: Url, photo_dir: Path
) -> None:
    (photo_dir / NAME).write_bytes(picture(1024, 768))
    response = await client.get(url())
    assert str(read_size(await response.read())) == "320x240"


@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8", picture(640, 480)[:-1000], b"<svg onload='x'/>"])
async def test_a_broken_photo_has_none(client: Client, url: Url, photo_dir: Path, data: bytes) -> None:
    (photo_dir / NAME).write_bytes(data)
    assert (await client.get(url())).status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("view", ["photo", "thumbnail"])
async def test_what_a_browser_has_is_not_sent_again_until_it_changes(
    client: Client, url: Url, photo_dir: Path, view: str
) -> None:
    """The name stays when somebody edits a photo, or deletes one whose name the next photo gets."""
    path = photo_dir / NAME
    path.write_bytes(photo_with_thumbnail(thumbnail=SMALL))
    first = await client.get(url(view))
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = await client.get(url(view), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.read()) == (HTTPStatus.NOT_MODIFIED, b"")
    assert again.headers["ETag"] == first.headers["ETag"]

    path.write_bytes(photo_with_thumbnail(thumbnail=picture(64, 48, quality=60)))
    changed = await client.get(url(view), headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status == HTTPStatus.OK
    assert await changed.read() != await first.read()

    path.unlink()
    gone = await client.get(url(view), headers={"If-None-Match": changed.headers["ETag"]})
    assert gone.status == HTTPStatus.NOT_FOUND
    everything = await client.get(url(view), headers={"If-None-Match": "*"})
    assert everything.status == HTTPStatus.NOT_FOUND


async def test_a_mark_changes_the_photos_file_and_not_its_small_picture(
    hass: HomeAssistant, client: Client, url: Url, photo_dir: Path
) -> None:
    (photo_dir / NAME).write_bytes(photo_with_thumbnail(thumbnail=SMALL))
    before = {view: (await client.get(url(view))).headers["ETag"] for view in ("photo", "thumbnail")}
    data = {"entity_id": "camera.hall", "filename": NAME}
    await hass.services.async_call(DOMAIN, "keep", data, blocking=True)
    asked = {view: await client.get(url(view), headers={"If-None-Match": tag}) for view, tag in before.items()}
    assert {view: answer.status for view, answer in asked.items()} == {"photo": 200, "thumbnail": 304}


async def test_one_that_was_made_is_not_made_again(
    client: Client, url: Url, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def watched(data: bytes) -> bytes | None:
        made.append(len(data))
        return make_thumbnail(data)

    monkeypatch.setattr(thumbnails_module, "make_thumbnail", watched)
    (photo_dir / NAME).write_bytes(picture(640, 480))
    for _ in range(3):
        assert (await client.get(url())).status == HTTPStatus.OK
    assert len(made) == 1


async def test_a_file_larger_than_any_photo_fills_no_memory(
    client: Client, url: Url, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (album_module, thumbnails_module):
        monkeypatch.setattr(module, "LARGEST", len(picture(640, 480)) - 1)
    (photo_dir / NAME).write_bytes(picture(640, 480))
    assert (await client.get(url("photo"))).status == HTTPStatus.NOT_FOUND
    assert (await client.get(url())).status == HTTPStatus.NOT_FOUND


@pytest.mark.options(keep_days=None)
async def test_an_alert_does_not_wait_for_a_day_of_small_pictures(
    hass: HomeAssistant, client: Client, url: Url, photo_dir: Path, slow: list[int]
) -> None:
    """Nor does whoever opens a photo meanwhile; and they take few of Home Assistant's threads."""
    names = [f"capture_20260213_1425{number:02}.jpg" for number in range(60)]
    for name in names:
        (photo_dir / name).write_bytes(picture())
    asked = [asyncio.ensure_future(client.get(url(name=name))) for name in names]
    await until(lambda: bool(slow))
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: state_of(hass, "event.hall_capture").state != "unknown")
    assert state_of(hass, "event.hall_capture").attributes["event_type"] == "captured"
    assert (await client.get(url("photo"))).status == HTTPStatus.OK
    assert len(slow) < len(names)
    assert {answer.status for answer in await asyncio.gather(*asked)} == {HTTPStatus.OK}
    assert (len(slow), max(slow)) == (len(names), STORAGE_LOOKS)


@pytest.mark.options(keep_days=None)
async def test_a_browser_that_goes_away_stops_nobody_else(
    hass: HomeAssistant, client: Client, url: Url, photo_dir: Path, slow: list[int]
) -> None:
    """Home Assistant ends what nobody waits for any more; the thread works on, and that is no archive in trouble."""
    names = [f"capture_20260213_1425{number:02}.jpg" for number in range(8)]
    for name in (*names, NAME):
        (photo_dir / name).write_bytes(picture())
    asked = [asyncio.ensure_future(client.get(url(name=name))) for name in names]
    await until(lambda: bool(slow))
    for request in asked:
        request.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    for _ in range(10):
        assert (await client.get(url("photo"))).status == HTTPStatus.OK
        await asyncio.sleep(0.01)
    await alert(hass)
    assert state_of(hass, "event.hall_capture").attributes["event_type"] == "captured"
    assert (await client.get(url())).status == HTTPStatus.OK
    assert max(slow) <= STORAGE_LOOKS

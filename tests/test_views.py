"""Photos are for users who are signed in, and for paths that were signed for one; and nothing else is served."""

from datetime import timedelta
from http import HTTPStatus
import os
from pathlib import Path
import re
import shutil
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.components.http import security_filter
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.pi_security_camera.const import DOMAIN

from .conftest import EntryMaker, alert, photos, set_up, state_of
from .pictures import picture

NAME = "capture_20260213_142530.jpg"
OTHER_NAME = "capture_20260213_142531.jpg"
PHOTOS = f"/api/{DOMAIN}/photo"


@pytest.fixture
async def photo(hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path) -> str:
    """Take a photo, and return its path in the API, which the event told."""
    await alert(hass)
    url: str = state_of(hass, "event.hall_capture").attributes["url"]
    assert url == f"{PHOTOS}/{entry.entry_id}/{photos(photo_dir)[0].name}"
    return url


@pytest.fixture
def only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch off the filter for attacks that Home Assistant has before all views: it is there, but not ours."""
    monkeypatch.setattr(security_filter, "FILTERS", re.compile("(?!)"))
    monkeypatch.setattr(security_filter, "UNSAFE_URL_BYTES", [])


async def statuses(client: TestClient[Any, Any], paths: list[str]) -> dict[str, int]:
    """Ask for paths exactly as they are written, and return the status of each answer."""
    base = str(client.make_url("/")).rstrip("/")
    urls = {path: URL(base + path, encoded=True) for path in paths}
    return {path: (await client.session.get(url, allow_redirects=False)).status for path, url in urls.items()}


async def test_a_user_gets_the_photo_as_it_lies_on_the_disk(
    hass: HomeAssistant, photo: str, photo_dir: Path, hass_client: ClientSessionGenerator
) -> None:
    response = await (await hass_client()).get(photo)
    assert (response.status, response.content_type) == (HTTPStatus.OK, "image/jpeg")
    assert await response.read() == photos(photo_dir)[0].read_bytes()
    # What is private is kept by the browser alone, and by no proxy on the way; and it asks whether it still holds.
    assert response.headers["Cache-Control"] == "private, no-cache"


async def test_a_user_without_rights_to_change_anything_may_look(
    hass: HomeAssistant, photo: str, hass_client: ClientSessionGenerator, hass_read_only_access_token: str
) -> None:
    response = await (await hass_client(hass_read_only_access_token)).get(photo)
    assert response.status == HTTPStatus.OK


async def test_nobody_else_gets_it(
    hass: HomeAssistant, photo: str, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    signed = async_sign_path(hass, photo, timedelta(minutes=1))
    expired = async_sign_path(hass, photo, timedelta(minutes=-1))
    unsigned = [
        photo,
        f"{photo}?authSig=",
        f"{photo}?authSig=nonsense",
        expired,
        signed.replace(".jpg", "_2.jpg"),
        f"{signed}&other=1",
        signed[:-2],
    ]
    assert await statuses(client, unsigned) == dict.fromkeys(unsigned, HTTPStatus.UNAUTHORIZED)
    # Whether a photo is there is no business of a stranger's, either.
    missing = f"{PHOTOS}/nobody/{NAME}"
    assert await statuses(client, [missing, signed]) == {missing: HTTPStatus.UNAUTHORIZED, signed: HTTPStatus.OK}


async def test_a_photo_of_the_script_before_us_is_served_like_ours(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hass_client: ClientSessionGenerator
) -> None:
    (photo_dir / NAME).write_bytes(picture())
    response = await (await hass_client()).get(f"{PHOTOS}/{entry.entry_id}/{NAME}")
    assert await response.read() == picture()


async def test_what_is_no_photo_of_this_camera_is_not_there(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    photo: str,
    photo_dir: Path,
    hass_client: ClientSessionGenerator,
    only_our_own_checks: None,
) -> None:
    """Whoever may look at photos may not look at everything that Home Assistant can read."""
    secret = Path(hass.config.path("secrets.yaml"))
    secret.write_text("password: hunter2", encoding="utf-8")
    for name in ("secrets.yaml", ".capture_0123456789abcdef.tmp", "holiday.jpg", f"{NAME}.bak", ".hidden.jpg"):
        (photo_dir / name).write_bytes(picture())
    (photo_dir / NAME).symlink_to(secret)
    (photo_dir / "capture_20260213_142532.jpg").symlink_to(photos(photo_dir)[-1])
    (photo_dir / "capture_20260213_142533.jpg").mkdir()
    os.mkfifo(photo_dir / "capture_20260213_142534.jpg")
    (photo_dir / "sub").mkdir()
    (photo_dir / "sub" / OTHER_NAME).write_bytes(picture())
    below = f"../{secret.parent.name}/secrets.yaml"
    names = [
        "secrets.yaml",
        ".capture_0123456789abcdef.tmp",
        "holiday.jpg",
        f"{NAME}.bak",
        ".hidden.jpg",
        NAME,
        "capture_20260213_142532.jpg",
        "capture_20260213_142533.jpg",
        "capture_20260213_142534.jpg",
        "capture_20260213_142535.jpg",
        "capture_99999999_999999.jpg",
        "capture_20260213_142530_1.jpg",
        NAME.upper(),
        f"{NAME}%00",
        f"{NAME}%00.jpg",
        f"{NAME}%0a",
        f"sub/{OTHER_NAME}",
        f"sub%2f{OTHER_NAME}",
        f"sub%2F..%2F{OTHER_NAME}",
        f".%2fsub%2f{OTHER_NAME}",
        below,
        below.replace("/", "%2f"),
        below.replace("/", "%252f"),
        below.replace("/", "%5c"),
        below.replace("..", "%2e%2e").replace("/", "%2f"),
        str(secret).replace("/", "%2f"),
        "%2f%2fetc%2fpasswd",
        "%2e",
        "%2e%2e",
        "%00",
        "%ff%fe",
        "%20",
        "x" * 4000,
        "capture_%D9%A2%D9%A0%D9%A2%D9%A6.jpg",
    ]
    client = await hass_client()
    paths = [f"{photo.rpartition('/')[0]}/{name}" for name in names]
    assert await statuses(client, paths) == dict.fromkeys(paths, HTTPStatus.NOT_FOUND)
    assert (await client.get(photo)).status == HTTPStatus.OK


async def test_a_camera_serves_its_own_photos_only(
    hass: HomeAssistant,
    photo: str,
    hass_client: ClientSessionGenerator,
    make_entry: EntryMaker,
    only_our_own_checks: None,
) -> None:
    second = make_entry(triggers=({"topic": "second"},), data={"photo_dir": hass.config.path("media/second")})
    await set_up(hass, second)
    (stranger,) = hass.config_entries.async_entries("mqtt")
    assert stranger.state is ConfigEntryState.LOADED
    name = photo.rpartition("/")[2]
    client = await hass_client()
    paths = [
        f"{PHOTOS}/{entry_id}/{name}" for entry_id in (second.entry_id, stranger.entry_id, "nobody", "*", "%2e%2e")
    ]
    assert await statuses(client, paths) == dict.fromkeys(paths, HTTPStatus.NOT_FOUND)


async def test_a_camera_that_is_not_loaded_serves_nothing_and_serves_again_when_it_is(
    hass: HomeAssistant, entry: MockConfigEntry, photo: str, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await client.get(photo)).status == HTTPStatus.NOT_FOUND
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await client.get(photo)).status == HTTPStatus.OK


async def test_a_directory_that_is_gone_is_no_error_of_the_server(
    hass: HomeAssistant, photo: str, photo_dir: Path, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    shutil.rmtree(photo_dir)
    assert (await client.get(photo)).status == HTTPStatus.NOT_FOUND
    photo_dir.write_text("a file", encoding="utf-8")
    assert (await client.get(photo)).status == HTTPStatus.NOT_FOUND


async def test_photos_are_read_and_never_written(
    hass: HomeAssistant, photo: str, photo_dir: Path, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    found = [(await client.request(method, photo)).status for method in ("POST", "PUT", "PATCH", "DELETE")]
    assert found == [HTTPStatus.METHOD_NOT_ALLOWED] * 4
    assert len(photos(photo_dir)) == 1

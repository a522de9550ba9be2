"""Who may look at photos can look at photos, and at nothing else; who may not can look at nothing."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
import logging
import os
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote

from homeassistant.components.http import security_filter
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.pi_security_camera.const import DOMAIN
from custom_components.pi_security_camera.views import previews_of

from .attacks import DEVICE, ENCODED, LINKED, NAMES, PLACES, PLANTED, PLANTED_CLIPS, ask, on_disk, plant
from .conftest import EntryMaker, set_up
from .films import film
from .pictures import picture

OWN = "capture_20260213_142530.jpg"
DAY = "2026-02-13"
ROOT = f"media-source://{DOMAIN}"
CLIP = "capture_20260213_142530.mp4"
OTHER_CLIP = "capture_20260213_142535.mp4"
VIEWS = {"photo": OWN, "thumbnail": OWN, "clip": CLIP}
"""What each view serves, as `own` in the tables of attacks."""


@dataclass
class House:
    """Home Assistant with two cameras and what must stay secret."""

    port: int
    token: str
    words: dict[str, str]
    """What the tables of attacks leave open."""
    entries: list[MockConfigEntry]

    def fill(self, text: str, own: str = OWN) -> str:
        for name, value in (self.words | {"own": own}).items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def path(self, view: str, name: str = "", entry: int = 0) -> str:
        return f"/api/{DOMAIN}/{view}/{self.entries[entry].entry_id}/{name or VIEWS[view]}"


@pytest.fixture
async def house(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    photo_dir: Path,
    make_entry: EntryMaker,
    hass_client: ClientSessionGenerator,
    hass_access_token: str,
    caplog: pytest.LogCaptureFixture,
) -> AsyncGenerator[House]:
    """Attacks leave nothing in the log and nothing on the disk."""
    other_dir = Path(hass.config.path("media/other"))
    second = make_entry(triggers=({"topic": "second"},), data={"photo_dir": str(other_dir)}, title="Other")
    await set_up(hass, second)
    assert await async_setup_component(hass, "media_source", {})
    secret = Path(hass.config.path("secrets.yaml"))
    secret.write_text("password: hunter2", encoding="utf-8")
    other = other_dir / "capture_20260213_142535.jpg"
    (photo_dir / OWN).write_bytes(picture(64, 48))
    other.write_bytes(picture(32, 24))
    (photo_dir / CLIP).write_bytes(film())
    (other_dir / OTHER_CLIP).write_bytes(film())
    plant(photo_dir, secret, other)
    # Views can be registered as long as nobody is served, and the browser's own is registered with its socket.
    assert await async_setup_component(hass, "websocket_api", {})
    client = await hass_client()
    (stranger,) = hass.config_entries.async_entries("mqtt")
    words = {"other": other.name, "other_clip": OTHER_CLIP, "secret": str(secret), "day": DAY, "entry": entry.entry_id}
    words |= {"lower": entry.entry_id.lower(), "other_entry": second.entry_id, "stranger": stranger.entry_id}
    house = House(client.make_url("/").port or 0, hass_access_token, words, [entry, second])
    served = [await ask(house.port, house.path(view), house.token) for view in VIEWS]
    assert served == [200, 200, 200]
    roots = (photo_dir, other_dir)
    before = on_disk(*roots)
    caplog.clear()
    yield house
    assert on_disk(*roots) == before
    told = [each for each in caplog.records if each.levelno >= logging.ERROR or each.exc_info or DOMAIN in each.name]
    assert [each.getMessage() for each in told if each.levelno > logging.DEBUG] == []


@pytest.fixture
def only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch off the filter for attacks that Home Assistant has before all views: it is there, but not ours."""
    monkeypatch.setattr(security_filter, "FILTERS", re.compile("(?!)"))
    monkeypatch.setattr(security_filter, "UNSAFE_URL_BYTES", [])


def urls(house: House, view: str) -> list[str]:
    """Return the paths of all attacks on a view."""
    own = VIEWS[view]
    names = [quote(house.fill(name, own), safe="/.~*;\\") for name in NAMES]
    names += [house.fill(name, own) for name in ENCODED]
    strange = [
        house.words["other_entry"],
        house.words["stranger"],
        house.words["lower"],
        "nobody",
        "*",
        "%2e%2e",
        "%00",
    ]
    return [
        *(house.path(view, name) for name in names),
        *(f"/api/{DOMAIN}/{view}/{entry}/{own}" for entry in strange),
        house.path(view, "capture_20260213_142535.jpg"),
        # What belongs to another view; and the clip has no small picture.
        house.path(view, OWN if view == "clip" else CLIP),
        f"{house.path(view)}/..;/{own}",
        f"/api/{DOMAIN}/{view}//{own}",
        f"/api/{DOMAIN}/{view}/{own}",
        f"/api/{DOMAIN}/{view}/",
        house.path(view).replace("/api/", "/API/"),
        house.path(view).replace(DOMAIN, DOMAIN.upper()),
    ]


@pytest.mark.parametrize("view", VIEWS)
async def test_no_path_leads_to_anything_but_a_photo(house: House, view: str, only_our_own_checks: None) -> None:
    paths = urls(house, view)
    found = {path: await ask(house.port, path, house.token) for path in paths}
    assert {path: status for path, status in found.items() if status != 404} == {}


@pytest.mark.parametrize("view", VIEWS)
async def test_as_it_is_installed_no_path_leads_there_either(house: House, view: str) -> None:
    """Home Assistant itself refuses some of them before they reach us, with 400."""
    paths = urls(house, view)
    found = {path: await ask(house.port, path, house.token) for path in paths}
    assert set(found.values()) == {400, 404}


async def test_no_path_leads_to_another_dialogs_test_photo(
    hass: HomeAssistant, house: House, only_our_own_checks: None
) -> None:
    previews_of(hass)["flow", "1"] = picture()
    base = f"/api/{DOMAIN}/preview"
    assert await ask(house.port, f"{base}/flow/1", house.token) == 200
    tried = ["flow/2", "flow/01", "flow/1%00", "flow/%31/", "FLOW/1", "flow/-1", "flow/1.0", "flow/\u0661", "flow/%201"]
    tried += ["other/1", "%2e%2e/1", "..%2fflow/1", "flow", "flow/", "/1", "flow%2f1", f"flow/{OWN}", "*/*", "x" * 5000]
    found = {path: await ask(house.port, f"{base}/{quote(path, safe='/%*')}", house.token) for path in tried}
    assert found == dict.fromkeys(tried, 404)
    assert await ask(house.port, f"{base}/flow/1") == 401


@pytest.mark.parametrize("view", VIEWS)
async def test_without_a_login_there_is_not_even_a_refusal(house: House, view: str, only_our_own_checks: None) -> None:
    """Whether something is there is no business of a stranger's."""
    paths = [house.path(view), *urls(house, view)]
    found = {path: await ask(house.port, path) for path in paths}
    # 404: such a path belongs to no view at all.
    assert set(found.values()) == {401, 404}
    known = [house.path(view, name) for name in (OWN, LINKED, "secrets.yaml", "..%2fphotos%2f" + OWN)]
    assert {await ask(house.port, path) for path in known} == {401}
    assert {await ask(house.port, path, "nonsense") for path in known} == {401}
    assert {await ask(house.port, f"{path}?api_password=x&access_token={house.token}") for path in known} == {401}


async def test_a_path_that_is_signed_opens_what_it_was_signed_for(hass: HomeAssistant, house: House) -> None:
    signature = async_sign_path(hass, house.path("photo"), timedelta(minutes=1)).partition("?")[2]
    assert await ask(house.port, f"{house.path('photo')}?{signature}") == 200
    other = house.path("photo", "capture_20260213_142535.jpg", entry=1)
    assert await ask(house.port, other, house.token) == 200
    others = [other, house.path("thumbnail"), house.path("photo", LINKED), house.path("photo", f"{OWN}%00")]
    others += [house.path("photo", f"..%2f{OWN}"), house.path("photo").replace("photo", "Photo"), "/api/config"]
    found = {path: await ask(house.port, f"{path}?{signature}") for path in others}
    assert set(found.values()) <= {400, 401, 404}
    assert found[other] == found[house.path("thumbnail")] == 401


@pytest.mark.parametrize("view", VIEWS)
async def test_photos_are_only_read(house: House, view: str) -> None:
    methods = ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "MOVE")
    found = {method: await ask(house.port, house.path(view), house.token, method) for method in methods}
    assert found == dict.fromkeys(methods, 405) | {"OPTIONS": found["OPTIONS"]}
    assert found["OPTIONS"] in {403, 405}


@pytest.mark.parametrize("view", VIEWS)
async def test_strange_headers_change_nothing(house: House, view: str) -> None:
    headers = {
        "If-None-Match: nonsense\r\n": 200,
        'If-None-Match: "' + "x" * 5000 + '"\r\n': 200,
        'If-None-Match: W/"", "\r\n': 200,
        "If-Modified-Since: Fri, 13 Feb 2099 14:25:30 GMT\r\n": 200,
        "Range: bytes=0-0\r\n": 206 if view == "clip" else 200,
        "Range: bytes=99999999-\r\n": 416 if view == "clip" else 200,
        "Range: bytes=0-" + "9" * 5000 + "\r\n": 200,
        "Range: bytes=" + "0-1," * 1000 + "0-1\r\n": 200,
        "Range: bytes=0-0\r\nIf-Range: nonsense\r\n": 200,
        "X-HTTP-Method-Override: DELETE\r\n": 200,
        "X-Original-URL: /etc/passwd\r\n": 200,
        "Accept-Encoding: gzip;q=x\r\n": 200,
    }
    path = house.path(view)
    assert {each: await ask(house.port, path, house.token, header=each) for each in headers} == headers


async def test_no_identifier_leads_to_anything_but_a_place_of_ours(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    websocket = await hass_ws_client()
    places = [*PLACES, *(f"{{entry}}/{{day}}/{name}" for name in (*NAMES, *ENCODED))]
    # Home Assistant's own reading of identifiers takes one line end away.
    tried = [f"{ROOT}/{house.fill(place)}" for place in places if not place.endswith("\n")]
    tried += [f"{ROOT}\u0000/", "media-source://PI_security_camera", f"{ROOT}/../media_source/local/{OWN}"]
    allowed = []
    for media_id in tried:
        for command in ("browse_media", "resolve_media", "search_media"):
            more = {"search_query": DAY} if command == "search_media" else {}
            message = {"type": f"media_source/{command}", "media_content_id": media_id, **more}
            await websocket.send_json_auto_id(message)
            answer: dict[str, Any] = await websocket.receive_json()
            if answer["success"] or answer["error"]["code"] != f"{command}_failed":
                allowed.append((command, media_id, answer))
    assert allowed == []


async def test_a_camera_that_is_not_loaded_shows_nothing(
    hass: HomeAssistant, house: House, hass_ws_client: WebSocketGenerator
) -> None:
    await hass.config_entries.async_unload(house.entries[0].entry_id)
    found = {view: await ask(house.port, house.path(view), house.token) for view in VIEWS}
    assert found == dict.fromkeys(VIEWS, 404)
    websocket = await hass_ws_client()
    for command in ("browse_media", "resolve_media", "search_media"):
        for place in ("{entry}", "{entry}/{day}", "{entry}/{day}/{own}"):
            more = {"search_query": ""} if command == "search_media" else {}
            media_id = house.fill(f"{ROOT}/{place}")
            await websocket.send_json_auto_id({"type": f"media_source/{command}", "media_content_id": media_id, **more})
            answer = await websocket.receive_json()
            assert answer["error"]["message"].startswith("This camera is not there")


@pytest.mark.parametrize("action", ["keep", "release", "delete"])
async def test_no_action_reaches_anything_but_a_photo_of_its_camera(
    hass: HomeAssistant, house: House, action: str
) -> None:
    allowed = []
    for name in (*NAMES, *ENCODED):
        data = {"entity_id": "camera.hall", "filename": house.fill(name)}
        try:
            await hass.services.async_call(DOMAIN, action, data, blocking=True)
        except ServiceValidationError as error:
            if error.translation_key == "media_not_found":
                continue
        allowed.append(name)
    assert allowed == []


async def test_a_file_that_is_changed_for_a_link_after_it_was_seen_is_not_followed(
    hass: HomeAssistant,
    house: House,
    photo_dir: Path,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The directory's time may not tell it: that is set back here, as it would be within one tick of a coarse clock."""
    status = photo_dir.stat()
    for name in (OWN, CLIP):
        (photo_dir / name).rename(photo_dir / f"aside {name}")
        (photo_dir / name).symlink_to(house.words["secret"])
    os.utime(photo_dir, ns=(status.st_atime_ns, status.st_mtime_ns))
    websocket = await hass_ws_client()
    answers = []
    for name in (OWN, CLIP):
        place = house.fill(f"{ROOT}/{{entry}}/{DAY}/{name}")
        await websocket.send_json_auto_id({"type": "media_source/resolve_media", "media_content_id": place})
        answers.append(await websocket.receive_json())
    found = {view: await ask(house.port, house.path(view), house.token) for view in VIEWS}
    for name in (OWN, CLIP):
        (photo_dir / f"aside {name}").rename(photo_dir / name)
    assert [answer["success"] for answer in answers] == [False, False]
    assert found == dict.fromkeys(VIEWS, 404)


def test_the_tables_hold_what_they_promise() -> None:
    """Whoever shortens them by mistake is told."""
    assert {*PLANTED, *PLANTED_CLIPS, LINKED, DEVICE} <= {*NAMES}
    assert (len({*NAMES}), len({*ENCODED}), len({*PLACES})) == (len(NAMES), len(ENCODED), len(PLACES))

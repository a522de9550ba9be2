"""The test photo: taken by the real way, shown to whoever has the dialog open, kept nowhere."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.pi_security_camera import config_flow
from custom_components.pi_security_camera.const import DOMAIN
from simulator import Fault, SimulatedHost, install

from .conftest import CAMERA_ID, capture_runs
from .dialogs import Dialog


@pytest.fixture
async def dialog(
    hass: HomeAssistant, ready: None, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> Dialog:
    """A set-up dialog at the form with the camera, on Home Assistant's own server."""
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    return await Dialog.camera_form(hass)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def get(make_client: ClientSessionGenerator, path: str) -> tuple[int, bytes]:
    """Return status and content of what is found at a path."""
    response = await (await make_client()).get(path)
    return response.status, await response.read()


async def test_the_photo_is_shown_with_its_duration_to_a_browser_that_cannot_log_in(
    hass: HomeAssistant, dialog: Dialog, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """The browser loads the picture of a text without the user's token: the path itself is signed."""
    await dialog.submit(width=800, height=600)
    assert (dialog.step, dialog.shown["menu_options"]) == ("test_photo", ["trigger", "camera"])
    assert 0 < float(dialog.told["seconds"]) < 10
    response = await (await hass_client_no_auth()).get(dialog.told["preview_url"])
    assert (response.status, response.content_type) == (HTTPStatus.OK, "image/jpeg")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert Image.open(BytesIO(await response.read())).size == (800, 600)


async def test_the_photo_is_for_nobody_else(
    hass: HomeAssistant,
    dialog: Dialog,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await dialog.submit()
    url = dialog.told["preview_url"]
    path = urlsplit(url).path
    assert path == f"/api/{DOMAIN}/preview/{dialog.flow_id}/1"
    assert (await get(hass_client_no_auth, path))[0] == HTTPStatus.UNAUTHORIZED
    assert (await get(hass_client_no_auth, url.replace("/1?", "/2?")))[0] == HTTPStatus.UNAUTHORIZED
    assert (await get(hass_client_no_auth, url[:-3]))[0] == HTTPStatus.UNAUTHORIZED
    assert (await get(hass_client, path))[0] == HTTPStatus.OK


async def test_there_is_nothing_beside_the_photo(
    hass: HomeAssistant, dialog: Dialog, hass_client: ClientSessionGenerator
) -> None:
    await dialog.submit()
    client, this = await hass_client(), dialog.flow_id
    # Python would refuse to read the last one as a number.
    places = ("other/1", *(f"{this}/{number}" for number in ("0", "2", "-1", "01", "1.0", "x", "²", "9" * 5000)))
    found = {place: (await client.get(f"/api/{DOMAIN}/preview/{place}")).status for place in places}
    assert found == dict.fromkeys(places, HTTPStatus.NOT_FOUND)


async def test_going_back_keeps_what_was_typed_and_the_next_photo_has_a_path_of_its_own(
    hass: HomeAssistant, dialog: Dialog, hass_client: ClientSessionGenerator, pi: SimulatedHost
) -> None:
    """A browser shows a path that it knows from its memory: it would be the photo before the change."""
    await dialog.submit(name="Hall", width=800)
    first = urlsplit(dialog.told["preview_url"]).path
    await dialog.choose("camera")
    assert (dialog.step, dialog.errors) == ("camera", {})
    assert dialog.filled_in.items() >= {"camera": CAMERA_ID, "name": "Hall", "width": 800, "rotation": "0"}.items()
    await dialog.submit(rotation="180")
    second = urlsplit(dialog.told["preview_url"]).path
    assert [first[-2:], second[-2:]] == ["/1", "/2"]
    assert [(await get(hass_client, path))[0] for path in (first, second)] == [HTTPStatus.NOT_FOUND, HTTPStatus.OK]
    assert len(capture_runs(pi)) == 2


async def test_the_photo_is_gone_with_the_dialog(
    hass: HomeAssistant, dialog: Dialog, hass_client: ClientSessionGenerator, tmp_path: Path
) -> None:
    other = await Dialog.camera_form(hass)
    await dialog.submit(name="Hall")
    await other.submit(name="Garden")
    urls = [dialog.told["preview_url"], other.told["preview_url"]]
    dialog.close()
    assert [(await get(hass_client, url))[0] for url in urls] == [HTTPStatus.NOT_FOUND, HTTPStatus.OK]
    assert list(tmp_path.rglob("*.jp*g")) == []


async def test_the_photo_is_gone_when_the_camera_is_set_up(
    hass: HomeAssistant, dialog: Dialog, hass_client: ClientSessionGenerator, tmp_path: Path
) -> None:
    await dialog.submit()
    url = dialog.told["preview_url"]
    await dialog.choose("trigger")
    await dialog.submit()
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY
    assert (await get(hass_client, url))[0] == HTTPStatus.NOT_FOUND
    assert list(tmp_path.rglob("*.jp*g")) == []


# Each with the time limit for the photo, in seconds.
FAILURES: dict[Fault, tuple[float, str, dict[str, str]]] = {
    Fault.BUSY: (15, "camera_busy", {}),
    Fault.STALL: (3, "camera_stalled", {}),
    Fault.SLOW_START: (1, "command_timeout", {"seconds": "1"}),
    Fault.WRONG_SIZE: (15, "photo_wrong_size", {"got": "400x384", "wanted": "800x768"}),
    Fault.EMPTY: (15, "photo_empty", {}),
}


async def test_a_photo_that_fails_comes_back_to_the_form_and_nothing_typed_is_lost(
    hass: HomeAssistant, dialog: Dialog, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = hass.config.path("media/here")
    typed = dialog.filled_in | {"name": "Hall", "width": 800, "rotation": "180", "photo_dir": directory}
    await dialog.submit(**typed | {"width": 801})
    for fault, (limit, error, told) in FAILURES.items():
        monkeypatch.setattr(config_flow, "DEFAULT_TIMEOUT", limit)
        pi.set(fault=fault)
        await dialog.submit(width=800)
        assert (dialog.step, dialog.errors, dialog.filled_in) == ("camera", {"base": error}, typed), fault
        assert dialog.told.items() >= told.items(), fault
    assert not any(run.exists() for run in pi.runs())

    pi.heal()
    await dialog.submit()
    assert dialog.step == "test_photo"


async def test_the_program_may_vanish_between_the_forms(hass: HomeAssistant, dialog: Dialog, pi: SimulatedHost) -> None:
    pi.program("rpicam-jpeg").unlink()
    await dialog.submit()
    assert (dialog.step, dialog.errors, dialog.told["program"]) == (
        "camera",
        {"base": "program_not_found"},
        "rpicam-jpeg",
    )
    install(pi.directory, start_delay=0)
    await dialog.submit()
    assert dialog.step == "test_photo"


async def test_closing_the_dialog_in_the_middle_of_the_photo_frees_the_camera(
    hass: HomeAssistant, dialog: Dialog, pi: SimulatedHost
) -> None:
    """A program that waits for a dead sensor would hold the camera for ever."""
    pi.set(fault=Fault.STALL)
    flow = hass.config_entries.flow
    shown = await flow.async_configure(dialog.flow_id, dialog.filled_in)
    assert shown["type"] is FlowResultType.SHOW_PROGRESS
    await until(lambda: len(capture_runs(pi)) == 1)
    dialog.close()
    await until(lambda: not capture_runs(pi)[0].exists())

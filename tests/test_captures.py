"""From an alert on the broker to the photo, its states and its event."""

from datetime import datetime
import io
import json
from pathlib import Path
import time

from homeassistant.components.camera import async_get_image
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.pi_security_camera.capture.jpeg import read_comments
from simulator import SimulatedHost
from simulator.scene import read_barcode, shows_full_view

from .conftest import TOPIC, alert, capture_runs, photos


async def test_an_alert_becomes_a_photo_a_state_and_an_event(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)

    (path,) = photos(photo_dir)
    event = hass.states.get("event.hall_capture")
    assert event is not None
    assert event.attributes["event_type"] == "captured"
    assert event.attributes["filename"] == path.name
    assert event.attributes["path"] == str(path)
    assert event.attributes["url"] == f"/api/pi_security_camera/photo/{entry.entry_id}/{path.name}"
    day = dt_util.now().date().isoformat()
    assert (
        event.attributes["media_content_id"] == f"media-source://pi_security_camera/{entry.entry_id}/{day}/{path.name}"
    )
    assert event.attributes["trigger"] == TOPIC
    assert event.attributes["topic"] == TOPIC
    assert event.attributes["value"] == 35
    assert event.attributes["coalesced"] == 0
    assert 0 < event.attributes["latency_ms"] < 10_000
    captured_at = datetime.fromisoformat(event.attributes["captured_at"])
    assert captured_at.timestamp() == pytest.approx(path.stat().st_mtime, abs=0.001)


async def test_the_state_is_there_before_the_event(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """An automation on the event that shows the sensor's file name would show the photo before."""
    seen: list[object] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == "event.hall_capture":
            sensor = hass.states.get("sensor.hall_last_capture")
            image = hass.states.get("image.hall_last_photo")
            outcome = hass.states.get("sensor.hall_last_outcome")
            new = event.data["new_state"]
            assert sensor
            assert image
            assert outcome
            assert new
            seen.append((sensor.attributes["filename"] == new.attributes["filename"], outcome.state, image.state))

    hass.bus.async_listen("state_changed", changed)
    await alert(hass)

    event = hass.states.get("event.hall_capture")
    assert event is not None
    assert seen == [(True, "captured", event.attributes["captured_at"])]


async def test_a_photo_is_readable_when_it_is_announced(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    whole: list[bytes] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] in {"event.hall_capture", "sensor.hall_last_capture"}:
            (path,) = photos(photo_dir)
            Image.open(path).load()
            whole.append(path.read_bytes())

    hass.bus.async_listen("state_changed", changed)
    await alert(hass)

    assert len(whole) == 2


async def test_the_photo_was_exposed_after_the_alert_arrived(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    before = time.time() * 1000
    await alert(hass)

    (path,) = photos(photo_dir)
    assert read_barcode(path.read_bytes()).exposed_at >= int(before)


async def test_the_photo_shows_the_whole_view_though_rpicam_would_crop_it(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, pi: SimulatedHost
) -> None:
    await alert(hass)

    (path,) = photos(photo_dir)
    assert shows_full_view(path.read_bytes())
    assert "2304:1296" in capture_runs(pi)[0].argv


@pytest.mark.options(full_view=False)
async def test_without_full_view_rpicam_chooses_the_mode(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)

    (path,) = photos(photo_dir)
    assert not shows_full_view(path.read_bytes())


async def test_the_jpeg_carries_its_cause_and_keeps_the_cameras_own_data(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)

    (path,) = photos(photo_dir)
    data = path.read_bytes()
    comment = json.loads(next(read_comments(data)))
    assert comment["trigger"] == comment["topic"] == TOPIC
    assert comment["value"] == 35
    assert datetime.fromisoformat(comment["time"]).utcoffset() is not None
    assert comment["latency_ms"] > 0
    exif = Image.open(io.BytesIO(data)).getexif().get_ifd(0x8769)
    assert exif[0x010F] == "Raspberry Pi"


async def test_camera_and_image_show_the_last_photo(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hass_client: ClientSessionGenerator
) -> None:
    await alert(hass)
    await alert(hass)

    data = photos(photo_dir)[-1].read_bytes()
    assert (await async_get_image(hass, "camera.hall")).content == data
    client = await hass_client()
    response = await client.get("/api/image_proxy/image.hall_last_photo")
    assert await response.read() == data


async def test_when_the_last_photo_is_deleted_the_one_before_is_shown(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass, '{"status": "ALERT", "value": 1}')
    await alert(hass, '{"status": "ALERT", "value": 2}')
    first, second = sorted(photos(photo_dir), key=lambda path: path.stat().st_mtime)
    second.unlink()

    assert (await async_get_image(hass, "camera.hall")).content == first.read_bytes()
    sensor = hass.states.get("sensor.hall_last_capture")
    assert sensor is not None
    assert (sensor.attributes["filename"], sensor.attributes["value"]) == (first.name, 1)


async def test_before_the_first_photo_there_is_none(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    states = {state.entity_id: state.state for state in hass.states.async_all()}
    assert states["sensor.hall_last_capture"] == "unknown"
    assert states["image.hall_last_photo"] == "unknown"
    client = await hass_client()
    assert (await client.get("/api/camera_proxy/camera.hall")).status == 500


async def test_every_photo_changes_the_cameras_state_so_that_cards_load_it(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await alert(hass)
    first = hass.states.get("camera.hall")
    await alert(hass)

    assert hass.states.get("camera.hall") != first


@pytest.mark.options(burst_count=3, burst_interval=0.0)
async def test_a_burst_takes_its_photos_and_has_one_outcome(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await alert(hass)

    assert len(photos(photo_dir)) == 3
    assert entry.runtime_data.outcomes.log.counts == {("captured", None): 1}

"""`camera.record` and its neighbours, as automations call them."""

import asyncio
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Fault, SimulatedHost
from simulator.scene import Barcode, read_barcode
from tests.conftest import is_running, state_of, until

from .conftest import arm, kept_open, now
from .viewers import Client


@pytest.fixture
def path(photo_dir: Path) -> Path:
    """Where a video may lie; the directory is not there yet."""
    return photo_dir / "videos" / "hall.mp4"


async def record(hass: HomeAssistant, path: Path, **how: Any) -> None:
    """Call the action, and wait for its end."""
    data = {"entity_id": "camera.hall", "filename": str(path), **how}
    await hass.services.async_call("camera", "record", data, blocking=True)


async def refusal(hass: HomeAssistant, path: Path) -> str | None:
    """Return the translation key of the error that recording ends in."""
    with pytest.raises(HomeAssistantError) as raised:
        await record(hass, path, duration=1)
    return raised.value.translation_key


def shown(path: Path) -> Iterator[tuple[float, Barcode]]:
    """Yield what each picture of a video shows, and when, in seconds."""
    with av.open(str(path), format="mp4") as video:
        assert video.streams.video[0].codec_context.name == "h264"
        for picture in video.decode(video=0):
            luma, file = picture.planes[0], BytesIO()
            grey = Image.frombytes("L", (luma.line_size, luma.height), bytes(luma))
            grey.crop((0, 0, luma.width, luma.height)).save(file, "BMP")
            yield picture.time, read_barcode(file.getvalue())


@kept_open
async def test_a_recording_shows_what_was_seen_before_and_after_and_is_whole_when_the_action_ends(
    hass: HomeAssistant, live: Client, path: Path
) -> None:
    await asyncio.sleep(2)
    called_at = now()
    await record(hass, path, duration=2, lookback=1)
    times, codes = zip(*shown(path), strict=True)
    assert [code.number for code in codes] == sorted({code.number for code in codes})
    assert called_at - 1300 <= codes[0].exposed_at <= called_at - 700
    assert called_at + 1500 <= codes[-1].exposed_at <= called_at + 2100
    for moment, code in zip(times, codes, strict=True):
        assert abs(1000 * moment - (code.exposed_at - codes[0].exposed_at)) < 300
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@kept_open
async def test_an_option_that_is_changed_meanwhile_does_not_cut_a_recording_short(
    hass: HomeAssistant, entry: MockConfigEntry, live: Client, path: Path
) -> None:
    running = hass.async_create_task(record(hass, path, duration=4, lookback=0))
    await until(lambda: state_of(hass, "camera.hall").state == "recording")
    await asyncio.sleep(0.5)
    hass.config_entries.async_update_entry(entry, options={**entry.options, "framerate": 19})
    await running
    times, codes = zip(*shown(path), strict=True)
    assert times[-1] > 3
    # It is another stream's from there on.
    assert codes[-1].number < len(codes)


@kept_open
async def test_one_recording_at_a_time_and_the_state_says_so(hass: HomeAssistant, live: Client, path: Path) -> None:
    running = hass.async_create_task(record(hass, path, duration=2))
    await until(lambda: state_of(hass, "camera.hall").state == "recording")
    assert await refusal(hass, path.with_name("other.mp4")) == "record_running"
    # Nothing that is not whole bears the name.
    assert not path.exists()
    await running
    assert path.exists()
    assert state_of(hass, "camera.hall").state == "streaming"


@kept_open
async def test_a_recording_of_a_camera_that_is_disarmed_is_kept_as_far_as_it_came(
    hass: HomeAssistant, live: Client, pi: SimulatedHost, path: Path
) -> None:
    running = hass.async_create_task(record(hass, path, duration=60))
    await until(lambda: state_of(hass, "camera.hall").state == "recording")
    await asyncio.sleep(1)
    await arm(hass, armed=False)
    assert not is_running(pi.runs("rpicam-vid")[-1].pid)
    async with asyncio.timeout(10):
        await running
    assert len([*shown(path)]) > 5


@kept_open
async def test_a_recording_that_is_cancelled_leaves_nothing_behind(
    hass: HomeAssistant, live: Client, path: Path
) -> None:
    running = hass.async_create_task(record(hass, path, duration=60))
    await until(lambda: path.parent.exists() and any(path.parent.iterdir()))
    running.cancel()
    await asyncio.wait([running])
    await until(lambda: not any(path.parent.iterdir()))
    assert state_of(hass, "camera.hall").state == "streaming"


@kept_open
async def test_what_keeps_a_video_from_being_written_is_told(hass: HomeAssistant, live: Client, path: Path) -> None:
    assert await refusal(hass, Path("/etc/hall.mp4")) == "record_not_allowed"
    path.parent.write_text("a file")
    assert await refusal(hass, path) == "record_not_written"
    path.parent.unlink()
    path.mkdir(parents=True)
    assert await refusal(hass, path) == "record_not_written"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


async def test_on_demand_there_is_nothing_to_record(hass: HomeAssistant, client: Client, path: Path) -> None:
    assert await refusal(hass, path) == "record_on_demand"
    assert not path.parent.exists()


@kept_open
async def test_without_a_stream_it_is_told_why_there_is_none(
    hass: HomeAssistant, live: Client, pi: SimulatedHost, path: Path
) -> None:
    pi.set(fault=Fault.BUSY)
    await arm(hass, armed=False)
    assert await refusal(hass, path) == "record_disarmed"
    await arm(hass, armed=True)
    assert await refusal(hass, path) == "record_no_frames"


@kept_open
async def test_a_stream_that_breaks_off_before_its_first_frame_is_no_video(
    hass: HomeAssistant, live: Client, pi: SimulatedHost, path: Path
) -> None:
    pi.set(fault=Fault.STALL)
    await asyncio.sleep(0.5)
    assert await refusal(hass, path) == "record_no_frames"
    assert [*path.parent.iterdir()] == []


@kept_open
async def test_the_live_picture_is_not_for_media_players(hass: HomeAssistant, live: Client) -> None:
    hass.config.internal_url = "http://127.0.0.1:8123"
    data = {"entity_id": "camera.hall", "media_player": "media_player.tv"}
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call("camera", "play_stream", data, blocking=True)
    assert raised.value.translation_key == "stream_not_playable"

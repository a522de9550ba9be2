"""Clips: what happened before and after an alert, as a film beside its photo."""

import asyncio
from datetime import datetime
from functools import partial
import gc
from itertools import pairwise
from pathlib import Path
import time
from typing import Any

import av
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera import clip_recorder
from custom_components.pi_security_camera.capture import clip as clip_module
from custom_components.pi_security_camera.capture.backlog import TimedFrame
from custom_components.pi_security_camera.capture.errors import StorageFull
from custom_components.pi_security_camera.clip_encoder import ClipEncoder
from custom_components.pi_security_camera.clip_writer import ClipWriter
from simulator import Fault, SimulatedHost

from .conftest import ALERT, TOPIC, photos, state_of, until
from .ssh import our_log
from .test_ready_mode import arm, change_options, cold, live, open_streams, streaming, streams

READY = pytest.mark.options(mode="ready", framerate=20, clips=True, pre_roll=2, post_roll=1)
ON_DEMAND = pytest.mark.options(clips=True, framerate=20, pre_roll=2, post_roll=1)

type Events = list[dict[str, Any]]


@pytest.fixture
def events(hass: HomeAssistant) -> Events:
    """What the event entity tells, in its order."""
    told: Events = []

    @callback
    def note(event: Event[Any]) -> None:
        if event.data["entity_id"] == "event.hall_capture" and event.data["new_state"].attributes.get("event_type"):
            told.append(dict(event.data["new_state"].attributes))

    hass.bus.async_listen("state_changed", note)
    return told


@pytest.fixture
def slow_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine takes several times as long for a frame as the camera."""
    add = ClipEncoder.add

    def add_slowly(encoder: ClipEncoder, frame: TimedFrame) -> bool:
        time.sleep(0.3)
        return add(encoder, frame)

    monkeypatch.setattr(ClipEncoder, "add", add_slowly)


def of_type(events: Events, kind: str) -> Events:
    """Return the events of one type."""
    return [event for event in events if event["event_type"] == kind]


async def clips(events: Events, count: int = 1) -> Events:
    """Wait for so many clips, and return their events."""
    await until(lambda: len(of_type(events, "clip_saved")) >= count)
    return of_type(events, "clip_saved")


def frames(path: Path) -> list[float]:
    """Return the times of a clip's frames in seconds, each of which is decoded."""
    with av.open(path) as film:
        return [frame.time for frame in film.decode(video=0) if frame.time is not None]


@READY
async def test_a_clip_begins_before_its_alert_goes_on_after_it_and_lies_beside_the_photo(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, events: Events, photo_dir: Path
) -> None:
    await streaming(entry)
    await asyncio.sleep(2.5)
    before = dt_util.utcnow()
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: state_of(hass, "camera.hall").state == "recording")
    (clip,) = await clips(events)
    (photo,) = of_type(events, "captured")

    assert events.index(photo) < events.index(clip)
    path = Path(clip["path"])
    assert path.parent == photo_dir
    assert path.suffix == ".mp4"
    assert clip["filename"] == path.name
    assert clip["media_content_id"].endswith(path.name)
    assert clip["url"].endswith(path.name)
    assert (clip["trigger"], clip["topic"], clip["value"], clip["alerts"]) == (TOPIC, TOPIC, 35, 1)
    assert clip["dropped_frames"] == 0
    # The two are found together.
    assert clip["photo"] == photo["filename"]
    assert path.stem == Path(photo["path"]).stem
    assert datetime.fromisoformat(clip["captured_at"]) == datetime.fromisoformat(photo["captured_at"]) >= before
    times = frames(path)
    # 2 s before it, 1 s after; the simulator has to share its machine.
    assert 2.5 <= clip["duration"] <= 3.3
    assert abs(times[-1] - clip["duration"]) < 1
    assert len(times) >= 15
    assert times == sorted(times)
    assert len(streams(pi)) == 1
    assert state_of(hass, "camera.hall").state != "recording"
    assert sorted(each.suffix for each in photo_dir.iterdir()) == [".jpg", ".mp4"]


@READY
async def test_further_alerts_make_the_clip_longer_and_each_has_its_photo(
    hass: HomeAssistant, entry: MockConfigEntry, events: Events
) -> None:
    await streaming(entry)
    for _ in range(3):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        await asyncio.sleep(0.6)
    (clip,) = await clips(events)
    assert clip["alerts"] == 3
    assert clip["duration"] >= 2
    assert len(of_type(events, "captured")) == 3


@READY
async def test_motion_without_end_makes_one_clip_after_the_other(
    hass: HomeAssistant, entry: MockConfigEntry, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_module, "LONGEST", 3.5)
    await streaming(entry)
    for _ in range(8):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        await asyncio.sleep(0.4)
    first, second = await clips(events, 2)
    assert first["duration"] <= 3.8
    assert second["duration"] > 0.5
    assert first["filename"] != second["filename"]


@ON_DEMAND
async def test_on_demand_the_camera_is_opened_for_the_clip_and_the_photo_is_its_first_good_frame(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, events: Events
) -> None:
    for number in (1, 2):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        clip = (await clips(events, number))[-1]
        assert 0.7 <= clip["duration"] <= 1.4
        assert len(of_type(events, "captured")) == number
        await until(lambda: open_streams(pi) == [])
    assert len(streams(pi)) == 2
    assert {run.ended for run in streams(pi)} == {"exit 0"}
    assert cold(pi) == []
    assert not live(entry).settings


@ON_DEMAND
async def test_a_camera_that_is_slow_to_start_has_its_clip_all_the_same(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, events: Events
) -> None:
    pi.set(start_delay=2)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    (clip,) = await clips(events)
    assert 0.7 <= clip["duration"] <= 1.4
    assert len(of_type(events, "captured")) == 1


@ON_DEMAND
async def test_disarmed_the_clip_ends_at_once_and_what_was_recorded_stays(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, events: Events
) -> None:
    await change_options(hass, entry, post_roll=60)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(of_type(events, "captured")) == 1)
    await asyncio.sleep(0.5)
    await arm(hass, armed=False)
    assert open_streams(pi) == []
    (clip,) = await clips(events)
    assert 0.2 < clip["duration"] < 5


@pytest.mark.parametrize("mode", ["ready", "on_demand"])
@READY
async def test_disarmed_before_the_first_frame_there_is_no_clip_and_nothing_is_wrong_with_the_camera(
    hass: HomeAssistant, entry: MockConfigEntry, events: Events, caplog: pytest.LogCaptureFixture, mode: str
) -> None:
    await change_options(hass, entry, mode=mode)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await arm(hass, armed=False)
    await until(lambda: not entry.runtime_data.clips._tasks)
    assert of_type(events, "failed") == []
    assert "sends no picture" not in caplog.text
    assert entry.runtime_data.outcomes.log.counts.total() == 1


@READY
async def test_when_home_assistant_stops_in_the_middle_of_a_clip_it_is_kept(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await change_options(hass, entry, post_roll=60)
    await streaming(entry)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(photos(photo_dir)) == 1)
    await asyncio.sleep(2)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert sorted(each.suffix for each in photo_dir.iterdir()) == [".jpg", ".mp4"]
    assert frames(next(photo_dir.glob("*.mp4")))


@READY
async def test_taken_down_in_the_middle_of_a_clip_it_is_kept_and_nothing_is_left_behind(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, photo_dir: Path
) -> None:
    await change_options(hass, entry, post_roll=60)
    await streaming(entry)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(photos(photo_dir)) == 1)
    await asyncio.sleep(0.5)
    await hass.config_entries.async_unload(entry.entry_id)
    assert open_streams(pi) == []
    assert sorted(each.suffix for each in photo_dir.iterdir()) == [".jpg", ".mp4"]
    assert frames(next(photo_dir.glob("*.mp4")))


@READY
async def test_a_stream_that_breaks_off_in_a_clip_goes_on_in_it(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, events: Events
) -> None:
    await change_options(hass, entry, post_roll=4)
    await streaming(entry)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await asyncio.sleep(0.3)
    pi.set(fault=Fault.CRASH, fault_runs=1)
    (clip,) = await clips(events)
    assert clip["duration"] > 3
    times = frames(Path(clip["path"]))
    assert max(after - before for before, after in pairwise(times)) > 0.5
    assert of_type(events, "failed") == []


@ON_DEMAND
@pytest.mark.parametrize("fault", [Fault.NO_CAMERA, Fault.BUSY, Fault.CRASH])
async def test_an_alert_whose_camera_fails_is_told_and_leaves_nothing_behind(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, events: Events, photo_dir: Path, fault: Fault
) -> None:
    await change_options(hass, entry, timeout=2)
    pi.set(fault=fault)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    # A busy machine takes its time for all the programs that are asked again.
    async with asyncio.timeout(60):
        while len(of_type(events, "failed")) < 2:
            await asyncio.sleep(0.05)
    assert list(photo_dir.iterdir()) == []
    assert entry.runtime_data.outcomes.log.counts.total() == 1
    pi.set(fault=Fault.NONE)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await clips(events)


@READY
async def test_a_clip_that_cannot_be_made_is_told_and_the_photo_is_there(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    events: Events,
    photo_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(ClipWriter, "finish", lambda *_: broken())
    await streaming(entry)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(of_type(events, "failed")) == 1)
    assert of_type(events, "failed")[0]["error"] == "capture_fault"
    assert len(photos(photo_dir)) == 1
    assert [each.suffix for each in photo_dir.iterdir()] == [".jpg"]
    assert "nobody foresaw" in caplog.text


@READY
async def test_a_machine_that_is_too_slow_for_a_clip_says_how_many_frames_are_missing(
    hass: HomeAssistant, entry: MockConfigEntry, events: Events, slow_encoder: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_recorder, "ClipWriter", partial(ClipWriter, max_bytes=200_000))
    await streaming(entry)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    (clip,) = await clips(events)
    assert clip["dropped_frames"] > 0
    assert len(frames(Path(clip["path"]))) + clip["dropped_frames"] > 5
    assert clip["duration"] > 1


@READY
async def test_a_clip_that_is_not_ready_when_the_camera_is_taken_down_is_told_and_nothing_else(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    events: Events,
    slow_encoder: None,
    photo_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("custom_components.pi_security_camera.coordinator.UNLOAD_GRACE", 0.1)
    await streaming(entry)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(photos(photo_dir)) == 1)
    await asyncio.sleep(0.5)
    await hass.config_entries.async_unload(entry.entry_id)
    gc.collect()
    assert [each["error"] for each in of_type(events, "failed")] == ["capture_stopped"]
    assert [each.suffix for each in photo_dir.iterdir()] == [".jpg"]
    assert [level for level, _ in our_log(caplog)] == ["INFO"]
    assert "never retrieved" not in caplog.text


@READY
async def test_clips_that_were_told_of_hide_no_photos_that_are_missing(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes, error = entry.runtime_data.outcomes, StorageFull("/media")
    for _ in range(2):
        outcomes.log_failure(error, "clips")
        outcomes.log_failure(error)
    assert [level for level, _ in our_log(caplog)] == ["WARNING", "WARNING"]


@READY
async def test_a_missing_encoder_is_logged_once_whatever_photos_are_taken_and_its_end_too(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    events: Events,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await streaming(entry)
    with monkeypatch.context() as patch:
        patch.setattr(av, "codecs_available", av.codecs_available - {"libx264"})
        for _ in range(3):
            await photo_without_clip(hass, events)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await clips(events)
    assert {event["error"] for event in of_type(events, "failed")} == {"clip_encoder_missing"}
    assert [level for level, _ in our_log(caplog)] == ["WARNING", "INFO"]


async def photo_without_clip(hass: HomeAssistant, events: Events) -> None:
    """Alert, and wait until a photo and a failed clip are told of."""
    before = len(events)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(events) == before + 2)


async def broken() -> None:
    """Fail as nobody foresaw."""
    raise RuntimeError


@READY
async def test_without_the_option_there_are_no_clips_and_a_change_is_heeded_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, events: Events
) -> None:
    await change_options(hass, entry, clips=False)
    await streaming(entry)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    await until(lambda: len(of_type(events, "captured")) == 1)
    assert not entry.runtime_data.clips.recording
    await change_options(hass, entry, clips=True)
    async_fire_mqtt_message(hass, TOPIC, ALERT)
    assert entry.runtime_data.clips.recording
    await clips(events)

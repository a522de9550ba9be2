"""The live picture, as any number of browsers see it: promise by promise, over real connections."""

import asyncio
from pathlib import Path
from statistics import median
from typing import Any

from homeassistant.components.camera import async_get_image
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_mqtt_message,
)

from custom_components.pi_security_camera import live as live_module, live_view as live_view_module
from simulator import Fault, SimulatedHost
from simulator.scene import read_barcode
from tests.conftest import ALERT, TOPIC, alert, is_running, photos, state_of, until

from .conftest import arm, change_options, kept_open, now, press
from .viewers import Client, watch, watch_slowly


def served() -> int:
    """Return how many viewers are being served, or are to get the rest of what they were sent."""
    calls = [asyncio.format_call_graph(task) for task in asyncio.all_tasks()]
    return sum("live_view.py" in each or "write_eof" in each for each in calls)


@kept_open
async def test_frames_come_in_their_order_whole_and_as_they_are_taken(live: Client) -> None:
    viewer = await watch(live)
    for _ in range(30):
        assert await viewer.take()
        assert now() - viewer.codes[-1].exposed_at < 2000
    codes = viewer.codes
    assert len(codes) > 20
    assert [code.number for code in codes] == sorted({code.number for code in codes})
    assert [code.exposed_at for code in codes] == sorted(code.exposed_at for code in codes)


@kept_open
async def test_all_viewers_see_the_frames_of_one_process(live: Client, pi: SimulatedHost) -> None:
    viewers = [await watch(live) for _ in range(5)]
    for _ in range(10):
        await asyncio.gather(*(viewer.take() for viewer in viewers))
    shown = [{code.number for code in viewer.codes} for viewer in viewers]
    assert set.intersection(*shown)
    assert len(pi.runs("rpicam-vid")) == 1


@kept_open
async def test_ten_viewers_one_of_them_stalled_cost_an_alerts_photo_nothing(
    hass: HomeAssistant, live: Client, photo_dir: Path, background: asyncio.TaskGroup
) -> None:
    async def latencies() -> list[int]:
        """Return how long the photos of some alerts took, in milliseconds."""
        taken = []
        for _ in range(15):
            before = state_of(hass, "event.hall_capture")
            async_fire_mqtt_message(hass, TOPIC, ALERT)
            async with asyncio.timeout(10):
                while (event := state_of(hass, "event.hall_capture")) is before:
                    await asyncio.sleep(0.005)
            assert event.attributes["event_type"] == "captured"
            taken.append(event.attributes["latency_ms"])
            # Not always at the same moment between two frames.
            await asyncio.sleep(0.037)
        return taken

    alone = await latencies()
    async with watch_slowly(hass, live):
        viewers = [await watch(live) for _ in range(9)]
        for viewer in viewers:
            background.create_task(viewer.take_all())
        watched = await latencies()
    assert len(photos(photo_dir)) == 30
    assert median(watched) <= 3 * median(alone)
    # And all others see what there is to see.
    seen = [len(viewer.codes) for viewer in viewers]
    assert min(seen) > max(seen) / 2 > 10


@kept_open
async def test_a_slow_viewer_misses_frames_and_never_sees_old_ones_for_long(hass: HomeAssistant, live: Client) -> None:
    """What waits for it is a picture or two, here and in the system: not all that came meanwhile."""
    async with watch_slowly(hass, live) as viewer:
        first = read_barcode(await viewer.take())
        await asyncio.sleep(2)
        resumed_at = now()
        late = [read_barcode(await viewer.take())]
        while late[-1].exposed_at < resumed_at:
            late.append(read_barcode(await viewer.take()))
    assert late[-1].number - first.number >= 20
    assert len(late) <= 5


@kept_open
async def test_a_viewer_that_takes_nothing_is_let_go_and_no_other(
    hass: HomeAssistant, live: Client, background: asyncio.TaskGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_view_module, "_PATIENCE", 0.5)
    viewer = await watch(live)
    background.create_task(viewer.take_all())
    async with watch_slowly(hass, live) as stalled:
        await asyncio.sleep(2)
        rest = await stalled.take_rest()
    # Some megabytes have come meanwhile; and nothing is left over that still waits to be taken.
    assert len(rest) < 500_000
    assert not rest.endswith(b"\r\n")
    count = len(viewer.pictures)
    await until(lambda: len(viewer.pictures) > count)


@kept_open
async def test_a_viewer_of_a_stream_that_breaks_off_sees_it_go_on(
    hass: HomeAssistant, live: Client, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing older meanwhile, such as the last photo."""
    monkeypatch.setattr(live_module, "_FIRST_PAUSE", 0.2)
    await press(hass)
    await asyncio.sleep(0.2)
    viewer = await watch(live)
    await viewer.take()
    pi.set(fault=Fault.CRASH)
    await until(lambda: len(pi.runs("rpicam-vid")) > 1)
    pi.heal()
    healed_at = now()
    await viewer.take_until(lambda picture: read_barcode(picture).exposed_at > healed_at)
    times = [code.exposed_at for code in viewer.codes]
    assert times == sorted(times)


@kept_open
async def test_disarmed_no_process_runs_and_viewers_stay(
    hass: HomeAssistant, live: Client, pi: SimulatedHost, photo_dir: Path
) -> None:
    await press(hass)
    viewer = await watch(live)
    await viewer.take()
    await arm(hass, armed=False)
    (run,) = pi.runs("rpicam-vid")
    assert not is_running(run.pid)
    assert state_of(hass, "camera.hall").state == "idle"
    (photo,) = photos(photo_dir)
    await viewer.take_until(lambda picture: picture == photo.read_bytes())
    assert len(pi.runs("rpicam-vid")) == 1

    await press(hass)
    newest = photos(photo_dir)[-1]
    assert newest != photo
    await viewer.take_until(lambda picture: picture == newest.read_bytes())
    armed_at = now()
    await arm(hass, armed=True)
    await viewer.take_until(lambda picture: read_barcode(picture).exposed_at > armed_at)
    assert len(pi.runs("rpicam-vid")) == 2


async def test_on_demand_a_viewer_sees_each_photo_twice_and_the_stream_once_there_is_one(
    hass: HomeAssistant, entry: MockConfigEntry, client: Client, photo_dir: Path
) -> None:
    """Chrome shows a picture when the next one begins."""
    viewer = await watch(client)
    for _ in range(2):
        await alert(hass)
        data = photos(photo_dir)[-1].read_bytes()
        assert [await viewer.take(), await viewer.take()] == [data, data]
    changed_at = now()
    await change_options(hass, entry, mode="ready")
    await viewer.take_until(lambda picture: read_barcode(picture).exposed_at > changed_at)
    await change_options(hass, entry, mode="on_demand")
    await viewer.take_until(lambda picture: picture == data)


@kept_open
@pytest.mark.parametrize("stop", [False, True], ids=["unloaded", "stopped"])
async def test_viewers_are_let_go_when_the_camera_goes(
    hass: HomeAssistant, entry: MockConfigEntry, live: Client, background: asyncio.TaskGroup, *, stop: bool
) -> None:
    viewer = await watch(live)
    taking = background.create_task(viewer.take_all())
    async with watch_slowly(hass, live) as stalled:
        await asyncio.sleep(1)
        assert viewer.pictures
        assert served() == 2
        if stop:
            hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        else:
            await hass.config_entries.async_unload(entry.entry_id)
        # It ends as such a stream does, and does not only break.
        await taking
        # And one that takes nothing holds nothing up.
        await until(lambda: served() == 0)
        rest = await stalled.take_rest()
    assert not rest.endswith(b"\r\n")


async def test_a_viewer_who_left_is_forgotten(hass: HomeAssistant, client: Client) -> None:
    """Even while there is nothing to send to anybody, from which it would show."""
    await alert(hass)
    async with watch_slowly(hass, client) as viewer:
        assert await viewer.take() == await viewer.take()
        await asyncio.sleep(0.5)
        assert served() == 1
    await until(lambda: served() == 0)


@kept_open
async def test_the_picture_is_the_newest_frame_and_the_state_says_so(hass: HomeAssistant, live: Client) -> None:
    for _ in range(3):
        shown = read_barcode((await async_get_image(hass, "camera.hall")).content)
        assert now() - shown.exposed_at < 1000
        await asyncio.sleep(0.1)
    assert live
    await press(hass)
    await arm(hass, armed=False)
    photo = (await async_get_image(hass, "camera.hall")).content
    assert read_barcode(photo).exposed_at < now()
    assert state_of(hass, "camera.hall").state == "idle"


@kept_open
async def test_frames_write_no_states(hass: HomeAssistant, live: Client) -> None:
    """Each would be a row in the database, and have all dashboards load the picture anew."""
    events: list[Event[Any]] = async_capture_events(hass, "state_changed")
    viewer = await watch(live)
    await viewer.take_until(lambda _: len(viewer.codes) > 20)
    assert events == []


@pytest.mark.parametrize("mode", ["on_demand", "ready"])
async def test_snapshots_are_of_the_newest_picture(
    hass: HomeAssistant, entry: MockConfigEntry, client: Client, pi: SimulatedHost, photo_dir: Path, mode: str
) -> None:
    await alert(hass)
    await change_options(hass, entry, mode=mode)
    expected = "streaming" if mode == "ready" else "idle"
    await until(lambda: state_of(hass, "camera.hall").state == expected)
    asked_at, runs = now(), len(pi.runs("rpicam-jpeg"))
    path = photo_dir / "snapshot.jpg"
    await hass.services.async_call(
        "camera", "snapshot", {"entity_id": "camera.hall", "filename": str(path)}, blocking=True
    )
    exposed_at = read_barcode(path.read_bytes()).exposed_at
    assert exposed_at > asked_at - 500 if mode == "ready" else path.read_bytes() == photos(photo_dir)[-1].read_bytes()
    assert len(pi.runs("rpicam-jpeg")) == runs

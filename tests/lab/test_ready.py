"""What is measured of a camera that is kept open, with a house that takes no time."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from scripts.lab import ready_clips, ready_hour, shots
from scripts.lab.open_camera import OpenCamera
from scripts.lab.progress import LabError
from scripts.lab.ready_clips import measure_clips
from scripts.lab.ready_hour import count_disorder, measure_hour
from scripts.lab.ready_latency import count_early, frames_bar, measure_ready_latency
from scripts.lab.shots import Shot
from tests.lab.standins import QuickCamera, QuickHouse, capture


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shots, "_PAUSE", 0)
    monkeypatch.setattr(ready_hour, "_REST", 0.01)
    monkeypatch.setattr(ready_clips, "_LOOK", 0.01)


def shot(number: int, published: float, exposed: float = 50, dated: float = 80) -> Shot:
    return Shot(Path("capture.jpg"), published, number, exposed, dated, 100)


def test_the_bar_is_two_intervals_and_a_little() -> None:
    assert (frames_bar(10), round(frames_bar(30), 1)) == (225, 91.7)


async def test_photos_are_measured_on_demand_and_at_both_rates(tmp_path: Path) -> None:
    house, camera = QuickHouse(tmp_path), QuickCamera()
    with house.stopwatch() as stopwatch:
        rows = {row.name: row for row in await measure_ready_latency(stopwatch, cast("OpenCamera", camera), 3)}
    assert house.shots == 9
    assert camera.opened == [(30, {}), (10, {})]
    assert rows["10 frames/s: alert to readable file, 95th percentile"].bar == 225
    assert rows["30 frames/s: photos from before their alert's arrival"].passed
    assert rows["10 frames/s: on demand takes so many times as long"].value > 0
    assert "on demand: alert to exposure, median" in rows


def test_photos_from_before_their_alert_are_counted() -> None:
    taken = [shot(1, 10.0), shot(2, 20.0), shot(3, 30.0)]
    assert count_early(taken, [10.001, 20.06, 30.0]) == 1
    with pytest.raises(LabError, match="2 alerts have arrived for 3 photos"):
        count_early(taken, [10.0, 20.0])


async def test_an_hour_may_last_a_second(tmp_path: Path) -> None:
    house, camera = QuickHouse(tmp_path), QuickCamera()
    with house.stopwatch() as stopwatch:
        rows = await measure_hour(stopwatch, cast("OpenCamera", camera), 1)
    named = {row.name.partition(": ")[2]: row for row in rows}
    assert camera.opened == [(10, {})]
    assert named["photos before"].value + named["photos"].value == house.shots
    assert named["photos"].value >= 3
    assert named["photos not of their own time"].value == named["photos not after the one before"].value == 0
    assert (named["share of a core"].bar, named["memory, growth to the last quarter"].bar) == (5, 5)


@pytest.mark.parametrize(
    ("exposed", "dated", "timely"), [(50, 80, True), (-30, 10, False), (50, 40, False), (50, 900, False)]
)
def test_a_picture_is_of_its_own_time(exposed: float, dated: float, timely: bool) -> None:
    assert ready_hour._is_timely(shot(1, 10.0, exposed, dated)) is timely


def test_pictures_that_do_not_follow_each_other_are_counted() -> None:
    assert count_disorder([shot(1, 10.0), shot(8, 11.0), shot(15, 12.0)]) == 0
    assert count_disorder([shot(1, 10.0), shot(1, 11.0), shot(15, 12.0)]) == 1
    assert count_disorder([shot(1, 10.0), shot(8, 9.0)]) == 1


async def test_a_clip_is_told_with_its_size_for_each_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, camera = QuickHouse(tmp_path), QuickCamera()
    path = tmp_path / "capture_clip.mp4"
    path.write_bytes(bytes(1024 * 1024))

    async def at_the_end(_stopwatch: Any) -> Any:
        return capture(path, duration=8)

    monkeypatch.setattr(ready_clips, "_clip", at_the_end)
    with house.stopwatch() as stopwatch:
        rows = {row.name: row for row in await measure_clips(stopwatch, cast("OpenCamera", camera), 2)}
    assert [options.get("clips") for _, options in camera.opened] == [None, True]
    assert (rows["the clip: length"].value, rows["the clip: file for each second"].value) == (8, 128)
    assert rows["while a clip is recorded: share of a core"].value >= 0


async def test_the_clip_is_waited_for_and_a_missing_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready_clips, "_LIMIT", 0.1 - ready_clips._POST_ROLL)
    house = QuickHouse(tmp_path)
    with house.stopwatch() as stopwatch:
        house.tell(capture(tmp_path / "a.jpg"))
        house.tell(capture(tmp_path / "a.mp4", duration=3))
        assert (await ready_clips._clip(stopwatch)).duration == 3
        with pytest.raises(LabError, match="No clip"):
            await asyncio.wait_for(ready_clips._clip(stopwatch), 5)

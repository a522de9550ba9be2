"""Photos by alerts, and what they say of their times."""

import os
from pathlib import Path

import pytest

from scripts.lab import shots as shots_module
from scripts.lab.progress import LabError
from scripts.lab.shots import Shot, describe, take_shot, take_shots
from tests.lab.standins import QuickHouse, capture


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shots_module, "_PAUSE", 0)


def shot(exposed: float, readable: float = 100) -> Shot:
    return Shot(Path("capture.jpg"), 50.0, 1, exposed, exposed + 10, readable)


async def test_a_shots_times_are_those_of_its_picture_and_its_file(tmp_path: Path) -> None:
    house = QuickHouse(tmp_path)
    with house.stopwatch() as stopwatch:
        house.tell(capture(tmp_path / "clip.mp4", duration=12))
        taken = await take_shots(stopwatch, 3, 0.01)
    assert [each.number for each in taken] == [1, 2, 3]
    for each in taken:
        assert -1 <= each.exposed <= each.dated + 5
        assert 0 < each.readable < 1000
        assert not each.precedes(each.published)


async def test_the_files_time_is_told_beside_the_pictures(tmp_path: Path) -> None:
    house = QuickHouse(tmp_path)
    with house.stopwatch() as stopwatch:
        sent = await shots_module._answered(stopwatch)
    os.utime(sent.path, (0, sent.published_on + 0.25))
    assert shots_module._read(sent).dated == pytest.approx(250, abs=1)


async def test_a_photo_that_fails_ends_it_with_its_reason(tmp_path: Path) -> None:
    house = QuickHouse(tmp_path)
    house.message = "The camera is in use."
    with house.stopwatch() as stopwatch, pytest.raises(LabError, match="in use"):
        await take_shot(stopwatch)


async def test_another_photo_than_the_one_told_of_is_none(tmp_path: Path) -> None:
    house = QuickHouse(tmp_path)
    with house.stopwatch() as stopwatch:
        house.tell(capture(tmp_path / "capture_9.jpg"))
        with pytest.raises(LabError, match="capture_9"):
            await take_shot(stopwatch)


@pytest.mark.parametrize(("exposed", "precedes"), [(0, True), (28, True), (29.5, False), (40, False)])
def test_a_picture_from_before_its_alerts_arrival_is_told(exposed: float, precedes: bool) -> None:
    # The alert arrived 30 ms after it was published; a bar code tells whole milliseconds.
    assert shot(exposed).precedes(50.03) is precedes


def test_each_of_the_times_has_a_row_and_the_last_a_bar() -> None:
    rows = describe("ready", [shot(number, 100 + number) for number in range(20)], 110)
    assert [row.value for row in rows] == [9.5, 18, 19.5, 28, 109.5, 118]
    assert [row.bar for row in rows] == [None] * 5 + [110]
    assert not rows[-1].passed

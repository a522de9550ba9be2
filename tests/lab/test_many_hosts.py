"""Which photo answers which alert."""

import asyncio
from contextlib import ExitStack
import json
from pathlib import Path
from typing import cast

import pytest

from custom_components.pi_security_camera.capture.jpeg import insert_comment
from scripts.lab.light_host_camera import LightHost
from scripts.lab.many_hosts import _Watched
from scripts.lab.sensor import MotionSensor

# The shortest thing that begins and ends like a photo.
JPEG = b"\xff\xd8\xff\xda\x00\x02\xff\xd9"


class Sensor:
    """Notes what is published."""

    def __init__(self) -> None:
        self.published: list[tuple[str, float]] = []

    def alert(self, topic: str, distance: float) -> None:
        self.published.append((topic, distance))


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.lab.many_hosts._INTERVAL", 0.01)


def photo_of(number: int) -> bytes:
    return insert_comment(JPEG, json.dumps({"trigger": "hall", "value": number}).encode())


async def test_a_photo_answers_its_alert_and_those_that_joined_it(no_pause: None, tmp_path: Path) -> None:
    sensor, host = Sensor(), LightHost(1, "", "Pi 1", tmp_path)
    with ExitStack() as stack:
        watched = _Watched.of_host(host, cast("MotionSensor", sensor), stack)
        await watched.alert(4)
        assert sensor.published == [(f"lab/{tmp_path.name}", number) for number in range(4)]
        # Number 2 joined the photo that number 1 had asked for.
        for number in (0, 1, 3):
            (tmp_path / f"capture_{number}.jpg").write_bytes(photo_of(number))
        while watched.pending < 3:
            await asyncio.sleep(0.01)
        first, second, third, fourth = watched.latencies()
        assert second > third
        assert min(first, second, third, fourth) > 0
        assert (watched.sent, watched.photos, watched.latencies()) == (4, 3, [])


async def test_an_alert_before_all_photos_has_none(no_pause: None, tmp_path: Path) -> None:
    with ExitStack() as stack:
        watched = _Watched.of_host(LightHost(1, "", "Pi 1", tmp_path), cast("MotionSensor", Sensor()), stack)
        await watched.alert(2)
        (tmp_path / "capture_1.jpg").write_bytes(photo_of(1))
        while not watched.pending:
            await asyncio.sleep(0.01)
        assert len(watched.latencies()) == 1

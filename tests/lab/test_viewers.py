"""Viewers of a live picture, at a server that shows one."""

import asyncio
from collections.abc import AsyncGenerator
import contextlib
from pathlib import Path
import time
from typing import cast

import pytest

from scripts.lab import shots
from scripts.lab.open_camera import OpenCamera
from scripts.lab.ready_viewers import measure_viewers
from scripts.lab.viewers import watched
from tests.lab.standins import QuickCamera, QuickHouse, frame

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"


class Show:
    """Shows pictures to whoever comes."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[bytes] = []
        self.last = -1
        """After so many pictures a connection ends; never when it is -1."""
        self._tasks: set[asyncio.Task[None] | None] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        # Viewers leave without a word.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._show(reader, writer)
        writer.close()

    async def end(self) -> None:
        tasks = [task for task in self._tasks if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _show(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(HEAD)
        number = 0
        while number != self.last:
            number += 1
            picture = frame(number, time.time())
            writer.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture))
            writer.write(picture + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)


@pytest.fixture
async def show(socket_enabled: None) -> AsyncGenerator[Show]:
    show = Show()
    server = await asyncio.start_server(show.serve, "127.0.0.1", 0)
    show.port = server.sockets[0].getsockname()[1]
    yield show
    server.close()
    await show.end()
    await server.wait_closed()


async def path() -> str:
    return "/live?token=1"


async def test_viewers_take_every_picture_and_one_takes_none(show: Show) -> None:
    async with asyncio.timeout(20), watched(show.port, path, 2) as viewers:
        while min(viewer.pictures for viewer in viewers) < 5:
            await asyncio.sleep(0.01)
        ages = [viewer.age() for viewer in viewers]
    assert show.asked == [b"GET /live?token=1 HTTP/1.0"] * 3
    assert all(-1 <= age < 5000 for age in ages)


async def test_a_viewer_that_is_let_go_is_told(show: Show) -> None:
    show.last = 3
    with pytest.raises(ExceptionGroup):
        async with asyncio.timeout(20), watched(show.port, path, 1):
            await asyncio.sleep(10)


async def test_photos_are_taken_with_viewers_and_without(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shots, "_PAUSE", 0.2)
    house, camera = QuickHouse(tmp_path, show.port), QuickCamera("/live")
    with house.stopwatch() as stopwatch:
        measured = await measure_viewers(stopwatch, cast("OpenCamera", camera), 3)
    rows = {row.name: row for row in measured}
    assert (house.shots, len(show.asked)) == (6, 20)
    assert rows["10 viewers: pictures a second, fewest"].value > 0
    assert rows["10 viewers: ratio of the medians"].value == pytest.approx(
        rows["10 viewers: alert to readable file, median"].value
        / rows["no viewers: alert to readable file, median"].value
    )

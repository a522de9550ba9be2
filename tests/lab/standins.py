"""What stands in for a house in tests of the bench's parts."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
import io
import os
from pathlib import Path
import time
from types import SimpleNamespace
from typing import Any, cast

from PIL import Image, ImageDraw

from scripts.lab.captures import Capture, CaptureFeed
from scripts.lab.stopwatch import Stopwatch
from scripts.lab.watcher import PhotoWatcher
from simulator import barcode
from simulator.barcode import Barcode

_SIZE = 320, 240


def frame(number: int, exposed_at: float) -> bytes:
    """Return a picture with a bar code; the time is in seconds since 1970."""
    picture = Image.new("RGB", _SIZE)
    barcode.draw(ImageDraw.Draw(picture), _SIZE, Barcode(number, int(exposed_at * 1000)))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def capture(path: Path | None, *, message: str = "", duration: float | None = None) -> Capture:
    """Return what is told of a photo, a clip or a failure."""
    return Capture(path, message, "hall", None, None, 0, datetime.now(UTC), duration)


class QuickHouse:
    """A house whose photos are there at once: pictures that are exposed at the alert, with numbers from 1."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self.directory = directory
        self.port = port
        self.shots = 0
        self.message = ""
        """Why photos fail, if they do."""
        self.feed = CaptureFeed("event.hall_capture", "")

    @contextmanager
    def stopwatch(self) -> Iterator[Stopwatch]:
        """Return a stopwatch whose watcher is watching."""
        home_assistant = SimpleNamespace(process=SimpleNamespace(pid=os.getpid()), url=f"http://127.0.0.1:{self.port}")
        house = SimpleNamespace(client=self, home_assistant=home_assistant)
        watcher = PhotoWatcher(self.directory)
        with watcher.watching():
            yield Stopwatch(cast("Any", house), cast("Any", self), self.feed, watcher, ())

    def alert(self) -> None:
        """Take a photo."""
        self.shots += 1
        name = f"capture_{self.shots}.jpg"
        if not self.message:
            temporary = self.directory / f".{name}"
            temporary.write_bytes(frame(self.shots, time.time()))
            # By itself a file gets a time of the kernel's, which is some milliseconds old.
            os.utime(temporary, ns=(time.time_ns(), time.time_ns()))
            temporary.rename(self.directory / name)
        self.tell(capture(None if self.message else self.directory / name, message=self.message))

    def tell(self, told: Capture) -> None:
        """Tell of something."""
        self.feed._queue.put_nowait(told)

    async def request(self, method: str, path: str, _body: Any = None) -> Any:
        """Answer for the probe: each alert arrived when it was published."""
        assert path == "/api/lab_probe"
        if method == "POST":
            self._before = self.shots
        now = time.perf_counter()
        return {"arrivals": [now - 3600] * (self.shots - self._before), "longest_block": 0.001}


class QuickCamera:
    """A camera that changes its mode at once; notes how it was opened."""

    def __init__(self, path: str = "") -> None:
        self.opened: list[tuple[int, dict[str, Any]]] = []
        self._path = path

    async def close(self) -> None:
        """Be closed."""

    async def open(self, framerate: int, **options: Any) -> None:
        """Be open."""
        self.opened.append((framerate, options))

    async def stream_path(self) -> str:
        """Return where it is seen."""
        await asyncio.sleep(0)
        return self._path

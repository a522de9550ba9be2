"""The two times that are compared: of the camera's command alone, and from an alert to the photo's file."""

import asyncio
from dataclasses import dataclass
import subprocess
import time
from typing import Self

from simulator import SimulatedHost

from .captures import Capture, CaptureFeed
from .house import House
from .progress import LabError
from .sensor import MotionSensor
from .watcher import PhotoWatcher

# Longer than any photo of a simulated camera that works.
_PHOTO_LIMIT = 30.0

# Home Assistant writes to its database after a photo; the next measurement is not to pay for it.
_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Measures one house."""

    house: House
    sensor: MotionSensor
    feed: CaptureFeed
    watcher: PhotoWatcher
    command: tuple[str, ...]
    """The command that the integration runs for a photo."""

    @classmethod
    async def of_house(cls, house: House, sensor: MotionSensor, pi: SimulatedHost) -> Self:
        """Take one photo, which shows where photos go and by which command. Raises LabError."""
        feed = await CaptureFeed.follow(house.client, house.entities.find("event", "_capture"))
        sensor.alert()
        first = await next_photo(feed)
        if first.path is None:
            message = f"The first photo failed: {first.message}"
            raise LabError(message)
        program, *options = pi.captures()[-1].argv
        command = (str(pi.program(program)), *options)
        return cls(house, sensor, feed, PhotoWatcher(first.path.parent), command)

    async def command_alone(self) -> float:
        """Run the camera's command from here; return the seconds from its start to its exit."""
        await asyncio.sleep(_PAUSE)
        return await asyncio.to_thread(self._run_command)

    def _run_command(self) -> float:
        start = time.perf_counter()
        subprocess.run(self.command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return time.perf_counter() - start

    async def alert_to_file(self) -> float:
        """Publish an alert; return the seconds until its photo could be read whole. The watcher is watching."""
        await asyncio.sleep(_PAUSE)
        start = time.perf_counter()
        self.sensor.alert()
        sighting = await self.watcher.next(_PHOTO_LIMIT)
        await next_photo(self.feed)
        return sighting.at - start


async def next_photo(feed: CaptureFeed) -> Capture:
    """Wait for the next photo, or why there is none; clips are passed over. Raises LabError when nothing comes."""
    try:
        async with asyncio.timeout(_PHOTO_LIMIT):
            while (capture := await feed.next()).duration is not None:
                pass
            return capture
    except TimeoutError as error:
        message = f"No photo within {_PHOTO_LIMIT:.0f} s"
        raise LabError(message) from error

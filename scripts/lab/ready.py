"""The camera that is kept open: how soon a photo is there, and what that takes."""

import simulator

from .broker import running_broker
from .camera import Camera
from .folder import Folder
from .house import open_house
from .open_camera import OpenCamera
from .ports import LOOPBACK, choose
from .probe import PROBE
from .progress import progress
from .ready_clips import measure_clips
from .ready_hour import measure_hour
from .ready_latency import measure_ready_latency
from .ready_viewers import measure_viewers
from .report import Row
from .sensor import MotionSensor
from .stopwatch import Stopwatch

# Seconds from a program's start to its exposure: of a Pi on which a photo on demand is worth avoiding.
_DELAY = 1.2


async def measure_ready(folder: Folder, runs: int, seconds: float) -> list[Row]:
    """Measure photos from the open camera, so many for each time, and its work for so many seconds.

    What the camera's own programs take on a Raspberry Pi is not measured: the simulator paints its pictures in Python.
    """
    pi = simulator.install(folder.camera, start_delay=_DELAY)
    progress("The camera's programs are simulated: what they take on a Raspberry Pi is not measured")
    progress("Starting the broker and Home Assistant ...")
    async with (
        running_broker(folder.path, choose()) as broker,
        open_house(folder, broker, Camera(pi.directory), (LOOPBACK, choose()), (PROBE,)) as house,
    ):
        sensor = MotionSensor(broker.port)
        await sensor.connect()
        stopwatch = await Stopwatch.of_house(house, sensor, pi)
        camera = await OpenCamera.of_house(house)
        with stopwatch.watcher.watching():
            return [
                *await measure_ready_latency(stopwatch, camera, runs),
                *await measure_viewers(stopwatch, camera, runs),
                *await measure_clips(stopwatch, camera, runs),
                *await measure_hour(stopwatch, camera, seconds),
            ]

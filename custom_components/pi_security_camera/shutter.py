"""One picture for a request: a frame of the camera when it is open, a photo taken cold when it is not."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
import time

from .capture.command import Completed
from .capture.queue import Request
from .capture.rpicam import CameraSettings
from .host import Host
from .live import LiveCamera


@dataclass(frozen=True, slots=True)
class Shot:
    """What a camera gave, not checked yet: when its last byte came (monotonic), and how long that took; in seconds."""

    completed: Completed
    received_at: float
    seconds: float


class Shutter:
    """Takes the pictures of one camera."""

    def __init__(self, host: Host, live: LiveCamera) -> None:
        self._host = host
        self._live = live

    async def take(self, request: Request, camera_id: str, settings: CameraSettings, limit: float) -> Shot:
        """Return a picture that was exposed after all had arrived that this request answers.

        A frame may take `limit` seconds, and so may a photo that is taken cold then.
        Raises RunnerError and CameraError.
        """
        began = time.monotonic()
        # A camera that is about to be opened or closed is waited for, and not asked twice.
        await self._live.adjust()
        # Nothing has joined what is left of a burst: its frame may have come while the one before was saved.
        after = request.due if request.told else began
        frame = None
        # Frames that wait on a slow line may be older than the alert for longer than a photo takes.
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                frame = await self._live.next_frame(after)
        if frame:
            return Shot(Completed(0, frame.data, ""), frame.received_at, max(0.0, frame.received_at - began))
        completed = await self._host.take(camera_id, settings, limit)
        # The camera works, whatever kept its stream from starting.
        self._live.retry()
        now = time.monotonic()
        return Shot(completed, now, now - began)

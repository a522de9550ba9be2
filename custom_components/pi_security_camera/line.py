"""The queue's moving side: one request is served at a time, and whoever asked gets its photos or its error."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from .capture.errors import CaptureError, CaptureFault, CaptureStopped
from .capture.photo import Photo
from .capture.queue import CaptureQueue, Place, Request
from .const import LOGGER

type Photos = tuple[Photo, ...]


class CaptureLine:
    """Serves requests one after the other.

    `serve` takes a request's photos and raises CaptureError; cancelled, it raises `cause_of_end`. `start` makes a task.
    """

    def __init__(
        self,
        serve: Callable[[Request], Awaitable[Photos]],
        start: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
    ) -> None:
        self._serve = serve
        self._start = start
        self._queue = CaptureQueue()
        self._serving: asyncio.Task[None] | None = None
        self._running: asyncio.Future[Photos] | None = None
        self._waiting: asyncio.Future[Photos] | None = None
        self.cause_of_end: CaptureError = CaptureStopped()
        """Why the running request was cancelled."""

    def submit(self, request: Request) -> tuple[Place, asyncio.Future[Photos]]:
        """Put a request in its place; return the place and the photos to come."""
        place = self._queue.add(request)
        if place is Place.START:
            self._begin(request, _future())
        elif self._waiting is None:
            self._waiting = _future()
        photos = self._running if place is Place.START else self._waiting
        assert photos is not None  # noqa: S101 - made above
        return place, photos

    def drop_waiting(self, error: CaptureError, *, spare_awaited: bool) -> Request | None:
        """Forget the waiting request, unless somebody waits for it and is to be spared; return what was dropped."""
        request, photos = self._queue.waiting, self._waiting
        if request is None or photos is None or (spare_awaited and request.awaited):
            return None
        self._queue.drop_waiting()
        self._waiting = None
        photos.set_exception(error)
        photos.exception()
        return request

    async def end_running(self, error: CaptureError, *, spare_awaited: bool, grace: float = 0) -> None:
        """Cancel the running request after `grace` seconds, and wait until its process is gone."""
        request, serving = self._queue.running, self._serving
        if request is None or serving is None or (spare_awaited and request.awaited):
            return
        if grace:
            await asyncio.wait([serving], timeout=grace)
        if not serving.done():
            self.cause_of_end = error
            serving.cancel()
            await asyncio.wait([serving])

    def _begin(self, request: Request, photos: asyncio.Future[Photos]) -> None:
        self._running = photos
        self._serving = self._start(self._run(request, photos))

    async def _run(self, request: Request, photos: asyncio.Future[Photos]) -> None:
        try:
            photos.set_result(await self._serve(request))
        except CaptureError as error:
            photos.set_exception(error)
        except Exception:  # noqa: BLE001 - logged; the next alert must be served all the same
            LOGGER.exception("A capture failed in a way that nobody foresaw")
            photos.set_exception(CaptureFault())
        finally:
            if not photos.done():
                photos.set_exception(CaptureStopped())
            if not photos.cancelled():
                # Nobody waits for an alert's photo: its error was announced, and is no "exception never retrieved".
                photos.exception()
            self._next()

    def _next(self) -> None:
        self._serving = self._running = None
        request, photos = self._queue.finish(), self._waiting
        self._waiting = None
        if request is not None and photos is not None:
            self._begin(request, photos)


def _future() -> asyncio.Future[Photos]:
    return asyncio.get_running_loop().create_future()

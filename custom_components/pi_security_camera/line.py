"""The queue's moving side: one capture at a time, and whoever asked gets the photos or the error."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
import time

from .capture.errors import CaptureError, CaptureFault, CaptureStopped
from .capture.photo import Photo
from .capture.queue import CaptureQueue, Place, Request
from .const import LOGGER


class _Waiter:
    """A task that waits for `count` photos; see Want."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._photos: list[Photo] = []
        self.result: asyncio.Future[tuple[Photo, ...]] = asyncio.get_running_loop().create_future()

    @property
    def open(self) -> bool:
        return not self.result.done()

    def take(self, photo: Photo) -> None:
        self._photos.append(photo)
        if self.open and len(self._photos) == self._count:
            self.result.set_result(tuple(self._photos))

    def fail(self, error: CaptureError) -> None:
        if self.open:
            self.result.set_exception(error)


class CaptureLine:
    """Serves requests one photo after the other.

    `serve` takes and announces one photo of a request, or announces why it could not be taken and raises CaptureError;
    cancelled, it raises `cause_of_end`. `start` makes a task, which runs to its first pause at once.
    """

    def __init__(
        self,
        serve: Callable[[Request], Awaitable[Photo]],
        start: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
    ) -> None:
        self._serve = serve
        self._start = start
        self._queue = CaptureQueue()
        self._serving: asyncio.Task[None] | None = None
        self._ending = False
        self._pause: asyncio.TimerHandle | None = None
        self.cause_of_end: CaptureError = CaptureStopped()
        """Why the running capture was cancelled."""

    def submit(self, request: Request) -> Place:
        """Put a request in its place."""
        place = self._queue.add(request)
        if place is Place.START and self._queue.running:
            self._begin(self._queue.running)
        return place

    async def wait_for(self, request: Request) -> tuple[Photo, ...]:
        """Put a request in its place and return its photos; raise CaptureError when one cannot be taken."""
        waiter = _Waiter(request.count)
        self.submit(replace(request, wants=(waiter,)))
        return await waiter.result

    def drop_waiting(self, error: CaptureError, *, spare_awaited: bool) -> Request | None:
        """Forget the waiting request, unless somebody waits for it and is to be spared; return what was dropped."""
        request = self._queue.waiting
        if request is None or (spare_awaited and request.awaited):
            return None
        self._queue.drop_waiting()
        self._end_pause()
        _fail(request, error)
        return request

    async def end_running(self, error: CaptureError, *, spare_awaited: bool, grace: float = 0) -> None:
        """Cancel the running capture after `grace` seconds, and wait until its process is gone.

        A photo that arrives all the same is kept; what is left of its burst is not taken.
        """
        request, serving = self._queue.running, self._serving
        if request is None or serving is None or (spare_awaited and request.awaited):
            return
        self.cause_of_end, self._ending = error, True
        if grace:
            await asyncio.wait([serving], timeout=grace)
        if not serving.done():
            serving.cancel()
            await asyncio.wait([serving])

    def _begin(self, request: Request) -> None:
        self._end_pause()
        self.cause_of_end, self._ending = CaptureStopped(), False
        self._start(self._run(request))

    async def _run(self, request: Request) -> None:
        # Not what `_start` returns: a capture that ends without a pause has begun the next one by then.
        self._serving = asyncio.current_task()
        rest, began = None, time.monotonic()
        try:
            photo = await self._serve(request)
        except CaptureError as error:
            _fail(request, error)
        except Exception:  # noqa: BLE001 - logged; the next alert must be served all the same
            LOGGER.exception("A capture failed in a way that nobody foresaw")
            _fail(request, CaptureFault())
        else:
            for want in request.wants:
                want.take(photo)
            if self._ending:
                _fail(request, self.cause_of_end)
            else:
                rest = request.rest(began)
        finally:
            self._queue.finish(rest)
            self._serve_waiting()

    def _serve_waiting(self) -> None:
        """Begin with the waiting request, or wait until it is due."""
        self._pause = None
        now = time.monotonic()
        if request := self._queue.start_waiting(now):
            self._begin(request)
        elif waiting := self._queue.waiting:
            loop = asyncio.get_running_loop()
            self._pause = loop.call_later(waiting.due - now, self._serve_waiting)

    def _end_pause(self) -> None:
        if self._pause:
            self._pause.cancel()
            self._pause = None


def _fail(request: Request, error: CaptureError) -> None:
    for want in request.wants:
        want.fail(error)

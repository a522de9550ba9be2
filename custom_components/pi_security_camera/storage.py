"""The archive, asked from the event loop: each job runs in the executor, and none holds up a capture for ever."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant

from .archive import Archive
from .capture.errors import StorageSilent
from .const import STORAGE_JOBS, STORAGE_LIMIT, STORAGE_LOOKS


class Storage:
    """One camera's archive behind the executor."""

    def __init__(self, hass: HomeAssistant, archive: Archive) -> None:
        self._hass = hass
        self._slots = asyncio.Semaphore(STORAGE_JOBS)
        self._looks = asyncio.Semaphore(STORAGE_LOOKS)
        self._stuck: asyncio.Future[Any] | None = None
        self.archive = archive

    async def run[**P, R](self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a job of the archive and return its result.

        A share that does not answer holds its threads, and nothing can free them: no more than STORAGE_JOBS of Home
        Assistant's are given to it, and after the first that is late each job fails at once. Raises StorageError.
        """
        return await self._result(await self._begin(partial(job, *args, **kwargs)))

    async def look[**P, R](self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a job as `run` does, of which a browser may want hundreds at once.

        They wait for each other, and leave slots free: nothing else, such as saving a photo, waits behind them all.
        """
        await self._looks.acquire()
        try:
            running = await self._begin(partial(job, *args, **kwargs))
        except BaseException:
            self._looks.release()
            raise
        # Not when the asker is gone: the thread may still be at work then.
        running.add_done_callback(lambda _: self._looks.release())
        return await self._result(running)

    async def _begin[R](self, job: Callable[[], R]) -> asyncio.Future[R]:
        """Wait for a slot, and begin a job."""
        if self._stuck and not self._stuck.done():
            raise self._silent()
        try:
            async with asyncio.timeout(STORAGE_LIMIT):
                await self._slots.acquire()
        except TimeoutError:
            raise self._silent() from None
        running = self._hass.async_add_executor_job(job)
        running.add_done_callback(self._free)
        return running

    async def _result[R](self, running: asyncio.Future[R]) -> R:
        """Return what a job returns; who asked may go away meanwhile, as browsers do, which makes no job late."""
        done, _ = await asyncio.wait([running], timeout=STORAGE_LIMIT)
        if not done:
            self._stuck = running
            raise self._silent()
        return running.result()

    def _free(self, job: asyncio.Future[Any]) -> None:
        """Free a job's slot; if nobody waits for it any more, nobody misses its error."""
        self._slots.release()
        if not job.cancelled():
            job.exception()

    def _silent(self) -> StorageSilent:
        return StorageSilent(str(self.archive.directory), STORAGE_LIMIT)


async def finish[T](work: Awaitable[T]) -> T:
    """Do some work to its end, though its task is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue
    return task.result()


async def in_time[T](work: Coroutine[Any, Any, T], directory: Path, limit: float) -> T:
    """Wait for a thread that writes below a directory, `limit` seconds at most.

    Raises StorageSilent then: the directory lies on a share that does not answer, and its thread is lost.
    """
    task = asyncio.ensure_future(work)
    # Nobody misses what it says at last, when it is late or who waits is cancelled.
    task.add_done_callback(lambda task: task.cancelled() or task.exception())
    done, _ = await asyncio.wait([task], timeout=limit)
    if not done:
        raise StorageSilent(str(directory), limit)
    return task.result()

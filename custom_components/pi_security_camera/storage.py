"""The archive, asked from the event loop: each job runs in the executor, and none holds up a capture for ever."""

import asyncio
from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant

from .archive import Archive
from .capture.errors import StorageFailed
from .const import STORAGE_LIMIT


class Storage:
    """One camera's archive behind the executor."""

    def __init__(self, hass: HomeAssistant, archive: Archive) -> None:
        self._hass = hass
        self._stuck: asyncio.Future[Any] | None = None
        self.archive = archive

    async def run[**P, R](self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a job of the archive and return its result.

        A share that does not answer holds its thread, and nothing can free it: the job has failed then, and no further
        thread is given away until the first one is back. Raises StorageError.
        """
        if self._stuck and not self._stuck.done():
            raise self._silent()
        running = self._hass.async_add_executor_job(lambda: job(*args, **kwargs))
        done, _ = await asyncio.wait([running], timeout=STORAGE_LIMIT)
        if not done:
            self._stuck = running
            raise self._silent()
        return running.result()

    def _silent(self) -> StorageFailed:
        return StorageFailed(str(self.archive.directory), f"no answer within {STORAGE_LIMIT:g} s")

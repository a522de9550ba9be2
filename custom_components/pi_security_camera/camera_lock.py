"""Who may use a camera: one program at a time. Who takes a photo goes before who keeps it open. No Home Assistant."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class CameraWanted(Exception):
    """A camera that was kept open has to be given back: somebody takes a photo with it."""


class CameraLock:
    """The turns of those who use one camera."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._wanted = 0
        self._give_back: Callable[[], None] | None = None

    @asynccontextmanager
    async def use(self) -> AsyncIterator[None]:
        """Have the camera for as long as a photo takes; whoever keeps it open gives it back for that."""
        self._wanted += 1
        try:
            if self._give_back:
                self._give_back()
            async with self._lock:
                yield
        finally:
            self._wanted -= 1

    @asynccontextmanager
    async def keep(self) -> AsyncIterator[None]:
        """Have the camera until somebody takes a photo with it; then what is done within is cancelled.

        Raises CameraWanted then.
        """
        try:
            async with self._lock, asyncio.timeout(None) as loan:
                if self._wanted:
                    raise CameraWanted

                def give_back() -> None:
                    self._give_back = None
                    loan.reschedule(asyncio.get_running_loop().time())

                self._give_back = give_back
                try:
                    yield
                finally:
                    self._give_back = None
        except TimeoutError:
            if loan.expired():
                raise CameraWanted from None
            raise

"""A camera that is opened and closed: its mode, changed as a person changes it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from .client import Json
from .entities import DOMAIN
from .flows import change_options
from .house import House
from .progress import LabError

# A simulated camera is open after its start delay; one that is not after so long will not be. Seconds.
_LIMIT = 30.0
_POLL = 0.1

# The first frames are too few to tell the camera's pace. Seconds.
_SETTLING = 2.0


@dataclass(frozen=True, slots=True)
class OpenCamera:
    """The camera of a house that has only one."""

    house: House
    entry_id: str
    entity_id: str

    @classmethod
    async def of_house(cls, house: House) -> Self:
        """Find it."""
        entries = await house.client.call("config_entries/get", domain=DOMAIN)
        return cls(house, entries[0]["entry_id"], house.entities.find("camera"))

    async def close(self) -> None:
        """Take photos on demand from now on."""
        await self._change(mode="on_demand")
        await self._until(lambda state: state not in {"streaming", "recording"}, "is still open")

    async def open(self, framerate: int, **options: Any) -> None:
        """Be ready from now on, at so many frames a second; return when frames have come for a while.

        `options` are those of the clips, which are off unless they are asked for.
        """
        await self.close()
        await self._change(**{"mode": "ready", "framerate": framerate, "clips": False} | options)
        await self._until(lambda state: state == "streaming", "sends no frames")
        await asyncio.sleep(_SETTLING)

    async def stream_path(self) -> str:
        """Return the path at which its live picture is seen, with a token that lasts for some minutes."""
        state = await self._state()
        return f"/api/camera_proxy_stream/{self.entity_id}?token={state['attributes']['access_token']}"

    async def _change(self, **options: Any) -> None:
        await change_options(self.house.client, DOMAIN, self.entry_id, options)

    async def _state(self) -> Json:
        state: Json = await self.house.client.request("GET", f"/api/states/{self.entity_id}")
        return state

    async def _until(self, wanted: Callable[[str], bool], problem: str) -> None:
        """Wait until its state is as wanted. Raises LabError."""
        try:
            async with asyncio.timeout(_LIMIT):
                while True:
                    if wanted((await self._state())["state"]):
                        return
                    await asyncio.sleep(_POLL)
        except TimeoutError as error:
            message = f"The camera {problem}, {_LIMIT:.0f} s after its mode was changed"
            raise LabError(message) from error

"""One camera's archive, asked through Home Assistant's public face."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

from .client import Json, RequestRefused
from .entities import DOMAIN
from .house import House
from .made_photos import MadePhoto
from .progress import LabError
from .quick_camera import QuickCamera

_POLL = 0.005

# More than anybody wants to look at in turn.
_SAMPLE = 100

# Longer than a start with many photos may take anywhere. Seconds.
_START_LIMIT = 120.0


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """A camera with its archive, as who uses it sees them."""

    house: House
    entry_id: str
    name: str
    directory: Path
    photos: tuple[MadePhoto, ...]
    """What was put into the archive, the oldest first."""
    small: tuple[MadePhoto, ...]
    """Some of them that hold a small picture."""
    bare: tuple[MadePhoto, ...]
    """Some that do not."""

    @classmethod
    async def of_camera(cls, house: House, camera: QuickCamera, photos: tuple[MadePhoto, ...]) -> Self:
        """Find the camera's entry. Raises LabError when there is none."""
        for entry in await house.client.call("config_entries/get", domain=DOMAIN):
            if entry["title"] == camera.name:
                small, bare = (_some(photos, has_thumbnail=wanted) for wanted in (True, False))
                return cls(house, entry["entry_id"], camera.name, camera.photos, photos, small, bare)
        message = f"There is no entry of {camera.name}"
        raise LabError(message)

    async def stop(self) -> None:
        """Switch the camera off, as the page of the integrations does; all that is known of its photos is forgotten."""
        await self.house.client.call("config_entries/disable", entry_id=self.entry_id, disabled_by="user")

    async def start(self) -> None:
        """Switch the camera on, and wait until it shows how many photos there are. Raises LabError when it does not."""
        await self.house.client.call("config_entries/disable", entry_id=self.entry_id, disabled_by=None)
        try:
            async with asyncio.timeout(_START_LIMIT):
                # What is waited for lies in another process.
                while await self._shown() != str(len(self.photos)):  # noqa: ASYNC110
                    await asyncio.sleep(_POLL)
        except TimeoutError as error:
            message = f"{self.name} shows {await self._shown()} photos and not {len(self.photos)}"
            raise LabError(message) from error

    async def _shown(self) -> str:
        sensor = self.house.entities.find("sensor", f".{self.name}_photos")
        try:
            state = await self.house.client.request("GET", f"/api/states/{sensor}")
        except RequestRefused:
            # It is switched off.
            return "no"
        return str(state["state"])

    async def days(self) -> list[Json]:
        """Browse the camera; return its days."""
        return await self._browse(self.entry_id)

    async def day(self, day: date) -> list[Json]:
        """Browse a day; return its photos."""
        return await self._browse(f"{self.entry_id}/{day}")

    async def _browse(self, place: str) -> list[Json]:
        command, at = "media_source/browse_media", f"media-source://{DOMAIN}/{place}"
        found: list[Json] = (await self.house.client.call(command, media_content_id=at))["children"]
        return found

    async def search(self, text: str) -> list[Json]:
        """Search the camera; return the photos that fit, or the newest of them."""
        command, at = "media_source/search_media", f"media-source://{DOMAIN}/{self.entry_id}"
        answer = await self.house.client.call(command, media_content_id=at, search_query=text)
        found: list[Json] = answer["result"]
        return found

    async def thumbnail(self, photo: MadePhoto) -> bytes:
        """Return a photo's small picture."""
        return await self.house.client.fetch(f"/api/{DOMAIN}/thumbnail/{self.entry_id}/{photo.name}")

    async def take(self) -> Json:
        """Take a photo; return where it is found."""
        photo: Json = (await self._act("capture", count=1))["photos"][0]
        return photo

    async def purge(self, **limits: Any) -> int:
        """Keep these limits, or only say what they would take (`dry_run`); return how many photos that is."""
        return len((await self._act("purge", **limits))["photos"])

    async def _act(self, action: str, **data: Any) -> Json:
        camera = self.house.entities.find("camera", f".{self.name}")
        answer = await self.house.client.call(
            "call_service",
            domain=DOMAIN,
            service=action,
            service_data=data,
            target={"entity_id": camera},
            return_response=True,
        )
        done: Json = answer["response"][camera]
        return done


def _some(photos: Sequence[MadePhoto], *, has_thumbnail: bool) -> tuple[MadePhoto, ...]:
    """Return some photos with or without a small picture in them, from all over the archive."""
    fitting = [photo for photo in photos if photo.has_thumbnail is has_thumbnail]
    return tuple(fitting[:: max(1, len(fitting) // _SAMPLE)])

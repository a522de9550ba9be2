"""What a camera remembers over restarts."""

from dataclasses import asdict, dataclass
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .capture.retention import Limits
from .const import DOMAIN


@dataclass(frozen=True, slots=True)
class Remembered:
    """Whether a camera is armed, and the limits that its user let rest, if any."""

    armed: bool = True
    declined: Limits | None = None


class CameraStore:
    """Where a camera keeps that."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store: Store[dict[str, Any]] = Store(hass, 1, f"{DOMAIN}.{entry_id}")

    async def async_load(self) -> Remembered:
        """Return what was kept; a new camera is armed."""
        stored = await self._store.async_load() or {}
        declined = stored.get("declined")
        return Remembered(stored.get("armed", True), Limits(**declined) if declined else None)

    async def async_save(self, remembered: Remembered) -> None:
        """Keep it."""
        await self._store.async_save(asdict(remembered))

    async def async_remove(self) -> None:
        """Forget it."""
        await self._store.async_remove()

"""The entities of the integration's camera, found by what they are."""

from dataclasses import dataclass
from typing import Self

from .client import Client
from .progress import LabError

DOMAIN = "pi_security_camera"


@dataclass(frozen=True, slots=True)
class Entities:
    """The ids of all entities that the integration has registered."""

    ids: tuple[str, ...]

    @classmethod
    async def of_integration(cls, client: Client) -> Self:
        """Ask Home Assistant's registry."""
        entries = await client.call("config/entity_registry/list")
        return cls(tuple(entry["entity_id"] for entry in entries if entry["platform"] == DOMAIN))

    def find(self, domain: str, ending: str = "") -> str:
        """Return the entity of this kind, say `sensor` and `_last_capture`. Raises LabError when there is none."""
        for entity_id in self.ids:
            if entity_id.startswith(f"{domain}.") and entity_id.endswith(ending):
                return entity_id
        message = f"The integration has no entity {domain}.*{ending}"
        raise LabError(message)

"""What is measured inside Home Assistant's process."""

from pathlib import Path

from .client import Client, Json

PROBE = Path(__file__).with_name("lab_probe")
"""The custom integration that measures; the house needs it."""

_ADDRESS = "/api/lab_probe"


async def start_probe(client: Client, topic: str | None = None, states: float = 0) -> None:
    """Measure from now on, and count the messages of a topic; let the probe change so many states in a second."""
    await client.request("POST", _ADDRESS, {"topic": topic, "states": states})


async def read_probe(client: Client) -> Json:
    """Measure no more; return what was seen, see lab_probe."""
    seen: Json = await client.request("GET", _ADDRESS)
    return seen

"""The whole lab put together: Home Assistant with the integration, at a broker, with its cameras."""

from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from .broker import Broker
from .camera import Cameras
from .client import Client
from .configuration import link_integration, write_configuration
from .dashboard import ensure_dashboard
from .entities import DOMAIN, Entities
from .flows import run_flow
from .folder import Folder
from .home_assistant import HomeAssistant, running_home_assistant
from .ports import LOOPBACK
from .progress import LabError, progress
from .timezone import local_time_zone

ROOT = Path(__file__).parents[2]

_HOME = {
    "location_name": "Pi Security Camera",
    "country": "FR",
    "currency": "EUR",
    "language": "en",
    "unit_system": "metric",
}

# A slow machine needs a while for its first photo; a minute without a subscription means that none comes.
_SUBSCRIPTION_LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class House:
    """Everything running, set up, and listening to the cameras' topics."""

    home_assistant: HomeAssistant
    client: Client
    entities: Entities


@contextlib.asynccontextmanager
async def open_house(
    folder: Folder, broker: Broker, cameras: Cameras, address: tuple[str, int], integrations: tuple[Path, ...] = ()
) -> AsyncIterator[House]:
    """Start Home Assistant on the folder, listening at the address, and set up in it what is missing.

    `address` is a host (an own address) and a port;
    `integrations` are folders of custom integrations to set up besides ours. Raises LabError.
    """
    write_configuration(
        folder.configuration,
        media=folder.media,
        address=address,
        extra=[integration.name for integration in integrations],
    )
    for integration in (ROOT / "custom_components" / DOMAIN, *integrations):
        link_integration(folder.configuration, integration)
    broker.forget_subscriptions()
    url = f"http://{LOOPBACK}:{address[1]}"
    async with (
        running_home_assistant(folder.configuration, url, cameras.environment()) as home_assistant,
        aiohttp.ClientSession() as session,
    ):
        client = await home_assistant.log_in(session)
        try:
            yield House(home_assistant, client, await _set_up(client, folder, broker, cameras))
        finally:
            await client.close()


async def _set_up(client: Client, folder: Folder, broker: Broker, cameras: Cameras) -> Entities:
    """Do what a person does once in the frontend, as far as it is not done yet."""
    await _describe_home(client)
    await _ensure_mqtt(client, folder, broker)
    await _ensure_cameras(client, cameras)
    for topic in cameras.topics:
        await _until_listening(client, broker, topic)
    entities = await Entities.of_integration(client)
    await ensure_dashboard(client, entities)
    return entities


async def _describe_home(client: Client) -> None:
    """Answer what Home Assistant would otherwise ask for."""
    if (await client.request("GET", "/api/config"))["country"] is None:
        await client.call("config/core/update", **_HOME, time_zone=local_time_zone())


async def _ensure_mqtt(client: Client, folder: Folder, broker: Broker) -> None:
    """Connect Home Assistant to the broker, which may have got another port than last time."""
    entries = await client.call("config_entries/get", domain="mqtt")
    if entries and folder.broker_port == broker.port:
        return
    progress("Connecting Home Assistant to the broker ...")
    answers = {"broker": LOOPBACK, "port": broker.port, "set_client_cert": False, "set_ca_cert": "off"}
    await run_flow(client, "mqtt", answers=answers, entry_id=entries[0]["entry_id"] if entries else None)
    folder.remember(broker_port=broker.port)


async def _ensure_cameras(client: Client, cameras: Cameras) -> None:
    """Set up the integration, unless it is."""
    if await client.call("config_entries/get", domain=DOMAIN):
        return
    progress("Setting up the camera and taking a test photo ...")
    await cameras.set_up(client)


async def _until_listening(client: Client, broker: Broker, topic: str) -> None:
    """Wait until no alert can be missed any more."""
    try:
        await broker.wait_for_subscription(topic, _SUBSCRIPTION_LIMIT)
    except TimeoutError as error:
        entries = await client.call("config_entries/get", domain=DOMAIN)
        states = ", ".join(f"{entry['title']}: {entry['state']} {entry['reason'] or ''}" for entry in entries)
        message = f"The integration does not listen to {topic} ({states})"
        raise LabError(message) from error

"""A camera whose live picture somebody wants, and what happens to it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
import time
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.conftest import EntryMaker, state_of, until

from .viewers import Client

kept_open = pytest.mark.options(mode="ready", framerate=20)
"""A camera of the mode Ready."""


@pytest.fixture
async def entry(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, request: pytest.FixtureRequest
) -> AsyncGenerator[MockConfigEntry]:
    """A camera, set up; a stream that goes on is nothing to wait for."""
    marker = request.node.get_closest_marker("options")
    entry = make_entry(**(marker.kwargs if marker else {}))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    yield entry
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.fixture
async def client(hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator) -> Client:
    """A browser whose user is signed in."""
    return await hass_client()


@pytest.fixture
async def live(hass: HomeAssistant, entry: MockConfigEntry, client: Client) -> Client:
    """The same, once frames come."""
    await until(lambda: state_of(hass, "camera.hall").state == "streaming")
    return client


@pytest.fixture
async def background() -> AsyncGenerator[asyncio.TaskGroup]:
    """What goes on beside a test, and ends with it."""
    with suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as tasks:
            yield tasks
            raise asyncio.CancelledError


def now() -> int:
    """Return the time as bar codes have it: milliseconds since 1970."""
    return int(time.time() * 1000)


async def arm(hass: HomeAssistant, *, armed: bool) -> None:
    """Turn the switch."""
    service = "turn_on" if armed else "turn_off"
    await hass.services.async_call("switch", service, {"entity_id": "switch.hall_armed"}, blocking=True)


async def press(hass: HomeAssistant) -> None:
    """Take a photo by hand."""
    await hass.services.async_call("button", "press", {"entity_id": "button.hall_take_photo"}, blocking=True)


async def change_options(hass: HomeAssistant, entry: MockConfigEntry, **changes: Any) -> None:
    """Change options, as the dialog does."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, **changes})
    await hass.async_block_till_done()

"""Promise 9: nothing blocks the event loop. Whatever touches the photo directory does so in another thread."""

from collections.abc import Generator
from pathlib import Path
import sys
import threading
from typing import Any

from homeassistant.components import media_source
from homeassistant.components.camera import async_get_image
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from .conftest import EntryMaker, alert, set_up, state_of

_watched: list[tuple[Path, list[tuple[str, bool]]]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what Python does with files below the watched directory, and whether on the main thread."""
    for directory, touches in _watched:
        if any(str(argument).startswith(str(directory)) for argument in arguments):
            touches.append((event, threading.current_thread() is threading.main_thread()))


# A hook cannot be taken away again; it does nothing while nothing is watched.
sys.addaudithook(_hook)


@pytest.fixture
def touches(photo_dir: Path) -> Generator[list[tuple[str, bool]]]:
    """What was done with files in the photo directory, and whether on the event loop's thread."""
    found: list[tuple[str, bool]] = []
    _watched.append((photo_dir, found))
    yield found
    _watched.clear()


async def test_the_photo_directory_is_never_touched_on_the_event_loop(
    hass: HomeAssistant,
    ready: None,
    make_entry: EntryMaker,
    hass_client: ClientSessionGenerator,
    touches: list[tuple[str, bool]],
) -> None:
    """A slow SD card or share would stop all of the house."""
    entry: MockConfigEntry = make_entry()
    await set_up(hass, entry)
    assert await async_setup_component(hass, "media_source", {})
    await alert(hass)
    await alert(hass)
    event = state_of(hass, "event.hall_capture").attributes
    await async_get_image(hass, "camera.hall")
    await media_source.async_browse_media(hass, f"media-source://pi_security_camera/{entry.entry_id}")
    await media_source.async_browse_media(hass, event["media_content_id"].rpartition("/")[0])
    client = await hass_client()
    assert (await client.get(event["url"])).status == 200
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_unload(entry.entry_id)

    assert {"os.mkdir", "os.scandir", "open", "os.link"} <= {what for what, _ in touches}
    assert [what for what, on_the_loop in touches if on_the_loop] == []

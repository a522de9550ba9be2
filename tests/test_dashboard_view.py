"""The dashboard view that is shipped to be pasted."""

from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import Template
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.pi_security_camera.links import MediaIdentifier

VIEW: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "dashboards" / "day.yaml").read_text("utf-8"))
CARDS = [card for section in VIEW["sections"] for card in section["cards"]]
SOURCE = "media-source://pi_security_camera"


def places(link: str) -> list[str]:
    """Return the media identifiers that a link into the media browser leads along."""
    start, *steps = link.removeprefix("/").split("/")[0:]
    assert (start, steps[0]) == ("media-browser", "browser")
    return [unquote(step).partition(",")[2] for step in steps[1:]]


async def test_every_entity_in_the_shipped_view_is_one_that_a_camera_has_and_that_is_enabled(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    named = set(re.findall(r"\b[a-z_]+\.hall_[a-z_]+", yaml.safe_dump(VIEW)))
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert len(named) >= 6
    assert named <= {entity.entity_id for entity in entities if not entity.disabled}


async def test_its_links_lead_to_the_days_of_the_camera_in_the_media_browser(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    (text,) = [card["content"] for card in CARDS if card["type"] == "markdown"]
    links = re.findall(r"\[([^]]+)\]\(([^)]+)\)", Template(text, hass).async_render())
    assert [name for name, _ in links[:2]] == ["Today", "Yesterday"]
    root, camera, today = places(links[0][1])
    assert (root, camera) == (SOURCE, f"{SOURCE}/{entry.entry_id}")
    place = MediaIdentifier.parse(today.removeprefix(f"{SOURCE}/"))
    assert place == MediaIdentifier(entry.entry_id, dt_util.now().date())

    (frame,) = [card["url"] for card in CARDS if card["type"] == "iframe"]
    assert places(frame) == [SOURCE]

"""The dashboard views that are shipped to be pasted."""

from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import Template
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.pi_security_camera.links import MediaIdentifier

from .conftest import alert

VIEWS = {"en": "day.yaml", "fr": "jour.yaml"}
FOLDER = Path(__file__).parents[1] / "dashboards"
SOURCE = "media-source://pi_security_camera"


def places(link: str) -> list[str]:
    """Return the media identifiers that a link into the media browser leads along."""
    start, *steps = link.removeprefix("/").split("/")[0:]
    assert (start, steps[0]) == ("media-browser", "browser")
    return [unquote(step).partition(",")[2] for step in steps[1:]]


@pytest.fixture(params=VIEWS)
async def language(hass: HomeAssistant, ready: None, request: pytest.FixtureRequest) -> str:
    """A language of Home Assistant, in which it names its entities."""
    hass.config.language = str(request.param)
    return hass.config.language


def view_in(language: str) -> dict[str, Any]:
    """Return the view for a language."""
    view: dict[str, Any] = yaml.safe_load((FOLDER / VIEWS[language]).read_text("utf-8"))
    return view


def cards(view: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return a view's cards of a kind."""
    return [card for section in view["sections"] for card in section["cards"] if card["type"] == kind]


async def test_every_entity_in_the_shipped_view_is_one_that_a_camera_has_and_that_is_enabled(
    hass: HomeAssistant, language: str, entry: MockConfigEntry
) -> None:
    named = set(re.findall(r"\b[a-z_]+\.hall_[a-z_]+", yaml.safe_dump(view_in(language))))
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert len(named) == 7
    assert named <= {entity.entity_id for entity in entities if not entity.disabled}


async def test_its_link_leads_to_today_s_photos_as_soon_as_there_are_some(
    hass: HomeAssistant, language: str, entry: MockConfigEntry
) -> None:
    view = view_in(language)
    (card,) = cards(view, "markdown")
    link = re.compile(r"\[[^]]+\]\(([^)]+)\)")
    assert not link.findall(Template(card["content"], hass).async_render())
    await alert(hass)
    (found,) = link.findall(Template(card["content"], hass).async_render())
    root, camera, today = places(found)
    assert (root, camera) == (SOURCE, f"{SOURCE}/{entry.entry_id}")
    place = MediaIdentifier.parse(today.removeprefix(f"{SOURCE}/"))
    assert place == MediaIdentifier(entry.entry_id, dt_util.now().date())

    (frame,) = cards(view, "iframe")
    assert places(frame["url"]) == [SOURCE]

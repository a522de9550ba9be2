"""The dashboard that greets a visitor of the demo."""

from pathlib import Path
from typing import Any

import yaml

from .client import Client, Json
from .entities import Entities

_PATH = "security-camera"

_DAY = Path(__file__).parents[2] / "dashboards" / "day.yaml"
# The camera that the shipped view names, for its user to replace.
_SOMEBODY_S = ".hall_"

_TILES = (
    ("button", "_take_photo"),
    ("switch", "_armed"),
    ("binary_sensor", "_motion"),
    ("sensor", "_last_capture"),
    ("sensor", "_last_outcome"),
)


async def ensure_dashboard(client: Client, entities: Entities) -> None:
    """Make the camera's dashboard and let the frontend open with it, unless it has been made."""
    dashboards = await client.call("lovelace/dashboards/list")
    if any(dashboard["url_path"] == _PATH for dashboard in dashboards):
        return
    await client.call(
        "lovelace/dashboards/create",
        url_path=_PATH,
        title="Security camera",
        icon="mdi:cctv",
        mode="storage",
        show_in_sidebar=True,
    )
    await client.call("lovelace/config/save", url_path=_PATH, config=_dashboard(entities))
    await client.call("frontend/set_system_data", key="core", value={"default_panel": _PATH})


def _tile(entity_id: str) -> Json:
    """Return a card of half a column with the entity's own name, without the camera's before it."""
    # What a button shows is when it was pressed.
    pressed = entity_id.startswith("button.")
    name = {"type": "entity"}
    return {"type": "tile", "entity": entity_id, "name": name, "hide_state": pressed, "grid_options": {"columns": 6}}


def _day(entities: Entities) -> dict[str, Any]:
    """Return the view that the project ships, with the camera's entities."""
    ours = entities.find("image", "_last_photo").removeprefix("image").removesuffix("last_photo")
    view: dict[str, Any] = yaml.safe_load(_DAY.read_text(encoding="utf-8").replace(_SOMEBODY_S, ours))
    return view


def _dashboard(entities: Entities) -> Json:
    """Return two views: the camera, what can be done and what has happened; and that of the day."""
    picture = {
        "type": "picture-entity",
        "entity": entities.find("camera"),
        # Without it, the card asks for a new picture every ten seconds.
        "camera_view": "live",
        "show_state": False,
        "show_name": False,
        "grid_options": {"columns": "full"},
    }
    tiles = [_tile(entities.find(domain, ending)) for domain, ending in _TILES]
    history = {"type": "logbook", "entities": [entities.find("event", "_capture")], "hours_to_show": 24}
    return {
        "views": [
            {
                "title": "Security camera",
                "type": "sections",
                "max_columns": 2,
                "sections": [
                    {"type": "grid", "cards": [picture]},
                    {"type": "grid", "cards": [*tiles, history]},
                ],
            },
            _day(entities),
        ]
    }

"""The media browser, as its page in the browser asks Home Assistant."""

from typing import Any

from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

ROOT = "media-source://pi_security_camera"


class Browser:
    """Asks for media over the websocket."""

    def __init__(self, websocket: MockHAClientWebSocket) -> None:
        self._websocket = websocket

    async def ask(self, command: str, place: str, **more: Any) -> dict[str, Any]:
        """Send a command about a place, or a whole identifier, and return the answer as it comes."""
        media_id = place if place.startswith("media-source:") else f"{ROOT}/{place}" if place else ROOT
        await self._websocket.send_json_auto_id(
            {"type": f"media_source/{command}_media", "media_content_id": media_id, **more}
        )
        answer: dict[str, Any] = await self._websocket.receive_json()
        return answer

    async def browse(self, place: str = "") -> dict[str, Any]:
        """Return what is shown of a place."""
        result: dict[str, Any] = (await self.ask("browse", place))["result"]
        return result

    async def titles(self, place: str = "") -> list[str]:
        """Return the titles of what lies at a place."""
        return [child["title"] for child in (await self.browse(place))["children"]]

    async def find(self, text: str, place: str = "", **more: Any) -> list[str]:
        """Return the titles of what a search finds."""
        answer = await self.ask("search", place, search_query=text, **more)
        return [found["title"] for found in answer["result"]["result"]]

    async def refusal(self, command: str, place: str, **more: Any) -> str:
        """Return what is told of a place that is not there."""
        answer = await self.ask(command, place, **more)
        assert answer["error"]["code"] == f"{command}_media_failed"
        message: str = answer["error"]["message"]
        return message

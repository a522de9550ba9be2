"""A camera's mode, changed as a person does."""

from typing import Any, cast

import pytest

from scripts.lab import open_camera
from scripts.lab.client import Client, Json
from scripts.lab.entities import Entities
from scripts.lab.house import House
from scripts.lab.open_camera import OpenCamera
from scripts.lab.progress import LabError


class StandIn:
    """Home Assistant with one camera, whose states come one after the other; the last one stays."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.changes: list[Json] = []

    async def call(self, _command: str, **_fields: Any) -> list[Json]:
        return [{"entry_id": "one"}]

    async def request(self, _method: str, path: str, _body: Json | None = None) -> Json:
        assert path == "/api/states/camera.hall"
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"state": state, "attributes": {"access_token": "abc"}}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def change_options(client: StandIn, _domain: str, entry_id: str, answers: Json) -> None:
        assert entry_id == "one"
        client.changes.append(answers)

    monkeypatch.setattr(open_camera, "change_options", change_options)
    monkeypatch.setattr(open_camera, "_SETTLING", 0)
    monkeypatch.setattr(open_camera, "_POLL", 0.01)
    monkeypatch.setattr(open_camera, "_LIMIT", 0.3)


async def camera_of(client: StandIn) -> OpenCamera:
    house = House(cast("Any", None), cast("Client", client), Entities(("sensor.hall", "camera.hall")))
    return await OpenCamera.of_house(house)


async def test_it_is_closed_before_it_is_opened_anew() -> None:
    client = StandIn("streaming", "recording", "idle", "idle", "streaming")
    camera = await camera_of(client)
    await camera.open(30, clips=True)
    assert client.changes == [{"mode": "on_demand"}, {"mode": "ready", "framerate": 30, "clips": True}]
    assert client.states == ["streaming"]
    assert await camera.stream_path() == "/api/camera_proxy_stream/camera.hall?token=abc"


@pytest.mark.parametrize(("state", "problem"), [("idle", "sends no frames"), ("streaming", "is still open")])
async def test_a_camera_that_does_not_change_is_told(state: str, problem: str) -> None:
    camera = await camera_of(StandIn(state))
    with pytest.raises(LabError, match=problem):
        await camera.open(10)

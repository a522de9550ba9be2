"""What is done with archives, and what is made of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from scripts.lab import archive_phases
from scripts.lab.archive_phases import Phase, measure_phases
from scripts.lab.archive_view import ArchiveView
from scripts.lab.client import Client, Json, RequestRefused
from scripts.lab.entities import DOMAIN, Entities
from scripts.lab.house import House
from scripts.lab.made_photos import MadePhoto, fill
from scripts.lab.progress import LabError
from scripts.lab.quick_camera import QuickCamera
from scripts.lab.report import Row
from tests.pictures import picture

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=ZoneInfo("Europe/Paris"))


class StandIn:
    """Home Assistant's answers, as far as they are looked at; notes what it was asked."""

    def __init__(self, photos: dict[str, int]) -> None:
        self.asked: list[Any] = []
        self.refuses = ""
        self._photos = photos
        self._block = 0.001

    async def request(self, method: str, path: str, body: Json | None = None) -> Json:
        if path == "/api/lab_probe":
            self._block += 0.0001
            return {"longest_block": self._block, "longest_collection": 0.3}
        return {"state": str(self._photos[path.removeprefix("/api/states/sensor.").removesuffix("_photos")])}

    async def fetch(self, path: str) -> bytes:
        self.asked.append(path)
        return b""

    async def call(self, command: str, **fields: Any) -> Any:
        self.asked.append((command, fields))
        match command:
            case "config_entries/get":
                return [{"title": name, "entry_id": f"id_of_{name}"} for name in self._photos]
            case "call_service" if fields["service"] == self.refuses:
                raise RequestRefused(self.refuses)
            case "call_service":
                return {"response": {fields["target"]["entity_id"]: {"photos": [{}]}}}
            case _:
                return {"children": [], "result": []}

    def purges(self) -> list[Json]:
        called = (ask[1] for ask in self.asked if ask[0] == "call_service")
        return [fields["service_data"] for fields in called if fields["service"] == "purge"]


async def views_of(tmp_path: Path, *counts: int) -> tuple[StandIn, list[ArchiveView]]:
    """Return archives of so many photos, whose Home Assistant is a stand-in."""
    names = [f"archive_{count}" for count in counts]
    client = StandIn(dict(zip(names, counts, strict=True)))
    ids = [f"{domain}.{name}" for name in names for domain in ("camera", "sensor")]
    entities = Entities(tuple(f"{each}_photos" if each.startswith("sensor") else each for each in ids))
    house = House(cast("Any", None), cast("Client", client), entities)
    views = []
    for name, count in zip(names, counts, strict=True):
        camera = QuickCamera(name, "imx708", tmp_path / name)
        made: tuple[MadePhoto, ...] = await fill(camera.photos, count, NOW, picture())
        views.append(await ArchiveView.of_camera(house, camera, made))
    return client, views


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a stand-in."""

    async def at_once(_seconds: float) -> None:
        pass

    monkeypatch.setattr("scripts.lab.archive_phases.asyncio.sleep", at_once)


async def test_every_phase_has_a_time_for_each_archive_and_a_block(no_waiting: None, tmp_path: Path) -> None:
    client, views = await views_of(tmp_path, 60, 120)
    rows = {row.name: row for row in await measure_phases(views, 3)}
    assert {"start, 60 photos", "start, 120 photos", "longest block, 120: start"} <= rows.keys()
    assert (rows["start, 120 photos"].bar, rows["a day, 60 photos"].bar) == (2000, 100)
    assert rows["photo, 120 against 60"].bar
    rest = rows["longest block of the event loop, at rest"]
    assert rows["longest block, 120: photo"].bar == pytest.approx(rest.value + 50)
    assert rows["longest full garbage collection"].value == 300
    thumbnails = [ask for ask in client.asked if isinstance(ask, str)]
    assert len(thumbnails) == len(set(thumbnails)) > 0


async def test_a_purge_takes_as_many_from_each(no_waiting: None, tmp_path: Path) -> None:
    client, views = await views_of(tmp_path, 60, 120)
    await measure_phases(views, 1)
    purges = client.purges()
    assert [purge["keep_count"] for purge in purges if "keep_count" in purge] == [45, 105] * 2
    real = [purge for purge in purges if not purge["dry_run"]]
    for purge, view in zip(real, views, strict=True):
        age = (datetime.now(UTC) - view.photos[15].taken_at).total_seconds() / 86_400
        assert purge["keep_days"] == pytest.approx(age, abs=0.001)


async def test_what_is_refused_fails_and_the_rest_is_measured(no_waiting: None, tmp_path: Path) -> None:
    client, views = await views_of(tmp_path, 60, 120)
    client.refuses = "purge"
    rows = {row.name: row for row in await measure_phases(views, 1)}
    failed = [row for row in rows.values() if not row.passed and row.name.endswith("archives with which it failed")]
    assert [row.value for row in failed] == [2] * 4
    assert "photo, 120 photos" in rows
    assert "longest block, 120: purge of 15" not in rows


async def test_what_others_add_is_a_photo(no_waiting: None, tmp_path: Path) -> None:
    _, views = await views_of(tmp_path, 60)
    await measure_phases(views, 2)
    assert len([*(tmp_path / "archive_60").iterdir()]) == 62


def test_what_is_flat_is_compared_with_the_smallest() -> None:
    views = [cast("Any", type("View", (), {"photos": range(count)})) for count in (1000, 10_000, 100_000)]
    timings = [[archive_phases.Timing(took, 1, 0)] for took in (10.0, 12.0, 16.0)]

    async def nothing(_view: ArchiveView, _number: int) -> None:
        pass

    rows = archive_phases._rows(views, Phase("photo", nothing, flat=True), timings)
    assert [(row.name, row.value) for row in rows] == [
        ("photo, 1,000 photos", 10),
        ("photo, 10,000 photos", 12),
        ("photo, 100,000 photos", 16),
        ("photo, 100,000 against 1,000", 1.6),
    ]
    assert [row.passed for row in rows] == [True, True, True, False]
    assert isinstance(rows[0], Row)
    assert len(archive_phases._rows(views, Phase("photo", nothing), timings)) == 3


async def test_a_camera_that_is_not_set_up_is_told(tmp_path: Path) -> None:
    _, (view,) = await views_of(tmp_path, 60)
    with pytest.raises(LabError, match="no entry of attic"):
        await ArchiveView.of_camera(view.house, QuickCamera("attic", "imx708", tmp_path), view.photos)


async def test_a_number_that_never_comes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.lab.archive_view._START_LIMIT", 0.05)
    client, (view,) = await views_of(tmp_path, 60)
    client._photos[view.name] = 59
    with pytest.raises(LabError, match="shows 59 photos and not 60"):
        await view.start()


async def test_photos_are_found_by_their_entry(tmp_path: Path) -> None:
    client, (view,) = await views_of(tmp_path, 60)
    await view.days()
    assert client.asked[-1][1]["media_content_id"] == f"media-source://{DOMAIN}/id_of_archive_60"
    await view.day(NOW.date())
    assert client.asked[-1][1]["media_content_id"].endswith("/id_of_archive_60/2026-11-03")

"""Archives that are made."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.jpeg import read_size
from custom_components.pi_security_camera.capture.thumbnail import exif_thumbnail
from scripts.lab.integration import photo_name
from scripts.lab.made_photos import DAYS, cause_of, fill, photo_times
from tests.pictures import picture

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 3, 9, 30, tzinfo=PARIS)


@pytest.mark.parametrize("count", [1, DAYS - 1, 1000])
def test_each_day_has_as_many_and_none_is_in_the_future(count: int) -> None:
    times = [*photo_times(count, NOW)]
    days = Counter(taken_at.date() for taken_at in times)
    assert (len(times), len(days)) == (count, min(count, DAYS))
    assert max(days.values()) - min(days.values()) <= 1
    assert times == sorted(times, key=datetime.timestamp)
    assert times[-1] <= NOW
    assert NOW.date() - times[0].date() < timedelta(days=DAYS)


async def test_they_are_photos_of_an_archive(tmp_path: Path) -> None:
    """Summer time ends meanwhile, so that an hour comes twice."""
    made = await fill(tmp_path / "photos", 5000, NOW, picture())
    archive = Archive(tmp_path / "photos", lambda: PARIS)
    archive.open()
    assert [(photo.name, photo.taken_at) for photo in archive.photos()] == [
        (photo.name, photo.taken_at) for photo in made
    ]
    assert any(photo.name != photo_name(photo.taken_at) for photo in made)
    for number in (0, 1, 500, 4999):
        photo, data = made[number], archive.read(made[number].name) or b""
        assert archive.cause(photo.name) == cause_of(number)
        assert read_size(data)
        assert (exif_thumbnail(data) is not None) is photo.has_thumbnail
    assert {photo.has_thumbnail for photo in made} == {True, False}


async def test_a_folder_is_not_filled_twice(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        await fill(tmp_path, 1, NOW, picture())

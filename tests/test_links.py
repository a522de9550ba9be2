"""Identifiers and names are read only as they were written."""

from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.photo import Photo, clip_name, day_of, parse_name, photo_name
from custom_components.pi_security_camera.links import MediaIdentifier, content_type, describe, photo_url

# What an attack would be made of; hypothesis puts them together.
PIECES = st.sampled_from(
    [
        *"/\\.%:_-?#* \n\0",
        "..",
        "%2f",
        "2026-02-13",
        "2026",
        "\u0662\u0660",
        "capture_20260213_142530.jpg",
        "capture_20260213_142530_2",
        ".jpg",
        ".mp4",
        "capture_20260213_142530.mp4",
        "01JQZX",
        "x",
    ]
)
NEAR = st.lists(PIECES | st.characters(), max_size=12).map("".join)
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31))  # noqa: DTZ001 - names have no zone
NUMBERS = st.integers(1, 999_999)
NAMES = st.builds(photo_name, MOMENTS, NUMBERS) | st.builds(clip_name, MOMENTS, NUMBERS)
ENTRY_IDS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26)


@given(NEAR | st.text(st.characters()))
def test_any_text_is_an_identifier_only_as_it_was_written(text: str) -> None:
    try:
        place = MediaIdentifier.parse(text)
    except ValueError:
        return
    assert str(place) == text
    assert place.filename is None or day_of(place.filename) == place.day


@given(NEAR | st.text(st.characters()))
def test_any_text_is_a_name_only_as_it_was_written(text: str) -> None:
    if parsed := parse_name(text):
        assert text in {photo_name(*parsed), clip_name(*parsed)}


@given(ENTRY_IDS, NAMES)
def test_what_was_written_is_read(entry_id: str, name: str) -> None:
    day = day_of(name)
    for place in (
        MediaIdentifier(),
        MediaIdentifier(entry_id),
        MediaIdentifier(entry_id, day),
        MediaIdentifier(entry_id, day, name),
    ):
        assert MediaIdentifier.parse(str(place)) == place


@given(ENTRY_IDS, NAMES, st.integers(0, 99), PIECES | st.characters())
def test_one_more_piece_anywhere_makes_it_another(entry_id: str, name: str, at: int, piece: str) -> None:
    written = str(MediaIdentifier(entry_id, day_of(name), name))
    changed = written[: at % len(written)] + piece + written[at % len(written) :]
    try:
        place = MediaIdentifier.parse(changed)
    except ValueError:
        return
    assert str(place) == changed != written


@given(NAMES, st.dates())
def test_a_photo_is_found_in_its_own_day_only(name: str, day: date) -> None:
    own = day_of(name)
    if day != own:
        with pytest.raises(ValueError, match="entry"):
            MediaIdentifier.parse(f"entry/{day.isoformat()}/{name}")


@pytest.mark.parametrize(
    ("ending", "view", "kind"), [("jpg", "photo", "image/jpeg"), ("mp4", "clip", "video/mp4")], ids=["photo", "clip"]
)
def test_each_kind_is_told_where_it_is_found(ending: str, view: str, kind: str) -> None:
    taken_at = datetime(2026, 2, 13, 14, 25, 30, tzinfo=UTC)
    name = f"capture_20260213_142530.{ending}"
    photo = Photo(name, taken_at, 1, 5)
    assert describe("entry", Path("/photos"), photo) == {
        "filename": name,
        "path": f"/photos/{name}",
        "media_content_id": f"media-source://pi_security_camera/entry/2026-02-13/{name}",
        "url": f"/api/pi_security_camera/{view}/entry/{name}",
        "captured_at": "2026-02-13T14:25:30+00:00",
    }
    assert (photo_url("entry", photo), content_type(photo)) == (f"/api/pi_security_camera/{view}/entry/{name}", kind)

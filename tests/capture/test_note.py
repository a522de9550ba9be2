"""The mark of a photo that is to stay."""

from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
import json

from hypothesis import example, given, strategies as st
from PIL import Image
import pytest

from custom_components.pi_security_camera.capture.errors import PhotoBroken
from custom_components.pi_security_camera.capture.jpeg import (
    MAX_COMMENT,
    Size,
    insert_comment,
    read_comments,
    read_size,
)
from custom_components.pi_security_camera.capture.note import Note, mark, read_note
from custom_components.pi_security_camera.capture.photo import Cause, write_comment
from tests.pictures import KINDS, SOI, photo, picture, segment

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
CAUSE = Cause("entrée", "salle/mouvement", 4.5, 812)
OURS = insert_comment(photo(), write_comment(NOON, CAUSE))
MARKED_ONLY = segment(0xFE, b'{"kept": true}')


def test_a_photo_tells_why_it_was_taken_and_is_not_marked() -> None:
    assert read_note(OURS) == Note(CAUSE, kept=False)


def test_a_marked_photo_tells_why_it_was_taken_still() -> None:
    marked = mark(OURS, kept=True)
    assert read_note(marked) == Note(CAUSE, kept=True)
    assert json.loads(next(read_comments(marked))) == json.loads(write_comment(NOON, CAUSE)) | {"kept": True}


def test_a_mark_that_is_taken_away_leaves_what_was_before() -> None:
    assert mark(mark(OURS, kept=True), kept=False) == OURS


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_a_photo_of_others_gets_a_comment_with_the_mark_alone(data: bytes) -> None:
    marked = mark(data, kept=True)
    before, found, after = marked.partition(MARKED_ONLY)
    assert found
    assert before + after == data
    assert read_note(marked) == Note(None, kept=True)
    assert mark(marked, kept=False) == data


@pytest.mark.parametrize("data", [*KINDS.values(), OURS])
@pytest.mark.parametrize("kept", [True, False])
def test_what_is_so_already_stays_as_it_is(data: bytes, kept: bool) -> None:
    marked = mark(data, kept=kept)
    assert mark(marked, kept=kept) is marked


@pytest.mark.parametrize("data", [*KINDS.values(), OURS])
def test_the_picture_is_the_same_to_other_programs(data: bytes) -> None:
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(mark(data, kept=True))) as after:
        assert after.tobytes() == before.tobytes()
        assert after.getexif() == before.getexif()


def test_a_comment_of_another_program_stays_where_it_is() -> None:
    marked = mark(picture(comment=b"made elsewhere"), kept=True)
    assert [*read_comments(marked)] == [b'{"kept": true}', b"made elsewhere"]


def test_a_mark_is_found_behind_a_comment_that_another_program_put_before_it() -> None:
    """A favourite does not go because somebody wrote a caption into it."""
    data = insert_comment(mark(OURS, kept=True), b"a caption")
    assert read_note(data) == Note(CAUSE, kept=True)
    assert mark(data, kept=False) == insert_comment(OURS, b"a caption")


FIELDS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5),
)


@given(FIELDS, st.none() | st.booleans() | st.text(), st.booleans())
@example({}, "yes", False)
def test_all_other_fields_of_our_comment_stay(fields: dict[str, object], before: object, kept: bool) -> None:
    fields = {key: value for key, value in fields.items() if key != "kept"} | {"trigger": "hall"}
    data = insert_comment(photo(), json.dumps(fields | {"kept": before}).encode())
    comment = next(read_comments(mark(mark(data, kept=True), kept=kept)))
    wanted = fields | ({"kept": True} if kept else {})
    assert json.dumps(json.loads(comment)) == json.dumps(wanted)


@pytest.mark.parametrize(
    "comment", [b'{"kept": false}', b'{"kept": 1}', b'{"kept": "true"}', b'{"other": true}', b"[true]", b"kept", b""]
)
def test_a_comment_of_others_is_no_mark_and_stays(comment: bytes) -> None:
    data = insert_comment(photo(), comment)
    assert read_note(data) == Note()
    assert [*read_comments(mark(data, kept=True))] == [b'{"kept": true}', comment]


@pytest.mark.parametrize("data", [b"", b"text", b"\x89PNG\r\n\x1a\n", SOI, photo()[:100]])
@pytest.mark.parametrize("kept", [True, False])
def test_what_is_no_jpeg_gets_no_mark(data: bytes, kept: bool) -> None:
    with pytest.raises(PhotoBroken):
        mark(data, kept=kept)
    assert read_note(data) is None


@pytest.mark.parametrize(
    "comment",
    [
        b'{"trigger": "%s"}' % (b"x" * (MAX_COMMENT - 20)),
        # Written anew, each letter takes six bytes.
        '{{"trigger": "{}"}}'.format("é" * 30_000).encode(),
    ],
)
def test_a_comment_that_has_no_room_for_the_mark_is_told(comment: bytes) -> None:
    with pytest.raises(PhotoBroken) as raised:
        mark(insert_comment(photo(), comment), kept=True)
    assert raised.value.fields == {"problem": "its comment has no room for the mark"}


@given(st.sampled_from([*KINDS.values(), OURS]), st.integers(0, 2000), st.integers(0, 255), st.booleans())
def test_a_damaged_byte_raises_nothing_else(data: bytes, at: int, value: int, kept: bool) -> None:
    damaged = bytearray(data)
    damaged[at % len(data)] = value
    with suppress(PhotoBroken):
        assert (read_note(mark(bytes(damaged), kept=kept)) or Note()).kept is kept


@given(st.binary() | st.from_regex(rb'\{"(kept|trigger)": .*\}', fullmatch=True))
@example(b'{"trigger": "x", "a": %s' % (b"[" * 60_000))
@example(b'{"trigger": "x", "a": %s%s}' % (b"[" * 30_000, b"]" * 30_000))
@example(b'{"trigger": "x", "a": %s}' % (b"1" * 5000))
def test_no_comment_makes_reading_or_marking_raise_anything_else(comment: bytes) -> None:
    data = insert_comment(photo(), comment)
    read_note(data)
    for kept in (True, False):
        with suppress(PhotoBroken):
            mark(data, kept=kept)


def test_a_marked_photo_is_whole() -> None:
    assert read_size(mark(OURS, kept=True)) == Size(48, 32)

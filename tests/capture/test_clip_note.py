"""What a clip tells of itself, and the mark of one that is to stay."""

from contextlib import suppress
from datetime import UTC, datetime
import json

from hypothesis import example, given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.errors import ClipBroken
from custom_components.pi_security_camera.capture.mp4 import MAX_NOTE, read_carried, read_thumbnail
from custom_components.pi_security_camera.capture.note import Note, mark_clip, read_clip_note
from custom_components.pi_security_camera.capture.photo import Cause, write_comment
from tests.films import BROKEN, FILMS, box, film
from tests.pictures import picture

from .test_mp4 import changed, reader, with_note
from .test_note import FIELDS

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
CAUSE = Cause("entrée", "salle/mouvement", 4.5, 812)
SMALL = picture(16, 12)
OURS = with_note(film(), write_comment(NOON, CAUSE), SMALL)
WITHOUT_PICTURE = with_note(film(), write_comment(NOON, CAUSE))
MARKED_ONLY = b'{"kept": true}'


def told(data: bytes) -> Note:
    """Return what a clip tells."""
    return read_clip_note(reader(data), len(data))


def mark(data: bytes, *, kept: bool) -> bytes:
    """Return a clip with the mark, or without it; the same bytes where it is so already."""
    change = mark_clip(reader(data), len(data), kept=kept)
    return changed(data, change) if change else data


def note_in(data: bytes) -> bytes:
    """Return the note in a clip."""
    found = read_carried(reader(data), len(data))
    assert found
    return found.note


def test_a_clip_tells_why_it_was_taken_and_that_it_has_a_small_picture() -> None:
    assert told(OURS) == Note(CAUSE, kept=False, pictured=True)
    assert told(WITHOUT_PICTURE) == Note(CAUSE, kept=False, pictured=False)


@pytest.mark.parametrize("data", [OURS, WITHOUT_PICTURE])
def test_a_marked_clip_tells_and_shows_the_same_still(data: bytes) -> None:
    marked = mark(data, kept=True)
    assert told(marked) == Note(CAUSE, kept=True, pictured=data is OURS)
    assert json.loads(note_in(marked)) == json.loads(write_comment(NOON, CAUSE)) | {"kept": True}
    assert read_thumbnail(reader(marked), len(marked)) == (SMALL if data is OURS else None)
    assert marked.startswith(film())
    assert mark(marked, kept=False) == data


@pytest.mark.parametrize("data", FILMS.values(), ids=FILMS)
def test_a_clip_of_others_gets_a_note_with_the_mark_alone(data: bytes) -> None:
    assert told(data) == Note()
    marked = mark(data, kept=True)
    assert marked.startswith(data)
    assert note_in(marked) == MARKED_ONLY
    assert told(marked) == Note(None, kept=True)
    assert mark(marked, kept=False) == data


@pytest.mark.parametrize("data", [*FILMS.values(), OURS])
@pytest.mark.parametrize("kept", [True, False])
def test_what_is_so_already_stays_as_it_is(data: bytes, kept: bool) -> None:
    marked = mark(data, kept=kept)
    assert mark(marked, kept=kept) is marked


def test_a_small_picture_stays_when_nothing_else_is_left_to_tell() -> None:
    data = with_note(film(), MARKED_ONLY, SMALL)
    released = mark(data, kept=False)
    assert (note_in(released), told(released)) == (b"{}", Note(pictured=True))


@given(FIELDS, st.none() | st.booleans() | st.text(), st.booleans())
def test_all_other_fields_of_our_note_stay(fields: dict[str, object], before: object, kept: bool) -> None:
    fields = {key: value for key, value in fields.items() if key != "kept"} | {"trigger": "hall"}
    data = with_note(film(), json.dumps(fields | {"kept": before}).encode())
    wanted = fields | ({"kept": True} if kept else {})
    assert json.dumps(json.loads(note_in(mark(mark(data, kept=True), kept=kept)))) == json.dumps(wanted)


@pytest.mark.parametrize("note", [b'{"kept": false}', b'{"kept": 1}', b'{"other": true}', b"[true]", b"kept", b""])
def test_what_is_no_note_of_ours_tells_nothing(note: bytes) -> None:
    assert told(with_note(film(), note)) == Note()


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_whole_film_tells_nothing_and_gets_no_mark(data: bytes) -> None:
    assert told(data) == Note()
    with pytest.raises(ClipBroken):
        mark_clip(reader(data), len(data), kept=True)


def test_a_film_with_an_open_end_gets_none_either() -> None:
    """What is put behind it would belong to its frames."""
    data = film(form="open")
    with pytest.raises(ClipBroken):
        mark_clip(reader(data), len(data), kept=True)


@pytest.mark.parametrize(
    "note",
    [
        b'{"trigger": "%s"}' % (b"x" * (MAX_NOTE - 20)),
        # Written anew, each letter takes six bytes.
        '{{"trigger": "{}"}}'.format("é" * 30_000).encode(),
    ],
)
def test_a_note_that_has_no_room_for_the_mark_is_told(note: bytes) -> None:
    with pytest.raises(ClipBroken):
        mark(with_note(film(), note), kept=True)


def test_a_note_too_deep_to_be_written_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """How deep that is, is decided by the room that Python has: it may read what it cannot write."""

    def too_deep(_fields: object) -> str:
        raise RecursionError

    monkeypatch.setattr(json, "dumps", too_deep)
    with pytest.raises(ClipBroken):
        mark(OURS, kept=True)


@given(st.binary() | st.from_regex(rb'\{"(kept|trigger)": .*\}', fullmatch=True))
@example(b'{"trigger": "x", "a": %s' % (b"[" * 60_000))
@example(b'{"trigger": "x", "a": %s%s}' % (b"[" * 30_000, b"]" * 30_000))
@example(b'{"trigger": "x", "a": %s}' % (b"1" * 5000))
def test_no_note_makes_reading_or_marking_raise_anything_else(note: bytes) -> None:
    data = with_note(film(), note)
    told(data)
    for kept in (True, False):
        with suppress(ClipBroken):
            assert told(mark(data, kept=kept)).kept is kept


def test_a_note_is_found_before_what_is_broken_behind_it() -> None:
    assert told(OURS + b"broken") == Note(CAUSE, pictured=True)
    assert told(OURS + box(b"free")) == Note(CAUSE, pictured=True)

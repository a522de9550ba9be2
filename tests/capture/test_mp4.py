"""MP4 files: whole or not, and what of ours stands in them."""

from contextlib import suppress

from hypothesis import example, given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.errors import ClipBroken
from custom_components.pi_security_camera.capture.mp4 import (
    FREE,
    MAX_NOTE,
    MAX_THUMBNAIL,
    MOST_BOXES,
    Carried,
    Change,
    ReadAt,
    check_whole,
    read_carried,
    read_thumbnail,
    replace_note,
    walk,
)
from tests.films import BROKEN, FILMS, box, film, film_in_pieces

FILM = st.sampled_from([*FILMS.values()])
NOTES = st.binary(max_size=300)
PICTURES = st.binary(max_size=300)


def reader(data: bytes, asked: list[int] | None = None) -> ReadAt:
    """Return what reads these bytes as a file; the lengths that are asked for are noted."""

    def read(at: int, count: int) -> bytes:
        assert 0 <= at <= len(data)
        assert count >= 0
        if asked is not None:
            asked.append(count)
        return data[at : at + count]

    return read


def changed(data: bytes, change: Change) -> bytes:
    """Return the file after a change."""
    stays = bytearray(data[: change.stay])
    for place in change.freed:
        stays[place : place + 4] = FREE
    return bytes(stays) + change.tail


def with_note(data: bytes, note: bytes | None, thumbnail: bytes = b"") -> bytes:
    """Return a film with a note."""
    return changed(data, replace_note(reader(data), len(data), note, thumbnail))


def carried(data: bytes) -> tuple[bytes, int] | None:
    """Return the note in a film, and the length of its small picture."""
    found = read_carried(reader(data), len(data))
    return (found.note, found.picture_size) if found else None


@pytest.mark.parametrize("data", FILMS.values(), ids=FILMS)
def test_a_whole_film_is_one(data: bytes) -> None:
    boxes = check_whole(reader(data), len(data))
    assert b"".join(data[each.start : each.end] for each in boxes) == data
    assert boxes[0].kind == b"ftyp"


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_whole_film_is_none_and_gets_no_note(data: bytes) -> None:
    with pytest.raises(ClipBroken):
        check_whole(reader(data), len(data))
    with pytest.raises(ClipBroken):
        replace_note(reader(data), len(data), b"{}")


@given(FILM, st.data())
def test_a_film_that_was_cut_off_anywhere_is_none(data: bytes, draw: st.DataObject) -> None:
    """But where only what is behind the frames is missing."""
    end = draw.draw(st.integers(0, len(data) - 1))
    ends = {each.end for each in walk(reader(data), len(data))}
    if end in ends:
        return
    with pytest.raises(ClipBroken):
        check_whole(reader(data[:end]), end)


def test_the_places_of_boxes_are_told_whatever_form_their_sizes_have() -> None:
    data = (
        box(b"ftyp", b"isom")
        + box(b"free", b"abc", form="large")
        + box(b"uuid", b"u" * 16 + b"x")
        + box(b"mdat", b"frames", form="open")
    )
    found = [(each.kind, data[each.content : each.end], each.is_open) for each in walk(reader(data), len(data))]
    assert found == [
        (b"ftyp", b"isom", False),
        (b"free", b"abc", False),
        (b"uuid", b"x", False),
        (b"mdat", b"frames", True),
    ]


@given(FILM, NOTES, PICTURES)
def test_a_note_is_read_as_it_was_written_and_the_film_is_the_same_to_the_last_bit(
    data: bytes, note: bytes, picture: bytes
) -> None:
    noted = with_note(data, note, picture)
    assert noted.startswith(data)
    assert check_whole(reader(noted), len(noted))
    assert carried(noted) == (note, len(picture))
    assert read_thumbnail(reader(noted), len(noted)) == (picture or None)


@given(FILM, NOTES, PICTURES, NOTES, PICTURES)
def test_another_note_takes_the_place_of_the_first(
    data: bytes, note: bytes, picture: bytes, other: bytes, other_picture: bytes
) -> None:
    noted = with_note(data, note, picture)
    assert with_note(noted, other, other_picture) == with_note(data, other, other_picture)
    assert with_note(noted, None) == data


@given(FILM, NOTES, PICTURES, NOTES)
def test_what_others_put_behind_a_note_stays_where_it_is(
    data: bytes, note: bytes, picture: bytes, other: bytes
) -> None:
    """Frames are found by their places in the file: what stands behind the note must not move."""
    noted = with_note(data, note, picture)
    behind = box(b"mdat", b"more frames")
    again = with_note(noted + behind, other)
    assert carried(again) == (other, 0)
    assert len(again) > len(noted + behind)
    assert again[: len(data)] == data
    assert again[len(noted) :].startswith(behind)
    assert again[len(data) : len(noted)] == noted[len(data) :].replace(b"uuid", FREE, 1)
    assert with_note(again, None) == again[: len(noted + behind)]


def test_of_two_notes_one_is_left() -> None:
    noted = with_note(film(), b"one", b"picture")
    twice = noted + noted[len(film()) :]
    assert carried(with_note(twice, b"two")) == (b"two", 0)
    assert carried(with_note(twice, None)) is None


@pytest.mark.parametrize("data", FILMS.values(), ids=FILMS)
def test_a_film_of_others_has_no_note_and_no_small_picture(data: bytes) -> None:
    assert carried(data) is None
    assert read_thumbnail(reader(data), len(data)) is None


def test_a_note_is_read_in_a_few_small_pieces_however_long_the_film_is() -> None:
    data = with_note(film(1_000_000), b"n" * 200, b"p" * 20_000)
    asked: list[int] = []
    assert read_carried(reader(data, asked), len(data)) == Carried(b"n" * 200, len(data) - 20_000, 20_000)
    assert len(asked) <= 6
    assert sum(asked) < 500


def test_a_note_of_any_film_has_a_bound() -> None:
    assert carried(with_note(film(), b"n" * MAX_NOTE)) == (b"n" * MAX_NOTE, 0)
    with pytest.raises(ClipBroken):
        with_note(film(), b"n" * (MAX_NOTE + 1))


def test_a_small_picture_that_is_large_is_not_read() -> None:
    noted = with_note(film(), b"{}", b"p" * (MAX_THUMBNAIL + 1))
    asked: list[int] = []
    assert read_thumbnail(reader(noted, asked), len(noted)) is None
    assert sum(asked) < 500


@pytest.mark.parametrize("length", [4, MAX_NOTE + 1, 2**32 - 1])
def test_a_note_that_claims_more_than_there_is_is_none(length: int) -> None:
    noted = with_note(film(), b"abc")
    lying = noted[:-7] + length.to_bytes(4) + noted[-3:]
    with pytest.raises(ClipBroken):
        carried(lying)


def test_nobody_is_made_to_read_boxes_without_end() -> None:
    asked: list[int] = []
    data = film() + box(b"free") * MOST_BOXES
    with pytest.raises(ClipBroken):
        read_carried(reader(data, asked), len(data))
    assert len(asked) == MOST_BOXES
    assert check_whole(reader(film_in_pieces(2000)), len(film_in_pieces(2000)))


@given(
    st.binary()
    | st.lists(st.sampled_from([b"\0\0\0", b"\1", b"\x18", b"uuid", b"mdat", *FILMS.values()])).map(b"".join)
)
@example(b"\0\0\0\x18uuid")
@example(b"\0\0\0\0")
@example(b"\0\0\0\0uuid")
@example(with_note(film(), b"x")[:-1])
def test_no_file_makes_reading_it_raise_anything_else(data: bytes) -> None:
    with suppress(ClipBroken):
        read_carried(reader(data), len(data))
    with suppress(ClipBroken):
        read_thumbnail(reader(data), len(data))
    with suppress(ClipBroken):
        assert carried(with_note(data, b"note")) == (b"note", 0)


@given(FILM, st.integers(0, 2000), st.integers(0, 255))
def test_a_damaged_byte_raises_nothing_else(data: bytes, at: int, value: int) -> None:
    noted = bytearray(with_note(data, b"a note", b"a picture"))
    noted[at % len(noted)] = value
    with suppress(ClipBroken):
        assert carried(with_note(bytes(noted), b"other")) == (b"other", 0)

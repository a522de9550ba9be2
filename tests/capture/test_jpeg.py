"""Whole or not, and of which size."""

from contextlib import suppress
from io import BytesIO

from hypothesis import given, strategies as st
from PIL import Image
import pytest

from custom_components.pi_security_camera.capture.errors import NotAPhoto, PhotoBroken, PhotoEmpty
from custom_components.pi_security_camera.capture.jpeg import Size, read_size
from tests.pictures import EOI, KINDS, SOI, photo, picture, segment

FRAME = segment(0xC0, b"\x08\x00\x20\x00\x30\x01\x01\x11\x00")
SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"data"


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_a_whole_jpeg_tells_its_size(data: bytes) -> None:
    assert read_size(data) == Size(48, 32)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (4608, 2), (3, 2592), (1024, 768)])
def test_width_and_height_are_told_apart(width: int, height: int) -> None:
    assert str(read_size(picture(width, height))) == f"{width}x{height}"


def test_the_thumbnail_inside_is_not_taken_for_the_picture() -> None:
    assert photo().count(SOI) == 2
    assert photo().count(EOI) == 2
    assert read_size(photo()) == Size(48, 32)


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_a_jpeg_that_ends_early_anywhere_is_no_photo(data: bytes) -> None:
    """The camera program ends well although the disk of its host, or the connection, cut the picture off."""
    for end in range(1, len(data)):
        with pytest.raises(PhotoBroken):
            read_size(data[:end])


def test_no_bytes_are_no_photo() -> None:
    with pytest.raises(PhotoEmpty):
        read_size(b"")


@given(st.sampled_from([*KINDS]), st.binary(min_size=1))
def test_nothing_may_follow_the_end(kind: str, more: bytes) -> None:
    with pytest.raises(PhotoBroken):
        read_size(KINDS[kind] + more)


def test_two_photos_in_a_row_are_no_photo() -> None:
    with pytest.raises(PhotoBroken):
        read_size(photo() * 2)


@given(st.binary())
def test_bytes_that_are_no_jpeg_are_no_photo(data: bytes) -> None:
    with pytest.raises(NotAPhoto):
        read_size(data)


SEGMENTS = st.builds(segment, st.integers(0xC0, 0xFE), st.binary(max_size=12))
PIECES = st.lists(SEGMENTS | st.binary(max_size=6) | st.sampled_from([SOI, EOI, FRAME, SCAN, b"\xff", b"\xff\x00"]))


@given(PIECES.map(b"".join))
def test_whatever_follows_a_beginning_it_is_a_size_or_no_photo(data: bytes) -> None:
    try:
        size = read_size(SOI + data)
    except PhotoBroken:
        return
    assert size.width > 0
    assert size.height > 0


@given(st.sampled_from([*KINDS]), st.integers(0, 1000), st.integers(0, 255))
def test_a_damaged_byte_raises_nothing_else(kind: str, at: int, value: int) -> None:
    damaged = bytearray(KINDS[kind])
    damaged[at] = value
    with suppress(PhotoBroken):
        read_size(bytes(damaged))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"<html>camera not found</html>", "it does not begin like a JPEG"),
        (b"\x89PNG\r\n\x1a\n", "it does not begin like a JPEG"),
        (SOI, "it ends early"),
        (SOI + b"\xff", "it ends early"),
        (SOI + b"\xff\xff\xff", "it ends early"),
        (SOI + b"text", "a marker is missing"),
        (SOI + EOI, "no picture between start and end"),
        (SOI + FRAME + EOI, "no picture between start and end"),
        (SOI + SCAN + EOI, "no picture between start and end"),
        (SOI + b"\xff\xe0\x00\x01", "it ends in the middle of a segment"),
        (SOI + b"\xff\xe0\x00\x10", "it ends in the middle of a segment"),
        (SOI + FRAME + SCAN, "it ends in the middle of the picture"),
        (SOI + FRAME + SCAN + b"\xff", "it ends in the middle of the picture"),
        (SOI + FRAME + SCAN + EOI + b"\0", "something follows its end"),
        (SOI + segment(0xC0, b"\x08\x00\x20\x00") + SCAN + EOI, "its size cannot be read"),
        (SOI + segment(0xC0, b"\x08\x00\x00\x00\x30") + SCAN + EOI, "its size cannot be read"),
        (SOI + segment(0xC0, b"\x08\x00\x20\x00\x00") + SCAN + EOI, "its size cannot be read"),
    ],
)
def test_the_error_says_where_reading_ended(data: bytes, problem: str) -> None:
    with pytest.raises(PhotoBroken) as raised:
        read_size(data)
    assert raised.value.fields == {"problem": problem}


def test_filling_between_and_within_segments_is_allowed() -> None:
    data = SOI + b"\xff\xff" + FRAME + b"\xff" + SCAN + b"\xff\x00\xff\xd0more\xff\xff" + EOI
    assert read_size(data) == Size(48, 32)


@pytest.mark.parametrize("marker", [0xC4, 0xC8, 0xCC])
def test_a_table_is_not_taken_for_a_frame(marker: int) -> None:
    table = segment(marker, b"\x08\x11\x11\x22\x22")
    assert read_size(SOI + FRAME + table + SCAN + EOI) == Size(48, 32)


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_what_is_whole_to_us_is_whole_to_others(data: bytes) -> None:
    with Image.open(BytesIO(data)) as image:
        image.load()
        assert image.size == (48, 32)

"""The small picture inside a photo."""

from io import BytesIO
import struct

from hypothesis import example, given, strategies as st
from PIL import ExifTags, Image
import pytest

from custom_components.pi_security_camera.capture.jpeg import insert_comment, read_app1, read_size
from custom_components.pi_security_camera.capture.thumbnail import exif_thumbnail
from tests.exif import LONG, SHORT, exif, photo_with_thumbnail, with_exif
from tests.pictures import KINDS, SOI, photo, picture, segment

SMALL = picture(64, 48, quality=70)
TAG_START, TAG_LENGTH = 0x0201, 0x0202


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [SHORT, LONG])
def test_the_thumbnail_in_a_photo_is_found_as_other_programs_find_it(order: str, kind: int) -> None:
    data = with_exif(picture(640, 480), exif(SMALL, order, kind))
    with Image.open(BytesIO(data)) as image:
        directory = image.getexif().get_ifd(ExifTags.IFD.IFD1)
    place = data.index(b"Exif\0\0") + 6 + directory[TAG_START]
    assert data[place : place + directory[TAG_LENGTH]] == SMALL
    assert exif_thumbnail(data) == SMALL


def test_it_is_found_behind_a_jfif_header_and_other_segments() -> None:
    data = SOI + segment(0xE0, b"JFIF\0" + bytes(9)) + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
    assert exif_thumbnail(data + photo_with_thumbnail()[2:]) == SMALL


def test_it_is_found_in_a_photo_that_carries_its_cause() -> None:
    assert exif_thumbnail(insert_comment(photo_with_thumbnail(), b'{"trigger": "hall"}')) == SMALL


def test_the_head_of_a_file_is_enough() -> None:
    data = photo_with_thumbnail()
    end = data.index(SMALL) + len(SMALL)
    assert exif_thumbnail(data[:end]) == SMALL
    assert exif_thumbnail(data[: end - 1]) is None


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_a_photo_without_a_thumbnail_has_none(data: bytes) -> None:
    assert exif_thumbnail(data) is None


BROKEN = {
    "no EXIF": b"",
    "nothing in it": b"Exif\0\0",
    "no TIFF": b"Exif\0\0text",
    "another byte order": exif(SMALL).replace(b"II*\0", b"XX*\0"),
    "no first directory": b"Exif\0\0II*\0\xff\xff\xff\xff",
    "a first directory without an end": b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
    "no second directory": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0",
    "a second directory that is away": b"Exif\0\0II*\0\x08\0\0\0\0\0\xff\xff\xff\xff",
    "a second directory without an end": exif(SMALL)[:60],
    "no picture": exif(b""),
    "no JPEG": exif(b"GIF89a"),
    "half a JPEG": exif(SMALL[:500]),
    "a picture that ends early": exif(SMALL)[:-1],
    "something behind it": exif(SMALL + b"\0"),
    "a picture without pixels": exif(SOI + b"\xff\xd9"),
    "a place behind the end": exif(SMALL).replace(struct.pack("<HHI", TAG_START, LONG, 1), b"\x01\x02\x04\0\x02\0\0\0"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_broken_exif_data_have_no_thumbnail(content: bytes) -> None:
    assert exif_thumbnail(with_exif(picture(), content)) is None


@pytest.mark.parametrize("data", [b"", b"text", SOI, SOI + b"\xff", photo()[:10]])
def test_what_is_no_jpeg_has_none(data: bytes) -> None:
    assert exif_thumbnail(data) is None


SMALL_EXIF = exif(picture(16, 12))


@given(
    st.binary()
    | st.binary().map(lambda tiff: b"Exif\0\0II*\0" + tiff)
    | st.binary().map(lambda tiff: b"Exif\0\0MM\0*" + tiff)
)
@example(b"Exif\0\0II*\0\x08\0\0\0\0\0\x08\0\0\0")
def test_no_exif_data_make_the_reader_raise(content: bytes) -> None:
    thumbnail = exif_thumbnail(with_exif(picture(), content))
    assert thumbnail is None or (thumbnail in content and read_size(thumbnail))


@given(st.lists(st.tuples(st.integers(0, len(SMALL_EXIF) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_exif_data_give_a_whole_small_picture_or_none(changes: list[tuple[int, int]]) -> None:
    content = bytearray(SMALL_EXIF)
    for at, value in changes:
        content[at] = value
    thumbnail = exif_thumbnail(with_exif(picture(), bytes(content)))
    assert thumbnail is None or (thumbnail in bytes(content) and read_size(thumbnail))


@given(st.binary())
def test_no_file_makes_the_reader_raise(data: bytes) -> None:
    assert exif_thumbnail(SOI + data) is None


def test_a_file_that_is_header_and_end_alone_is_read_to_its_end() -> None:
    assert [*read_app1(b"\xff\xd8\xff\xe1\x00\x04ab\xff\xd9")] == [b"ab"]

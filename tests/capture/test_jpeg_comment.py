"""The comment inside a JPEG."""

from contextlib import suppress
from io import BytesIO

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
    replace_comment,
)
from tests.pictures import EOI, KINDS, SOI, photo, picture, segment

WITHOUT_COMMENT = sorted(set(KINDS) - {"with a comment"})
COMMENTS = st.binary(max_size=300)


def read_comment(data: bytes) -> bytes | None:
    """Return a file's first comment."""
    return next(read_comments(data), None)


@given(st.sampled_from([*KINDS]), COMMENTS)
@example("like the camera's", b"")
@example("like the camera's", b"c" * MAX_COMMENT)
@example("like the camera's", b"\xff\xd9\xff\xd8")
def test_a_comment_that_went_in_comes_out(kind: str, comment: bytes) -> None:
    assert read_comment(insert_comment(KINDS[kind], comment)) == comment


@given(st.sampled_from([*KINDS]), COMMENTS)
@example("like the camera's", b"c" * MAX_COMMENT)
def test_a_comment_changes_no_other_byte(kind: str, comment: bytes) -> None:
    before, found, after = insert_comment(KINDS[kind], comment).partition(segment(0xFE, comment))
    assert found
    assert before + after == KINDS[kind]


@given(st.sampled_from([*KINDS]), COMMENTS)
def test_a_comment_leaves_the_photo_whole_and_of_its_size(kind: str, comment: bytes) -> None:
    assert read_size(insert_comment(KINDS[kind], comment)) == Size(48, 32)


@pytest.mark.parametrize("data", [KINDS[kind] for kind in WITHOUT_COMMENT], ids=WITHOUT_COMMENT)
def test_other_programs_see_the_comment_and_the_same_picture(data: bytes) -> None:
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(insert_comment(data, b"why"))) as after:
        assert after.info["comment"] == b"why"
        assert after.tobytes() == before.tobytes()
        assert after.getexif() == before.getexif()


def test_the_comment_stands_after_the_header_so_that_exif_stays_first() -> None:
    """Viewers look for EXIF, and with it for the rotation, in the first segment."""
    data = insert_comment(photo(), b"why")
    assert data[:4] == photo()[:4] == b"\xff\xd8\xff\xe1"


def test_a_comment_can_follow_a_header_that_nothing_follows() -> None:
    header = segment(0xE0, b"JFIF")
    assert insert_comment(SOI + header + EOI, b"why") == SOI + header + segment(0xFE, b"why") + EOI


def test_a_comment_too_long_for_a_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 65533 bytes"):
        insert_comment(photo(), b"c" * (MAX_COMMENT + 1))


def test_our_comment_is_read_before_one_that_was_there() -> None:
    data = insert_comment(picture(comment=b"made elsewhere"), b"ours")
    assert read_comment(data) == b"ours"


@given(st.sampled_from([*KINDS]), COMMENTS, st.integers(min_value=0))
def test_the_head_of_a_file_is_enough(kind: str, comment: bytes, more: int) -> None:
    whole = insert_comment(KINDS[kind], comment)
    head, found, _ = whole.partition(segment(0xFE, comment))
    assert read_comment(whole[: len(head + found) + more]) == comment


@pytest.mark.parametrize("data", [SOI + EOI, picture(), photo()])
def test_where_no_comment_is_there_is_none(data: bytes) -> None:
    assert read_comment(data) is None


@pytest.mark.parametrize("data", [b"", b"text", SOI, SOI + b"\xff\xfe\x00\x09cut", photo()[:100]])
def test_a_file_that_ends_before_a_comment_could_stand_is_told_from_one_without(data: bytes) -> None:
    """More of it must be read then."""
    with pytest.raises(PhotoBroken):
        read_comment(data)


def test_all_comments_are_read() -> None:
    data = insert_comment(insert_comment(picture(comment=b"made elsewhere"), b"first"), b"")
    assert [*read_comments(data)] == [b"", b"first", b"made elsewhere"]


@given(st.sampled_from([*KINDS]), COMMENTS.filter(lambda comment: comment != b"made elsewhere"), st.none() | COMMENTS)
@example("with a comment", b"ours", None)
def test_a_comment_that_is_replaced_changes_no_other_byte(kind: str, old: bytes, new: bytes | None) -> None:
    data = replace_comment(insert_comment(KINDS[kind], old), old, new)
    assert data == (KINDS[kind] if new is None else insert_comment(KINDS[kind], new))


def test_of_several_comments_only_the_one_asked_for_is_replaced() -> None:
    data = insert_comment(insert_comment(photo(), b"second"), b"first")
    assert [*read_comments(replace_comment(data, b"second", b"new"))] == [b"first", b"new"]


@pytest.mark.parametrize("new", [None, b"new"])
def test_a_comment_that_is_not_there_is_not_replaced(new: bytes | None) -> None:
    with pytest.raises(ValueError, match="no such comment"):
        replace_comment(picture(comment=b"made elsewhere"), b"ours", new)


def test_filling_before_a_comment_may_stay() -> None:
    """The standard allows any number of FF before a marker."""
    data = SOI + b"\xff\xff" + segment(0xFE, b"ours") + picture()[2:]
    assert read_size(replace_comment(data, b"ours", None)) == Size(48, 32)


def test_a_comment_after_the_picture_is_not_looked_for() -> None:
    """The reader need not read a whole photo to learn that it is not ours."""
    assert read_comment(picture()[:-2] + b"\xff\xfe\x00\x05end" + EOI) is None


@given(st.binary())
def test_reading_a_comment_raises_nothing_else(data: bytes) -> None:
    with suppress(PhotoBroken):
        read_comment(SOI + data)

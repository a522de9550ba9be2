"""JPEG files without decoding them: whole or not, their size, a comment in and out.

Marker values and the layout of segments are those of ITU-T T.81 (the JPEG standard), annex B.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import re

from .errors import PhotoBroken, PhotoEmpty

SOI = b"\xff\xd8"
EOI = b"\xff\xd9"
# What ends a picture's data. Within them an FF is followed by 00 (a literal FF), by another FF (filling) or by D0 to D7
# (a mark to restart at): a thousand times in a photo, which would be much for a loop with ten photos a second.
END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_COM = 0xFE
_SOS = 0xDA
_APP = range(0xE0, 0xF0)
_APP1 = 0xE1
# JFIF's and Adobe's segments tell how the colours are meant.
_COLOURS = frozenset({0xE0, 0xEE})
# Every start-of-frame marker holds the size; C4, C8 and CC in between are tables.
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_EOI = 0xD9

# A segment's length field has two bytes and counts itself.
MAX_COMMENT = 0xFFFF - 2
# Marker and length, two bytes each, stand before what a segment holds.
_SEGMENT_HEAD = 4


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class _Segment:
    """One marker and its payload, which lies at data[start:end]."""

    marker: int
    start: int
    end: int


def read_size(data: bytes) -> Size:
    """Return the picture's size, having walked the whole file from its first to its last marker.

    Raises PhotoEmpty when there are no bytes, PhotoBroken when this is not exactly one whole JPEG.
    """
    if not data:
        raise PhotoEmpty
    size = None
    scans = 0
    for segment in _segments(data):
        if segment.marker in _SOF:
            size = _frame_size(data, segment)
        scans += segment.marker == _SOS
    if size is None or not scans:
        problem = "no picture between start and end"
        raise PhotoBroken(problem)
    return size


def insert_comment(data: bytes, comment: bytes) -> bytes:
    """Return the file with `comment` as one segment after its header, every other byte as it was.

    Only the header of `data` need be whole. Raises PhotoBroken, and ValueError for more than MAX_COMMENT bytes.
    """
    at = len(SOI)
    for segment in _segments(data):
        if segment.marker not in _APP:
            break
        at = segment.end
    return b"".join((data[:at], _comment_segment(comment), data[at:]))


def replace_comment(data: bytes, old: bytes, new: bytes | None) -> bytes:
    """Return the file with the comment `new`, or none, where the comment `old` was, every other byte as it was.

    Raises PhotoBroken, and ValueError for more than MAX_COMMENT bytes or where there is no such comment.
    """
    for segment in _header(data):
        if segment.marker == _COM and data[segment.start : segment.end] == old:
            between = b"" if new is None else _comment_segment(new)
            return b"".join((data[: segment.start - _SEGMENT_HEAD], between, data[segment.end :]))
    message = "there is no such comment"
    raise ValueError(message)


def read_comments(data: bytes) -> Iterator[bytes]:
    """Yield the comments before the picture's data. Raises PhotoBroken when `data` end before these, or are no JPEG."""
    return (data[segment.start : segment.end] for segment in _header(data) if segment.marker == _COM)


def read_app1(data: bytes) -> Iterator[bytes]:
    """Yield what stands in the APP1 segments of a file's header, where EXIF data are. Raises PhotoBroken."""
    for segment in _segments(data):
        if segment.marker not in _APP:
            break
        if segment.marker == _APP1:
            yield data[segment.start : segment.end]


def strip(data: bytes) -> bytes:
    """Return the file without what stands beside the picture: EXIF data, comments, profiles. Raises PhotoBroken."""
    kept = [SOI]
    at = len(SOI)
    for segment in _header(data):
        if segment.marker in _COLOURS or segment.marker not in {_COM, *_APP}:
            kept.append(data[at : segment.end])
        at = segment.end
    return b"".join((*kept, data[at:]))


def _comment_segment(comment: bytes) -> bytes:
    if len(comment) > MAX_COMMENT:
        message = f"a JPEG comment has at most {MAX_COMMENT} bytes"
        raise ValueError(message)
    return b"".join((b"\xff", bytes([_COM]), (len(comment) + 2).to_bytes(2), comment))


def _header(data: bytes) -> Iterator[_Segment]:
    """Yield the segments before the picture's data. Raises PhotoBroken."""
    for segment in _segments(data):
        if segment.marker == _SOS:
            break
        yield segment


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield the segments between start and end; raise PhotoBroken where the file is not what the standard says."""
    if not data.startswith(SOI):
        problem = "it does not begin like a JPEG"
        raise PhotoBroken(problem)
    at = len(SOI)
    while True:
        marker, at = _marker(data, at)
        if marker == _EOI:
            break
        length = int.from_bytes(data[at : at + 2])
        end = at + length
        if length < 2 or end > len(data):  # noqa: PLR2004 - the length field counts its own two bytes
            problem = "it ends in the middle of a segment"
            raise PhotoBroken(problem)
        yield _Segment(marker, at + 2, end)
        at = _scan_end(data, end) if marker == _SOS else end
    if at != len(data):
        problem = "something follows its end"
        raise PhotoBroken(problem)


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """Read the marker at `at`; return it and the place after it. Fill bytes (FF) before it are allowed."""
    if data[at : at + 1] != b"\xff":
        problem = "it ends early" if at >= len(data) else "a marker is missing"
        raise PhotoBroken(problem)
    while data[at : at + 1] == b"\xff":
        at += 1
    if at >= len(data):
        problem = "it ends early"
        raise PhotoBroken(problem)
    return data[at], at + 1


def _scan_end(data: bytes, at: int) -> int:
    """Return the place of the first marker after the scan's data that begins at `at`."""
    found = END_OF_SCAN.search(data, at)
    if not found:
        problem = "it ends in the middle of the picture"
        raise PhotoBroken(problem)
    return found.start()


def _frame_size(data: bytes, segment: _Segment) -> Size:
    """Read a start-of-frame segment: one byte of precision, then height and width with two bytes each."""
    frame = data[segment.start : segment.end]
    size = Size(int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3]))
    if len(frame) < 5 or not size.width or not size.height:  # noqa: PLR2004 - see above
        problem = "its size cannot be read"
        raise PhotoBroken(problem)
    return size

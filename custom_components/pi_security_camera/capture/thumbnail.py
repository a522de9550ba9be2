"""The small picture that a camera puts into a JPEG's EXIF data, found without decoding anything.

The layout is that of EXIF 2.32, section 4.5, and TIFF 6.0, section 2.
"""

import struct

from .errors import NotAPhoto
from .jpeg import read_app1, read_size

_EXIF = b"Exif\0\0"
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
# Tags of the second directory: where the small picture begins, and its length.
_START = 0x0201
_LENGTH = 0x0202
# Types of a value: two bytes, four bytes.
_SHORT = 3
_LONG = 4


def exif_thumbnail(head: bytes) -> bytes | None:
    """Return the small JPEG in the first bytes of a JPEG file, or None; `head` may end anywhere after it."""
    try:
        for segment in read_app1(head):
            if segment.startswith(_EXIF) and (picture := _thumbnail(segment.removeprefix(_EXIF))):
                read_size(picture)
                return picture
    except NotAPhoto, struct.error:
        pass
    return None


def _thumbnail(tiff: bytes) -> bytes | None:
    """Return what the TIFF structure gives for it, if anything. Raises struct.error where that structure is broken."""
    order = _ORDERS.get(tiff[:4])
    if order is None:
        return None
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, first)
    (second,) = struct.unpack_from(f"{order}I", tiff, first + 2 + 12 * entries)
    if not second:
        return None
    tags = _read_directory(tiff, order, second)
    start, length = tags.get(_START, 0), tags.get(_LENGTH, 0)
    return tiff[start : start + length]


def _read_directory(tiff: bytes, order: str, at: int) -> dict[int, int]:
    """Return the directory's numbers by their tags; other kinds of values are passed over."""
    (entries,) = struct.unpack_from(f"{order}H", tiff, at)
    tags = {}
    for number in range(entries):
        tag, kind, count, value = struct.unpack_from(f"{order}HHI4s", tiff, at + 2 + 12 * number)
        if count == 1 and kind in {_SHORT, _LONG}:
            (tags[tag],) = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), value)
    return tags

"""Pictures as the bytes that the programs write.

Stills are EXIF files with a thumbnail that is a JPEG of its own; a stream's frames are
plain JFIF files without either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
import io
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_JFIF_HEADER = 20
"""Bytes of start marker and JFIF segment, which the still programs leave out."""

_SHORT, _LONG, _ASCII, _RATIONAL = 3, 4, 2, 5
_COMMENT_BYTES = 65_533

Entry = tuple[int, int, bytes]
"""Tag, type and value of one EXIF field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """What the EXIF data of a still say about it."""

    model: str
    taken_at: float
    """Wall-clock time, seconds since 1970."""
    exposure_us: int
    """Exposure time in microseconds."""
    iso: int


class _Memory(io.BytesIO):
    """A file in memory whose name tells Pillow to load its JPEG encoder and no other."""

    name = "picture.jpg"


def encode(picture: Image, quality: int, restart: int = 0) -> bytes:
    """Return a plain JFIF file with halved colour, as every encoder of the programs makes."""
    output = _Memory()
    picture.save(
        output,
        # libjpeg clamps the quality, and the programs rely on it.
        quality=min(100, max(1, quality)),
        subsampling=2,
        restart_marker_blocks=restart,
    )
    return output.getvalue()


def encode_still(
    picture: Image,
    photo: Photo,
    *,
    quality: int,
    restart: int,
    thumbnail: tuple[int, int, int] | None,
) -> bytes:
    """Return an EXIF file. ``thumbnail`` is its width, height and quality, or None."""
    small = b""
    size = (0, 0)
    if thumbnail is not None:
        size = thumbnail[:2]
        small = encode(picture.resize(size, reducing_gap=1.0), thumbnail[2])
    exif = _exif(photo, size, small)
    header = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2)
    return header + exif + encode(picture, quality, restart)[_JFIF_HEADER:]


def padded(jpeg: bytes, size: int) -> bytes:
    """Return the same picture as a valid file of at least ``size`` bytes."""
    first = 4 + struct.unpack(">H", jpeg[4:6])[0]
    comment = b"\xff\xfe" + struct.pack(">H", _COMMENT_BYTES + 2) + bytes(_COMMENT_BYTES)
    count = max(0, size - len(jpeg)) // len(comment) + 1
    return jpeg[:first] + comment * count + jpeg[first:]


def _exif(photo: Photo, size: tuple[int, int], thumbnail: bytes) -> bytes:
    """Return the EXIF data: an empty IFD0, the EXIF IFD and, with a thumbnail, IFD1.

    rpicam-apps puts make, model and dates into the EXIF IFD and nothing into IFD0.
    """
    stamp = time.strftime("%Y:%m:%d %H:%M:%S", time.localtime(photo.taken_at))
    facts = [
        (0x010F, _ASCII, b"Raspberry Pi"),
        (0x0110, _ASCII, photo.model.encode()),
        (0x0131, _ASCII, b"rpicam-apps"),
        (0x0132, _ASCII, stamp.encode()),
        (0x829A, _RATIONAL, struct.pack("<II", photo.exposure_us, 1_000_000)),
        (0x8827, _SHORT, struct.pack("<H", photo.iso)),
        (0x9003, _ASCII, stamp.encode()),
        (0x9004, _ASCII, stamp.encode()),
    ]
    ifd0_size, start = 2 + 12 + 4, 8
    exif_at = start + ifd0_size
    exif_ifd = _ifd(facts, exif_at, 0)
    ifd1_at = exif_at + len(exif_ifd)
    pointer = [(0x8769, _LONG, struct.pack("<I", exif_at))]
    tiff = b"II*\0" + struct.pack("<I", start)
    tiff += _ifd(pointer, start, ifd1_at if thumbnail else 0) + exif_ifd
    if thumbnail:
        tiff += _ifd(_thumbnail_facts(size, ifd1_at, thumbnail), ifd1_at, 0) + thumbnail
    return b"Exif\0\0" + tiff


def _thumbnail_facts(size: tuple[int, int], at: int, thumbnail: bytes) -> list[Entry]:
    """Return the entries of IFD1, which lies right before the thumbnail."""
    count = 5
    thumbnail_at = at + 2 + 12 * count + 4
    return [
        (0x0100, _SHORT, struct.pack("<H", size[0])),
        (0x0101, _SHORT, struct.pack("<H", size[1])),
        (0x0103, _SHORT, struct.pack("<H", 6)),
        (0x0201, _LONG, struct.pack("<I", thumbnail_at)),
        (0x0202, _LONG, struct.pack("<I", len(thumbnail))),
    ]


def _ifd(entries: Sequence[Entry], at: int, following: int) -> bytes:
    """One directory of EXIF fields that starts at offset ``at``, long values behind it."""
    sizes = {_SHORT: 2, _LONG: 4, _ASCII: 1, _RATIONAL: 8}
    long_values = b""
    table = struct.pack("<H", len(entries))
    values_at = at + 2 + 12 * len(entries) + 4
    for tag, kind, raw in entries:
        value = raw + b"\0" if kind == _ASCII else raw
        table += struct.pack("<HHI", tag, kind, len(value) // sizes[kind])
        if len(value) <= 4:  # noqa: PLR2004 - a short value lies in the table itself
            table += value.ljust(4, b"\0")
        else:
            table += struct.pack("<I", values_at + len(long_values))
            long_values += value + bytes(len(value) % 2)
    return table + struct.pack("<I", following) + long_values

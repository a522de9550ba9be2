"""EXIF data with a thumbnail, as rpicam writes them (image/jpeg.cpp), and as it does not."""

import struct

from .pictures import SOI, picture, segment

TIFF = {"<": b"II*\0", ">": b"MM\0*"}
SHORT, LONG = 3, 4


def exif(thumbnail: bytes, order: str = "<", kind: int = LONG) -> bytes:
    """Return EXIF data: a first directory with one entry, a second one with the thumbnail's place and length."""
    first = struct.pack(f"{order}HHHIHH", 1, 0x0112, SHORT, 1, 1, 0)
    second_at = 8 + len(first) + 4
    place = second_at + 2 + 3 * 12 + 4
    entries = ((0x0103, SHORT, 6), (0x0201, kind, place), (0x0202, kind, len(thumbnail)))
    second = b"".join(_entry(order, tag, kind_, value) for tag, kind_, value in entries)
    return (
        b"Exif\0\0"
        + (TIFF[order] + struct.pack(f"{order}I", 8))
        + (first + struct.pack(f"{order}I", second_at))
        + (struct.pack(f"{order}H", len(entries)) + second + struct.pack(f"{order}I", 0))
        + thumbnail
    )


def with_exif(data: bytes, content: bytes) -> bytes:
    """Return a JPEG with this EXIF data in place of its JFIF header."""
    jfif_end = 2 + 2 + 16
    return SOI + segment(0xE1, content) + data[jfif_end:]


def photo_with_thumbnail(width: int = 640, height: int = 480, thumbnail: bytes | None = None) -> bytes:
    """Return a photo as rpicam writes it, with its thumbnail."""
    return with_exif(picture(width, height), exif(thumbnail or picture(64, 48, quality=70)))


def _entry(order: str, tag: int, kind: int, value: int) -> bytes:
    content = struct.pack(f"{order}HH" if kind == SHORT else f"{order}I", *((value, 0) if kind == SHORT else (value,)))
    return struct.pack(f"{order}HHI", tag, kind, 1) + content

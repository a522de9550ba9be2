"""The machine-readable strip in each picture: which exposure it is, and from when.

Two rows of 64 black or white blocks across the picture's lower edge. At 320x240 a
block is still 5x5 pixels, which survives JPEG at quality 50 and halved colour.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
import zlib

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_COLUMNS = 64
_ROWS = 2
_MAGIC = 0xA5
_BOX = (0.02, 0.905, 0.98, 0.955)
"""Left, top, right and bottom of the strip as fractions of the picture."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """What the strip says."""

    number: int
    """The shot's number on its host, or the frame's number in its stream, from 1."""

    exposed_at: int
    """Wall-clock time of the exposure, ms since 1970."""


def _pack(barcode: Barcode) -> int:
    """128 bits: 8 of magic, 32 of number, 64 of time, 24 of checksum."""
    body = barcode.number.to_bytes(4) + barcode.exposed_at.to_bytes(8)
    checksum = zlib.crc32(body) & 0xFFFFFF
    return int.from_bytes(bytes([_MAGIC]) + body + checksum.to_bytes(3))


def _unpack(bits: int) -> Barcode | None:
    """Return the barcode in 128 bits, or None when the checksum denies it."""
    data = bits.to_bytes(16)
    barcode = Barcode(int.from_bytes(data[1:5]), int.from_bytes(data[5:13]))
    return barcode if _pack(barcode) == bits else None


def _box_in(size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the strip's place in a picture of this size, in pixels."""
    width, height = size
    left, top, right, bottom = _BOX
    return left * width, top * height, right * width, bottom * height


def draw(canvas: ImageDraw, size: tuple[int, int], barcode: Barcode) -> None:
    """Draw the strip on a picture of this size."""
    left, top, right, bottom = _box_in(size)
    width, height = (right - left) / _COLUMNS, (bottom - top) / _ROWS
    margin = height / 2
    frame = (left - margin, top - margin, right + margin, bottom + margin)
    canvas.rectangle(frame, fill=(0, 0, 0))
    bits = f"{_pack(barcode):0{_COLUMNS * _ROWS}b}"
    for place, bit in enumerate(bits):
        if bit == "1":
            row, column = divmod(place, _COLUMNS)
            x, y = left + column * width, top + row * height
            far = max(round(x), round(x + width) - 1), max(round(y), round(y + height) - 1)
            block = (round(x), round(y), *far)
            canvas.rectangle(block, fill=(255, 255, 255))


def find(picture: Image) -> Barcode | None:
    """Return the barcode of a grey upright picture, or None when there is none."""
    from PIL.Image import Resampling  # noqa: PLC0415 - slow; see the scene

    box = _box_in(picture.size)
    blocks = picture.resize((_COLUMNS, _ROWS), Resampling.BOX, box)
    bits = "".join("1" if level > 127 else "0" for level in blocks.tobytes())  # noqa: PLR2004
    return _unpack(int(bits, 2))

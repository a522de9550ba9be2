"""JPEGs for tests, made by Pillow, which knows nothing of our readers."""

from functools import cache
from io import BytesIO
import random

from PIL import Image

SOI, EOI = b"\xff\xd8", b"\xff\xd9"


@cache
def picture(width: int = 48, height: int = 32, **options: object) -> bytes:
    """Return a JPEG full of noise, so that its data holds every kind of byte; `options` are those of Pillow's save."""
    noise = random.Random(width * height).randbytes(width * height * 3)  # noqa: S311 - the same bytes each time
    file = BytesIO()
    Image.frombytes("RGB", (width, height), noise).save(file, "JPEG", **options)
    return file.getvalue()


@cache
def photo(width: int = 48, height: int = 32) -> bytes:
    """Return a JPEG as the camera programs write it: EXIF first, with a thumbnail that is a whole JPEG itself."""
    jfif_end = 2 + 2 + 16
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + picture(16, 12, quality=70)
    return SOI + segment(0xE1, exif) + picture(width, height)[jfif_end:]


def segment(marker: int, content: bytes) -> bytes:
    """Return one segment of a JPEG."""
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content


KINDS = {
    "baseline": picture(),
    "like the camera's": photo(),
    "progressive": picture(progressive=True),
    "restart markers": picture(restart_marker_blocks=1),
    "progressive with restart markers": picture(progressive=True, restart_marker_blocks=1),
    "with a comment": picture(comment=b"made elsewhere"),
    "with a colour profile": picture(icc_profile=b"profile" * 100),
    "of best quality": picture(quality=100, subsampling=0),
}

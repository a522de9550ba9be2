"""Small pictures of photos, kept within a bound. No Home Assistant here."""

from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
import threading
from typing import BinaryIO

from .capture.errors import NotAPhoto
from .capture.jpeg import read_size, strip
from .capture.thumbnail import exif_thumbnail
from .files import LARGEST
from .notes import HEAD

# As wide as rpicam's own thumbnail; a media browser shows them smaller. Pixels.
_WIDTH = 320
# rpicam's own quality for thumbnails.
_QUALITY = 70
# The largest sensor for Raspberry Pi gives 64 million pixels: a file that claims more is no photo of one. Pillow warns
# of more than 89 million.
_MOST_PIXELS = 80_000_000
# Some hundred small pictures, and so a busy day. Bytes.
_MOST_BYTES = 8 * 1024 * 1024
# What an entry takes beside its picture, so that those without one are bounded too. Bytes.
_ENTRY = 256


def thumbnail_of(file: BinaryIO) -> bytes | None:
    """Return a small JPEG of the photo in a file that has just been opened: the one inside it, or one made.

    Raises OSError.
    """
    head = file.read(HEAD)
    return exif_thumbnail(head) or make_thumbnail(head + file.read(LARGEST - len(head)))


def make_thumbnail(data: bytes) -> bytes | None:
    """Return a small JPEG of a JPEG; None when the file cannot be decoded. Slow: tens of milliseconds and more."""
    # Not everybody needs it, and it is large.
    from PIL import Image  # noqa: PLC0415

    try:
        size = read_size(data)
        if size.width * size.height > _MOST_PIXELS:
            return None
        # Pillow reads much that others may have written into a file, and trips over some of it.
        with Image.open(BytesIO(strip(data)), formats=("JPEG",)) as picture:
            if picture.size != (size.width, size.height):
                return None
            height = max(1, round(size.height * _WIDTH / size.width))
            # The decoder itself makes it two, four or eight times smaller, at a fraction of the time and memory.
            picture.draft("RGB", (_WIDTH, height))
            picture.thumbnail((_WIDTH, height))
            small = BytesIO()
            picture.convert("RGB").save(small, "JPEG", quality=_QUALITY)
    except NotAPhoto, OSError, SyntaxError, ValueError, Image.DecompressionBombError:
        return None
    return small.getvalue()


class Thumbnails:
    """The small pictures that were used last, by what they were made of. For several threads."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._pictures: OrderedDict[object, bytes | None] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object, make: Callable[[], bytes | None]) -> bytes | None:
        """Return the picture of that key, made when it is not at hand; that there is none is kept in mind as well."""
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        picture = make()
        with self._lock:
            if key not in self._pictures:
                self._pictures[key] = picture
                self._bytes += _ENTRY + len(picture or b"")
            while self._bytes > self._most_bytes:
                _, oldest = self._pictures.popitem(last=False)
                self._bytes -= _ENTRY + len(oldest or b"")
        return picture

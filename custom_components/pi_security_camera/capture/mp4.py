"""MP4 files without decoding them: whole or not, and a box of ours at the end, with a note and a small picture.

The layout of boxes is that of ISO/IEC 14496-12, section 4.2. Whoever plays the file passes over boxes that it does not
know; and what stands at the end moves nothing, for a film's frames are found by their places in the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .errors import ClipBroken

type ReadAt = Callable[[int, int], bytes]
"""Reads a file from a place on, so many bytes, or as many as there are."""

_SIZE = 4
_KIND = 4
_LARGE_SIZE = 8
_USER = 16
# Sizes that are none: the size is a larger number behind the kind; the box goes on to the file's end.
_IS_LARGE = 1
_IS_OPEN = 0

_UUID = b"uuid"
# A box of this kind is empty space, whatever it holds.
FREE = b"free"
_NEEDED = {b"ftyp", b"moov", b"mdat"}
# What makes such a box ours, and no other program's: chosen once, at random.
_OURS = bytes.fromhex("5d0c7a3e9b614f0f8a27c1e4d6b35f92")

# An encoder that writes in pieces makes two boxes for each; ours writes a handful. Who writes more than any film has
# shall not make us read for ever.
MOST_BOXES = 4096
# As much as a photo's comment holds. Bytes.
MAX_NOTE = 0xFFFF - 2
# A small picture has some 20 KiB; what a box claims shall not fill the memory. Bytes.
MAX_THUMBNAIL = 256 * 1024
# The note's length stands before it.
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a file: from `start` to `end`, with what it holds from `content` on; places in bytes.

    `is_open`: it has no size of its own, and ends where the file does.
    """

    kind: bytes
    user: bytes
    start: int
    content: int
    end: int
    is_open: bool

    @property
    def is_ours(self) -> bool:
        """Whether it is the box that holds our note."""
        return self.user == _OURS


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a file: its first bytes, as many as `stay`, and then `tail`.

    Of what stays, only the boxes whose kinds stand at the places of `freed` become FREE.
    """

    stay: int
    tail: bytes
    freed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """What our box carries: the note, and where the small picture stands, in bytes; there is none of no size."""

    note: bytes
    picture_at: int
    picture_size: int


def walk(read: ReadAt, size: int) -> Iterator[Box]:
    """Yield the boxes of a file of so many bytes, one after the other; what they hold is not read.

    Raises ClipBroken where the file is not what the standard says.
    """
    at = count = 0
    while at < size:
        if count == MOST_BOXES:
            problem = "it has more boxes than a film"
            raise ClipBroken(problem)
        box = _read_box(read(at, _SIZE + _KIND + _LARGE_SIZE + _USER), at, size)
        yield box
        at, count = box.end, count + 1


def check_whole(read: ReadAt, size: int) -> list[Box]:
    """Return the boxes of a whole MP4. Raises ClipBroken when this is none.

    One whose last box is open is none: a program that came to its end has closed it.
    """
    boxes = [*walk(read, size)]
    if missing := _NEEDED - {box.kind for box in boxes}:
        problem = f"it has no {min(missing).decode()}"
        raise ClipBroken(problem)
    if boxes[-1].is_open:
        problem = "its last box was not closed"
        raise ClipBroken(problem)
    return boxes


def read_carried(read: ReadAt, size: int) -> Carried | None:
    """Return what our box carries; None when there is no such box.

    A few small reads, however long the film is. Raises ClipBroken when the file is none, as far as that is seen.
    """
    box = next((box for box in walk(read, size) if box.is_ours), None)
    if box is None:
        return None
    length = int.from_bytes(read(box.content, _LENGTH))
    note = box.content + _LENGTH
    picture = note + length
    if length > MAX_NOTE or picture > box.end:
        problem = "the note in it is too long"
        raise ClipBroken(problem)
    return Carried(read(note, length), picture, box.end - picture)


def read_thumbnail(read: ReadAt, size: int) -> bytes | None:
    """Return the small picture in our box, whatever it is; None when there is none. Raises ClipBroken."""
    carried = read_carried(read, size)
    if carried is None or not 0 < carried.picture_size <= MAX_THUMBNAIL:
        return None
    return read(carried.picture_at, carried.picture_size)


def replace_note(read: ReadAt, size: int, note: bytes | None, thumbnail: bytes = b"") -> Change:
    """Return what makes a whole MP4 carry this note and small picture, or none, in the place of those that it has.

    A box of ours that others have put something behind becomes empty space: without it, what follows would move.
    Raises ClipBroken when the file is no whole MP4, or the note too long.
    """
    ours = [box for box in check_whole(read, size) if box.is_ours]
    tail = b"" if note is None else _our_box(note, thumbnail)
    if not ours or ours[-1].end < size:
        return Change(size, tail, tuple(box.start + _SIZE for box in ours))
    return Change(ours[-1].start, tail, tuple(box.start + _SIZE for box in ours[:-1]))


def _our_box(note: bytes, thumbnail: bytes) -> bytes:
    if len(note) > MAX_NOTE:
        problem = "there is no room for such a note"
        raise ClipBroken(problem)
    content = b"".join((_UUID, _OURS, len(note).to_bytes(_LENGTH), note, thumbnail))
    return (_SIZE + len(content)).to_bytes(_SIZE) + content


def _read_box(head: bytes, at: int, size: int) -> Box:
    """Read a box's first bytes, which stand at `at`; raise ClipBroken where it cannot be one."""
    length, kind = int.from_bytes(head[:_SIZE]), head[_SIZE : _SIZE + _KIND]
    used = _SIZE + _KIND
    is_open = length == _IS_OPEN
    if length == _IS_LARGE:
        length = int.from_bytes(head[used : used + _LARGE_SIZE])
        used += _LARGE_SIZE
    user = b""
    if kind == _UUID:
        user = head[used : used + _USER]
        used += _USER
    end = size if is_open else at + length
    if end > size or end < at + used:
        problem = "it ends in the middle of a box"
        raise ClipBroken(problem)
    return Box(kind, user, at, at + used, end, is_open)

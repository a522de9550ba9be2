"""Clips as files: what is told in them is read in small pieces, and written without touching the film. Blocking.

No Home Assistant here.
"""

import errno
import os
from pathlib import Path
from typing import BinaryIO

from .capture.errors import ClipBroken, NotAPhoto
from .capture.jpeg import read_size
from .capture.mp4 import FREE, MAX_THUMBNAIL, Change, ReadAt, read_thumbnail, replace_note
from .capture.note import Note, mark_clip, read_clip_note
from .files import open_file, seal

# What is copied at a time. Bytes.
_PIECE = 1024 * 1024


def reader(file: BinaryIO) -> ReadAt:
    """Return what reads an open file from a place on; no more is read than is asked for."""
    return lambda at, count: os.pread(file.fileno(), count, at)


def note_of_clip(file: BinaryIO, size: int) -> Note:
    """Return what is told in a clip of so many bytes. Raises OSError."""
    return read_clip_note(reader(file), size)


def thumbnail_of_clip(file: BinaryIO, size: int) -> bytes | None:
    """Return the small JPEG in a clip of so many bytes; None when there is none. Raises OSError."""
    try:
        return _usable(read_thumbnail(reader(file), size)) or None
    except ClipBroken:
        return None


def finish_clip(path: Path, note: bytes, thumbnail: bytes | None, modified_ns: int) -> os.stat_result:
    """Put a note and a small JPEG into the file of a new clip, down to the disk; return its status.

    `modified_ns` is its modification time, nanoseconds since 1970. Raises OSError, and ClipBroken when it is no whole
    MP4. What is no JPEG, or too large, is left out: the clip is worth more than its picture.
    """
    with _to_write(path) as file:
        size = os.fstat(file.fileno()).st_size
        _carry_out(replace_note(reader(file), size, note, _usable(thumbnail)), file)
        return seal(file, modified_ns)


def change_of_mark(file: BinaryIO, size: int, *, kept: bool) -> Change | None:
    """Return what marks an open clip of so many bytes, or takes the mark away; None where it is so already.

    Raises OSError, and ClipBroken when no mark fits into it.
    """
    return mark_clip(reader(file), size, kept=kept)


def copy_changed(file: BinaryIO, before: os.stat_result, change: Change, copy: Path) -> None:
    """Write a clip anew with a change, with its owner, mode and time, down to the disk; its film is copied bit by bit.

    `before` is its status, `copy` an empty file. Raises OSError.
    """
    read, at = reader(file), 0
    with _to_write(copy) as target:
        while piece := read(at, min(_PIECE, change.stay - at)):
            target.write(piece)
            at += len(piece)
        if at < change.stay:
            # Somebody has cut it off meanwhile.
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        _carry_out(change, target)
        seal(target, before.st_mtime_ns, before)


def _to_write(path: Path) -> BinaryIO:
    file = open_file(path, to_write=True)
    if file is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return file


def _carry_out(change: Change, file: BinaryIO) -> None:
    """Change a file that nobody else sees yet."""
    file.truncate(change.stay)
    for place in change.freed:
        file.seek(place)
        file.write(FREE)
    file.seek(change.stay)
    file.write(change.tail)


def _usable(thumbnail: bytes | None) -> bytes:
    """Return a small picture that is a whole JPEG; nothing for what is none, or too large."""
    if not thumbnail or len(thumbnail) > MAX_THUMBNAIL:
        return b""
    try:
        read_size(thumbnail)
    except NotAPhoto:
        return b""
    return thumbnail

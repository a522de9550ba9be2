"""What the comment in a photo tells, and the mark in it of a photo that is to stay; and the same of a clip.

The mark is a field of the JSON object that a photo carries about its cause. A photo of others, which carries none, gets
an object with the mark alone; other programs' comments stay as they are.
"""

from dataclasses import dataclass, replace
import json
from typing import Any

from .errors import ClipBroken, PhotoBroken
from .jpeg import insert_comment, read_comments, replace_comment
from .mp4 import Change, ReadAt, read_carried, read_thumbnail, replace_note
from .photo import Cause, cause_in, comment_fields

_KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Note:
    """Why a photo or a clip was taken, where that is known, and whether it is marked to stay.

    `pictured`: it is a clip that carries a small picture. A photo always has one, or one is made of it.
    """

    cause: Cause | None = None
    kept: bool = False
    pictured: bool = False


def read_note(head: bytes) -> Note | None:
    """Return what a JPEG's comment tells, given the file's first bytes; None when these end before one could stand."""
    try:
        for comment in read_comments(head):
            if note := _note_in(comment_fields(comment)):
                return note
    except PhotoBroken:
        return None
    return Note()


def mark(data: bytes, *, kept: bool) -> bytes:
    """Return a JPEG with the mark, or without it: `data` itself where it is so already.

    The picture's data and all other fields and comments stay as they are. Raises PhotoBroken when this is no JPEG, or
    its comment has no room for the mark.
    """
    comment = next((comment for comment in read_comments(data) if _note_in(comment_fields(comment))), None)
    fields = comment_fields(comment or b"")
    if kept == (fields.pop(_KEPT, None) is True):
        return data
    if kept:
        fields[_KEPT] = True
    try:
        text = json.dumps(fields).encode()
        if comment is None:
            return insert_comment(data, text)
        return replace_comment(data, comment, text if fields else None)
    except (ValueError, RecursionError) as error:
        problem = "its comment has no room for the mark"
        raise PhotoBroken(problem) from error


def read_clip_note(read: ReadAt, size: int) -> Note:
    """Return what the note in a clip of so many bytes tells, if it has one that can be read."""
    try:
        carried = read_carried(read, size)
    except ClipBroken:
        carried = None
    if carried is None:
        return Note()
    note = _note_in(comment_fields(carried.note)) or Note()
    return replace(note, pictured=carried.picture_size > 0)


def mark_clip(read: ReadAt, size: int, *, kept: bool) -> Change | None:
    """Return what gives a clip the mark, or takes it away; None where it is so already.

    All other fields and the small picture stay as they are. Raises ClipBroken when this is no whole MP4, or its note
    has no room for the mark.
    """
    carried = read_carried(read, size)
    fields = comment_fields(carried.note) if carried else {}
    if kept == (fields.pop(_KEPT, None) is True):
        return None
    if kept:
        fields[_KEPT] = True
    picture = read_thumbnail(read, size) or b""
    try:
        note = json.dumps(fields).encode()
    except RecursionError as error:
        # What was read may still be too deep for writing it.
        problem = "its note has no room for the mark"
        raise ClipBroken(problem) from error
    return replace_note(read, size, note if fields or picture else None, picture)


def _note_in(fields: dict[str, Any]) -> Note | None:
    """Return what the fields of a comment tell; None when they are not ours."""
    cause, kept = cause_in(fields), fields.get(_KEPT) is True
    return Note(cause, kept) if cause or kept else None

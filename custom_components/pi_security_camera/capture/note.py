"""What the comment in a photo tells, and the mark in it of a photo that is to stay.

The mark is a field of the JSON object that a photo carries about its cause. A photo of others, which carries none, gets
an object with the mark alone; other programs' comments stay as they are.
"""

from dataclasses import dataclass
import json
from typing import Any

from .errors import PhotoBroken
from .jpeg import insert_comment, read_comments, replace_comment
from .photo import Cause, cause_in, comment_fields

_KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Note:
    """Why a photo was taken, where that is known, and whether it is marked to stay."""

    cause: Cause | None = None
    kept: bool = False


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


def _note_in(fields: dict[str, Any]) -> Note | None:
    """Return what the fields of a comment tell; None when they are not ours."""
    cause, kept = cause_in(fields), fields.get(_KEPT) is True
    return Note(cause, kept) if cause or kept else None

"""What the comments in photos tell, as far as they have been read. Blocking. No Home Assistant here."""

from collections.abc import Callable
from typing import BinaryIO

from .capture.note import Note, read_note
from .capture.photo import Stamp

# A JPEG's comment stands near its beginning, after at most one EXIF segment of 64 KiB and one JFIF header.
HEAD = 160 * 1024
# What rpicam puts before it is some 20 KiB, most of it the thumbnail: with thousands of photos that is worth two tries.
_SHORT_HEAD = 32 * 1024


def read_note_of(file: BinaryIO) -> Note:
    """Return what the comment tells in a photo's file that has just been opened. Raises OSError."""
    head = file.read(_SHORT_HEAD)
    return read_note(head) or read_note(head + file.read(HEAD - _SHORT_HEAD)) or Note()


class Notes:
    """The notes by the names of their photos, each with the stamp of the file that it was read in.

    For several threads: each does one thing at a time to the dictionary below.
    """

    def __init__(self) -> None:
        self._notes: dict[str, tuple[Stamp, Note]] = {}

    def __len__(self) -> int:
        return len(self._notes)

    def known(self, name: str, stamp: Stamp) -> Note | None:
        """Return a photo's note; None when it has not been read since the file was changed."""
        read, note = self._notes.get(name, (None, None))
        return note if read == stamp else None

    def remember(self, name: str, stamp: Stamp, note: Note) -> None:
        """Keep a note in mind."""
        self._notes[name] = stamp, note

    def forget(self, name: str) -> None:
        """Forget the note of a photo that is gone."""
        self._notes.pop(name, None)

    def forget_others(self, is_there: Callable[[str], object]) -> None:
        """Forget the notes of photos that are not there any more."""
        for name in tuple(self._notes):
            if not is_there(name):
                self.forget(name)

"""The photos and clips below one directory, changed: saved, marked, deleted. Blocking: called in the executor.

No Home Assistant here.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, tzinfo
import errno
import os
from pathlib import Path
import time

from .album import Album
from .capture.errors import PhotoBroken, StorageFull
from .capture.jpeg import insert_comment
from .capture.note import Note, mark, read_note
from .capture.photo import Cause, Photo, clip_name, is_clip_name, modified_ns, photo_name, write_comment
from .clips import change_of_mark, copy_changed, finish_clip, note_of_clip
from .files import (
    LARGEST,
    free_bytes,
    make_temporary,
    place_whole,
    put_in_place_of,
    replace_whole,
    save_whole,
    storage_errors,
    try_writing,
)
from .notes import HEAD

_DAY = 86_400.0


class Archive(Album):
    """The photos and clips in one directory. All methods may be called from any thread; all raise StorageError."""

    def __init__(self, directory: Path, zone: Callable[[], tzinfo], mount_point: Path | None = None) -> None:
        """See Album."""
        super().__init__(directory, zone, mount_point)
        self._saved_at: dict[str, float] = {}
        self._last: dict[bool, str] = {}

    @property
    def last_saved(self) -> tuple[str, ...]:
        """The names of the photo and of the clip that were saved last here; the later of both stands at the end."""
        return tuple(self._last.values())

    def check_space(self, min_free_bytes: int) -> None:
        """Raise StorageFull when fewer bytes are free, and what `save` would raise of the directory."""
        with self._lock, storage_errors(self.directory):
            self._known.reopen()
            free = free_bytes(self.directory)
        if free is not None and free < min_free_bytes:
            raise StorageFull(str(self.directory))

    def try_writing(self, size: int, min_free_bytes: int) -> None:
        """Raise what `save` would raise of a photo of so many bytes: it is written, and taken away again.

        A disk that has become read-only, or fails, looks well until somebody writes.
        """
        with self._lock, storage_errors(self.directory), self._known.change():
            try_writing(self.directory, size)
        self.check_space(min_free_bytes)

    def save(self, data: bytes, taken_at: datetime, cause: Cause) -> Photo:
        """Keep a photo: written beside its place, synced and put there whole, never over another file.

        `data` is a whole JPEG, `taken_at` is aware. When this returns, the photo can be read under its name.
        """
        taken_at = taken_at.astimezone(self._zone())
        content = insert_comment(data, write_comment(taken_at, cause))
        with self._lock, storage_errors(self.directory):
            with self._known.change():
                placed = save_whole(
                    self.directory, lambda number: photo_name(taken_at, number), content, modified_ns(taken_at)
                )
            name = photo_name(taken_at, placed.number)
            photo = Photo(name, taken_at, placed.number, len(content), placed.modified_ns)
            self._note_saved(photo, Note(cause))
        return photo

    def new_clip_file(self) -> Path:
        """Make an empty file for a clip in the directory, which nobody sees as one; whoever writes it needs no lock.

        It ends in `save_clip` or `drop_clip`. Raises what `save` would raise of the directory.
        """
        with self._lock, storage_errors(self.directory), self._known.change():
            temporary, descriptor = make_temporary(self.directory)
            os.close(descriptor)
            self._known.unfinished.add(temporary.name)
        return temporary

    def save_clip(self, temporary: Path, taken_at: datetime, cause: Cause, thumbnail: bytes | None = None) -> Photo:
        """Keep a clip that has been written to a file of `new_clip_file`, with the same care as a photo.

        `taken_at` is aware; `thumbnail` is a small JPEG, and left out when it is none. Raises ClipBroken, too, when the
        file is no whole MP4. Whatever is raised, the temporary file is gone.
        """
        taken_at = taken_at.astimezone(self._zone())
        try:
            with storage_errors(self.directory):
                # Without the lock: on a slow card this takes seconds, and a photo must not wait for it.
                status = finish_clip(temporary, write_comment(taken_at, cause), thumbnail, modified_ns(taken_at))
                with self._lock:
                    with self._known.change():
                        number = place_whole(temporary, self.directory, lambda number: clip_name(taken_at, number))
                    name = clip_name(taken_at, number)
                    photo = Photo(name, taken_at, number, status.st_size, status.st_mtime_ns)
                    self._note_saved(photo)
        finally:
            self._end(temporary)
        return photo

    def drop_clip(self, temporary: Path) -> None:
        """Remove a file of `new_clip_file` that becomes no clip; nothing happens when it is gone already."""
        with self._lock, storage_errors(self.directory):
            self._known.unfinished.discard(temporary.name)
            with self._known.change():
                temporary.unlink(missing_ok=True)

    def set_kept(self, name: str, *, kept: bool) -> Photo | None:
        """Mark a photo, so that no limit takes it, or take the mark away; None when there is no photo of that name.

        The mark lies in the file, whose picture stays as it is to the last bit. Raises PhotoBroken or ClipBroken, too,
        when the file has no place for it, and StorageFailed when somebody else changes it at the same time.
        """
        return self._set_clip_kept(name, kept=kept) if is_clip_name(name) else self._set_photo_kept(name, kept=kept)

    def _set_photo_kept(self, name: str, *, kept: bool) -> Photo | None:
        with self._listing():
            with self._opened(name) as opened:
                if opened is None:
                    return None
                data, before = opened.file.read(LARGEST), opened.status
            content = mark(data, kept=kept)
            note = read_note(content[:HEAD])
            if note is None or note.kept != kept or len(data) != before.st_size:
                problem = "a mark in it would not be found again"
                raise PhotoBroken(problem)
            replaced = True
            if content is not data:
                with self._known.change():
                    replaced = replace_whole(self.directory / name, content, before)
            return self._look_after(name, note, replaced=replaced)

    def _set_clip_kept(self, name: str, *, kept: bool) -> Photo | None:
        """Write a clip anew beside its place, without the lock: a photo must not wait for it."""
        with storage_errors(self.directory), self._opened(name) as opened:
            if opened is None:
                return None
            file, before = opened
            note = note_of_clip(file, before.st_size)
            change = change_of_mark(file, before.st_size, kept=kept)
            if change is None:
                return self._look_after(name, note, replaced=True)
            temporary = self.new_clip_file()
            try:
                copy_changed(file, before, change, temporary)
                with self._lock:
                    with self._known.change():
                        replaced = put_in_place_of(self.directory / name, temporary, before)
                    return self._look_after(name, None, replaced=replaced)
            finally:
                self._end(temporary)

    def _look_after(self, name: str, note: Note | None, *, replaced: bool) -> Photo | None:
        """Return a photo as it is after its mark was changed, and note what is told in it now, if that is known."""
        with self._lock:
            photo = self._known.look_at(name)
            if photo and not replaced:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            if photo and note:
                self._remember(name, photo.stamp, note)
            return photo

    def delete(self, name: str) -> bool:
        """Delete a photo, marked or not; say whether there was one of that name."""
        with self._listing():
            if self._known.look_at(name) is None:
                return False
            self._remove(name)
            return True

    def saved_within(self, days: float) -> set[str]:
        """Return the names of photos that were saved here so many days ago at most, whatever the clock said."""
        earliest = time.monotonic() - days * _DAY
        with self._listing() as listing:
            self._saved_at = {name: at for name, at in self._saved_at.items() if listing.find(name)}
            return {name for name, at in self._saved_at.items() if at >= earliest}

    def let_go(self, photo: Photo) -> bool:
        """Delete a photo that a limit takes; say whether that was done.

        It stays when the file is no longer the one that was planned, when it has been marked since, and when it has
        become the newest of its kind, or was saved last.
        """
        with self._listing() as listing:
            found = self._known.look_at(photo.name)
            spared = {*(newest.name for newest in listing.newest), *self.last_saved}
            if found is None or found.stamp != photo.stamp or found.name in spared or self.is_kept(photo):
                return False
            self._remove(photo.name)
            return True

    def _note_saved(self, photo: Photo, note: Note | None = None) -> None:
        self._known.listing.add(photo)
        if note:
            self._remember(photo.name, photo.stamp, note)
        others = {kind: name for kind, name in self._last.items() if kind is not photo.is_clip}
        self._last = {**others, photo.is_clip: photo.name}
        self._saved_at[photo.name] = time.monotonic()

    def _end(self, temporary: Path) -> None:
        """Forget a temporary file, and remove it if it is still there."""
        with self._lock, suppress(OSError):
            self._known.unfinished.discard(temporary.name)
            temporary.unlink(missing_ok=True)

    def _remove(self, name: str) -> None:
        with self._known.change():
            (self.directory / name).unlink(missing_ok=True)
        self._known.listing.remove(name)
        self._notes.forget(name)
        self._saved_at.pop(name, None)

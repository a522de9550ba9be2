"""What lies in a photo directory, known without reading it again each time. Blocking. No Home Assistant here.

The directory is the truth. Who adds, removes or renames a file in it changes its modification time, and by that a
change of others is noticed when somebody looks. What we change ourselves is noted without reading.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import tzinfo
import os
from pathlib import Path
import stat
import time

from .capture.listing import Listing
from .capture.photo import ENDINGS, Photo, parse_name, photo_of_file
from .files import check_mounted, find_mount_point, make_directory, sweep

# Clocks of file systems are coarse, FAT's shows every second second only: what others change in the same tick in which
# the directory was read does not show in its time. So its names are read once more when that tick is over. Seconds.
_TICK = 3.0
# The same holds for a change of others at the moment of one of ours, which is rarer: that a photo costs no reading of
# the directory is worth this wait. Seconds.
_LONG_TICK = 60.0

# A directory's device, inode and modification time: whoever adds or removes a file changes the last of them.
type _Mark = tuple[int, int, int]


class PhotoDirectory:
    """The photos and clips in one directory. Not for several threads at a time. All methods raise OSError."""

    def __init__(self, path: Path, zone: Callable[[], tzinfo], mount_point: Path | None = None) -> None:
        """`zone` returns the time zone of the names; `mount_point`, if known, is where their disk is mounted."""
        self.path = path
        self.listing = Listing()
        self.mount_point = mount_point
        self._zone = zone
        self._read_in: tzinfo | None = None
        self._mark: _Mark | None = None
        self._again_at: float | None = None
        self.unfinished: set[str] = set()
        """Temporary files that are being written, by their names: they are no leftovers."""

    def open(self) -> None:
        """Make the directory when it is missing, sweep what a crash left, and read what is there."""
        check_mounted(self.path, self.mount_point)
        make_directory(self.path)
        sweep(self.path, self.unfinished)
        self._read()

    def reopen(self) -> None:
        """Open it again when another disk has been mounted there, or ours was taken away and has come back.

        A directory that is gone is told once; the next time it is made anew.
        """
        with self._noticing_its_end():
            if self._mark is None or self._look_up()[0] != self._mark[0]:
                self.open()

    def keep_up(self) -> None:
        """Read the directory again when somebody else has changed it."""
        if self._mark != self._look_up() or self._read_in != self._zone():
            self._read()
        elif self._again_at is not None and time.monotonic() >= self._again_at:
            self._again_at = None
            for name in self.listing.differing(os.listdir(self.path)):  # noqa: PTH208 - names alone, and many
                self.look_at(name)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Change something within, and stay in step without reading the directory.

        One that is gone takes this change with it, and loudly so; the next one finds it made anew.
        """
        with self._noticing_its_end():
            self.reopen()
            unchanged = self._look_up() == self._mark
            yield
            if unchanged:
                self._mark, now = self._look_up(), time.monotonic()
                self._again_at = max(self._again_at or now + _LONG_TICK, now + _TICK)
            # else: what others changed is read when somebody looks.

    def look_at(self, name: str) -> Photo | None:
        """Look at one file again; return the photo that it is now."""
        photo = None
        if parse_name(name):
            with suppress(FileNotFoundError):
                photo = self._photo_of(name, os.lstat(self.path / name), self.listing)
        if photo is None:
            self.listing.remove(name)
        elif photo is not self.listing.find(name):
            self.listing.add(photo)
        return photo

    def _read(self) -> None:
        # A disk may have been mounted nearer since.
        mount_point = find_mount_point(self.path)
        # The mark comes before the names: what changes while this reads is read the next time.
        mark, zone = self._look_up(), self._zone()
        known = self.listing if zone == self._read_in else Listing()
        with os.scandir(self.path) as entries:
            photos = [photo for entry in entries if (photo := self._photo_in(entry, known))]
        # Last, so that what was read of the disk below counts for nothing, whenever ours went.
        check_mounted(self.path, self.mount_point)
        self.listing, self._read_in, self.mount_point = Listing(photos), zone, mount_point
        self._mark, self._again_at = mark, time.monotonic() + _TICK

    def _photo_in(self, entry: os.DirEntry[str], known: Listing) -> Photo | None:
        """Return the photo that an entry is; a link, a directory and a file of another name are none."""
        if not entry.name.endswith(ENDINGS):
            return None
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        return self._photo_of(entry.name, status, known)

    def _photo_of(self, name: str, status: os.stat_result, known: Listing) -> Photo | None:
        """Return the photo that a file is: the known one, where it is still that."""
        if not stat.S_ISREG(status.st_mode):
            return None
        photo = known.find(name)
        if photo and photo.stamp == (status.st_size, status.st_mtime_ns):
            return photo
        return photo_of_file(name, status.st_mtime_ns, status.st_size, self._zone())

    @contextmanager
    def _noticing_its_end(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError, NotADirectoryError:
            self._mark = None
            raise

    def _look_up(self) -> _Mark:
        status = self.path.stat()
        return status.st_dev, status.st_ino, status.st_mtime_ns

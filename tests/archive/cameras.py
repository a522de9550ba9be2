"""A camera whose photos are all known, on a disk that comes and goes."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import StorageFull
from custom_components.pi_security_camera.capture.retention import Limits, Purged
from custom_components.pi_security_camera.files import check_directory
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.pictures import picture
from tests.small_disk import MIB, SmallDisk

from .conftest import CAUSE, TAKEN_AT, archive_in, names_in

PHOTO = picture(200, 150)
NOW = TAKEN_AT + timedelta(days=1)
FLOOR = MIB // 4
LIMITS = Limits(min_free_bytes=FLOOR)


class Camera:
    """Takes photos into an archive, and knows each one's bytes from the moment it was there."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.taken: dict[str, bytes] = {}
        self._now = TAKEN_AT

    def take(self) -> str:
        """Take a photo without asking for space."""
        self._now += timedelta(seconds=1)
        name = self.archive.save(PHOTO, self._now, CAUSE).name
        self.taken[name] = self.archive.read(name) or b""
        return name

    def take_until(self, full: type[Exception]) -> None:
        """Take photos until that is refused."""

        def without_end() -> None:
            while True:
                self.take()

        with pytest.raises(full):
            without_end()

    def answer_alert(self) -> str:
        """Take a photo as the coordinator does: where there is too little space, retention runs, once."""
        try:
            self.archive.check_space(FLOOR)
        except StorageFull:
            self.forget(Housekeeper(self.archive).purge(LIMITS, NOW))
            self.archive.check_space(FLOOR)
        return self.take()

    def forget(self, purged: Purged) -> None:
        """Note what retention took, which must have been the oldest."""
        gone = [each.photo.name for each in purged.gone]
        assert gone == sorted(self.taken)[: len(gone)]
        for name in gone:
            del self.taken[name]

    def keep_all(self) -> None:
        """Mark all photos."""
        for name in self.taken:
            self.set_kept(name, kept=True)

    def set_kept(self, name: str, *, kept: bool) -> None:
        """Mark a photo, or take the mark away."""
        assert self.archive.set_kept(name, kept=kept)
        self.taken[name] = self.archive.read(name) or b""

    def check(self) -> None:
        """Look, as after a restart as well: all photos are there and whole, and nothing of ours besides."""
        for archive in (self.archive, archive_in(self.archive.directory)):
            assert [photo.name for photo in archive.photos()] == sorted(self.taken)
            assert {name: archive.read(name) for name in self.taken} == self.taken
        assert set(names_in(self.archive.directory)) - {"filler"} == self.taken.keys()


def camera_on(disk: SmallDisk, below: str = ".") -> Camera:
    """Return a camera whose photos lie on a disk."""
    archive = archive_in(disk.directory / below)
    archive.open()
    return Camera(archive)


def changes(camera: Camera, name: str) -> list[Callable[[], object]]:
    """Return all that writes."""
    return [
        camera.take,
        lambda: camera.archive.set_kept(name, kept=True),
        lambda: camera.archive.delete(name),
        lambda: check_directory(camera.archive.directory),
    ]

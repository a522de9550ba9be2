"""A clip that is to stay: what is not as with photos, see test_marks. Its film is never harmed."""

import errno
import os
from pathlib import Path

import pytest

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import ClipBroken, StorageFailed
from custom_components.pi_security_camera.capture.note import Note
from tests.films import BROKEN, FILMS, film
from tests.pictures import picture

from .conftest import CAUSE, CLIP, SaveClip, archive_in, names_in
from .faults import refuse

SMALL = picture(16, 12)


def test_a_mark_harms_neither_the_film_nor_its_thumbnail(
    archive: Archive, save_clip: SaveClip, directory: Path
) -> None:
    save_clip(thumbnail=SMALL)
    before = (directory / CLIP).read_bytes()
    archive.set_kept(CLIP, kept=True)
    for one in (archive, archive_in(directory)):
        assert one.note(CLIP) == Note(CAUSE, kept=True, pictured=True)
        assert one.thumbnail(CLIP) == SMALL
    assert (directory / CLIP).read_bytes().startswith(film())
    archive.set_kept(CLIP, kept=False)
    assert (directory / CLIP).read_bytes() == before
    assert archive.note(CLIP) == Note(CAUSE, pictured=True)


@pytest.mark.parametrize("data", FILMS.values(), ids=FILMS)
def test_a_clip_of_others_can_be_marked_and_released(archive: Archive, directory: Path, data: bytes) -> None:
    (directory / CLIP).write_bytes(data)
    assert archive.set_kept(CLIP, kept=True)
    assert archive_in(directory).note(CLIP) == Note(None, kept=True)
    assert (directory / CLIP).read_bytes().startswith(data)
    assert archive.set_kept(CLIP, kept=False)
    assert (directory / CLIP).read_bytes() == data


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_whole_film_stays_as_it_is(archive: Archive, directory: Path, data: bytes) -> None:
    (directory / CLIP).write_bytes(data)
    with pytest.raises(ClipBroken):
        archive.set_kept(CLIP, kept=True)
    assert (directory / CLIP).read_bytes() == data
    assert names_in(directory) == [CLIP]


def test_a_disk_that_cannot_be_read_leaves_the_clip_as_it_was(
    archive: Archive, save_clip: SaveClip, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_clip()
    before = (directory / CLIP).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", refuse(errno.EIO))
        with pytest.raises(StorageFailed):
            archive.set_kept(CLIP, kept=True)
    assert (directory / CLIP).read_bytes() == before
    assert names_in(directory) == [CLIP]

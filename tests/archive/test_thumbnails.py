"""Small pictures of photos: the one inside, or one made, kept within a bound."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from io import BytesIO
import os
from pathlib import Path
import subprocess
import sys

from hypothesis import given, strategies as st
from PIL import Image
import pytest

from custom_components.pi_security_camera import archive as archive_module, thumbnails as thumbnails_module
from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.errors import StorageFailed
from custom_components.pi_security_camera.capture.jpeg import Size, read_size
from custom_components.pi_security_camera.thumbnails import Thumbnails, make_thumbnail
from tests.exif import exif, photo_with_thumbnail, with_exif
from tests.pictures import KINDS, SOI, photo, picture, segment

from .conftest import CAUSE, FOREIGN, NAME, ODD, TAKEN_AT
from .faults import refuse

SMALL = picture(64, 48, quality=70)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the files of which a small picture is made, each time."""
    made = []

    def watched(data: bytes) -> bytes | None:
        made.append(len(data))
        return make_thumbnail(data)

    monkeypatch.setattr(thumbnails_module, "make_thumbnail", watched)
    return made


def test_the_thumbnail_in_a_photo_is_shown_without_decoding(archive: Archive, made: list[int]) -> None:
    archive.save(photo_with_thumbnail(), TAKEN_AT, CAUSE)
    assert archive.thumbnail(NAME) == SMALL
    assert made == []


def test_a_photo_without_one_gets_one(archive: Archive, directory: Path, made: list[int]) -> None:
    (directory / NAME).write_bytes(picture(1024, 768))
    thumbnail = archive.thumbnail(NAME)
    assert thumbnail is not None
    assert str(read_size(thumbnail)) == "320x240"
    assert made == [len(picture(1024, 768))]


def test_one_that_is_broken_is_made_anew(archive: Archive, made: list[int]) -> None:
    archive.save(with_exif(picture(640, 480), exif(SMALL[:-2])), TAKEN_AT, CAUSE)
    assert archive.thumbnail(NAME) not in {None, SMALL}
    assert len(made) == 1


def test_what_was_made_is_kept_in_memory(archive: Archive, made: list[int]) -> None:
    archive.save(picture(640, 480), TAKEN_AT, CAUSE)
    assert archive.thumbnail(NAME) is archive.thumbnail(NAME)
    assert len(made) == 1


def test_that_there_is_none_is_kept_in_memory_too(archive: Archive, directory: Path, made: list[int]) -> None:
    """Each look at a day with a damaged photo would decode it anew."""
    (directory / NAME).write_bytes(picture(640, 480)[:-1000])
    assert archive.thumbnail(NAME) is archive.thumbnail(NAME) is None
    assert len(made) == 1


def test_a_photo_that_changed_gets_another(archive: Archive, directory: Path) -> None:
    (directory / NAME).write_bytes(picture(640, 480))
    before = archive.thumbnail(NAME)
    (directory / NAME).write_bytes(photo_with_thumbnail())
    assert archive.thumbnail(NAME) == SMALL != before


def test_a_photo_that_is_gone_has_none(archive: Archive, directory: Path) -> None:
    (directory / NAME).write_bytes(picture(640, 480))
    assert archive.thumbnail(NAME)
    (directory / NAME).unlink()
    assert archive.thumbnail(NAME) is None


@pytest.mark.parametrize("name", [*FOREIGN, "", "..", f"../{NAME}", f"sub/{NAME}", f"{NAME}\0"])
def test_files_of_others_have_none(archive: Archive, directory: Path, name: str) -> None:
    for path in (directory.parent / NAME, directory / "sub" / NAME, *(directory / foreign for foreign in FOREIGN)):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(photo())
    assert archive.thumbnail(name) is None


@pytest.mark.parametrize("plant", ODD.values(), ids=ODD)
def test_only_a_file_has_one(archive: Archive, directory: Path, plant: Callable[[Path], object]) -> None:
    (directory / "other.jpg").write_bytes(photo())
    plant(directory / NAME)
    assert archive.thumbnail(NAME) is None


def test_a_fault_has_its_error(archive: Archive, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / NAME).write_bytes(photo())
    monkeypatch.setattr(os, "open", refuse(5))
    with pytest.raises(StorageFailed):
        archive.thumbnail(NAME)


def test_a_file_that_is_larger_than_any_photo_has_none(
    archive: Archive, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = picture(640, 480)
    (directory / NAME).write_bytes(data)
    monkeypatch.setattr(thumbnails_module, "LARGEST", len(data) - 1)
    assert archive.thumbnail(NAME) is None


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_a_small_picture_can_be_made_of_every_kind_of_jpeg(data: bytes) -> None:
    """And none that is small already is made larger."""
    thumbnail = make_thumbnail(data)
    assert thumbnail is not None
    assert str(read_size(thumbnail)) == "48x32"


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_picture_of_other_colours_will_do(mode: str) -> None:
    file = BytesIO()
    Image.new(mode, (640, 480)).save(file, "JPEG")
    thumbnail = make_thumbnail(file.getvalue())
    assert thumbnail is not None
    with Image.open(BytesIO(thumbnail)) as image:
        assert (image.mode, image.size) == ("RGB", (320, 240))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1920, 1080), "320x180"),
        ((1080, 1920), "320x569"),
        ((5000, 4), "320x1"),
        ((4, 5000), "4x5000"),
        ((321, 1), "320x1"),
    ],
)
def test_a_small_picture_has_the_shape_of_the_large_one(size: tuple[int, int], wanted: str) -> None:
    thumbnail = make_thumbnail(picture(*size))
    assert thumbnail is not None
    assert str(read_size(thumbnail)) == wanted


def frame(width: int, height: int) -> bytes:
    """Return a JPEG that claims a size and holds next to nothing."""
    size = b"\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01\x01\x11\x00"
    return SOI + segment(0xC0, size) + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"data\xff\xd9"


@pytest.mark.parametrize(
    "data", [b"", b"text", SOI, photo()[:-1], photo() + b"\0", frame(48, 32), frame(0xFFFF, 0xFFFF), frame(9000, 9000)]
)
def test_of_what_is_no_photo_none_is_made(data: bytes) -> None:
    assert make_thumbnail(data) is None


HEADERS = st.lists(
    st.builds(
        segment,
        st.sampled_from([0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE, 0xDB, 0xC0, 0xC4]),
        st.sampled_from(
            [b"", b"JFIF\0", b"Exif\0\0", b"Exif\0\0MM\0*", b"ICC_PROFILE\0", b"MPF\0", b"Photoshop 3.0\0", b"Adobe\0"]
        ).flatmap(lambda start: st.binary(max_size=40).map(start.__add__)),
    ),
    max_size=4,
).map(b"".join)


@given(HEADERS)
def test_no_header_makes_it_raise(header: bytes) -> None:
    make_thumbnail(SOI + header + picture()[2:])


@given(
    st.sampled_from([*KINDS.values(), photo_with_thumbnail(48, 32)]),
    st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), max_size=4),
)
def test_damaged_bytes_do_not_make_it_raise(data: bytes, changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(data)
    for at, value in changes:
        damaged[at % len(data)] = value
    thumbnail = make_thumbnail(bytes(damaged))
    assert thumbnail is None or read_size(thumbnail)


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 400)), max_size=40))
def test_memory_is_bounded_and_what_was_used_last_stays(asked: list[tuple[int, int | None]]) -> None:
    thumbnails, sizes = Thumbnails(2000), dict(reversed(asked))
    entry = thumbnails_module._ENTRY
    for key, _ in asked:
        size = sizes[key]
        wanted = None if size is None else bytes(size)
        assert thumbnails.get(key, partial(bytes, size) if size is not None else lambda: None) == wanted
        kept = thumbnails._pictures
        assert thumbnails._bytes == sum(entry + len(picture or b"") for picture in kept.values()) <= 2000
        assert [*kept][-1] == key


def test_one_that_is_larger_than_the_bound_is_shown_and_not_kept() -> None:
    thumbnails = Thumbnails(100)
    assert thumbnails.get("key", lambda: bytes(200)) == bytes(200)
    assert thumbnails._bytes == 0


def test_two_who_ask_at_the_same_time_are_both_served() -> None:
    """Neither waits for the other, and what both make is counted once."""
    thumbnails = Thumbnails()

    def make() -> bytes:
        with suppress(RecursionError):
            thumbnails.get("key", lambda: b"first")
        return b"second"

    assert thumbnails.get("key", make) == b"second"
    assert thumbnails.get("key", lambda: b"third") == b"first"
    assert thumbnails._bytes == thumbnails_module._ENTRY + 5


def test_the_decoder_is_loaded_only_when_it_is_needed(archive: Archive) -> None:
    """It takes memory, and with rpicam's photos nobody needs it."""
    archive.save(photo_with_thumbnail(), TAKEN_AT, CAUSE)
    archive.save(picture(640, 480), TAKEN_AT + timedelta(seconds=1), CAUSE)
    program = """
import pathlib, sys, types, datetime
package = types.ModuleType("package")
package.__path__ = [sys.argv[1]]
sys.modules["package"] = package
from package.archive import Archive
archive = Archive(pathlib.Path(sys.argv[2]), lambda: datetime.UTC)
for photo in archive.photos():
    assert archive.thumbnail(photo.name)
    print("PIL" in sys.modules)
"""
    package = Path(archive_module.__file__ or "").parent
    said = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", program, str(package), str(archive.directory)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert said.split() == ["False", "True"]


@pytest.mark.parametrize("error", [Image.DecompressionBombError, OSError, SyntaxError, ValueError])
def test_what_pillow_trips_over_has_none(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def trip(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(Image, "open", trip)
    assert make_thumbnail(picture()) is None


def test_what_pillow_sees_another_size_in_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may have two frames, and we and Pillow may look at different ones."""
    monkeypatch.setattr(thumbnails_module, "read_size", lambda _data: Size(47, 32))
    assert make_thumbnail(picture()) is None

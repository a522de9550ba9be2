"""A stream of JPEG files, however it arrives and whatever stands between them."""

from collections.abc import Iterator

from hypothesis import example, given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.jpeg import Size
from custom_components.pi_security_camera.capture.mjpeg import FrameSplitter
from tests.pictures import EOI, KINDS, SOI, picture, segment

SIZE = Size(48, 32)
MOST = 64 * 1024
# A table that holds what looks like an end and a beginning.
TRICKY = SOI + segment(0xDB, bytes(10) + EOI + SOI + bytes(51)) + picture()[2:]
# Markers may have any number of FFs before them.
FILLED = SOI + b"\xff\xff" + picture()[2:-2] + b"\xff\xff" + EOI
GOOD = [*KINDS.values(), TRICKY, FILLED]
CUT = picture()[: len(picture()) // 2]
NO_FRAMES = {
    "cut in its picture": CUT,
    "cut in its tables": picture()[:100],
    "its first bytes": SOI,
    "of another size": picture(32, 48),
    "too large": picture(400, 300),
    "a table without length": SOI + segment(0xDB, b"")[:2] + b"\0\0" + picture()[2:],
    "beginning and end alone": SOI + EOI,
}


def split(stream: bytes, at: Iterator[int]) -> tuple[list[bytes], int]:
    """Return the frames of a stream that comes in pieces of these lengths, and how many were dropped."""
    splitter, frames, start = FrameSplitter(SIZE, MOST), [], 0
    while start < len(stream):
        end = start + next(at)
        frames += splitter.feed(stream[start:end])
        assert len(splitter._buffer) <= MOST
        start = end
    return frames, splitter.dropped


def always(length: int) -> Iterator[int]:
    """Yield one length for ever."""
    while True:
        yield length


@pytest.mark.parametrize("length", [1, 2, 3, 1000, 65536])
def test_frames_come_as_they_were_however_they_are_cut(length: int) -> None:
    assert split(b"".join(GOOD), always(length)) == (GOOD, 0)


@pytest.mark.parametrize("broken", NO_FRAMES.values(), ids=NO_FRAMES)
@pytest.mark.parametrize("length", [1, 777, 1_000_000])
def test_what_is_no_frame_is_dropped_and_counted_and_the_next_one_is_found(broken: bytes, length: int) -> None:
    frames, dropped = split(GOOD[0] + broken + GOOD[1] + GOOD[2], always(length))
    assert (frames, dropped >= 1) == (GOOD[:3], True)


@pytest.mark.parametrize("broken", ["cut in its picture", "of another size", "too large"])
def test_each_frame_that_is_dropped_counts_once(broken: str) -> None:
    stream = (picture() + NO_FRAMES[broken]) * 5 + picture()
    assert split(stream, always(1000)) == ([picture()] * 6, 5)


@pytest.mark.parametrize(
    ("stream", "other"),
    [
        (CUT + NO_FRAMES["beginning and end alone"], None),
        (NO_FRAMES["of another size"], Size(32, 48)),
        (NO_FRAMES["of another size"] + picture(), None),
    ],
)
def test_pictures_of_another_size_are_told_from_no_pictures(stream: bytes, other: Size | None) -> None:
    splitter = FrameSplitter(SIZE, MOST)
    splitter.feed(stream)
    assert splitter.other_size == other


@given(st.lists(st.sampled_from(GOOD), max_size=4), st.lists(st.integers(1, 5000), min_size=1))
def test_any_pieces_give_the_same_frames(frames: list[bytes], lengths: list[int]) -> None:
    def pieces() -> Iterator[int]:
        while True:
            yield from lengths

    assert split(b"".join(frames), pieces()) == (frames, 0)


@given(st.binary(max_size=300), st.integers(1, 400))
@example(b"\xff", 1)
@example(b"\xff\xff\xff", 2)
@example(SOI + b"\xff\xda\0\x02\xff\xd9", 3)
@example(SOI + b"\xff\x00", 1000)
@example(SOI + b"\xff\xe0", 1000)
def test_after_any_bytes_frames_are_found_again(noise: bytes, length: int) -> None:
    """The noise may look like a table, of 64 KiB at most, that swallows what comes first."""
    count = 2 * 65536 // len(picture())
    frames, _ = split(noise + picture() * count, always(length))
    assert 0 < len(frames) <= count
    assert set(frames) == {picture()}


def test_a_stream_that_never_ends_a_frame_takes_no_memory() -> None:
    splitter = FrameSplitter(SIZE, MOST)
    splitter.feed(SOI + segment(0xDA, b"x"))
    for _ in range(100):
        assert splitter.feed(bytes(10_000)) == []
        assert len(splitter._buffer) <= MOST
    assert splitter.dropped == 1
    assert splitter.feed(picture()) == [picture()]


def test_a_frame_that_is_too_large_is_dropped_though_it_comes_at_once() -> None:
    large = SOI + segment(0xFE, bytes(60_000)) * 2 + picture()[2:]
    assert FrameSplitter(SIZE, 2 * MOST).feed(large) == [large]
    splitter = FrameSplitter(SIZE, MOST)
    assert splitter.feed(large + picture()) == [picture()]
    assert splitter.dropped == 1

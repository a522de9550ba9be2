"""A reader of MP4 files that knows nothing of the library that writes them: ISO/IEC 14496-12."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
import struct

# What lies in a box whose content is more than boxes, before the first of these. Bytes.
_SKIPPED = {"stsd": 8, "avc1": 78}
_HOLDERS = {"moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1", "edts"}


@dataclass(frozen=True, slots=True)
class Movie:
    """What the index of a file with one track says; times in seconds."""

    boxes: list[str]
    """The names of the outermost boxes, in their order."""
    times: list[float]
    ends: float
    """When the last frame ends."""
    keys: list[float]
    """The times of the keyframes."""
    size: tuple[int, int]
    colours: tuple[int, int, int, bool]
    """Primaries, transfer and matrix as ITU-T H.273 numbers them, and whether the range is full."""
    profile: int
    shifted: bool
    """Whether frames are shown in another order than they lie in the file, or the track begins later."""


def read_movie(path: Path) -> Movie:
    """Read a file; raises KeyError where something is missing."""
    data = path.read_bytes()
    found = dict(_walk(data, 0, len(data)))
    (scale,) = struct.unpack_from(">I", found["mdhd"], 12)
    durations = [delta for count, delta in _pairs(found["stts"]) for _ in range(count)]
    starts = [0, *accumulate(durations)]
    # Where all are keyframes, nothing is said of them.
    keys = [number for (number,) in struct.iter_unpack(">I", found.get("stss", b"")[8:])] or range(1, len(starts))
    primaries, transfer, matrix, flags = struct.unpack_from(">HHHB", found["colr"], 4)
    width, height = struct.unpack_from(">HH", found["avc1"], 24)
    return Movie(
        boxes=[name for name, _ in _boxes(data, 0, len(data))],
        times=[start / scale for start in starts[:-1]],
        ends=starts[-1] / scale,
        keys=[starts[number - 1] / scale for number in keys],
        size=(width, height),
        colours=(primaries, transfer, matrix, bool(flags & 0x80)),
        profile=found["avcC"][1],
        shifted="ctts" in found or struct.unpack_from(">i", found.get("elst", bytes(20)), 12)[0] != 0,
    )


def _walk(data: bytes, start: int, end: int) -> Iterator[tuple[str, bytes]]:
    """Yield each box's name and content, from outside to inside."""
    for name, (begin, stop) in _boxes(data, start, end):
        yield name, data[begin:stop]
        if name in _HOLDERS:
            yield from _walk(data, begin + _SKIPPED.get(name, 0), stop)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the boxes between two places: their names, and where their content begins and ends."""
    while start < end:
        length, name = struct.unpack_from(">I4s", data, start)
        assert 8 <= length <= end - start
        yield name.decode(), (start + 8, start + length)
        start += length


def _pairs(table: bytes) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">I", table, 4)
    for number in range(count):
        count, value = struct.unpack_from(">II", table, 8 + 8 * number)
        yield count, value

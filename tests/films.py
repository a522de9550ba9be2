"""MP4 files for tests, put together by hand: boxes as the standard has them, with noise for a film."""

from functools import cache
import random


def box(kind: bytes, content: bytes = b"", *, form: str = "short") -> bytes:
    """Return one box; its size is written in 32 bits (`short`), in 64 (`large`), or not at all (`open`)."""
    if form == "large":
        return b"\0\0\0\x01" + kind + (16 + len(content)).to_bytes(8) + content
    size = 0 if form == "open" else 8 + len(content)
    return size.to_bytes(4) + kind + content


@cache
def film(size: int = 1000, *, form: str = "short") -> bytes:
    """Return a whole MP4 whose frames, which are none, have so many bytes."""
    noise = random.Random(size).randbytes(size)  # noqa: S311 - the same bytes each time
    return box(b"ftyp", b"isom\0\0\2\0isommp41") + box(b"moov", b"\0" * 100) + box(b"mdat", noise, form=form)


@cache
def film_in_pieces(pieces: int = 5) -> bytes:
    """Return an MP4 as an encoder writes it that may be cut off at any moment: a film in pieces, and their index."""
    some = (box(b"moof", b"\0" * 50) + box(b"mdat", bytes([number % 256]) * 200) for number in range(pieces))
    return box(b"ftyp", b"iso5\0\0\2\0iso5mp41") + box(b"moov", b"\0" * 100) + b"".join(some) + box(b"mfra", b"\0" * 20)


FILMS = {
    "short": film(),
    "with a large size": film(form="large"),
    "in pieces": film_in_pieces(),
    "with its index at the end": box(b"ftyp", b"isom")
    + box(b"free")
    + box(b"mdat", b"frames")
    + box(b"moov", b"index"),
    "with a box of another program": film() + box(b"uuid", b"another program.and its data"),
}

BROKEN = {
    "nothing": b"",
    "text": b"this is no film at all",
    "a JPEG": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9",
    "cut off in the frames": film()[:-1],
    "cut off in a head": film() + b"\0\0\0",
    "without frames": box(b"ftyp", b"isom") + box(b"moov"),
    "without an index": box(b"ftyp", b"isom") + box(b"mdat", b"frames"),
    "without a beginning": box(b"moov") + box(b"mdat", b"frames"),
    "with an open end": film(form="open"),
    "with something behind its end": film() + b"more",
    "with a box smaller than its head": film() + b"\0\0\0\7free",
    "with a large size smaller than its head": film() + b"\0\0\0\1free" + (15).to_bytes(8),
    "with a size that has no end": film() + b"\0\0\0\1free" + b"\xff" * 8,
    "with half a name of its own": film() + box(b"uuid", b"half"),
}

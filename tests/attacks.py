"""What somebody might try who may look at photos, and would like to read or change something else."""

# Signs that only look like others are the point here.
# ruff: noqa: RUF001

import asyncio
import os
from pathlib import Path

from tests.archive.conftest import plant_socket

from .pictures import picture

LINKED, LINKED_OTHER, NOWHERE, FOLDER, PIPE, SOCKET, DEVICE = (
    f"capture_20260213_1430{number:02}.jpg" for number in range(7)
)
PLANTED = (LINKED, LINKED_OTHER, NOWHERE, FOLDER, PIPE, SOCKET, DEVICE)
PLANTED_CLIPS = tuple(name.replace(".jpg", ".mp4") for name in PLANTED)
NOT_OURS = ("secrets.yaml", ".capture_0123456789abcdef.tmp", ".capture_20260213_142530.jpg", "holiday.jpg", "sub")
MISSING = "capture_20260213_235959.jpg"

NAMES = (
    *PLANTED,
    *PLANTED_CLIPS,
    *NOT_OURS,
    MISSING,
    "{other}",
    "{other_clip}",
    "capture_20260213_142530.jpg.bak",
    "capture_20260213_142530.mp4.bak",
    "capture_20260213_142530.mp4.jpg",
    "capture_20260213_142530.jpg.mp4",
    "capture_20260213_142530.mp4.gz",
    "capture_20260213_142530.MP4",
    "capture_20260213_142530.m4v",
    "capture_20260213_142530_1.mp4",
    "capture_20260230_142530.mp4",
    "sub/capture_20260213_142530.mp4",
    "{own}\u0000.mp4",
    "capture_２０２６０２１３_１４２５３０.mp4",
    "capture_*.mp4",
    "capture_20260213_142530.jpeg",
    "capture_20260213_142530",
    "CAPTURE_20260213_142530.JPG",
    "capture_20260213_142530.JPG",
    "capture_20260213_142530_1.jpg",
    "capture_20260213_142530_02.jpg",
    "capture_20260213_142530_1000000.jpg",
    "capture_20260230_142530.jpg",
    "capture_20260213_246060.jpg",
    "capture_99999999_999999.jpg",
    "capture_00000101_000000.jpg",
    "sub/capture_20260213_142530.jpg",
    "./{own}",
    "../photos/{own}",
    "../{own}",
    "..",
    ".",
    "../../etc/passwd",
    "{secret}",
    "..\\photos\\{own}",
    "{own}/",
    "{own}/.",
    "/{own}",
    " {own}",
    "{own} ",
    "{own}\u0000",
    "{own}\u0000.jpg",
    "{own}\n",
    "{own}\r\nX-Own: header",
    "{own};v=1",
    "*",
    "capture_*.jpg",
    "~",
    "x" * 5000,
    "capture_20260213_142530" + "_2" * 2000 + ".jpg",
    # Digits, letters and signs that only look like ours.
    "capture_٢٠٢٦٠٢١٣_١٤٢٥٣٠.jpg",
    "capture_２０２６０２１３_１４２５３０.jpg",
    "ｃapture_20260213_142530.jpg",
    "сapture_20260213_142530.jpg",
    "capture＿20260213＿142530.jpg",
    "capture_20260213_142530․jpg",
    "{own}\u200b",
    "\ufeff{own}",
    "ca\u0301pture_20260213_142530.jpg",
)
"""Names that are none of a photo or a clip of this camera; `own` is one that is, `other` one of another camera."""

ENCODED = (
    "%2f{own}",
    "%2F..%2F{own}",
    "%2e%2e",
    "%2e",
    "%2e%2e%2fphotos%2f{own}",
    "%2e%2e/photos/{own}",
    "..%2fphotos%2f{own}",
    "..%5cphotos%5c{own}",
    "%252e%252e%252fphotos%252f{own}",
    "%25252e%25252e%25252f{own}",
    "..%c0%afphotos%c0%af{own}",
    "%c0%ae%c0%ae/{own}",
    "..%u2215photos%u2215{own}",
    "sub%2fcapture_20260213_142530.jpg",
    "sub%2f..%2f{own}",
    "{own}%00",
    "{own}%00.jpg",
    "{own}%00.mp4",
    "sub%2fcapture_20260213_142530.mp4",
    "%00{own}",
    "{own}%0a",
    "{own}%0d%0aX-Own:%20header",
    "{own}%20",
    "{own}%2f",
    "{own}%3f",
    "{own}%23",
    "{own}.%2ejpg",
    "%ff%fe",
    "%",
    "%zz",
    "%2fetc%2fpasswd",
    "%2f%2fetc%2fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "{own}%2500",
    "%7E",
)
"""The same for a path in a URL, where they stand as they are written here."""

PLACES = (
    "/",
    "//",
    "..",
    "{entry}/",
    "{entry}//",
    "{entry}/..",
    "{entry}/../{entry}",
    "{entry}/{own}",
    "{entry}/{day}/",
    "{entry}/{day}//{own}",
    "{entry}/{day}/{own}/",
    "{entry}/{day}/{own}/more",
    "{entry}/{day}/./{own}",
    "{entry}/{day}/../{day}/{own}",
    "{entry}/{day}%2f{own}",
    "{entry}%2f{day}",
    "{entry}/{day}/%2e%2e",
    "{entry}/{day}\\{own}",
    "{entry}\u0000/{day}",
    "{entry}/{day}\u0000",
    "{entry} /{day}",
    " {entry}",
    "{entry}?",
    "{entry}#{day}",
    "{lower}",
    "{lower}/{day}/{own}",
    "{other_entry}/{day}/{own}",
    "{stranger}",
    "{stranger}/{day}/{own}",
    "nobody",
    "*",
    "None",
    "e" * 65,
    "e" * 100_000,
    "{entry}/2026-2-3",
    "{entry}/20260213",
    "{entry}/2026-W07-5",
    "{entry}/2026-02-30",
    "{entry}/0000-01-01",
    "{entry}/-2026-02-13",
    "{entry}/+2026-02-13",
    "{entry}/2026-02-13T00:00",
    "{entry}/٢٠٢٦-٠٢-١٣",
    "{entry}/2026‐02‐13",
    "{entry}/13/02/2026",
    "{entry}/{day}/capture_20260101_080000.jpg",
    "{entry}/2026-01-01/{own}",
)
"""Identifiers below the media source that were never made, beside those with the names above."""


def plant(directory: Path, secret: Path, other: Path) -> None:
    """Put into a photo directory what must not be served: `secret` and `other` lie elsewhere."""
    for names in (PLANTED, PLANTED_CLIPS):
        linked, linked_other, nowhere, folder, pipe, unix, device = (directory / name for name in names)
        linked.symlink_to(secret)
        linked_other.symlink_to(other)
        nowhere.symlink_to("nowhere")
        folder.mkdir()
        os.mkfifo(pipe)
        plant_socket(unix)
        device.symlink_to("/dev/zero")
    (directory / "sub").mkdir()
    for name in (*NOT_OURS[:-1], "sub/capture_20260213_142530.jpg", "sub/capture_20260213_142530.mp4"):
        (directory / name).write_bytes(picture())


def on_disk(*roots: Path) -> dict[str, object]:
    """Return all that lies there: kinds, modes, sizes, times and targets of links, and what files hold."""
    paths = [path for root in roots for path in sorted(root.rglob("*"))]
    return {str(path): (_status(path), path.read_bytes() if _is_file(path) else None) for path in paths}


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _status(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    target = path.readlink() if path.is_symlink() else None
    return status.st_mode, status.st_size, status.st_mtime_ns, status.st_nlink, target


async def ask(port: int, path: str, token: str = "", method: str = "GET", header: str = "") -> int:
    """Send a path exactly as it is written, and return the status of the answer, which must come soon."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        login = f"Authorization: Bearer {token}\r\n" if token else ""
        lines = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{login}{header}Connection: close\r\n\r\n"
        writer.write(lines.encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    return int(answer.split(b" ", 2)[1])

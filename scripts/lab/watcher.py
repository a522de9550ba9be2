"""Sees photos from outside, as any program that reads the directory would: at the moment they can be read whole."""

import asyncio
from collections.abc import Iterator
import contextlib
import ctypes
from dataclasses import dataclass
import os
from pathlib import Path
import struct
import time

# What these numbers mean is in the manual page inotify(7).
_IN_CLOSE_WRITE = 0x8
_IN_MOVED_TO = 0x80
_IN_CREATE = 0x100
_EVENT = struct.Struct("iIII")

_START = b"\xff\xd8"
_END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A photo that was seen whole."""

    name: str
    at: float
    """When it had been read, on the clock of time.perf_counter."""


class PhotoWatcher:
    """The photos that appear in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen: set[str] = set()
        self._sightings: asyncio.Queue[Sighting] = asyncio.Queue()

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the directory with the kernel's help. Raises OSError when it cannot be watched."""
        libc = ctypes.CDLL(None, use_errno=True)
        handle = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        mask = _IN_CREATE | _IN_MOVED_TO | _IN_CLOSE_WRITE
        if libc.inotify_add_watch(handle, os.fsencode(self._directory), mask) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch", os.fspath(self._directory))
        loop = asyncio.get_running_loop()
        loop.add_reader(handle, self._look, handle)
        try:
            yield
        finally:
            loop.remove_reader(handle)
            os.close(handle)

    async def next(self, limit: float) -> Sighting:
        """Wait for the next photo, at most `limit` seconds (TimeoutError)."""
        async with asyncio.timeout(limit):
            return await self._sightings.get()

    @property
    def pending(self) -> int:
        """How many photos nobody has waited for."""
        return self._sightings.qsize()

    def waiting(self) -> list[Sighting]:
        """Return the photos that nobody has waited for, and forget them."""
        return [self._sightings.get_nowait() for _ in range(self._sightings.qsize())]

    def _look(self, handle: int) -> None:
        """Read the kernel's events and look at each photo that they name."""
        for name in _names(os.read(handle, 65536)):
            if name.startswith("capture_") and name not in self._seen and self._is_whole(name):
                self._seen.add(name)
                self._sightings.put_nowait(Sighting(name, time.perf_counter()))

    def _is_whole(self, name: str) -> bool:
        data = (self._directory / name).read_bytes()
        return data.startswith(_START) and data.endswith(_END)


def _names(events: bytes) -> Iterator[str]:
    """Take the file names out of inotify's events."""
    at = 0
    while at < len(events):
        *_, length = _EVENT.unpack_from(events, at)
        at += _EVENT.size
        yield os.fsdecode(events[at : at + length].rstrip(b"\0"))
        at += length

"""A stream of JPEG files one after the other, split without decoding: what rpicam-vid writes with its codec mjpeg.

There is nothing between the files, and no length before them. Within a picture's data an FF is never followed by D8 or
D9 (ITU-T T.81, B.1.1.5), but in the tables before it that may be so: those are passed over by their lengths.
"""

from .errors import NotAPhoto, PhotoBroken
from .jpeg import END_OF_SCAN, EOI, SOI, Size, read_size

_SOS = 0xDA
_START, _END = SOI[1], EOI[1]


class FrameSplitter:
    """Takes a stream's bytes as they come, and gives its whole frames of the size asked for.

    A frame that is cut, larger than `max_bytes`, of another size or no JPEG is dropped and counted; the next one is
    found. It holds no more than `max_bytes` and what it is fed at once.
    """

    def __init__(self, size: Size, max_bytes: int) -> None:
        self._size = size
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._at = 0
        """How far the frame that the buffer begins with has been walked; 0 before its beginning is found."""
        self._in_scan = False
        self.dropped = 0
        """How many frames began and were not given."""
        self.other_size: Size | None = None
        """The size of the last whole picture, if it is another one than was asked for."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the frames that end in this chunk."""
        self._buffer += chunk
        frames = []
        while self._find_start():
            try:
                end = self._find_end()
            except PhotoBroken:
                self._drop(len(SOI))
                continue
            if end is None:
                break
            frame = bytes(memoryview(self._buffer)[:end])
            if self._is_good(frame):
                self._forget(end)
                frames.append(frame)
            else:
                self._drop(end)
        if len(self._buffer) > self._max_bytes:
            self._drop(len(self._buffer))
        return frames

    def _is_good(self, frame: bytes) -> bool:
        try:
            size = read_size(frame)
        except NotAPhoto:
            return False
        self.other_size = size if size != self._size else None
        return size == self._size and len(frame) <= self._max_bytes

    def _find_start(self) -> bool:
        """Let the buffer begin with a frame; say whether it does."""
        if self._at:
            return True
        start = self._buffer.find(SOI)
        if start < 0:
            # Its first half may be there.
            self._forget(len(self._buffer) - self._buffer.endswith(SOI[:1]))
            return False
        self._forget(start)
        self._at = len(SOI)
        return True

    def _find_end(self) -> int | None:
        """Walk on; return where the frame ends, None when more must come. Raises PhotoBroken."""
        while (marker := self._next_marker()) is not None:
            after = self._at + 2
            if marker == _END:
                return after
            if marker == _START:
                problem = "the next one begins in its middle"
                raise PhotoBroken(problem)
            if len(self._buffer) < after + 2:
                return None
            self._at = after + int.from_bytes(self._buffer[after : after + 2])
            self._in_scan = marker == _SOS
        return None

    def _next_marker(self) -> int | None:
        """Move to the next marker and return it; None when it has not come. Raises PhotoBroken."""
        buffer = self._buffer
        if self._in_scan:
            if found := END_OF_SCAN.search(buffer, self._at):
                self._at = found.start()
                return buffer[self._at + 1]
            # The last byte may be the first half of a marker.
            self._at = max(self._at, len(buffer) - buffer.endswith(SOI[:1]))
            return None
        while len(buffer) >= self._at + 2:
            if buffer[self._at] != SOI[0]:
                problem = "a marker is missing"
                raise PhotoBroken(problem)
            if buffer[self._at + 1] != SOI[0]:
                return buffer[self._at + 1]
            self._at += 1  # filling
        return None

    def _drop(self, count: int) -> None:
        """Give the frame at the beginning up, and look for another one after so many bytes."""
        self.dropped += bool(self._at)
        self._forget(count)

    def _forget(self, count: int) -> None:
        del self._buffer[:count]
        self._at, self._in_scan = 0, False

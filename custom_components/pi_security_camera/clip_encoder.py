"""Frames into an MP4 file that browsers play. Blocking, and slow to import: for a thread. No Home Assistant here."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
import os
from pathlib import Path
from typing import Final, Self

import av
from av import FFmpegError, Packet, VideoFrame
from av.codec.context import Flags
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from .capture.backlog import TimedFrame
from .capture.errors import ClipEmpty, ClipEncoderMissing, ClipNotMade, NotAPhoto
from .capture.jpeg import Size, read_size

_DECODER: Final = "mjpeg"
_ENCODER: Final = "libx264"
_OPTIONS = {
    # Half the time of the next preset, for a file that is half as large again: a small Pi has more room than time.
    "preset": "ultrafast",
    # Better would mostly keep the sensor's noise, which takes more room than the picture.
    "crf": "25",
    # A keyframe that we ask for shall be one that players can jump to.
    "forced-idr": "1",
}
# One core at most is taken, and the others left alone; several threads would use more time in all.
_THREADS = 1
# The one that every browser and every decoder in hardware knows.
_PIXELS = "yuv420p"
# The clock of the file, as is usual for video: frame times are true to 11 microseconds. Ticks a second.
_TICKS = 90_000
# Frames that came together, in one piece of the stream, follow each other at this distance.
_SHORTEST = _TICKS // 1000
# Players can jump to keyframes alone.
_KEY_EVERY = 2 * _TICKS
# The encoder counts frames, not time: its own keyframes shall never come first.
_MOST_BETWEEN_KEYS = 1000
# The last frame is shown as long as the one before it, and no longer than this, when nobody says it.
_LONGEST_LAST = _TICKS
# What the encoder reckons with before it has seen any times; no frame's time depends on it.
_USUAL_RATE = 30
_FILE_MODE = 0o640


class ClipEncoder:
    """One MP4 file at `path`, whatever that name ends in, written frame by frame; to be used with `with`.

    Raises ClipError, and OSError for what the file system reports.
    """

    def __init__(self, path: Path) -> None:
        self._decoder = _Decoder()
        if _ENCODER not in av.codecs_available:
            raise ClipEncoderMissing
        # An error of a network share is told to those who had the file open when it happened.
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _FILE_MODE)
        self._path = path
        self._movie: _Movie | None = None
        self._began_at = 0.0
        # The next frame's time tells how long this one is shown, and whether it must be a keyframe.
        self._waiting: VideoFrame | None = None
        self._at = 0
        self._key_at = -_KEY_EVERY
        self._duration = _LONGEST_LAST
        self.frames = 0
        """How many frames were taken in."""
        self.broken = 0
        """How many were left out: they could not be decoded, or are of another size than the first."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Release everything. A file that was not finished is of no use."""
        self._waiting = None
        try:
            if self._movie:
                with suppress(OSError):
                    self._movie.close()
        finally:
            os.close(self._descriptor)

    def add(self, frame: TimedFrame) -> bool:
        """Take in the next frame; say whether it could be decoded."""
        picture = self._decoder.decode(frame.data)
        if picture is None:
            self.broken += 1
            return False
        if self._movie is None:
            self._movie = _Movie(self._path, picture.width, picture.height)
            self._began_at = frame.at
        at = round((frame.at - self._began_at) * _TICKS)
        if self._waiting:
            at = max(at, self._at + _SHORTEST)
            self._write(self._movie, self._waiting, at)
        self._waiting, self._at = picture, at
        self.frames += 1
        return True

    def finish(self, until: float | None = None) -> float:
        """Write what is left, down to the disk; return how long the clip is, in seconds.

        The last frame is shown until a moment (seconds, monotonic), if one is given that comes after it.
        """
        if self._movie is None or self._waiting is None:
            raise ClipEmpty
        end = round((until - self._began_at) * _TICKS) if until is not None else 0
        if end <= self._at:
            end = self._at + min(self._duration, _LONGEST_LAST)
        self._write(self._movie, self._waiting, end)
        self._movie.write(None)
        self._movie.close()
        os.fsync(self._descriptor)
        return end / _TICKS

    def _write(self, movie: _Movie, picture: VideoFrame, end: int) -> None:
        """Write the frame that waits, to be shown until `end`, in ticks."""
        self._duration = end - self._at
        picture.pts, picture.duration, picture.time_base = self._at, self._duration, Fraction(1, _TICKS)
        # A JPEG is decoded into what says of itself that it is a keyframe.
        picture.pict_type = PictureType.NONE
        if end - self._key_at > _KEY_EVERY:
            picture.pict_type = PictureType.I
            self._key_at = self._at
        movie.write(picture)


class _Movie:
    """The file as the library writes it, with its encoder. Raises ClipNotMade and OSError."""

    def __init__(self, path: Path, width: int, height: int) -> None:
        with _writing():
            # So named, no part of the path is taken for a protocol.
            self._output = av.open(f"file:{path}", "w", "mp4", container_options={"movflags": "+faststart"})
        with _encoding():
            self._stream = self._output.add_stream(_ENCODER, _USUAL_RATE, options=dict(_OPTIONS))
            codec = self._stream.codec_context
            codec.width, codec.height, codec.pix_fmt = width, height, _PIXELS
            codec.time_base = Fraction(1, _TICKS)
            codec.thread_count = _THREADS
            codec.max_b_frames = 0
            # The packet of each frame tells how long it is shown; that of the last one, nothing else could.
            codec.flags |= Flags.frame_duration
            codec.gop_size = _MOST_BETWEEN_KEYS
            # rpicam asks libcamera for sYCC: sRGB, taken apart as JPEG does.
            codec.color_range = ColorRange.MPEG
            codec.color_primaries = ColorPrimaries.BT709
            codec.color_trc = ColorTrc.IEC61966_2_1
            codec.colorspace = Colorspace.ITU601
            codec.open()

    def write(self, picture: VideoFrame | None) -> None:
        """Write a picture; None: those that the encoder still has."""
        with _encoding():
            packets = self._stream.encode(picture)
        with _writing():
            self._output.mux(packets)

    def close(self) -> None:
        """Write the index, and close the file. Once more, it does nothing."""
        with _writing():
            self._output.close()


class _Decoder:
    """JPEGs into pictures as H.264 wants them, all of one size."""

    def __init__(self) -> None:
        """Raise ClipEncoderMissing."""
        if _DECODER not in av.codecs_available:
            raise ClipEncoderMissing
        self._codec = av.CodecContext.create(_DECODER, "r")
        self._codec.thread_count = _THREADS
        # One for all frames prepares itself once.
        self._reformatter = VideoReformatter()
        self._size: Size | None = None

    def decode(self, data: bytes) -> VideoFrame | None:
        """Return the picture; None when there is none, or one of another size than the first."""
        try:
            # Before memory is taken for it.
            size = read_size(data)
            if size != (self._size or size):
                return None
            (picture,) = self._codec.decode(Packet(data))
            picture = self._reformatter.reformat(
                picture,
                format=_PIXELS,
                src_colorspace=Colorspace.ITU601,
                dst_colorspace=Colorspace.ITU601,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
                threads=_THREADS,
            )
        except NotAPhoto, FFmpegError, ValueError:
            return None
        self._size = size
        return picture


@contextmanager
def _encoding() -> Iterator[None]:
    """Raise the library's errors as ClipNotMade."""
    try:
        yield
    except (FFmpegError, ValueError) as error:
        raise ClipNotMade(str(error)) from error


@contextmanager
def _writing() -> Iterator[None]:
    """Raise the library's errors, which bear the system's numbers, as the system's."""
    try:
        yield
    except FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error

"""rpicam-vid: a stream of MJPEG frames."""

import os
import select
import signal
import time
from typing import TYPE_CHECKING

from simulator import jpegs
from simulator.camera import Camera, Configuration
from simulator.console import Aborted, Console, ProgramError
from simulator.output import OutputFile, write_for_ever
from simulator.photographer import printf, spoiled
from simulator.request import Request
from simulator.settings import Fault

if TYPE_CHECKING:
    from simulator.barcode import Barcode
    from simulator.scene import Scene

_DEFAULT_RATE = 30.0
_TROUBLED_FRAME = 5
"""The frame of a run that a cut or oversized frame is, when the fault is older."""

_OVERSIZE = 33 * 2**20
_GARBAGE = b"\0garbage between frames \xff\xd9 \xff\x00" * 8
_SPOILING = (Fault.EMPTY, Fault.NOT_A_JPEG)
_NO_ENCODER = "libav: cannot allocate output context, try setting with --libav-format"


class _Control:
    """Signals and keys of rpicam-vid, which end a stream or pause it."""

    def __init__(self, request: Request, console: Console) -> None:
        """Catch the signals from now on."""
        self._console = console
        self._by_signal = request.values.flag("signal")
        self._by_key = request.values.flag("keypress")
        self._received = 0
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: object) -> None:
        """Remember the last signal."""
        self._received = number
        self._console.log(1, f"Received signal {number}")

    def command(self) -> str:
        """Return what came since the last call: "pause", "quit" or nothing."""
        if self._received == signal.SIGINT:
            return "quit"
        command = self._pressed_key() if self._by_key else ""
        if self._by_signal:
            received, self._received = self._received, 0
            if received in (signal.SIGUSR2, signal.SIGPIPE):
                return "quit"
            if received == signal.SIGUSR1:
                return "pause"
        return command

    @staticmethod
    def _pressed_key() -> str:
        """Read a line of standard input when one waits."""
        ready, _, _ = select.select([0], [], [], 0)
        line = os.read(0, 4096) if ready else b""
        if line[:1] in (b"x", b"X"):
            return "quit"
        return "pause" if line[:1] == b"\n" else ""


class _FrameWriter:
    """Encodes frames and writes them, with whatever the fault makes of it.

    The real program does this in a background thread, so errors abort it.
    """

    def __init__(self, camera: Camera, request: Request, scene: Scene) -> None:
        self._camera = camera
        self._request = request
        self._scene = scene
        self._quality = request.values.number("quality")
        self._flush = request.values.flag("flush")
        self._file: OutputFile | None = None
        self._trouble_is_over = False

    def write(self, shown: Barcode) -> None:
        """Write one frame; raise Aborted when that fails."""
        if not self._request.output:
            return
        frame = jpegs.encode(self._scene.picture(shown), self._quality)
        frame = self._troubled(frame, shown.number)
        file = self._open()
        fault = self._camera.fault
        broken = fault in (Fault.CRASH, Fault.DISK_FULL)
        try:
            file.write(frame[: len(frame) // 2] if broken else frame)
            if self._flush or broken:
                file.flush()
        except OSError:
            broken, fault = True, Fault.DISK_FULL
        if broken:
            crashed = fault is Fault.CRASH
            message = "simulated crash" if crashed else "failed to write output bytes"
            raise Aborted(message)

    def close(self) -> None:
        """End the output cleanly."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> OutputFile:
        """Return the output, opened when the first frame is there."""
        if self._file is None:
            name = self._request.output
            name = name if name == "-" else printf(name, 0)[:255]
            try:
                self._file = OutputFile(name)
            except OSError:
                message = f"failed to open output file {name}"
                raise Aborted(message) from None
        return self._file

    def _troubled(self, frame: bytes, number: int) -> bytes:
        """Return a frame as the fault of this moment leaves it."""
        fault = self._camera.fault
        if fault is Fault.ENDLESS:
            write_for_ever()
        if fault is Fault.GARBAGE:
            return frame + _GARBAGE
        if fault in _SPOILING:
            return spoiled(frame, fault)
        if self._trouble_is_over or number < _TROUBLED_FRAME:
            return frame
        if fault is Fault.CUT_FRAME:
            self._trouble_is_over = True
            return frame[: len(frame) // 2]
        if fault is Fault.OVERSIZED:
            self._trouble_is_over = True
            return jpegs.padded(frame, _OVERSIZE)
        return frame

    def cut_the_end(self) -> None:
        """With the fault that truncates: leave the stream's last frame unfinished."""
        if self._camera.fault is Fault.TRUNCATED and self._file is not None:
            self._file.write(b"\xff\xd8\xff\xe0\0\x10JFIF\0")


def run_vid(camera: Camera, request: Request, console: Console) -> None:
    """rpicam-vid: frames until -t, --frames or a signal ends it."""
    codec = request.values.text("codec").lower()
    if request.output.startswith("tcp://"):
        message = "connect to server failed"
        raise ProgramError(message)
    camera.open(request.values.number("camera"))
    colours = "sYCC" if codec == "mjpeg" else "SMPTE170M"
    configuration = camera.configure_video(request, colours)
    if codec != "mjpeg" and request.output:
        console.error(f"[NULL @ 0x55c8462dd200] Unable to find a suitable output format for '{request.output}'")
        raise ProgramError(_NO_ENCODER)
    control = _Control(request, console)
    writer = _FrameWriter(camera, request, camera.scene(request, configuration))
    _stream(camera, request, console, control, writer, _rate(request, configuration))
    writer.cut_the_end()
    writer.close()


def _rate(request: Request, configuration: Configuration) -> float:
    """Frames per second: as wished, but no more than the sensor mode has."""
    return min(request.framerate or _DEFAULT_RATE, configuration.mode.fps)


def _stream(
    camera: Camera,
    request: Request,
    console: Console,
    control: _Control,
    writer: _FrameWriter,
    rate: float,
) -> None:
    """Deliver frames on a fixed schedule until the stream ends."""
    wanted = request.values.number("frames")
    recording = request.values.text("initial").lower() != "pause"
    started = time.monotonic()
    due = started + camera.switch_time
    number = 0
    while True:
        camera.wait_early_frame(due, number)
        command = control.command()
        if command == "pause":
            recording = not recording
        over = request.timeout != 0 and time.monotonic() - started > request.timeout
        if (over and not wanted) or command == "quit" or (wanted and number >= wanted):
            if over and not wanted:
                limit = int(request.timeout * 1000)
                console.log(1, f"Halting: reached timeout of {limit} milliseconds.")
            return
        number += 1
        shown = camera.expose_frame(number, report=number == 1)
        if recording:
            writer.write(shown)
        # A slow reader costs frames; they are dropped, never made up for.
        due = max(due + 1 / rate, time.monotonic())

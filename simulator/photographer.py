"""Taking one photo with an open camera, and writing it as the still programs do."""

import io
from pathlib import Path
import time
from typing import TYPE_CHECKING

from simulator import jpegs
from simulator.camera import Camera, Configuration
from simulator.console import Aborted, Console, ProgramError
from simulator.output import OutputFile, write_for_ever
from simulator.request import Request
from simulator.settings import Fault

if TYPE_CHECKING:
    from PIL.Image import Image

    from simulator.barcode import Barcode

_OVERSIZE = 33 * 2**20
_TIME_TO_SMOOTH = 0.1
"""Seconds of waiting that are worth a smoother picture; a test that wants its photo at
once gets a plainer one."""

_CUT = 1500
"""Bytes that a truncated file lacks: fewer than the 4096 that stdio holds back."""
_NOT_A_JPEG = b"The camera was here, but this is no picture.\n" * 40


class Photographer:
    """Takes photos with an open camera and writes them as one program does."""

    def __init__(self, camera: Camera, request: Request, console: Console, encoding: str = "jpg") -> None:
        """Use this camera for this request."""
        self._camera = camera
        self._request = request
        self._values = request.values
        self._console = console
        self._encoding = encoding.lower()
        self._counter = self._values.number("framestart")
        self._stdout: OutputFile | None = None

    def shoot(self, configuration: Configuration, due: float, name: str) -> None:
        """Expose at ``due`` (monotonic time) and write the photo to ``name``.

        Raises ProgramError when the file cannot be opened or written, and Aborted
        when the fault is a crash.
        """
        # Everything that does not depend on the moment is done while waiting for it.
        from PIL import JpegImagePlugin  # noqa: F401, PLC0415 - loads the encoder

        smooth = due - time.monotonic() > _TIME_TO_SMOOTH
        scene = self._camera.scene(self._request, configuration, smooth=smooth)
        self._camera.wait_frame(due)
        shown = self._camera.expose()
        self._console.log(1, "Still capture image received")
        picture = scene.picture(shown)
        self._write(name, self._encode(picture, shown))
        width, height = configuration.size
        self._console.log(2, f"Saved image {width} x {height} to file {name}")
        self._write_metadata()

    def finish(self) -> None:
        """End the program's output: what stdio held back of standard output goes out.

        Until then the tail of a photo stays in the program, as nothing flushes between
        the photos of one run.
        """
        if self._stdout is not None:
            self._stdout.close()

    def next_name(self) -> str:
        """Return the next photo's name by rpicam-still's rules, and count on."""
        name = self._name()
        self._counter += 1
        if wrap := self._values.number("wrap"):
            self._counter %= wrap
        return name

    def _name(self) -> str:
        """Return the name from the date, the time or the counter, cut at 127 bytes."""
        folder = self._request.output
        folder += "" if folder.endswith("/") or not folder else "/"
        if self._values.flag("datetime"):
            return f"{folder}{time.strftime('%m%d%H%M%S')}.{self._encoding}"[:127]
        if self._values.flag("timestamp"):
            return f"{folder}{int(time.time())}.{self._encoding}"[:127]
        return printf(self._request.output, self._counter)[:127]

    def link_latest(self, name: str) -> None:
        """Point --latest at a photo. A dangling link is not removed, and then fails."""
        link = self._values.text("latest")
        if not link:
            return
        path = Path(link)
        if path.exists():
            path.unlink()
        try:
            path.symlink_to(name)
        except OSError as err:
            message = f"filesystem error: cannot create symlink: {err.strerror} [{name}] [{link}]"
            raise ProgramError(message) from None

    def _encode(self, picture: Image, shown: Barcode) -> bytes:
        """Return the photo's bytes in the wanted encoding."""
        if self._encoding in ("png", "bmp"):
            return _saved_as(picture, self._encoding)
        if self._encoding != "jpg":
            return _raw_pixels(picture, self._encoding)
        photo = jpegs.Photo(
            model=self._camera.sensor_name,
            taken_at=shown.exposed_at / 1000,
            exposure_us=round(self._request.shutter * 1e6) or 16_000,
            iso=round(100 * (self._values.real("gain") or 2)),
        )
        return jpegs.encode_still(
            picture,
            photo,
            quality=self._values.number("quality"),
            restart=self._values.number("restart"),
            thumbnail=self._request.thumbnail,
        )

    def _write(self, name: str, data: bytes) -> None:
        """Write a photo in place: an old file of that name is emptied first."""
        fault = self._camera.fault
        if fault is Fault.ENDLESS:
            write_for_ever()
        data = spoiled(data, fault)
        broken = fault in (Fault.CRASH, Fault.DISK_FULL)
        file = self._open(name)
        try:
            file.write(data[: len(data) // 2] if broken else data)
        except OSError:
            broken = True
        if fault is Fault.CRASH:
            message = "simulated crash"
            raise Aborted(message)
        if file is not self._stdout:
            file.close()
        if broken:
            message = "failed to write file - output probably corrupt"
            raise ProgramError(message)

    def _open(self, name: str) -> OutputFile:
        """Return the file to write a photo to; raise ProgramError when it cannot be opened."""
        if name == "-":
            self._stdout = self._stdout or OutputFile(name)
            return self._stdout
        try:
            return OutputFile(name)
        except OSError:
            message = f"failed to open file {self._request.output}"
            raise ProgramError(message) from None

    def _write_metadata(self) -> None:
        """Write --metadata; a file that cannot be written is no error."""
        name = self._values.text("metadata")
        if not name:
            return
        exposure = round(self._request.shutter * 1e6) or 16_000
        text = f'{{\n    "ExposureTime": {exposure},\n    "AnalogueGain": 2.000000\n}}'
        if self._values.text("metadata-format").lower() == "txt":
            text = f"ExposureTime={exposure}\nAnalogueGain=2.000000\n\n"
        try:
            file = OutputFile(name)
            file.write(text.encode())
            file.close()
        except OSError:
            return


def spoiled(jpeg: bytes, fault: Fault) -> bytes:
    """Return a picture as the fault leaves it."""
    match fault:
        case Fault.EMPTY:
            return b""
        case Fault.TRUNCATED:
            return jpeg[:-_CUT]
        case Fault.NOT_A_JPEG:
            return _NOT_A_JPEG
        case Fault.OVERSIZED if jpeg.startswith(b"\xff\xd8"):
            return jpegs.padded(jpeg, _OVERSIZE)
        case _:
            return jpeg


def printf(template: str, number: int) -> str:
    """Return a file name with C's %d filled in; what Python cannot format stays as it is."""
    try:
        return template % number
    except TypeError, ValueError:
        return template.replace("%%", "%")


def _saved_as(picture: Image, encoding: str) -> bytes:
    """Return the picture as PNG or BMP."""
    output = io.BytesIO()
    picture.save(output, encoding.upper())
    return output.getvalue()


def _raw_pixels(picture: Image, encoding: str) -> bytes:
    """Return the picture's bare samples."""
    if encoding in ("rgb", "rgb24"):
        return picture.tobytes()
    if encoding == "rgb48":
        return bytes(sample for byte in picture.tobytes() for sample in (0, byte))
    luma, *chroma = picture.convert("YCbCr").split()
    half = picture.width // 2, picture.height // 2
    return luma.tobytes() + b"".join(plane.resize(half).tobytes() for plane in chroma)

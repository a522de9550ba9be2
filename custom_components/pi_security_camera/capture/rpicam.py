"""The rpicam programs: which command takes a photo, and what their output means.

The facts are those of rpicam-apps 1.5 to 1.13; older systems call the same programs libcamera-*.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum

from .command import Completed
from .errors import (
    CameraBusy,
    CameraMemory,
    CameraNotFound,
    CameraStalled,
    CaptureError,
    CommandFailed,
    HostNotSupported,
    NoCamera,
    OptionRefused,
    PhotoWrongSize,
)
from .jpeg import Size, read_size
from .runner_errors import CommandTimeout
from .sensors import Sensor, SensorMode


class Programs(StrEnum):
    """The two names that the camera programs have had: rpicam-* since 1.4, libcamera-* before."""

    RPICAM = "rpicam"
    LIBCAMERA = "libcamera"

    @property
    def photo(self) -> str:
        """The program that takes a photo, and that is asked for versions and cameras."""
        return f"{self}-jpeg"

    @property
    def video(self) -> str:
        """The program that streams."""
        return f"{self}-vid"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSettings:
    """How the picture is made, each as rpicam's option of the same name; None leaves it to rpicam.

    Units: `ev` in stops, `shutter` in microseconds, `lens_position` in dioptres, `roi` as x,y,width,height in parts of
    the whole view.
    """

    hflip: bool = False
    vflip: bool = False
    exposure: str | None = None
    metering: str | None = None
    awb: str | None = None
    ev: float | None = None
    brightness: float | None = None
    contrast: float | None = None
    saturation: float | None = None
    sharpness: float | None = None
    denoise: str | None = None
    hdr: str | None = None
    autofocus_mode: str | None = None
    lens_position: float | None = None
    shutter: int | None = None
    gain: float | None = None
    roi: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSettings:
    """What a photo shall be: its size in pixels, rotation in degrees, quality 1 to 100, settle time in milliseconds.

    `full_view` asks for the sensor mode that keeps the whole field of view.
    """

    size: Size
    rotation: int
    quality: int
    settle_time: int
    full_view: bool
    image: ImageSettings


def photo_command(programs: Programs, sensor: Sensor, settings: CameraSettings) -> list[str]:
    """Return the command that writes one photo to stdout.

    The time to settle is a plain integer, since other units are newer than some hosts.
    """
    return [programs.photo, *("-o", "-"), *("-t", str(settings.settle_time)), *_picture_options(sensor, settings)]


def stream_command(programs: Programs, sensor: Sensor, settings: CameraSettings, framerate: float) -> list[str]:
    """Return the command that writes photos to stdout, one after the other, until it is stopped.

    Without --flush the end of each would wait in the program for the next one.
    """
    return [
        programs.video,
        *("-o", "-"),
        *("-t", "0"),
        *("--codec", "mjpeg"),
        "--flush",
        *("--framerate", f"{framerate:g}"),
        *_picture_options(sensor, settings),
    ]


def _picture_options(sensor: Sensor, settings: CameraSettings) -> list[str]:
    """Return what the picture shall be; never a preview."""
    mode = full_view_mode(sensor, settings.size) if settings.full_view else None
    return [
        *("--width", str(settings.size.width)),
        *("--height", str(settings.size.height)),
        "--nopreview",
        *("--camera", str(sensor.index)),
        *("--quality", str(settings.quality)),
        *(("--rotation", str(settings.rotation)) if settings.rotation else ()),
        *(("--mode", str(mode.size).replace("x", ":")) if mode else ()),
        *_image_options(settings.image),
    ]


def full_view_mode(sensor: Sensor, size: Size) -> SensorMode | None:
    """Return the smallest sensor mode that shows all that a picture of this shape can show, and need not be enlarged.

    rpicam, left alone, takes the mode whose size fits best, and that may be one that sees only the middle of the view
    (a Camera Module 3 at 1024x768). A picture of another shape than the sensor's is always cut to that shape, centred,
    so a mode is good when it covers that cut. None when the host told no modes: such old programs use the full sensor.
    """
    good = [mode for mode in sensor.modes if _covers(mode, sensor.size, size)]
    if not good:
        return None
    enough = [mode for mode in good if _scale(mode, sensor.size, size) >= 1]
    if enough:
        return min(enough, key=_pixels_then_depth)
    return max(good, key=lambda mode: mode.size.width * mode.size.height)


def read_photo(completed: Completed, wanted: Size) -> bytes:
    """Return the photo that the command wrote.

    Raises the CameraError that its stderr tells when it failed, NotAPhoto when it wrote no whole JPEG of that size.
    Messages on stderr alone are no sign of failure: the programs warn on success, too.
    """
    if completed.exit_status != 0:
        raise error_of(completed)
    size = read_size(completed.stdout)
    if size != wanted:
        raise PhotoWrongSize(got=str(size), wanted=str(wanted))
    return completed.stdout


# Each text is the programs' own, and stands in a line of its own on stderr; the more telling ones come first.
_ERRORS: tuple[tuple[str, Callable[[str], CaptureError]], ...] = (
    ("no cameras available", lambda _: NoCamera()),
    ("failed to acquire camera", lambda _: CameraBusy()),
    ("in use by another process", lambda _: CameraBusy()),
    ("selected camera is not available", lambda _: CameraNotFound()),
    ("currently only supports the Raspberry Pi platforms", HostNotSupported),
    ("configured for the legacy camera stack", HostNotSupported),
    ("failed to allocate capture buffers", lambda _: CameraMemory()),
    ("dmaHeap allocation failure", lambda _: CameraMemory()),
    ("unrecognised option", OptionRefused),
    ("the argument (", OptionRefused),
    ("*** Invalid ", OptionRefused),
    ("illegal rotation value", OptionRefused),
)
_STALLED = ("Device timeout detected", "frontend has timed out")


def error_of(completed: Completed) -> CaptureError:
    """Return what a command's stderr says about its failure."""
    lines = completed.stderr.splitlines()
    for text, error in _ERRORS:
        for line in reversed(lines):
            if text in line:
                return error(_plain(line))
    if any(text in completed.stderr for text in _STALLED):
        return CameraStalled()
    last = next((line for line in reversed(lines) if line.strip()), "")
    return CommandFailed(completed.exit_status, _plain(last))


def error_of_timeout(timeout: CommandTimeout) -> CaptureError:
    """Return CameraStalled when the command said that the sensor sends no frames, else the time-out itself."""
    return CameraStalled() if any(text in timeout.stderr for text in _STALLED) else timeout


def _plain(line: str) -> str:
    """Return an error line without rpicam's frame around it (`ERROR: *** ... ***`), cut to a length for a message."""
    return line.strip().removeprefix("ERROR:").strip(" *")[:200]


def _image_options(image: ImageSettings) -> list[str]:
    options = []
    for field in fields(image):
        value = getattr(image, field.name)
        name = f"--{field.name.replace('_', '-')}"
        if value is True:
            options.append(name)
        elif value is not None and value is not False:
            options += [name, f"{value:g}" if isinstance(value, float) else str(value)]
    return options


def _pixels_then_depth(mode: SensorMode) -> tuple[int, int]:
    """Sort by size; of two equal sizes the deeper pixels come first."""
    return mode.size.width * mode.size.height, -mode.depth


def _covers(mode: SensorMode, sensor: Size, size: Size) -> bool:
    """Say whether the mode's crop holds the largest centred part of the sensor that has the picture's shape."""
    width, height = _cut(sensor, size)
    left, top = (sensor.width - width) / 2, (sensor.height - height) / 2
    crop = mode.crop
    # Crops are whole, even numbers of pixels.
    return (
        crop.x <= left + 2
        and crop.y <= top + 2
        and crop.x + crop.width >= left + width - 2
        and crop.y + crop.height >= top + height - 2
    )


def _scale(mode: SensorMode, sensor: Size, size: Size) -> float:
    """Return how many pixels of the mode there are for one of the picture, along its width."""
    width, _ = _cut(sensor, size)
    return width * mode.size.width / mode.crop.width / size.width


def _cut(sensor: Size, size: Size) -> tuple[float, float]:
    """Return width and height of the largest part of the sensor that has the picture's shape."""
    scale = min(sensor.width / size.width, sensor.height / size.height)
    return size.width * scale, size.height * scale

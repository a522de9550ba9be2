"""From option values to what a run shall do, with the programs' own checks.

The checks come in the order of the programs, because it shows: a bad time string is
told before libcamera starts (and before --version), a bad mode name after.
"""

from dataclasses import dataclass, field
import re

from simulator.console import ProgramError
from simulator.options import Values
from simulator.sensors import ModeWish

_UNITS_MS = {"min": 60e3, "sec": 1e3, "s": 1e3, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

_CHOICES = (
    ("metering", "Invalid metering mode: ", "centre spot average matrix custom"),
    ("exposure", "Invalid exposure mode:", "normal sport short long custom"),
    ("autofocus-mode", "Invalid AfMode:", "default manual auto continuous"),
    ("autofocus-range", "Invalid AfRange mode:", "normal macro full"),
    ("autofocus-speed", "Invalid afSpeed mode:", "normal fast"),
    (
        "awb",
        "Invalid AWB mode: ",
        "auto normal incandescent tungsten fluorescent indoor daylight cloudy custom",
    ),
)
_ENCODINGS = ("jpg", "yuv420", "rgb", "rgb24", "rgb48", "png", "bmp")
_CODECS = ("h264", "libav", "yuv420", "mjpeg")


def milliseconds(text: str, default_unit: str = "ms") -> float:
    """Return a time string in ms, as rpicam-apps reads it.

    An unknown unit is silently the default one: "1m" and "1 s" are one millisecond.
    """
    number = _NUMBER.match(text)
    if number is None:
        message = "Invalid time string provided"
        raise ProgramError(message)
    unit = text[number.end() :]
    return float(number[0]) * _UNITS_MS.get(unit, _UNITS_MS[default_unit])


@dataclass(frozen=True, kw_only=True)
class Request:
    """What one run shall do. Fractions are of the picture, times in seconds."""

    values: Values
    timeout: float
    """Seconds of preview before a photo, or of a stream; 0 is for ever."""
    timelapse: float = 0
    shutter: float = 0
    """Fixed exposure time in seconds; 0 is automatic."""
    hflip: bool = False
    vflip: bool = False
    roi: tuple[float, float, float, float] | None = None
    mode: ModeWish | None = None
    viewfinder_mode: ModeWish | None = None
    thumbnail: tuple[int, int, int] | None = field(default=(320, 240, 70))
    """Width, height, quality."""

    @property
    def output(self) -> str:
        """The output's name as given."""
        return self.values.text("output")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as given; 0 where not."""
        return self.values.number("width"), self.values.number("height")

    @property
    def roi_on_sensor(self) -> tuple[float, float, float, float] | None:
        """The region of interest as the sensor counts it.

        A region counts from the picture's own upper left corner, also when flipped.
        """
        if self.roi is None:
            return None
        x, y, width, height = self.roi
        return (
            1 - x - width if self.hflip else x,
            1 - y - height if self.vflip else y,
            width,
            height,
        )

    @property
    def framerate(self) -> float | None:
        """The frame rate, when one was given."""
        rate = self.values.real("framerate")
        return None if rate == -1 else rate


def check_times(values: Values, *, whole_ms: bool) -> None:
    """Do the checks that come first; raise ProgramError.

    ``whole_ms`` is Bullseye's rule for -t, which knew no units yet.
    """
    lens = values.text("lens-position")
    if lens and lens != "default" and not _NUMBER.match(lens):
        message = f"Invalid lens position: {lens}"
        raise ProgramError(message)
    timeout = values.text("timeout")
    if whole_ms and "timeout" in values.given and not re.fullmatch("[+-]?[0-9]+", timeout):
        message = f"the argument ('{timeout}') for option '--timeout' is invalid"
        raise ProgramError(message)
    for name in ("timeout", "shutter", "flicker-period"):
        milliseconds(values.text(name))


def check_hdr(values: Values) -> None:
    """Do the check between --version and the start of libcamera; raise ProgramError."""
    if values.text("hdr") not in ("off", "single-exp", "sensor", "auto"):
        message = f"Invalid HDR option provided: {values.text('hdr')}"
        raise ProgramError(message)


def build_request(values: Values, role: str) -> Request:
    """Do the checks that come once libcamera runs, and return what the run shall do.

    Raises ProgramError.
    """
    turned = _turned(values.number("rotation"))
    roi = _fractions(values.text("roi"))
    for name, message, allowed in _CHOICES:
        if values.text(name) not in allowed.split():
            raise ProgramError(message + values.text(name))
    _check_rest(values)
    mode = _mode(values.text("mode"), values)
    viewfinder_mode = _mode(values.text("viewfinder-mode"), values)
    thumbnail = _check_still(values) if role in ("jpeg", "still") else None
    if role == "vid":
        _check_video(values)
    return Request(
        values=values,
        timeout=milliseconds(values.text("timeout")) / 1000,
        timelapse=milliseconds(values.text("timelapse") or "0") / 1000,
        shutter=milliseconds(values.text("shutter"), "us") / 1000,
        hflip=values.flag("hflip") ^ turned,
        vflip=values.flag("vflip") ^ turned,
        roi=roi,
        mode=mode,
        viewfinder_mode=viewfinder_mode,
        thumbnail=thumbnail,
    )


def _turned(rotation: int) -> bool:
    """Whether the picture is turned by 180 degrees."""
    if rotation % 90:
        message = "illegal rotation value"
        raise ProgramError(message)
    if rotation % 180:
        message = "transforms requiring transpose not supported"
        raise ProgramError(message)
    return rotation % 360 == 180  # noqa: PLR2004 - degrees


def _fractions(text: str) -> tuple[float, float, float, float] | None:
    """Four numbers, or None for a text that is anything else (no error)."""
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (x, y, width, height) if width and height else None


def _mode(text: str, values: Values) -> ModeWish | None:
    """Read W:H, W:H:bits or W:H:bits:P|U."""
    if not text:
        return None
    match = re.match(r"(\d+):(\d+)(?::(\d+)(?::(.))?)?", text)
    if match is None:
        message = "Invalid mode"
        raise ProgramError(message)
    if match[4] and match[4].upper() not in "PU":
        message = "Packing indicator should be P or U"
        raise ProgramError(message)
    packed = (match[4] or "P").upper() == "P"
    bits = int(match[3] or 0) or 12
    fps = max(0.0, values.real("framerate"))
    return ModeWish(int(match[1]), int(match[2]), bits, packed, fps)


def _check_rest(values: Values) -> None:
    """Check the gains, the colour matrix and the metadata format."""
    if not re.match(r"\s*[-+.\d]+,\s*[-+.\d]+", values.text("awbgains")):
        message = "Invalid AWB gains"
        raise ProgramError(message)
    if values.text("ccm") and len(values.text("ccm").split(",")) < 9:  # noqa: PLR2004
        message = "Invalid CCM - expect 9 comma-separated floating point numbers"
        raise ProgramError(message)
    if values.text("metadata-format").lower() not in ("json", "txt"):
        message = f"unrecognised metadata format {values.text('metadata-format')}"
        raise ProgramError(message)


def _check_still(values: Values) -> tuple[int, int, int] | None:
    """Check what only stills have; return the thumbnail's width, height, quality."""
    if (values.flag("keypress") or values.flag("signal")) and milliseconds(values.text("timelapse")):
        message = "keypress/signal and timelapse options are mutually exclusive"
        raise ProgramError(message)
    thumb = values.text("thumb")
    match = re.match(r"(\d+):(\d+):(\d+)", thumb)
    if match is None and thumb.lower() != "none":
        message = f"bad thumbnail parameters {thumb}"
        raise ProgramError(message)
    if values.text("encoding").lower() not in _ENCODINGS:
        message = f"invalid encoding format {values.text('encoding')}"
        raise ProgramError(message)
    if match is None or not int(match[3]):
        return None
    return int(match[1]), int(match[2]), int(match[3])


def _check_video(values: Values) -> None:
    """Check what only streams have."""
    if values.text("codec").lower() not in _CODECS:
        message = f"unrecognised codec {values.text('codec')}"
        raise ProgramError(message)
    if values.text("initial").lower() not in ("record", "pause"):
        message = f"incorrect initial value {values.text('initial')}"
        raise ProgramError(message)
    if values.text("sync").lower() not in ("off", "server", "client", ""):
        message = f"incorrect sync value {values.text('sync')}"
        raise ProgramError(message)

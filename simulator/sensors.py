"""The camera sensors: their modes, their listing, and which mode a size gets.

The tables are what ``--list-cameras`` prints on current Raspberry Pi OS kernels.
"""

from typing import NamedTuple

from simulator.settings import Platform


class Rectangle(NamedTuple):
    """A window on the sensor, in its pixels."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        """As libcamera writes a rectangle."""
        return f"({self.x}, {self.y})/{self.width}x{self.height}"


class SensorMode(NamedTuple):
    """One way to read a sensor out."""

    pixels: str
    """The raw pixel format."""
    width: int
    height: int
    fps: float
    """The highest frame rate."""
    crop: Rectangle
    """The part of the sensor that is read: smaller than the sensor, a narrower view."""

    @property
    def bits(self) -> int:
        """Bits per sample, read off the format's name as rpicam-apps does."""
        return next(n for n in (8, 10, 12, 14, 16) if str(n) in self.pixels)


class Sensor(NamedTuple):
    """A camera sensor."""

    name: str
    width: int
    height: int
    bits: int
    address: str
    """Its I2C address, the end of its camera id."""
    order: str
    """The colour filter arrangement."""
    modes: tuple[SensorMode, ...]

    @property
    def area(self) -> Rectangle:
        """The whole sensor."""
        return Rectangle(0, 0, self.width, self.height)


def _mode(pixels: str, size: tuple[int, int], fps: float, crop: tuple[int, int, int, int]) -> SensorMode:
    """One row of a mode table."""
    return SensorMode(pixels, *size, fps, Rectangle(*crop))


_IMX708 = Sensor(
    *("imx708", 4608, 2592, 10, "1a", "RGGB"),
    modes=(
        _mode("SRGGB10_CSI2P", (1536, 864), 120.13, (768, 432, 3072, 1728)),
        _mode("SRGGB10_CSI2P", (2304, 1296), 56.03, (0, 0, 4608, 2592)),
        _mode("SRGGB10_CSI2P", (4608, 2592), 14.35, (0, 0, 4608, 2592)),
    ),
)
_IMX219 = Sensor(
    *("imx219", 3280, 2464, 10, "10", "RGGB"),
    modes=(
        _mode("SRGGB10_CSI2P", (640, 480), 206.65, (1000, 752, 1280, 960)),
        _mode("SRGGB10_CSI2P", (1640, 1232), 83.70, (0, 0, 3280, 2464)),
        _mode("SRGGB10_CSI2P", (1920, 1080), 47.57, (680, 692, 1920, 1080)),
        _mode("SRGGB10_CSI2P", (3280, 2464), 21.19, (0, 0, 3280, 2464)),
        _mode("SRGGB8", (640, 480), 206.65, (1000, 752, 1280, 960)),
        _mode("SRGGB8", (1640, 1232), 83.70, (0, 0, 3280, 2464)),
        _mode("SRGGB8", (1920, 1080), 47.57, (680, 692, 1920, 1080)),
        _mode("SRGGB8", (3280, 2464), 21.19, (0, 0, 3280, 2464)),
    ),
)
_OV5647 = Sensor(
    *("ov5647", 2592, 1944, 10, "36", "GBRG"),
    modes=(
        _mode("SGBRG10_CSI2P", (640, 480), 58.92, (16, 0, 2560, 1920)),
        _mode("SGBRG10_CSI2P", (1296, 972), 43.25, (0, 0, 2592, 1944)),
        _mode("SGBRG10_CSI2P", (1920, 1080), 30.62, (348, 434, 1928, 1080)),
        _mode("SGBRG10_CSI2P", (2592, 1944), 15.63, (0, 0, 2592, 1944)),
    ),
)
_IMX477 = Sensor(
    *("imx477", 4056, 3040, 12, "1a", "RGGB"),
    modes=(
        _mode("SRGGB10_CSI2P", (1332, 990), 120.05, (696, 528, 2664, 1980)),
        _mode("SRGGB12_CSI2P", (2028, 1080), 50.03, (0, 440, 4056, 2160)),
        _mode("SRGGB12_CSI2P", (2028, 1520), 40.01, (0, 0, 4056, 3040)),
        _mode("SRGGB12_CSI2P", (4056, 3040), 10.00, (0, 0, 4056, 3040)),
    ),
)
SENSORS = {item.name: item for item in (_IMX708, _IMX219, _OV5647, _IMX477)}
"""The simulated sensors by name: Camera Module 3, 2, 1 and the HQ camera."""


def sensor(name: str) -> Sensor:
    """Return the sensor of that name; raise ValueError when there is none."""
    try:
        return SENSORS[name]
    except KeyError:
        message = f"no such sensor: {name} (there are {', '.join(SENSORS)})"
        raise ValueError(message) from None


def camera_id(name: str, index: int, platform: Platform) -> str:
    """Return the libcamera id of the camera at this place of the list.

    libcamera sorts cameras by id, the highest first, so the ids fall with the index.
    """
    connector = f"{name}@{sensor(name).address}"
    if platform is Platform.PISP:
        bus = 0x88000 - index * 0x8000
        return f"/base/axi/pcie@1000120000/rp1/i2c@{bus:x}/{connector}"
    if index < 2:  # noqa: PLR2004 - two camera connectors
        return f"/base/soc/i2c0mux/i2c@{1 - index}/{connector}"
    return f"/base/soc/i2c0mux/i2c@0/mux@70/i2c@{9 - index}/{connector}"


class ModeWish(NamedTuple):
    """The sensor mode that is looked for: given with --mode, or made from a size."""

    width: int
    height: int
    bits: int = 12
    packed: bool = True
    fps: float = 0
    """The frame rate given with --framerate; 0 when none was."""

    def __str__(self) -> str:
        """As rpicam-apps logs it."""
        rate = f"({self.fps:g})" if self.fps else ""
        packing = "P" if self.packed else "U"
        return f"{self.width}:{self.height}:{self.bits}:{packing}{rate}"


def _distance(desired: float, actual: float) -> float:
    """How far a mode's size is from the wish: a smaller mode is much worse."""
    if actual == desired:
        return 0
    gap = desired - actual
    return 2 * (gap if gap > 0 else -gap / 8)


def score(wish: ModeWish, mode: SensorMode) -> float:
    """How badly a mode fits, by the formula of rpicam-apps (the lowest wins).

    The view plays no part in it: that is how a small picture gets a cropped mode.
    """
    points = _distance(wish.width, mode.width) + _distance(wish.height, mode.height)
    points += 1500 * _distance(wish.width / wish.height, mode.width / mode.height)
    if wish.fps:
        points += 2000 * abs(wish.fps - min(mode.fps, wish.fps))
    return points + 500 * abs(wish.bits - mode.bits)


def select_mode(chosen: Sensor, wish: ModeWish) -> SensorMode:
    """Return the mode with the lowest score; of equals the last, as in rpicam-apps."""
    return min(reversed(chosen.modes), key=lambda mode: score(wish, mode))


def listing(names: tuple[str, ...], held: set[int], board: Platform, *, old: bool) -> str:
    """Return what --list-cameras prints. ``held`` are cameras another process has open.

    Their modes cannot be tried, so they get meaningless rates and crops.
    """
    if not names:
        return "No cameras available!\n"
    text = "Available cameras\n-----------------\n"
    for index, name in enumerate(names):
        item = sensor(name)
        details = "" if old else f" {item.bits}-bit {item.order}"
        size = f"[{item.width}x{item.height}{details}]"
        text += f"{index} : {name} {size} ({camera_id(name, index, board)})\n"
        text += _mode_lines(item.modes, held=index in held) + "\n"
    return text


def _mode_lines(modes: tuple[SensorMode, ...], *, held: bool) -> str:
    """Return the modes of one camera, grouped by pixel format and aligned."""
    text = ""
    before = None
    for mode in modes:
        group = f"'{mode.pixels}' : "
        if mode.pixels == before:
            text += " " * (11 + len(group))
        else:
            text += ("    Modes: " if before is None else " " * 11) + group
        before = mode.pixels
        fps = 30.0 if held else mode.fps
        crop = Rectangle(65535, 65535, 65535, 65535) if held else mode.crop
        text += f"{mode.width}x{mode.height} [{fps:.2f} fps - {crop} crop]\n"
    return text

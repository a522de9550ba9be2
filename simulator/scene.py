"""The simulated camera's pictures, and how tests read back what a picture says.

A picture is the hallway through a window of the sensor's field, with a caption that
is always whole: the sensor, the running number, the wall-clock time of the exposure
to the millisecond, and the same as a barcode. The caption turns and flips with the
picture, but no zoom or brightness touches it.
"""

from colorsys import rgb_to_hsv
from dataclasses import dataclass
import io
import time

from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from simulator import barcode
from simulator.barcode import Barcode
from simulator.hallway import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Colour,
    Painter,
    View,
    paint_background,
    paint_visitor,
)

__all__ = [
    "Barcode",
    "Look",
    "Scene",
    "View",
    "read_barcode",
    "shows_full_view",
]

_SMOOTH_BELOW = 1_500_000
"""Smooth pictures are painted at twice the size and reduced, if they have fewer pixels
than this; larger ones need it less and would take too long."""

_Transpose = Image.Transpose
_UNFLIPPED = (
    None,
    _Transpose.ROTATE_180,
    _Transpose.FLIP_LEFT_RIGHT,
    _Transpose.FLIP_TOP_BOTTOM,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the camera renders what it sees; the defaults change nothing."""

    hflip: bool = False
    vflip: bool = False
    brightness: float = 0
    """Added light, from -1 to 1."""
    contrast: float = 1
    saturation: float = 1
    ev: float = 0
    """Exposure compensation in stops."""

    @property
    def curve(self) -> list[int] | None:
        """The tone curve of one colour channel, or None when it is straight."""
        if (self.brightness, self.contrast, self.ev) == (0, 1, 0):
            return None
        gain = 2**self.ev
        levels = (((level * gain - 128) * self.contrast + 128) + self.brightness * 255 for level in range(256))
        return [min(255, max(0, round(level))) for level in levels]


class Scene:
    """The hallway as one configuration of a camera sees it.

    What never moves is painted once, so that a stream's frames cost little.
    """

    def __init__(
        self,
        sensor: str,
        size: tuple[int, int],
        view: View,
        look: Look,
        *,
        smooth: bool = True,
    ) -> None:
        """Prepare pictures of ``size`` pixels that show ``view``.

        ``smooth`` takes the steps off slanting edges, which costs some time.
        """
        self._sensor = sensor
        self._size = size
        self._view = view
        self._look = look
        self._curve = look.curve
        self._font = ImageFont.load_default(max(9, size[1] / 26))
        self._background = self._paint_background(smooth=smooth)

    def picture(self, shown: Barcode) -> Image.Image:
        """Return the picture of one exposure."""
        picture = self._background.copy()
        painter = Painter(ImageDraw.Draw(picture), self._size, self._view)
        paint_visitor(painter, shown.exposed_at / 1000)
        picture = self._render(picture)
        self._caption(picture, shown)
        if self._look.hflip:
            picture = picture.transpose(_Transpose.FLIP_LEFT_RIGHT)
        if self._look.vflip:
            picture = picture.transpose(_Transpose.FLIP_TOP_BOTTOM)
        return picture

    def _paint_background(self, *, smooth: bool) -> Image.Image:
        """Paint what never moves."""
        width, height = self._size
        factor = 2 if smooth and width * height < _SMOOTH_BELOW else 1
        large = width * factor, height * factor
        picture = Image.new("RGB", large)
        paint_background(Painter(ImageDraw.Draw(picture), large, self._view))
        return picture.reduce(factor) if factor > 1 else picture

    def _render(self, picture: Image.Image) -> Image.Image:
        """Apply tone and colour."""
        if self._curve is not None:
            picture = picture.point(self._curve * 3)
        if self._look.saturation != 1:
            picture = ImageEnhance.Color(picture).enhance(self._look.saturation)
        return picture

    def _caption(self, picture: Image.Image, shown: Barcode) -> None:
        """Write the sensor, the number and the time, and draw the barcode."""
        canvas = ImageDraw.Draw(picture)
        seconds, fraction = divmod(shown.exposed_at, 1000)
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
        text = f"{self._sensor}  #{shown.number}  {clock}.{fraction:03}"
        width, height = self._size
        place = width * 0.02, height * 0.89
        stroke = max(1, height // 400)
        canvas.text(
            *(place, text, (255, 255, 255), self._font),
            anchor="ls",
            stroke_width=stroke,
            stroke_fill=(0, 0, 0),
        )
        barcode.draw(canvas, self._size, shown)


def read_barcode(jpeg: bytes) -> Barcode:
    """Return what a picture's barcode says, also when the picture is turned or flipped.

    The picture must be at least 320 pixels wide. Raises ValueError when there is no
    barcode to be read, and what Pillow raises for bytes that are no whole picture.
    """
    with Image.open(io.BytesIO(jpeg)) as picture:
        grey = picture.convert("L")
    for flip in _UNFLIPPED:
        upright = grey if flip is None else grey.transpose(flip)
        if found := barcode.find(upright):
            return found
    message = "no barcode in the picture"
    raise ValueError(message)


def shows_full_view(jpeg: bytes) -> bool:
    """Whether a picture shows as much of the sensor's field as its shape allows.

    That is so when it reaches the field's edge both left and right, or both above and
    below: a picture of another shape than the sensor's loses the other two. Colour
    tells the edges, so a picture with no saturation shows none.
    """
    with Image.open(io.BytesIO(jpeg)) as picture:
        colours = picture.convert("RGB")
    width, height = colours.size
    across = (0.48 * width, 0.52 * width)
    down = (0.48 * height, 0.52 * height)

    def edge(box: tuple[float, float, float, float]) -> Colour:
        """Return the average colour of a box."""
        average = colours.resize((1, 1), Image.Resampling.BOX, box).getpixel((0, 0))
        assert isinstance(average, tuple)  # noqa: S101 - tells the type checker
        red, green, blue = average
        return int(red), int(green), int(blue)

    left = edge((0.003 * width, down[0], 0.010 * width, down[1]))
    right = edge((0.990 * width, down[0], 0.997 * width, down[1]))
    top = edge((across[0], 0.003 * height, across[1], 0.010 * height))
    bottom = edge((across[0], 0.990 * height, across[1], 0.997 * height))
    return _are_tapes(left, right, GREEN, YELLOW) or _are_tapes(top, bottom, RED, BLUE)


def _are_tapes(one: Colour, other: Colour, tape: Colour, opposite: Colour) -> bool:
    """Whether two edges show two tapes, in either order (the picture may be flipped)."""
    if _is_tape(one, tape):
        return _is_tape(other, opposite)
    return _is_tape(one, opposite) and _is_tape(other, tape)


def _is_tape(seen: Colour, tape: Colour) -> bool:
    """Whether a colour is the tape's: strong, and of nearly the same hue."""
    hue, saturation, _ = rgb_to_hsv(*seen)
    wanted, _, _ = rgb_to_hsv(*tape)
    gap = abs(hue - wanted)
    return saturation > 0.5 and min(gap, 1 - gap) < 0.06  # noqa: PLR2004 - by trial

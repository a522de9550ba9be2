"""The make-believe hallway that every simulated camera looks along.

All shapes have coordinates in the sensor's whole field of view, (0, 0) its upper left
and (1, 1) its lower right corner, so any window of it can be painted at any size.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

_FAR_LEFT, _FAR_TOP, _FAR_RIGHT, _FAR_BOTTOM = 0.40, 0.34, 0.60, 0.62
_SLICES = 24

_WALL: Colour = (214, 206, 190)
_CEILING: Colour = (232, 230, 224)
_FLOOR: Colour = (150, 138, 126)
_WOOD: Colour = (128, 92, 62)
_DARK_WOOD: Colour = (96, 68, 46)
_SKY: Colour = (196, 220, 236)
_RUG: Colour = (118, 60, 58)
_COAT: Colour = (52, 66, 92)
_SKIN: Colour = (196, 160, 134)
_TROUSERS: Colour = (48, 46, 52)
_LEAVES: Colour = (70, 106, 66)

RED: Colour = (214, 30, 40)
BLUE: Colour = (30, 70, 214)
GREEN: Colour = (30, 168, 60)
YELLOW: Colour = (232, 200, 20)
_TAPE = 0.03
"""Width of the tape at the edges of the field, as a fraction of the field."""


class View(NamedTuple):
    """The part of the field that a picture shows, in fractions of the field."""

    left: float
    top: float
    width: float
    height: float


class Painter:
    """Paints shapes given in field coordinates on a picture that shows a view."""

    def __init__(self, canvas: ImageDraw, size: tuple[int, int], view: View) -> None:
        """Paint on ``canvas``, which is ``size`` pixels and shows ``view``."""
        self._canvas = canvas
        self._scale = size[0] / view.width, size[1] / view.height
        self._origin = view.left, view.top

    def _pixel(self, point: Point) -> Point:
        """Where a point of the field lies in the picture."""
        return (
            (point[0] - self._origin[0]) * self._scale[0],
            (point[1] - self._origin[1]) * self._scale[1],
        )

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Paint a filled polygon."""
        self._canvas.polygon([self._pixel(point) for point in points], fill=colour)

    def box(self, corner: Point, opposite: Point, colour: Colour) -> None:
        """Paint a filled upright rectangle."""
        (x0, y0), (x1, y1) = corner, opposite
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour)

    def ellipse(self, centre: Point, radius: Point, colour: Colour) -> None:
        """Paint a filled ellipse with these half axes."""
        low = self._pixel((centre[0] - radius[0], centre[1] - radius[1]))
        high = self._pixel((centre[0] + radius[0], centre[1] + radius[1]))
        self._canvas.ellipse((*low, *high), fill=colour)


def _between(near: float, far: float, depth: float) -> float:
    """Return a coordinate at a depth from 0 (at the camera) to 1 (the far wall)."""
    return near + (far - near) * depth


def _edges(depth: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the hallway's section at a depth."""
    return (
        _between(0, _FAR_LEFT, depth),
        _between(0, _FAR_TOP, depth),
        _between(1, _FAR_RIGHT, depth),
        _between(1, _FAR_BOTTOM, depth),
    )


def _on_wall(side: str, depth: float, height: float) -> Point:
    """Return a point on a side wall; ``height`` runs from 0 (floor) to 1 (ceiling)."""
    left, top, right, bottom = _edges(depth)
    return (left if side == "left" else right), bottom + (top - bottom) * height


def _on_floor(depth: float, across: float) -> Point:
    """Return a point on the floor; ``across`` runs from 0 (left wall) to 1 (right wall)."""
    left, _, right, bottom = _edges(depth)
    return left + (right - left) * across, bottom


def _shade(colour: Colour, light: float) -> Colour:
    """Return a colour in more or less light."""
    red, green, blue = (min(255, round(part * light)) for part in colour)
    return red, green, blue


def _wall_panel(
    painter: Painter,
    side: str,
    depths: tuple[float, float],
    heights: tuple[float, float],
    colour: Colour,
) -> None:
    """Paint a rectangle that lies on a side wall."""
    (near, far), (low, high) = depths, heights
    corners = [(near, low), (near, high), (far, high), (far, low)]
    painter.polygon([_on_wall(side, depth, height) for depth, height in corners], colour)


def paint_background(painter: Painter) -> None:
    """Paint all that never moves."""
    _paint_shell(painter)
    _paint_far_wall(painter)
    _paint_left_wall(painter)
    _paint_right_wall(painter)
    _paint_floor(painter)
    _paint_tape(painter)


def _paint_shell(painter: Painter) -> None:
    """Paint walls, floor and ceiling in slices that get darker with distance."""
    for step in range(_SLICES):
        near, far = (1 - (1 - s / _SLICES) ** 2 for s in (step, step + 1))
        light = 1.05 - 0.35 * far
        x0, y0, x1, y1 = _edges(near)
        u0, v0, u1, v1 = _edges(far)
        painter.polygon([(x0, y0), (x1, y0), (u1, v0), (u0, v0)], _shade(_CEILING, light))
        painter.polygon([(x0, y1), (x1, y1), (u1, v1), (u0, v1)], _shade(_FLOOR, light))
        painter.polygon([(x0, y0), (u0, v0), (u0, v1), (x0, y1)], _shade(_WALL, light * 0.96))
        painter.polygon([(x1, y0), (u1, v0), (u1, v1), (x1, y1)], _shade(_WALL, light * 0.88))


def _paint_far_wall(painter: Painter) -> None:
    """Paint the front door with its glass and the daylight in it."""
    painter.box((_FAR_LEFT, _FAR_TOP), (_FAR_RIGHT, _FAR_BOTTOM), _shade(_WALL, 0.72))
    painter.box((0.455, 0.40), (0.545, _FAR_BOTTOM), _DARK_WOOD)
    painter.box((0.460, 0.405), (0.540, _FAR_BOTTOM), _WOOD)
    painter.box((0.472, 0.42), (0.528, 0.49), _SKY)
    painter.box((0.4985, 0.42), (0.5015, 0.49), _DARK_WOOD)
    painter.ellipse((0.532, 0.53), (0.003, 0.005), (200, 180, 110))
    painter.ellipse((0.50, 0.17), (0.045, 0.022), (255, 250, 232))


def _paint_left_wall(painter: Painter) -> None:
    """Paint a room's door, a picture and the coats on their pegs."""
    _wall_panel(painter, "left", (0.52, 0.76), (0, 0.80), _DARK_WOOD)
    _wall_panel(painter, "left", (0.54, 0.74), (0, 0.78), _shade(_WOOD, 1.1))
    _wall_panel(painter, "left", (0.56, 0.63), (0.42, 0.72), _shade(_WOOD, 0.95))
    _wall_panel(painter, "left", (0.65, 0.72), (0.42, 0.72), _shade(_WOOD, 0.95))
    _wall_panel(painter, "left", (0.12, 0.24), (0.52, 0.74), _DARK_WOOD)
    _wall_panel(painter, "left", (0.13, 0.23), (0.54, 0.72), (176, 190, 172))
    _wall_panel(painter, "left", (0.30, 0.48), (0.645, 0.665), _WOOD)
    for near, colour in ((0.31, _COAT), (0.365, (120, 84, 70)), (0.42, (86, 92, 80))):
        _wall_panel(painter, "left", (near, near + 0.045), (0.32, 0.645), colour)


def _paint_right_wall(painter: Painter) -> None:
    """Paint a window, its sill and a mirror."""
    _wall_panel(painter, "right", (0.14, 0.36), (0.34, 0.80), (240, 238, 232))
    _wall_panel(painter, "right", (0.155, 0.245), (0.37, 0.77), _SKY)
    _wall_panel(painter, "right", (0.26, 0.345), (0.37, 0.77), _shade(_SKY, 0.97))
    _wall_panel(painter, "right", (0.13, 0.37), (0.315, 0.34), _WOOD)
    _wall_panel(painter, "right", (0.56, 0.68), (0.36, 0.74), _DARK_WOOD)
    _wall_panel(painter, "right", (0.57, 0.67), (0.38, 0.72), (178, 190, 196))


def _paint_floor(painter: Painter) -> None:
    """Paint the light from the window, the rug and a plant."""
    light = [(0.10, 0.62), (0.30, 0.62), (0.34, 0.92), (0.14, 0.92)]
    painter.polygon([_on_floor(*place) for place in light], _shade(_FLOOR, 1.18))
    rug = [(0.30, 0.30), (0.30, 0.70), (0.85, 0.70), (0.85, 0.30)]
    painter.polygon([_on_floor(*place) for place in rug], _RUG)
    inner = [(0.34, 0.35), (0.34, 0.65), (0.81, 0.65), (0.81, 0.35)]
    painter.polygon([_on_floor(*place) for place in inner], _shade(_RUG, 1.25))
    x, y = _on_floor(0.58, 0.93)
    painter.box((x - 0.014, y - 0.05), (x + 0.014, y), (150, 96, 70))
    for lean in (-0.022, -0.009, 0.006, 0.02):
        painter.ellipse((x + lean, y - 0.095), (0.010, 0.05), _LEAVES)


def _paint_tape(painter: Painter) -> None:
    """Paint the tape at the four edges of the field, by which a full view is known."""
    painter.box((0.42, 0), (0.58, _TAPE), RED)
    painter.box((0.42, 1 - _TAPE), (0.58, 1), BLUE)
    painter.box((0, 0.42), (_TAPE, 0.58), GREEN)
    painter.box((1 - _TAPE, 0.42), (1, 0.58), YELLOW)


def paint_visitor(painter: Painter, seconds: float) -> None:
    """Paint somebody who walks up and down the hallway, at a moment of wall-clock time."""
    there = seconds % 16 / 16
    depth = 0.30 + 0.5 * abs(2 * there - 1)
    x, y = _on_floor(depth, 0.46 + 0.06 * ((seconds % 1.2) / 1.2))
    tall = (_edges(depth)[3] - _edges(depth)[1]) * 0.66
    wide = tall * 0.085
    stride = wide * (abs(seconds % 1.2 - 0.6) / 0.6 - 0.5)
    painter.ellipse((x, y), (wide * 1.3, tall * 0.03), _shade(_RUG, 0.7))
    for leg in (-stride, stride):
        hip, foot = x + leg * 0.4, x + leg * 1.5
        painter.polygon(
            [
                (hip - wide * 0.45, y - tall * 0.48),
                (hip + wide * 0.45, y - tall * 0.48),
                (foot + wide * 0.3, y),
                (foot - wide * 0.3, y),
            ],
            _TROUSERS,
        )
    painter.ellipse((x, y - tall * 0.62), (wide, tall * 0.22), _COAT)
    painter.box((x - wide, y - tall * 0.62), (x + wide, y - tall * 0.44), _COAT)
    painter.ellipse((x, y - tall * 0.90), (wide * 0.55, tall * 0.085), _SKIN)
    painter.ellipse((x, y - tall * 0.94), (wide * 0.56, tall * 0.06), _DARK_WOOD)

"""Sizes and windows: which part of a sensor reaches a picture of which size."""

from simulator.hallway import View
from simulator.sensors import Rectangle, Sensor

Size = tuple[int, int]
"""Width and height in pixels."""


def even(size: Size) -> Size:
    """Return the size with both sides even, as the picture format needs them."""
    return max(2, size[0] - size[0] % 2), max(2, size[1] - size[1] % 2)


def possible_size(sensor: Sensor, wanted: Size) -> Size:
    """Return what the camera makes of a wanted size: even, and no larger than the sensor."""
    return even((min(wanted[0], sensor.width), min(wanted[1], sensor.height)))


def viewfinder_size(sensor: Sensor, photo: Size) -> Size:
    """Return the preview's size: half the sensor's, cut to the shape of the photo if known.

    So the view does not change between preview and photo.
    """
    width, height = sensor.width // 2, sensor.height // 2
    if all(photo):
        if width * photo[1] > height * photo[0]:
            width = height * photo[0] // photo[1]
        else:
            height = width * photo[1] // photo[0]
    return even((width, height))


def centred(crop: Rectangle, size: Size) -> Rectangle:
    """Return the largest window of a picture's shape in the middle of a crop."""
    width, height = size
    if crop.width * height > crop.height * width:
        narrow = crop.height * width // height
        return crop._replace(x=crop.x + (crop.width - narrow) // 2, width=narrow)
    low = crop.width * height // width
    return crop._replace(y=crop.y + (crop.height - low) // 2, height=low)


def zoomed(crop: Rectangle, roi: tuple[float, float, float, float]) -> Rectangle:
    """Return a region of interest, given in fractions of a crop, as a window on the sensor."""
    x, y, width, height = roi
    return Rectangle(
        crop.x + round(x * crop.width),
        crop.y + round(y * crop.height),
        max(1, round(width * crop.width)),
        max(1, round(height * crop.height)),
    )


def view_of(sensor: Sensor, window: Rectangle) -> View:
    """Return a window on the sensor in fractions of the sensor's field."""
    return View(
        window.x / sensor.width,
        window.y / sensor.height,
        window.width / sensor.width,
        window.height / sensor.height,
    )

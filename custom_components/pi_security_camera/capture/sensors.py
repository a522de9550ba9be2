"""What the programs say of their version and of the host's cameras.

Neither command's exit status tells anything: without a camera `--list-cameras` ends with 0, too.
"""

from dataclasses import dataclass
import re

from .jpeg import Size

# A host may say anything: no part of a line may be read in more than one way, or a long line would take minutes.
_CAMERA = re.compile(r"\s*(\d{1,3})\s*:\s*([\w.-]{1,40})\s*\[([^\[\]]*)\]\s*\((.+)\)\s*")
_SIZE = re.compile(r"(\d{1,6})x(\d{1,6})")
_DEPTH = re.compile(r"'S?[A-Z]{1,9}(\d{1,3})")
_MODE = re.compile(r"(\d{1,6})x(\d{1,6}) \[[\d.]{1,12} fps - \((\d{1,6}), (\d{1,6})\)/(\d{1,6})x(\d{1,6}) crop\]")
_VERSION = re.compile(r"(?:rpicam|libcamera)-apps build:\s*([\w.+~-]{1,60})")
_LIBCAMERA = re.compile(r"libcamera build:\s*([\w.+~-]{1,60})")
# The longest line that the programs write has some 150 characters.
_LONGEST_LINE = 500

# What the crop says while another process holds the camera.
_UNKNOWN_CROP = 65535


# What Raspberry Pi sells, by the names that libcamera gives the sensors.
_MODELS = {
    "ov5647": "Camera Module 1",
    "imx219": "Camera Module 2",
    "imx708": "Camera Module 3",
    "imx708_wide": "Camera Module 3 Wide",
    "imx708_noir": "Camera Module 3 NoIR",
    "imx708_wide_noir": "Camera Module 3 Wide NoIR",
    "imx477": "High Quality Camera",
    "imx296": "Global Shutter Camera",
    "imx500": "AI Camera",
}


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of the sensor that a mode sees, in pixels of the full sensor."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SensorMode:
    """One way to read the sensor: the picture's size, bits per pixel, the part that it sees."""

    size: Size
    depth: int
    crop: Crop


@dataclass(frozen=True, slots=True)
class Sensor:
    """One camera of a host as `--list-cameras` tells it.

    `index` is what `--camera` takes and may change when a camera is added or removed; `camera_id` is libcamera's own
    name for it and stays. `settled` is False when another process held the camera, so that the crops were unknown.
    """

    index: int
    model: str
    camera_id: str
    size: Size
    modes: tuple[SensorMode, ...]
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of rpicam-apps and libcamera as the program says them; empty where it does not."""

    rpicam: str
    libcamera: str


def model_name(sensor: str) -> str:
    """Return a sensor's name as people know it, with libcamera's own behind it."""
    return f"{_MODELS[sensor]} ({sensor})" if sensor in _MODELS else sensor


def parse_versions(text: str) -> Versions:
    """Read what `--version` prints; the formats differ between releases, so nothing in it is required."""
    rpicam, libcamera = _VERSION.search(text), _LIBCAMERA.search(text)
    return Versions(rpicam[1] if rpicam else "", libcamera[1] if libcamera else "")


def parse_cameras(text: str) -> tuple[Sensor, ...]:
    """Read what `--list-cameras` prints; lines that are no camera and no mode are passed over."""
    sensors: list[tuple[re.Match[str], list[str]]] = []
    for line in text.splitlines():
        if len(line) > _LONGEST_LINE:
            continue
        if camera := _CAMERA.fullmatch(line):
            sensors.append((camera, []))
        elif sensors:
            sensors[-1][1].append(line)
    return tuple(_sensor(camera, lines) for camera, lines in sensors)


def _sensor(camera: re.Match[str], lines: list[str]) -> Sensor:
    index, model, description, camera_id = camera.groups()
    modes = _modes(lines)
    size = _sensor_size(description, modes)
    settled = all(mode.crop.x != _UNKNOWN_CROP for mode in modes)
    if not settled:
        # The largest mode is the only one that is sure to see everything.
        modes = (SensorMode(size, max(mode.depth for mode in modes), Crop(0, 0, size.width, size.height)),)
    return Sensor(int(index), model, camera_id, size, modes, settled)


def _sensor_size(description: str, modes: tuple[SensorMode, ...]) -> Size:
    """Return the sensor's size; where the brackets hold none, that of the largest mode."""
    if size := _SIZE.search(description):
        return Size(int(size[1]), int(size[2]))
    return max((mode.size for mode in modes), key=lambda size: size.width * size.height, default=Size(0, 0))


def _modes(lines: list[str]) -> tuple[SensorMode, ...]:
    """Return the modes; the pixel format stands before the first mode that has it."""
    modes, depth = [], 0
    for line in lines:
        if found := _DEPTH.search(line):
            depth = int(found[1])
        if found := _MODE.search(line):
            width, height, *crop = map(int, found.groups())
            modes.append(SensorMode(Size(width, height), depth, Crop(*crop)))
    return tuple(modes)

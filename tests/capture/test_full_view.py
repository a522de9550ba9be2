"""The sensor mode that keeps the full view."""

from hypothesis import given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.jpeg import Size
from custom_components.pi_security_camera.capture.rpicam import full_view_mode
from custom_components.pi_security_camera.capture.sensors import Crop, Sensor, SensorMode, parse_cameras
from tests.capture import listings

CAMERA_1, CAMERA_2, CAMERA_3, CAMERA_HQ = (
    parse_cameras(text)[0]
    for text in (listings.CAMERA_1, listings.TWO_FORMATS, listings.ONE_CAMERA, listings.CAMERA_HQ)
)


@pytest.mark.parametrize(
    ("sensor", "size", "mode"),
    [
        (CAMERA_1, "640x480", "1296x972"),
        (CAMERA_1, "1920x1080", "2592x1944"),
        (CAMERA_2, "640x480", "1640x1232"),
        (CAMERA_2, "1024x768", "1640x1232"),
        (CAMERA_2, "1280x720", "1640x1232"),
        (CAMERA_2, "1920x1080", "3280x2464"),
        (CAMERA_3, "640x480", "2304x1296"),
        (CAMERA_3, "1024x768", "2304x1296"),
        (CAMERA_3, "1280x720", "2304x1296"),
        (CAMERA_3, "2304x1296", "2304x1296"),
        (CAMERA_3, "2306x1298", "4608x2592"),
        (CAMERA_3, "4608x2592", "4608x2592"),
        (CAMERA_HQ, "1024x768", "2028x1520"),
        (CAMERA_HQ, "1280x720", "2028x1520"),
        (CAMERA_HQ, "4056x3040", "4056x3040"),
    ],
)
def test_the_smallest_mode_that_sees_everything_and_suffices_is_taken(sensor: Sensor, size: str, mode: str) -> None:
    """Left alone, rpicam takes a Camera Module 3's cropped mode for 1024x768, and the door is out of the picture."""
    width, height = map(int, size.split("x"))
    found = full_view_mode(sensor, Size(width, height))
    assert found is not None
    assert str(found.size) == mode


def test_of_two_equal_modes_the_deeper_one_is_taken() -> None:
    found = full_view_mode(CAMERA_2, Size(1024, 768))
    assert found is not None
    assert found.depth == 10


@pytest.mark.parametrize(
    "crop", [Crop(8, 0, 392, 300), Crop(0, 8, 400, 292), Crop(0, 0, 392, 300), Crop(0, 0, 400, 292)]
)
def test_a_mode_that_misses_one_edge_is_not_taken(crop: Crop) -> None:
    full = SensorMode(Size(400, 300), 10, Crop(0, 0, 400, 300))
    sensor = Sensor(0, "x", "/x", Size(400, 300), (SensorMode(Size(200, 150), 10, crop), full))
    assert full_view_mode(sensor, Size(200, 150)) is full


def test_a_picture_larger_than_the_sensor_is_made_from_the_largest_mode() -> None:
    found = full_view_mode(CAMERA_3, Size(9216, 5184))
    assert found is not None
    assert found.size == Size(4608, 2592)


def test_a_busy_camera_is_given_the_mode_that_is_sure_to_see_everything() -> None:
    found = full_view_mode(parse_cameras(listings.BUSY_CAMERA)[0], Size(1024, 768))
    assert found is not None
    assert found.size == Size(4608, 2592)


def test_without_modes_the_choice_is_left_to_the_program() -> None:
    assert full_view_mode(parse_cameras(listings.OLD)[0], Size(1024, 768)) is None


@given(st.sampled_from([CAMERA_1, CAMERA_2, CAMERA_3, CAMERA_HQ]), st.integers(16, 5000), st.integers(16, 5000))
def test_whatever_the_shape_nothing_is_lost_that_the_whole_sensor_would_show(
    sensor: Sensor, width: int, height: int
) -> None:
    mode = full_view_mode(sensor, Size(width, height))
    assert mode is not None
    scale = min(sensor.size.width / width, sensor.size.height / height)
    assert mode.crop.width >= width * scale - 4
    assert mode.crop.height >= height * scale - 4

"""Cameras and versions as the programs print them."""

from hypothesis import example, given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.jpeg import Size
from custom_components.pi_security_camera.capture.sensors import (
    Crop,
    Sensor,
    SensorMode,
    Versions,
    model_name,
    parse_cameras,
    parse_versions,
)
from tests.capture import listings

FULL = Crop(0, 0, 4608, 2592)
IMX708 = Sensor(
    0,
    "imx708",
    "/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a",
    Size(4608, 2592),
    (
        SensorMode(Size(1536, 864), 10, Crop(768, 432, 3072, 1728)),
        SensorMode(Size(2304, 1296), 10, FULL),
        SensorMode(Size(4608, 2592), 10, FULL),
    ),
)


def test_a_camera_is_read_with_all_its_modes() -> None:
    assert parse_cameras(listings.ONE_CAMERA) == (IMX708,)


def test_each_of_two_cameras_has_its_own_modes() -> None:
    first, second = parse_cameras(listings.TWO_CAMERAS)
    assert first == IMX708
    assert (second.index, second.model, second.size, len(second.modes)) == (1, "imx219", Size(3280, 2464), 3)


def test_a_mode_has_the_depth_of_the_format_it_stands_under() -> None:
    (sensor,) = parse_cameras(listings.TWO_FORMATS)
    assert [mode.depth for mode in sensor.modes] == [10] * 4 + [8] * 4


def test_a_camera_that_another_program_holds_is_listed_but_not_settled() -> None:
    """Its modes all claim to begin at 65535: taken as true, none would show the full view."""
    (sensor,) = parse_cameras(listings.BUSY_CAMERA)
    assert not sensor.settled
    assert sensor.camera_id == IMX708.camera_id
    assert sensor.modes == (SensorMode(Size(4608, 2592), 10, FULL),)


def test_an_old_program_tells_no_modes() -> None:
    (sensor,) = parse_cameras(listings.OLD)
    assert (sensor.size, sensor.modes, sensor.settled) == (Size(3280, 2464), (), True)


@pytest.mark.parametrize(
    ("description", "modes", "size"),
    [
        (
            "10-bit",
            "1640x1232 [41.85 fps - (0, 0)/3280x2464 crop]\n3280x2464 [21.19 fps - (0, 0)/3280x2464 crop]",
            3280,
        ),
        ("", "", 0),
    ],
)
def test_a_camera_without_a_size_has_that_of_its_largest_mode(description: str, modes: str, size: int) -> None:
    (sensor,) = parse_cameras(f"0 : imx219 [{description}] (/base/imx219@10)\n{modes}")
    assert sensor.size.width == size


@pytest.mark.parametrize(
    ("sensor", "name"), [("imx708_wide", "Camera Module 3 Wide (imx708_wide)"), ("ov9281", "ov9281"), ("", "")]
)
def test_a_camera_that_raspberry_pi_sells_has_the_name_on_its_box(sensor: str, name: str) -> None:
    assert model_name(sensor) == name


def test_a_camera_id_may_hold_spaces_and_brackets() -> None:
    (sensor,) = parse_cameras("  3: imx500 [4056x3040] (/base/soc (old) i2c/imx500@1a)  \r\n")
    assert (sensor.index, sensor.camera_id) == (3, "/base/soc (old) i2c/imx500@1a")


@pytest.mark.parametrize("text", [listings.NO_CAMERA, "", "\n\n", listings.VERSION, "Available cameras\n-----------\n"])
def test_where_no_camera_is_listed_there_is_none(text: str) -> None:
    assert parse_cameras(text) == ()


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        (listings.VERSION, Versions("v1.12.0", "v0.7.1+rpt20260429+dirty")),
        (listings.OLD_VERSION, Versions("54a781dffdd1", "v0.0.4+22-923f5d70")),
        ("rpicam-apps build: v1.7.0\n", Versions("v1.7.0", "")),
        ("", Versions("", "")),
        ("something else", Versions("", "")),
    ],
)
def test_versions_are_read_as_far_as_they_are_told(text: str, versions: Versions) -> None:
    assert parse_versions(text) == versions


LINES = st.sampled_from(listings.TWO_CAMERAS.splitlines() + listings.BUSY_CAMERA.splitlines()) | st.text()


@given(st.lists(LINES).map("\n".join))
@example("0 : x [] (y)\n'X0' : 1x1 [1 fps - (65535, 0)/1x1 crop]")
def test_no_output_makes_the_reader_raise(text: str) -> None:
    for sensor in parse_cameras(text):
        assert sensor.settled or len(sensor.modes) == 1
    parse_versions(text)


def test_a_line_that_no_program_writes_is_passed_over() -> None:
    """A host may say anything, and this is read on the event loop."""
    (camera,) = parse_cameras("0 : " + "[" * 60_000 + "\n" + listings.ONE_CAMERA)
    assert camera.index == 0
    assert parse_versions("rpicam-apps build: v1" + "1" * 60_000).rpicam == "v1" + "1" * 58

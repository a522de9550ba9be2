"""The command that takes a photo."""

from dataclasses import fields, replace

import pytest

from custom_components.pi_security_camera.capture.jpeg import Size
from custom_components.pi_security_camera.capture.rpicam import (
    CameraSettings,
    ImageSettings,
    Programs,
    photo_command,
    stream_command,
)
from custom_components.pi_security_camera.capture.sensors import parse_cameras
from tests.capture import listings

SENSOR, SECOND = parse_cameras(listings.TWO_CAMERAS)
SETTINGS = CameraSettings(
    size=Size(1024, 768), rotation=0, quality=93, settle_time=1, full_view=False, image=ImageSettings()
)


def options(settings: CameraSettings) -> list[str]:
    """Return what the settings add to the plain command."""
    plain = photo_command(Programs.RPICAM, SENSOR, SETTINGS)
    command = photo_command(Programs.RPICAM, SENSOR, settings)
    assert command[: len(plain)] == plain
    return command[len(plain) :]


def image(**settings: object) -> list[str]:
    """Return what some image settings add to the plain command."""
    return options(replace(SETTINGS, image=replace(ImageSettings(), **settings)))  # type: ignore[arg-type]


def test_the_plain_command_is_the_one_of_the_script_before_us() -> None:
    assert photo_command(Programs.RPICAM, SENSOR, SETTINGS) == [
        *("rpicam-jpeg", "-o", "-", "-t", "1", "--width", "1024", "--height", "768", "--nopreview"),
        *("--camera", "0", "--quality", "93"),
    ]


def test_an_old_system_has_the_program_under_its_old_name() -> None:
    assert photo_command(Programs.LIBCAMERA, SENSOR, SETTINGS)[0] == "libcamera-jpeg"


def test_a_stream_is_flushed_photo_by_photo_and_has_the_same_view() -> None:
    settings = replace(SETTINGS, full_view=True, rotation=180, image=replace(ImageSettings(), vflip=True))
    command = stream_command(Programs.RPICAM, SENSOR, settings, 12.5)
    photo = photo_command(Programs.RPICAM, SENSOR, settings)
    assert command[:7] == ["rpicam-vid", "-o", "-", "-t", "0", "--codec", "mjpeg"]
    assert command[7:10] == ["--flush", "--framerate", "12.5"]
    assert command[10:] == photo[5:]
    assert stream_command(Programs.LIBCAMERA, SENSOR, SETTINGS, 10)[0] == "libcamera-vid"


def test_the_second_camera_is_named_by_its_index() -> None:
    command = photo_command(Programs.RPICAM, SECOND, SETTINGS)
    assert command[command.index("--camera") + 1] == "1"


def test_a_rotated_picture_is_asked_for() -> None:
    assert options(replace(SETTINGS, rotation=180)) == ["--rotation", "180"]


def test_the_full_view_is_asked_for_by_its_mode() -> None:
    assert options(replace(SETTINGS, full_view=True)) == ["--mode", "2304:1296"]


def test_the_full_view_of_an_old_program_needs_no_asking() -> None:
    (sensor,) = parse_cameras(listings.OLD)
    assert "--mode" not in photo_command(Programs.RPICAM, sensor, replace(SETTINGS, full_view=True))


@pytest.mark.parametrize(
    ("settings", "added"),
    [
        ({}, []),
        ({"hflip": True, "vflip": True}, ["--hflip", "--vflip"]),
        ({"hflip": False}, []),
        ({"exposure": "sport", "awb": "indoor"}, ["--exposure", "sport", "--awb", "indoor"]),
        ({"ev": 0.0}, ["--ev", "0"]),
        ({"ev": -1.5}, ["--ev", "-1.5"]),
        ({"brightness": 0.1}, ["--brightness", "0.1"]),
        ({"autofocus_mode": "manual", "lens_position": 0.0}, ["--autofocus-mode", "manual", "--lens-position", "0"]),
        ({"shutter": 1_234_567, "gain": 2.25}, ["--shutter", "1234567", "--gain", "2.25"]),
        ({"roi": "0.25,0.25,0.5,0.5"}, ["--roi", "0.25,0.25,0.5,0.5"]),
    ],
)
def test_an_image_setting_is_an_option_of_the_same_name(settings: dict[str, object], added: list[str]) -> None:
    assert image(**settings) == added


def test_no_option_is_given_twice() -> None:
    """The programs refuse an option that comes a second time."""
    everything = ImageSettings(**{field.name: True for field in fields(ImageSettings)})  # type: ignore[arg-type]
    settings = replace(SETTINGS, rotation=180, full_view=True, image=everything)
    given = [word for word in photo_command(Programs.RPICAM, SENSOR, settings) if word.startswith("-") and word != "-"]
    assert len(given) == len(set(given))

"""--version, --help and --list-cameras: what the programs tell about themselves."""

from collections.abc import Callable
import re

import pytest

from simulator import LIBCAMERA, RPICAM
from tests.simulator.pi import Pi

IMX708 = """\
0 : imx708 [4608x2592 10-bit RGGB] (/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]
                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]

"""
IMX219 = """\
0 : imx219 [3280x2464 10-bit RGGB] (/base/axi/pcie@1000120000/rp1/i2c@88000/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                             1640x1232 [83.70 fps - (0, 0)/3280x2464 crop]
                             1920x1080 [47.57 fps - (680, 692)/1920x1080 crop]
                             3280x2464 [21.19 fps - (0, 0)/3280x2464 crop]
           'SRGGB8' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                      1640x1232 [83.70 fps - (0, 0)/3280x2464 crop]
                      1920x1080 [47.57 fps - (680, 692)/1920x1080 crop]
                      3280x2464 [21.19 fps - (0, 0)/3280x2464 crop]

"""
OV5647 = """\
0 : ov5647 [2592x1944 10-bit GBRG] (/base/axi/pcie@1000120000/rp1/i2c@88000/ov5647@36)
    Modes: 'SGBRG10_CSI2P' : 640x480 [58.92 fps - (16, 0)/2560x1920 crop]
                             1296x972 [43.25 fps - (0, 0)/2592x1944 crop]
                             1920x1080 [30.62 fps - (348, 434)/1928x1080 crop]
                             2592x1944 [15.63 fps - (0, 0)/2592x1944 crop]

"""
IMX477 = """\
0 : imx477 [4056x3040 12-bit RGGB] (/base/axi/pcie@1000120000/rp1/i2c@88000/imx477@1a)
    Modes: 'SRGGB10_CSI2P' : 1332x990 [120.05 fps - (696, 528)/2664x1980 crop]
           'SRGGB12_CSI2P' : 2028x1080 [50.03 fps - (0, 440)/4056x2160 crop]
                             2028x1520 [40.01 fps - (0, 0)/4056x3040 crop]
                             4056x3040 [10.00 fps - (0, 0)/4056x3040 crop]

"""
HEADER = "Available cameras\n-----------------\n"
BUSY = """\
0 : imx708 [4608x2592 10-bit RGGB] (/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [30.00 fps - (65535, 65535)/65535x65535 crop]
                             2304x1296 [30.00 fps - (65535, 65535)/65535x65535 crop]
                             4608x2592 [30.00 fps - (65535, 65535)/65535x65535 crop]

"""


@pytest.mark.parametrize("program", RPICAM)
def test_every_program_tells_its_version_on_standard_output(pi: Pi, program: str) -> None:
    outcome = pi.run(program, "--version")
    assert outcome.status == 0
    assert outcome.stderr == ""
    first, second, third = outcome.text.splitlines()
    assert re.fullmatch(
        r"rpicam-apps build: v1\.12\.0 [0-9a-f]{12} \d\d-\d\d-\d{4} \(\d\d:\d\d:\d\d\)",
        first,
    )
    assert second.startswith("rpicam-apps capabilites: egl:")
    assert third.startswith("libcamera build: v0.7.1+rpt")


def test_the_version_is_told_without_a_camera(make_pi: Callable[..., Pi]) -> None:
    assert make_pi(cameras=()).run("rpicam-jpeg", "--version").status == 0


def test_the_version_is_told_after_bad_times_but_before_bad_modes(pi: Pi) -> None:
    assert pi.run("rpicam-jpeg", "--version", "-t", "soon").status == 255
    assert pi.run("rpicam-jpeg", "--version", "--awb", "moon").status == 0


def test_help_lists_the_options_of_the_program(pi: Pi) -> None:
    outcome = pi.run("rpicam-jpeg", "--help")
    assert outcome.status == 0
    assert outcome.text.startswith("Valid options are:\n  -h [ --help ] [=arg(=1)] (=0)\n")
    assert "  -q [ --quality ] arg (=93)\n" in outcome.text
    assert "--codec" not in outcome.text


@pytest.mark.parametrize(
    ("sensor", "lines"),
    [("imx708", IMX708), ("imx219", IMX219), ("ov5647", OV5647), ("imx477", IMX477)],
)
def test_a_sensor_is_listed_with_its_modes(make_pi: Callable[..., Pi], sensor: str, lines: str) -> None:
    outcome = make_pi(cameras=(sensor,)).run("rpicam-jpeg", "--list-cameras")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert outcome.text == HEADER + lines


def test_two_cameras_are_listed_one_after_the_other(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(cameras=("imx708", "imx219"))
    second = IMX219.replace("0 : ", "1 : ", 1).replace("88000", "80000")
    assert pi.run("rpicam-hello", "--list-cameras").text == HEADER + IMX708 + second


def test_two_cameras_of_one_kind_differ_in_their_ids(make_pi: Callable[..., Pi]) -> None:
    text = make_pi(cameras=("imx708", "imx708")).run("rpicam-jpeg", "--list-cameras").text
    assert re.findall(r"^(\d) : imx708 .*\((\S+)\)$", text, re.MULTILINE) == [
        ("0", "/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a"),
        ("1", "/base/axi/pcie@1000120000/rp1/i2c@80000/imx708@1a"),
    ]


@pytest.mark.parametrize("settings", [{"cameras": ()}, {"fault": "no_camera"}])
def test_no_camera_is_no_error_for_the_listing(make_pi: Callable[..., Pi], settings: dict[str, object]) -> None:
    outcome = make_pi(**settings).run("rpicam-jpeg", "--list-cameras")
    assert (outcome.status, outcome.text) == (0, "No cameras available!\n")


def test_a_camera_in_use_is_listed_with_modes_that_mean_nothing(pi: Pi) -> None:
    holder = pi.start("rpicam-vid", "-n", "-t", "0", "--codec", "mjpeg", "-o", "/dev/null")
    holder.wait_for("configuring streams")
    outcome = pi.run("rpicam-jpeg", "--list-cameras")
    assert (outcome.status, outcome.text) == (0, HEADER + BUSY)


def test_the_fault_busy_lists_like_a_camera_in_use(make_pi: Callable[..., Pi]) -> None:
    assert make_pi(fault="busy").run("rpicam-jpeg", "--list-cameras").text == HEADER + BUSY


def test_a_bullseye_host_has_the_old_names_and_forms(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(cameras=("imx219",), programs=LIBCAMERA, bullseye=True)
    assert re.match(
        r"libcamera-apps build: [0-9a-f]{12} \d\d-\d\d-\d{4} \(.*\)\nlibcamera build: v0\.0",
        pi.run("libcamera-jpeg", "--version").text,
    )
    listing = pi.run("libcamera-jpeg", "--list-cameras").text
    assert listing.splitlines()[2] == "0 : imx219 [3280x2464] (/base/soc/i2c0mux/i2c@1/imx219@10)"
    assert not pi.host.program("rpicam-jpeg").exists()


def test_a_bullseye_host_lacks_what_came_later(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(cameras=("imx219",), programs=LIBCAMERA, bullseye=True)
    unknown = pi.run("libcamera-still", "--zsl", "-o", "a.jpg")
    assert "ERROR: *** unrecognised option '--zsl' ***" in unknown.stderr
    unit = pi.run("libcamera-jpeg", "-t", "500ms", "-o", "a.jpg")
    assert "the argument ('500ms') for option '--timeout' is invalid" in unit.stderr


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("not_a_pi", "ERROR: rpicam-apps currently only supports the Raspberry Pi platforms.\n"),
        ("legacy_stack", "ERROR: the system appears to be configured for the legacy camera stack\n"),
    ],
)
@pytest.mark.parametrize("option", ["--version", "--list-cameras", "--no-such-option"])
def test_a_machine_without_a_camera_pipeline_answers_nothing(
    make_pi: Callable[..., Pi], fault: str, message: str, option: str
) -> None:
    outcome = make_pi(fault=fault).run("rpicam-jpeg", option)
    assert (outcome.status, outcome.text) == (255, "")
    assert outcome.stderr.startswith(message)

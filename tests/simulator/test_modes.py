"""Which sensor mode a size gets, and how much of the view is left by it."""

from collections.abc import Callable

import pytest

from simulator import LIBCAMERA, scene
from simulator.sensors import ModeWish, score, select_mode, sensor
from tests.simulator.pi import Pi

NOISE = """\
WARNING: Capture will not make use of temporal denoise
         Consider using rpicam-still with the --zsl option for best results, for example:
         rpicam-still --zsl -o a.jpg
Mode selection for 2304:1296:12:P
    SRGGB10_CSI2P,1536x864/0 - Score: 3400
    SRGGB10_CSI2P,2304x1296/0 - Score: 1000
    SRGGB10_CSI2P,4608x2592/0 - Score: 1900
Stream configuration adjusted
Mode selection for 1280:720:12:P
    SRGGB10_CSI2P,1536x864/0 - Score: 1100
    SRGGB10_CSI2P,2304x1296/0 - Score: 1400
    SRGGB10_CSI2P,4608x2592/0 - Score: 2300
Stream configuration adjusted
Still capture image received
"""
NARROW, WIDE = False, True


def test_the_log_shows_the_mode_selection_as_observed(pi: Pi) -> None:
    stderr = pi.run("rpicam-jpeg", "-n", "-t", "1", "--width", "1280", "--height", "720", "-o", "a.jpg").stderr
    lines = stderr.splitlines(keepends=True)
    assert "".join(line for line in lines if not line.startswith("[")) == NOISE
    configured = [line.partition("configuring streams: ")[2].strip() for line in lines if "configuring" in line]
    assert configured == [
        "(0) 2304x1296-YUV420/sYCC (1) 2304x1296-SRGGB10_CSI2P/RAW",
        "(0) 1280x720-YUV420/sYCC (1) 1536x864-SRGGB10_CSI2P/RAW",
    ]


def test_verbosity_nought_leaves_only_the_warning(pi: Pi) -> None:
    stderr = pi.run(
        "rpicam-jpeg", "-v", "0", "-n", "-t", "1", "--width", "320", "--height", "240", "-o", "a.jpg"
    ).stderr
    assert stderr.splitlines() == NOISE.splitlines()[:3]


def test_the_warning_about_denoise_belongs_to_the_pi_5(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(platform="vc4")
    stderr = pi.run("rpicam-jpeg", "-n", "-t", "1", "--width", "320", "--height", "240", "-o", "a.jpg").stderr
    assert "WARNING" not in stderr
    assert "for pipeline handler rpi/vc4" in stderr


def test_rpicam_still_with_zero_lag_does_not_warn(pi: Pi) -> None:
    stderr = pi.run("rpicam-still", "--zsl", "-n", "-t", "1", "--width", "320", "--height", "240", "-o", "a.jpg").stderr
    assert "WARNING" not in stderr


def test_verbosity_two_tells_when_a_photo_is_saved(pi: Pi) -> None:
    options = ("-v", "-n", "-t", "1", "--width", "320", "--height", "240")
    stderr = pi.run("rpicam-still", *options, "-o", "a.jpg").stderr
    assert stderr.endswith("Saved image 320 x 240 to file a.jpg\n")
    assert "    width: 320\n" in stderr


@pytest.mark.parametrize(
    ("size", "points"),
    [
        ((2304, 1296), ["3400", "1000", "1900"]),
        ((4608, 2592), ["10600", "8200", "1000"]),
        ((640, 480), ["1486.67", "1786.67", "2686.67"]),
        ((641, 479), ["1484.84", "1784.84", "2684.84"]),
        ((1734, 1296), ["2424.93", "1307.43", "2207.43"]),
    ],
)
def test_scores_are_those_that_were_observed(size: tuple[int, int], points: list[str]) -> None:
    modes = sensor("imx708").modes
    assert [f"{score(ModeWish(*size), mode):g}" for mode in modes] == points


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("imx219", ["640x480", "1920x1080", "1640x1232", "1920x1080", "3280x2464"]),
        ("ov5647", ["640x480", "1920x1080", "1296x972", "1920x1080", "2592x1944"]),
        ("imx708", ["1536x864", "1536x864", "1536x864", "2304x1296", "4608x2592"]),
        ("imx477", ["2028x1520", "2028x1080", "2028x1520", "2028x1080", "4056x3040"]),
    ],
)
def test_a_size_chooses_the_mode_known_for_it(name: str, choices: list[str]) -> None:
    chosen = sensor(name)
    sizes = [(640, 480), (1280, 720), (1280, 960), (1920, 1080), (chosen.width, chosen.height)]
    modes = [select_mode(chosen, ModeWish(*size)) for size in sizes]
    assert [f"{mode.width}x{mode.height}" for mode in modes] == choices


@pytest.mark.parametrize(
    ("name", "expected"),
    [("imx477", "2028x1520"), ("imx708", "2304x1296"), ("imx219", "1920x1080"), ("ov5647", "1920x1080")],
)
def test_a_frame_rate_pulls_a_large_photo_to_a_smaller_mode(name: str, expected: str) -> None:
    chosen = sensor(name)
    mode = select_mode(chosen, ModeWish(chosen.width, chosen.height, fps=30))
    assert f"{mode.width}x{mode.height}" == expected


@pytest.mark.parametrize(
    ("name", "options", "view"),
    [
        ("imx708", "--width 1024 --height 768", NARROW),
        ("imx708", "--width 1024 --height 768 --mode 2304:1296", WIDE),
        ("imx708", "--width 1024 --height 768 --mode 2304:1296 --rotation 180", WIDE),
        ("imx708", "--width 1024 --height 768 --mode 2304:1296:10:P --hflip", WIDE),
        ("imx708", "--width 1920 --height 1080", WIDE),
        ("imx708", "--width 1920 --height 1080 --roi 0.1,0.1,0.8,0.8", NARROW),
        ("imx219", "--width 640 --height 480", NARROW),
        ("imx219", "--width 640 --height 480 --mode 1640:1232", WIDE),
        ("imx219", "--width 1024 --height 768", WIDE),
        ("imx219", "--width 1280 --height 720", NARROW),
        ("imx219", "--width 1280 --height 720 --mode 1640:1232", WIDE),
        ("ov5647", "--width 640 --height 480", WIDE),
        ("ov5647", "--width 1280 --height 720", NARROW),
        ("imx477", "--width 1280 --height 720", NARROW),
        ("imx477", "--width 1280 --height 720 --mode 2028:1520", WIDE),
        ("imx477", "--width 1024 --height 768 --mode 1332:990:10", NARROW),
    ],
)
def test_a_cropped_mode_shows_less_of_the_hallway(
    make_pi: Callable[..., Pi], name: str, options: str, view: bool
) -> None:
    pi = make_pi(cameras=(name,))
    jpeg = pi.run("rpicam-jpeg", "-n", "-t", "1", *options.split(), "-o", "-").stdout
    assert scene.shows_full_view(jpeg) is view


def test_a_stream_of_the_default_size_is_cropped(pi: Pi) -> None:
    options = ("-n", "--codec", "mjpeg", "--frames", "1", "-o", "-")
    assert not scene.shows_full_view(pi.run("rpicam-vid", *options).stdout)
    assert scene.shows_full_view(pi.run("rpicam-vid", *options, "--mode", "2304:1296").stdout)


def test_bullseye_took_stills_in_the_full_mode(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(programs=LIBCAMERA, bullseye=True)
    options = ("-n", "-t", "1", "--width", "1024", "--height", "768")
    assert scene.shows_full_view(pi.run("libcamera-jpeg", *options, "-o", "-").stdout)


def test_the_log_levels_of_libcamera_are_obeyed(pi: Pi, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("-n", "-t", "1", "--width", "320", "--height", "240", "-o", "a.jpg")
    monkeypatch.setenv("LIBCAMERA_LOG_LEVELS", "*:ERROR")
    assert " INFO " not in pi.run("rpicam-jpeg", *options).stderr
    monkeypatch.setenv("LIBCAMERA_LOG_LEVELS", "*:ERROR,Camera:INFO")
    assert " INFO Camera" in pi.run("rpicam-jpeg", *options).stderr

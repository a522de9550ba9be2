"""Command lines, right and wrong, against what the real programs did with them."""

from collections.abc import Callable

import pytest

from simulator.console import ProgramError
from simulator.option_tables import options_of
from simulator.options import Values, parse
from simulator.request import milliseconds
from tests.simulator.pi import Pi

BOOL_CHOICES = "Valid choices are 'on|off', 'yes|no', '1|0' and 'true|false'"
PARSER_ERRORS = [
    ("rpicam-jpeg --no-such-option -o a.jpg", "unrecognised option '--no-such-option'"),
    ("rpicam-jpeg -Z -o a.jpg", "unrecognised option '-Z'"),
    ("rpicam-jpeg -o", "the required argument for option '--output' is missing"),
    ("rpicam-jpeg -o -n", "the required argument for option '--output' is missing"),
    (
        "rpicam-jpeg --width= -o a.jpg",
        "the argument for option '--width' should follow immediately after the equal sign",
    ),
    ("rpicam-jpeg --width abc -o a.jpg", "the argument ('abc') for option '--width' is invalid"),
    ("rpicam-jpeg --width 1.5 -o a.jpg", "the argument ('1.5') for option '--width' is invalid"),
    ("rpicam-jpeg -q high -o a.jpg", "the argument ('high') for option '--quality' is invalid"),
    ("rpicam-jpeg --ev much -o a.jpg", "the argument ('much') for option '--ev' is invalid"),
    ("rpicam-jpeg -n maybe -o a.jpg", f"the argument ('maybe') for option '--nopreview' is invalid. {BOOL_CHOICES}"),
    ("rpicam-jpeg -n -t 1 -t 2 -o a.jpg", "option '--timeout' cannot be specified more than once"),
    (
        "rpicam-jpeg --lores -o a.jpg",
        "option '--lores' is ambiguous and matches '--lores-height', '--lores-par', and '--lores-width'",
    ),
    ("rpicam-jpeg -n -t abc -o a.jpg", "Invalid time string provided"),
    ("rpicam-jpeg --lens-position near -o a.jpg", "Invalid lens position: near"),
    ("rpicam-jpeg --hdr more -o a.jpg", "Invalid HDR option provided: more"),
    ("rpicam-hello --quality 90", "unrecognised option '--quality'"),
    ("rpicam-vid --thumb none -o a", "unrecognised option '--thumb'"),
]
VALUE_ERRORS = [
    ("rpicam-jpeg --rotation 90 -o a.jpg", "transforms requiring transpose not supported"),
    ("rpicam-jpeg --rotation 45 -o a.jpg", "illegal rotation value"),
    ("rpicam-jpeg --awb moon -o a.jpg", "Invalid AWB mode: moon"),
    ("rpicam-jpeg --exposure moon -o a.jpg", "Invalid exposure mode:moon"),
    ("rpicam-jpeg --metering moon -o a.jpg", "Invalid metering mode: moon"),
    ("rpicam-jpeg --autofocus-mode moon -o a.jpg", "Invalid AfMode:moon"),
    ("rpicam-jpeg --awbgains red -o a.jpg", "Invalid AWB gains"),
    ("rpicam-jpeg --ccm 1,2 -o a.jpg", "Invalid CCM - expect 9 comma-separated floating point numbers"),
    ("rpicam-jpeg --mode large -o a.jpg", "Invalid mode"),
    ("rpicam-jpeg --mode 1640:1232:10:X -o a.jpg", "Packing indicator should be P or U"),
    ("rpicam-jpeg --metadata-format xml -o a.jpg", "unrecognised metadata format xml"),
    ("rpicam-jpeg --thumb small -o a.jpg", "bad thumbnail parameters small"),
    ("rpicam-still -e gif -o a.gif", "invalid encoding format gif"),
    (
        "rpicam-still --signal --timelapse 1000 -o a.jpg",
        "keypress/signal and timelapse options are mutually exclusive",
    ),
    ("rpicam-vid --codec vp9 -o a.x", "unrecognised codec vp9"),
    ("rpicam-vid --initial stop -o a.x", "incorrect initial value stop"),
    ("rpicam-jpeg", "output file name required"),
    ("rpicam-jpeg -n -t 1 a.jpg", "output file name required"),
    ("rpicam-jpeg --camera 1 -o a.jpg", "selected camera is not available"),
    ("rpicam-jpeg --denoise much -o a.jpg", "Invalid denoise mode much"),
    ("rpicam-vid --codec mjpeg -o tcp://127.0.0.1:1", "connect to server failed"),
]
ACCEPTED = [
    "-t 1",
    "--timeo 1",
    "-t 1parsec",
    "-t 500us",
    "-t -1",
    "-t 1 stray words",
    "-t 1 --nopreview 0",
    "-t 1 -n0",
    "-t 1 --width=320 --height=240 --vflip --hflip yes",
    "-t 1 --quality 500 --roi nonsense --awbgains 1.5,1.2",
    "-t 1 --contrast 99 --brightness -7",
    "-t 1 -c not-there.txt",
    "-t 1 --immediate --signal --zsl --encoding png",
    "-t 1 --autofocus-mode manual --lens-position 0 --hdr --shutter 10ms --gain 2",
    "-t 1 --metadata /no/such/folder/m.json",
    "-t 1 --exif IFD0.Artist=me -x EXIF.MakerNote=x",
]


@pytest.mark.parametrize(("line", "message"), PARSER_ERRORS)
def test_a_line_that_cannot_be_parsed_ends_before_libcamera_starts(pi: Pi, line: str, message: str) -> None:
    outcome = pi.run(*line.split())
    assert (outcome.status, outcome.stdout) == (255, b"")
    assert outcome.stderr == f"ERROR: *** {message} ***\n"


@pytest.mark.parametrize(("line", "message"), VALUE_ERRORS)
def test_a_value_that_makes_no_sense_is_told_once_libcamera_runs(pi: Pi, line: str, message: str) -> None:
    outcome = pi.run(*line.split())
    assert (outcome.status, outcome.stdout) == (255, b"")
    assert "INFO Camera camera_manager.cpp" in outcome.stderr
    assert outcome.stderr.endswith(f"ERROR: *** {message} ***\n")
    assert pi.files() == []


@pytest.mark.parametrize("line", ACCEPTED)
def test_odd_lines_that_the_programs_accept_give_a_photo(pi: Pi, line: str) -> None:
    size = [] if "--width" in line else ["--width", "320", "--height", "240"]
    outcome = pi.run("rpicam-jpeg", *size, *line.split(), "-o", "a.jpg")
    assert outcome.status == 0, outcome.stderr
    assert pi.file("a.jpg")[:2] == b"\xff\xd8"


def test_a_wrong_option_is_told_before_a_missing_camera(make_pi: Callable[..., Pi]) -> None:
    outcome = make_pi(cameras=()).run("rpicam-jpeg", "--no-such-option")
    assert "unrecognised option" in outcome.stderr


def test_a_config_file_adds_options_and_the_command_line_wins(pi: Pi) -> None:
    (pi.folder / "c.txt").write_text("# small\nwidth=320\nheight = 240\nquality=10\n")
    values = read("jpeg", "-c", str(pi.folder / "c.txt"), "--quality", "80")
    assert (values.number("width"), values.number("height")) == (320, 240)
    assert values.number("quality") == 80


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bogus=1\n", "unrecognised option 'bogus'"),
        ("width\n", "the options configuration file contains an invalid line 'width'"),
    ],
)
def test_a_wrong_line_in_a_config_file_is_an_error(pi: Pi, text: str, message: str) -> None:
    (pi.folder / "c.txt").write_text(text)
    outcome = pi.run("rpicam-jpeg", "-c", "c.txt", "-o", "a.jpg")
    assert (outcome.status, outcome.stderr) == (255, f"ERROR: *** {message} ***\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1500", 1500),
        ("1500ms", 1500),
        ("0.5s", 500),
        ("5sec", 5000),
        ("2min", 120_000),
        ("250us", 0.25),
        ("1m", 1),
        ("1 s", 1),
        ("5S", 5),
        ("-3", -3),
    ],
)
def test_an_unknown_unit_of_time_is_silently_milliseconds(text: str, expected: float) -> None:
    assert milliseconds(text) == pytest.approx(expected)


def read(role: str, *arguments: str) -> Values:
    """Parse a command line of the program of this role."""
    return parse(options_of(role, bullseye=False), list(arguments))


def test_a_negative_number_for_an_unsigned_option_wraps_round() -> None:
    assert read("jpeg", "--width", "-5").number("width") == 4_294_967_291


def test_a_number_too_large_for_its_option_is_invalid() -> None:
    with pytest.raises(ProgramError, match="invalid"):
        read("jpeg", "--width", "4294967296")


def test_a_flag_takes_the_word_behind_it_as_its_value() -> None:
    assert not read("jpeg", "--flush", "off").flag("flush")
    assert read("jpeg", "--flush", "-n").flag("flush")


def test_verbose_means_two_when_it_is_bare() -> None:
    assert read("jpeg", "-v").number("verbose") == 2
    assert read("jpeg", "-v0").number("verbose") == 0


def test_what_follows_two_dashes_is_ignored() -> None:
    assert read("jpeg", "--", "--width", "100").number("width") == 0


def test_an_option_for_lists_may_be_repeated() -> None:
    assert read("jpeg", "-x", "IFD0.Artist=a", "-x", "IFD0.Copyright=b").given == {"exif"}

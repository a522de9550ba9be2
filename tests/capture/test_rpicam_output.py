"""What the programs left, and what it means. The texts are those of real runs."""

import pytest

from custom_components.pi_security_camera.capture.command import Completed
from custom_components.pi_security_camera.capture.errors import (
    CameraBusy,
    CameraMemory,
    CameraNotFound,
    CameraStalled,
    CaptureError,
    CommandFailed,
    HostNotSupported,
    NoCamera,
    OptionRefused,
    PhotoBroken,
    PhotoEmpty,
    PhotoWrongSize,
)
from custom_components.pi_security_camera.capture.jpeg import Size
from custom_components.pi_security_camera.capture.rpicam import error_of, error_of_timeout, read_photo
from custom_components.pi_security_camera.capture.runner_errors import CommandTimeout
from tests.pictures import photo

SIZE = Size(48, 32)
NOISE = """\
[0:42:53.716574154] [4223]  INFO Camera camera_manager.cpp:340 libcamera v0.7.1+rpt20260429+dirty (2026-11-22T12:54:14UTC)
[0:42:53.717252219] [4226]  INFO Camera camera_manager.cpp:223 Adding camera '/base/imx708@1a' for pipeline handler virtual
WARNING: Capture will not make use of temporal denoise
         Consider using rpicam-still with the --zsl option for best results, for example:
         rpicam-still --zsl -o -
Mode selection for 2304:1296:12:P
    SRGGB10_CSI2P,1536x864/0 - Score: 3400
Stream configuration adjusted
Still capture image received
"""  # noqa: E501 - as it was
STALLED = """\
[0:45:32.023919078] [5818] ERROR RPI virtual.cpp:636 Camera frontend has timed out!
[0:45:32.024134287] [5818] ERROR RPI virtual.cpp:638 Alternatively, try another cable and/or sensor.
ERROR: Device timeout detected, attempting a restart!!!
"""


def error(stderr: str, exit_status: int = 255) -> CaptureError:
    """Return what a command's failure with this on stderr means."""
    return error_of(Completed(exit_status, b"", stderr))


def test_a_photo_of_the_size_asked_for_is_handed_on_untouched() -> None:
    assert read_photo(Completed(0, photo(), ""), SIZE) is photo()


def test_talk_on_stderr_is_no_failure() -> None:
    """The programs warn on success, too, and print lines of every colour."""
    assert read_photo(Completed(0, photo(), NOISE + STALLED), SIZE) == photo()


def test_a_photo_of_another_size_is_refused() -> None:
    """rpicam makes odd sizes even, and too large ones smaller, without a word."""
    with pytest.raises(PhotoWrongSize) as raised:
        read_photo(Completed(0, photo(), ""), Size(49, 33))
    assert raised.value.fields == {"got": "48x32", "wanted": "49x33"}


def test_a_program_that_ends_well_without_a_photo_has_failed() -> None:
    with pytest.raises(PhotoEmpty):
        read_photo(Completed(0, b"", NOISE), SIZE)


def test_a_photo_that_was_cut_off_is_refused_though_the_program_ended_well() -> None:
    """The programs do not look whether their last bytes were taken: a full disk shows only here."""
    with pytest.raises(PhotoBroken):
        read_photo(Completed(0, photo()[:-100], NOISE), SIZE)


def test_a_failed_program_has_failed_even_if_it_wrote_a_photo() -> None:
    with pytest.raises(CommandFailed):
        read_photo(Completed(255, photo(), NOISE), SIZE)


@pytest.mark.parametrize(
    ("stderr", "kind"),
    [
        ("ERROR: *** no cameras available ***", NoCamera),
        ("ERROR: *** failed to acquire camera /base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a ***", CameraBusy),
        ("[0:44] [5216]  INFO Camera camera.cpp:1022 Pipeline handler in use by another process", CameraBusy),
        ("ERROR: *** selected camera is not available ***", CameraNotFound),
        ("ERROR: *** failed to allocate capture buffers for stream ***", CameraMemory),
        ("dmaHeap allocation failure for rpicam-apps0", CameraMemory),
        (STALLED, CameraStalled),
        ("ERROR: Device timeout detected, attempting a restart!!!", CameraStalled),
        ("[0:45] [5818] ERROR RPI pipeline_base.cpp:1371 Camera frontend has timed out!", CameraStalled),
    ],
)
def test_a_failure_is_known_by_the_programs_words(stderr: str, kind: type[CaptureError]) -> None:
    for around in (stderr, NOISE + stderr, f"{NOISE}{stderr}\n", NOISE.replace("\n", "\r\n") + stderr):
        assert type(error(around)) is kind


@pytest.mark.parametrize(
    ("stderr", "kind", "text"),
    [
        (
            "ERROR: rpicam-apps currently only supports the Raspberry Pi platforms.\nContributions are welcome.",
            HostNotSupported,
            "rpicam-apps currently only supports the Raspberry Pi platforms.",
        ),
        (
            "ERROR: the system appears to be configured for the legacy camera stack",
            HostNotSupported,
            "the system appears to be configured for the legacy camera stack",
        ),
        ("ERROR: *** unrecognised option '--mode' ***", OptionRefused, "unrecognised option '--mode'"),
        (
            "ERROR: *** the argument ('abc') for option '--width' is invalid ***",
            OptionRefused,
            "the argument ('abc') for option '--width' is invalid",
        ),
        ("ERROR: *** Invalid AWB mode: moon ***", OptionRefused, "Invalid AWB mode: moon"),
        ("ERROR: *** Invalid exposure mode:moon ***", OptionRefused, "Invalid exposure mode:moon"),
        ("ERROR: *** illegal rotation value ***", OptionRefused, "illegal rotation value"),
        ("ERROR: *** failed to open file a.jpg ***", CommandFailed, "failed to open file a.jpg"),
        ("rpicam-jpeg: symbol lookup error: undefined symbol: x", CommandFailed, None),
        ("what():  failed to write output bytes\n \n\n", CommandFailed, "what():  failed to write output bytes"),
        ("ERROR: *** " + "x" * 5000 + " ***", CommandFailed, "x" * 200),
        ("", CommandFailed, ""),
        ("\n", CommandFailed, ""),
    ],
)
def test_a_failure_keeps_the_programs_last_word(stderr: str, kind: type[CaptureError], text: str | None) -> None:
    failure = error(stderr)
    assert type(failure) is kind
    assert failure.fields["text"] == (stderr if text is None else text)


@pytest.mark.parametrize("exit_status", [1, 255, 134, -6, -9, -15])
def test_a_failure_that_says_nothing_known_tells_its_exit_status(exit_status: int) -> None:
    assert error("", exit_status).fields["exit_status"] == str(exit_status)


def test_the_more_telling_words_win() -> None:
    """A busy camera is said to be busy, whatever else went wrong on the way."""
    busy = "ERROR: *** failed to acquire camera /base/x ***\n"
    assert isinstance(error(STALLED + busy), CameraBusy)
    assert isinstance(error("dmaHeap allocation failure for rpicam-apps0\n" + busy), CameraBusy)
    assert isinstance(error("dmaHeap allocation failure for rpicam-apps0\n" + STALLED), CameraMemory)


def test_a_time_out_of_a_sensor_that_sends_nothing_is_told_as_such() -> None:
    """rpicam restarts the camera for ever then, so the time limit is what ends it."""
    assert isinstance(error_of_timeout(CommandTimeout(15, NOISE + STALLED)), CameraStalled)


def test_any_other_time_out_stays_what_it_is() -> None:
    timeout = CommandTimeout(15, NOISE)
    assert error_of_timeout(timeout) is timeout

"""rpicam-vid's MJPEG stream: its framing, its pace, and how it breaks."""

from collections.abc import Callable
import io
import os
import select
import signal
import time

from PIL import Image
import pytest

from simulator import scene
from tests.simulator.pi import Pi, frames_in, wait_until

SMALL = ("--width", "320", "--height", "240")
STREAM = ("-n", "--codec", "mjpeg", *SMALL)


def numbers(frames: list[bytes]) -> list[int]:
    """The numbers that the frames show."""
    return [scene.read_barcode(frame).number for frame in frames]


def test_a_stream_is_plain_jfif_frames_one_after_the_other(pi: Pi) -> None:
    outcome = pi.run("rpicam-vid", *STREAM, "-t", "0", "--frames", "6", "-o", "-")
    assert outcome.status == 0
    frames = frames_in(outcome.stdout)
    assert b"".join(frames) == outcome.stdout
    assert numbers(frames) == [1, 2, 3, 4, 5, 6]
    assert b"Exif" not in outcome.stdout
    with Image.open(io.BytesIO(frames[-1])) as picture:
        picture.load()
        assert picture.size == (320, 240)


def test_frame_numbers_start_again_while_shot_numbers_go_on(pi: Pi) -> None:
    for _ in range(2):
        stream = pi.run("rpicam-vid", *STREAM, "--frames", "1", "-o", "-").stdout
        assert scene.read_barcode(stream).number == 1
    for number in (1, 2):
        photo = pi.run("rpicam-jpeg", "-n", "-t", "1", *SMALL, "-o", "-").stdout
        assert scene.read_barcode(photo).number == number


def test_a_stream_has_thirty_frames_a_second_at_most(pi: Pi) -> None:
    options = ("-n", "--codec", "mjpeg", "--width", "1024", "--height", "768", "--flush")
    frames = frames_in(pi.run("rpicam-vid", *options, "-t", "2000", "-o", "-").stdout)
    times = [scene.read_barcode(frame).exposed_at for frame in frames]
    assert 15 <= len(frames) <= 62
    # A loaded machine drops frames; it never makes them come sooner.
    assert (times[-1] - times[0]) / (len(times) - 1) >= 0.75 * 1000 / 30


def test_a_stream_obeys_its_frame_rate(pi: Pi) -> None:
    frames = frames_in(pi.run("rpicam-vid", *STREAM, "-t", "1000", "--framerate", "5", "-o", "-").stdout)
    assert 4 <= len(frames) <= 6


def test_a_stream_says_that_its_time_is_over(pi: Pi) -> None:
    outcome = pi.run("rpicam-vid", *STREAM, "-t", "300", "-o", "-")
    assert outcome.status == 0
    assert outcome.stderr.endswith("Halting: reached timeout of 300 milliseconds.\n")


def test_with_flush_each_frame_arrives_whole(pi: Pi) -> None:
    running = pi.start("rpicam-vid", *STREAM, "-t", "0", "--framerate", "2", "--flush", "-o", "-")
    assert running.process.stdout is not None
    assert read_available(running.process.stdout.fileno()).endswith(b"\xff\xd9")


def test_without_flush_the_tail_of_a_frame_waits_for_the_next(pi: Pi) -> None:
    running = pi.start("rpicam-vid", *STREAM, "-t", "0", "--framerate", "2", "-o", "-")
    assert running.process.stdout is not None
    first = read_available(running.process.stdout.fileno())
    assert len(first) % 4096 == 0
    assert b"\xff\xd9" not in first
    assert frames_in(first + read_available(running.process.stdout.fileno()))


def read_available(handle: int) -> bytes:
    """Read what one frame brings: all that comes within a quarter of a second."""

    data = os.read(handle, 65536)
    while select.select([handle], [], [], 0.25)[0]:
        data += os.read(handle, 65536)
    return data


def test_a_slow_reader_gets_whole_frames(pi: Pi) -> None:
    running = pi.start("rpicam-vid", *STREAM, "-t", "1500", "--flush", "-o", "-")
    time.sleep(1)
    frames = frames_in(running.end().stdout)
    assert numbers(frames) == list(range(1, len(frames) + 1))


def test_a_stream_without_an_output_ends_well(pi: Pi) -> None:
    assert pi.run("rpicam-vid", "-n", "-t", "100").status == 0


@pytest.mark.parametrize("options", [(), ("--codec", "h264"), ("--codec", "libav")])
def test_other_codecs_have_no_format_for_standard_output(pi: Pi, options: tuple[str, ...]) -> None:
    outcome = pi.run("rpicam-vid", "-n", "-t", "100", *options, "-o", "-")
    assert (outcome.status, outcome.stdout) == (255, b"")
    assert outcome.stderr.endswith(
        "ERROR: *** libav: cannot allocate output context, try setting with --libav-format ***\n"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [("nothere/a.mjpeg", "failed to open output file nothere/a.mjpeg"), ("/dev/full", "failed to write output bytes")],
)
def test_an_output_that_cannot_be_written_aborts_the_stream(pi: Pi, name: str, message: str) -> None:
    outcome = pi.run("rpicam-vid", *STREAM, "-t", "500", "-o", name)
    assert outcome.status == -signal.SIGABRT
    assert outcome.stderr.endswith(
        f"terminate called after throwing an instance of 'std::runtime_error'\n  what():  {message}\n"
    )


def test_one_cut_frame_spoils_only_itself(make_pi: Callable[..., Pi]) -> None:
    stream = make_pi(fault="cut_frame").run("rpicam-vid", *STREAM, "--frames", "8", "-o", "-").stdout
    assert stream.count(b"\xff\xd8\xff\xe0") == 8
    assert stream.count(b"\xff\xd9") == 7
    assert stream.endswith(b"\xff\xd9")


def test_garbage_lies_between_whole_frames(make_pi: Callable[..., Pi]) -> None:
    stream = make_pi(fault="garbage").run("rpicam-vid", *STREAM, "--frames", "4", "-o", "-").stdout
    assert numbers(frames_in(stream)) == [1, 2, 3, 4]
    assert b"garbage between frames" in stream


def test_an_oversized_frame_is_still_a_jpeg(make_pi: Callable[..., Pi]) -> None:
    stream = make_pi(fault="oversized").run("rpicam-vid", *STREAM, "--frames", "7", "-o", "-").stdout
    frames = frames_in(stream)
    assert [len(frame) > 32 * 2**20 for frame in frames] == [False] * 4 + [True, False, False]
    assert scene.read_barcode(frames[4]).number == 5


def test_a_truncated_stream_ends_within_a_frame(make_pi: Callable[..., Pi]) -> None:
    outcome = make_pi(fault="truncated").run("rpicam-vid", *STREAM, "--frames", "3", "-o", "-")
    assert outcome.status == 0
    assert len(frames_in(outcome.stdout)) == 3
    assert not outcome.stdout.endswith(b"\xff\xd9")


def test_a_stream_of_the_wrong_size_is_half_as_large(make_pi: Callable[..., Pi]) -> None:
    stream = make_pi(fault="wrong_size").run("rpicam-vid", "-n", "--codec", "mjpeg", "--frames", "1", "-o", "-").stdout
    with Image.open(io.BytesIO(stream)) as picture:
        assert picture.size == (320, 240)


def test_a_stream_stalls_after_some_frames_and_comes_back_when_it_heals(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(fault="stall", stall_after=3)
    running = pi.start("rpicam-vid", *STREAM, "-t", "0", "--flush", "-o", "a.mjpeg")
    running.wait_for("Device timeout detected, attempting a restart!!!")
    assert numbers(frames_in(pi.file("a.mjpeg"))) == [1, 2, 3]
    running.send(signal.SIGINT)
    time.sleep(0.1)
    assert running.process.poll() is None, "signals are not looked at while no frame comes"
    pi.host.heal()
    assert running.end().status == 0


def test_a_stream_that_runs_can_be_made_to_stall_once(pi: Pi) -> None:
    running = pi.start("rpicam-vid", *STREAM, "-t", "0", "--flush", "-o", "a.mjpeg")
    wait_until(lambda: "a.mjpeg" in pi.files() and pi.file("a.mjpeg"), "the first frames")
    pi.host.set(fault="stall", fault_runs=1)
    running.wait_for("Camera frontend has timed out!")
    assert pi.host.settings.fault == "none"
    running.kill()
    assert pi.run("rpicam-vid", *STREAM, "--frames", "2", "-o", "-").status == 0


def test_a_fault_of_the_start_waits_for_the_next_program(pi: Pi) -> None:
    running = pi.start("rpicam-vid", *STREAM, "-t", "0", "--flush", "-o", "a.mjpeg")
    wait_until(lambda: "a.mjpeg" in pi.files() and pi.file("a.mjpeg"), "the first frames")
    pi.host.set(fault="no_memory", fault_runs=1)
    time.sleep(0.2)
    running.send(signal.SIGINT)
    assert running.end().status == 0
    assert pi.run("rpicam-jpeg", "-n", "-t", "1", "-o", "a.jpg").status == 255
    assert pi.host.settings.fault == "none"

"""Signals and keys: which program handles which, and what it does then."""

from collections.abc import Callable
import signal
import time

import pytest

from tests.simulator.pi import Pi, wait_until

SMALL = ("--width", "320", "--height", "240")
CONFIGURED = "configuring streams"
KILLERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2]


@pytest.mark.parametrize(
    ("program", "number"), [("rpicam-hello", signal.SIGINT), *(("rpicam-jpeg", number) for number in KILLERS)]
)
def test_rpicam_jpeg_and_hello_handle_no_signal(pi: Pi, program: str, number: signal.Signals) -> None:
    running = pi.start(program, "-n", "-t", "0", *(["-o", "a.jpg"] if program == "rpicam-jpeg" else []))
    running.wait_for(CONFIGURED)
    running.send(number)
    assert running.end().status == -number
    assert pi.files() == []


@pytest.mark.parametrize("number", KILLERS[:2])
def test_rpicam_still_is_killed_by_the_signals_that_end_programs(pi: Pi, number: signal.Signals) -> None:
    running = pi.start("rpicam-still", "-n", "-t", "0", "--signal", "-o", "a.jpg")
    running.wait_for(CONFIGURED)
    running.send(number)
    assert running.end().status == -number


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2])
def test_rpicam_still_ignores_its_signals_when_they_are_not_asked_for(pi: Pi, number: signal.Signals) -> None:
    running = pi.start("rpicam-still", "-n", "-t", "0", "-o", "a.jpg")
    running.wait_for(CONFIGURED)
    running.send(number)
    running.wait_for(f"Received signal {number}")
    time.sleep(0.1)
    assert running.process.poll() is None


def test_rpicam_still_takes_a_photo_for_each_signal_until_it_is_told_to_end(pi: Pi) -> None:
    running = pi.start("rpicam-still", "-n", "-t", "0", "--signal", *SMALL, "-o", "img%04d.jpg")
    running.wait_for(CONFIGURED)
    for count in (1, 2):
        running.send(signal.SIGUSR1)
        running.wait_for("Still capture image received", count)
        running.wait_for(CONFIGURED, 1 + 2 * count)
    running.send(signal.SIGUSR2)
    outcome = running.end()
    assert outcome.status == 0
    assert outcome.stderr.endswith("Received signal 12\n")
    assert pi.files() == ["img0000.jpg", "img0001.jpg"]


def test_a_signal_during_a_photo_is_remembered_once(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(start_delay=0.5)
    running = pi.start("rpicam-still", "-n", "-t", "0", "--signal", *SMALL, "-o", "a%d.jpg")
    running.wait_for(CONFIGURED)
    running.send(signal.SIGUSR1)
    running.wait_for(CONFIGURED, 2)
    running.send(signal.SIGUSR1)
    running.wait_for("Received", 2)
    running.send(signal.SIGUSR1)
    running.wait_for("Still capture image received", 2)
    running.wait_for(CONFIGURED, 5)
    running.send(signal.SIGUSR2)
    assert running.end().status == 0
    assert pi.files() == ["a0.jpg", "a1.jpg"]


def test_rpicam_still_with_zero_lag_switches_no_mode(pi: Pi) -> None:
    running = pi.start("rpicam-still", "-n", "-t", "0", "--signal", "--zsl", *SMALL, "-o", "a.jpg")
    running.wait_for(CONFIGURED)
    running.send(signal.SIGUSR1)
    running.wait_for("Still capture image received")
    running.send(signal.SIGUSR2)
    outcome = running.end()
    assert outcome.status == 0
    assert outcome.stderr.count(CONFIGURED) == 1
    assert pi.files() == ["a.jpg"]


def test_rpicam_still_immediate_waits_for_its_signal_and_ends_after_one_photo(pi: Pi) -> None:
    running = pi.start("rpicam-still", "-n", "-t", "0", "--signal", "--immediate", *SMALL, "-o", "a.jpg")
    running.wait_for(CONFIGURED)
    running.send(signal.SIGUSR1)
    assert running.end().status == 0
    assert pi.files() == ["a.jpg"]


def test_rpicam_still_with_signals_ends_without_a_photo_when_its_time_is_over(pi: Pi) -> None:
    outcome = pi.run("rpicam-still", "-n", "-t", "200", "--signal", "-o", "a.jpg")
    assert outcome.status == 0
    assert pi.files() == []


def test_a_signal_before_the_camera_is_open_kills(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(start_delay=2)
    running = pi.start("rpicam-still", "-n", "-t", "0", "--signal", "-o", "a.jpg")
    running.wait_for("Consider using")
    running.send(signal.SIGUSR1)
    assert running.end().status == -signal.SIGUSR1


def test_rpicam_still_holds_back_the_tail_of_a_photo_on_standard_output(pi: Pi) -> None:
    running = pi.start("rpicam-still", "-n", "-t", "0", "--signal", *SMALL, "-o", "-")
    running.wait_for(CONFIGURED)
    running.send(signal.SIGUSR1)
    assert running.process.stdout is not None
    first = running.process.stdout.read(4096)
    assert first.startswith(b"\xff\xd8\xff\xe1")
    running.wait_for(CONFIGURED, 3)
    running.send(signal.SIGUSR2)
    outcome = running.end()
    assert outcome.status == 0
    assert outcome.stdout.endswith(b"\xff\xd9")


def test_rpicam_still_takes_photos_by_key(pi: Pi) -> None:
    running = pi.start("rpicam-still", "-n", "-t", "0", "-k", *SMALL, "-o", "a%d.jpg")
    running.wait_for(CONFIGURED)
    assert running.process.stdin is not None
    running.process.stdin.write(b"\n")
    running.process.stdin.flush()
    running.wait_for(CONFIGURED, 3)
    running.process.stdin.write(b"x\n")
    running.process.stdin.flush()
    assert running.end().status == 0
    assert pi.files() == ["a0.jpg"]


@pytest.mark.parametrize(
    ("options", "number"), [((), signal.SIGINT), (("--signal",), signal.SIGUSR2), (("--signal",), signal.SIGINT)]
)
def test_rpicam_vid_ends_cleanly(pi: Pi, options: tuple[str, ...], number: signal.Signals) -> None:
    running = pi.start("rpicam-vid", "-n", "-t", "0", "--codec", "mjpeg", *options, "-o", "a.mjpeg")
    wait_until(lambda: "a.mjpeg" in pi.files() and pi.file("a.mjpeg"), "the first frames")
    running.send(number)
    outcome = running.end()
    assert outcome.status == 0
    assert outcome.stderr.endswith(f"Received signal {number}\n")
    assert pi.file("a.mjpeg").endswith(b"\xff\xd9")


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2])
def test_rpicam_vid_ignores_its_user_signals_when_they_are_not_asked_for(pi: Pi, number: signal.Signals) -> None:
    running = pi.start("rpicam-vid", "-n", "-t", "0", "--codec", "mjpeg", "-o", "a.mjpeg")
    wait_until(lambda: "a.mjpeg" in pi.files(), "the first frame")
    running.send(number)
    running.wait_for(f"Received signal {number}")
    time.sleep(0.1)
    assert running.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_rpicam_vid_is_killed_by_term_and_leaves_a_cut_file(pi: Pi, number: signal.Signals) -> None:
    running = pi.start("rpicam-vid", "-n", "-t", "0", "--codec", "mjpeg", "-o", "a.mjpeg")
    wait_until(lambda: "a.mjpeg" in pi.files() and pi.file("a.mjpeg"), "the first frames")
    running.send(number)
    assert running.end().status == -number
    assert len(pi.file("a.mjpeg")) % 4096 == 0


def test_rpicam_vid_pauses_and_goes_on(pi: Pi) -> None:
    running = pi.start("rpicam-vid", "-n", "-t", "0", "--codec", "mjpeg", "--signal", "--flush", "-o", "a.mjpeg")
    wait_until(lambda: "a.mjpeg" in pi.files() and pi.file("a.mjpeg"), "the first frames")
    running.send(signal.SIGUSR1)
    running.wait_for("Received signal 10")
    time.sleep(0.2)
    paused = len(pi.file("a.mjpeg"))
    time.sleep(0.2)
    assert len(pi.file("a.mjpeg")) == paused
    running.send(signal.SIGUSR1)
    wait_until(lambda: len(pi.file("a.mjpeg")) > paused, "more frames")


def test_rpicam_vid_aborts_when_its_reader_is_gone(pi: Pi) -> None:
    running = pi.start("rpicam-vid", "-n", "-t", "0", "--codec", "mjpeg", "-o", "-")
    assert running.process.stdout is not None
    running.process.stdout.read(1000)
    running.process.stdout.close()
    running.process.wait(timeout=10)
    assert running.process.returncode == -signal.SIGABRT
    assert "Received signal 13\n" in running.stderr()
    assert running.stderr().endswith("  what():  failed to write output bytes\n")


def test_rpicam_jpeg_dies_of_a_closed_pipe(pi: Pi) -> None:
    running = pi.start("rpicam-jpeg", "-n", "-t", "300", *SMALL, "-o", "-")
    assert running.process.stdout is not None
    running.process.stdout.close()
    running.process.wait(timeout=10)
    assert running.process.returncode == -signal.SIGPIPE

"""Everything that can be made to go wrong with a photo, and who holds the camera."""

from collections.abc import Callable
import io
import signal
import time

from PIL import Image
import pytest

from simulator import scene
from tests.simulator.pi import Pi, wait_until

SHOT = ("-n", "-t", "1", "--width", "640", "--height", "480")
STREAM = ("-n", "-t", "0", "--codec", "mjpeg", "-o", "/dev/null")
IMX708 = "/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a"


@pytest.mark.parametrize("program", ["rpicam-jpeg", "rpicam-still", "rpicam-vid", "rpicam-hello"])
def test_no_camera_is_an_error_of_every_program(make_pi: Callable[..., Pi], program: str) -> None:
    output = [] if program == "rpicam-hello" else ["-o", "a.out"]
    outcome = make_pi(fault="no_camera").run(program, "-n", "-t", "1", *output)
    assert outcome.status == 255
    assert outcome.stderr.endswith("ERROR: *** no cameras available ***\n")
    assert "Adding camera" not in outcome.stderr


def assert_busy(stderr: str) -> None:
    """Check that a program found the camera in use."""
    hint, error = stderr.splitlines()[-2:]
    assert hint.endswith("INFO Camera camera.cpp:1022 Pipeline handler in use by another process")
    assert error == f"ERROR: *** failed to acquire camera {IMX708} ***"


def test_a_busy_camera_is_told_at_once(make_pi: Callable[..., Pi]) -> None:
    outcome = make_pi(fault="busy").run("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    assert outcome.status == 255
    assert_busy(outcome.stderr)


@pytest.mark.parametrize("program", ["rpicam-jpeg", "rpicam-still", "rpicam-vid"])
def test_a_second_program_cannot_have_the_camera(pi: Pi, program: str) -> None:
    holder = pi.start("rpicam-vid", *STREAM)
    wait_until(pi.host.captures, "the first frame")
    outcome = pi.run(program, *SHOT, "-o", "a.out")
    assert outcome.status == 255
    assert_busy(outcome.stderr)
    holder.send(signal.SIGINT)
    assert holder.end().status == 0
    assert pi.run("rpicam-jpeg", *SHOT, "-o", "a.jpg").status == 0


def test_verbosity_nought_hides_the_hint_but_not_the_error(make_pi: Callable[..., Pi]) -> None:
    stderr = make_pi(fault="busy").run("rpicam-jpeg", "-v", "0", *SHOT, "-o", "a.jpg").stderr
    assert "Pipeline handler in use" not in stderr
    assert "failed to acquire camera" in stderr


def test_a_killed_program_frees_the_camera(pi: Pi) -> None:
    holder = pi.start("rpicam-vid", *STREAM)
    holder.wait_for("configuring streams")
    holder.kill()
    assert pi.run("rpicam-jpeg", *SHOT, "-o", "a.jpg").status == 0


def test_two_cameras_can_be_used_at_once(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(cameras=("imx708", "imx219"))
    holder = pi.start("rpicam-vid", *STREAM)
    holder.wait_for("configuring streams")
    outcome = pi.run("rpicam-jpeg", *SHOT, "--camera", "1", "-o", "a.jpg")
    assert outcome.status == 0
    assert "SRGGB8,1640x1232/0 - Score:" in outcome.stderr


@pytest.mark.parametrize("program", ["rpicam-jpeg", "rpicam-still"])
def test_a_stalled_camera_is_reported_each_second_for_ever(make_pi: Callable[..., Pi], program: str) -> None:
    pi = make_pi(fault="stall")
    running = pi.start(program, *SHOT, "-o", "a.jpg")
    running.wait_for("ERROR: Device timeout detected, attempting a restart!!!\n", 2 if program == "rpicam-jpeg" else 1)
    lines = running.stderr().splitlines()
    first = next(place for place, line in enumerate(lines) if "timed out" in line)
    assert " ERROR RPI pipeline_base.cpp:" in lines[first]
    assert lines[first + 1].endswith("Please check that your camera sensor connector is attached securely.")
    assert lines[first + 2].endswith("Alternatively, try another cable and/or sensor.")
    assert lines[first + 3] == "ERROR: Device timeout detected, attempting a restart!!!"
    running.send(signal.SIGTERM)
    assert running.end().status == -signal.SIGTERM
    assert pi.files() == []


def test_a_stall_may_leave_only_kill_to_end_it(make_pi: Callable[..., Pi]) -> None:
    running = make_pi(fault="stall_ignoring_term").start("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    running.wait_for("attempting a restart")
    running.send(signal.SIGTERM)
    time.sleep(0.3)
    assert running.process.poll() is None
    running.send(signal.SIGKILL)
    assert running.end().status == -signal.SIGKILL


def test_a_stalled_camera_that_heals_takes_the_photo_after_all(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(fault="stall")
    running = pi.start("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    running.wait_for("attempting a restart")
    pi.host.heal()
    assert running.end().status == 0
    assert pi.files() == ["a.jpg"]


def test_a_camera_that_stalls_during_a_long_preview_is_reported_soon(pi: Pi) -> None:
    running = pi.start("rpicam-jpeg", "-n", "-t", "60000", "-o", "a.jpg")
    running.wait_for("configuring streams")
    pi.host.set(fault="stall")
    running.wait_for("attempting a restart")


def test_a_crash_leaves_half_a_photo(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(fault="crash")
    outcome = pi.run("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    assert outcome.status == -signal.SIGABRT
    assert "terminate called after throwing" in outcome.stderr
    assert pi.file("a.jpg").startswith(b"\xff\xd8")
    assert not pi.file("a.jpg").endswith(b"\xff\xd9")


def test_an_empty_photo_is_a_success_with_no_bytes(make_pi: Callable[..., Pi]) -> None:
    outcome = make_pi(fault="empty").run("rpicam-jpeg", *SHOT, "-o", "-")
    assert (outcome.status, outcome.stdout) == (0, b"")


def test_a_truncated_photo_is_a_success_without_its_end(make_pi: Callable[..., Pi]) -> None:
    outcome = make_pi(fault="truncated").run("rpicam-jpeg", *SHOT, "-o", "-")
    assert outcome.status == 0
    assert outcome.stdout.startswith(b"\xff\xd8\xff\xe1")
    assert not outcome.stdout.endswith(b"\xff\xd9")
    with pytest.raises(OSError, match="truncated"):
        scene.read_barcode(outcome.stdout)


def test_a_photo_of_the_wrong_size_is_half_as_large(make_pi: Callable[..., Pi]) -> None:
    outcome = make_pi(fault="wrong_size").run("rpicam-jpeg", *SHOT, "-o", "-")
    with Image.open(io.BytesIO(outcome.stdout)) as picture:
        assert picture.size == (320, 240)


def test_what_is_not_a_jpeg_comes_with_success(make_pi: Callable[..., Pi]) -> None:
    outcome = make_pi(fault="not_a_jpeg").run("rpicam-jpeg", *SHOT, "-o", "-")
    assert outcome.status == 0
    assert outcome.stdout.startswith(b"The camera was here")


def test_endless_output_goes_on_until_the_program_is_killed(make_pi: Callable[..., Pi]) -> None:
    running = make_pi(fault="endless").start("rpicam-jpeg", *SHOT, "-o", "-")
    assert running.process.stdout is not None
    assert len(running.process.stdout.read(50_000_000)) == 50_000_000
    assert running.process.poll() is None


def test_an_oversized_photo_is_a_valid_jpeg(make_pi: Callable[..., Pi]) -> None:
    jpeg = make_pi(fault="oversized").run("rpicam-jpeg", *SHOT, "-o", "-").stdout
    assert len(jpeg) > 32 * 2**20
    assert scene.read_barcode(jpeg).number == 1


def test_a_slow_start_costs_five_seconds_more(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(fault="slow_start")
    running = pi.start("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    running.wait_for("configuring streams", 2)
    run = pi.host.runs()[0]
    assert time.time() - run.started_at / 1000 >= 2, "two fifths pass before the preview"
    assert run.exists()
    assert run.exposures == ()


def test_missing_memory_is_told_when_the_buffers_are_made(make_pi: Callable[..., Pi]) -> None:
    outcome = make_pi(fault="no_memory").run("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    assert outcome.status == 255
    assert outcome.stderr.startswith("Could not open any dmaHeap device\n")
    assert outcome.stderr.endswith(
        "dmaHeap allocation failure for rpicam-apps0\nERROR: *** failed to allocate capture buffers for stream ***\n"
    )


@pytest.mark.parametrize(
    ("program", "status", "message"),
    [
        ("rpicam-jpeg", 255, "ERROR: *** failed to write file - output probably corrupt ***\n"),
        ("rpicam-vid", -signal.SIGABRT, "what():  failed to write output bytes\n"),
    ],
)
def test_a_full_disk_leaves_a_part(make_pi: Callable[..., Pi], program: str, status: int, message: str) -> None:
    pi = make_pi(fault="disk_full")
    stream = ["--codec", "mjpeg", "--frames", "3"] if program == "rpicam-vid" else []
    outcome = pi.run(program, *SHOT, *stream, "-o", "a.out")
    assert outcome.status == status
    assert outcome.stderr.endswith(message)
    assert 0 < len(pi.file("a.out")) < 50_000


def test_a_fault_can_hit_some_runs_and_heal(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(fault="busy", fault_runs=2)
    statuses = [pi.run("rpicam-jpeg", *SHOT, "-o", "a.jpg").status for _ in range(3)]
    assert statuses == [255, 255, 0]
    assert (pi.host.settings.fault, pi.host.settings.fault_runs) == ("none", None)


def test_only_runs_that_the_fault_can_hit_are_counted(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(fault="disk_full", fault_runs=1)
    assert pi.run("rpicam-jpeg", "--version").status == 0
    assert pi.run("rpicam-jpeg", "--list-cameras").status == 0
    assert pi.run("rpicam-jpeg", "--no-such-option").status == 255
    assert pi.run("rpicam-jpeg", *SHOT, "-o", "a.jpg").status == 255
    assert pi.run("rpicam-jpeg", *SHOT, "-o", "a.jpg").status == 0


def test_a_counted_stall_stays_with_the_run_that_it_hit(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(fault="stall", fault_runs=1)
    running = pi.start("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    running.wait_for("attempting a restart")
    running.kill()
    assert pi.run("rpicam-jpeg", *SHOT, "-o", "a.jpg").status == 0


def test_a_program_that_ended_holds_nothing(pi: Pi) -> None:
    pi.run("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    assert not pi.host.runs()[0].exists()
    assert pi.files() == ["a.jpg"]

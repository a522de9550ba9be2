"""Installing and steering a simulated Pi."""

from pathlib import Path
import signal
import subprocess
import sys

import pytest

import simulator
from simulator import Fault, Platform, SimulatedHost
from tests.simulator.pi import Pi

SHOT = ("-n", "-t", "1", "--width", "320", "--height", "240")


def test_a_launcher_needs_no_environment_and_no_particular_folder(tmp_path: Path) -> None:
    host = simulator.install(tmp_path / "a pi's folder", start_delay=0)
    command = [str(host.program("rpicam-jpeg")), *SHOT, "-o", "-"]
    done = subprocess.run(command, env={}, cwd="/", capture_output=True, check=True)  # noqa: S603
    assert done.stdout.endswith(b"\xff\xd9")


def test_only_the_programs_asked_for_are_installed(tmp_path: Path) -> None:
    host = simulator.install(tmp_path, programs=("rpicam-still", "libcamera-still"))
    names = sorted(path.name for path in host.directory.iterdir() if not path.suffix)
    # And the program that tells the user's groups, as on each Pi.
    assert names == ["id", "libcamera-still", "rpicam-still"]


def test_settings_are_kept_and_changed_one_by_one(tmp_path: Path) -> None:
    host = simulator.install(tmp_path, cameras=("imx219",), start_delay=1, platform="vc4")
    host.set(fault="busy", fault_runs=3)
    settings = SimulatedHost(tmp_path).settings
    assert settings.cameras == ("imx219",)
    assert settings.start_delay == 1
    assert settings.platform is Platform.VC4
    assert (settings.fault, settings.fault_runs) == (Fault.BUSY, 3)


def test_a_new_fault_forgets_the_count_of_the_last_one(tmp_path: Path) -> None:
    host = simulator.install(tmp_path, fault="busy", fault_runs=3)
    assert host.set(start_delay=2).fault_runs == 3
    assert host.set(fault="crash").fault_runs is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "no such setting: colour"),
        ({"fault": "gremlins"}, "gremlins"),
        ({"cameras": ("ov9999",)}, "no such sensor: ov9999"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    host = simulator.install(tmp_path)
    with pytest.raises(ValueError, match=message):
        host.set(**changes)


def test_the_package_has_nothing_by_other_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'instal'"):
        simulator.instal  # noqa: B018


def test_every_run_is_recorded_with_its_arguments_and_its_end(pi: Pi) -> None:
    pi.run("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    pi.run("rpicam-still", "--list-cameras")
    pi.run("rpicam-jpeg", "--awb", "moon", "-o", "b.jpg")
    photo, listing, wrong = pi.host.runs()
    assert photo.argv == ("rpicam-jpeg", *SHOT, "-o", "a.jpg")
    assert photo.ended == "exit 0"
    assert photo.exposed_at is not None
    assert photo.started_at <= photo.exposed_at
    assert (listing.program, listing.exposures, listing.ended) == ("rpicam-still", (), "exit 0")
    assert wrong.ended == "exit 255: Invalid AWB mode: moon"
    assert pi.host.captures() == [photo]
    assert pi.host.runs("rpicam-still") == [listing]


def test_a_killed_run_has_no_recorded_end(pi: Pi) -> None:
    running = pi.start("rpicam-jpeg", "-n", "-t", "0", "-o", "a.jpg")
    running.wait_for("configuring streams")
    assert pi.host.runs()[0].exists()
    running.kill()
    assert pi.host.runs()[0].ended is None


def test_the_record_can_be_forgotten_while_a_program_runs(pi: Pi) -> None:
    running = pi.start("rpicam-still", "-n", "-t", "0", "--signal", *SHOT[3:], "-o", "a.jpg")
    running.wait_for("configuring streams")
    pi.host.forget_runs()
    running.send(signal.SIGUSR2)
    assert running.end().status == 0
    assert pi.host.runs() == []


def test_an_aborted_run_tells_why(pi: Pi) -> None:
    pi.run("rpicam-vid", "-n", "--codec", "mjpeg", "-o", "/dev/full")
    assert pi.host.runs()[0].ended == "abort: failed to write output bytes"


def test_a_host_may_keep_no_record(tmp_path: Path) -> None:
    host = simulator.install(tmp_path, log=False)
    subprocess.run([host.program("rpicam-jpeg"), "--version"], check=True)  # noqa: S603
    assert host.runs() == []


def command_line(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m simulator``."""
    root = Path(simulator.__file__).parent.parent
    command = [sys.executable, "-m", "simulator", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603


def test_the_command_line_installs_and_changes_a_host(tmp_path: Path) -> None:
    directory = str(tmp_path / "pi")
    options = ("--camera", "imx708", "--camera", "imx219", "--start-delay", "1.2", "--bullseye", "no")
    assert command_line("install", directory, *options).returncode == 0
    assert command_line("set", directory, "fault=stall", "fault_runs=2", "log=off").returncode == 0
    settings = SimulatedHost(tmp_path / "pi").settings
    assert settings.cameras == ("imx708", "imx219")
    assert settings.start_delay == 1.2
    assert (settings.fault, settings.fault_runs, settings.log) == (Fault.STALL, 2, False)
    assert not settings.bullseye
    command_line("set", directory, "fault_runs=none", "cameras=ov5647", "stall_after=4")
    settings = SimulatedHost(tmp_path / "pi").settings
    assert (settings.cameras, settings.fault_runs, settings.stall_after) == (("ov5647",), None, 4)


def test_the_command_line_tells_what_is_wrong(tmp_path: Path) -> None:
    simulator.install(tmp_path)
    done = command_line("set", str(tmp_path), "fault=gremlins")
    assert done.returncode == 1
    assert "gremlins" in done.stderr

"""Cameras that take no time."""

from pathlib import Path
import subprocess

from custom_components.pi_security_camera.capture.jpeg import read_size
from scripts.lab.integration import PHOTO, parse_cameras
from scripts.lab.quick_camera import install


def test_they_are_told_apart_and_give_a_photo_of_the_usual_size(tmp_path: Path) -> None:
    cameras = install(tmp_path / "camera", [tmp_path / "one", tmp_path / "two"])
    program = tmp_path / "camera" / "rpicam-jpeg"

    def run(*options: str) -> bytes:
        return subprocess.run([program, *options], check=True, stdout=subprocess.PIPE).stdout  # noqa: S603

    listed = parse_cameras(run("--list-cameras").decode())
    assert [camera.camera_id for camera in cameras.all] == [sensor.camera_id for sensor in listed]
    assert len({sensor.camera_id for sensor in listed}) == 2
    assert (cameras.topics, cameras.all[0].name) == (("lab/one", "lab/two"), "one")
    assert b"rpicam-apps" in run("--version")
    assert run("--width", "640", "--output", "-") == cameras.photo
    assert read_size(cameras.photo) == PHOTO.size
    assert cameras.environment()["PATH"].startswith(f"{tmp_path / 'camera'}:")


def test_one_is_made_again_where_one_is(tmp_path: Path) -> None:
    first, second = (install(tmp_path, [tmp_path / "one"]) for _ in range(2))
    assert (first.programs, first.all) == (second.programs, second.all)

"""Cameras that take no time: what a photo costs is then what is done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
import os
from pathlib import Path
import shlex
import subprocess

import simulator

from .client import Client
from .entities import DOMAIN
from .flows import change_options, run_flow
from .integration import PHOTO, parse_cameras

_PROGRAM = "rpicam-jpeg"
_SENSOR = "imx708"

# What is asked of the program besides a photo is answered by the simulator's own one.
_QUICK = """\
#!/bin/sh
case "$1" in
  --version | --list-cameras) exec {program} "$@" ;;
esac
exec cat {photo}
"""

# No photo goes unless it is asked for: none is so old, in days.
_KEEP_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class QuickCamera:
    """One camera: its name, its libcamera id and where its photos go."""

    name: str
    camera_id: str
    photos: Path

    @property
    def topic(self) -> str:
        """The topic of its motion trigger."""
        return f"lab/{self.photos.name}"


@dataclass(frozen=True, slots=True)
class QuickCameras:
    """Cameras of Home Assistant's own machine."""

    programs: Path
    all: tuple[QuickCamera, ...]
    photo: bytes
    """The photo that each of them takes."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of their motion triggers."""
        return tuple(camera.topic for camera in self.all)

    def environment(self) -> dict[str, str]:
        """Return an environment in which their programs are found first."""
        return {**os.environ, "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}"}

    async def set_up(self, client: Client) -> None:
        """Set them up, one after the other, so that no photo goes by itself. Raises LabError."""
        for camera in self.all:
            answers = {
                "camera": camera.camera_id,
                "name": camera.name,
                "photo_dir": str(camera.photos),
                "topic": camera.topic,
            }
            await run_flow(client, DOMAIN, choices={"user": "local", "test_photo": "trigger"}, answers=answers)
        for entry in await client.call("config_entries/get", domain=DOMAIN):
            await change_options(client, DOMAIN, entry["entry_id"], {"keep_days": _KEEP_DAYS})


def install(programs: Path, directories: Sequence[Path]) -> QuickCameras:
    """Make a camera for each of these directories of photos; it is called as the directory is."""
    pi = simulator.install(programs, cameras=(_SENSOR,) * len(directories), start_delay=0, log=False)
    slow = pi.program(_PROGRAM)
    sensors = parse_cameras(_run(slow, "--list-cameras").decode())
    size = PHOTO.size
    photo = _run(slow, "--nopreview", "--width", str(size.width), "--height", str(size.height), "--output", "-")
    _make_quick(slow, photo)
    cameras = zip(sensors, directories, strict=True)
    return QuickCameras(programs, tuple(QuickCamera(at.name, sensor.camera_id, at) for sensor, at in cameras), photo)


def _make_quick(program: Path, photo: bytes) -> None:
    """Let the program give this photo at once, whatever photo is asked for."""
    answer = program.with_name("photo.jpg")
    answer.write_bytes(photo)
    slow = program.rename(program.with_suffix(".slow"))
    program.write_text(_QUICK.format(program=shlex.quote(str(slow)), photo=shlex.quote(str(answer))), encoding="utf-8")
    program.chmod(0o755)


def _run(program: Path, *options: str) -> bytes:
    return subprocess.run([program, *options], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

"""The camera of the lab, on this machine: the real one of a Raspberry Pi, else the simulator."""

from dataclasses import dataclass
import os
from pathlib import Path
import re
import shutil
import subprocess
from typing import Protocol

import simulator

from .client import Client
from .entities import DOMAIN
from .flows import run_flow
from .sensor import TOPIC

CAMERA_NAME = "Hallway"

_PROGRAM = "rpicam-jpeg"
# How the programs begin the line of a camera: its number, its sensor and its size.
_LISTED = re.compile(r"^\s*\d+ : \S+ \[", re.MULTILINE)


class Cameras(Protocol):
    """What a house is equipped with: one camera or many."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of their motion triggers."""
        ...

    def environment(self) -> dict[str, str]:
        """Return the environment that Home Assistant needs for them."""
        ...

    async def set_up(self, client: Client) -> None:
        """Go through the integration's config flow, as a person does. Raises LabError."""
        ...


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a camera's programs are."""

    programs: Path
    """The folder of `rpicam-jpeg`, to be the first one on PATH."""

    real: bool = False

    def __str__(self) -> str:
        return "the real camera" if self.real else "a simulated camera"

    @property
    def topics(self) -> tuple[str, ...]:
        """The topic of its motion trigger."""
        return (TOPIC,)

    def environment(self) -> dict[str, str]:
        """Return an environment in which this camera's programs are found first."""
        return {**os.environ, "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}"}

    async def set_up(self, client: Client) -> None:
        """Set it up as a camera of Home Assistant's own machine, which takes a test photo."""
        choices = {"user": "local", "test_photo": "trigger"}
        await run_flow(client, DOMAIN, choices=choices, answers={"name": CAMERA_NAME, "topic": TOPIC})


def _sees_camera(program: str) -> bool:
    """Say whether there is a camera: Raspberry Pi OS has the programs on machines that have none."""
    try:
        listed = subprocess.run([program, "--list-cameras"], capture_output=True, text=True, timeout=10, check=False)
    except OSError, subprocess.TimeoutExpired:
        return False
    return _LISTED.search(listed.stdout) is not None


def find_camera(folder: Path, *, simulate: bool = False) -> Camera:
    """Return the real camera when there is one, else, or when told so, a simulated one in `folder`."""
    program = None if simulate else shutil.which(_PROGRAM)
    if program and _sees_camera(program):
        return Camera(Path(program).parent, real=True)
    # The record of its runs would grow for ever in a demo.
    return Camera(simulator.install(folder, log=False).directory)

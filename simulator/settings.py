"""What a simulated Raspberry Pi is like: its cameras, its age, and what is wrong with it."""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

RPICAM = ("rpicam-hello", "rpicam-jpeg", "rpicam-still", "rpicam-vid")
"""The programs of Raspberry Pi OS Bookworm and later."""

GROUPS_PROGRAM = "id"
"""What tells the user's groups. On every Pi, whatever camera programs it has."""

LIBCAMERA = ("libcamera-hello", "libcamera-jpeg", "libcamera-still", "libcamera-vid")
"""The same programs by the names that Bullseye and early Bookworm have."""


class Platform(StrEnum):
    """The picture pipeline of the board, which decides log lines and camera ids."""

    PISP = "pisp"
    """Pi 5 and Compute Module 5."""
    VC4 = "vc4"
    """Every older board."""


class Fault(StrEnum):
    """What goes wrong. Each is a thing that real programs, or real wires, have done."""

    NONE = "none"
    NO_CAMERA = "no_camera"
    """No sensor was found: a loose cable, or a missing overlay."""
    NOT_IN_VIDEO_GROUP = "not_in_video_group"
    """The user may not open the camera's devices: none is found, and `id` says why."""
    BUSY = "busy"
    """Another process holds the camera."""
    STALL = "stall"
    """The sensor sends no frames: the program reports it each second and never ends."""
    STALL_IGNORING_TERM = "stall_ignoring_term"
    """The same, in a process that only SIGKILL ends (stuck in the driver)."""
    CRASH = "crash"
    """SIGABRT in the middle of the output."""
    EMPTY = "empty"
    """Exit status 0 and not one byte."""
    TRUNCATED = "truncated"
    """Exit status 0 with the last bytes (less than 4 KiB) missing: what a disk that
    fills up at the last block looks like, since the result of closing is not checked."""
    WRONG_SIZE = "wrong_size"
    """A whole JPEG of half the size asked for."""
    NOT_A_JPEG = "not_a_jpeg"
    """Exit status 0 and some text instead of a picture."""
    ENDLESS = "endless"
    """Bytes on standard output without end."""
    SLOW_START = "slow_start"
    """Five more seconds until the exposure."""
    NO_MEMORY = "no_memory"
    """No picture buffers: the CMA memory is used up or not permitted."""
    NOT_A_PI = "not_a_pi"
    """The picture pipeline's driver is not loaded; even --version fails."""
    LEGACY_STACK = "legacy_stack"
    """The system is set up for the camera software before libcamera."""
    DISK_FULL = "disk_full"
    """The output cannot be written to its end."""
    CUT_FRAME = "cut_frame"
    """A stream's frame breaks off in the middle, once; the stream goes on."""
    GARBAGE = "garbage"
    """Bytes that belong to no frame, between all frames of a stream."""
    OVERSIZED = "oversized"
    """A valid JPEG of more than 32 MiB, once in a stream, or as the photo."""


class Run(StrEnum):
    """What a run of a program is for: not every fault shows in every run."""

    VERSION = "version"
    LISTING = "listing"
    CAPTURE = "capture"
    """Photos, a stream or a preview, seen from its start."""
    ONGOING = "ongoing"
    """The same, when it is already under way."""


_FAULTS_OF_THE_MACHINE = {Fault.NOT_A_PI, Fault.LEGACY_STACK}
_FAULTS_OF_THE_LISTING = _FAULTS_OF_THE_MACHINE | {Fault.NO_CAMERA, Fault.NOT_IN_VIDEO_GROUP, Fault.BUSY}
_FAULTS_OF_THE_START = _FAULTS_OF_THE_LISTING | {Fault.SLOW_START, Fault.NO_MEMORY, Fault.WRONG_SIZE}


def shows_in(fault: Fault, run: Run) -> bool:
    """Whether a run of this purpose is touched by the fault."""
    match run:
        case Run.VERSION:
            return fault in _FAULTS_OF_THE_MACHINE
        case Run.LISTING:
            return fault in _FAULTS_OF_THE_LISTING
        case Run.CAPTURE:
            return fault is not Fault.NONE
        case Run.ONGOING:
            return fault is not Fault.NONE and fault not in _FAULTS_OF_THE_START


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be chosen about a simulated Pi."""

    cameras: tuple[str, ...] = ("imx708",)
    """Sensor names in the order of --list-cameras. One sensor may occur twice."""

    start_delay: float = 0.6
    """Seconds from a program's start to its exposure, on top of -t. A Pi 4 or 5 needs
    about this for one small photo; older boards several seconds."""

    fault: Fault = Fault.NONE
    """What is wrong."""

    fault_runs: int | None = None
    """How many more runs the fault hits before it heals; None: until it is changed."""

    stall_after: int = 0
    """With a stall: how many frames of a stream come before it."""

    platform: Platform = Platform.PISP
    """The kind of board."""

    bullseye: bool = False
    """Whether the programs are as old as libcamera-apps 1.1: version and listing in
    the old form, whole milliseconds for -t, stills always in the full sensor mode."""

    log: bool = True
    """Whether runs are recorded in the host's runs.jsonl."""

    @property
    def board(self) -> Platform:
        """The platform; Bullseye never ran on the boards with the new pipeline."""
        return Platform.VC4 if self.bullseye else self.platform

    def as_json(self) -> dict[str, Any]:
        """Return the settings as plain values for the settings file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Build settings from plain values; raise ValueError for what is no setting."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(data.keys() - known):
            message = f"no such setting: {', '.join(unknown)}"
            raise ValueError(message)
        values = dict(data)
        if "cameras" in values:
            values["cameras"] = tuple(values["cameras"])
        if "fault" in values:
            values["fault"] = Fault(values["fault"])
        if "platform" in values:
            values["platform"] = Platform(values["platform"])
        return cls(**values)

"""The entry of every program: from its name and arguments to its exit status.

The order of the checks is rpicam-apps': the machine, the options, --help, time strings,
--version, --list-cameras, then libcamera and the values of the options, then the camera.
"""

import os
from pathlib import Path
import resource
import sys

from simulator import option_tables, request, sensors, state, stills, video
from simulator.camera import Camera
from simulator.console import LIBCAMERA_VERSION, Aborted, Console, ProgramError
from simulator.options import Values, parse
from simulator.output import OutputFile
from simulator.request import Request
from simulator.session import Session
from simulator.settings import GROUPS_PROGRAM, Fault, Platform, Run, Settings

_FAILED = 255
_LOOPS = {
    "hello": stills.run_hello,
    "jpeg": stills.run_jpeg,
    "still": stills.run_still,
    "vid": video.run_vid,
}
_NOT_A_PI = """\
ERROR: rpicam-apps currently only supports the Raspberry Pi platforms.
Contributions for other platforms are welcome at https://github.com/raspberrypi/rpicam-apps.
"""
_LEGACY = "ERROR: the system appears to be configured for the legacy camera stack\n"
_VERSION = f"""\
rpicam-apps build: v1.12.0 f5174e5099fd 12-05-2026 (12:36:06)
rpicam-apps capabilites: egl:1 qt:1 drm:1 libav:1
libcamera build: {LIBCAMERA_VERSION}
"""
_OLD_VERSION = """\
libcamera-apps build: 54a781dffdd1 01-03-2023 (17:53:36)
libcamera build: v0.0.4+22-923f5d70
"""
_DENOISE_HINTS = {
    "jpeg": "rpicam-still with the --zsl option",
    "still": "the --zsl option",
}
_DENOISE_WARNING = """\
WARNING: Capture will not make use of temporal denoise
         Consider using {hint} for best results, for example:
         rpicam-still --zsl -o {output}"""


def main(name: str, arguments: list[str], directory: Path, started: float) -> int:
    """Run the program ``name``; return its exit status.

    ``started`` is the monotonic time at which the process began. A program that dies
    of an error in a background thread does not return: it aborts.
    """
    if name == GROUPS_PROGRAM:
        return _print(_user(state.read_settings(directory)))
    session = Session(directory, [name, *arguments], started)
    role = name.rpartition("-")[2]
    try:
        status = _run(session, role, arguments)
    except ProgramError as error:
        Console(1).error(f"ERROR: *** {error} ***")
        session.report(ended=f"exit {_FAILED}: {error}")
        return _FAILED
    except Aborted as error:
        text = "terminate called after throwing an instance of 'std::runtime_error'"
        Console(1).error(f"{text}\n  what():  {error}")
        session.report(ended=f"abort: {error}")
        # A core file would only litter the caller's directory.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.abort()
    session.report(ended=f"exit {status}")
    return status


def _run(session: Session, role: str, arguments: list[str]) -> int:
    """Do what the arguments say; return the exit status or raise ProgramError."""
    if not _machine_is_a_pi(session.directory):
        return _FAILED
    bullseye = session.settings.bullseye
    options = option_tables.options_of(role, bullseye=bullseye)
    values = parse(options, arguments)
    if values.flag("help"):
        return _print(option_tables.help_text(options))
    request.check_times(values, whole_ms=bullseye)
    if values.flag("version"):
        return _print(_OLD_VERSION if bullseye else _VERSION)
    request.check_hdr(values)
    if values.flag("list-cameras"):
        return _print(_listing(session.directory, session.settings))
    _capture(session, role, values)
    return 0


def _capture(session: Session, role: str, values: Values) -> None:
    """Run the program's loop over the camera's frames."""
    console = Console(values.number("verbose"))
    camera = Camera(session, console)
    wish = request.build_request(values, role)
    console.log(2, "Options:\n" + values.dump())
    if role == "jpeg" and not wish.output:
        message = "output file name required"
        raise ProgramError(message)
    _hint_at_denoise(session, role, wish, console)
    _LOOPS[role](camera, wish, console)


def _hint_at_denoise(session: Session, role: str, wish: Request, console: Console) -> None:
    """Warn as every still on a Pi 5 does, at any verbosity; it is no sign of an error."""
    if role not in _DENOISE_HINTS or (wish.values.flag("zsl") and role == "still"):
        return
    if session.settings.board is Platform.PISP:
        text = _DENOISE_WARNING.format(hint=_DENOISE_HINTS[role], output=wish.output)
        console.error(text)


def _machine_is_a_pi(directory: Path) -> bool:
    """Check the machine as the programs do before they look at any option."""
    fault = state.read_settings(directory).fault
    if fault not in (Fault.NOT_A_PI, Fault.LEGACY_STACK):
        return True
    fault, _ = state.take_fault(directory, Run.VERSION)
    sys.stderr.write(_LEGACY if fault is Fault.LEGACY_STACK else _NOT_A_PI)
    sys.stderr.flush()
    return False


def _user(settings: Settings) -> str:
    """Return what `id` says of the Pi's user."""
    video = "" if settings.fault is Fault.NOT_IN_VIDEO_GROUP else ",44(video)"
    return f"uid=1000(pi) gid=1000(pi) groups=1000(pi),4(adm),27(sudo),29(audio){video},100(users)\n"


def _listing(directory: Path, settings: Settings) -> str:
    """Return what --list-cameras prints; it works while other programs hold cameras."""
    fault, _ = state.take_fault(directory, Run.LISTING)
    names = () if fault in (Fault.NO_CAMERA, Fault.NOT_IN_VIDEO_GROUP) else settings.cameras
    held = {index for index in range(len(names)) if fault is Fault.BUSY or state.camera_is_held(directory, index)}
    return sensors.listing(names, held, settings.board, old=settings.bullseye)


def _print(text: str) -> int:
    """Write to standard output; return the exit status of success."""
    output = OutputFile("-")
    output.write(text.encode())
    output.close()
    return 0

"""The command line: ``python -m simulator install DIR`` and ``... set DIR NAME=VALUE``."""

import argparse
from dataclasses import fields
from pathlib import Path
import sys
from typing import Any

from simulator.host import SimulatedHost, install
from simulator.sensors import SENSORS
from simulator.settings import LIBCAMERA, RPICAM, Settings

_NAMES = [field.name for field in fields(Settings) if field.name != "cameras"]


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("install", help="make a directory a simulated Pi")
    make.add_argument("directory", type=Path)
    make.add_argument(
        *("--camera", "-c"),
        action="append",
        choices=list(SENSORS),
        help="a sensor, once for each camera (default: imx708)",
    )
    make.add_argument(
        "--libcamera-names",
        action="store_true",
        help="install libcamera-jpeg and so on, as Bullseye has them",
    )
    for name in _NAMES:
        make.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE")
    change = commands.add_parser("set", help="change settings, also while programs run")
    change.add_argument("directory", type=Path)
    change.add_argument("changes", nargs="+", metavar="NAME=VALUE")
    return parser.parse_args()


def _value(name: str, text: str) -> Any:
    """Return a setting's value from the command line; raise ValueError when it is none."""
    match name:
        case "cameras":
            return tuple(text.split(",")) if text else ()
        case "start_delay":
            return float(text)
        case "fault_runs" if text.lower() in ("", "none"):
            return None
        case "fault_runs" | "stall_after":
            return int(text)
        case "bullseye" | "log":
            return text.lower() in ("1", "true", "yes", "on")
        case _:
            return text


def _install(arguments: argparse.Namespace) -> None:
    """Carry out ``install``."""
    given = {name: getattr(arguments, name) for name in _NAMES}
    settings = {name: _value(name, text) for name, text in given.items() if text is not None}
    host = install(
        arguments.directory,
        cameras=tuple(arguments.camera or ["imx708"]),
        programs=LIBCAMERA if arguments.libcamera_names else RPICAM,
        **settings,
    )
    print(f"A simulated Raspberry Pi is in {host.directory}; put it on PATH.")


def _set(arguments: argparse.Namespace) -> None:
    """Carry out ``set``."""
    changes: dict[str, Any] = {}
    for change in arguments.changes:
        name, _, text = change.partition("=")
        changes[name.replace("-", "_")] = _value(name.replace("-", "_"), text)
    print(SimulatedHost(arguments.directory.absolute()).set(**changes))


def main() -> int:
    """Carry out a command; return the exit status."""
    arguments = _arguments()
    try:
        _install(arguments) if arguments.command == "install" else _set(arguments)
    except (OSError, ValueError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

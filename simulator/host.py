"""The control side: install a simulated Pi, change it, read what ran on it."""

from dataclasses import dataclass, replace
from importlib.util import find_spec
import json
import os
from pathlib import Path
import shlex
import sys
from typing import Any

from simulator import sensors, state
from simulator.settings import GROUPS_PROGRAM, RPICAM, Fault, Settings

_LAUNCHER = """\
#!/bin/sh
# Stand-in for {name}, made by the camera simulator.
exec {command} "$@"
"""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One run of a program, as far as it is known."""

    argv: tuple[str, ...]
    """The program's name and its arguments."""

    pid: int

    started_at: int
    """Wall-clock time of the start, ms since 1970."""

    exposures: tuple[int, ...]
    """Wall-clock times of its photos, ms since 1970; of a stream, of its first frame."""

    ended: str | None
    """"exit 0", "exit 255: <message>" or "abort: <message>"; None while it runs, and
    for ever when a signal killed it."""

    @property
    def program(self) -> str:
        """The program's name."""
        return self.argv[0]

    @property
    def exposed_at(self) -> int | None:
        """Wall-clock time of the first exposure, ms since 1970."""
        return self.exposures[0] if self.exposures else None

    def exists(self) -> bool:
        """Whether the process is there still, if only as a zombie nobody reaped."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SimulatedHost:
    """A simulated Pi. Put its ``directory`` on PATH and it is the machine's camera."""

    directory: Path

    @property
    def settings(self) -> Settings:
        """The settings as they are now (a counted fault heals by itself)."""
        return state.read_settings(self.directory)

    def set(self, **changes: Any) -> Settings:
        """Change settings at any time, also while programs run; return the new ones.

        A new ``fault`` without ``fault_runs`` stays until it is changed. Raises
        ValueError for a name that is no setting and for a sensor nobody knows.
        """
        if "fault" in changes:
            changes.setdefault("fault_runs", None)
        return state.change_settings(self.directory, lambda now: _changed(now, changes))

    def heal(self) -> None:
        """Let everything work again."""
        self.set(fault=Fault.NONE)

    def program(self, name: str) -> Path:
        """Return the path of a program."""
        return self.directory / name

    def runs(self, program: str | None = None) -> list[RecordedRun]:
        """Return the recorded runs in the order of their starts; of one program, if named."""
        try:
            text = (self.directory / state.RUNS_FILE).read_text(encoding="ascii")
        except FileNotFoundError:
            return []
        runs = _merge([json.loads(line) for line in text.splitlines()])
        return [run for run in runs if program in (None, run.program)]

    def forget_runs(self) -> None:
        """Start the record anew."""
        (self.directory / state.RUNS_FILE).unlink(missing_ok=True)

    def captures(self) -> list[RecordedRun]:
        """Return the recorded runs that took at least one photo or frame."""
        return [run for run in self.runs() if run.exposures]


def install(
    directory: Path,
    *,
    cameras: tuple[str, ...] = ("imx708",),
    programs: tuple[str, ...] = RPICAM,
    **settings: Any,
) -> SimulatedHost:
    """Make ``directory`` a simulated Pi with these programs, and return it.

    The launchers run under the Python that runs this, need no environment and no
    particular working directory. A program that is left out is "not installed".
    """
    directory = Path(directory).absolute()
    directory.mkdir(parents=True, exist_ok=True)
    chosen = _changed(Settings(), {"cameras": cameras, **settings})
    state.write_settings(directory, chosen)
    for name in (*programs, GROUPS_PROGRAM):
        launcher = directory / name
        launcher.write_text(_launcher_text(name, directory), encoding="utf-8")
        launcher.chmod(0o755)
    return SimulatedHost(directory)


def _changed(now: Settings, changes: dict[str, Any]) -> Settings:
    """Return settings with some of them replaced and checked."""
    settings = Settings.from_json({**now.as_json(), **changes})
    for name in settings.cameras:
        sensors.sensor(name)
    return replace(settings, start_delay=float(settings.start_delay))


def _launcher_text(name: str, directory: Path) -> str:
    """Return the shell script that runs the simulator as this program on this host.

    -I and -S keep the environment and the site configuration out, which makes the
    start quicker and the same everywhere; where Pillow is, the script says instead.
    """
    pillow = find_spec("PIL")
    if pillow is None or pillow.origin is None:
        message = "the camera simulator needs Pillow"
        raise RuntimeError(message)
    command = [
        sys.executable,
        "-I",
        "-S",
        str(Path(__file__).with_name("launch.py").absolute()),
        str(Path(pillow.origin).parent.parent),
        str(directory),
        name,
    ]
    return _LAUNCHER.format(name=name, command=shlex.join(command))


def _merge(events: list[dict[str, Any]]) -> list[RecordedRun]:
    """Join the events of each run; a run is known by its pid and start time."""
    runs: dict[tuple[int, int], RecordedRun] = {}
    for event in events:
        key = (event["pid"], event["started_at"])
        if "argv" in event:
            runs[key] = RecordedRun(tuple(event["argv"]), *key, (), None)
        elif key not in runs:
            # The record was forgotten while the run went on.
            continue
        elif "exposed_at" in event:
            run = runs[key]
            exposures = (*run.exposures, event["exposed_at"])
            runs[key] = replace(run, exposures=exposures)
        else:
            runs[key] = replace(runs[key], ended=event["ended"])
    return list(runs.values())

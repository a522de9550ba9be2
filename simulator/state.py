"""The files of a simulated Pi, shared by its programs and by whoever controls it.

One directory is one Pi. Everything in it is changed under one lock or by one atomic
operation, because programs run at the same time as the tests that steer them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
import fcntl
import json
import os
from pathlib import Path
from typing import Any

from simulator.settings import Fault, Run, Settings, shows_in

SETTINGS_FILE = "settings.json"
RUNS_FILE = "runs.jsonl"
_LOCK_FILE = ".settings.lock"
_SHOTS_FILE = "shots"


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Hold the directory's lock, which orders all read-change-write steps."""
    handle = os.open(directory / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace_file(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def read_settings(directory: Path) -> Settings:
    """Return the settings as they are now."""
    text = (directory / SETTINGS_FILE).read_text(encoding="utf-8")
    return Settings.from_json(json.loads(text))


def write_settings(directory: Path, settings: Settings) -> None:
    """Replace the settings."""
    text = json.dumps(settings.as_json(), indent=2) + "\n"
    _replace_file(directory / SETTINGS_FILE, text)


def change_settings(directory: Path, change: Callable[[Settings], Settings]) -> Settings:
    """Read, change and write the settings in one step; return the new ones."""
    with _locked(directory):
        settings = change(read_settings(directory))
        write_settings(directory, settings)
    return settings


def settings_stamp(directory: Path) -> tuple[int, int]:
    """Return a value that differs once the settings were rewritten; cheap to ask for."""
    status = (directory / SETTINGS_FILE).stat()
    return status.st_ino, status.st_mtime_ns


def take_fault(directory: Path, run: Run) -> tuple[Fault, bool]:
    """Return the fault that hits this run, and whether it was counted against ``fault_runs``.

    A counted fault belongs to the run for good: the settings may say that it healed.
    """
    settings = read_settings(directory)
    if not shows_in(settings.fault, run):
        return Fault.NONE, False
    if settings.fault_runs is None:
        return settings.fault, False
    taken = Fault.NONE

    def count(now: Settings) -> Settings:
        nonlocal taken
        if not shows_in(now.fault, run):
            return now
        taken = now.fault
        left = (now.fault_runs or 1) - 1
        if left > 0:
            return replace(now, fault_runs=left)
        return replace(now, fault=Fault.NONE, fault_runs=None)

    change_settings(directory, count)
    return taken, True


def next_shot(directory: Path) -> int:
    """Return the number of the next photo of this Pi, counted over all runs from 1."""
    path = directory / _SHOTS_FILE
    with _locked(directory):
        try:
            number = int(path.read_text(encoding="ascii")) + 1
        except FileNotFoundError:
            number = 1
        _replace_file(path, f"{number}\n")
    return number


def lock_camera(directory: Path, index: int) -> int | None:
    """Take a camera for this process; None when another process has it.

    The returned file handle is the lock: the kernel frees it when the process dies,
    however it dies, as the real lock on the media device is freed.
    """
    path = directory / f".camera{index}.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def camera_is_held(directory: Path, index: int) -> bool:
    """Whether another process has the camera at this moment."""
    handle = lock_camera(directory, index)
    if handle is None:
        return True
    os.close(handle)
    return False


def record(directory: Path, **event: Any) -> None:
    """Append one event of a run; a single write keeps concurrent lines whole."""
    line = json.dumps(event, ensure_ascii=True) + "\n"
    path = directory / RUNS_FILE
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(handle, line.encode("ascii"))
    finally:
        os.close(handle)

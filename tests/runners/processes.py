"""What the tests of runners share: child processes, and a look at which are still there."""

import asyncio
from collections.abc import Callable
import os
from pathlib import Path
import sys
import time


def python(code: str, *arguments: str) -> list[str]:
    """Return a command that runs Python code; it starts twice as fast without the site's modules."""
    return [sys.executable, "-S", "-c", code, *arguments]


def state(pid: int) -> str | None:
    """Return a process's state as /proc tells it (R, S, Z …), or None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError, ProcessLookupError:
        return None


def running(pid: int) -> bool:
    """Say whether a process still does something; a dead orphan waits for another than us to be reaped."""
    return state(pid) not in {None, "Z", "X"}


def children() -> list[str]:
    """Return the command lines of our own children, zombies included."""
    return [
        Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") or f"zombie {pid}"
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    ]


def open_files() -> int:
    """Return how many file descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names alone


async def until(condition: Callable[[], object], seconds: float = 5) -> None:
    """Wait until something is so; fail when it takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        await asyncio.sleep(0.01)


def pid_in(path: Path) -> int:
    """Return the process id in a file; 0 when it is not there yet."""
    text = path.read_text() if path.exists() else ""
    return int(text) if text.endswith("\n") else 0


async def written_pid(path: Path) -> int:
    """Wait until a file holds a process id, and return it."""
    await until(lambda: pid_in(path))
    return pid_in(path)

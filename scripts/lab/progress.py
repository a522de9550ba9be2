"""What the programs of the lab tell the person who waits."""

import contextlib
from pathlib import Path
import sys


class LabError(Exception):
    """The lab cannot go on; the message is a sentence for the person in front of it."""


def progress(text: str) -> None:
    """Print one line on standard error, so that standard output holds results only."""
    # A terminal that was closed must not keep the lab from cleaning up.
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def last_lines(file: Path, count: int = 15) -> str:
    """Return the last lines of a log file, empty when there is no such file."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-count:])

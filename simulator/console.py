"""What the programs say on standard error, and the two ways in which they fail."""

from fnmatch import fnmatchcase
import os
import time

LIBCAMERA_VERSION = "v0.7.1+rpt20260429"
_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")


class ProgramError(Exception):
    """An error of the main thread: one ``ERROR: *** ... ***`` line, exit status 255."""


class Aborted(Exception):
    """An exception in a background thread, which ends the program with SIGABRT."""


class Console:
    """Standard error as a program of this verbosity writes it.

    The programs' own lines obey -v; libcamera's lines are silent at -v 0 and else obey
    LIBCAMERA_LOG_LEVELS.
    """

    def __init__(self, verbosity: int) -> None:
        """Remember the verbosity: 0 quiet, 1 normal, 2 chatty."""
        self._verbosity = verbosity
        self._levels = os.environ.get("LIBCAMERA_LOG_LEVELS", "")

    def error(self, text: str) -> None:
        """Write a line that no verbosity hides."""
        _write(text + "\n")

    def log(self, level: int, text: str) -> None:
        """Write a line of the program itself, when it is as chatty as ``level``."""
        if self._verbosity >= level:
            _write(text + "\n")

    def libcamera(self, level: str, category: str, text: str, *, thread: int = 0) -> None:
        """Write a line of libcamera: uptime, thread, level, category, source line."""
        if self._verbosity == 0 or not self._shows(level, category):
            return
        seconds, nanoseconds = divmod(time.monotonic_ns(), 1_000_000_000)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        stamp = f"[{hours}:{minutes:02}:{seconds:02}.{nanoseconds:09}]"
        _write(f"{stamp} [{os.getpid() + thread}] {level:>5} {category} {text}\n")

    def _shows(self, level: str, category: str) -> bool:
        """Whether LIBCAMERA_LOG_LEVELS ("*:ERROR,RPI:INFO") lets the line through."""
        least = "INFO"
        for rule in self._levels.split(","):
            pattern, _, wanted = rule.rpartition(":")
            if wanted in _LEVELS and fnmatchcase(category, pattern or "*"):
                least = wanted
        return _LEVELS.index(level) >= _LEVELS.index(least)


def _write(text: str) -> None:
    """Write to standard error; a reader that is gone or a full disk is no error."""
    try:
        os.write(2, text.encode("utf-8", "surrogateescape"))
    except OSError:
        return

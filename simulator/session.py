"""One run of one program, as its host knows and records it."""

import os
from pathlib import Path
import time
from typing import Any

from simulator import state


class Session:
    """A process of a simulated Pi and its record in the host's run log."""

    def __init__(self, directory: Path, argv: list[str], started: float) -> None:
        """Begin the record. ``started`` is the process's monotonic start time."""
        self.directory = directory
        self.started = started
        self.settings = state.read_settings(directory)
        begun = time.time() - (time.monotonic() - started)
        self._key = {"pid": os.getpid(), "started_at": int(begun * 1000)}
        self.report(argv=argv)

    def report(self, **event: Any) -> None:
        """Record something about this run, unless the host keeps no log."""
        if self.settings.log:
            state.record(self.directory, **self._key, **event)

"""Where a lab keeps its things between two starts."""

from collections.abc import Iterator
import contextlib
import fcntl
import json
import os
from pathlib import Path
import shutil

from .progress import LabError, progress

type Memory = dict[str, str | int]


class Folder:
    """One lab's folder. What it holds can be thrown away: the next start makes it anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.configuration = path / "config"
        """Home Assistant's configuration folder."""
        self.media = path / "media"
        """Home Assistant's first media folder, below which the integration keeps its photos."""
        self.camera = path / "camera"
        """The simulated camera's programs."""
        self.pi = path / "pi"
        """The files of a simulated Raspberry Pi that is reached over SSH: its host key, its user's home."""
        self._memory = path / "lab.json"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder and keep other labs out of it. Raises LabError when one is in it."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            message = f"Another one is running in {self.path}"
            raise LabError(message) from error
        finally:
            os.close(lock)

    def clear(self) -> None:
        """Remove all that Home Assistant has kept, photos included, and the Pi that knows it. The rest is made anew."""
        for folder in (self.configuration, self.media, self.pi):
            shutil.rmtree(folder, ignore_errors=True)
        self._memory.unlink(missing_ok=True)

    def clear_when_stale(self, facts: Memory) -> None:
        """Start anew when one of these facts is no longer what it was at the last start."""
        remembered = self.memory
        stale = [name for name, value in facts.items() if remembered.get(name, value) != value]
        if stale:
            progress(f"The {' and the '.join(stale)} changed since the last start: starting anew")
            self.clear()
        self.remember(**facts)

    @property
    def memory(self) -> Memory:
        """What was remembered, empty at the first start."""
        try:
            memory: Memory = json.loads(self._memory.read_text(encoding="utf-8"))
        except FileNotFoundError, ValueError:
            return {}
        return memory

    @property
    def broker_port(self) -> int | None:
        """The port at which Home Assistant expects the broker, None before it was told one."""
        return self.port("broker_port")

    def port(self, name: str) -> int | None:
        """Return a port that was remembered under this name, None when none was."""
        port = self.memory.get(name)
        return port if isinstance(port, int) else None

    def remember(self, **facts: str | int) -> None:
        """Remember these facts for the next start."""
        self._memory.write_text(json.dumps({**self.memory, **facts}), encoding="utf-8")

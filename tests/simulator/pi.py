"""How the tests run a simulated Pi's programs: as real processes, as a caller would."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
import re
import signal
import subprocess
import time

from simulator import SimulatedHost

_PATIENCE = 20
"""Seconds after which a program that should have ended has failed its test."""


@dataclass(frozen=True)
class Outcome:
    """What a program left behind."""

    status: int
    """The exit status, or the negative number of the signal that killed it."""
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode()


class Running:
    """A program that runs."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def stderr(self) -> str:
        """What it has said so far."""
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, text: str, count: int = 1) -> None:
        """Wait until it has said something so many times."""
        wait_until(lambda: self.stderr().count(text) >= count, f"{text!r} in {self.stderr()!r}")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> Outcome:
        """Wait for its end."""
        stdout, _ = self.process.communicate(timeout=_PATIENCE)
        return Outcome(self.process.returncode, stdout or b"", self.stderr())

    def kill(self) -> None:
        """End it whatever it does, and reap it."""
        self.process.kill()
        self.process.communicate()


class Pi:
    """A simulated Pi and a folder to work in."""

    def __init__(self, host: SimulatedHost, folder: Path) -> None:
        self.host = host
        self.folder = folder
        self._started: list[Running] = []

    def run(self, program: str, *arguments: str, stdin: bytes = b"") -> Outcome:
        """Run a program to its end."""
        done = subprocess.run(  # noqa: S603 - the program is the test's own
            [self.host.program(program), *arguments],
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            timeout=_PATIENCE,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr.decode())

    def start(self, program: str, *arguments: str) -> Running:
        """Start a program; whatever is left of it ends with the test."""
        log = self.folder / f"stderr{len(self._started)}"
        with log.open("wb") as stderr:
            process = subprocess.Popen(  # noqa: S603 - the program is the test's own
                [self.host.program(program), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=self.folder,
            )
        running = Running(process, log)
        self._started.append(running)
        return running

    def end_all(self) -> None:
        """Kill what still runs."""
        for running in self._started:
            running.kill()

    def file(self, name: str) -> bytes:
        """The content of a file in the folder."""
        return (self.folder / name).read_bytes()

    def files(self) -> list[str]:
        """The names of the files that programs left in the folder."""
        return sorted(path.name for path in self.folder.iterdir() if not path.name.startswith("stderr"))


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


def frames_in(stream: bytes) -> list[bytes]:
    """Split a stream at the ends of its frames (a JPEG's own data never hold one)."""
    return re.findall(rb"\xff\xd8\xff\xe0.*?\xff\xd9", stream, re.DOTALL)

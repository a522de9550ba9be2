"""What a process uses: memory and processor, as proc(5) tells."""

import os
from pathlib import Path
import time

_KB_IN_MB = 1024

# The fields of /proc/<pid>/stat behind the name: the times spent in the program and in the kernel, in ticks.
_TIMES = slice(11, 13)


def resident(pid: int) -> float:
    """Return the resident memory of a process, in MB."""
    return _status(pid, "VmRSS")


def load() -> float:
    """Return how many processes of the whole machine have wanted a core lately, on average over a minute."""
    return os.getloadavg()[0]


class Memory:
    """The resident memory of a process from now on, in MB."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        # What proc(5) says of 5: the peak is set back to what is resident now.
        Path("/proc", str(pid), "clear_refs").write_text("5", encoding="ascii")
        self.before = _status(pid, "VmHWM")
        """What it was at the beginning."""

    def growth(self) -> float:
        """Return by how much the memory's peak was higher than at the beginning."""
        return _status(self._pid, "VmHWM") - self.before


def _status(pid: int, name: str) -> float:
    """Return an amount of memory that is told in kB, in MB."""
    lines = Path("/proc", str(pid), "status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / _KB_IN_MB


class Processor:
    """The processor time of a process from now on."""

    def __init__(self, pid: int) -> None:
        self._stat = Path("/proc", str(pid), "stat")
        self._begin = time.perf_counter()
        self._before = self._seconds()

    def share(self) -> float:
        """Return what share of one core it used, in percent."""
        return 100 * (self._seconds() - self._before) / (time.perf_counter() - self._begin)

    def _seconds(self) -> float:
        # The name in the second field may hold spaces and brackets of its own.
        fields = self._stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[_TIMES])) / os.sysconf("SC_CLK_TCK")

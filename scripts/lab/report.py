"""What a measurement came to, beside what it must not exceed."""

from collections.abc import Sequence
from dataclasses import dataclass
import math
import statistics

_COLUMNS = (54, 14, 14)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. Both values are in the same unit."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    """The most that the value may be; None where there is nothing to pass."""

    @property
    def passed(self) -> bool:
        """Whether the value is within its bar."""
        return self.bar is None or self.value <= self.bar

    def __str__(self) -> str:
        bar = verdict = ""
        if self.bar is not None:
            bar = f"<= {_number(self.bar)} {self.unit}"
            verdict = "pass" if self.passed else "FAIL"
        cells = (self.name, f"{_number(self.value)} {self.unit}", bar)
        padded = (cell.ljust(width) for cell, width in zip(cells, _COLUMNS, strict=True))
        return ("  ".join(padded) + "  " + verdict).rstrip()


def print_report(rows: Sequence[Row]) -> int:
    """Print the rows; return a program's exit status: 1 when one of them has not passed."""
    print(*rows, sep="\n", flush=True)
    return 0 if all(row.passed for row in rows) else 1


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of the values that at least this share (0 to 1) of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def median(values: Sequence[float]) -> float:
    """Return the middle of the values."""
    return statistics.median(values)


def _number(value: float) -> str:
    """Write whole numbers without a fraction, others with one decimal or two small ones."""
    if value == int(value):
        return str(int(value))
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"  # noqa: PLR2004 - three digits are enough

"""What a runner hands back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended: its exit status (negative: a signal's number), all of stdout, the tail of stderr."""

    exit_status: int
    stdout: bytes
    stderr: str

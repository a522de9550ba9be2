"""Home Assistant, killed again and again at moments nobody chose: a program that lives, and what it said of itself."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
import subprocess
import sys

# The program says lines: what it is `at`; that something is `saved` or `kept`, when that is done; that it begins
# `releasing` or `deleting` something, before it does; what it found `broken`. Of its arguments the last is the number
# of kills.
_BEFORE = """
import os, random, signal, sys, time

def say(what, name):
    os.write(1, f"{what} {name}\\n".encode())
"""
_AFTER = """
began = time.monotonic()
live(5)
pace = time.monotonic() - began
for number in range(int(sys.argv[-1])):
    random.seed(number)
    child = os.fork()
    if child == 0:
        live(-1)
    time.sleep(random.uniform(0, pace))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    say(*("killed", number) if code == -signal.SIGKILL else ("broken", f"ended by itself with {code}"))
"""


@dataclass
class Told:
    """What the program said: files by their names, and how often it was killed at what."""

    saved: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    killed_at: Counter[str] = field(default_factory=Counter)


def live_and_be_killed(program: str, *arguments: object, rounds: int, options: tuple[str, ...] = ()) -> Told:
    """Run a program that defines `live(times)`, for ever when that is negative; nothing may be broken.

    It is killed within the time of its first five times. `options` are those of Python.
    """
    lines = subprocess.run(  # noqa: S603 - ours
        [sys.executable, *options, "-c", _BEFORE + program + _AFTER, *map(str, arguments), str(rounds)],
        cwd=Path(__file__).parents[1],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.splitlines()
    told, at = Told(), "start"
    for line in lines:
        what, name = line.split(maxsplit=1)
        assert what != "broken", line
        match what:
            case "at":
                at = name
            case "killed":
                told.killed_at[at] += 1
                at = "start"
            case "saved":
                assert name not in told.saved
                told.saved.add(name)
            case "kept":
                told.kept.add(name)
            case "releasing":
                told.kept.discard(name)
            case "deleting":
                told.kept.discard(name)
                told.deleted.add(name)
    assert told.killed_at.total() == rounds
    return told

"""Child processes of the lab, none of which may outlive it."""

import asyncio
from collections.abc import Mapping, Sequence
import contextlib
import ctypes
import os
from pathlib import Path
import signal
import time
from typing import IO

# prctl(2): orphaned grandchildren become children of this process instead of init's.
_PR_SET_CHILD_SUBREAPER = 36

# Even when the lab itself is killed outright, the kernel sends this to its children.
_TIED_TO_US = ("setpriv", "--pdeathsig", "TERM", "--")

# What a child gets between TERM and KILL. Home Assistant writes its database meanwhile.
_PATIENCE = 10.0
_PATIENCE_WITH_ORPHANS = 2.0


async def start(
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    output: IO[bytes] | int,
) -> asyncio.subprocess.Process:
    """Start a program in a session of its own, so that the terminal's ctrl-C reaches only the lab.

    Its standard error goes where its standard output goes. Raises FileNotFoundError.
    """
    return await asyncio.create_subprocess_exec(
        *_TIED_TO_US,
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )


async def stop(process: asyncio.subprocess.Process) -> None:
    """Ask the process to end, insist after 10 s, and return when it is gone."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_PATIENCE):
            await process.wait()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent dies."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_all() -> None:
    """End and reap every process that is still below this one, within three seconds.

    A Home Assistant that had to be killed leaves its camera program behind, in a session of its own.
    """
    give_up = time.monotonic() + _PATIENCE_WITH_ORPHANS
    while children := _children_of(os.getpid()):
        sent = signal.SIGTERM if time.monotonic() < give_up else signal.SIGKILL
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sent)
        time.sleep(0.05)
        _reap()


def _children_of(parent: int) -> list[int]:
    """Return the process ids of the direct children, the dead and unreaped ones included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The name in the second field may hold spaces and brackets of its own.
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(fields[1]) == parent:
                    found.append(int(entry.name))
    return found


def _reap() -> None:
    """Collect every child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass

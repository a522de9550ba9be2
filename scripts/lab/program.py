"""How a program of the lab runs: ended by ctrl-C at any moment, with nothing left behind."""

import asyncio
from collections.abc import Coroutine
import os
import signal
import sys

import aiohttp

from . import children
from .progress import LabError, progress

_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[None, None, int]) -> int:
    """Run the work and return the program's exit status: the work's own, 1 after an error, 128 + n after signal n."""
    children.adopt_orphans()
    try:
        return asyncio.run(_until_signal(work))
    except LabError as error:
        progress(f"error: {error}")
    except BrokenPipeError:
        # Whoever read the results has gone; Python would complain once more when it flushes them at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except aiohttp.ClientError as error:
        progress(f"error: Home Assistant does not answer: {error}")
    finally:
        for number in _ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        children.end_all()
    return 1


async def _until_signal(work: Coroutine[None, None, int]) -> int:
    """Do the work. The first signal cancels it; while it cleans up, further ones have no effect."""
    task = asyncio.create_task(work)
    received: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        if not received:
            progress("Stopping ...")
            task.cancel()
        received.append(number)

    for number in _ENDING_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        return 128 + received[0]

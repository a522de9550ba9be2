"""Whether anything is left after many captures over SSH and many connections that were cut."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
import contextlib
from dataclasses import dataclass
import gc
import os
import random
import time

import simulator

from .cut_line import CutLine
from .folder import Folder
from .integration import PHOTO, PHOTO_LIMIT, CaptureError, Host, read_photo, ssh_runner
from .ports import choose
from .progress import progress
from .report import Row
from .ssh_host import SshHost, running_ssh_host
from .usage import resident

# Two cameras of one Pi, each by a connection of its own: so both cores of a small machine have something to do.
_CAMERAS = ("imx708", "imx219")

# What is loaded, compiled or allocated only once is not what is looked for: this share of the captures comes before.
_WARM_UP = 0.1

# Python's own memory moves by a few MB; a leak of one photo in each capture would be a hundred.
_MEMORY_BAR = 5.0

# How long what is about to end may take: the signals to a command, the loss of a connection. Seconds.
_SETTLING = 15.0
_POLL = 0.1

# What an SSH connection sends after a photo's last byte (the ends of the outputs and of the command), and more than
# what it sends before the first one.
_FRAME = 400


@dataclass(frozen=True, slots=True)
class _Usage:
    """What this process has at a moment; memory in MB."""

    descriptors: int
    tasks: int
    memory: float

    @classmethod
    def now(cls) -> _Usage:
        gc.collect()
        descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names alone
        return cls(descriptors, len(asyncio.all_tasks()), resident(os.getpid()))

    def within(self, other: _Usage) -> bool:
        """Say whether there is nothing more open or under way than in another moment."""
        return self.descriptors <= other.descriptors and self.tasks <= other.tasks


async def measure_soak(folder: Folder, captures: int, cuts: int) -> list[Row]:
    """Take so many photos over SSH, and cut the connection so often before, within and after a photo's bytes.

    There is no Home Assistant: it is the runner that is looked at, and this process holds nothing else. The camera is
    the simulator, which takes its photos at once.
    """
    pi = simulator.install(folder.camera, cameras=_CAMERAS, start_delay=0, log=False)
    host = SshHost(folder.pi, pi.directory, choose())
    async with running_ssh_host(host):
        before = _Usage.now()
        async with contextlib.AsyncExitStack() as stack:
            cameras = [await _Camera.of_host(host, index, stack) for index in range(len(_CAMERAS))]
            rows = await _soak(host, cameras, captures, cuts)
        end = await _usage_when(lambda usage: usage.within(before))
    return [
        *rows,
        Row("soak: descriptors left at the end", end.descriptors - before.descriptors, "", 0),
        Row("soak: tasks left at the end", end.tasks - before.tasks, "", 0),
    ]


async def _soak(host: SshHost, cameras: Sequence[_Camera], captures: int, cuts: int) -> list[Row]:
    """Let the cameras work, and compare before and after, while they are connected and at rest."""
    progress("Warming up ...")
    await _work(cameras, round(captures * _WARM_UP), round(cuts * _WARM_UP))
    warm = await _usage_at_rest(host, cameras)
    for camera in cameras:
        camera.outcomes.clear()
        camera.line.cuts = 0
    progress(f"Taking {captures} photos and cutting {cuts} connections ...")
    begin = time.perf_counter()
    await _work(cameras, captures, cuts)
    took = time.perf_counter() - begin
    end = await _usage_at_rest(host, cameras, warm)
    outcomes = sum((camera.outcomes for camera in cameras), Counter[str]())
    return [
        Row("soak: captures", outcomes.total(), ""),
        *(Row(f"soak: ended as {name}", count, "") for name, count in outcomes.most_common()),
        Row("soak: connections cut", sum(camera.line.cuts for camera in cameras), ""),
        Row("soak: time", took, "s"),
        Row("soak: processes left on the host", len(host.processes()), "", 0),
        Row("soak: descriptors more than after warm-up", end.descriptors - warm.descriptors, "", 0),
        Row("soak: tasks more than after warm-up", end.tasks - warm.tasks, "", 0),
        Row("soak: memory after warm-up", warm.memory, "MB"),
        Row("soak: growth of memory since", end.memory - warm.memory, "MB", _MEMORY_BAR),
    ]


class _Camera:
    """One camera at the end of a line that is cut now and then."""

    def __init__(self, host: Host, camera_id: str, line: CutLine) -> None:
        self.line = line
        self.outcomes: Counter[str] = Counter()
        """What became of its captures: photos, and errors by their names."""
        self._host = host
        self._camera_id = camera_id
        # What the last photo took, which says where the next one's cut may fall.
        self._seconds = 0.0
        self._bytes = 0

    @classmethod
    async def of_host(cls, host: SshHost, index: int, stack: contextlib.AsyncExitStack) -> _Camera:
        """Connect to the host by a line of its own, for as long as the stack stands."""
        line = CutLine(host.port)
        await stack.enter_async_context(line.laid())
        far = Host(await stack.enter_async_context(ssh_runner(host, line.port)))
        report = await far.describe()
        camera = cls(far, report.sensors[index].camera_id, line)
        await camera.take()
        return camera

    async def work(self, captures: int, cuts: int) -> None:
        """Take so many photos, and have so many of them cut, each at a point that chance chooses."""
        due = set(random.sample(range(captures), cuts))
        for number in range(captures):
            if number in due:
                await self._take_and_cut()
            else:
                await self.take()

    async def take(self) -> None:
        """Take a photo and count what became of it. What is no CaptureError ends the whole."""
        begin, received = time.perf_counter(), self.line.received
        try:
            read_photo(await self._host.take(self._camera_id, PHOTO, PHOTO_LIMIT), PHOTO.size)
        except CaptureError as error:
            self.outcomes[type(error).__name__] += 1
            return
        self.outcomes["photos"] += 1
        self._seconds, self._bytes = time.perf_counter() - begin, self.line.received - received

    async def rest(self) -> None:
        """Be connected, and at rest."""
        await self._host.runner.run(["true"], limit=PHOTO_LIMIT)

    async def _take_and_cut(self) -> None:
        """Take a photo whose connection is cut while the camera starts, within the photo's bytes, or about its end."""
        loop, cuts = asyncio.get_running_loop(), self.line.cuts
        timer = None
        match random.randrange(3):  # noqa: S311 - no secret
            case 0:
                timer = loop.call_later(random.uniform(0, self._seconds), self.line.cut)  # noqa: S311
            case 1:
                self.line.cut_after(random.randrange(_FRAME, self._bytes - _FRAME))  # noqa: S311
            case _:
                self.line.cut_after(random.randrange(self._bytes - _FRAME, self._bytes))  # noqa: S311
        await self.take()
        if timer:
            timer.cancel()
        if self.line.cuts == cuts:
            # The photo was faster than the last one, or needed fewer bytes.
            self.line.cut()


async def _work(cameras: Sequence[_Camera], captures: int, cuts: int) -> None:
    """Share the work among the cameras."""
    await asyncio.gather(
        *(
            camera.work(captures_of_it, cuts_of_it)
            for camera, captures_of_it, cuts_of_it in zip(
                cameras, shares(captures, len(cameras)), shares(cuts, len(cameras)), strict=True
            )
        )
    )


def shares(whole: int, count: int) -> list[int]:
    """Return the whole in so many parts, as equal as can be."""
    return [(whole + index) // count for index in range(count)]


async def _usage_at_rest(host: SshHost, cameras: Sequence[_Camera], before: _Usage | None = None) -> _Usage:
    """Return the usage when all are connected and nothing is under way; when `before` is given, wait for its level."""
    for camera in cameras:
        await camera.rest()
    return await _usage_when(lambda usage: not host.processes() and (before is None or usage.within(before)))


async def _usage_when(settled: Callable[[_Usage], bool]) -> _Usage:
    """Return the usage once it is settled, or what it is after 15 seconds."""
    give_up = time.monotonic() + _SETTLING
    while True:
        usage = _Usage.now()
        if settled(usage) or time.monotonic() > give_up:
            return usage
        await asyncio.sleep(_POLL)

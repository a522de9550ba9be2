"""How long a command takes over SSH, beside the same command on this machine."""

from collections.abc import Sequence
import time

import simulator

from .folder import Folder
from .integration import PHOTO, PHOTO_LIMIT, Host, LocalRunner, Runner, photo_command, ssh_runner
from .ports import choose
from .progress import progress
from .report import Row, median, percentile
from .ssh_host import SshHost, running_ssh_host

# What SSH may add at the median, in ms.
_BAR = 15.0

# A command that does nothing is quick: more of them cost little, and say more.
_EMPTY_RUNS_FOR_A_PHOTO = 5


async def measure_overhead(folder: Folder, runs: int, start_delay: float) -> list[Row]:
    """Run a command that does nothing, and the one that takes a photo, in turn by both runners, on a kept connection.

    `runs` is how many photos each of them takes, `start_delay` what the simulated camera needs for one, in seconds.
    """
    pi = simulator.install(folder.camera, start_delay=start_delay, log=False)
    host = SshHost(folder.pi, pi.directory, choose())
    async with running_ssh_host(host), ssh_runner(host) as ssh:
        progress(f"Taking {runs} photos over SSH and {runs} on this machine ...")
        begin = time.perf_counter()
        report = await Host(ssh).describe()
        first = time.perf_counter() - begin
        program, *options = photo_command(report.programs, report.sensors[0], PHOTO)
        photo = [str(pi.program(program)), *options]
        return [
            *await _compare("true", ["true"], ssh, runs * _EMPTY_RUNS_FOR_A_PHOTO),
            *await _compare("photo", photo, ssh, runs),
            Row("SSH: login, version and cameras, once", first * 1000, "ms"),
        ]


async def _compare(name: str, command: Sequence[str], ssh: Runner, runs: int) -> list[Row]:
    """Run a command in turn by both: the machine's mood is the same. Each comes first as often as the other."""
    local = LocalRunner()
    times: dict[Runner, list[float]] = {local: [], ssh: []}
    order: list[Runner] = [local, ssh]
    for _ in range(runs):
        for runner in order:
            times[runner].append(await _time(runner, command))
        order.reverse()
    base = median(times[local])
    return [
        Row(f"{name}: on this machine, median", base, "ms"),
        Row(f"{name}: on this machine, 95th percentile", percentile(times[local], 0.95), "ms"),
        Row(f"{name}: over SSH, median", median(times[ssh]), "ms", base + _BAR),
        Row(f"{name}: over SSH, 95th percentile", percentile(times[ssh], 0.95), "ms"),
    ]


async def _time(runner: Runner, command: Sequence[str]) -> float:
    """Run a command; return how many ms it took."""
    begin = time.perf_counter()
    await runner.run(command, limit=PHOTO_LIMIT)
    return (time.perf_counter() - begin) * 1000

"""What goes wrong between us and a camera on another machine: each ends in an outcome, and nothing is left."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
import random
import time

import asyncssh
from asyncssh.packet import UInt32
import pytest

from custom_components.pi_security_camera import host as host_module
from custom_components.pi_security_camera.capture.command import Completed
from custom_components.pi_security_camera.capture.errors import CameraBusy
from custom_components.pi_security_camera.capture.jpeg import Size
from custom_components.pi_security_camera.capture.rpicam import CameraSettings, ImageSettings, read_photo
from custom_components.pi_security_camera.capture.runner_errors import (
    HostConnectionLost,
    HostPortClosed,
    HostTimedOut,
    HostUnreachable,
)
from custom_components.pi_security_camera.host import Host
from custom_components.pi_security_camera.runners import ssh_connection
from custom_components.pi_security_camera.runners.ssh import SshHosts, SshRunner
from custom_components.pi_security_camera.runners.ssh_stream import MARKER
from simulator import SimulatedHost
from tests.conftest import CAMERA_ID

from .conftest import Connect, works
from .processes import open_files, python, until
from .ssh_proxy import Proxy, through
from .ssh_servers import AsyncsshServer, Server

PHOTO = bytes(range(256)) * 4000
SLOW_PHOTO = python(
    "import sys, time; sys.stdout.buffer.write(bytes(range(256)) * 4000); sys.stdout.flush(); time.sleep(60)"
)
FAST_PHOTO = python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 4000)")
REAL_PHOTO = python("import sys; sys.stdout.buffer.write((bytes(range(256)) * 4000)[:300_000])")
SETTINGS = CameraSettings(
    size=Size(1024, 768), rotation=0, quality=93, settle_time=1, full_view=True, image=ImageSettings()
)


async def test_a_simulated_camera_takes_a_photo(
    own_server: AsyncsshServer, connect: Connect, pi: SimulatedHost
) -> None:
    completed = await Host(connect(own_server.settings)).take(CAMERA_ID, SETTINGS, 15)
    assert read_photo(completed, SETTINGS.size)


def holds_camera(pid: int) -> bool:
    with suppress(OSError):
        return any("camera0" in str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir())
    return False


async def test_of_two_who_want_the_camera_one_is_told_that_it_is_busy(
    own_server: AsyncsshServer, connect: Connect, pi: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two Home Assistants on one Pi: they do not know of each other, and neither takes the camera from the other."""
    monkeypatch.setattr(host_module, "_BUSY_PAUSES", ())
    ours, theirs = Host(connect(own_server.settings), "ours"), Host(SshHosts().runner(own_server.settings), "theirs")
    await asyncio.gather(ours.describe(), theirs.describe())
    first = asyncio.create_task(theirs.take(CAMERA_ID, replace(SETTINGS, settle_time=2500), 15))
    await until(lambda: any(holds_camera(run.pid) for run in pi.runs()))
    with pytest.raises(CameraBusy):
        await ours.take(CAMERA_ID, SETTINGS, 15)
    assert not first.done()
    assert read_photo(await first, SETTINGS.size)
    assert read_photo(await ours.take(CAMERA_ID, SETTINGS, 15), SETTINGS.size)
    await theirs.runner.close()


@pytest.mark.parametrize("sent", [1, 500_000], ids=["before the photo", "in the photo"])
async def test_a_connection_cut_in_a_capture_is_told_and_the_next_photo_comes(
    far: SshRunner, proxy: Proxy, server: Server, sent: int
) -> None:
    """No half of a photo is taken for one, and nobody takes it twice."""
    await far.run(["true"], limit=10)
    task = asyncio.create_task(far.run(python("import time; time.sleep(0.7); " + FAST_PHOTO[-1]), limit=10))
    await until(lambda: any("sleep(0.7)" in each for each in server.processes()))
    await asyncio.sleep(0.2)
    proxy.cut_after = sent
    with pytest.raises(HostConnectionLost):
        await task
    await until(lambda: not server.processes())
    assert (await far.run(FAST_PHOTO, limit=10)).stdout == PHOTO


async def test_a_connection_cut_after_the_photo_but_before_its_end_is_told(far: SshRunner, proxy: Proxy) -> None:
    """All bytes may be there; that the command ended well, nobody knows."""
    task = asyncio.create_task(far.run(SLOW_PHOTO, limit=60))
    await asyncio.sleep(1)
    proxy.cut()
    with pytest.raises(HostConnectionLost):
        await task
    assert (await far.run(FAST_PHOTO, limit=10)).stdout == PHOTO


@pytest.mark.parametrize("end", ["cut", "given up", "whole"])
async def test_a_photo_is_whole_only_when_its_end_has_come(
    own_server: AsyncsshServer, connect: Connect, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """OpenSSH tells the exit status when the command ends, then the rest of its output; others tell no end of it."""
    runner = connect(own_server.settings)

    async def run(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(MARKER + PHOTO[:5000])
        process.channel._send_request(b"exit-status", UInt32(0))
        await asyncio.sleep(0.1)
        if end == "cut":
            own_server.cut()
        elif end == "given up":
            # As when another camera's command had no answer in time.
            (await runner.connection.get()).abort()
        else:
            process.close()

    monkeypatch.setattr(own_server, "run", run)
    if end == "whole":
        assert await runner.run(["true"], limit=10) == Completed(0, PHOTO[:5000], "")
    else:
        with pytest.raises(HostConnectionLost):
            await runner.run(["true"], limit=10)


async def test_an_alert_that_finds_the_connection_broken_has_its_photo_all_the_same(
    far: SshRunner, proxy: Proxy
) -> None:
    """The Pi was switched off and on; nobody said so."""
    await far.run(["true"], limit=10)
    proxy.cut_at_next_word = True
    assert (await far.run(FAST_PHOTO, limit=10)).stdout == PHOTO
    assert proxy.connections == 2


async def test_a_host_that_is_off_for_a_minute_answers_each_alert_and_comes_back_by_itself(
    server: Server, proxy: Proxy, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute in which a second takes 20 ms; there is an alert in each."""
    second = 0.02
    monkeypatch.setattr(ssh_connection, "_FIRST_PAUSE", second)
    monkeypatch.setattr(ssh_connection, "_LONGEST_PAUSE", 60 * second)
    runner = connect(through(server.settings, proxy))
    assert await works(runner)
    await server.stop()
    await proxy.stop()
    for _ in range(60):
        began = time.monotonic()
        with pytest.raises(HostPortClosed):
            await works(runner)
        assert time.monotonic() - began < 1
        await asyncio.sleep(second)
    assert not runner.connection.connected
    await server.start()
    await proxy.start()
    began = time.monotonic()
    await until(lambda: runner.connection.connected)
    assert time.monotonic() - began < 60 * second + 1
    assert await works(runner)


async def test_alerts_to_a_host_that_is_unplugged_end_at_their_limits(
    server: Server, proxy: Proxy, connect: Connect
) -> None:
    """Nothing answers, not even a refusal. All wait together, and have their photos when the host is back in time."""
    runner = connect(through(server.settings, proxy))
    assert await works(runner)
    proxy.stall()
    # The first finds out that the connection is dead; the others wait for a new one.
    for count in (1, 3):
        began = time.monotonic()
        early = [asyncio.create_task(runner.run(["true"], limit=0.5)) for _ in range(count)]
        late = [asyncio.create_task(works(runner)) for _ in range(count - 1)]
        await asyncio.wait(early)
        assert {type(task.exception()) for task in early} == {HostTimedOut}
        assert 0.5 <= time.monotonic() - began < 2.5
    proxy.go_on()
    assert all(await asyncio.gather(*late))


async def test_a_slow_line_is_no_fault(far: SshRunner, proxy: Proxy) -> None:
    """200 ms each way: another continent."""
    proxy.delay = 0.2
    await far.run(["true"], limit=10)
    began = time.monotonic()
    assert (await far.run(FAST_PHOTO, limit=10)).stdout == PHOTO
    # Open, run, and what comes back.
    assert 0.8 <= time.monotonic() - began < 3


async def test_a_slow_line_that_loses_packets_is_no_fault(far: SshRunner, proxy: Proxy) -> None:
    """A mobile network on a bad day: photos come later, and whole. Of two cameras, one after the other."""
    await far.run(["true"], limit=10)
    proxy.delay, proxy.loss = 0.2, 0.01
    for _ in range(2):
        photos = await asyncio.gather(*(far.run(REAL_PHOTO, limit=15) for _ in range(2)))
        assert photos == [Completed(0, PHOTO[:300_000], "")] * 2
    assert proxy.lost > 4
    assert proxy.connections == 1


async def test_cuts_at_any_point_leave_nothing(
    far: SshRunner, proxy: Proxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty captures, of two cameras at once, and ten cuts: each ends in a photo or in an error that we know."""
    monkeypatch.setattr(ssh_connection, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(ssh_connection, "_LONGEST_PAUSE", 0.01)
    await far.run(["true"], limit=10)
    files, tasks = open_files(), len(asyncio.all_tasks())
    half = "head -c 50000 /dev/zero"
    chance, loop = random.Random(3), asyncio.get_running_loop()  # noqa: S311

    async def take() -> bool:
        try:
            photo = await far.run(["sh", "-c", f"{half}; sleep 0.02; {half}"], limit=10)
        except HostUnreachable:
            return False
        assert photo == Completed(0, bytes(100_000), "")
        return True

    taken: list[bool] = []
    for number in range(30):
        if number % 9 == 1:
            proxy.cut_after = chance.randint(1, 200_000)
        elif number % 9 == 4:
            loop.call_later(chance.uniform(0, 0.1), proxy.cut)
        elif number % 9 == 7:
            loop.call_later(chance.uniform(0, 0.1), setattr, proxy, "cut_at_next_word", True)
        taken += await asyncio.gather(take(), take())
    assert proxy.cuts == 10
    assert 40 <= sum(taken) < 60
    await until(lambda: not server.processes())
    assert (await far.run(["true"], limit=10)).exit_status == 0
    await until(lambda: open_files() <= files)
    await until(lambda: len(asyncio.all_tasks()) <= tasks)

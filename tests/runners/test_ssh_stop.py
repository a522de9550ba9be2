"""Nothing hangs on the other machine: a command that does not end is ended there, connected or not."""

import asyncio
from pathlib import Path
import subprocess
import time

import pytest

from custom_components.pi_security_camera.capture.runner_errors import CommandTimeout, HostConnectionLost, HostTimedOut
from custom_components.pi_security_camera.runners import STDERR_TAIL, ssh as ssh_module
from custom_components.pi_security_camera.runners.ssh import SshRunner

from .processes import pid_in, python, running, until, written_pid
from .ssh_proxy import Proxy
from .ssh_servers import Server
from .test_stop import HELLO, LIMIT, POLITE, STUBBORN, WAIT, spawning

COMPLAINING = """
import os
while True:
    try:
        os.write(2, b'no frames\\n' * 1000)
    except OSError:
        pass
"""

each_behaviour = pytest.mark.parametrize("behaviour", [WAIT, STUBBORN], ids=["waits", "ignores TERM"])


@each_behaviour
async def test_a_command_that_does_not_end_is_ended_at_its_limit(
    ssh: SshRunner, hello: Path, grace: float, behaviour: str
) -> None:
    began = time.monotonic()
    with pytest.raises(CommandTimeout) as raised:
        await ssh.run(python(HELLO + behaviour, str(hello)), limit=LIMIT)
    assert raised.value.fields == {"seconds": "1"}
    assert LIMIT <= time.monotonic() - began < LIMIT + 3 * grace + 2
    assert not running(pid_in(hello))


async def test_a_command_is_asked_before_it_is_killed(ssh: SshRunner, hello: Path) -> None:
    with pytest.raises(CommandTimeout):
        await ssh.run(python(HELLO + POLITE, str(hello)), limit=LIMIT)
    assert pid_in(hello) == -1


async def test_a_time_out_tells_what_the_command_had_said(ssh: SshRunner) -> None:
    """Only there it says that the sensor sends no frames."""
    with pytest.raises(CommandTimeout) as raised:
        await ssh.run(python("import sys, time; print('no frames', file=sys.stderr); " + WAIT), limit=LIMIT)
    assert raised.value.stderr.startswith("no frames\n")


@each_behaviour
async def test_a_cancelled_command_is_gone_when_its_task_is(ssh: SshRunner, hello: Path, behaviour: str) -> None:
    task = asyncio.create_task(ssh.run(python(HELLO + behaviour, str(hello)), limit=60))
    pid = await written_pid(hello)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not running(pid)


async def test_being_cancelled_again_and_again_spares_no_command(ssh: SshRunner, hello: Path) -> None:
    task = asyncio.create_task(ssh.run(python(HELLO + STUBBORN, str(hello)), limit=60))
    pid = await written_pid(hello)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0.05)
    assert task.cancelled()
    assert not running(pid)


async def test_being_cancelled_while_it_starts_spares_no_command(ssh: SshRunner, server: Server) -> None:
    """At each step of the start: the channel may not be there yet, or the host may just have begun."""
    await ssh.run(["true"], limit=10)
    for steps in range(0, 60, 2):
        task = asyncio.create_task(ssh.run(["sleep", "60"], limit=60))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await until(lambda: not any("sleep" in each for each in server.processes()))
    # And no session is taken up for ever: OpenSSH has ten for a connection.
    await asyncio.gather(*(ssh.run(["true"], limit=10) for _ in range(10)))


async def test_a_grandchild_that_outlives_its_command_quietly_is_ended(ssh: SshRunner, hello: Path) -> None:
    quiet = spawning(HELLO + STUBBORN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    command = python(quiet + "\nwhile not open(sys.argv[1], 'a+').tell(): pass", str(hello))
    assert (await ssh.run(command, limit=10)).exit_status == 0
    await until(lambda: not running(pid_in(hello)))


async def test_a_time_limit_counts_though_both_outputs_are_closed(ssh: SshRunner, hello: Path) -> None:
    with pytest.raises(CommandTimeout):
        await ssh.run(python(HELLO + "os.close(1); os.close(2)\n" + WAIT, str(hello)), limit=LIMIT)
    await until(lambda: not running(pid_in(hello)))


async def test_a_command_that_complains_for_ever_is_ended_at_its_limit(ssh: SshRunner, server: Server) -> None:
    """What it says is thrown away, but for the end: no buffer on the way may hold up the limit."""
    with pytest.raises(CommandTimeout) as raised:
        await ssh.run(python(COMPLAINING), limit=LIMIT)
    assert "no frames\nno frames\n" in raised.value.stderr
    assert len(raised.value.stderr) == STDERR_TAIL
    assert not any("no frames" in each for each in server.processes())


async def test_a_grandchild_that_left_the_group_does_not_hang_us(ssh: SshRunner, hello: Path) -> None:
    began = time.monotonic()
    with pytest.raises(CommandTimeout):
        await ssh.run(python(spawning(HELLO + "time.sleep(3)", start_new_session=True), str(hello)), limit=LIMIT)
    assert time.monotonic() - began < 3


@each_behaviour
async def test_a_command_ends_though_the_connection_broke(
    far: SshRunner, proxy: Proxy, hello: Path, behaviour: str
) -> None:
    task = asyncio.create_task(far.run(python(HELLO + behaviour, str(hello)), limit=60))
    pid = await written_pid(hello)
    # Now it is known here, too, that the command runs: it is not begun again.
    await asyncio.sleep(0.3)
    proxy.cut()
    with pytest.raises(HostConnectionLost):
        await task
    await until(lambda: not running(pid))


async def test_a_command_ends_though_the_network_fell_silent(far: SshRunner, proxy: Proxy, hello: Path) -> None:
    """Nothing tells the host that we are gone: only its own limit ends the command there."""
    task = asyncio.create_task(far.run(python(HELLO + STUBBORN, str(hello)), limit=LIMIT))
    pid = await written_pid(hello)
    await asyncio.sleep(0.2)
    proxy.stall()
    with pytest.raises(CommandTimeout):
        await task
    await until(lambda: not running(pid))


async def test_a_host_that_falls_silent_gets_a_new_connection(
    far: SshRunner, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_module, "_SILENCE", 0.3)
    await far.run(["true"], limit=10)
    proxy.stall()
    with pytest.raises(HostTimedOut):
        await far.run(["true"], limit=0.5)
    proxy.go_on()
    assert (await far.run(["true"], limit=10)).exit_status == 0
    assert proxy.connections == 2


async def test_a_short_limit_does_not_break_the_connection_for_others(far: SshRunner, proxy: Proxy) -> None:
    """The Pi is only slow."""
    other = asyncio.create_task(far.run(["sleep", "1.5"], limit=10))
    await asyncio.sleep(0.5)
    proxy.stall()
    with pytest.raises(HostTimedOut):
        await far.run(["true"], limit=0.3)
    proxy.go_on()
    assert (await other).exit_status == 0
    assert proxy.connections == 1


async def test_a_stream_ends_though_the_network_fell_silent(
    far: SshRunner, proxy: Proxy, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would hold the camera until the host's TCP gives up, long after we are back."""
    monkeypatch.setattr(ssh_module, "_HEARTBEAT", 0.2)
    monkeypatch.setattr(ssh_module, "_PATIENCE", 1)
    async with far.stream(python(HELLO + WAIT, str(hello))):
        pid = await written_pid(hello)
        await asyncio.sleep(1.5)
        assert running(pid)
        proxy.stall()
        await until(lambda: not running(pid))
        proxy.cut()

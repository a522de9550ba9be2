"""A command without an end of its own, on another machine."""

import asyncio
from pathlib import Path

import pytest

from custom_components.pi_security_camera.capture.runner_errors import HostConnectionLost, ProgramNotFound
from custom_components.pi_security_camera.runners import ssh as ssh_module
from custom_components.pi_security_camera.runners.ssh import SshRunner

from .processes import python, running, until, written_pid
from .ssh_proxy import Proxy
from .ssh_servers import Server
from .test_stop import HELLO, WAIT
from .test_stream import FRAMES, OBEYING, first_line


async def test_chunks_arrive_as_they_come(ssh: SshRunner) -> None:
    async with ssh.stream(python("import time; print('frame', flush=True); time.sleep(60)")) as stream:
        assert await first_line(stream) == "frame"
        assert stream.exit_status is None


async def test_a_stream_ends_when_its_command_does(ssh: SshRunner) -> None:
    command = python("import sys; sys.stdout.write('x' * 5_000_000); sys.exit('camera gone')")
    async with ssh.stream(command) as stream:
        assert b"".join([chunk async for chunk in stream.chunks()]) == b"x" * 5_000_000
        await until(lambda: stream.exit_status is not None)
        assert (stream.exit_status, stream.stderr) == (1, "camera gone\n")
        await asyncio.sleep(0.1)
        # Read again, it has still ended.
        assert [chunk async for chunk in stream.chunks()] == []


async def test_what_is_said_on_stderr_can_be_read_while_it_runs(ssh: SshRunner) -> None:
    command = python("import sys, time; print('no frames', file=sys.stderr, flush=True); time.sleep(60)")
    async with ssh.stream(command) as stream:
        await until(lambda: stream.stderr == "no frames\n")


@pytest.mark.parametrize(
    ("end", "heard", "exit_status"),
    [("SIGINT", ["SIGINT"], 0), ("SIGTERM", ["SIGINT", "SIGTERM"], 0), ("never", ["SIGINT", "SIGTERM"], -9)],
)
async def test_a_command_is_interrupted_then_terminated_then_killed(
    ssh: SshRunner, end: str, heard: list[str], exit_status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rpicam-vid finishes its file on INT, and leaves half a frame on TERM."""
    # A busy machine needs some time to hear the first.
    monkeypatch.setattr("custom_components.pi_security_camera.runners.ssh_stream.GRACE", 1.5)
    async with ssh.stream(python(OBEYING, end)) as stream:
        pid = int(await first_line(stream))
    assert not running(pid)
    assert (stream.stderr.split(), stream.exit_status) == (heard, exit_status)


async def test_a_stream_that_nobody_reads_is_stopped_all_the_same(ssh: SshRunner) -> None:
    """It is full from here to there, then."""
    for _ in range(3):
        async with ssh.stream(["yes"]) as stream:
            await asyncio.sleep(0.3)
        assert stream.exit_status is not None


async def test_leaving_in_the_middle_of_the_frames_stops_the_command(ssh: SshRunner) -> None:
    async with ssh.stream(python(FRAMES)) as stream:
        async for chunk in stream.chunks():
            if b"frame 5" in chunk:
                break
    assert stream.exit_status is not None


async def test_an_error_of_the_reader_stops_the_command(ssh: SshRunner) -> None:
    stream = None
    with pytest.raises(ZeroDivisionError):
        async with ssh.stream(python(FRAMES)) as stream:
            raise ZeroDivisionError
    assert stream
    assert stream.exit_status is not None


async def test_a_program_that_is_not_there_is_named(ssh: SshRunner) -> None:
    with pytest.raises(ProgramNotFound) as raised:
        async with ssh.stream(["rpicam-no-such"]):
            pass
    assert raised.value.fields == {"program": "rpicam-no-such"}


async def test_photos_are_taken_while_a_stream_runs(ssh: SshRunner) -> None:
    async with ssh.stream(python(FRAMES)) as stream:
        assert (await ssh.run(["echo", "photo"], limit=10)).stdout == b"photo\n"
        assert "frame" in await first_line(stream)


async def test_a_stream_whose_connection_breaks_says_so_and_leaves_no_command(
    far: SshRunner, proxy: Proxy, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_module, "_HEARTBEAT", 0.05)
    async with far.stream(python(HELLO + FRAMES, str(hello))) as stream:
        pid = await written_pid(hello)
        assert "frame" in await first_line(stream)
        proxy.cut()
        with pytest.raises(HostConnectionLost):
            _ = [chunk async for chunk in stream.chunks()]
        await asyncio.sleep(0.1)
        assert stream.exit_status is None
    await until(lambda: not running(pid))


async def test_a_silent_stream_ends_with_its_connection(far: SshRunner, proxy: Proxy, hello: Path) -> None:
    """A program that writes nothing gets no SIGPIPE."""
    async with far.stream(python(HELLO + WAIT, str(hello))):
        pid = await written_pid(hello)
        proxy.cut()
        await until(lambda: not running(pid))


async def test_closing_the_runner_ends_its_streams(ssh: SshRunner, server: Server) -> None:
    async with ssh.stream(python(FRAMES)) as stream:
        await first_line(stream)
        await ssh.close()
        await until(lambda: not server.processes())

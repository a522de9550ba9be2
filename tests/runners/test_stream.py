"""A command that has no end of its own."""

import asyncio
import time

import pytest

from custom_components.pi_security_camera.capture.runner_errors import ProgramNotFound
from custom_components.pi_security_camera.runners import Stream
from custom_components.pi_security_camera.runners.local import LocalRunner

from .processes import open_files, python, running, until

FRAMES = "import itertools, time\nfor n in itertools.count(): print('frame', n, flush=True); time.sleep(0.02)"
# Writes down each signal that it gets, and ends with the one it was told.
OBEYING = """
import os, signal, sys, time
def heard(number, _):
    print(signal.Signals(number).name, file=sys.stderr, flush=True)
    if signal.Signals(number).name == sys.argv[1]:
        sys.exit(0)
signal.signal(signal.SIGINT, heard)
signal.signal(signal.SIGTERM, heard)
print(os.getpid(), flush=True)
while True:
    time.sleep(60)
"""


async def first_line(stream: Stream) -> str:
    """Return what a command says first."""
    return (await anext(stream.chunks())).decode().strip()


async def test_chunks_arrive_as_they_come(runner: LocalRunner) -> None:
    async with runner.stream(python("import time; print('frame', flush=True); time.sleep(60)")) as stream:
        began = time.monotonic()
        assert await first_line(stream) == "frame"
        assert time.monotonic() - began < 10
        assert stream.exit_status is None


async def test_a_stream_ends_when_its_command_does(runner: LocalRunner) -> None:
    command = python("import sys; sys.stdout.write('x' * 1_000_000); sys.exit('camera gone')")
    async with runner.stream(command) as stream:
        assert b"".join([chunk async for chunk in stream.chunks()]) == b"x" * 1_000_000
        await until(lambda: stream.exit_status is not None)
        assert (stream.exit_status, stream.stderr) == (1, "camera gone\n")


async def test_what_is_said_on_stderr_can_be_read_while_it_runs(runner: LocalRunner) -> None:
    command = python("import sys, time; print('no frames', file=sys.stderr, flush=True); time.sleep(60)")
    async with runner.stream(command) as stream:
        await until(lambda: stream.stderr == "no frames\n")
        assert stream.exit_status is None


@pytest.mark.parametrize(
    ("end", "heard", "exit_status"),
    [("SIGINT", ["SIGINT"], 0), ("SIGTERM", ["SIGINT", "SIGTERM"], 0), ("never", ["SIGINT", "SIGTERM"], -9)],
)
async def test_a_command_is_interrupted_then_terminated_then_killed(
    runner: LocalRunner, end: str, heard: list[str], exit_status: int
) -> None:
    """rpicam-vid finishes its file on INT, and leaves half a frame on TERM."""
    async with runner.stream(python(OBEYING, end)) as stream:
        pid = int(await first_line(stream))
    assert not running(pid)
    assert (stream.stderr.split(), stream.exit_status) == (heard, exit_status)


async def test_a_stream_that_nobody_reads_is_stopped_all_the_same(runner: LocalRunner) -> None:
    """Its pipe is full then, and what is full is never read to its end."""
    before = open_files()
    for _ in range(3):
        async with runner.stream(["yes"]):
            await asyncio.sleep(0.1)
    assert open_files() == before


async def test_leaving_in_the_middle_of_the_frames_stops_the_command(runner: LocalRunner) -> None:
    async with runner.stream(python(FRAMES)) as stream:
        async for chunk in stream.chunks():
            if b"frame 5" in chunk:
                break
    assert stream.exit_status is not None


async def test_an_error_of_the_reader_stops_the_command(runner: LocalRunner) -> None:
    stream = None
    with pytest.raises(ZeroDivisionError):
        async with runner.stream(python(FRAMES)) as stream:
            raise ZeroDivisionError
    assert stream
    assert stream.exit_status is not None


async def test_a_cancelled_reader_stops_the_command(runner: LocalRunner) -> None:
    async def read() -> None:
        async with runner.stream(python(FRAMES)) as stream:
            frames.append(await first_line(stream))
            await asyncio.sleep(60)

    frames: list[str] = []
    task = asyncio.create_task(read())
    await until(lambda: frames)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_program_that_is_not_there_is_named(runner: LocalRunner) -> None:
    with pytest.raises(ProgramNotFound) as raised:
        async with runner.stream(["rpicam-no-such"]):
            pass
    assert raised.value.fields == {"program": "rpicam-no-such"}

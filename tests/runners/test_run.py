"""A command that runs to its end."""

import asyncio
from collections.abc import Generator
import errno
import os
from pathlib import Path
import signal
import time

import pytest

from custom_components.pi_security_camera.capture.command import Completed
from custom_components.pi_security_camera.capture.runner_errors import (
    CommandNotStarted,
    OutputTooLarge,
    ProgramNotFound,
)
from custom_components.pi_security_camera.runners import STDERR_TAIL, Runner
from custom_components.pi_security_camera.runners.local import LocalRunner

from .processes import open_files, python


def test_it_is_a_runner(runner: LocalRunner) -> None:
    a_runner: Runner = runner
    assert a_runner is runner


async def test_a_command_leaves_its_status_and_what_it_said(runner: LocalRunner) -> None:
    command = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert await runner.run(command, limit=10) == Completed(3, b"out\n", "err\n")


async def test_stdout_is_kept_to_the_byte(runner: LocalRunner) -> None:
    """A photo is no text: nothing may be decoded, and no line end turned into another."""
    command = python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 4000)")
    assert (await runner.run(command, limit=10)).stdout == bytes(range(256)) * 4000


@pytest.mark.parametrize("exit_status", [0, 1, 124, 125, 126, 127, 134, 137, 143, 255])
async def test_an_exit_status_is_the_programs_own(runner: LocalRunner, exit_status: int) -> None:
    """127 is that of a program whose libraries do not fit together, too: it is there, and says why it failed."""
    command = python(f"import sys; print('my libraries', file=sys.stderr); sys.exit({exit_status})")
    assert await runner.run(command, limit=10) == Completed(exit_status, b"", "my libraries\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1, signal.SIGINT])
async def test_a_command_that_a_signal_killed_has_its_negative_number(runner: LocalRunner, number: int) -> None:
    command = python(f"import os; os.kill(os.getpid(), {number})")
    assert (await runner.run(command, limit=10)).exit_status == -number


async def test_of_a_long_talk_on_stderr_the_end_is_kept(runner: LocalRunner) -> None:
    command = python("import sys; sys.stderr.write('noise\\n' * 500_000 + 'the reason\\n')")
    completed = await runner.run(command, limit=10)
    assert len(completed.stderr) == STDERR_TAIL
    assert completed.stderr.endswith("noise\nthe reason\n")


async def test_a_talk_on_stderr_that_nobody_could_buffer_does_not_block_the_command(runner: LocalRunner) -> None:
    command = python("import sys; sys.stderr.write('noise' * 1_000_000); sys.stdout.write('photo' * 100_000)")
    assert (await runner.run(command, limit=10)).stdout == b"photo" * 100_000


async def test_broken_letters_on_stderr_do_no_harm(runner: LocalRunner) -> None:
    command = python(r"import os; os.write(2, b'caf\xe9 \xff')")
    assert (await runner.run(command, limit=10)).stderr == "caf� �"


@pytest.fixture
def _stdin() -> Generator[None]:
    """Give this process an input that would be worth reading, as a terminal's is."""
    before, (reader, writer) = os.dup(0), os.pipe()
    os.dup2(reader, 0)
    yield
    os.dup2(before, 0)
    for descriptor in (before, reader, writer):
        os.close(descriptor)


@pytest.mark.usefixtures("_stdin")
async def test_a_command_reads_nothing_from_us(runner: LocalRunner) -> None:
    command = python("import os, sys; print(os.readlink('/proc/self/fd/0'), repr(sys.stdin.read()))")
    assert (await runner.run(command, limit=10)).stdout == b"/dev/null ''\n"


@pytest.mark.parametrize(
    "argument",
    [
        "; touch x",
        "$(touch x)",
        "`touch x`",
        "&& touch x",
        "| touch x",
        "> x",
        "a\nb",
        "'",
        '"',
        "\\",
        "*",
        "~",
        "",
        "é",
    ],
)
async def test_an_argument_is_passed_as_it_is(
    runner: LocalRunner, argument: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no shell that could make a command of it."""
    monkeypatch.chdir(tmp_path)
    command = python("import os, sys; sys.stdout.buffer.write(os.fsencode(sys.argv[1]))", argument)
    assert (await runner.run(command, limit=10)).stdout.decode() == argument
    assert not os.listdir(tmp_path)  # noqa: PTH208 - names alone


@pytest.fixture(params=[True, False], ids=["with timeout(1)", "without timeout(1)"])
def _path(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has timeout(1), and one that has not."""
    monkeypatch.setenv("PATH", os.environ["PATH"] if request.param else str(tmp_path))


@pytest.mark.usefixtures("_path")
async def test_a_command_runs(runner: LocalRunner) -> None:
    assert await runner.run(python("print(1)"), limit=10) == Completed(0, b"1\n", "")


@pytest.mark.usefixtures("_path")
async def test_a_program_that_is_not_there_is_named(runner: LocalRunner) -> None:
    with pytest.raises(ProgramNotFound) as raised:
        await runner.run(["rpicam-no-such", "--version"], limit=10)
    assert raised.value.fields == {"program": "rpicam-no-such"}


@pytest.mark.usefixtures("_path")
async def test_a_program_that_may_not_be_started_is_not_found(runner: LocalRunner, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    for path in (program, tmp_path):
        with pytest.raises(ProgramNotFound) as raised:
            await runner.run([str(path)], limit=10)
        assert raised.value.fields == {"program": str(path)}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)), "Cannot allocate memory"),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "Too many open files"),
        (OSError("the system said something"), "the system said something"),
    ],
)
async def test_a_command_that_the_system_cannot_start_is_told_in_its_words(
    runner: LocalRunner, monkeypatch: pytest.MonkeyPatch, error: OSError, text: str
) -> None:
    async def fail(*_argv: str, **_options: object) -> None:
        raise error

    monkeypatch.setattr(asyncio, "create_subprocess_exec", fail)
    with pytest.raises(CommandNotStarted) as raised:
        await runner.run(["true"], limit=10)
    assert raised.value.fields == {"text": text}
    with pytest.raises(CommandNotStarted):
        await runner.stream(["true"]).__aenter__()


async def test_output_up_to_the_limit_is_taken(runner: LocalRunner) -> None:
    command = python("print('x' * 99_999)")
    assert len((await runner.run(command, limit=10, stdout_limit=100_000)).stdout) == 100_000


async def test_output_beyond_the_limit_ends_the_command(runner: LocalRunner) -> None:
    """A program gone mad must not fill the memory of the machine that Home Assistant runs on."""
    began = time.monotonic()
    with pytest.raises(OutputTooLarge) as raised:
        await runner.run(["yes"], limit=30, stdout_limit=100_000)
    assert raised.value.fields == {"limit": "100000"}
    assert time.monotonic() - began < 10


async def test_commands_at_the_same_time_do_not_mix(runner: LocalRunner) -> None:
    runs = [runner.run(python(f"print({number})"), limit=30) for number in range(10)]
    assert [completed.stdout for completed in await asyncio.gather(*runs)] == [b"%d\n" % n for n in range(10)]


async def test_two_hundred_commands_leave_no_file_open(runner: LocalRunner) -> None:
    before = open_files()
    for _ in range(200):
        await runner.run(["true"], limit=10)
    assert open_files() == before

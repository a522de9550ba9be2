"""A command that runs to its end on another machine: the same promises as on this one."""

import asyncio
from pathlib import Path
import signal

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.pi_security_camera.capture.command import Completed
from custom_components.pi_security_camera.capture.runner_errors import CommandsRefused, OutputTooLarge, ProgramNotFound
from custom_components.pi_security_camera.runners import STDERR_TAIL, Runner
from custom_components.pi_security_camera.runners.ssh import SshRunner

from .conftest import Connect
from .processes import python
from .ssh_servers import AsyncsshServer


def test_it_is_a_runner(ssh: SshRunner) -> None:
    a_runner: Runner = ssh
    assert a_runner is ssh


async def test_a_command_leaves_its_status_and_what_it_said(ssh: SshRunner) -> None:
    command = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert await ssh.run(command, limit=10) == Completed(3, b"out\n", "err\n")


async def test_stdout_is_kept_to_the_byte(ssh: SshRunner) -> None:
    """A photo is no text: nothing may be decoded, and no line end turned into another."""
    command = python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 20_000)")
    assert (await ssh.run(command, limit=10)).stdout == bytes(range(256)) * 20_000


@pytest.mark.parametrize("exit_status", [0, 1, 124, 127, 137, 255])
async def test_an_exit_status_is_the_programs_own(ssh: SshRunner, exit_status: int) -> None:
    """127 is that of a program whose libraries do not fit together, too: it is there, and says why it failed."""
    command = python(f"import sys; print('my libraries', file=sys.stderr); sys.exit({exit_status})")
    assert await ssh.run(command, limit=10) == Completed(exit_status, b"", "my libraries\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1])
async def test_a_command_that_a_signal_killed_has_its_negative_number(ssh: SshRunner, number: int) -> None:
    command = python(f"import os; os.kill(os.getpid(), {number})")
    assert (await ssh.run(command, limit=10)).exit_status == -number


async def test_of_a_long_talk_on_stderr_the_end_is_kept(ssh: SshRunner) -> None:
    """And it blocks nobody, though it is more than anything on the way could hold."""
    command = python("import sys; sys.stderr.write('noise\\n' * 500_000 + 'the reason\\n'); print('photo')")
    completed = await ssh.run(command, limit=10)
    assert len(completed.stderr) == STDERR_TAIL
    assert completed.stderr.endswith("noise\nthe reason\n")
    assert completed.stdout == b"photo\n"


async def test_broken_letters_on_stderr_do_no_harm(ssh: SshRunner) -> None:
    command = python(r"import os; os.write(2, b'caf\xe9 \xff')")
    assert (await ssh.run(command, limit=10)).stderr == "caf� �"


async def test_a_command_reads_nothing_from_us(ssh: SshRunner) -> None:
    """Its end of stdin is how it is told to stop, which is nobody's but the watcher's."""
    command = python(
        "import os, sys; print(os.readlink('/proc/self/fd/0'), repr(sys.stdin.read()), os.listdir('/proc/self/fd'))"
    )
    assert (await ssh.run(command, limit=10)).stdout == b"/dev/null '' ['0', '1', '2', '3']\n"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5))
async def test_any_arguments_arrive_as_they_are(ssh: SshRunner, arguments: list[str]) -> None:
    """A shell reads them on the way, and must make nothing of them."""
    completed = await ssh.run(["printf", r"%s\0", "first", *arguments], limit=10)
    assert completed.stdout.decode().split("\0") == ["first", *arguments, ""]


@pytest.mark.parametrize("argument", ["; touch x", "$(touch x)", "a' > x '\n`touch x`"])
async def test_an_argument_is_no_command(ssh: SshRunner, argument: str, tmp_path: Path) -> None:
    command = ["sh", "-c", 'cd "$1" && printf %s "$2" && ls', "sh", str(tmp_path), argument]
    assert (await ssh.run(command, limit=10)).stdout.decode() == argument + "server\n"


async def test_an_argument_that_no_process_can_have_is_refused_here(ssh: SshRunner) -> None:
    with pytest.raises(ValueError, match="null"):
        await ssh.run(["echo", "a\0b"], limit=10)


async def test_a_program_that_is_not_there_is_named(ssh: SshRunner) -> None:
    with pytest.raises(ProgramNotFound) as raised:
        await ssh.run(["rpicam-no-such", "--version"], limit=10)
    assert raised.value.fields == {"program": "rpicam-no-such"}


async def test_a_program_that_may_not_be_started_is_not_found(ssh: SshRunner, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    for path in (program, tmp_path):
        with pytest.raises(ProgramNotFound) as raised:
            await ssh.run([str(path)], limit=10)
        assert raised.value.fields == {"program": str(path)}


async def test_output_up_to_the_limit_is_taken(ssh: SshRunner) -> None:
    command = python("print('x' * 99_999)")
    assert len((await ssh.run(command, limit=10, stdout_limit=100_000)).stdout) == 100_000


async def test_output_that_never_ends_ends_the_command(ssh: SshRunner) -> None:
    """A program gone mad must not fill the memory of the machine that Home Assistant runs on."""
    with pytest.raises(OutputTooLarge) as raised:
        await ssh.run(["yes"], limit=30, stdout_limit=100_000)
    assert raised.value.fields == {"limit": "100000"}


async def test_commands_at_the_same_time_do_not_mix(ssh: SshRunner) -> None:
    """As many as one connection of OpenSSH carries."""
    runs = [ssh.run(["echo", str(number)], limit=30) for number in range(10)]
    assert [completed.stdout for completed in await asyncio.gather(*runs)] == [b"%d\n" % n for n in range(10)]


async def test_a_login_that_talks_does_not_spoil_the_photo(own_server: AsyncsshServer, connect: Connect) -> None:
    """A greeting in ~/.bashrc is what breaks scp."""
    own_server.login = "echo Welcome; echo to this Pi >&2; exec sh -c {}"
    runner = connect(own_server.settings)
    assert await runner.run(["echo", "photo"], limit=10) == Completed(0, b"photo\n", "to this Pi\n")
    with pytest.raises(ProgramNotFound):
        await runner.run(["rpicam-no-such"], limit=10)


@pytest.mark.parametrize(
    ("login", "text"),
    [
        ("echo This account is not available.; exit 1", "This account is not available."),
        ("echo Only backups here. >&2; exit 1", "Only backups here."),
        ("exit 0", ""),
        ("exec yes", ""),
    ],
)
async def test_an_account_that_runs_no_commands_is_told_from_a_camera_that_fails(
    own_server: AsyncsshServer, connect: Connect, login: str, text: str
) -> None:
    own_server.login = login
    runner = connect(own_server.settings)
    with pytest.raises(CommandsRefused) as raised:
        await runner.run(["true"], limit=10)
    assert raised.value.fields == {"host": "127.0.0.1", "text": text}


async def test_a_host_that_opens_no_session_runs_no_commands(own_server: AsyncsshServer, connect: Connect) -> None:
    own_server.open_sessions = False
    runner = connect(own_server.settings)
    with pytest.raises(CommandsRefused):
        await runner.run(["true"], limit=10)

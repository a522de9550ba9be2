"""Nothing hangs: a command that does not end is ended."""

import asyncio
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import time

import pytest

from custom_components.pi_security_camera.capture.runner_errors import CommandTimeout
from custom_components.pi_security_camera.runners.local import LocalRunner

from .processes import children, open_files, pid_in, python, running, until, written_pid

# Long enough for a child to start on a busy machine. Seconds.
LIMIT = 1.0
# Tells its process id in a file, then does what follows.
HELLO = "import os, signal, sys, time\nopen(sys.argv[1], 'w').write(f'{os.getpid()}\\n')\n"
WAIT = "time.sleep(60)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAIT
POLITE = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(open(sys.argv[1], 'w').write('-1\\n')))\n" + WAIT


def spawning(code: str, **options: object) -> str:
    """Return code that starts a grandchild, whose process id goes to a file, and ends."""
    return (
        f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-S', '-c', {code!r}, *sys.argv[1:]], **{options})"
    )


@pytest.mark.parametrize("behaviour", [WAIT, POLITE, STUBBORN], ids=["waits", "is polite", "ignores TERM"])
async def test_a_command_that_does_not_end_is_ended_at_its_limit(
    runner: LocalRunner, hello: Path, grace: float, behaviour: str
) -> None:
    """rpicam waits for ever when its sensor drops out: the camera would be held until the next boot."""
    began = time.monotonic()
    with pytest.raises(CommandTimeout) as raised:
        await runner.run(python(HELLO + behaviour, str(hello)), limit=LIMIT)
    assert raised.value.fields == {"seconds": "1"}
    assert children() == []
    assert LIMIT <= time.monotonic() - began < LIMIT + 2 * grace + 2
    await until(lambda: not running(pid_in(hello)))


async def test_a_command_is_asked_before_it_is_killed(runner: LocalRunner, hello: Path) -> None:
    with pytest.raises(CommandTimeout):
        await runner.run(python(HELLO + POLITE, str(hello)), limit=LIMIT)
    assert pid_in(hello) == -1


async def test_a_time_out_tells_what_the_command_had_said(runner: LocalRunner) -> None:
    """Only there it says that the sensor sends no frames."""
    with pytest.raises(CommandTimeout) as raised:
        await runner.run(python("import sys, time; print('no frames', file=sys.stderr); " + WAIT), limit=LIMIT)
    assert raised.value.stderr.startswith("no frames\n")


@pytest.mark.parametrize("behaviour", [WAIT, STUBBORN], ids=["waits", "ignores TERM"])
async def test_a_cancelled_command_is_gone_when_its_task_is(runner: LocalRunner, hello: Path, behaviour: str) -> None:
    task = asyncio.create_task(runner.run(python(HELLO + behaviour, str(hello)), limit=60))
    pid = await written_pid(hello)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not running(pid), 1)


async def test_being_cancelled_again_and_again_spares_no_command(runner: LocalRunner, hello: Path) -> None:
    task = asyncio.create_task(runner.run(python(HELLO + STUBBORN, str(hello)), limit=60))
    pid = await written_pid(hello)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0.05)
    assert task.cancelled()
    await until(lambda: not running(pid), 1)


async def test_being_cancelled_while_it_starts_spares_no_command(runner: LocalRunner, hello: Path) -> None:
    """asyncio would kill timeout(1), which has started the command by then, and leave the command alone for ever."""
    task = asyncio.create_task(runner.run(python(HELLO + WAIT, str(hello)), limit=60))
    while not pid_in(hello):
        await asyncio.sleep(0)
        time.sleep(0.1)  # noqa: ASYNC251 - the event loop is busy with others
        task.cancel()
        assert not task.done()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not running(pid_in(hello)))


async def test_being_cancelled_while_a_missing_program_starts_is_being_cancelled(
    runner: LocalRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    task = asyncio.create_task(runner.run(["rpicam-no-such"], limit=10))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_grandchild_that_holds_the_pipe_does_not_hang_us_and_goes_too(runner: LocalRunner, hello: Path) -> None:
    with pytest.raises(CommandTimeout):
        await runner.run(python(spawning(HELLO + STUBBORN), str(hello)), limit=LIMIT)
    await until(lambda: not running(pid_in(hello)))


async def test_a_grandchild_that_left_our_group_does_not_hang_us(runner: LocalRunner, hello: Path) -> None:
    before = open_files()
    with pytest.raises(CommandTimeout):
        await runner.run(python(spawning(HELLO + WAIT, start_new_session=True), str(hello)), limit=LIMIT)
    pid = pid_in(hello)
    assert running(pid)
    assert open_files() == before
    os.kill(pid, signal.SIGKILL)


async def test_a_grandchild_that_outlives_its_command_quietly_is_ended(runner: LocalRunner, hello: Path) -> None:
    quiet = spawning(HELLO + WAIT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    command = python(quiet + "\nwhile not open(sys.argv[1], 'a+').tell(): pass", str(hello))
    assert (await runner.run(command, limit=10)).exit_status == 0
    await until(lambda: not running(pid_in(hello)))


async def test_a_grandchild_that_holds_only_stderr_does_not_spoil_the_photo(runner: LocalRunner, hello: Path) -> None:
    command = python(spawning(HELLO + WAIT, stdout=subprocess.DEVNULL) + "\nprint('photo')", str(hello))
    assert (await runner.run(command, limit=10)).stdout == b"photo\n"


async def test_a_time_limit_counts_though_stderr_never_ends(runner: LocalRunner) -> None:
    command = python("import os, sys\nsys.stdout.close()\nos.close(1)\nwhile True: print('noise', file=sys.stderr)")
    with pytest.raises(CommandTimeout):
        await runner.run(command, limit=LIMIT)


async def test_a_time_limit_counts_though_both_outputs_are_closed(runner: LocalRunner, hello: Path) -> None:
    with pytest.raises(CommandTimeout):
        await runner.run(python(HELLO + "os.close(1); os.close(2)\n" + WAIT, str(hello)), limit=LIMIT)
    await until(lambda: not running(pid_in(hello)))


HOME_ASSISTANT = """
import asyncio, sys, types
package = types.ModuleType("package")
package.__path__ = [sys.argv[1]]
sys.modules["package"] = package
from package.runners import local
local.GRACE = 0.1
asyncio.run(local.LocalRunner().run(sys.argv[2:], limit=1.8))
"""
STREAMING = (
    HOME_ASSISTANT.partition("asyncio.run")[0]
    + """
async def stream():
    async with local.LocalRunner().stream(sys.argv[2:]):
        await asyncio.sleep(60)

asyncio.run(stream())
"""
)


@pytest.mark.parametrize("behaviour", [WAIT, STUBBORN], ids=["waits", "ignores TERM"])
async def test_a_command_ends_though_home_assistant_was_killed(hello: Path, behaviour: str) -> None:
    """Nobody is left to end it: without a limit of its own it would hold the camera until the next boot."""
    package = Path(sys.modules[LocalRunner.__module__].__file__ or "").parents[1]
    command = python(HELLO + behaviour, str(hello))
    home_assistant = await asyncio.create_subprocess_exec(sys.executable, "-c", HOME_ASSISTANT, str(package), *command)
    pid = await written_pid(hello)
    home_assistant.kill()
    await home_assistant.wait()
    assert running(pid)
    await until(lambda: not running(pid))


async def test_a_stream_that_writes_nothing_ends_when_home_assistant_is_killed(hello: Path) -> None:
    """It would never see that nobody reads any more."""
    if not shutil.which("setpriv"):
        pytest.skip("there is no setpriv(1)")
    package = Path(sys.modules[LocalRunner.__module__].__file__ or "").parents[1]
    command = python(HELLO + STUBBORN, str(hello))
    home_assistant = await asyncio.create_subprocess_exec(sys.executable, "-c", STREAMING, str(package), *command)
    pid = await written_pid(hello)
    assert running(pid)
    home_assistant.kill()
    await home_assistant.wait()
    await until(lambda: not running(pid))


@pytest.mark.parametrize("other", [None, "#!/bin/sh\nexit 1\n"], ids=["not there", "another one"])
async def test_where_a_command_cannot_be_tied_to_us_it_runs_all_the_same(
    runner: LocalRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str | None
) -> None:
    if other:
        (tmp_path / "setpriv").write_text(other)
        (tmp_path / "setpriv").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    async with runner.stream(python("print('frame', flush=True); import time; time.sleep(60)")) as stream:
        assert (await anext(stream.chunks())).strip() == b"frame"

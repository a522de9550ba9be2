"""The simulated Raspberry Pi behind SSH does what a real one does."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import socket

import pytest

from custom_components.pi_security_camera.capture.command import Completed
from custom_components.pi_security_camera.capture.runner_errors import HostConnectionLost, KeyRefused
from custom_components.pi_security_camera.runners.ssh import SshHosts
from custom_components.pi_security_camera.runners.ssh_keys import make_key_pair, public_line
from custom_components.pi_security_camera.runners.ssh_login import SshSettings, fetch_host_key
from scripts.lab import ssh_host
from scripts.lab.cut_line import CutLine
from scripts.lab.integration import PHOTO, Host, Runner, read_photo, ssh_runner
from scripts.lab.ports import LOOPBACK
from scripts.lab.progress import LabError
from scripts.lab.ssh_host import USERNAME, SshHost, running_ssh_host


async def until_none(host: SshHost) -> None:
    async with asyncio.timeout(10):
        while host.processes():
            await asyncio.sleep(0.05)


async def get_in(host: SshHost, private_key: str, username: str = USERNAME) -> None:
    settings = SshSettings(LOOPBACK, username, public_line(host.host_key), host.port, private_key=private_key)
    runner = SshHosts().runner(settings)
    try:
        await runner.run(["true"], limit=10)
    finally:
        await runner.close()


async def test_it_shows_its_own_host_key_which_stays(far_pi: SshHost) -> None:
    """Else Home Assistant would take it for another machine at the next start."""
    shown = []
    for _ in range(2):
        async with running_ssh_host(far_pi):
            shown.append((await fetch_host_key(LOOPBACK, far_pi.port))[1])
    assert shown == 2 * [far_pi.host_key.get_fingerprint()]


async def test_its_secrets_are_for_its_owner_alone(far_pi: SshHost) -> None:
    far_pi.make()
    assert (far_pi.folder / "host_key").stat().st_mode & 0o077 == 0
    assert far_pi.authorized_keys.parent.stat().st_mode & 0o077 == 0


async def test_a_key_gets_in_once_a_line_on_the_pi_authorised_it(running_pi: SshHost) -> None:
    private_key, public_key = await make_key_pair()
    with pytest.raises(KeyRefused):
        await get_in(running_pi, private_key)
    await running_pi.run_as_user(f"echo 'restrict {public_key}' >> ~/.ssh/authorized_keys")
    await get_in(running_pi, private_key)
    with pytest.raises(KeyRefused):
        await get_in(running_pi, private_key, "root")
    running_pi.authorized_keys.unlink()
    with pytest.raises(KeyRefused):
        await get_in(running_pi, private_key)


async def test_a_line_that_fails_on_the_pi_is_told(far_pi: SshHost) -> None:
    far_pi.make()
    with pytest.raises(LabError, match=r"cd /nowhere\n.*nowhere"):
        await far_pi.run_as_user("cd /nowhere")


async def test_a_command_runs_in_the_users_home_and_finds_the_camera(running_pi: SshHost, runner: Runner) -> None:
    said = await runner.run(["sh", "-c", "pwd; echo $HOME $USER; command -v rpicam-jpeg"], limit=10)
    home = running_pi.home
    assert said.stdout.decode().split() == [str(home), str(home), USERNAME, str(running_pi.programs / "rpicam-jpeg")]


async def test_a_camera_behind_it_takes_photos(runner: Runner) -> None:
    host = Host(runner)
    camera = (await host.describe()).sensors[0].camera_id
    assert read_photo(await host.take(camera, PHOTO, 15), PHOTO.size)


@pytest.mark.parametrize(("end", "status"), [("exit 3", 3), ("kill -USR1 $$", -10), ("kill -KILL $$", -9)])
async def test_the_end_of_a_command_is_told(runner: Runner, end: str, status: int) -> None:
    command = ["sh", "-c", rf"printf 'a\377b'; echo why >&2; {end}"]
    assert await runner.run(command, limit=10) == Completed(status, b"a\xffb", "why\n")


async def test_a_command_ends_when_its_connection_is_cut(running_pi: SshHost) -> None:
    """The server leaves it alone: it is the end of its stdin that ends it."""
    line = CutLine(running_pi.port)
    async with line.laid(), ssh_runner(running_pi, line.port) as runner, runner.stream(["sleep", "60"]) as stream:
        assert running_pi.processes()
        line.cut()
        with pytest.raises(HostConnectionLost):
            assert [chunk async for chunk in stream.chunks()] == []
        await until_none(running_pi)


async def test_all_commands_end_with_the_server(far_pi: SshHost) -> None:
    async with AsyncExitStack() as server:
        await server.enter_async_context(running_ssh_host(far_pi))
        async with ssh_runner(far_pi) as runner, runner.stream(["sleep", "60"]):
            assert far_pi.processes()
            await server.aclose()
            await until_none(far_pi)


async def test_a_server_that_does_not_start_says_why(far_pi: SshHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_host, "answers", _never)
    with socket.create_server((LOOPBACK, far_pi.port)), pytest.raises(LabError, match="already in use"):
        async with running_ssh_host(far_pi):
            pass


async def _never(_port: int) -> bool:
    return False


def test_processes_of_others_are_not_its_own(tmp_path: Path) -> None:
    assert SshHost(tmp_path, tmp_path, 1).processes() == []

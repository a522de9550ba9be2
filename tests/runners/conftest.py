"""Runners for this machine and for others, and what must be true after each of their tests."""

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from custom_components.pi_security_camera.runners import ssh_connection
from custom_components.pi_security_camera.runners.local import LocalRunner
from custom_components.pi_security_camera.runners.ssh import SshHosts, SshRunner
from custom_components.pi_security_camera.runners.ssh_connection import OnChange
from custom_components.pi_security_camera.runners.ssh_login import SshSettings

from .processes import children, open_files, python, until
from .ssh_proxy import Proxy, through
from .ssh_servers import AsyncsshServer, OpenSshServer, Server


@pytest.fixture(autouse=True)
def grace(monkeypatch: pytest.MonkeyPatch) -> float:
    """How long a signal has time to work: short, so that the tests are."""
    for module in ("local", "ssh", "ssh_stream"):
        monkeypatch.setattr(f"custom_components.pi_security_camera.runners.{module}.GRACE", 0.3)
    return 0.3


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    """Where a command writes its process id."""
    return tmp_path / "hello"


@pytest.fixture
async def runner() -> AsyncGenerator[LocalRunner]:
    """A runner; after the test no child of ours is left, not even a zombie, and no pipe is open."""
    runner = LocalRunner()
    await runner.run(python(""), limit=10)
    before = open_files()
    yield runner
    await runner.close()
    assert children() == []
    assert open_files() == before


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """asyncssh tells every step of both sides, which takes longer than the steps."""
    caplog.set_level("WARNING", "asyncssh")


@pytest.fixture
async def own_server(socket_enabled: None, tmp_path: Path) -> AsyncGenerator[AsyncsshServer]:
    """asyncssh's server, where it does not matter whose it is; nothing that it ran is left after the test."""
    server = AsyncsshServer(tmp_path)
    await server.start()
    yield server
    await server.stop()
    await until(lambda: not server.processes())
    await until(lambda: not children())


@pytest.fixture(params=[AsyncsshServer, OpenSshServer], ids=["asyncssh", "OpenSSH"])
async def server(request: pytest.FixtureRequest, socket_enabled: None, tmp_path: Path) -> AsyncGenerator[Server]:
    """Each of the servers; nothing that it ran is left after the test."""
    folder = tmp_path / "server"
    folder.mkdir()
    server: Server = request.param(folder)
    await server.start()
    yield server
    await server.stop()
    await until(lambda: not server.processes())
    await until(lambda: not children())


@pytest.fixture
async def ssh(server: Server) -> AsyncGenerator[SshRunner]:
    """A runner for each of the servers; after the test nothing of ours is left there, nor open here."""
    before = open_files()
    runner = SshHosts().runner(server.settings)
    yield runner
    await until(lambda: not server.processes())
    await runner.close()
    await until(lambda: open_files() == before)


type Connect = Callable[..., SshRunner]


async def works(runner: SshRunner) -> bool:
    """Say whether a runner runs a command."""
    return (await runner.run(["echo", "photo"], limit=10)).stdout == b"photo\n"


@pytest.fixture
async def connect() -> AsyncGenerator[Connect]:
    """Make runners; after the test they are closed, and nothing of theirs is open."""
    before, hosts, runners = open_files(), SshHosts(), []

    def make(settings: SshSettings, on_change: OnChange | None = None) -> SshRunner:
        runners.append(hosts.runner(settings, on_change))
        return runners[-1]

    yield make
    for runner in runners:
        await runner.close()
    await until(lambda: open_files() <= before)


@pytest.fixture
async def proxy(server: Server) -> AsyncGenerator[Proxy]:
    """A line to each of the servers that can break."""
    proxy = Proxy(server.port)
    await proxy.start()
    yield proxy
    await proxy.stop()


@pytest.fixture
async def far(server: Server, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[SshRunner]:
    """A runner for each of the servers, at the end of that line; it tries again soon."""
    monkeypatch.setattr(ssh_connection, "_FIRST_PAUSE", 0.05)
    before = open_files()
    runner = SshHosts().runner(through(server.settings, proxy))
    yield runner
    await runner.close()
    proxy.cut()
    await until(lambda: not server.processes())
    await until(lambda: open_files() == before)

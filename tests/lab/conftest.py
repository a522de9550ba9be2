"""A simulated Raspberry Pi behind a real SSH server, and a way into it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from scripts.lab.integration import Runner, ssh_runner
from scripts.lab.ports import choose
from scripts.lab.ssh_host import SshHost, running_ssh_host
import simulator


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """asyncssh tells every step of both sides, which takes longer than the steps."""
    caplog.set_level("WARNING", "asyncssh")


@pytest.fixture
def far_pi(socket_enabled: None, tmp_path: Path) -> SshHost:
    """A Pi with a camera; its server does not run."""
    pi = simulator.install(tmp_path / "camera", start_delay=0, log=False)
    return SshHost(tmp_path / "pi", pi.directory, choose())


@pytest.fixture
async def running_pi(far_pi: SshHost) -> AsyncGenerator[SshHost]:
    """A Pi whose server runs."""
    async with running_ssh_host(far_pi):
        yield far_pi


@pytest.fixture
async def runner(running_pi: SshHost) -> AsyncGenerator[Runner]:
    """The integration's runner for it."""
    async with ssh_runner(running_pi) as runner:
        yield runner

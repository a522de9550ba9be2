"""The stand-ins for many Raspberry Pis answer as the simulator does."""

import asyncio
from pathlib import Path
import time

import pytest

from custom_components.pi_security_camera.capture.runner_errors import CommandTimeout
from custom_components.pi_security_camera.runners.ssh import SshHosts
from custom_components.pi_security_camera.runners.ssh_login import SshSettings, fetch_host_key
from scripts.lab.integration import PHOTO, Host, Runner, read_photo
from scripts.lab.light_host_camera import running_light_hosts
from scripts.lab.light_hosts import command_in
from scripts.lab.ports import LOOPBACK
from scripts.lab.progress import LabError
from scripts.lab.ssh_host import USERNAME, SshHost

DELAY = 0.3


def test_the_command_is_found_in_the_integrations_line() -> None:
    line = "exec sh -c 'a script; with words' pi_security_camera 'INT TERM' 20 40 {}"
    assert command_in(line.format("rpicam-vid -o -")) == ("rpicam-vid", "-o", "-")
    assert command_in(line.format("timeout -k 2 19 rpicam-jpeg --version")) == ("rpicam-jpeg", "--version")


@pytest.mark.parametrize("line", ["", "exec sh -c x", "sudo reboot now and do not come back soon please"])
def test_any_other_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the line is all that there is to say
        command_in(line)


async def test_they_give_the_simulators_answers_each_with_a_key_of_its_own(
    runner: Runner, running_pi: SshHost, tmp_path: Path
) -> None:
    real = Host(runner)
    report = await real.describe()
    camera = report.sensors[0].camera_id
    async with running_light_hosts(running_pi.programs, tmp_path, 2, DELAY) as cameras:
        keys = set()
        for light in cameras.hosts:
            host_key, fingerprint = await fetch_host_key(LOOPBACK, light.port)
            assert fingerprint == light.fingerprint
            keys.add(host_key)
            settings = SshSettings(LOOPBACK, USERNAME, host_key, light.port, private_key=cameras.private_key)
            host = Host(SshHosts().runner(settings))
            assert await host.describe() == report
            began = time.monotonic()
            photo = await host.take(camera, PHOTO, 15)
            assert time.monotonic() - began >= DELAY
            assert read_photo(photo, PHOTO.size)
            assert photo.stderr.splitlines()[-1] == (await real.take(camera, PHOTO, 15)).stderr.splitlines()[-1]
            with pytest.raises(CommandTimeout):
                await host.take(camera, PHOTO, DELAY / 2)
            await host.runner.close()
        assert len(keys) == 2


async def test_hosts_that_do_not_start_say_why(socket_enabled: None, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="ValueError"):
        async with running_light_hosts(tmp_path, tmp_path, 2, "soon"):  # type: ignore[arg-type]
            await asyncio.sleep(0)

"""A host whose clock is wrong: a Pi's stops without power, and where no time server is reached it stays wrong."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
import re
import shutil
import subprocess
import time

import pytest

from custom_components.pi_security_camera.capture.rpicam import read_photo
from custom_components.pi_security_camera.capture.runner_errors import CommandTimeout
from custom_components.pi_security_camera.host import Host
from custom_components.pi_security_camera.runners import ssh as ssh_module
from simulator import SimulatedHost
from tests.conftest import CAMERA_ID

from .conftest import Connect
from .processes import python, running, until, written_pid
from .ssh_proxy import Proxy, through
from .ssh_servers import AsyncsshServer, Server
from .test_ssh_faults import SETTINGS
from .test_stop import HELLO, LIMIT, STUBBORN, WAIT

# Loaded before the C library, it shows all programs another time. How long something takes is as it is.
_WRONG_CLOCK = """
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += SECONDS_OFF;
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  int result = syscall(SYS_gettimeofday, now, zone);
  if (result == 0) now->tv_sec += SECONDS_OFF;
  return result;
}

time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}
"""

type WrongClock = Callable[[int], dict[str, str]]


@pytest.fixture
def wrong_clock(tmp_path: Path) -> WrongClock:
    """Make environments in which the time is some hours off."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")

    def make(hours: int) -> dict[str, str]:
        source, library = tmp_path / "clock.c", tmp_path / "clock.so"
        source.write_text(_WRONG_CLOCK)
        options = ["-shared", "-fPIC", "-D_GNU_SOURCE", f"-DSECONDS_OFF={hours * 3600}", "-o", str(library)]
        subprocess.run([compiler, *options, str(source)], check=True)  # noqa: S603
        return {"LD_PRELOAD": str(library)}

    return make


@pytest.mark.parametrize("hours", [1, -1])
async def test_no_limit_depends_on_the_hosts_clock(
    server: Server,
    proxy: Proxy,
    connect: Connect,
    hello: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong_clock: WrongClock,
    hours: int,
) -> None:
    """Neither the login, nor our own limit, nor the two that the host keeps when it does not hear from us."""
    monkeypatch.setattr(ssh_module, "_HEARTBEAT", 0.2)
    monkeypatch.setattr(ssh_module, "_PATIENCE", 1)
    await server.stop()
    server.environment = wrong_clock(hours)
    await server.start()
    runner = connect(through(server.settings, proxy))
    told = int((await runner.run(["date", "+%s"], limit=10)).stdout)
    assert told - time.time() == pytest.approx(hours * 3600, abs=60)
    streaming = hello.with_name("streaming")
    async with runner.stream(python(HELLO + WAIT, str(streaming))):
        stream = await written_pid(streaming)
        began = time.monotonic()
        task = asyncio.create_task(runner.run(python(HELLO + STUBBORN, str(hello)), limit=LIMIT))
        command = await written_pid(hello)
        await asyncio.sleep(0.2)
        assert running(stream)
        proxy.stall()
        await until(lambda: task.done() or not running(command))
        assert LIMIT <= time.monotonic() - began < LIMIT + 2
        with pytest.raises(CommandTimeout):
            await task
        await until(lambda: not running(command))
        await until(lambda: not running(stream))
        # Two seconds, and the kill.
        assert 2 <= time.monotonic() - began < 5
        proxy.cut()


async def test_a_photo_that_says_another_hour_is_a_photo(
    own_server: AsyncsshServer, connect: Connect, pi: SimulatedHost, wrong_clock: WrongClock
) -> None:
    own_server.environment = {"TZ": "UTC", **wrong_clock(1)}
    photo = read_photo(await Host(connect(own_server.settings)).take(CAMERA_ID, SETTINGS, 15), SETTINGS.size)
    assert (taken_at(photo) - datetime.now(UTC)).total_seconds() == pytest.approx(3600, abs=60)


async def test_a_host_in_another_time_zone_takes_photos(
    own_server: AsyncsshServer, connect: Connect, pi: SimulatedHost
) -> None:
    own_server.environment = {"TZ": "THERE+1"}
    photo = read_photo(await Host(connect(own_server.settings)).take(CAMERA_ID, SETTINGS, 15), SETTINGS.size)
    assert (taken_at(photo) - datetime.now(UTC)).total_seconds() == pytest.approx(-3600, abs=60)


def taken_at(photo: bytes) -> datetime:
    """Return the time that the camera wrote into a photo, which names no zone, as if it were UTC's."""
    text = re.search(rb"\d{4}(:\d\d){2} \d\d(:\d\d){2}", photo)
    assert text
    return datetime.strptime(text[0].decode(), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)

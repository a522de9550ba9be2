"""One connection to a host: how it is kept, and how it comes back."""

import asyncio
from dataclasses import replace
from unittest.mock import patch

import pytest

from custom_components.pi_security_camera.capture.runner_errors import (
    HostConnectionLost,
    HostKeyChanged,
    HostPortClosed,
    HostUnreachable,
    KeyRefused,
    PasswordRefused,
    RunnerError,
)
from custom_components.pi_security_camera.runners import ssh_connection, ssh_login
from custom_components.pi_security_camera.runners.ssh import SshRunner

from .conftest import Connect, works
from .processes import until
from .ssh_proxy import Proxy, through
from .ssh_servers import OTHER_KEY, PASSWORD, USER_KEY, AsyncsshServer, Server


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon."""
    monkeypatch.setattr(ssh_connection, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(ssh_connection, "_LONGEST_PAUSE", 0.2)


@pytest.fixture
def _never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again only when somebody asks."""
    monkeypatch.setattr(ssh_connection, "_FIRST_PAUSE", 100)


# How it is kept.


async def test_cameras_of_one_host_share_a_connection(own_server: AsyncsshServer, connect: Connect) -> None:
    first, second = connect(own_server.settings), connect(own_server.settings)
    assert all(await asyncio.gather(*(works(runner) for runner in (first, second) * 3)))
    assert own_server.logins == 1
    await first.close()
    assert await works(second)
    await second.close()
    await second.close()
    assert own_server.logins == 1
    third = connect(own_server.settings)
    assert third.connection is not second.connection
    assert await works(third)
    assert own_server.logins == 2


async def test_a_closed_runner_can_be_used_by_nobody(own_server: AsyncsshServer, connect: Connect) -> None:
    runner = connect(own_server.settings)
    await works(runner)
    await runner.close()
    with pytest.raises(HostConnectionLost):
        await works(runner)
    assert own_server.logins == 1


async def test_closing_while_it_connects_leaves_nothing(own_server: AsyncsshServer, connect: Connect) -> None:
    proxy = Proxy(own_server.port)
    await proxy.start()
    proxy.stall()
    runner = connect(through(own_server.settings, proxy))
    await until(lambda: proxy.connections)
    await runner.close()
    await proxy.stop()


async def test_a_connection_is_made_before_the_first_alert(own_server: AsyncsshServer, connect: Connect) -> None:
    """Login takes a Zero a second, which the intruder does not wait."""
    runner = connect(own_server.settings)
    await until(lambda: runner.connection.connected)
    assert own_server.logins == 1


async def test_a_connection_that_nobody_uses_is_kept_alive(
    server: Server, proxy: Proxy, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_login, "_KEEPALIVE", 0.1)
    runner = connect(through(server.settings, proxy))
    await works(runner)
    await asyncio.sleep(0.6)
    assert runner.connection.connected
    assert proxy.connections == 1


@pytest.mark.usefixtures("_soon")
async def test_a_host_that_falls_silent_is_noticed_though_nobody_asks(
    own_server: AsyncsshServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_login, "_KEEPALIVE", 0.1)
    proxy = Proxy(own_server.port)
    await proxy.start()
    heard: list[bool] = []
    runner = connect(through(own_server.settings, proxy), lambda problem: heard.append(problem is None))
    await until(lambda: heard == [True])
    proxy.stall()
    await until(lambda: heard == [True, False])
    proxy.go_on()
    await until(lambda: heard[-1])
    assert await works(runner)
    await runner.close()
    await proxy.stop()


# How it comes back.


@pytest.mark.usefixtures("_soon")
async def test_a_host_that_restarts_is_heard_going_and_coming(server: Server, proxy: Proxy, connect: Connect) -> None:
    heard: list[bool] = []
    runner = connect(through(server.settings, proxy), lambda problem: heard.append(problem is None))
    await until(lambda: heard == [True])
    assert [runner.connection.problem] == [None]
    await server.stop()
    proxy.cut()
    await until(lambda: heard[:2] == [True, False])
    assert runner.connection.problem
    with pytest.raises(HostUnreachable):
        await works(runner)
    await server.start()
    await until(lambda: heard[-1])
    assert heard.count(True) == 2
    assert await works(runner)


async def test_each_new_reason_is_heard_and_no_reason_twice(
    own_server: AsyncsshServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant asks for a new password then, which a host that is just away does not need."""
    for name in ("_FIRST_PAUSE", "_LONGEST_PAUSE", "_REFUSED_PAUSE"):
        monkeypatch.setattr(ssh_connection, name, 0.05)
    await own_server.stop()
    problems: list[RunnerError | None] = []
    runner: SshRunner = connect(own_server.settings, lambda _: problems.append(runner.connection.problem))
    await until(lambda: problems)
    await asyncio.sleep(0.2)
    own_server.keys = [OTHER_KEY]
    await own_server.start()
    await until(lambda: len(problems) == 2)
    await asyncio.sleep(0.2)
    own_server.keys = [USER_KEY]
    await until(lambda: len(problems) == 3)
    assert [type(problem) for problem in problems] == [HostPortClosed, KeyRefused, type(None)]


@pytest.mark.usefixtures("_never")
async def test_who_comes_later_hears_how_it_is(own_server: AsyncsshServer, connect: Connect) -> None:
    """The second camera of a host; and who has left hears nothing any more."""
    problems: list[RunnerError | None] = []
    first = connect(own_server.settings)
    await until(lambda: first.connection.connected)
    second, gone = (connect(own_server.settings, problems.append) for _ in range(2))
    await gone.close()
    await until(lambda: problems)
    await own_server.stop()
    await until(lambda: len(problems) == 2)
    connect(own_server.settings, problems.append)
    await until(lambda: len(problems) == 3)
    assert [type(problem) for problem in problems] == [type(None), HostConnectionLost, HostConnectionLost]
    assert second.connection is first.connection


@pytest.mark.usefixtures("_never")
async def test_an_alert_does_not_wait_for_the_next_attempt(own_server: AsyncsshServer, connect: Connect) -> None:
    await own_server.stop()
    heard: list[bool] = []
    runner = connect(own_server.settings, lambda problem: heard.append(problem is None))
    with pytest.raises(HostPortClosed):
        await works(runner)
    await own_server.start()
    assert await works(runner)
    # And the one that keeps the connection knows of it.
    own_server.cut()
    await until(lambda: heard == [False, True, False])


@pytest.mark.usefixtures("_never")
async def test_commands_that_wait_share_one_attempt(own_server: AsyncsshServer, connect: Connect) -> None:
    """Also when one of them is cancelled."""
    runner = connect(own_server.settings)
    first = asyncio.create_task(works(runner))
    others = [asyncio.create_task(works(runner)) for _ in range(5)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    assert all(await asyncio.gather(*others))
    assert first.cancelled()
    assert own_server.logins == 1


async def test_the_pauses_grow_up_to_a_limit_and_start_anew(
    own_server: AsyncsshServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that is switched off is not asked all the time, nor one that throws us out at once."""
    pauses: list[float] = []

    async def rest(self: ssh_connection.SshConnection, seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0.01)

    monkeypatch.setattr(ssh_connection.SshConnection, "_rest", rest)
    monkeypatch.setattr(ssh_connection, "_LONGEST_PAUSE", 8.0)
    await own_server.stop()
    runner = connect(own_server.settings)
    await until(lambda: len(pauses) > 5)
    await runner.close()
    assert pauses[:6] == [1, 2, 4, 8, 8, 8]
    monkeypatch.setattr(ssh_connection, "_FIRST_PAUSE", 0.1)
    await own_server.start()
    pauses.clear()
    connect(own_server.settings)
    for count in (1, 2):
        await until(lambda count=count: own_server.logins == count)  # type: ignore[misc]
        own_server.cut()
    await until(lambda: own_server.logins == 3)
    await asyncio.sleep(0.5)
    own_server.cut()
    await until(lambda: len(pauses) == 3)
    assert pauses == [0.1, 0.2, 0.1]


async def test_a_storm_of_alerts_is_no_row_of_wrong_passwords(own_server: AsyncsshServer, connect: Connect) -> None:
    """Hosts lock out who fails often; and then the right password fails, too."""
    attempts = 0
    own_server.password = PASSWORD
    runner = connect(replace(own_server.settings, private_key="", password="guess"))  # noqa: S106

    def validate(*_: object) -> bool:
        nonlocal attempts
        attempts += 1
        return False

    with patch("tests.runners.ssh_servers._Doorman.validate_password", validate):
        for _ in range(20):
            with pytest.raises(PasswordRefused):
                await works(runner)
    assert attempts == 1


@pytest.mark.usefixtures("_soon")
async def test_a_password_that_was_changed_is_noticed_at_the_next_login(
    own_server: AsyncsshServer, connect: Connect
) -> None:
    own_server.password = PASSWORD
    heard: list[bool] = []
    runner = connect(
        replace(own_server.settings, private_key="", password=PASSWORD), lambda problem: heard.append(problem is None)
    )
    assert await works(runner)
    own_server.password = "changed"  # noqa: S105
    assert await works(runner)
    own_server.cut()
    await until(lambda: isinstance(runner.connection.problem, PasswordRefused))
    assert heard == [True, False, False]
    with pytest.raises(PasswordRefused):
        await works(runner)


@pytest.mark.usefixtures("_soon")
async def test_a_host_key_that_was_changed_is_noticed_at_the_next_login(
    own_server: AsyncsshServer, connect: Connect
) -> None:
    """And what comes then finds out at once: nobody asks that host again before its time."""
    heard: list[bool] = []
    runner = connect(own_server.settings, lambda problem: heard.append(problem is None))
    assert await works(runner)
    await own_server.stop()
    own_server.host_key = OTHER_KEY
    await own_server.start()
    await until(lambda: isinstance(runner.connection.problem, HostKeyChanged))
    asked = own_server.welcomed
    for _ in range(3):
        with pytest.raises(HostKeyChanged):
            await works(runner)
    assert own_server.welcomed == asked
    assert own_server.logins == 1
    assert True not in heard[1:]


async def test_who_fails_to_hear_keeps_nobody_else_from_it(
    own_server: AsyncsshServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[bool] = []
    connect(own_server.settings, lambda _: 1 // 0)
    connect(own_server.settings, lambda problem: heard.append(problem is None))
    await until(lambda: heard == [True])
    assert "ZeroDivisionError" in caplog.text

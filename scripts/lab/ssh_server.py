"""The SSH server of a simulated Raspberry Pi, as a program: python -m scripts.lab ssh_server FOLDER PROGRAMS PORT.

It is asyncssh's, since sshd is not installed everywhere and wants to be root. For the user `pi` it does what sshd does:
it takes the keys of ~/.ssh/authorized_keys, reads them at each login, and runs each command by a shell, in a session of
its own. There are no passwords, terminals, forwardings or file transfers.

A command is not ended when its channel is closed or its connection breaks: as with sshd, it has the end of its stdin
then, and nobody reads what it says. When this program ends, that is so for all of them.
"""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
import signal
from typing import override

import asyncssh

from .ports import LOOPBACK
from .ssh_host import USERNAME, SshHost

_CHUNK = 64 * 1024


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal ends this process."""
    folder, programs, port = arguments
    asyncio.run(_serve(SshHost(Path(folder), Path(programs), int(port))))
    return 0


async def _serve(host: SshHost) -> None:
    """Listen at the host's port for ever."""
    acceptor = await asyncssh.create_server(
        lambda: _Doorkeeper(host),
        LOOPBACK,
        host.port,
        config=None,
        server_host_keys=[host.host_key],
        # Since the port is to stay the same, connections of the server before must not keep it.
        reuse_address=True,
        gss_host=None,
        password_auth=False,
        kbdint_auth=False,
        host_based_auth=False,
        allow_pty=False,
        agent_forwarding=False,
        encoding=None,
        process_factory=lambda process: _run(host, process),
    )
    await acceptor.wait_closed()


class _Doorkeeper(asyncssh.SSHServer):
    """Decides who gets in."""

    def __init__(self, host: SshHost) -> None:
        self._host = host
        self._connection: asyncssh.SSHServerConnection | None = None

    @override
    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    @override
    def begin_auth(self, username: str) -> bool:
        """Look up the keys anew: the line that authorises one may just have been run."""
        keys = self._host.authorized_keys
        # ValueError: there is none in the file.
        with suppress(OSError, ValueError):
            if username == USERNAME and self._connection:
                self._connection.set_authorized_keys(str(keys))
        return True

    @override
    def public_key_auth_supported(self) -> bool:
        """Without any authorised key, too, the answer is that this key is not one."""
        return True


async def _run(host: SshHost, process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Run a command, or a shell when there is none, and tell its end."""
    child = await asyncio.create_subprocess_exec(
        *(("sh", "-c", process.command) if process.command is not None else ("sh",)),
        cwd=host.home,
        env=host.environment(),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )
    assert child.stdin is not None  # noqa: S101 - started with pipes
    assert child.stdout is not None  # noqa: S101
    assert child.stderr is not None  # noqa: S101
    beside = [
        asyncio.create_task(_feed(process.stdin, child.stdin)),
        asyncio.create_task(_let_go(process.channel, child)),
    ]
    await asyncio.gather(_pass_on(child.stdout, process.stdout), _pass_on(child.stderr, process.stderr))
    status = await child.wait()
    for task in beside:
        task.cancel()
    await asyncio.wait(beside)
    child.stdin.close()
    if not process.is_closing():
        _tell_end(process, status)


def _tell_end(process: asyncssh.SSHServerProcess[bytes], status: int) -> None:
    """Report the exit status, or the signal's name, which SSH writes without its SIG."""
    if status < 0:
        process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
    else:
        process.exit(status)


async def _feed(source: asyncssh.SSHReader[bytes], target: asyncio.StreamWriter) -> None:
    """Hand on what comes for the command, and its end."""
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(_CHUNK):
            target.write(data)
            await target.drain()
    target.close()


async def _pass_on(source: asyncio.StreamReader, target: asyncssh.SSHWriter[bytes]) -> None:
    """Hand on what the command writes, until it has closed this output."""
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(_CHUNK):
            target.write(data)
            await target.drain()


async def _let_go(channel: asyncssh.SSHServerChannel[bytes], child: asyncio.subprocess.Process) -> None:
    """Close all pipes to a command when its channel has gone."""
    await channel.wait_closed()
    for descriptor in range(3):
        child._transport.get_pipe_transport(descriptor).close()  # type: ignore[attr-defined]  # noqa: SLF001

"""Real SSH servers on loopback, both of which run what they are told: asyncssh's own, and OpenSSH's where it is."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from functools import cache
import getpass
import os
from pathlib import Path
import random
import shlex
import shutil
import socket
import subprocess
import uuid

import asyncssh
import pytest

from custom_components.pi_security_camera.runners.ssh_login import SshSettings

HOST = "127.0.0.1"
PASSWORD = "correct horse"  # noqa: S105 - of a server that lives for a test


@cache
def key(number: int) -> asyncssh.SSHKey:
    """Return one of some keys, always the same for a number."""
    return asyncssh.generate_private_key("ssh-ed25519")


HOST_KEY, USER_KEY, OTHER_KEY = range(3)


@cache
def private_text(number: int) -> str:
    return key(number).export_private_key().decode()


def public_text(number: int) -> str:
    return key(number).export_public_key().decode().strip()


@cache
def locked_text() -> str:
    """Return the user's key, locked with "open"."""
    return key(USER_KEY).export_private_key(passphrase="open", rounds=50).decode()  # noqa: S106


def free_port() -> int:
    """Return a port on which nothing listens, and from which the kernel takes none for outgoing connections."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311
        with suppress(OSError), socket.create_server((HOST, port)):
            return port


class Server:
    """What both have in common."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        # All that the server runs bears it in its environment.
        self.mark = uuid.uuid4().hex
        # And this.
        self.environment: dict[str, str] = {}
        self.host_key = HOST_KEY

    @property
    def settings(self) -> SshSettings:
        return SshSettings(
            HOST, getpass.getuser(), public_text(HOST_KEY), self.port, private_key=private_text(USER_KEY)
        )

    def processes(self) -> list[str]:
        """Return the command lines of all that it has started and that still runs."""
        return [_command_line(int(each.name)) for each in Path("/proc").iterdir() if self._is_ours(each)]

    async def start(self) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError

    def _is_ours(self, process: Path) -> bool:
        try:
            return process.name.isdigit() and self.mark.encode() in (process / "environ").read_bytes()
        except OSError:
            return False


def _command_line(pid: int) -> str:
    try:
        return f"{pid} {Path(f'/proc/{pid}/cmdline').read_text()[:300]!r}"
    except OSError:
        return str(pid)


class AsyncsshServer(Server):
    """asyncssh's server, in this process; each command gets a shell, as a login has it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.password: str | None = None
        self.keys = [USER_KEY]
        # What the login shell does with a command; {} is the command, quoted.
        self.login = "exec sh -c {}"
        self.open_sessions = True
        self.welcomed = self.logins = 0
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: list[asyncssh.SSHServerConnection] = []

    async def start(self) -> None:
        self._acceptor = await asyncssh.create_server(
            lambda: _Doorman(self),
            HOST,
            self.port,
            server_host_keys=[key(self.host_key)],
            encoding=None,
            gss_host=None,
            config=None,
            reuse_address=True,
        )

    async def stop(self) -> None:
        """End it, and all its connections at once, as a machine that is switched off."""
        if self._acceptor:
            self._acceptor.close()
        self.cut()
        for connection in self._connections:
            await connection.wait_closed()
        self._connections.clear()
        if self._acceptor:
            await self._acceptor.wait_closed()
        self._acceptor = None

    def cut(self) -> None:
        """Break all connections."""
        for connection in self._connections:
            connection.abort()

    def welcome(self, connection: asyncssh.SSHServerConnection) -> None:
        self.welcomed += 1
        self._connections.append(connection)

    async def run(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        command = self.login.format(shlex.quote(process.command or ""))
        child = await asyncio.create_subprocess_shell(
            command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
            env={**os.environ, "PI_TEST_MARK": self.mark, **self.environment},
        )
        assert child.stdin
        assert child.stdout
        assert child.stderr
        outputs = [(child.stdout, process.stdout), (child.stderr, process.stderr)]
        beside = [
            asyncio.create_task(_feed(process.stdin, child.stdin)),
            asyncio.create_task(_close_pipes(process.channel, child)),
        ]
        await asyncio.gather(*(_pump_out(source, target) for source, target in outputs))
        status = await child.wait()
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)
        child.stdin.close()
        if process.is_closing():
            return
        process.stdout.write_eof()
        if status < 0:
            process.exit_with_signal({9: "KILL", 10: "USR1", 15: "TERM", 2: "INT", 13: "PIPE"}[-status])
        else:
            process.exit(status)


async def _feed(source: asyncssh.SSHReader[bytes], target: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(1024):
            target.write(data)
            await target.drain()
    target.close()


async def _close_pipes(channel: asyncssh.SSHServerChannel[bytes], child: asyncio.subprocess.Process) -> None:
    """Leave a command alone, as sshd does when the channel is closed or the connection broke."""
    await channel.wait_closed()
    for descriptor in range(3):
        child._transport.get_pipe_transport(descriptor).close()  # type: ignore[attr-defined]


async def _pump_out(source: asyncio.StreamReader, target: asyncssh.SSHWriter[bytes]) -> None:
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(16384):
            target.write(data)
            await target.drain()


class _Doorman(asyncssh.SSHServer):
    def __init__(self, server: AsyncsshServer) -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._server.welcome(conn)

    def auth_completed(self) -> None:
        self._server.logins += 1

    def password_auth_supported(self) -> bool:
        return self._server.password is not None

    def validate_password(self, username: str, password: str) -> bool:
        return password == self._server.password

    def public_key_auth_supported(self) -> bool:
        return bool(self._server.keys)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return key.export_public_key().decode().strip() in map(public_text, self._server.keys)

    def session_requested(self) -> asyncssh.SSHServerProcess[bytes] | bool:
        server = self._server
        return server.open_sessions and asyncssh.SSHServerProcess(server.run, None, 3, False)


class OpenSshServer(Server):
    """OpenSSH's sshd: what runs on a Pi."""

    _process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        command = [_sshd(), "-D", "-f", self._configure()]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, env={**os.environ, **self.environment}
        )
        async with asyncio.timeout(10):
            while not await _listens(self.port):
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        if self._process:
            self._process.terminate()
            await self._process.wait()
        self._process = None

    def _configure(self) -> str:
        files = {"host_key": private_text(self.host_key), "authorized": public_text(USER_KEY) + "\n"}
        for name, text in files.items():
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o600)
        environment = " ".join(f"{name}={value}" for name, value in self.environment.items())
        config = self.folder / "sshd_config"
        config.write_text(
            f"ListenAddress {HOST}\nPort {self.port}\nHostKey {self.folder}/host_key\nUsePAM no\nPidFile none\n"
            f"AuthorizedKeysFile {self.folder}/authorized\nStrictModes no\nPasswordAuthentication no\n"
            # The first is for us; the second keeps bash from reading the developer's own .bashrc.
            f"SetEnv PI_TEST_MARK={self.mark} SHLVL=2 {environment}\n"
        )
        return str(config)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@cache
def _sshd() -> str:
    """Return the program, where it can be used; else skip the test."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("there is no sshd")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    check = subprocess.run(  # noqa: S603
        [program, "-T", "-f", "/dev/null"], capture_output=True, text=True, check=False
    )
    # Without a host key of the machine it says so, and nothing else.
    if check.returncode != 0 and "no hostkeys" not in check.stderr:
        pytest.skip(f"sshd cannot be used: {check.stderr}")
    return program

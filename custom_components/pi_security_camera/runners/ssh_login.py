"""Getting into a host over SSH, once: what is asked for, what is allowed, and what can go wrong.

Nothing of the account that Home Assistant runs in counts: no ~/.ssh/config, no agent, no known_hosts, no key files.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
import errno
import getpass
import os
import socket

import asyncssh

from ..capture.runner_errors import (
    HostFailed,
    HostKeyChanged,
    HostNameNotFound,
    HostPortClosed,
    HostRefused,
    HostTimedOut,
    KeyRefused,
    PasswordNotAllowed,
    PasswordRefused,
)
from .ssh_keys import import_private_key, public_line

# Everything until a command can be run: name, TCP, key exchange, login. sshd may ask the DNS who we are, and a Zero
# calculates for a second. Seconds.
_LOGIN_LIMIT = 15.0
# A host that is silent for so long is asked whether it is there; after so many questions without an answer it is gone.
# Home Assistant then knows after half a minute, and the router on the way keeps the connection in mind. Seconds.
_KEEPALIVE = 10.0
_KEEPALIVE_COUNT = 2
# The best first: it is what the user's own ssh shows when it asks for confirmation.
_HOST_KEY_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


# What the network says of a machine that is switched off: nobody answers for its address.
_NOT_THERE = (errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETUNREACH)


@dataclass(frozen=True, slots=True)
class SshSettings:
    """Where a host is, who we are there, and how it proves that it is the one meant. Secrets are not shown."""

    host: str
    username: str
    host_key: str
    """The host's public key, as OpenSSH writes it in one line; no other is accepted."""
    port: int = 22
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)


async def fetch_host_key(host: str, port: int = 22) -> tuple[str, str]:
    """Ask a host for its public key, to be confirmed by the user; return its OpenSSH line and SHA-256 fingerprint.

    Raises HostUnreachable.
    """
    with _host_errors(host):
        await asyncio.to_thread(_give_account_a_name)
        async with asyncio.timeout(_LOGIN_LIMIT):
            key = await asyncssh.get_server_host_key(host, port, config=None, server_host_key_algs=_HOST_KEY_ALGORITHMS)
        assert key is not None  # noqa: S101 - only GSS has none, and it was not offered
        return public_line(key), key.get_fingerprint()


class Login:
    """The way into one host; what is slow to prepare is kept for the next time."""

    def __init__(self, settings: SshSettings) -> None:
        self._settings = settings
        self._options: asyncssh.SSHClientConnectionOptions | None = None

    async def connect(self) -> asyncssh.SSHClientConnection:
        """Connect and log in. Raises HostError."""
        settings = self._settings
        attempt = _Attempt(settings)
        with _host_errors(settings.host):
            if self._options is None:
                self._options = await asyncio.to_thread(self._prepare)
            try:
                async with asyncio.timeout(_LOGIN_LIMIT):
                    return await asyncssh.connect(
                        settings.host,
                        settings.port,
                        config=None,
                        options=self._options,
                        client_factory=lambda: attempt,
                        password=attempt.give_password if settings.password else None,
                    )
            except asyncssh.DisconnectError as error:
                # Before the host has proved who it is, anybody on the way can say anything.
                if attempt.is_trusted and _is_refusal(error):
                    raise attempt.refusal() from None
                if attempt.shown_host_key and not attempt.is_trusted:
                    raise HostKeyChanged(settings.host, attempt.expected_host_key, attempt.shown_host_key) from None
                raise

    def _prepare(self) -> asyncssh.SSHClientConnectionOptions:
        """Blocking: reads keys. Raises KeyUnusable, and ValueError for a user name that SSH does not allow."""
        settings = self._settings
        _give_account_a_name()
        key = import_private_key(settings.private_key, settings.passphrase) if settings.private_key else None
        first = [algorithm.decode() for algorithm in asyncssh.import_public_key(settings.host_key).sig_algorithms]
        return asyncssh.SSHClientConnectionOptions(
            config=None,
            username=settings.username,
            client_keys=[key] if key else None,
            agent_path=None,
            # Nothing is trusted by a list: _Attempt compares, and so learns what was shown instead. A host that lost
            # the pinned kind of key can show another one, which is refused with its fingerprint, not with a riddle.
            known_hosts=([], [], []),
            server_host_key_algs=sorted(_HOST_KEY_ALGORITHMS, key=lambda algorithm: algorithm not in first),
            x509_trusted_certs=None,
            x509_trusted_cert_paths=None,
            public_key_auth=key is not None,
            password_auth=bool(settings.password),
            # Some hosts ask for the password in this way only; asyncssh answers nothing but a password's prompt.
            kbdint_auth=bool(settings.password),
            host_based_auth=False,
            gss_host=None,
            gss_kex=False,
            gss_auth=False,
            keepalive_interval=_KEEPALIVE,
            keepalive_count_max=_KEEPALIVE_COUNT,
        )


class _Attempt(asyncssh.SSHClient):
    """One login, as asyncssh asks about it: it remembers what the host has seen of us, and shown."""

    def __init__(self, settings: SshSettings) -> None:
        self._settings = settings
        self._password_given = False
        expected = asyncssh.import_public_key(settings.host_key)
        self._expected = expected.public_data
        self.expected_host_key = expected.get_fingerprint()
        self.shown_host_key = ""
        self.is_trusted = False
        """Whether the host has shown the pinned key, and proved that it has it."""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Say whether it is the pinned key."""
        self.shown_host_key = key.get_fingerprint()
        self.is_trusted = key.public_data == self._expected
        return self.is_trusted

    def give_password(self) -> str:
        """Return the password; asyncssh asks once, and only when the host wants one."""
        self._password_given = True
        return self._settings.password

    def refusal(self) -> HostRefused:
        """Return the error that names what the host refused: the password comes after the key."""
        if self._password_given:
            kind: type[HostRefused] = PasswordRefused
        else:
            kind = KeyRefused if self._settings.private_key else PasswordNotAllowed
        return kind(self._settings.host, self._settings.username)


def _is_refusal(error: asyncssh.DisconnectError) -> bool:
    """Say whether a host that is trusted did not let us in; OpenSSH tells too many attempts by its text alone."""
    return isinstance(error, asyncssh.PermissionDenied) or "authentication failures" in str(error)


def _give_account_a_name() -> None:
    """See to it that asyncssh can ask for the name of the account that we run in, though it needs none.

    A container that runs under a user id of its own has no name for it, and asyncssh does not expect that.
    """
    try:
        getpass.getuser()
    except OSError:
        os.environ["LOGNAME"] = "homeassistant"


@contextmanager
def _host_errors(host: str) -> Generator[None]:
    """Turn what network and SSH raise while we connect into our own errors."""
    try:
        yield
    except socket.gaierror:
        raise HostNameNotFound(host) from None
    except TimeoutError:
        raise HostTimedOut(host) from None
    except ConnectionError, asyncssh.ConnectionLost:
        # Nothing listens; or what listens hangs up: no SSH server, or one that does not want to talk to us.
        raise HostPortClosed(host) from None
    except OSError as error:
        # For a name with several addresses, asyncio joins their errors into one text, and has no number for it.
        if f"[Errno {errno.ECONNREFUSED}]" in str(error):
            raise HostPortClosed(host) from None
        if any(f"[Errno {number}]" in str(error) for number in _NOT_THERE):
            raise HostTimedOut(host) from None
        raise HostFailed(host, str(error)) from None
    except (asyncssh.Error, ValueError) as error:
        # The second is what asyncssh says of packets that are none, and of names that are none.
        raise HostFailed(host, str(error)) from None

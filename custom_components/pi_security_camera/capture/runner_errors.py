"""Why a command could not be run to its end on a host.

RunnerError                 the command could not be run to its end
├── ProgramNotFound         the host has no such program
├── CommandNotStarted       the host could not start it
├── CommandTimeout          it was stopped at its time limit
├── OutputTooLarge          it wrote more than a photo can be
├── HostError               there is no connection to the host
│   ├── HostUnreachable     no way to it
│   │   ├── HostNameNotFound    nobody knows its name
│   │   ├── HostPortClosed      it is there, but nothing listens
│   │   ├── HostTimedOut        it does not answer
│   │   ├── HostConnectionLost  the connection broke in the middle
│   │   └── HostFailed          anything else that network or SSH reports
│   ├── HostRefused         it did not let us in
│   │   ├── PasswordRefused
│   │   ├── KeyRefused
│   │   └── PasswordNotAllowed  it takes keys alone, and we have none
│   ├── HostKeyChanged      it is another host than the one that was confirmed
│   └── KeyUnusable         our own private key cannot be used
│       ├── KeyUnreadable
│       ├── PassphraseMissing
│       └── PassphraseWrong
└── CommandsRefused         it let us in, but runs no commands for us
"""

from .errors import CaptureError, one_line


class RunnerError(CaptureError):
    """The command could not be run to its end."""


class ProgramNotFound(RunnerError):
    """The host has no such program."""

    def __init__(self, program: str) -> None:
        super().__init__(program=program)


class CommandNotStarted(RunnerError):
    """The host could not start the command: no memory, too many open files; `text` is the system's own word."""

    def __init__(self, text: str) -> None:
        super().__init__(text=text)


class CommandTimeout(RunnerError):
    """The command was stopped after `seconds`; `stderr` is the tail of what it had said."""

    def __init__(self, seconds: float, stderr: str = "") -> None:
        super().__init__(seconds=f"{seconds:g}")
        self.stderr = stderr


class OutputTooLarge(RunnerError):
    """The command wrote more than `limit` bytes and was stopped."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit=str(limit))


class HostError(RunnerError):
    """There is no connection to the host."""


class HostUnreachable(HostError):
    """There is no way to `host`."""

    def __init__(self, host: str, **more: str) -> None:
        super().__init__(host=host, **more)


class HostNameNotFound(HostUnreachable):
    """Nobody knows the host's name."""


class HostPortClosed(HostUnreachable):
    """The host is there, but nothing listens on the port."""


class HostTimedOut(HostUnreachable):
    """The host does not answer, or not in time."""


class HostConnectionLost(HostUnreachable):
    """The connection broke in the middle: what the command did is not known."""


class HostFailed(HostUnreachable):
    """Anything else that keeps us from the host; `text` is the network's or SSH's own word."""

    def __init__(self, host: str, text: str) -> None:
        super().__init__(host, text=one_line(text))


class HostRefused(HostError):
    """The host did not let us in as `username`."""

    def __init__(self, host: str, username: str) -> None:
        super().__init__(host=host, username=username)


class PasswordRefused(HostRefused):
    """The password is wrong, or the host knows no such user."""


class KeyRefused(HostRefused):
    """The key is not among those that the host authorised for the user."""


class PasswordNotAllowed(HostRefused):
    """The host asks nobody for a password, and there is no key."""


class HostKeyChanged(HostError):
    """The host showed another key than the one confirmed; `old` and `new` are their SHA-256 fingerprints."""

    def __init__(self, host: str, old: str, new: str) -> None:
        super().__init__(host=host, old=old, new=new)


class KeyUnusable(HostError):
    """Our own private key cannot be used."""


class KeyUnreadable(KeyUnusable):
    """It is no private key, or of a kind that is not supported."""


class PassphraseMissing(KeyUnusable):
    """It is locked, and there is no passphrase."""


class PassphraseWrong(KeyUnusable):
    """It is locked, and the passphrase is another one."""


class CommandsRefused(RunnerError):
    """The host let us in, but runs no commands for us; `text` is its last word on why."""

    def __init__(self, host: str, text: str) -> None:
        super().__init__(host=host, text=one_line(text))

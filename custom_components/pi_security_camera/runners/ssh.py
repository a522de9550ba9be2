"""Commands on another machine, over SSH.

A command is ended by the end of its stdin. Every SSH server passes that on, through forced commands, too, and it comes
by itself when the connection breaks. A signal request is refused for forced commands and by servers older than
OpenSSH 7.9, and closing the channel alone ends nothing. So each command runs beside a watcher (`_SCRIPT`) that waits
for that end, then sends the signals and sees to it that nothing is left. What the watcher cannot see is a network that
went silent: there, `run` has the limit of timeout(1), and `stream` a heartbeat.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
import math
import shlex

from ..capture.command import Completed
from ..capture.runner_errors import CommandTimeout, HostConnectionLost, HostTimedOut, ProgramNotFound
from . import GRACE, STDOUT_LIMIT
from .ssh_connection import OnChange, SshConnection
from .ssh_login import SshSettings
from .ssh_stream import FRAMES_WINDOW, MARKER, PHOTO_WINDOW, SshStream
from .waiting import to_its_end

# A stream says nothing to its watcher but that we are still there; after the patience it takes us for dead: else
# rpicam-vid would hold the camera until the host's TCP gives up, a quarter of an hour after we are back. Seconds.
_HEARTBEAT = 10.0
_PATIENCE = 40
# How long a stream may take to start: a Zero needs seconds when it is busy. Seconds.
_START_LIMIT = 15.0
# A command that has not begun for so long is on a dead connection; a Pi that is only busy begins it sooner, and others'
# commands on the same connection are not to pay for a short limit. Seconds.
_SILENCE = 5.0
# Exit statuses of timeout(1) when it cannot start the program, which it then says in its own name.
_NOT_STARTED = (126, 127)

# $1: the signals that end the command, before KILL. $2: how many tenths of a second each has to work. $3: seconds
# without a heartbeat after which the command ends; 0 for never. The rest is the command.
# - The marker on stdout comes when the program is there: what stands before it is a talkative login's.
# - The command replaces this shell, so that its exit status and signal are its own and $$ stays its process id.
# - $$ is its process group, too: sshd makes a session for each command, and timeout(1) a group. Where neither is so,
#   the process alone gets the signal.
# - The watcher ignores what it sends to its own group. The last signal, KILL, ends it with all that is left.
_SCRIPT = f"""
exec 3<&0 </dev/null
command -v -- "$4" >/dev/null || exit 127
echo {MARKER.decode().strip()}
(
  trap '' HUP INT QUIT TERM
  if [ "$3" = 0 ]; then
    read -r _ <&3
  else
    while timeout -s KILL "$3" sh -c 'read -r _' <&3; do :; done
  fi
  for signal in $1 KILL; do
    kill -s "$signal" -- "-$$" || kill -s "$signal" "$$"
    tenths=$2
    while [ "$tenths" -gt 0 ] && kill -0 "$$"; do
      sleep 0.1
      tenths=$((tenths - 1))
    done
  done
) >/dev/null 2>&1 &
exec 3<&-
shift 3
exec "$@"
"""


class SshHosts:
    """All hosts reached over SSH: cameras with the same settings share one connection."""

    def __init__(self) -> None:
        self._connections: dict[SshSettings, SshConnection] = {}

    def runner(self, settings: SshSettings, on_change: OnChange | None = None) -> SshRunner:
        """Return a runner for one camera; see SshConnection.join for what `on_change` hears."""
        self._connections = {each: kept for each, kept in self._connections.items() if kept.used}
        return SshRunner(self._connections.setdefault(settings, SshConnection(settings)), on_change)


class SshRunner:
    """Runs commands on a host whose connection is kept until the runner is closed."""

    def __init__(self, connection: SshConnection, on_change: OnChange | None = None) -> None:
        self.connection = connection
        connection.join(self, on_change)

    async def run(self, argv: Sequence[str], *, limit: float, stdout_limit: int = STDOUT_LIMIT) -> Completed:
        """Run a command to its end; see Runner.run. Connecting, where it must be, counts for the limit.

        Raises HostError and CommandsRefused, too.
        """
        # Our own limit ends it. The one of timeout(1) is for the day that the network goes silent in the middle.
        backstop = ("timeout", "-k", f"{GRACE:g}", str(math.ceil(limit + 2 * GRACE)))
        async with self._started([*backstop, *argv], limit, "TERM", PHOTO_WINDOW) as (child, deadline):
            try:
                async with asyncio.timeout_at(deadline):
                    stdout = await child.read_all(stdout_limit)
                    exit_status = await child.wait()
            except TimeoutError:
                raise CommandTimeout(limit, child.stderr) from None
        if exit_status in _NOT_STARTED and child.last_word.startswith("timeout:"):
            raise ProgramNotFound(argv[0])
        return Completed(exit_status, stdout, child.stderr)

    @asynccontextmanager
    async def stream(self, argv: Sequence[str]) -> AsyncIterator[SshStream]:
        """Start a command that has no end of its own; see Runner.stream.

        Raises HostError and CommandsRefused, too. When the connection
        breaks, `chunks` raises HostConnectionLost.
        """
        async with self._started(argv, _START_LIMIT, "INT TERM", FRAMES_WINDOW, _PATIENCE) as (child, _):
            child.keep_alive(_HEARTBEAT)
            yield child

    async def close(self) -> None:
        """Let go of the connection; the last runner's closes it."""
        await self.connection.leave(self)

    @asynccontextmanager
    async def _started(
        self, argv: Sequence[str], limit: float, signals: str, window: int, patience: int = 0
    ) -> AsyncGenerator[tuple[SshStream, float]]:
        """Start a command within `limit` seconds; yield it with the time at which they are over; at last, stop it."""
        deadline = asyncio.get_running_loop().time() + limit
        # The one place where arguments become a command line. `exec` saves a process where the login shell would stay.
        command = "exec " + shlex.join(
            ["sh", "-c", _SCRIPT, "pi_security_camera", signals, f"{GRACE * 10:.0f}", str(patience), *argv]
        )
        if "\0" in command:
            # As a local process has it. sshd would close the connection.
            message = "embedded null byte"
            raise ValueError(message)
        child = await self._start(command, argv[0], deadline, window)
        try:
            yield child, deadline
        finally:
            await _stop(child)

    async def _start(self, command: str, program: str, deadline: float, window: int) -> SshStream:
        """Start a command, on a new connection when the kept one turns out to be broken."""
        try:
            return await self._start_once(command, program, deadline, window)
        except HostConnectionLost:
            # A host that was switched off says nothing; that its connection is gone is only seen when it is used. The
            # command has not begun, or its end of stdin has come: the alert can still have its photo.
            return await self._start_once(command, program, deadline, window)

    async def _start_once(self, command: str, program: str, deadline: float, window: int) -> SshStream:
        """Start a command; raise what kept it from starting, and leave nothing of it."""
        loop, child = asyncio.get_running_loop(), SshStream(self.connection.host, window)
        connection, asked_at = None, math.inf
        try:
            async with asyncio.timeout_at(deadline):
                connection = await self.connection.get()
                asked_at = loop.time()
                await child.open(connection, command)
                await child.started(program)
        except BaseException as error:
            if isinstance(error, TimeoutError) and connection and loop.time() - asked_at >= _SILENCE:
                # It took the command, or not even that, and then nothing came: the next one gets a new connection.
                connection.abort()
            await _stop(child)
            if isinstance(error, TimeoutError):
                raise HostTimedOut(self.connection.host) from None
            raise
        return child


async def _stop(child: SshStream) -> None:
    """Stop a command; being cancelled meanwhile does not stop that."""
    _, cancelled = await to_its_end(child.stop())
    if cancelled:
        raise cancelled

"""Home Assistant as a child process: started, waited for, logged in to, stopped."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
import contextlib
from pathlib import Path
import sys

import aiohttp

from . import children
from .client import Client, RequestRefused
from .progress import LabError, last_lines

USERNAME = PASSWORD = "demo"  # noqa: S105 - it is printed: it guards a demonstration

# The exit status by which Home Assistant asks to be started again.
RESTART = 100

_POLL = 0.1

# A first start on a Pi 3 writes the byte code of a thousand modules.
_START_LIMIT = 300.0


class HomeAssistant:
    """A running Home Assistant."""

    def __init__(self, folder: Path, url: str, process: asyncio.subprocess.Process) -> None:
        self.folder = folder
        """Its configuration folder."""
        self.url = url
        self.process = process

    @property
    def log(self) -> Path:
        """Its log file."""
        return self.folder / "home-assistant.log"

    async def log_in(self, session: aiohttp.ClientSession) -> Client:
        """Wait until it has started, making the user at the first start, and return a client that is logged in.

        Raises LabError when it does not come up.
        """
        client = Client(self.url, session)
        first = await self._until(lambda: _user_is_missing(client))
        code = await (_make_user(client) if first else _log_in(client))
        fields = {"grant_type": "authorization_code", "code": code, "client_id": _client_id(client)}
        token = await client.post_form("/auth/token", fields)
        await client.open(token["access_token"])
        await self._until(lambda: _is_running(client))
        return client

    async def _until[T](self, ask: Callable[[], Awaitable[T | None]]) -> T:
        """Ask again and again until there is an answer. Raises LabError after 300 s, and when it ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_LIMIT):
                while self.process.returncode is None:
                    if (answer := await ask()) is not None:
                        return answer
                    await asyncio.sleep(_POLL)
        message = f"Home Assistant did not start:\n{last_lines(_output(self.folder))}"
        raise LabError(message)


@contextlib.asynccontextmanager
async def running_home_assistant(
    folder: Path, url: str, environment: Mapping[str, str]
) -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant on a configuration folder that says it listens at `url`."""
    # -P: nothing of ours may be found before Home Assistant's own modules.
    program = Path(__file__).with_name("hass.py")
    command: list[str | Path] = [sys.executable, "-P", program, "--config", folder, "--log-no-color"]
    with _output(folder).open("wb") as output:
        process = await children.start(command, environment=environment, output=output)
    try:
        yield HomeAssistant(folder, url, process)
    finally:
        await children.stop(process)


def _output(folder: Path) -> Path:
    """Return the file with everything that it prints, also before it has a log."""
    return folder / "home-assistant.out"


def _client_id(client: Client) -> str:
    """Return the name that a client logs in under: its own address, as the frontend's is."""
    return client.url + "/"


async def _user_is_missing(client: Client) -> bool | None:
    """Return whether the user is still to be made, None as long as nobody answers."""
    try:
        steps = await client.request("GET", "/api/onboarding")
    except aiohttp.ClientError:
        return None
    except RequestRefused:
        # Once everything is done, the address is gone.
        return False
    return any(step["step"] == "user" and not step["done"] for step in steps)


async def _is_running(client: Client) -> bool | None:
    """Return true when everything is set up, None before."""
    configuration = await client.request("GET", "/api/config")
    return True if configuration["state"] == "RUNNING" else None


async def _make_user(client: Client) -> str:
    """Make the user and return a code for a token."""
    fields = {
        "name": "Demo",
        "username": USERNAME,
        "password": PASSWORD,
        "client_id": _client_id(client),
        "language": "en",
    }
    answer = await client.request("POST", "/api/onboarding/users", fields)
    return str(answer["auth_code"])


async def _log_in(client: Client) -> str:
    """Log in as the login page does and return a code for a token."""
    identity = {"client_id": _client_id(client)}
    start = {**identity, "handler": ["homeassistant", None], "redirect_uri": _client_id(client)}
    step = await client.request("POST", "/auth/login_flow", start)
    login = {**identity, "username": USERNAME, "password": PASSWORD}
    step = await client.request("POST", f"/auth/login_flow/{step['flow_id']}", login)
    if step["type"] != "create_entry":
        message = f"The login {USERNAME} / {PASSWORD} is no longer right: start anew with --fresh"
        raise LabError(message)
    return str(step["result"])

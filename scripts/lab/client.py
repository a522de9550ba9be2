"""A client of Home Assistant's REST and WebSocket interfaces."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
from itertools import count
from typing import Any

import aiohttp

from .progress import LabError

type Json = dict[str, Any]

# The longest answer is that of the test photo's step.
_LIMIT = aiohttp.ClientTimeout(total=60)


class RequestRefused(LabError):
    """Home Assistant answered with an error."""


class Client:
    """Logged in to one Home Assistant. Every method raises RequestRefused, and aiohttp.ClientError when it is gone."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        """`url` is the address without a slash at its end; the session is the caller's to close."""
        self.url = url
        self._session = session
        self._token: str | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._listeners: dict[int, Callable[[Json], None]] = {}

    async def request(self, method: str, path: str, body: Json | None = None) -> Any:
        """Send a REST request, authorised when there is a token, and return the JSON of its answer."""
        async with self._requested(method, path, body) as response:
            return await response.json()

    async def fetch(self, path: str) -> bytes:
        """Return what lies at a path, as it is."""
        async with self._requested("GET", path) as response:
            return await response.read()

    async def post_form(self, path: str, fields: dict[str, str]) -> Json:
        """Send a form, as the token request wants it, and return the JSON of its answer."""
        async with self._session.post(self.url + path, data=fields, timeout=_LIMIT) as response:
            if not response.ok:
                message = f"POST {path}: {response.status} {await response.text()}"
                raise RequestRefused(message)
            answer: Json = await response.json()
            return answer

    async def open(self, token: str) -> None:
        """Use this access token from now on, and open the WebSocket with it."""
        self._token = token
        self._socket = await self._session.ws_connect(self.url + "/api/websocket", max_msg_size=0)
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": token})
        if (await self._socket.receive_json())["type"] != "auth_ok":
            message = "Home Assistant did not accept the access token"
            raise RequestRefused(message)
        self._reader = asyncio.create_task(self._read(self._socket))

    async def close(self) -> None:
        """Close the WebSocket."""
        if self._reader:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._socket:
            await self._socket.close()

    async def call(self, command: str, **fields: Any) -> Any:
        """Send a WebSocket command and return its result."""
        return await self._send(next(self._ids), command, fields)

    async def subscribe(self, listener: Callable[[Json], None], command: str, **fields: Any) -> None:
        """Send a WebSocket command that subscribes; the listener is called with each event."""
        number = next(self._ids)
        self._listeners[number] = listener
        await self._send(number, command, fields)

    @contextlib.asynccontextmanager
    async def _requested(
        self, method: str, path: str, body: Json | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else None
        async with self._session.request(
            method, self.url + path, json=body, headers=headers, timeout=_LIMIT
        ) as response:
            if not response.ok:
                message = f"{method} {path}: {response.status} {await response.text()}"
                raise RequestRefused(message)
            yield response

    async def _send(self, number: int, command: str, fields: Json) -> Any:
        if self._socket is None:
            message = "open() comes first"
            raise RuntimeError(message)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send_json({"id": number, "type": command, **fields})
            async with asyncio.timeout(_LIMIT.total):
                return await answer
        finally:
            del self._answers[number]

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Hand each message to whoever waits for it, until the connection ends."""
        async for message in socket:
            self._dispatch(message.json())
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(aiohttp.ClientConnectionError("Home Assistant closed the connection"))

    def _dispatch(self, message: Json) -> None:
        number = message["id"]
        if message["type"] == "event":
            self._listeners[number](message["event"])
        elif answer := self._answers.get(number):
            if message["success"]:
                answer.set_result(message["result"])
            else:
                error = message["error"]
                answer.set_exception(RequestRefused(f"{error['code']}: {error['message']}"))

"""A line to a server that can be slow, lose packets, fall silent, and break."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
import random

from custom_components.pi_security_camera.runners.ssh_login import SshSettings

from .ssh_servers import HOST, free_port

# What fits into one packet of the internet.
_PACKET = 1448
# As many are under way at most: a TCP that is not answered waits, too.
_UNDER_WAY = 1000
# The least that TCP waits before it sends a packet again, on top of the way there and back. Seconds.
_RETRANSMISSION = 0.2


class Proxy:
    """The line; what is set holds from the next packet on."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.delay = 0.0
        """How long each way takes, in seconds."""
        self.loss = 0.0
        """Which part of the packets is lost. To the ends, that is a pause: TCP sends again, and keeps the order."""
        self.lost = 0
        """How many were."""
        self.most_bytes: float | None = None
        """How many bytes a second the server can send us; the others wait where they do with a real one."""
        self.cut_after: int | None = None
        """Break when the server has sent so many more bytes."""
        self.cut_at_next_word = False
        """Break when we send something: what becomes of a connection to a host that was switched off."""
        self.connections = 0
        self.cuts = 0
        self._target = target
        # The same packets are lost each time.
        self._chance = random.Random(1)  # noqa: S311
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._listener: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._listener = await asyncio.start_server(self._accept, HOST, self.port)

    async def stop(self) -> None:
        """Break all connections, and refuse new ones until the next start."""
        if self._listener:
            self._listener.close()
            self._listener = None
        self.cut()
        self.go_on()
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
            await asyncio.sleep(0)

    def stall(self) -> None:
        """Swallow what comes, both ways, and let the ends believe that they are connected."""
        self._flowing.clear()

    def go_on(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        """Break all connections."""
        self.cuts += 1
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self._target)
        except OSError:
            self._writers.discard(writer)
            writer.transport.abort()
            return
        self._writers.add(far_writer)
        for source, target, counts in ((reader, far_writer, False), (far_reader, writer, True)):
            under_way = asyncio.Queue[tuple[float, bytes]](_UNDER_WAY)
            self._start(self._send(source, under_way, counts=counts))
            self._start(self._arrive(under_way, target))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(
        self, source: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]], *, counts: bool
    ) -> None:
        arrival = 0.0
        with suppress(OSError):
            while data := await source.read(_PACKET if self.loss or self.most_bytes else 8192):
                if counts and self.most_bytes:
                    await asyncio.sleep(len(data) / self.most_bytes)
                await self._flowing.wait()
                if self._breaks_at(len(data), counts=counts):
                    self.cut()
                    break
                arrival = max(arrival, self._arrival())
                await under_way.put((arrival, data))
        await under_way.put((self._arrival(), b""))

    def _breaks_at(self, size: int, *, counts: bool) -> bool:
        if self.cut_at_next_word:
            self.cut_at_next_word = False
            return True
        if counts and self.cut_after is not None:
            self.cut_after -= size
            if self.cut_after <= 0:
                self.cut_after = None
                return True
        return False

    def _arrival(self) -> float:
        """Return when a packet arrives that is sent now; one that is lost, when it was sent again."""
        arrival = asyncio.get_running_loop().time() + self.delay
        patience = _RETRANSMISSION + 2 * self.delay
        while self._chance.random() < self.loss:
            self.lost += 1
            arrival += patience
            patience *= 2
        return arrival

    async def _arrive(self, under_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                arrival, data = await under_way.get()
                if arrival > loop.time():
                    await asyncio.sleep(arrival - loop.time())
                if not data:
                    break
                if not target.transport.is_closing():
                    with suppress(OSError):
                        target.write(data)
                        await target.drain()
        finally:
            target.transport.abort() if target.transport.is_closing() else target.close()
            self._writers.discard(target)


def through(settings: SshSettings, proxy: Proxy) -> SshSettings:
    """Return the settings for a way through a proxy."""
    return replace(settings, port=proxy.port)

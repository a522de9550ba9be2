"""The MQTT broker of the lab: mosquitto, as most users run it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
import contextlib
import os
from pathlib import Path
import re

from . import children
from .ports import LOOPBACK, answers
from .progress import LabError

# The queue is longer than mosquitto's own 1000 messages, so that a storm reaches Home Assistant whole.
_CONFIGURATION = """\
listener {port} {host}
allow_anonymous true
persistence false
max_queued_messages 100000
user nobody
log_dest stderr
log_timestamp false
log_type error
log_type warning
log_type subscribe
"""

# mosquitto logs "<client> <qos> <topic>" for each subscription when it has entered it.
_SUBSCRIPTION = re.compile(r"^\S+ [012] (?P<topic>.+)$")


class Broker:
    """A running broker on a loopback port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.complaints: list[str] = []
        """What it logged of errors and warnings."""
        self._subscribed: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def forget_subscriptions(self) -> None:
        """Wait anew: to be called before a subscriber is started again."""
        self._subscribed.clear()

    async def wait_for_subscription(self, topic: str, limit: float) -> None:
        """Return when a client has subscribed to exactly this topic; `limit` in seconds (TimeoutError).

        The broker's own word is the only sure one: from then on it passes every message on, while a
        subscriber that has merely asked can still miss one.
        """
        async with asyncio.timeout(limit):
            await self._subscribed[topic].wait()

    async def read_log(self, process: asyncio.subprocess.Process) -> None:
        """Follow the log that the broker's process writes, until it ends."""
        while process.stdout and (raw := await process.stdout.readline()):
            line = raw.decode(errors="replace").strip()
            if subscription := _SUBSCRIPTION.match(line):
                self._subscribed[subscription["topic"]].set()
            else:
                self.complaints.append(line)


@contextlib.asynccontextmanager
async def running_broker(folder: Path, port: int) -> AsyncIterator[Broker]:
    """Run a broker on the loopback port. Raises LabError when it does not start."""
    configuration = folder / "mosquitto.conf"
    configuration.write_text(_CONFIGURATION.format(port=port, host=LOOPBACK), encoding="utf-8")
    process = await children.start(
        ["mosquitto", "-c", configuration], environment=os.environ, output=asyncio.subprocess.PIPE
    )
    broker = Broker(port)
    reader = asyncio.create_task(broker.read_log(process))
    try:
        await _until_ready(broker, process)
        yield broker
    finally:
        await children.stop(process)
        reader.cancel()


async def _until_ready(broker: Broker, process: asyncio.subprocess.Process) -> None:
    """Return when the broker listens. Raises LabError when it ended or does not listen after 10 s."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            while process.returncode is None:
                if await answers(broker.port):
                    return
                await asyncio.sleep(0.05)
    raise LabError("The broker did not start:\n" + "\n".join(broker.complaints))

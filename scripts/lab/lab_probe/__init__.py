"""Measures inside Home Assistant's process what cannot be seen from outside."""

import asyncio
import time

from aiohttp import web
from homeassistant.components import mqtt
from homeassistant.components.http import HomeAssistantView
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

DOMAIN = "lab_probe"

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)

# How often the loop is asked, in seconds.
_INTERVAL = 0.002


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Offer the measurement at /api/lab_probe."""
    hass.http.register_view(ProbeView(hass))
    return True


class LoopWatch:
    """By how much the event loop's timers were late."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self.longest = 0.0
        """The most that one was late since the start, in seconds."""

    def start(self) -> None:
        """Forget what was measured and measure from now on."""
        self.stop()
        self.longest = 0.0
        self._schedule()

    def stop(self) -> None:
        """Measure no more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        self._due = self._loop.time() + _INTERVAL
        self._timer = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        self.longest = max(self.longest, self._loop.time() - self._due)
        self._schedule()


class MessageWatch:
    """When messages of one topic reach Home Assistant."""

    def __init__(self) -> None:
        self._unsubscribe: CALLBACK_TYPE | None = None
        self.count = 0
        self.last = 0.0
        """When the last one came, by time.perf_counter, which is the same clock in all processes of a machine."""

    async def start(self, hass: HomeAssistant, topic: str) -> None:
        """Forget what was measured and count the messages of this topic from now on."""
        self.stop()
        self.count = 0
        self._unsubscribe = await mqtt.async_subscribe(hass, topic, self._received, qos=1, encoding=None)

    def stop(self) -> None:
        """Count no more."""
        if self._unsubscribe:
            self._unsubscribe()
            self._unsubscribe = None

    @callback
    def _received(self, _message: mqtt.ReceiveMessage) -> None:
        self.count += 1
        self.last = time.perf_counter()


class ProbeView(HomeAssistantView):
    """POST starts a measurement, GET ends it and answers with its result."""

    url = "/api/lab_probe"
    name = "api:lab_probe"

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._loop = LoopWatch(hass.loop)
        self._messages = MessageWatch()

    async def post(self, request: web.Request) -> web.Response:
        """Start a measurement; the body names the `topic` whose messages are to be counted."""
        await self._messages.start(self._hass, (await request.json())["topic"])
        self._loop.start()
        return self.json({})

    async def get(self, _request: web.Request) -> web.Response:
        """End the measurement. `longest_block` is in seconds, `last_message` a reading of time.perf_counter."""
        self._loop.stop()
        self._messages.stop()
        return self.json(
            {
                "longest_block": self._loop.longest,
                "messages": self._messages.count,
                "last_message": self._messages.last,
            }
        )

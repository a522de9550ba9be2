"""Measures inside Home Assistant's process what cannot be seen from outside."""

import asyncio
import gc
import time

from aiohttp import web
from homeassistant.components import mqtt
from homeassistant.components.http import HomeAssistantView
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

DOMAIN = "lab_probe"

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)

# How often the loop is asked, in seconds.
_INTERVAL = 0.002

# Python's oldest generation of objects: collecting it is collecting all.
_OLDEST = 2


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Offer the measurement at /api/lab_probe."""
    hass.http.register_view(ProbeView(hass))
    return True


class CollectionWatch:
    """What Python's full garbage collections take: meanwhile no thread does anything else."""

    def __init__(self) -> None:
        self._begin: float | None = None
        self._total = 0.0
        self.longest = 0.0
        """The longest collection since the start, in seconds."""

    def start(self) -> None:
        """Forget what was measured and measure from now on."""
        self.stop()
        self._begin, self._total, self.longest = None, 0.0, 0.0
        gc.callbacks.append(self._hear)

    def stop(self) -> None:
        """Measure no more."""
        if self._hear in gc.callbacks:
            gc.callbacks.remove(self._hear)

    def total(self) -> float:
        """Return what all of them took together, in seconds.

        One that ended in another thread may not have been told yet when the loop goes on.
        """
        begin = self._begin
        return self._total + (0.0 if begin is None else time.perf_counter() - begin)

    def _hear(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] < _OLDEST:
            return
        if phase == "start":
            self._begin = time.perf_counter()
        elif self._begin is not None:
            took = time.perf_counter() - self._begin
            self._begin, self._total, self.longest = None, self._total + took, max(self.longest, took)


class LoopWatch:
    """By how much the event loop's timers were late."""

    def __init__(self, loop: asyncio.AbstractEventLoop, collections: CollectionWatch) -> None:
        self._loop = loop
        self._collections = collections
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._collected = 0.0
        self.longest = 0.0
        """The most that one was late since the start, in seconds, less what full collections took meanwhile.

        Such a one goes through all that Home Assistant and its integrations hold: how long it takes is not ours.
        """

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
        self._collected = self._collections.total()
        self._due = self._loop.time() + _INTERVAL
        self._timer = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        late = self._loop.time() - self._due
        self.longest = max(self.longest, late - (self._collections.total() - self._collected))
        self._schedule()


class MessageWatch:
    """When messages of one topic reach Home Assistant."""

    def __init__(self) -> None:
        self._unsubscribe: CALLBACK_TYPE | None = None
        self.arrivals: list[float] = []
        """When each came, by time.perf_counter, which is the same clock in all processes of a machine."""

    async def start(self, hass: HomeAssistant, topic: str | None) -> None:
        """Forget what was measured and count the messages of this topic, if any, from now on."""
        self.stop()
        self.arrivals = []
        if topic is not None:
            self._unsubscribe = await mqtt.async_subscribe(hass, topic, self._received, qos=1, encoding=None)

    def stop(self) -> None:
        """Count no more."""
        if self._unsubscribe:
            self._unsubscribe()
            self._unsubscribe = None

    @callback
    def _received(self, _message: mqtt.ReceiveMessage) -> None:
        self.arrivals.append(time.perf_counter())


class StateWatch:
    """How many states change, and on demand, states that change as often and mean nothing."""

    # So many entities change by turns, as often as this in a second.
    _ENTITIES = 250
    _TURNS = 20

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._unsubscribe: CALLBACK_TYPE | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._changes = 0
        self._begin = 0.0

    @property
    def rate(self) -> float:
        """How many changed in a second, since the start."""
        return self._changes / (time.perf_counter() - self._begin)

    def start(self, rate: float) -> None:
        """Count from now on, and change so many states in a second; 0 for none."""
        self.stop()
        self._changes, self._begin = 0, time.perf_counter()
        self._unsubscribe = self._hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)
        if rate:
            self._change(rate)

    def stop(self) -> None:
        """Count and change no more."""
        if self._unsubscribe:
            self._unsubscribe()
            self._unsubscribe = None
        if self._timer:
            self._timer.cancel()
            self._timer = None

    @callback
    def _changed(self, _event: Event[EventStateChangedData]) -> None:
        self._changes += 1

    def _change(self, rate: float) -> None:
        """Change as many states as are due by now."""
        due = int(rate * (time.perf_counter() - self._begin))
        for number in range(self._changes, due):
            # Each with an attribute of its own, as a photo's name is one.
            entity_id = f"sensor.lab_probe_{number % self._ENTITIES}"
            self._hass.states.async_set(entity_id, str(number), {"number": number})
        self._timer = self._hass.loop.call_later(1 / self._TURNS, self._change, rate)


class ProbeView(HomeAssistantView):
    """POST starts a measurement, GET ends it and answers with its result."""

    url = "/api/lab_probe"
    name = "api:lab_probe"

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._collections = CollectionWatch()
        self._loop = LoopWatch(hass.loop, self._collections)
        self._messages = MessageWatch()
        self._states = StateWatch(hass)

    async def post(self, request: web.Request) -> web.Response:
        """Start a measurement.

        The body names the `topic` whose messages are to be counted, or none, and how many `states` the probe shall
        change in a second by itself.
        """
        wish = await request.json()
        await self._messages.start(self._hass, wish["topic"])
        self._states.start(wish["states"])
        self._collections.start()
        self._loop.start()
        return self.json({})

    async def get(self, _request: web.Request) -> web.Response:
        """End the measurement. Times are in seconds, arrivals are readings of time.perf_counter."""
        self._loop.stop()
        self._collections.stop()
        self._messages.stop()
        states = self._states.rate
        self._states.stop()
        return self.json(
            {
                "states": states,
                "longest_block": self._loop.longest,
                "longest_collection": self._collections.longest,
                "arrivals": self._messages.arrivals,
            }
        )

"""The motion sensor of the lab: an MQTT client of its own, as a distance sensor in a room is one."""

import asyncio
import json
import random
import threading
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from .ports import LOOPBACK
from .progress import LabError

TOPIC = "salle/mouvement"


class MotionSensor:
    """A sensor that publishes what the seed's sensor does: {"status": "ALERT", "value": <cm>}."""

    def __init__(self, port: int) -> None:
        """Name the broker by its loopback port."""
        self._port = port
        self._client = Client(CallbackAPIVersion.VERSION2)

    async def connect(self) -> None:
        """Connect to the broker. Raises LabError when it does not answer."""
        connected = threading.Event()
        self._client.on_connect = lambda *_: connected.set()
        try:
            await asyncio.to_thread(self._client.connect, LOOPBACK, self._port)
            self._client.loop_start()
            if not await asyncio.to_thread(connected.wait, 10):
                raise TimeoutError
        except OSError as error:  # a TimeoutError is one
            message = f"The sensor does not reach the broker: {error}"
            raise LabError(message) from error

    def alert(self, topic: str = TOPIC, distance: float | None = None) -> float:
        """Publish an alert at once, without waiting for the broker; return its distance in cm."""
        if distance is None:
            distance = round(random.uniform(15, 120), 1)  # noqa: S311 - a visitor may stand anywhere
        self._client.publish(topic, _payload(distance), qos=1)
        return distance

    async def storm(self, count: int) -> float:
        """Publish so many alerts as fast as they go, without acknowledgements, as simple sensors do.

        Returns when the last one was published, by time.perf_counter.
        """
        return await asyncio.to_thread(self._publish_all, count)

    def _publish_all(self, count: int) -> float:
        for number in range(count):
            self._client.publish(TOPIC, _payload(number), qos=0)
        return time.perf_counter()

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


def _payload(distance: float) -> str:
    return json.dumps({"status": "ALERT", "value": distance})

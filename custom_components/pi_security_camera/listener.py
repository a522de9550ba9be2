"""MQTT → messages. Nothing else knows MQTT."""

from homeassistant.components import mqtt
from homeassistant.components.mqtt import ReceiveMessage
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .capture.rules import Message
from .coordinator import CaptureCoordinator


class Listener:
    """The subscriptions of one camera's motion triggers."""

    def __init__(self, hass: HomeAssistant, coordinator: CaptureCoordinator) -> None:
        self._hass = hass
        self._coordinator = coordinator
        self._subscriptions: dict[tuple[str, int], CALLBACK_TYPE] = {}
        coordinator.handle_broker(mqtt.is_connected(hass))
        self._stop_watching = mqtt.async_subscribe_connection_status(hass, coordinator.handle_broker)

    async def async_update(self) -> None:
        """Subscribe to what the motion triggers want now, and to nothing else; what they wanted before goes on."""
        wanted: dict[str, int] = {}
        for trigger in self._coordinator.settings.triggers:
            wanted[trigger.topic] = max(trigger.qos, wanted.get(trigger.topic, 0))
        for topic, qos in wanted.items() - self._subscriptions.keys():
            # Without an encoding the payload comes as bytes, whatever they are.
            self._subscriptions[topic, qos] = await mqtt.async_subscribe(
                self._hass, topic, self._received, qos, encoding=None
            )
        for key in self._subscriptions.keys() - wanted.items():
            self._subscriptions.pop(key)()

    @callback
    def async_stop(self) -> None:
        """End all subscriptions."""
        self._stop_watching()
        for unsubscribe in self._subscriptions.values():
            unsubscribe()
        self._subscriptions.clear()

    @callback
    def _received(self, message: ReceiveMessage) -> None:
        # Where filters overlap, each delivers the message; the first one speaks for all, so that it is judged once.
        triggers = self._coordinator.matching_triggers(message.topic)
        if triggers and triggers[0].topic == message.subscribed_topic:
            payload = message.payload if isinstance(message.payload, bytes) else str(message.payload).encode()
            self._coordinator.handle_message(Message(message.topic, payload, message.retain, message.timestamp))

"""MQTT → messages. Nothing else knows MQTT."""

from homeassistant.components import mqtt
from homeassistant.components.mqtt import ReceiveMessage
from homeassistant.core import HomeAssistant, callback

from .capture.rules import Message, topic_matches
from .coordinator import CaptureCoordinator


async def async_listen(hass: HomeAssistant, coordinator: CaptureCoordinator) -> None:
    """Subscribe to the topics of all motion triggers until the entry is unloaded."""
    levels: dict[str, int] = {}
    for trigger in coordinator.settings.triggers:
        levels[trigger.topic] = max(trigger.qos, levels.get(trigger.topic, 0))

    @callback
    def received(message: ReceiveMessage) -> None:
        # Where filters overlap, each delivers the message; the first one speaks for all, so that it is judged once.
        first = next(topic for topic in levels if topic_matches(topic, message.topic))
        if first == message.subscribed_topic:
            payload = message.payload if isinstance(message.payload, bytes) else str(message.payload).encode()
            coordinator.handle_message(Message(message.topic, payload, message.retain, message.timestamp))

    unload = coordinator.config_entry.async_on_unload
    for topic, qos in levels.items():
        # Without an encoding the payload comes as bytes, whatever they are.
        unload(await mqtt.async_subscribe(hass, topic, received, qos, encoding=None))
    coordinator.handle_broker(mqtt.is_connected(hass))
    unload(mqtt.async_subscribe_connection_status(hass, coordinator.handle_broker))

"""A storm of alerts with clips: each message has its outcome, and what waits stays bounded."""

import asyncio
import time

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from simulator import SimulatedHost

from .conftest import ALERT, TOPIC, until
from .test_clips import Events, clips, events, of_type
from .test_ready_mode import arm, live, open_streams, streaming, streams

__all__ = ["events"]


@pytest.mark.options(mode="ready", framerate=10, clips=True, pre_roll=1, post_roll=1)
async def test_a_hundred_alerts_a_second_make_one_clip_and_lose_none(
    hass: HomeAssistant, entry: MockConfigEntry, pi: SimulatedHost, events: Events
) -> None:
    await streaming(entry)
    sent, end = 0, time.monotonic() + 8
    while time.monotonic() < end:
        for _ in range(10):
            async_fire_mqtt_message(hass, TOPIC, ALERT)
        sent += 10
        assert len(entry.runtime_data.clips._tasks) == 1
        assert len(live(entry)._arrival._callbacks or ()) < 10
        await asyncio.sleep(0.1)
    (clip,) = await clips(events)
    await until(lambda: entry.runtime_data.outcomes.log.counts.total() == sent)
    assert {kind for kind, _ in entry.runtime_data.outcomes.log.counts} == {"captured", "coalesced"}
    assert clip["alerts"] == sent
    assert len(streams(pi)) == 1
    assert of_type(events, "failed") == []
    await arm(hass, armed=False)
    assert open_streams(pi) == []

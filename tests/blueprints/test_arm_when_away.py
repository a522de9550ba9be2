"""Armed when everybody has left, disarmed when somebody is back."""

import asyncio
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_START, EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from tests.conftest import state_of

from .conftest import Automate

ANN, BOB = "person.ann", "person.bob"
ARMED = "switch.hall_armed"
INPUTS = {"people": [ANN, BOB], "switches": [ARMED], "delay": {"minutes": 2}}


async def go(hass: HomeAssistant, person: str, place: str) -> None:
    """Let a person be somewhere."""
    hass.states.async_set(person, place)
    await hass.async_block_till_done(wait_background_tasks=True)


async def switch(hass: HomeAssistant, *, on: bool) -> None:
    """Switch the camera by hand."""
    await hass.services.async_call("switch", f"turn_{'on' if on else 'off'}", {"entity_id": ARMED}, blocking=True)


async def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **time: float) -> None:
    """Let time pass."""
    freezer.tick(timedelta(**time))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def restart(hass: HomeAssistant) -> None:
    """Come to the end of Home Assistant's start."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_START)
    await hass.async_block_till_done()
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await settle()


async def settle() -> None:
    """Let all happen that happens now, while an automation waits: to wait until all is done would wait for it, too."""
    for _ in range(500):
        await asyncio.sleep(0)


@pytest.fixture
async def both_home(hass: HomeAssistant, entry: MockConfigEntry, automate: Automate) -> None:
    """Two people at home, and a camera that is off."""
    hass.states.async_set(ANN, "home")
    hass.states.async_set(BOB, "home")
    await switch(hass, on=False)
    await automate("arm_when_away", INPUTS)


@pytest.fixture
async def both_away(hass: HomeAssistant, entry: MockConfigEntry, automate: Automate) -> None:
    """Nobody at home, and a camera that is on."""
    hass.states.async_set(ANN, "not_home")
    hass.states.async_set(BOB, "Work")
    await automate("arm_when_away", INPUTS)


async def test_armed_after_the_delay_when_the_last_one_has_left(
    hass: HomeAssistant, both_home: None, freezer: FrozenDateTimeFactory
) -> None:
    await go(hass, ANN, "not_home")
    await wait(hass, freezer, minutes=5)
    assert state_of(hass, ARMED).state == "off"
    await go(hass, BOB, "not_home")
    await wait(hass, freezer, seconds=115)
    assert state_of(hass, ARMED).state == "off"
    await wait(hass, freezer, seconds=10)
    assert state_of(hass, ARMED).state == "on"


async def test_disarmed_at_once_when_one_is_back(hass: HomeAssistant, both_away: None) -> None:
    assert state_of(hass, ARMED).state == "on"
    await go(hass, BOB, "home")
    assert state_of(hass, ARMED).state == "off"


async def test_another_zone_than_home_is_away(
    hass: HomeAssistant, both_home: None, freezer: FrozenDateTimeFactory
) -> None:
    await go(hass, ANN, "Work")
    await go(hass, BOB, "School")
    await wait(hass, freezer, minutes=3)
    assert state_of(hass, ARMED).state == "on"


@pytest.mark.parametrize("place", ["unknown", "unavailable"])
async def test_who_may_be_at_home_keeps_it_from_being_armed(
    hass: HomeAssistant, both_home: None, freezer: FrozenDateTimeFactory, place: str
) -> None:
    await go(hass, ANN, "not_home")
    await go(hass, BOB, place)
    await wait(hass, freezer, minutes=10)
    assert state_of(hass, ARMED).state == "off"
    await go(hass, BOB, "not_home")
    await wait(hass, freezer, minutes=3)
    assert state_of(hass, ARMED).state == "on"


async def test_who_may_have_come_home_does_not_disarm(hass: HomeAssistant, both_away: None) -> None:
    await go(hass, ANN, "unavailable")
    assert state_of(hass, ARMED).state == "on"


async def test_who_comes_back_during_the_delay_changes_nothing(
    hass: HomeAssistant, both_home: None, freezer: FrozenDateTimeFactory
) -> None:
    await go(hass, ANN, "not_home")
    await go(hass, BOB, "not_home")
    await wait(hass, freezer, minutes=1)
    await go(hass, BOB, "home")
    await wait(hass, freezer, minutes=10)
    assert state_of(hass, ARMED).state == "off"


async def test_what_is_switched_by_hand_stays_while_others_come_and_go(
    hass: HomeAssistant, both_home: None, freezer: FrozenDateTimeFactory
) -> None:
    await switch(hass, on=True)
    await go(hass, BOB, "not_home")
    await wait(hass, freezer, minutes=3)
    await go(hass, BOB, "home")
    assert state_of(hass, ARMED).state == "on"


async def test_what_is_switched_by_hand_stays_while_all_are_on_their_way(
    hass: HomeAssistant, both_away: None, freezer: FrozenDateTimeFactory
) -> None:
    await switch(hass, on=False)
    await go(hass, BOB, "not_home")
    await go(hass, BOB, "School")
    await wait(hass, freezer, minutes=10)
    assert state_of(hass, ARMED).state == "off"


@pytest.mark.parametrize("meanwhile", ["home", "unavailable", None])
async def test_a_restart_with_nobody_at_home_arms_after_the_delay(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    automate: Automate,
    freezer: FrozenDateTimeFactory,
    meanwhile: str | None,
) -> None:
    hass.states.async_set(ANN, "not_home")
    hass.states.async_set(BOB, "not_home")
    await switch(hass, on=False)
    hass.set_state(CoreState.starting)
    await automate("arm_when_away", INPUTS)
    await restart(hass)
    freezer.tick(timedelta(minutes=1))
    async_fire_time_changed(hass)
    await settle()
    assert state_of(hass, ARMED).state == "off"
    if meanwhile:
        hass.states.async_set(BOB, meanwhile)
        await settle()
    await wait(hass, freezer, minutes=2)
    assert state_of(hass, ARMED).state == ("off" if meanwhile else "on")


async def test_a_restart_with_somebody_at_home_disarms(
    hass: HomeAssistant, entry: MockConfigEntry, automate: Automate
) -> None:
    hass.states.async_set(ANN, "home")
    hass.states.async_set(BOB, "unknown")
    hass.set_state(CoreState.starting)
    await automate("arm_when_away", INPUTS)
    await restart(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, ARMED).state == "off"


async def test_people_who_are_known_only_after_the_restart_arm_it(
    hass: HomeAssistant, entry: MockConfigEntry, automate: Automate, freezer: FrozenDateTimeFactory
) -> None:
    await switch(hass, on=False)
    hass.states.async_set(ANN, "unknown")
    hass.states.async_set(BOB, "not_home")
    hass.set_state(CoreState.starting)
    await automate("arm_when_away", INPUTS)
    await restart(hass)
    await wait(hass, freezer, minutes=5)
    assert state_of(hass, ARMED).state == "off"
    await go(hass, ANN, "not_home")
    await wait(hass, freezer, minutes=3)
    assert state_of(hass, ARMED).state == "on"


async def test_several_cameras_and_a_single_tracker_will_do(
    hass: HomeAssistant, entry: MockConfigEntry, automate: Automate, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set("device_tracker.phone", "not_home")
    await automate("arm_when_away", INPUTS | {"people": "device_tracker.phone"})
    await go(hass, "device_tracker.phone", "home")
    assert state_of(hass, ARMED).state == "off"
    await go(hass, "device_tracker.phone", "not_home")
    await wait(hass, freezer, minutes=3)
    assert state_of(hass, ARMED).state == "on"


async def test_without_people_nothing_is_switched(
    hass: HomeAssistant, entry: MockConfigEntry, automate: Automate, freezer: FrozenDateTimeFactory
) -> None:
    await switch(hass, on=False)
    hass.set_state(CoreState.starting)
    await automate("arm_when_away", INPUTS | {"people": []})
    await restart(hass)
    await wait(hass, freezer, minutes=5)
    assert state_of(hass, ARMED).state == "off"

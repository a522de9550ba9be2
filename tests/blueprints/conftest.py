"""The shipped blueprints, loaded into Home Assistant as by an import, with phones that take down what they get."""

from collections.abc import Callable, Coroutine, Generator, Mapping
import logging
from pathlib import Path
import shutil
from typing import Any, override

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.notify import BaseNotificationService
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

FOLDER = Path(__file__).parents[2] / "blueprints" / "automation" / "pi_security_camera"

type Automate = Callable[..., Coroutine[None, None, None]]


@pytest.fixture
def automate(hass: HomeAssistant, hass_config_dir: str) -> Automate:
    """Make automations of a shipped blueprint, one for each set of inputs."""

    async def automate(blueprint: str, *automations: Mapping[str, Any]) -> None:
        shutil.copytree(FOLDER, hass.config.path("blueprints/automation/pi_security_camera"), dirs_exist_ok=True)
        path = f"pi_security_camera/{blueprint}.yaml"
        config = [
            {"id": f"{blueprint}_{number}", "alias": f"a{number}", "use_blueprint": {"path": path, "input": inputs}}
            for number, inputs in enumerate(automations, 1)
        ]
        assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
        await hass.async_block_till_done(wait_background_tasks=True)
        states = [hass.states.get(f"automation.a{number}") for number, _ in enumerate(automations, 1)]
        assert [state and state.state for state in states] == ["on" for _ in automations]

    return automate


@pytest.fixture(autouse=True)
def expected_complaints(caplog: pytest.LogCaptureFixture) -> Generator[list[str]]:
    """Nothing is said in the log, from loading to running, but what a test puts into this list."""
    expected: list[str] = []
    yield expected
    complaints = [
        record.getMessage()
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if record.levelno >= logging.WARNING
        and record.name.startswith(("homeassistant.", "custom_components."))
        # The loader says of every custom integration that Home Assistant has not tested it.
        and record.name != "homeassistant.loader"
        # The mocked broker acknowledges nothing, which is noticed when a test moves the clock.
        and not record.getMessage().startswith("No ACK from MQTT server")
    ]
    assert [said for said in complaints if not any(words in said for words in expected)] == []
    assert [words for words in expected if not any(words in said for said in complaints)] == []


class Phones(BaseNotificationService):
    """The app's part of Home Assistant: it names its actions, as the real one, by the phones' own names."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.names: dict[str, str] = {}
        self.devices: dict[str, str] = {}
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.unreachable: set[str] = set()

    @property
    @override
    def targets(self) -> dict[str, str]:
        return self.names

    @override
    async def async_send_message(self, message: str = "", **kwargs: Any) -> None:
        (name,) = kwargs["target"]
        if name in self.unreachable:
            message = f"{name} is not connected"
            raise HomeAssistantError(message)
        self.sent.append((name, {"message": message, "title": kwargs.get("title"), **(kwargs["data"] or {})}))

    async def add(self, name: str) -> str:
        """Sign a phone in; return its device."""
        entry = MockConfigEntry(domain="mobile_app", title=name)
        entry.add_to_hass(self.hass)
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={("mobile_app", name)}, name=name
        )
        entity = er.async_get(self.hass).async_get_or_create(
            "notify", "mobile_app", name, config_entry=entry, device_id=device.id
        )
        self.hass.states.async_set(entity.entity_id, "unknown")
        self.names[name] = name
        self.devices[name] = device.id
        await self.async_register_services()
        return device.id

    async def sign_out(self, name: str) -> None:
        """Sign a phone out: its action is gone, and its entity unavailable."""
        registry = er.async_get(self.hass)
        for entity in er.async_entries_for_device(registry, self.devices[name]):
            self.hass.states.async_set(entity.entity_id, "unavailable")
        await self.forget(name)

    async def forget(self, name: str) -> None:
        """Take a phone's action away, and nothing else."""
        del self.names[name]
        await self.async_register_services()

    def to(self, name: str) -> list[dict[str, Any]]:
        """Return what a phone got, oldest first."""
        return [notification for phone, notification in self.sent if phone == name]

    async def press(self, action: Any, **more: Any) -> None:
        """Press a notification's button."""
        self.hass.bus.async_fire("mobile_app_notification_action", {"action": action, **more})
        await self.hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def phones(hass: HomeAssistant) -> Phones:
    """The app's part of Home Assistant, without a phone as yet."""
    assert await async_setup_component(hass, "notify", {})
    phones = Phones(hass)
    await phones.async_setup(hass, "mobile_app", "mobile_app")
    return phones

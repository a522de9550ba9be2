"""Home Assistant with a broker (mocked) and a camera (the simulator's programs, run as real processes)."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
import logging
import os
from pathlib import Path
import signal
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant, State
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

# Imported here so that the test plugin's own package of this name does not come first.
from custom_components.pi_security_camera import camera_form, host_flow
from custom_components.pi_security_camera.const import DOMAIN
from custom_components.pi_security_camera.runners import ssh_connection
from simulator import SimulatedHost, install
from simulator.host import RecordedRun

from .archive.faults import Disk
from .runners.ssh_proxy import Proxy
from .small_disk import MIB, SmallDisk, small_disk
from .ssh import SshPi, meet


def pytest_configure() -> None:
    """Heed the signals that whoever started the tests in the background lets programs ignore: children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


CAMERA_ID = "/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a"
TOPIC = "salle/mouvement"
ALERT = '{"status": "ALERT", "value": 35}'

type EntryMaker = Callable[..., MockConfigEntry]


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """A configuration of its own for each test: photos land there."""
    config = tmp_path / "config"
    config.mkdir()
    return str(config)


@pytest.fixture
def _integration(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture
def broker() -> Generator[None]:
    """Keep the MQTT client's own timer from outliving a test, which only tests of core are excused for."""
    with patch("homeassistant.components.mqtt.client.MQTT._async_start_misc_periodic"):
        yield


@pytest.fixture
def pi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimulatedHost:
    """This machine with a camera: a Camera Module 3 that takes its photo at once."""
    host = install(tmp_path / "bin", cameras=("imx708",), start_delay=0)
    monkeypatch.setenv("PATH", f"{host.directory}:{os.environ['PATH']}")
    return host


@pytest.fixture
def photo_dir(tmp_path: Path) -> Path:
    """Where the photos of `entry` lie."""
    return tmp_path / "photos"


@pytest.fixture
def disk(photo_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A large disk, on which the photos lie; a test may make it small."""
    photo_dir.mkdir()
    disk = Disk(photo_dir)
    monkeypatch.setattr(os, "statvfs", disk.statvfs)
    return disk


@pytest.fixture
def make_entry(photo_dir: Path) -> EntryMaker:
    """Make the entry of a camera that is set up; the arguments are its options, and those that are named here."""

    def make(
        *,
        triggers: tuple[dict[str, Any], ...] = ({"topic": TOPIC},),
        data: dict[str, Any] | None = None,
        title: str = "Hall",
        host: str = "local",
        **options: Any,
    ) -> MockConfigEntry:
        return MockConfigEntry(
            domain=DOMAIN,
            title=title,
            unique_id=f"{host}:{(data or {}).get('camera', CAMERA_ID)}",
            data={
                "camera": CAMERA_ID,
                "sensor": "imx708",
                "width": 1024,
                "height": 768,
                "rotation": 0,
                "photo_dir": str(photo_dir),
                **(data or {}),
            },
            options=options,
            subentries_data=[
                ConfigSubentryData(data=trigger, subentry_type="motion_trigger", title=trigger["topic"], unique_id=None)
                for trigger in triggers
            ],
        )

    return make


@pytest.fixture
async def ready(
    hass: HomeAssistant,
    _integration: None,
    broker: None,
    mqtt_mock: Any,
    pi: SimulatedHost,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Home Assistant with MQTT, media directories and a camera, before our first entry."""
    # Wherever the tests run: their directories may lie on a disk of their own.
    monkeypatch.setattr(camera_form, "find_mount_point", lambda _: None)
    # No browser has to hear of the end.
    monkeypatch.setattr(host_flow, "_SHOWN", 0)
    assert await async_setup_component(hass, "http", {})
    hass.config.media_dirs = {"local": hass.config.path("media")}
    hass.config.allowlist_external_dirs = {
        hass.config.path("media"),
        str(Path(hass.config.config_dir).parent / "photos"),
    }


@pytest.fixture
async def entry(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, request: pytest.FixtureRequest
) -> AsyncGenerator[MockConfigEntry]:
    """A camera, set up and listening; `@pytest.mark.options(...)` gives its options."""
    marker = request.node.get_closest_marker("options")
    entry = make_entry(**(marker.kwargs if marker else {}))
    await set_up(hass, entry)
    yield entry
    if hass.config_entries.async_get_entry(entry.entry_id):
        await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.fixture
async def small(hass: HomeAssistant, ready: None, make_entry: EntryMaker, photo_dir: Path) -> AsyncGenerator[SmallDisk]:
    """A real disk of two megabytes, one of which is to stay free, on which a camera's photos lie."""
    with small_disk(photo_dir, 2 * MIB) as disk:
        entry = make_entry(min_free_space=1)
        await set_up(hass, entry)
        yield disk
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def ssh_server(
    hass: HomeAssistant,
    ready: None,
    socket_enabled: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> AsyncGenerator[SshPi]:
    """A Pi reached over SSH; after the test nothing of ours runs there, and no connection is left."""
    # asyncssh tells every step of both sides, which takes longer than the steps.
    caplog.set_level(logging.WARNING, "asyncssh")
    # That was for its handler, too, which all others share.
    caplog.handler.setLevel(logging.NOTSET)
    monkeypatch.setattr(ssh_connection, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(ssh_connection, "_LONGEST_PAUSE", 0.2)
    server = SshPi(tmp_path / "far")
    await server.start()
    yield server
    await close_all(hass)
    await until(lambda: not server.connections())
    await server.stop()
    await server.idle()


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a dialog does is announced, however short it is."""
    monkeypatch.setattr(host_flow, "_SOON", 0)


async def close_all(hass: HomeAssistant) -> None:
    """Unload all cameras and close all dialogs."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)
    for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN):
        hass.config_entries.flow.async_abort(flow["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def proxy(ssh_server: SshPi) -> AsyncGenerator[Proxy]:
    """A line to that Pi that can break."""
    proxy = Proxy(ssh_server.port)
    await proxy.start()
    yield proxy
    await proxy.stop()


@pytest.fixture
def make_ssh_entry(make_entry: EntryMaker, ssh_server: SshPi) -> EntryMaker:
    """Make the entry of a camera on that Pi, as `make_entry` does."""

    def make(*, data: dict[str, Any] | None = None, **more: Any) -> MockConfigEntry:
        return make_entry(data=ssh_server.data | (data or {}), host=ssh_server.fingerprint, **more)

    return make


@pytest.fixture
async def ssh_entry(hass: HomeAssistant, make_ssh_entry: EntryMaker, request: pytest.FixtureRequest) -> MockConfigEntry:
    """A camera on that Pi, set up and connected; `@pytest.mark.options(...)` gives its options."""
    marker = request.node.get_closest_marker("options")
    entry = make_ssh_entry(**(marker.kwargs if marker else {}))
    await set_up_ssh(hass, entry)
    return entry


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set an entry up, and wait until it has met its host."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def set_up_ssh(hass: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Set cameras on another machine up, and wait until they know it."""
    for entry in entries:
        await set_up(hass, entry)
    await meet(hass, *entries)


async def alert(hass: HomeAssistant, payload: str | bytes = ALERT, topic: str = TOPIC, *, retain: bool = False) -> None:
    """Publish a message, and wait for what becomes of it."""
    async_fire_mqtt_message(hass, topic, payload, retain=retain)
    await hass.async_block_till_done(wait_background_tasks=True)


def photos(photo_dir: Path) -> list[Path]:
    """Return the photos' files, by name."""
    return sorted(photo_dir.glob("capture_*.jpg"))


def capture_runs(pi: SimulatedHost) -> list[RecordedRun]:
    """Return the runs that were to take a photo, in their order."""
    return [run for run in pi.runs() if "--output" in run.argv or "-o" in run.argv]


def state_of(hass: HomeAssistant, entity_id: str) -> State:
    """Return an entity's state, which must be there."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state


async def until(condition: Callable[[], bool]) -> None:
    """Wait, for some seconds, until a condition holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    """Say whether a process runs; one that only waits for init to read its exit status does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError, ProcessLookupError:
        return False

"""Shows the integration at work: scripts/demo."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
import contextlib
from datetime import datetime

from PIL import Image, UnidentifiedImageError

import simulator

from .broker import Broker, running_broker
from .camera import Camera, find_camera
from .captures import Capture, CaptureFeed
from .entities import DOMAIN
from .flows import change_options
from .folder import Folder, Memory
from .home_assistant import PASSWORD, RESTART, USERNAME
from .house import ROOT, House, open_house
from .ports import LOOPBACK, choose
from .program import run
from .progress import LabError, last_lines, progress
from .sensor import MotionSensor
from .ssh_camera import SshCamera
from .ssh_host import SshHost, running_ssh_host

# Where Home Assistant is expected, unless somebody is there already.
_USUAL_PORT = 8123

# Where the Pi's SSH server listens, unless somebody does already.
_USUAL_SSH_PORT = 2222

# What the port of the Pi's SSH server is remembered as: a part of what Home Assistant was told when it was set up.
_SSH_PORT = "SSH port"

# Three times what a capture may take by default, and more than it may take at most by then.
_PHOTO_LIMIT = 60.0

# How often the camera's state is looked at, and what a clip shows of the time before its alert. Seconds.
_LOOK = 0.2
_PRE_ROLL = 5.0

_END_OF_IMAGE = b"\xff\xd9"


def main(arguments: Sequence[str]) -> int:
    """Run the demo and return its exit status."""
    return run(_demonstrate(_parse(arguments)))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Runs a broker, a camera (simulated, unless this is a Pi with one) and Home Assistant with the "
        "integration, publishes alerts, and prints each photo. Everything stays in this folder.",
    )
    parser.add_argument("--once", action="store_true", help="publish one alert, print its photo's path and end")
    parser.add_argument("--every", type=float, default=45, metavar="SECONDS", help="between two alerts (45)")
    parser.add_argument("--simulate", action="store_true", help="take the simulated camera, also on a Pi")
    parser.add_argument("--ssh", action="store_true", help="put the simulated camera behind an SSH server")
    parser.add_argument("--ready", action="store_true", help="keep the camera open: a live picture, and clips")
    parser.add_argument("--fresh", action="store_true", help="first forget what earlier runs left in .demo")
    parser.add_argument(
        "--host", default=LOOPBACK, help=f"where Home Assistant listens ({LOOPBACK}; 0.0.0.0: to everybody)"
    )
    return parser.parse_args(arguments)


async def _demonstrate(arguments: argparse.Namespace) -> int:
    """Run everything, until --once has its photo or Home Assistant ends; return the exit status."""
    folder = Folder(ROOT / ".demo")
    with folder.held():
        if arguments.fresh:
            folder.clear()
        async with _ready_camera(folder, arguments) as camera:
            hint = " (--simulate: the simulated one)" if isinstance(camera, Camera) and camera.real else ""
            progress(f"Starting the broker, with {camera}{hint} ...")
            async with running_broker(folder.path, choose(folder.broker_port)) as broker:
                return await _open_houses(folder, broker, camera, arguments)


async def _open_houses(
    folder: Folder, broker: Broker, camera: Camera | SshCamera, arguments: argparse.Namespace
) -> int:
    """Run Home Assistant, and again when it asks for a restart; return the exit status. Raises LabError."""
    sensor = MotionSensor(broker.port)
    await sensor.connect()
    while True:
        port = choose(None if arguments.once else _USUAL_PORT, arguments.host)
        _announce_start(folder)
        async with open_house(folder, broker, camera, (arguments.host, port)) as house:
            if arguments.ready:
                await _keep_open(house)
            if arguments.once:
                return await _photograph_once(house, sensor)
            _greet(house, camera)
            status = await _show(house, sensor, arguments.every)
        if status != RESTART:
            message = f"Home Assistant ended with status {status}:\n{last_lines(house.home_assistant.log)}"
            raise LabError(message)


async def _keep_open(house: House) -> None:
    """Choose the mode ready, with clips, and wait for what comes before the first alert. Raises LabError."""
    progress("Opening the camera ...")
    entries = await house.client.call("config_entries/get", domain=DOMAIN)
    await change_options(house.client, DOMAIN, entries[0]["entry_id"], {"mode": "ready", "clips": True})
    camera = house.entities.find("camera")
    async with asyncio.timeout(_PHOTO_LIMIT):
        while (await house.client.request("GET", f"/api/states/{camera}"))["state"] != "streaming":  # noqa: ASYNC110 - it is in another process
            await asyncio.sleep(_LOOK)
    await asyncio.sleep(_PRE_ROLL)


@contextlib.asynccontextmanager
async def _ready_camera(folder: Folder, arguments: argparse.Namespace) -> AsyncIterator[Camera | SshCamera]:
    """Find or make the camera, forget what was set up with another one, and run what this one needs."""
    if not arguments.ssh:
        local = find_camera(folder.camera, simulate=arguments.simulate)
        _forget_another(folder, local)
        yield local
        return
    pi = simulator.install(folder.camera, log=False)
    host = SshHost(folder.pi, pi.directory, choose(folder.port(_SSH_PORT) or _USUAL_SSH_PORT))
    _forget_another(folder, SshCamera(host), **{_SSH_PORT: host.port})
    async with running_ssh_host(host):
        yield SshCamera(host)


def _forget_another(folder: Folder, camera: Camera | SshCamera, **more: str | int) -> None:
    """Start anew when the camera, or one of these facts, is another than at the last start."""
    facts: Memory = {"project's place": str(ROOT), "camera": str(camera), **more}
    folder.clear_when_stale(facts)


def _announce_start(folder: Folder) -> None:
    hint = "" if folder.configuration.exists() else " (the first time takes half a minute)"
    progress(f"Starting Home Assistant{hint} ...")


def _greet(house: House, camera: Camera | SshCamera) -> None:
    address = f"Home Assistant: {house.home_assistant.url}   login: {USERNAME} / {PASSWORD}"
    far = f"\nThe camera's Pi: {camera.host} (SSH)" if isinstance(camera, SshCamera) else ""
    print(f"\n{address}   ctrl-C ends it{far}\n", flush=True)


async def _show(house: House, sensor: MotionSensor, every: float) -> int:
    """Publish alerts and print photos until Home Assistant ends; return its exit status."""
    feed = await CaptureFeed.follow(house.client, house.entities.find("event", "_capture"))
    ended = asyncio.create_task(house.home_assistant.process.wait())
    tasks = {ended, asyncio.create_task(_publish(sensor, every)), asyncio.create_task(_print_photos(feed))}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return sum(task.result() for task in done)
    finally:
        for task in tasks:
            task.cancel()


async def _publish(sensor: MotionSensor, every: float) -> int:
    """Publish an alert every so many seconds."""
    while True:
        distance = sensor.alert()
        print(f"{datetime.now().astimezone():%H:%M:%S}  alert published: something at {distance} cm", flush=True)
        await asyncio.sleep(every)


async def _print_photos(feed: CaptureFeed) -> int:
    """Print each capture."""
    while True:
        print(await feed.next(), flush=True)


async def _photograph_once(house: House, sensor: MotionSensor) -> int:
    """Publish one alert, wait for its photo, and print the path of a whole JPEG. Raises LabError."""
    feed = await CaptureFeed.follow(house.client, house.entities.find("event", "_capture"))
    progress("Publishing an alert ...")
    sensor.alert()
    try:
        async with asyncio.timeout(_PHOTO_LIMIT):
            capture = await feed.next()
    except TimeoutError as error:
        outcome = await house.client.request("GET", f"/api/states/{house.entities.find('sensor', '_last_outcome')}")
        message = f"No photo within {_PHOTO_LIMIT:.0f} s; last outcome: {outcome['state']} {outcome['attributes']}"
        raise LabError(message) from error
    _check(capture)
    print(capture.path, flush=True)
    return 0


def _check(capture: Capture) -> None:
    """Raise LabError unless the capture's file is a whole JPEG, by a decoder that is not ours."""
    if capture.path is None:
        message = f"The capture failed: {capture.message}"
        raise LabError(message)
    try:
        data = capture.path.read_bytes()
        with Image.open(capture.path, formats=["JPEG"]) as photo:
            photo.load()
    except (OSError, UnidentifiedImageError) as error:
        message = f"{capture.path} is no whole JPEG: {error}"
        raise LabError(message) from error
    if not data.endswith(_END_OF_IMAGE):
        message = f"{capture.path} breaks off"
        raise LabError(message)

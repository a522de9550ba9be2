"""A camera that is kept open for hours: what is left in memory of each frame and of each photo."""

from collections.abc import Iterator
import gc
from pathlib import Path
import tracemalloc
from types import AsyncGeneratorType, CoroutineType, FrameType, FunctionType, GeneratorType

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components import pi_security_camera
from custom_components.pi_security_camera.capture import mjpeg

from .conftest import alert, photos
from .test_ready_mode import live, streaming

pytestmark = pytest.mark.options(mode="ready", framerate=30)

OURS = str(Path(pi_security_camera.__file__).parent)
PHOTOS = 20
# The archive's list has a line for each photo: its name, its time, its cause; some 1,000 bytes.
LINE = 2000


@pytest.fixture
def traced() -> Iterator[None]:
    """Every piece of memory is noted, with the line that asked for it."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """What only a garbage collection finds is kept here, once there is one."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield gc.garbage
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


def allocated() -> tuple[int, int]:
    """Return how many bytes are in use that lines of ours asked for: for frames, and for all else."""
    gc.collect()
    frames = others = 0
    for each in tracemalloc.take_snapshot().statistics("filename"):
        file = each.traceback[0].filename
        if file == mjpeg.__file__:
            frames += each.size
        elif file.startswith(OURS):
            others += each.size
    return frames, others


async def test_no_frame_outlives_its_seconds_and_a_photo_leaves_no_more_than_its_line(
    hass: HomeAssistant, traced: None, entry: MockConfigEntry, photo_dir: Path
) -> None:
    await streaming(entry)
    for _ in range(PHOTOS):
        await alert(hass)
    ring = live(entry)._ring
    _, before = allocated()
    for _ in range(PHOTOS):
        await alert(hass)
    frames, after = allocated()
    newest = ring.newest
    assert newest
    assert newest.received_at - ring.since(0)[0].received_at <= ring.seconds
    # Besides those in the ring: the one that is coming in, and those that others look at.
    assert frames < ring.used_bytes + 6 * len(newest.data)
    assert after - before < PHOTOS * LINE
    assert len(photos(photo_dir)) == 2 * PHOTOS


async def test_photos_leave_no_work_for_the_garbage_collection(
    hass: HomeAssistant, entry: MockConfigEntry, garbage: list[object]
) -> None:
    await streaming(entry)
    for _ in range(5):
        await alert(hass)
    gc.collect()
    assert [each for each in garbage if is_ours(each)] == []


def is_ours(thing: object) -> bool:
    """Say whether it is an object of the integration's, or a piece of its work."""
    match thing:
        case FunctionType():
            code = thing.__code__
        case CoroutineType():
            code = thing.cr_code
        case GeneratorType():
            code = thing.gi_code
        case AsyncGeneratorType():
            code = thing.ag_code
        case FrameType():
            code = thing.f_code
        case _:
            return type(thing).__module__.startswith(pi_security_camera.__name__)
    return code.co_filename.startswith(OURS)

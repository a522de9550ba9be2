"""A camera serves one program at a time, and who takes a photo never waits for who keeps it open."""

import asyncio

import pytest

from custom_components.pi_security_camera.camera_lock import CameraLock, CameraWanted


async def hold(lock: CameraLock, taken: list[str], name: str, until: asyncio.Event) -> None:
    """Take a photo, for as long as it takes."""
    async with lock.use():
        taken.append(name)
        await until.wait()


async def keep(lock: CameraLock, taken: list[str]) -> None:
    """Keep the camera open, until somebody wants it."""
    async with lock.keep():
        taken.append("kept")
        await asyncio.sleep(60)


async def test_who_keeps_a_camera_gives_it_back_when_somebody_wants_it() -> None:
    lock, done = CameraLock(), asyncio.Event()
    taken: list[str] = []
    keeper = asyncio.create_task(keep(lock, taken))
    await asyncio.sleep(0)
    photo = asyncio.create_task(hold(lock, taken, "photo", done))
    with pytest.raises(CameraWanted):
        await keeper
    done.set()
    await photo
    assert taken == ["kept", "photo"]


async def test_who_gets_a_camera_to_keep_while_others_wait_gives_it_back_at_once() -> None:
    lock, done = CameraLock(), asyncio.Event()
    taken: list[str] = []
    first = asyncio.create_task(hold(lock, taken, "first", done))
    await asyncio.sleep(0)
    keeper = asyncio.create_task(keep(lock, taken))
    await asyncio.sleep(0)
    second = asyncio.create_task(hold(lock, taken, "second", done))
    await asyncio.sleep(0)
    done.set()
    with pytest.raises(CameraWanted):
        await keeper
    await asyncio.gather(first, second)
    assert taken == ["first", "second"]


async def test_a_time_out_of_what_is_done_within_is_no_wish_of_others() -> None:
    lock = CameraLock()
    with pytest.raises(TimeoutError):
        async with lock.keep():
            raise TimeoutError
    async with lock.use():
        pass


async def test_two_who_want_it_at_once_ask_for_it_once() -> None:
    lock, done = CameraLock(), asyncio.Event()
    taken: list[str] = []
    done.set()
    keeper = asyncio.create_task(keep(lock, taken))
    await asyncio.sleep(0)
    photos = [asyncio.create_task(hold(lock, taken, name, done)) for name in "ab"]
    with pytest.raises(CameraWanted):
        await keeper
    await asyncio.gather(*photos)
    assert taken == ["kept", "a", "b"]

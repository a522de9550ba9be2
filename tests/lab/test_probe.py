"""What is measured of the event loop."""

import asyncio
import gc
import time

from scripts.lab.lab_probe import CollectionWatch, LoopWatch


async def watch(work: float) -> tuple[float, float]:
    """Let the loop work for so many seconds and collect all garbage; return the longest block and collection."""
    collections = CollectionWatch()
    loop = LoopWatch(asyncio.get_running_loop(), collections)
    collections.start()
    loop.start()
    await asyncio.sleep(0.01)
    began = time.perf_counter()
    gc.collect()
    collected = time.perf_counter() - began
    await asyncio.sleep(0.01)
    time.sleep(work)  # noqa: ASYNC251 - this is what is measured
    await asyncio.sleep(0.01)
    loop.stop()
    collections.stop()
    assert collections.longest <= collected
    return loop.longest, collections.longest


async def test_work_on_the_loop_is_a_block() -> None:
    block, _ = await watch(0.3)
    assert block > 0.25


async def test_a_full_collection_is_told_apart() -> None:
    """How long it takes is decided by all that is in the process."""
    ballast = [[number] for number in range(1_000_000)]
    block, collection = await watch(0)
    assert block < collection
    del ballast


async def test_it_measures_no_more_once_it_is_stopped() -> None:
    before = len(gc.callbacks)
    await watch(0)
    assert len(gc.callbacks) == before

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


async def test_work_on_the_loop_is_a_block_and_a_collection_is_told_apart() -> None:
    block, collection = await watch(0.2)
    assert 0.19 < block < 0.5
    assert collection > 0


async def test_it_measures_no_more_once_it_is_stopped() -> None:
    before = len(gc.callbacks)
    await watch(0)
    assert len(gc.callbacks) == before

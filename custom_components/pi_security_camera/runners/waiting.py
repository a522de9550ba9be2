"""Waiting that a cancellation does not cut short."""

import asyncio
from collections.abc import Coroutine


async def to_its_end[T](work: Coroutine[None, None, T]) -> tuple[T, asyncio.CancelledError | None]:
    """Do some short work to its end; return its result, and the cancellation that came meanwhile."""
    task = asyncio.create_task(work)
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled and task.exception():
        raise cancelled
    return task.result(), cancelled

"""Nothing outlives the lab."""

import asyncio
import os

import pytest

from scripts.lab import children


async def start(script: str) -> asyncio.subprocess.Process:
    return await children.start(["sh", "-c", script], environment=os.environ, output=asyncio.subprocess.PIPE)


async def test_a_child_is_asked_to_end() -> None:
    process = await start("exec sleep 60")
    await children.stop(process)
    assert process.returncode == -15


async def test_a_child_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_PATIENCE", 0.2)
    process = await start("trap '' TERM; echo; while :; do sleep 0.1; done")
    assert process.stdout
    await process.stdout.readline()
    await children.stop(process)
    assert process.returncode == -9


async def test_stopping_what_has_ended_is_nothing() -> None:
    process = await start("exit 3")
    await process.wait()
    await children.stop(process)
    assert process.returncode == 3

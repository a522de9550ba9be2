"""The line that can be cut."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest

from scripts.lab.cut_line import CutLine
from scripts.lab.ports import LOOPBACK

TEXT = bytes(range(256)) * 400


@pytest.fixture
async def line(socket_enabled: None) -> AsyncGenerator[CutLine]:
    """A line to a server that says a text and waits for the end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(TEXT)
        with suppress(OSError):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, LOOPBACK) as server:
        line = CutLine(server.sockets[0].getsockname()[1])
        async with line.laid():
            yield line


async def read(line: CutLine, count: int) -> bytes:
    """Read so many bytes, or as many as come before the cut."""
    reader, writer = await asyncio.open_connection(LOOPBACK, line.port)
    try:
        return await reader.readexactly(count)
    except asyncio.IncompleteReadError as error:
        return error.partial
    finally:
        writer.close()


async def test_it_passes_on_what_comes(line: CutLine) -> None:
    assert await read(line, len(TEXT)) == TEXT
    assert (line.received, line.cuts) == (len(TEXT), 0)


@pytest.mark.parametrize("count", [1, 8192, 8193, 100_000])
async def test_it_is_cut_at_the_byte(line: CutLine, count: int) -> None:
    line.cut_after(count)
    assert await read(line, len(TEXT)) == TEXT[:count]
    assert line.cuts == 1
    # And stands again.
    assert await read(line, len(TEXT)) == TEXT


async def test_it_is_cut_at_once(line: CutLine) -> None:
    reading = asyncio.create_task(read(line, len(TEXT) + 1))
    while line.received < len(TEXT):
        await asyncio.sleep(0.01)
    line.cut()
    assert len(await reading) <= len(TEXT)
    assert line.cuts == 1


async def test_cutting_what_is_not_there_counts_for_nothing(line: CutLine) -> None:
    line.cut()
    assert line.cuts == 0

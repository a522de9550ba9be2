"""Clips as players ask for them: in parts, again after a change, and never as a whole in the memory."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
import errno
from http import HTTPStatus
import os
from pathlib import Path
import threading
from typing import Any

from aiohttp import ClientError
from aiohttp.test_utils import TestClient
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.pi_security_camera import clip_view
from custom_components.pi_security_camera.const import DOMAIN

from .archive.faults import refuse
from .conftest import until
from .films import film
from .pictures import picture
from .storage import act_on

NAME = "capture_20260213_142530.mp4"
PHOTO = "capture_20260213_142530.jpg"
FILM = film(1_000_000)
SIZE = len(FILM)

type Client = TestClient[Any, Any]
type Url = Callable[..., str]


@pytest.fixture
async def client(hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator) -> Client:
    """A player whose user is signed in."""
    return await hass_client()


@pytest.fixture
def url(entry: MockConfigEntry, photo_dir: Path) -> Url:
    """Put a clip there, and return what gives its path."""
    (photo_dir / NAME).write_bytes(FILM)
    return lambda view="clip", name=NAME: f"/api/{DOMAIN}/{view}/{entry.entry_id}/{name}"


def files_open(path: Path) -> int:
    """Return how often this process holds a file open."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        # Others may be closed while this looks.
        with suppress(FileNotFoundError):
            count += link.samefile(path)
    return count


async def test_a_clip_is_served_as_it_lies_on_the_disk(client: Client, url: Url) -> None:
    response = await client.get(url())
    assert (response.status, response.content_type) == (HTTPStatus.OK, "video/mp4")
    assert (response.content_length, response.headers["Accept-Ranges"]) == (SIZE, "bytes")
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert await response.read() == FILM


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("0-1", slice(0, 2)),
        ("0-", slice(0, SIZE)),
        ("500000-", slice(500_000, SIZE)),
        ("300000-900000", slice(300_000, 900_001)),
        ("-1000", slice(SIZE - 1000, SIZE)),
        (f"{SIZE - 1}-{SIZE + 10}", slice(SIZE - 1, SIZE)),
    ],
)
async def test_a_part_is_served(client: Client, url: Url, asked: str, part: slice) -> None:
    response = await client.get(url(), headers={"Range": f"bytes={asked}"})
    assert (response.status, response.content_type) == (HTTPStatus.PARTIAL_CONTENT, "video/mp4")
    assert response.headers["Content-Range"] == f"bytes {part.start}-{part.stop - 1}/{SIZE}"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert await response.read() == FILM[part]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", "bytes=9999999999-"])
async def test_a_part_that_is_not_there_is_told(client: Client, url: Url, asked: str) -> None:
    response = await client.get(url(), headers={"Range": asked})
    assert response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert response.headers["Content-Range"] == f"bytes */{SIZE}"
    assert await response.read() == b""


@pytest.mark.parametrize("asked", ["nonsense", "bytes=5-3", "bytes=0-1,5-9", "lines=1-2"])
async def test_what_need_not_be_understood_gets_the_whole(client: Client, url: Url, asked: str) -> None:
    response = await client.get(url(), headers={"Range": asked})
    assert response.status == HTTPStatus.OK
    assert await response.read() == FILM


async def test_an_empty_file_is_one(client: Client, url: Url, photo_dir: Path) -> None:
    (photo_dir / NAME).write_bytes(b"")
    response = await client.get(url())
    assert (response.status, await response.read()) == (HTTPStatus.OK, b"")
    part = await client.get(url(), headers={"Range": "bytes=0-1"})
    assert part.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE


async def test_what_a_player_has_is_not_sent_again_until_it_changes(
    hass: HomeAssistant, client: Client, url: Url
) -> None:
    tag = (await client.get(url())).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await client.get(url(), headers={"If-None-Match": known, "Range": "bytes=0-1"})
        assert (again.status, await again.read(), again.headers["ETag"]) == (HTTPStatus.NOT_MODIFIED, b"", tag)
    await act_on(hass, "keep", NAME)
    changed = await client.get(url(), headers={"If-None-Match": tag})
    assert changed.status == HTTPStatus.OK
    assert (await changed.read()).startswith(FILM)


async def test_a_part_is_sent_only_of_what_the_player_has_begun_with(
    hass: HomeAssistant, client: Client, url: Url
) -> None:
    tag = (await client.get(url(), headers={"Range": "bytes=0-1"})).headers["ETag"]
    part = await client.get(url(), headers={"Range": "bytes=10-19", "If-Range": tag})
    assert (part.status, await part.read()) == (HTTPStatus.PARTIAL_CONTENT, FILM[10:20])
    await act_on(hass, "keep", NAME)
    for before in (tag, f"W/{tag}", "Fri, 13 Feb 2099 14:25:30 GMT"):
        whole = await client.get(url(), headers={"Range": "bytes=10-19", "If-Range": before})
        assert whole.status == HTTPStatus.OK
        assert (await whole.read()).startswith(FILM)


async def test_it_is_for_users_who_are_signed_in_and_for_signed_paths(
    hass: HomeAssistant, url: Url, entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    assert (await client.get(url())).status == HTTPStatus.UNAUTHORIZED
    signed = await client.get(async_sign_path(hass, url(), timedelta(minutes=1)), headers={"Range": "bytes=0-1"})
    assert (signed.status, await signed.read()) == (HTTPStatus.PARTIAL_CONTENT, FILM[:2])


async def test_each_kind_has_its_own_path(client: Client, url: Url, photo_dir: Path) -> None:
    (photo_dir / PHOTO).write_bytes(picture())
    assert (await client.get(url("photo", NAME))).status == HTTPStatus.NOT_FOUND
    assert (await client.get(url("clip", PHOTO))).status == HTTPStatus.NOT_FOUND
    assert (await client.get(url("photo", PHOTO))).status == HTTPStatus.OK
    # A clip of others has no small picture.
    assert (await client.get(url("thumbnail", NAME))).status == HTTPStatus.NOT_FOUND


async def test_a_player_that_watches_is_not_disturbed_by_what_becomes_of_the_file(
    hass: HomeAssistant, client: Client, url: Url, photo_dir: Path
) -> None:
    """Who watches a clip, and likes it, marks it; and then limits may take others, or all of them."""
    large = film(12_000_000)
    (photo_dir / NAME).write_bytes(large)
    response = await client.get(url())
    begun = await response.content.readexactly(1000)
    await act_on(hass, "keep", NAME)
    await act_on(hass, "delete", NAME)
    assert begun + await response.read() == large


async def test_a_player_takes_little_memory_and_blocks_nobody(
    client: Client, url: Url, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read in pieces, as far as the player takes them, and never on the event loop."""
    path = photo_dir / NAME
    path.write_bytes(film(30_000_000))
    loop, pread, asked = threading.get_ident(), os.pread, list[int]()

    def watched(descriptor: int, count: int, at: int) -> bytes:
        assert threading.get_ident() != loop
        asked.append(count)
        return pread(descriptor, count, at)

    monkeypatch.setattr(os, "pread", watched)
    response = await client.get(url())
    await response.content.readexactly(1000)
    assert max(asked) <= 256 * 1024
    assert sum(asked) < 20_000_000
    response.close()
    await until(lambda: not files_open(path))


async def test_no_file_stays_open(client: Client, url: Url, photo_dir: Path) -> None:
    for headers in ({}, {"Range": "bytes=0-1"}, {"Range": f"bytes={SIZE}-"}, {"If-None-Match": "*"}):
        await (await client.get(url(), headers=headers)).read()
    await until(lambda: not files_open(photo_dir / NAME))


@pytest.mark.parametrize("fault", [refuse(errno.EIO), lambda *_: b""], ids=["broken", "cut off"])
async def test_what_cannot_be_read_to_its_end_is_not_taken_for_whole(
    client: Client, url: Url, photo_dir: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., bytes]
) -> None:
    pread = os.pread
    monkeypatch.setattr(clip_view, "_PIECE", 100_000)
    monkeypatch.setattr(os, "pread", lambda number, count, at: fault() if at > 400_000 else pread(number, count, at))
    response = await client.get(url())
    assert response.status == HTTPStatus.OK
    with pytest.raises(ClientError):
        await response.read()
    await until(lambda: not files_open(photo_dir / NAME))
    again = await client.get(url(), headers={"Range": "bytes=0-1"})
    assert await again.read() == FILM[:2]


async def test_an_archive_in_trouble_serves_nothing(client: Client, url: Url, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("custom_components.pi_security_camera.files.os.open", refuse(errno.EIO))
        assert (await client.get(url())).status == HTTPStatus.NOT_FOUND
    assert (await client.get(url())).status == HTTPStatus.OK


async def test_clips_are_only_read(client: Client, url: Url, photo_dir: Path) -> None:
    found = [(await client.request(method, url())).status for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE")]
    assert found == [HTTPStatus.METHOD_NOT_ALLOWED] * 5
    assert (photo_dir / NAME).read_bytes() == FILM

"""What many photos cost: small and large archives side by side, in one Home Assistant."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
import shutil
from zoneinfo import ZoneInfo

from . import made_photos, quick_camera
from .archive_phases import measure_phases
from .archive_view import ArchiveView
from .broker import running_broker
from .folder import Folder
from .house import open_house
from .integration import strip
from .made_photos import MadePhoto
from .ports import LOOPBACK, choose
from .probe import PROBE
from .progress import progress
from .quick_camera import QuickCamera
from .report import Row
from .timezone import local_time_zone
from .usage import resident


async def measure_archives(folder: Folder, counts: Sequence[int], runs: int) -> list[Row]:
    """Measure archives of so many photos, by turns: the machine's mood is the same.

    What is measured is done `runs` times, or less often where it is slow. All photos are on the disk and also in the
    system's memory: what a slow disk adds to the first look is not seen.
    """
    counts = sorted(set(counts))
    cameras = quick_camera.install(folder.camera, [folder.media / f"archive_{count}" for count in counts])
    folders = [folder.media / f"made_{count}" for count in counts]
    # The disk is busy with the photos while Home Assistant starts.
    making = asyncio.create_task(_make(folders, counts, strip(cameras.photo)))
    try:
        async with (
            running_broker(folder.path, choose()) as broker,
            open_house(folder, broker, cameras, (LOOPBACK, choose()), (PROBE,)) as house,
        ):
            pid = house.home_assistant.process.pid
            photos = await making
            before = resident(pid)
            _place(folders, cameras.all)
            views = [await ArchiveView.of_camera(house, *each) for each in zip(cameras.all, photos, strict=True)]
            rows = await measure_phases(views, runs)
            rows.append(Row(f"Home Assistant's memory for {sum(counts):,} photos", resident(pid) - before, "MB"))
    finally:
        making.cancel()
    await asyncio.to_thread(_remove, cameras.all)
    return rows


async def _make(folders: Sequence[Path], counts: Sequence[int], bare: bytes) -> list[tuple[MadePhoto, ...]]:
    """Fill these folders with so many photos each."""
    total = f"{sum(counts):,}"
    progress(f"Making {total} photos ...")
    now = datetime.now(ZoneInfo(local_time_zone()))
    made = [await made_photos.fill(*each, now, bare) for each in zip(folders, counts, strict=True)]
    progress(f"The {total} photos are made")
    return made


def _place(folders: Sequence[Path], cameras: Sequence[QuickCamera]) -> None:
    """Put the photos where the cameras' photos go, which nobody has used yet."""
    for folder, camera in zip(folders, cameras, strict=True):
        folder.replace(camera.photos)


def _remove(cameras: Sequence[QuickCamera]) -> None:
    for camera in cameras:
        shutil.rmtree(camera.photos)

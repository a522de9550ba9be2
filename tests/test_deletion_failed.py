"""Limits that cannot be kept because files cannot be deleted: photos are taken, and a repair tells."""

import errno
import os
from pathlib import Path
import threading
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.photo import Photo

from .archive.faults import Disk
from .conftest import ALERT, TOPIC, alert, until
from .ssh import our_log
from .storage import answer, done, issues, names, outcome, pass_time, plant

FAILED = "deletion_failed"


class Protection:
    """Keeps photos' files, but no others, from being deleted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error = errno.EPERM
        self.names: set[str] | None = None
        unlink = Path.unlink

        def guarded(path: Path, *arguments: Any, **options: Any) -> None:
            if path.suffix == ".jpg" and (self.names is None or path.name in self.names):
                raise OSError(self.error, os.strerror(self.error))
            unlink(path, *arguments, **options)

        monkeypatch.setattr(Path, "unlink", guarded)


@pytest.fixture
def protected(monkeypatch: pytest.MonkeyPatch) -> Protection:
    """No photo can be deleted; a test may change that."""
    return Protection(monkeypatch)


@pytest.mark.options(keep_count=2)
async def test_it_is_told_once_while_photos_are_taken_and_goes_when_it_works_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    photo_dir: Path,
    protected: Protection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    planted = plant(photo_dir, 3)
    for count in (4, 5, 6):
        await alert(hass)
        assert (outcome(hass), len(names(photo_dir))) == (("captured", None), count)
    (issue,) = issues(hass).values()
    assert issue.translation_key == FAILED
    told: Any = issue.translation_placeholders
    assert told["name"] == "Hall"
    assert str(photo_dir) in told["problem"]
    # One file that is protected keeps none of the others.
    protected.names = {planted[0]}
    await alert(hass)
    assert (names(photo_dir)[0], len(names(photo_dir)), [*issues(hass)]) == (planted[0], 3, [FAILED])
    # A disk that has become read-only is another problem.
    protected.names, protected.error = None, errno.EROFS
    await alert(hass)
    changed: Any = issues(hass)[FAILED].translation_placeholders
    assert changed["problem"] != told["problem"]
    assert [level for level, _ in our_log(caplog) if level == "WARNING"] == ["WARNING"]
    protected.names = set()
    await alert(hass)
    assert (issues(hass), len(names(photo_dir))) == ({}, 2)


@pytest.mark.options(keep_count=1)
async def test_photos_that_a_user_let_go_and_that_cannot_be_deleted_are_told(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, protected: Protection
) -> None:
    planted = plant(photo_dir, 60)
    await alert(hass)
    await answer(hass, "delete")
    assert [*issues(hass)] == [FAILED]
    assert names(photo_dir)[:-1] == planted
    await pass_time(hass, days=1, seconds=1)
    assert issues(hass).keys() == {FAILED, "too_many_to_delete"}
    protected.names = set()
    await answer(hass, "delete")
    assert (issues(hass), len(names(photo_dir))) == ({}, 1)


@pytest.mark.options(min_free_space=1)
async def test_a_full_disk_whose_photos_cannot_be_deleted_is_told_as_both(
    hass: HomeAssistant, disk: Disk, entry: MockConfigEntry, photo_dir: Path, protected: Protection
) -> None:
    plant(photo_dir, 3, size=400_000)
    disk.size = 2_000_000
    await alert(hass)
    assert outcome(hass) == ("failed", "storage_full")
    assert issues(hass).keys() == {FAILED, "storage_full"}
    protected.names = set()
    await alert(hass)
    assert (outcome(hass), issues(hass)) == (("captured", None), {})


@pytest.mark.options(keep_count=1)
async def test_a_share_that_falls_silent_while_photos_are_deleted_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, protected: Protection
) -> None:
    plant(photo_dir)
    protected.names = set()
    answer_now = threading.Event()
    let_go = Archive.let_go

    def silent(archive: Archive, photo: Photo) -> bool:
        answer_now.wait(20)
        return let_go(archive, photo)

    with (
        patch("custom_components.pi_security_camera.storage.STORAGE_LIMIT", 0.5),
        patch.object(Archive, "let_go", silent),
    ):
        try:
            async_fire_mqtt_message(hass, TOPIC, ALERT)
            await until(lambda: FAILED in issues(hass))
        finally:
            answer_now.set()
        await done(hass)
    assert outcome(hass) == ("captured", None)
    await alert(hass)
    assert (issues(hass), len(names(photo_dir))) == ({}, 1)

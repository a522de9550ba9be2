"""A directory that takes no photos: each cause has its own error, its own repair, and its recovery."""

import errno
import os
from pathlib import Path
import shutil
import threading
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message

from custom_components.pi_security_camera.capture.errors import StorageError
from custom_components.pi_security_camera.translate import KEYS

from .archive.faults import refuse
from .conftest import ALERT, TOPIC, EntryMaker, alert, photos, set_up, state_of, until
from .dialogs import ENGLISH, FRENCH
from .small_disk import SmallDisk
from .ssh import our_log
from .storage import done, hold, issues, last_shown, look, names, outcome
from .test_texts import example, leaf_errors, placeholders

LOOKED_AT = ("photos", "photos_today")


def tell_repair(hass: HomeAssistant, key: str, photo_dir: Path) -> None:
    """Hold the only repair against what it must tell."""
    (issue,) = issues(hass).values()
    told = {"name": "Hall", "path": str(photo_dir)}
    assert (issue.translation_key, issue.is_fixable, issue.severity) == (key, False, ir.IssueSeverity.ERROR)
    assert told.items() <= (issue.translation_placeholders or {}).items()


def failed(hass: HomeAssistant, key: str) -> None:
    """Hold the outcome and the event against the error."""
    event = state_of(hass, "event.hall_capture").attributes
    assert (outcome(hass), event["event_type"], event["error"]) == (("failed", key), "failed", key)
    assert len(event["message"]) > 20


@pytest.mark.parametrize("kind", leaf_errors(StorageError), ids=lambda kind: KEYS[kind])
def test_every_fault_of_a_directory_has_a_repair_in_both_languages(kind: type[StorageError]) -> None:
    facts = example(kind).fields | {"name": "Hall"}
    for texts in (ENGLISH, FRENCH):
        issue = texts["issues"][KEYS[kind]]
        assert issue.keys() == {"title", "description"}
        for text in issue.values():
            assert placeholders(text) <= facts.keys()
        assert placeholders(issue["title"]) == {"name"}
        assert "path" in placeholders(issue["description"])


CAUSES = {
    "storage_full": errno.ENOSPC,
    "storage_read_only": errno.EROFS,
    "storage_not_allowed": errno.EACCES,
    "storage_missing": errno.ESTALE,
    "storage_failed": errno.EIO,
}


@pytest.mark.parametrize(("key", "number"), CAUSES.items(), ids=CAUSES)
async def test_a_cause_is_told_as_long_as_it_lasts_and_the_next_photo_is_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    photo_dir: Path,
    caplog: pytest.LogCaptureFixture,
    key: str,
    number: int,
) -> None:
    await alert(hass)
    before, shown = names(photo_dir), last_shown(hass)
    with patch("custom_components.pi_security_camera.files.os.fsync", refuse(number)):
        for _ in range(3):
            await alert(hass)
            failed(hass, key)
        # It can be read, but that is not enough: no photo could be saved.
        await look(hass)
        tell_repair(hass, key, photo_dir)
        assert [state_of(hass, f"sensor.hall_{name}").state for name in LOOKED_AT] == ["1", "1"]
        assert last_shown(hass) == shown
        # Nothing whole is lost, and nothing else is left behind.
        assert sorted(path.name for path in photo_dir.iterdir()) == before
    await look(hass)
    assert issues(hass) == {}
    await alert(hass)
    assert (outcome(hass), len(photos(photo_dir))) == (("captured", None), 2)
    assert [level for level, _ in our_log(caplog) if level != "DEBUG"] == ["WARNING", "INFO"]


async def test_the_next_photo_ends_a_repair_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    with patch("custom_components.pi_security_camera.files.os.fsync", refuse(errno.EROFS)):
        await alert(hass)
    tell_repair(hass, "storage_read_only", photo_dir)
    await alert(hass)
    assert issues(hass) == {}


async def test_another_cause_takes_the_place_of_the_first(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    for key, number in CAUSES.items():
        with patch("custom_components.pi_security_camera.files.os.fsync", refuse(number)):
            await alert(hass)
        tell_repair(hass, key, photo_dir)


async def test_trouble_is_told_without_an_alert_too(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, hass_client: Any
) -> None:
    """A share whose permission is lost by day shall be known before the night."""
    await alert(hass)
    client = await hass_client()
    picture = state_of(hass, "camera.hall").attributes["entity_picture"]
    with patch("custom_components.pi_security_camera.files.os.statvfs", refuse(errno.EACCES)):
        await look(hass)
        tell_repair(hass, "storage_not_allowed", photo_dir)
        assert [state_of(hass, f"sensor.hall_{name}").state for name in LOOKED_AT] == ["unknown", "unknown"]
        assert last_shown(hass)[0] == names(photo_dir)[0]
    with patch("custom_components.pi_security_camera.files.os.open", refuse(errno.EACCES)):
        assert (await client.get(picture)).status == 500
    await look(hass)
    assert issues(hass) == {}
    assert [state_of(hass, f"sensor.hall_{name}").state for name in LOOKED_AT] == ["1", "1"]
    assert (await client.get(picture)).status == 200


async def test_a_camera_whose_directory_is_in_trouble_starts_and_tells(
    hass: HomeAssistant, ready: None, make_entry: EntryMaker, photo_dir: Path
) -> None:
    entry = make_entry()
    with patch("custom_components.pi_security_camera.files.os.statvfs", refuse(errno.EIO)):
        await set_up(hass, entry)
        tell_repair(hass, "storage_failed", photo_dir)
    await alert(hass)
    assert (outcome(hass), issues(hass)) == (("captured", None), {})
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_directory_that_was_deleted_is_made_again_without_an_alert(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    """Whoever deletes it to begin anew shall not lose the next alert's photo to that."""
    await alert(hass)
    shutil.rmtree(photo_dir)
    await look(hass)
    tell_repair(hass, "storage_missing", photo_dir)
    for _ in range(2):
        await look(hass)
    assert issues(hass) == {}
    assert last_shown(hass) == (None, "unknown")
    await alert(hass)
    assert (outcome(hass), len(photos(photo_dir))) == (("captured", None), 1)


async def test_a_share_that_does_not_answer_is_told_and_taken_up_again(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path
) -> None:
    answer = threading.Event()
    with (
        patch("custom_components.pi_security_camera.storage.STORAGE_LIMIT", 0.2),
        patch("custom_components.pi_security_camera.files.os.fsync", lambda _: answer.wait(20)),
    ):
        try:
            async_fire_mqtt_message(hass, TOPIC, ALERT)
            await until(lambda: outcome(hass) == ("failed", "storage_silent"))
            await entry.runtime_data.upkeep.async_look()
            tell_repair(hass, "storage_silent", photo_dir)
        finally:
            answer.set()
        await done(hass)
    await look(hass)
    assert issues(hass) == {}
    await alert(hass)
    assert outcome(hass) == ("captured", None)


async def test_a_read_only_disk_stays_told_until_it_is_writable(
    hass: HomeAssistant, small: SmallDisk, photo_dir: Path
) -> None:
    await alert(hass)
    kept = names(photo_dir)
    small.remount(read_only=True)
    await alert(hass)
    failed(hass, "storage_read_only")
    for _ in range(2):
        await look(hass)
        tell_repair(hass, "storage_read_only", photo_dir)
    assert state_of(hass, "sensor.hall_photos").state == "1"
    small.remount(read_only=False)
    await look(hass)
    assert issues(hass) == {}
    await alert(hass)
    assert (len(names(photo_dir)), names(photo_dir)[0]) == (2, kept[0])


async def test_below_a_bare_mount_point_nothing_is_written(
    hass: HomeAssistant, small: SmallDisk, photo_dir: Path
) -> None:
    await alert(hass)
    (kept,) = names(photo_dir)
    small.unmount()
    await alert(hass)
    failed(hass, "storage_missing")
    for _ in range(3):
        await look(hass)
        await alert(hass)
        tell_repair(hass, "storage_missing", photo_dir)
    assert list(photo_dir.iterdir()) == []
    small.mount()
    await look(hass)
    assert (issues(hass), state_of(hass, "sensor.hall_photos").state) == ({}, "1")
    await alert(hass)
    assert (outcome(hass), names(photo_dir)[0]) == (("captured", None), kept)


async def test_what_ends_while_the_camera_is_taken_down_leaves_no_repair(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    began, go_on = threading.Event(), threading.Event()

    def sync(_descriptor: int) -> None:
        began.set()
        go_on.wait(10)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with patch("custom_components.pi_security_camera.files.os.fsync", sync):
        async_fire_mqtt_message(hass, TOPIC, ALERT)
        await until(began.is_set)
        unloading = hass.async_create_task(hass.config_entries.async_unload(entry.entry_id))
        for _ in range(5):
            await hass.async_add_executor_job(lambda: None)
        go_on.set()
        assert await unloading
        await done(hass)
    assert issues(hass) == {}
    assert state_of(hass, "event.hall_capture").state == "unavailable"


async def test_a_look_that_began_before_a_failure_does_not_end_its_repair(
    hass: HomeAssistant, entry: MockConfigEntry, photo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = hold(monkeypatch)
    try:
        looking = hass.async_create_task(look(hass))
        await until(held.began.is_set)
        with patch("custom_components.pi_security_camera.files.os.fsync", refuse(errno.EROFS)):
            async_fire_mqtt_message(hass, TOPIC, ALERT)
            await until(lambda: outcome(hass) == ("failed", "storage_read_only"))
    finally:
        held.go_on.set()
    await looking
    tell_repair(hass, "storage_read_only", photo_dir)

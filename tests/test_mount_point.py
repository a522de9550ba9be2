"""A photo directory on a disk of its own: nothing is written below its bare mount point, restart or not."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pi_security_camera import camera_form, files
from custom_components.pi_security_camera.const import DOMAIN

from .conftest import EntryMaker, alert, photos, set_up, state_of
from .dialogs import Dialog


@pytest.fixture
def disk(ready: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mount point with a disk that is there as long as the file `mounted` lies on it; photos may lie there."""
    place = tmp_path / "config" / "media" / "usb"
    (place / "photos").mkdir(parents=True)
    (place / "mounted").touch()

    def is_mount(path: Path) -> bool:
        return path == place and (place / "mounted").exists()

    monkeypatch.setattr("os.path.ismount", is_mount)
    monkeypatch.setattr(camera_form, "find_mount_point", files.find_mount_point)
    return place


async def test_the_set_up_notes_where_the_disk_of_the_photos_belongs(hass: HomeAssistant, disk: Path) -> None:
    dialog = await (await Dialog.camera_form(hass)).submit(photo_dir=str(disk / "photos"))
    await (await dialog.choose("trigger")).submit()
    await hass.async_block_till_done(wait_background_tasks=True)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.data["mount_point"] == str(disk)
    assert entry.runtime_data.settings.mount_point == disk


@pytest.fixture
def on_disk(make_entry: EntryMaker, disk: Path) -> MockConfigEntry:
    """A camera whose photos lie on that disk."""
    return make_entry(data={"photo_dir": str(disk / "photos"), "mount_point": str(disk)})


async def test_a_disk_that_is_missing_at_the_start_is_told_and_nothing_is_made_in_its_place(
    hass: HomeAssistant, disk: Path, on_disk: MockConfigEntry
) -> None:
    (disk / "mounted").unlink()
    (disk / "photos").rmdir()
    await set_up(hass, on_disk)
    await alert(hass)
    assert state_of(hass, "event.hall_capture").attributes["error"] == "storage_missing"
    assert not list(disk.iterdir())

    (disk / "mounted").touch()
    await alert(hass)
    assert len(photos(disk / "photos")) == 1


async def test_a_change_of_something_else_makes_nothing_below_a_bare_mount_point(
    hass: HomeAssistant, disk: Path, on_disk: MockConfigEntry
) -> None:
    await set_up(hass, on_disk)
    (disk / "mounted").unlink()
    (disk / "photos").rmdir()
    dialog = await Dialog.reconfigure(hass, on_disk.entry_id)
    await dialog.submit(rotation="180")
    assert dialog.errors == {"photo_dir": "storage_missing"}
    assert not list(disk.iterdir())


async def test_another_directory_forgets_the_disk(hass: HomeAssistant, disk: Path, on_disk: MockConfigEntry) -> None:
    await set_up(hass, on_disk)
    (disk / "mounted").unlink()
    dialog = await Dialog.reconfigure(hass, on_disk.entry_id)
    await dialog.submit(photo_dir=hass.config.path("media/hall"))
    await dialog.choose("save")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "mount_point" not in on_disk.data
    await alert(hass)
    assert len(photos(Path(hass.config.path("media/hall")))) == 1

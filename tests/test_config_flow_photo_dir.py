"""Where photos may lie, and where not."""

from collections.abc import Callable
from pathlib import Path
import stat
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pi_security_camera import photo_dir
from custom_components.pi_security_camera.capture.errors import (
    StorageError,
    StorageFailed,
    StorageFull,
    StorageNotAllowed,
    StorageReadOnly,
)
from custom_components.pi_security_camera.const import DOMAIN
from simulator import SimulatedHost

from .conftest import capture_runs
from .dialogs import Dialog

pytestmark = pytest.mark.usefixtures("ready")


@pytest.fixture
def media(hass: HomeAssistant) -> Path:
    """The media directory, with a folder that another camera has for its photos."""
    path = Path(hass.config.path("media"))
    (path / "taken").mkdir(parents=True)
    other = {"photo_dir": str(path / "taken")}
    MockConfigEntry(domain=DOMAIN, unique_id="local:other", data=other).add_to_hass(hass)
    return path


def link(path: Path, target: Path) -> Path:
    """Make a link to a directory, and the directory."""
    target.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def loop(path: Path) -> Path:
    """Make a link to itself."""
    path.symlink_to(path)
    return path


def file(path: Path) -> Path:
    """Make a file."""
    path.write_text("not a directory", encoding="utf-8")
    return path


# Each gets a new folder, two below Home Assistant's own, makes what it needs, and returns what the user types.
BAD_DIRECTORIES: dict[str, tuple[Callable[[Path], Path | str], str]] = {
    "relative": (lambda _: "media/hall", "photo_dir_not_absolute"),
    "in the home directory": (lambda _: "~/photos", "photo_dir_not_absolute"),
    "with two dots": (lambda here: f"{here}/../photos", "photo_dir_not_absolute"),
    "www": (lambda here: here.parents[1] / "www", "photo_dir_public"),
    "below www": (lambda here: here.parents[1] / "www/cameras/hall", "photo_dir_public"),
    "a link to www": (lambda here: link(here / "a", here.parents[1] / "www"), "photo_dir_public"),
    "below a link to www": (lambda here: link(here / "a", here.parents[1] / "www") / "hall", "photo_dir_public"),
    "elsewhere": (lambda here: here.parents[1] / "elsewhere", "photo_dir_not_allowed"),
    "the root": (lambda _: "/", "photo_dir_not_allowed"),
    "a link out": (lambda here: link(here / "a", here.parents[1] / "out"), "photo_dir_not_allowed"),
    "below a link out": (lambda here: link(here / "a", here.parents[1] / "out") / "b/c", "photo_dir_not_allowed"),
    "another camera's": (lambda here: here.parent / "taken", "photo_dir_taken"),
    "another camera's, written otherwise": (lambda here: f"{here.parent}//taken/./", "photo_dir_taken"),
    "a link to another camera's": (lambda here: link(here / "a", here.parent / "taken"), "photo_dir_taken"),
    "a file": (lambda here: file(here / "a"), "storage_missing"),
    "below a file": (lambda here: file(here / "a") / "photos", "storage_missing"),
    "a link to itself": (lambda here: loop(here / "a"), "storage_missing"),
    "a name that is too long": (lambda here: here / ("x" * 300), "storage_failed"),
}


async def test_a_directory_where_photos_may_not_lie_is_told_and_not_made(
    hass: HomeAssistant, media: Path, pi: SimulatedHost
) -> None:
    """Below www everybody could read them; in another camera's directory each would delete the other's."""
    dialog = await Dialog.camera_form(hass)
    found = {}
    for number, (name, (make, _)) in enumerate(BAD_DIRECTORIES.items()):
        here = media / str(number)
        here.mkdir()
        typed = str(make(here))
        before = sorted(media.parent.rglob("*"))
        await dialog.submit(photo_dir=typed)
        assert dialog.filled_in["photo_dir"] == typed
        assert sorted(media.parent.rglob("*")) == before, name
        found[name] = dialog.errors

    assert found == {name: {"photo_dir": error} for name, (_, error) in BAD_DIRECTORIES.items()}
    assert not capture_runs(pi)
    await dialog.submit(photo_dir=str(media / "free"))
    assert dialog.step == "test_photo"


@pytest.mark.parametrize(
    ("trouble", "error", "told"),
    [
        (StorageNotAllowed("/here"), "storage_not_allowed", {"path": "/here"}),
        (StorageReadOnly("/here"), "storage_read_only", {"path": "/here"}),
        (StorageFull("/here"), "storage_full", {"path": "/here"}),
        (
            StorageFailed("/here", "Input/output error"),
            "storage_failed",
            {"path": "/here", "text": "Input/output error"},
        ),
    ],
)
async def test_a_directory_that_cannot_be_written_to_is_told_before_anything_is_saved(
    hass: HomeAssistant, media: Path, trouble: StorageError, error: str, told: dict[str, str]
) -> None:
    dialog = await Dialog.camera_form(hass)
    with patch.object(photo_dir, "check_directory", side_effect=trouble):
        await dialog.submit(photo_dir=str(media / "hall"))
    assert dialog.errors == {"photo_dir": error}
    assert dialog.told.items() >= told.items()
    await dialog.submit()
    assert dialog.step == "test_photo"


async def test_a_missing_directory_is_made_for_home_assistant_alone(hass: HomeAssistant, media: Path) -> None:
    directory = media / "cameras" / "hall"
    await (await Dialog.camera_form(hass)).submit(photo_dir=f"  {directory}/ ")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o750
    assert list(directory.iterdir()) == []


async def test_a_directory_that_is_there_stays_as_it_is(hass: HomeAssistant, media: Path) -> None:
    directory = media / "hall"
    directory.mkdir(mode=0o755)
    directory.chmod(0o755)
    file(directory / "holiday.jpg")
    await (await Dialog.camera_form(hass)).submit(photo_dir=str(directory))
    assert stat.S_IMODE(directory.stat().st_mode) == 0o755
    assert [path.name for path in directory.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize(
    ("name", "folder"), [("Hall", "hall"), ("Entrée du garage n° 2", "entree_du_garage_ndeg_2"), ("../../www", "www")]
)
async def test_an_empty_directory_field_means_one_named_after_the_camera_below_the_media_directory(
    hass: HomeAssistant, media: Path, name: str, folder: str
) -> None:
    dialog = await Dialog.camera_form(hass)
    assert dialog.told["media_dir"] == str(media / "pi_security_camera")
    await dialog.submit(name=name, photo_dir="  ")
    await dialog.choose("camera")
    assert dialog.filled_in["photo_dir"] == str(media / "pi_security_camera" / folder)


async def test_the_default_is_a_directory_that_no_other_camera_has(hass: HomeAssistant, media: Path) -> None:
    """Two cameras of one name are as good as two cameras of two."""
    default = media / "pi_security_camera/hall"
    for taken in (default, f"{default}_2"):
        MockConfigEntry(domain=DOMAIN, unique_id=f"local:{taken}", data={"photo_dir": str(taken)}).add_to_hass(hass)
    dialog = await (await Dialog.camera_form(hass)).submit(name="Hall")
    await dialog.choose("camera")
    assert dialog.filled_in["photo_dir"] == f"{default}_3"


async def test_without_a_media_directory_the_default_is_where_home_assistant_would_have_one(
    hass: HomeAssistant, media: Path
) -> None:
    hass.config.media_dirs = {}
    dialog = await Dialog.camera_form(hass)
    assert dialog.told["media_dir"] == str(media / "pi_security_camera")

"""Where photos may lie."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import slugify

from .capture.errors import StorageError
from .const import CONF_PHOTO_DIR, DOMAIN
from .files import check_directory
from .options import read_mount_point
from .translate import key_of

type Refusal = tuple[str, dict[str, str]]
"""Why photos may not lie somewhere: an error's key, and what fills the placeholders of its text."""


def default_root(hass: HomeAssistant) -> Path:
    """Return where cameras have their directories by default: in the first media directory, where backups look, too."""
    return Path(next(iter(hass.config.media_dirs.values()), hass.config.path("media")), DOMAIN)


def default_photo_dir(hass: HomeAssistant, name: str, entry: ConfigEntry[Any] | None) -> Path:
    """Return a directory for a camera of this name that no other camera has; `entry` is the camera itself."""
    slug, taken, number = slugify(name), _others(hass, entry), 1
    while (directory := default_root(hass) / (slug if number == 1 else f"{slug}_{number}")) in taken:
        number += 1
    return directory


async def check_photo_dir(hass: HomeAssistant, directory: Path, entry: ConfigEntry[Any] | None) -> Refusal | None:
    """Return why photos may not lie there, or None; the directory is made when it is missing.

    `entry` is the camera whose own directory it may be.
    """
    own = entry is not None and directory == Path(entry.data[CONF_PHOTO_DIR])
    mount_point = read_mount_point(entry.data) if entry and own else None
    return await hass.async_add_executor_job(_check, hass, directory, mount_point, _others(hass, entry))


def _others(hass: HomeAssistant, entry: ConfigEntry[Any] | None) -> list[Path]:
    """Return the directories of all cameras but this one."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return [Path(other.data[CONF_PHOTO_DIR]) for other in entries if other is not entry]


def _check(hass: HomeAssistant, directory: Path, mount_point: Path | None, others: list[Path]) -> Refusal | None:
    if not directory.is_absolute() or ".." in directory.parts or "\0" in str(directory):
        return "photo_dir_not_absolute", {}
    resolved = directory.resolve()
    # What lies below www is served to everybody, without a login.
    if resolved.is_relative_to(Path(hass.config.path("www")).resolve()):
        return "photo_dir_public", {}
    if not hass.config.is_allowed_path(str(directory)):
        return "photo_dir_not_allowed", {}
    if any(resolved == other.resolve() for other in others):
        return "photo_dir_taken", {}
    try:
        check_directory(directory, mount_point)
    except StorageError as error:
        return key_of(error), error.fields
    return None

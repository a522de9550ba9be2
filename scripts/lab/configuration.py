"""The configuration folder of the lab's Home Assistant, written before each start."""

from collections.abc import Iterable
import json
from pathlib import Path

# Not default_config: it brings voice assistants, discovery on the network and the cloud.
_CONFIGURATION = """\
# Written anew at each start of scripts/demo.
homeassistant:
  media_dirs:
    local: {media}
automation: !include automations.yaml
config:
frontend:
history:
logbook:
logger:
  default: warning
  logs:
    custom_components.pi_security_camera: info
  filters:
    # Thumbnails are made without this library too.
    homeassistant.components.camera.img_util:
      - libturbojpeg
    # A faster compression of pages that is not there.
    aiohttp_fast_zlib:
      - zlib_ng and isal are not available
media_source:
my:
scene: !include scenes.yaml
script: !include scripts.yaml
sun:
system_health:
"""

# What the editors of the frontend write to.
_EDITED = ("automations.yaml", "scenes.yaml", "scripts.yaml")


def write_configuration(folder: Path, *, media: Path, address: tuple[str, int], extra: Iterable[str] = ()) -> None:
    """Fill the folder so that Home Assistant listens at `address` (host, port) and keeps photos below `media`.

    `extra` names further integrations to set up. What a person changed in the frontend stays.
    """
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    media.mkdir(exist_ok=True)
    more = "".join(f"{domain}:\n" for domain in extra)
    (folder / "configuration.yaml").write_text(_CONFIGURATION.format(media=media) + more, encoding="utf-8")
    for name in _EDITED:
        (folder / name).touch()
    _write_http(storage / "http", address)
    _write_onboarding(storage / "onboarding")


def link_integration(folder: Path, integration: Path) -> None:
    """Let Home Assistant find a custom integration where it lies."""
    link = folder / "custom_components" / integration.name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(integration)


def _write_http(file: Path, address: tuple[str, int]) -> None:
    """Choose the address in Home Assistant's own store.

    An `http:` section would only be tried for five minutes, until somebody confirms it in the frontend. Version 1 of
    the store is the one that needs no more than what differs from the defaults: Home Assistant migrates it.
    """
    host, port = address
    _write_store(file, 1, {"server_host": [host], "server_port": port})


def _write_onboarding(file: Path) -> None:
    """Mark all steps of the first start as done, except that of the user.

    Going through them sets up a weather service, a radio and a translator, which ask the internet.
    """
    if not file.exists():
        _write_store(file, 4, {"done": ["core_config", "analytics", "integration"]})


def _write_store(file: Path, version: int, data: dict[str, object]) -> None:
    """Write one of Home Assistant's stores, whole or not at all, readable for this user only."""
    temporary = file.with_suffix(".new")
    text = json.dumps({"version": version, "minor_version": 1, "key": file.name, "data": data})
    temporary.touch(mode=0o600)
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)

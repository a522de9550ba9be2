"""One look that answers "why is there no photo?"."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .capture.errors import CaptureError
from .capture.runner_errors import CommandsRefused, HostError
from .const import CONF_PASSPHRASE, CONF_PRIVATE_KEY
from .coordinator import CaptureCoordinator, PiCameraConfigEntry
from .live import LiveCamera
from .translate import key_of

# `text` is what network, SSH or a login say of a host that is away or refuses us: it may name it.
_SECRETS = {CONF_HOST, CONF_PASSWORD, CONF_USERNAME, CONF_PRIVATE_KEY, CONF_PASSPHRASE, "text"}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: PiCameraConfigEntry) -> dict[str, Any]:
    """Return a camera's settings, its host, its state and its latest outcomes."""
    coordinator = entry.runtime_data
    data, outcomes = coordinator.data, coordinator.outcomes.log
    return {
        "settings": async_redact_data(dict(entry.data), _SECRETS),
        "options": dict(entry.options),
        "motion_triggers": [{"name": subentry.title, **subentry.data} for subentry in entry.subentries.values()],
        "host": await _describe_host(coordinator),
        "state": {
            "armed": data.armed,
            "broker_connected": data.broker,
            "host_connected": data.host,
            "last_photo": data.last_photo.name if data.last_photo else None,
            "capture_seconds": data.capture_seconds,
        },
        "stream": _describe_stream(coordinator.streaming.live),
        "archive": await _describe_archive(coordinator),
        "counts": [
            {"outcome": kind, "reason": reason, "count": count}
            for (kind, reason), count in outcomes.counts.most_common()
        ],
        "outcomes": [asdict(outcome) for outcome in reversed(outcomes.recent)],
        "last_stderr": coordinator.host.last_stderr,
    }


async def _describe_host(coordinator: CaptureCoordinator) -> dict[str, Any]:
    """Ask the host anew: what it says now is what matters. Disarmed, no camera program runs for it."""
    try:
        report = await coordinator.host.describe() if coordinator.data.armed else coordinator.host.report
        return asdict(report) if report else {"error": "disarmed"}
    except (HostError, CommandsRefused) as error:
        return {"error": key_of(error), **async_redact_data(error.fields, _SECRETS)}
    except CaptureError as error:
        return {"error": key_of(error), **error.fields}


def _describe_stream(live: LiveCamera) -> dict[str, Any]:
    """Tell how the camera does that is kept open; the numbers count from the start."""
    return {
        "wanted": live.settings is not None,
        "streaming": live.streaming,
        "frames": live.frames,
        "dropped_frames": live.dropped,
        "restarts": live.restarts,
        "failures_in_a_row": live.failures,
        "last_error": key_of(live.error) if live.error else None,
    }


async def _describe_archive(coordinator: CaptureCoordinator) -> dict[str, Any]:
    try:
        return await coordinator.storage.run(coordinator.storage.archive.describe)
    except CaptureError as error:
        return {"error": key_of(error), **error.fields}

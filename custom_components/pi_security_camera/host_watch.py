"""What Home Assistant is told of a host that comes and goes: states, one log line each way, and what there is to do.

Wrong credentials start the dialog that renews them, and a changed host key a repair; both end by themselves when there
is a connection again.
"""

from contextlib import suppress

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, issue_registry as ir

from .capture.errors import CaptureError
from .capture.runner_errors import HostError, HostKeyChanged, HostRefused, KeyUnusable
from .const import DOMAIN, ISSUE_HOST_KEY_CHANGED, LOGGER
from .coordinator import PiCameraConfigEntry
from .translate import message_of


class HostWatch:
    """Watches the host of one camera; the entry holds its coordinator before anything is heard."""

    def __init__(self, hass: HomeAssistant, entry: PiCameraConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._issue_id = f"{ISSUE_HOST_KEY_CHANGED}_{entry.entry_id}"
        self._lost = False
        self._started = False

    @callback
    def start(self) -> None:
        """Begin to ask the host what it is; by now there is a device to show it on."""
        self._started = True
        self._meet()

    @callback
    def stop(self) -> None:
        """Take the repair back: a host that is still another one will tell again."""
        ir.async_delete_issue(self._hass, DOMAIN, self._issue_id)

    @callback
    def changed(self, problem: HostError | None) -> None:
        """Hear why there is no connection to the host, or with None, that there is one."""
        self._entry.runtime_data.handle_host(problem is None)
        self._log(problem)
        if isinstance(problem, HostKeyChanged):
            self._ask_about_host_key(problem)
        else:
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id)
        if isinstance(problem, (HostRefused, KeyUnusable)):
            self._entry.async_start_reauth(self._hass)
        if problem is None:
            self._end_reauth()
            self._meet()

    def _log(self, problem: HostError | None) -> None:
        """Log a loss and a return once each: why it is still away is no news to a log."""
        if problem and not self._lost:
            LOGGER.warning("%s: %s", self._entry.title, message_of(self._hass, problem))
        elif self._lost and problem is None:
            LOGGER.info("%s is connected to its host again", self._entry.title)
        self._lost = problem is not None

    def _ask_about_host_key(self, problem: HostKeyChanged) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id,
            data={"entry_id": self._entry.entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.ERROR,
            translation_key=ISSUE_HOST_KEY_CHANGED,
            translation_placeholders={"name": self._entry.title, **problem.fields},
        )

    def _end_reauth(self) -> None:
        """Close a dialog that asks for credentials: those that we have are good again."""
        for flow in [*self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})]:
            self._hass.config_entries.flow.async_abort(flow["flow_id"])

    def _meet(self) -> None:
        """Ask for programs and cameras, so that the next alert need not. Disarmed, no camera program runs for that."""
        data = self._entry.runtime_data.data
        if self._started and data.host and data.armed:
            self._entry.async_create_background_task(self._hass, self._show_version(), f"{DOMAIN} host")

    async def _show_version(self) -> None:
        """Show on the device's page what the host's programs say of their version."""
        with suppress(CaptureError):  # the next alert meets the same error, and tells it
            report = await self._entry.runtime_data.host.known()
            devices = dr.async_get(self._hass)
            if device := devices.async_get_device_by_identifier((DOMAIN, self._entry.entry_id), self._entry.entry_id):
                devices.async_update_device(device.id, sw_version=report.versions.rpicam or None)

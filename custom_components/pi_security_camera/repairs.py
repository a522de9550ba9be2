"""What a user can mend with a click."""

from dataclasses import replace
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
import voluptuous as vol

from .cameras import find_camera
from .capture.runner_errors import HostError
from .const import CONF_CAMERA, ISSUE_TOO_MANY_TO_DELETE
from .coordinator import PiCameraConfigEntry
from .hosts import find_camera_of, pin_host_key
from .options import read_ssh
from .runners.ssh_keys import fingerprint_of
from .runners.ssh_login import SshSettings, fetch_host_key
from .storage_repairs import Question
from .translate import message_of


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the dialog for an issue of ours."""
    return DeletionRepair() if issue_id.startswith(ISSUE_TOO_MANY_TO_DELETE) else HostKeyRepair()


class DeletionRepair(RepairsFlow):
    """Asks whether the limits shall delete more than half of a camera's photos."""

    def __init__(self) -> None:
        self._asked: Question | None = None

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show what would go, and both ways."""
        if not (asking := self._asking()):
            return self.async_abort(reason="nothing_to_delete")
        entry, self._asked = asking
        return self.async_show_menu(
            step_id="init",
            menu_options=["delete", "keep"],
            description_placeholders={"name": entry.title, **self._asked.told},
        )

    async def async_step_delete(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Delete what was shown."""
        if not self._asked or not (asking := self._asking()):
            return self.async_abort(reason="nothing_to_delete")
        # It may take minutes, and it goes on when the dialog is closed.
        asking[0].runtime_data.upkeep.delete_held(self._asked)
        return self.async_create_entry(data={})

    async def async_step_keep(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Keep the photos; the limits rest until they are changed."""
        if not (asking := self._asking()):
            return self.async_abort(reason="nothing_to_delete")
        await asking[0].runtime_data.async_decline_purge()
        return self.async_create_entry(data={})

    def _asking(self) -> tuple[PiCameraConfigEntry, Question] | None:
        """Return the camera and what it asks now; None when it asks nothing (any more)."""
        entry = find_camera(self.hass, str((self.data or {})["entry_id"]))
        question = entry.runtime_data.upkeep.question if entry else None
        return (entry, question) if entry and question else None


class HostKeyRepair(RepairsFlow):
    """Shows the host key that was confirmed beside the one that the host has now, and asks."""

    def __init__(self) -> None:
        self._before: SshSettings | None = None
        self._new_key = ""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask the host for its key."""
        entry = self.hass.config_entries.async_get_entry(str((self.data or {})["entry_id"]))
        self._before = before = read_ssh(entry.data) if entry else None
        if entry is None or before is None:
            return self.async_abort(reason="camera_gone")
        try:
            self._new_key, fingerprint = await fetch_host_key(before.host, before.port)
        except HostError as error:
            return self.async_abort(
                reason="host_unreachable", description_placeholders={"problem": message_of(self.hass, error)}
            )
        if self._new_key == before.host_key:
            return self.async_abort(reason="host_key_same", description_placeholders={"host": before.host})
        if other := find_camera_of(self.hass, replace(before, host_key=self._new_key), entry.data[CONF_CAMERA]):
            placeholders = {"name": entry.title, "other": other.title, "host": before.host}
            return self.async_abort(reason="camera_set_up_anew", description_placeholders=placeholders)
        self._told = {
            "name": entry.title,
            "host": before.host,
            "old": fingerprint_of(before.host_key),
            "new": fingerprint,
        }
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Pin the key that was shown, and no other."""
        if user_input is None or self._before is None:
            return self.async_show_form(
                step_id="confirm", data_schema=vol.Schema({}), description_placeholders=self._told
            )
        pin_host_key(self.hass, self._before.host_key, self._new_key)
        return self.async_create_entry(data={})

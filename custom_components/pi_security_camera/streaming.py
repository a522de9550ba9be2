"""A camera's stream in Home Assistant: kept as the options want it, shown as states, with a repair where it fails."""

from collections.abc import Callable
from datetime import datetime, timedelta
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util.async_ import create_eager_task

from .capture.errors import CaptureError
from .const import DOMAIN, ISSUE_STREAM_FAILING, LOGGER
from .host import Host
from .live import LiveCamera, StreamSettings
from .translate import key_of, message_of

# With pauses of 1, 2, 4 and 8 seconds: what is still wrong after a quarter of a minute does not mend itself.
_REPEATED = 5
_COUNTED = timedelta(seconds=10)


class Streaming:
    """One camera's stream. `wanted` returns what is to be streamed now; `update` takes changed fields of the state."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        host: Host,
        *,
        wanted: Callable[[], StreamSettings | None],
        update: Callable[..., None],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._update = update
        self._told: str | None = None
        self._closed = False
        self._counted = 0, time.monotonic()
        self._cancel: CALLBACK_TYPE | None = None
        self.live = LiveCamera(
            host,
            lambda: None if self._closed else wanted(),
            # It has no end of its own, and Home Assistant need not know of it: `async_close` ends it.
            lambda work: create_eager_task(work, name=f"{DOMAIN} stream", loop=hass.loop),
            self._changed,
        )

    @callback
    def start(self) -> None:
        """Begin to count frames."""
        self._cancel = async_track_time_interval(self._hass, self._count, _COUNTED, cancel_on_shutdown=True)

    async def async_close(self) -> None:
        """Close the camera for good. The repair goes, too: what is still wrong is found again at the next start."""
        self._closed = True
        if self._cancel:
            self._cancel()
            self._cancel = None
        await self.live.adjust()
        self._tell(None)

    @callback
    def _changed(self) -> None:
        live = self.live
        changes: dict[str, Any] = {"streaming": live.streaming, "stream_restarts": live.restarts}
        if live.settings is None:
            changes["frame_rate"] = None
        self._update(**changes)
        if live.failures >= _REPEATED:
            self._tell(live.error)
        elif live.failures == 0:
            self._tell(None)

    @callback
    def _count(self, _now: datetime) -> None:
        """Show how many frames a second have come since the last time."""
        (frames, moment), self._counted = self._counted, (self.live.frames, time.monotonic())
        if self.live.settings:
            self._update(frame_rate=round((self.live.frames - frames) / (self._counted[1] - moment), 1))

    def _tell(self, error: CaptureError | None) -> None:
        """Tell once that the stream keeps failing, and by what error now; once that it does not any more: None."""
        told, self._told = self._told, key_of(error) if error else None
        if self._told == told:
            return
        issue = f"{ISSUE_STREAM_FAILING}_{self._entry.entry_id}"
        if error is None:
            ir.async_delete_issue(self._hass, DOMAIN, issue)
            LOGGER.info("%s: its stream does not fail any more, or is not wanted", self._entry.title)
            return
        problem = message_of(self._hass, error)
        if told is None:
            LOGGER.warning("%s: its stream keeps failing: %s", self._entry.title, problem)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_STREAM_FAILING,
            translation_placeholders={"name": self._entry.title, "problem": problem},
        )

"""How long motion is shown: from an alert until some seconds after the last one."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later


class MotionHold:
    """The motion of one camera. `update` takes the changed field of the camera's state."""

    def __init__(self, hass: HomeAssistant, update: Callable[..., None]) -> None:
        self._hass = hass
        self._update = update
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def start(self, seconds: float) -> None:
        """Show motion, for so many seconds from now."""
        self.stop()
        self._update(motion=True)
        self._cancel = async_call_later(self._hass, seconds, self._end)

    @callback
    def stop(self) -> None:
        """Leave what is shown as it is."""
        if self._cancel:
            self._cancel()
            self._cancel = None

    @callback
    def _end(self, _now: datetime) -> None:
        self._cancel = None
        self._update(motion=False)

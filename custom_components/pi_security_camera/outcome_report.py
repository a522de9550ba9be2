"""What is told of outcomes: counted, shown as state no faster than a recorder bears, and logged once."""

from collections.abc import Callable
from datetime import datetime
import time

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .capture.errors import CaptureError, CaptureStopped
from .capture.outcomes import Limiter, Outcome, OutcomeKind, OutcomeLog
from .capture.photo import Cause
from .capture.runner_errors import HostError
from .const import LOGGER, OUTCOME_BURST, RECENT_OUTCOMES
from .translate import key_of, message_of


class OutcomeReport:
    """The outcomes of one camera's messages. `show` takes the one that is to be the state."""

    def __init__(self, hass: HomeAssistant, name: str, show: Callable[[Outcome], None]) -> None:
        self._hass = hass
        self._name = name
        self._show = show
        self._limiter = Limiter(OUTCOME_BURST)
        self._cancel: CALLBACK_TYPE | None = None
        self._told_errors: dict[str, str] = {}
        self.log = OutcomeLog(RECENT_OUTCOMES)

    @callback
    def captured(self, cause: Cause) -> Outcome:
        """Write a photo's outcome down, and return it: it is shown together with the photo."""
        outcome = Outcome(OutcomeKind.CAPTURED, dt_util.utcnow(), None, cause.topic, cause.value)
        self.log.note(outcome)
        return outcome

    @callback
    def note(self, kind: OutcomeKind, reason: str | None, topic: str | None, value: float | None) -> None:
        """Write an outcome down, and show it: failures at once, the others no faster than the limiter lets."""
        self.log.note(Outcome(kind, dt_util.utcnow(), reason, topic, value))
        if kind is OutcomeKind.FAILED:
            self._show_latest()
        elif self._cancel is None:
            if self._limiter.allows(time.monotonic()):
                self._show_latest()
            else:
                self._cancel = async_call_later(self._hass, 1, self._show_latest)

    @callback
    def _show_latest(self, _now: datetime | None = None) -> None:
        self.stop()
        self._show(self.log.recent[-1])

    @callback
    def stop(self) -> None:
        """Show nothing more that waits to be shown."""
        if self._cancel:
            self._cancel()
            self._cancel = None

    def log_failure(self, error: CaptureError, missing: str = "photos") -> None:
        """Log why there are no photos, or no clips, once until another reason or one of them comes.

        An alert has nobody else to tell it to.
        """
        if isinstance(error, HostError):
            return  # the host's own watch logs it once, alerts or none
        if isinstance(error, CaptureStopped):
            LOGGER.info("%s: %s", self._name, message_of(self._hass, error))
        elif (key := key_of(error)) != self._told_errors.get(missing):
            self._told_errors[missing] = key
            LOGGER.warning("%s: %s", self._name, message_of(self._hass, error))

    def log_recovery(self, missing: str = "photos") -> None:
        """Log that there are photos, or clips, again, if somebody was told that there are none."""
        if self._told_errors.pop(missing, None):
            LOGGER.info("%s: there are %s again", self._name, missing)

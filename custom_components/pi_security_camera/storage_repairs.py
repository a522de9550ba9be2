"""What a user must do about a camera's storage, as repairs: each is there as long as its reason is."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .capture.errors import StorageError
from .capture.retention import Departure, Limits
from .const import DOMAIN, ISSUE_DELETION_FAILED, ISSUE_TOO_MANY_TO_DELETE, LOGGER
from .translate import key_of, message_of


@dataclass(frozen=True, slots=True)
class Question:
    """Photos that somebody must be asked about, and the limits that would take them.

    `own`: these are the camera's own limits, not those of an action.
    """

    departures: tuple[Departure, ...]
    limits: Limits
    own: bool

    @property
    def told(self) -> dict[str, str]:
        """How many photos would go, from which day to which."""
        first, last = self.departures[0].photo, self.departures[-1].photo
        return {"count": str(len(self.departures)), "first": str(first.day), "last": str(last.day)}


class StorageRepairs:
    """The repairs of one camera's storage."""

    def __init__(self, hass: HomeAssistant, entry_id: str, name: str) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._name = name
        self._trouble: str | None = None
        self._cannot_delete: str | None = None
        self._ended = False

    @property
    def in_trouble(self) -> bool:
        """Whether a user was told that no photo can be kept."""
        return self._trouble is not None

    @callback
    def tell_trouble(self, error: StorageError) -> None:
        """Tell that no photo can be kept, and what to do about it."""
        key = key_of(error)
        if self._trouble != key:
            self.end_trouble()
        self._trouble = key
        self._create(key, error.fields)

    @callback
    def end_trouble(self) -> None:
        """Take that back: photos can be kept again."""
        if self._trouble:
            self._delete(self._trouble)
            self._trouble = None

    @callback
    def tell_deletion(self, error: StorageError | None) -> None:
        """Tell that the limits cannot delete what they should, or (None) that they can again."""
        if error is None:
            if self._cannot_delete:
                self._cannot_delete = None
                self._delete(ISSUE_DELETION_FAILED)
            return
        problem = message_of(self._hass, error)
        if self._cannot_delete is None:
            LOGGER.warning("%s: %s", self._name, problem)
        if problem != self._cannot_delete:
            self._cannot_delete = problem
            self._create(ISSUE_DELETION_FAILED, {"problem": problem})

    @callback
    def ask(self, question: Question) -> None:
        """Ask whether so many photos shall go."""
        self._create(ISSUE_TOO_MANY_TO_DELETE, question.told, fixable=True)

    @callback
    def ask_no_more(self) -> None:
        """Take the question back."""
        self._delete(ISSUE_TOO_MANY_TO_DELETE)

    @callback
    def end(self) -> None:
        """Take all back: what is still so is found again at the next start."""
        self.end_trouble()
        self.tell_deletion(None)
        self.ask_no_more()
        self._ended = True

    def _create(self, key: str, placeholders: dict[str, str], *, fixable: bool = False) -> None:
        if self._ended:
            return  # a capture or a job that ends after the camera was taken down: nobody would take it back
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{self._entry_id}",
            data={"entry_id": self._entry_id},
            is_fixable=fixable,
            severity=ir.IssueSeverity.WARNING if fixable else ir.IssueSeverity.ERROR,
            translation_key=key,
            translation_placeholders={"name": self._name, **placeholders},
        )

    def _delete(self, key: str) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, f"{key}_{self._entry_id}")

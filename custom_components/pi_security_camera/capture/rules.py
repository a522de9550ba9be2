"""Which MQTT messages are alerts, and why the others are not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
import json
import math
from typing import NoReturn

# No sensor sends more; parsing more would hold up the event loop.
MAX_PAYLOAD = 64 * 1024

_INTEGER_LIMIT = 2**63


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message as it arrived, `received_at` in seconds of the monotonic clock."""

    topic: str
    payload: bytes
    retained: bool
    received_at: float


class Reason(StrEnum):
    """Why a message is no alert. The values are states that users see: fixed."""

    DISARMED = "disarmed"
    RETAINED = "retained"
    COOLDOWN = "cooldown"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    PAYLOAD_NOT_TEXT = "payload_not_text"
    PAYLOAD_NOT_JSON = "payload_not_json"
    PAYLOAD_NOT_OBJECT = "payload_not_object"
    STATUS_MISSING = "status_missing"
    STATUS_OTHER = "status_other"
    VALUE_MISSING = "value_missing"
    VALUE_NOT_NUMBER = "value_not_number"
    VALUE_TOO_LOW = "value_too_low"
    VALUE_TOO_HIGH = "value_too_high"
    TEMPLATE_FALSE = "template_false"
    TEMPLATE_ERROR = "template_error"


@dataclass(frozen=True, slots=True)
class Alert:
    """A message that the motion trigger named `trigger` accepted, with the number it carried, if any."""

    trigger: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that is no alert, and why; `value` is the number it carried, if any."""

    reason: Reason
    value: float | None = None


type Verdict = Alert | Ignored


@dataclass(frozen=True, slots=True)
class Rule:
    """What a payload must be to be an alert.

    It is a JSON object whose `status_key` holds one of `status_values` (without regard to case), or one of those words
    alone; and, where a bound is given, whose `value_key` holds a number within the bounds. A `template` decides alone:
    it gets the topic and the payload's text, and raises ValueError when it cannot tell.
    """

    status_key: str
    status_values: frozenset[str]
    value_key: str
    value_min: float | None = None
    value_max: float | None = None
    template: Callable[[str, str], bool] | None = None


@dataclass(frozen=True, slots=True)
class MotionTrigger:
    """A topic filter and the rule for what arrives there."""

    name: str
    topic: str
    qos: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Guard:
    """What decides beside the payload: `cooldown` in seconds, `accepted_at` of the last alert (monotonic)."""

    armed: bool
    accept_retained: bool
    cooldown: float
    accepted_at: float | None


def judge(message: Message, triggers: Sequence[MotionTrigger], guard: Guard) -> Verdict:
    """Return the verdict of the first trigger that accepts the message, else the first one's reason.

    `triggers` are those whose topic matches, at least one.
    """
    if not guard.armed:
        return Ignored(Reason.DISARMED)
    if message.retained and not guard.accept_retained:
        return Ignored(Reason.RETAINED)
    verdicts = [check(trigger, message.topic, message.payload) for trigger in triggers]
    verdict = next((each for each in verdicts if isinstance(each, Alert)), verdicts[0])
    if isinstance(verdict, Alert) and _too_soon(message, guard):
        return Ignored(Reason.COOLDOWN, verdict.value)
    return verdict


def check(trigger: MotionTrigger, topic: str, payload: bytes) -> Verdict:
    """Return what the trigger's rule alone makes of a payload."""
    if len(payload) > MAX_PAYLOAD:
        return Ignored(Reason.PAYLOAD_TOO_LARGE)
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return Ignored(Reason.PAYLOAD_NOT_TEXT)
    rule = trigger.rule
    if rule.template is not None:
        return _check_template(trigger.name, rule.template, rule.value_key, topic, text)
    if text.strip().casefold() in rule.status_values:
        return _check_value(trigger.name, rule, {})
    content = _parse(text)
    if isinstance(content, Reason):
        return Ignored(content)
    if rule.status_key not in content:
        return Ignored(Reason.STATUS_MISSING)
    if _word(content[rule.status_key]) not in rule.status_values:
        return Ignored(Reason.STATUS_OTHER, finite_number(content.get(rule.value_key)))
    return _check_value(trigger.name, rule, content)


def finite_number(value: object) -> float | None:
    """Return a finite number; None for anything else, True and False among it, and for what no float holds.

    An integer of more than 64 bits comes as a float: Home Assistant's JSON writer refuses it.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    return value if abs(value) < _INTEGER_LIMIT else number


def topic_matches(topic_filter: str, topic: str) -> bool:
    """Say whether an MQTT topic filter, with its wildcards + and #, covers a topic (MQTT 5, section 4.7)."""
    levels, wanted = topic.split("/"), topic_filter.split("/")
    if topic.startswith("$") and wanted[0] in {"+", "#"}:
        return False
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or level not in {"+", levels[index]}:
            return False
    return len(wanted) == len(levels)


def _too_soon(message: Message, guard: Guard) -> bool:
    return guard.accepted_at is not None and message.received_at - guard.accepted_at < guard.cooldown


def _check_template(name: str, template: Callable[[str, str], bool], value_key: str, topic: str, text: str) -> Verdict:
    content = _parse(text)
    value = None if isinstance(content, Reason) else finite_number(content.get(value_key))
    try:
        accepted = template(topic, text)
    except ValueError:
        return Ignored(Reason.TEMPLATE_ERROR, value)
    return Alert(name, value) if accepted else Ignored(Reason.TEMPLATE_FALSE, value)


def _check_value(name: str, rule: Rule, content: dict[str, object]) -> Verdict:
    """Hold the number against the bounds; without bounds it is only information, and may be missing or odd."""
    value = finite_number(content.get(rule.value_key))
    if rule.value_min is None and rule.value_max is None:
        return Alert(name, value)
    if rule.value_key not in content:
        return Ignored(Reason.VALUE_MISSING)
    if value is None:
        return Ignored(Reason.VALUE_NOT_NUMBER)
    if rule.value_min is not None and value < rule.value_min:
        return Ignored(Reason.VALUE_TOO_LOW, value)
    if rule.value_max is not None and value > rule.value_max:
        return Ignored(Reason.VALUE_TOO_HIGH, value)
    return Alert(name, value)


def _parse(text: str) -> dict[str, object] | Reason:
    try:
        content = json.loads(text, parse_constant=_no_number)
    except ValueError, RecursionError:
        return Reason.PAYLOAD_NOT_JSON
    return content if isinstance(content, dict) else Reason.PAYLOAD_NOT_OBJECT


def _no_number(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python's parser takes though JSON has no such numbers."""
    raise ValueError(constant)


def _word(status: object) -> str | None:
    """Return a status as the word a user would write for it: `contact: false` is `false`."""
    if isinstance(status, str):
        return status.strip().casefold()
    if isinstance(status, bool | int | float):
        return str(status).casefold()
    return None

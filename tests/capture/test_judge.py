"""What decides beside the payload."""

from dataclasses import replace

import pytest

from custom_components.pi_security_camera.capture.rules import Alert, Ignored, Reason, judge
from tests.capture.rules import BOUNDED, PLAIN, guard, message, named


def test_an_alert_names_the_trigger_that_accepted_it() -> None:
    triggers = [named(BOUNDED, "first"), named(PLAIN, "second"), named(PLAIN, "third")]
    assert judge(message(), triggers, guard()) == Alert("second", None)


def test_what_no_trigger_accepts_has_the_reason_of_the_first() -> None:
    triggers = [named(BOUNDED), named(replace(PLAIN, status_key="state"))]
    payload = b'{"status": "ALERT", "value": 9}'
    assert judge(message(payload), triggers, guard()) == Ignored(Reason.VALUE_TOO_HIGH, 9)
    assert judge(message(payload), triggers[::-1], guard()) == Ignored(Reason.STATUS_MISSING)


def test_disarmed_nothing_is_an_alert() -> None:
    assert judge(message(), [named(PLAIN)], guard(armed=False)) == Ignored(Reason.DISARMED)


def test_a_retained_message_is_no_alert() -> None:
    """It tells of a motion of long ago, and comes again with each restart and each reconnection."""
    assert judge(message(retained=True), [named(PLAIN)], guard()) == Ignored(Reason.RETAINED)


def test_a_retained_message_counts_when_the_user_says_so() -> None:
    verdict = judge(message(retained=True), [named(PLAIN)], guard(accept_retained=True))
    assert verdict == Alert("hall", None)


@pytest.mark.parametrize(
    ("cooldown", "accepted_at", "accepted"),
    [
        (10, None, True),
        (10, 100.0, False),
        (10, 90.1, False),
        (10, 90.0, True),
        (10, 0.0, True),
        (0, 100.0, True),
    ],
)
def test_the_cooldown_counts_from_the_last_accepted_alert(
    cooldown: float, accepted_at: float | None, accepted: bool
) -> None:
    verdict = judge(message(received_at=100.0), [named(PLAIN)], guard(cooldown=cooldown, accepted_at=accepted_at))
    assert isinstance(verdict, Alert) is accepted


def test_an_alert_within_the_cooldown_tells_its_value() -> None:
    payload = b'{"status": "ALERT", "value": 4}'
    verdict = judge(message(payload), [named(PLAIN)], guard(cooldown=10, accepted_at=95.0))
    assert verdict == Ignored(Reason.COOLDOWN, 4)


def test_within_the_cooldown_a_message_that_is_no_alert_keeps_its_own_reason() -> None:
    verdict = judge(message(b"{}"), [named(PLAIN)], guard(cooldown=10, accepted_at=95.0))
    assert verdict == Ignored(Reason.STATUS_MISSING)


def test_the_reasons_are_what_users_automations_hold_on_to() -> None:
    assert [*Reason] == [
        "disarmed",
        "retained",
        "cooldown",
        "payload_too_large",
        "payload_not_text",
        "payload_not_json",
        "payload_not_object",
        "status_missing",
        "status_other",
        "value_missing",
        "value_not_number",
        "value_too_low",
        "value_too_high",
        "template_false",
        "template_error",
    ]

"""What a rule makes of a payload, case by case."""

from dataclasses import replace
import threading

import pytest

from custom_components.pi_security_camera.capture.rules import (
    MAX_PAYLOAD,
    Alert,
    Ignored,
    Reason,
    Rule,
    check,
)
from tests.capture.rules import BOUNDED, PLAIN, named


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b'{"status": "ALERT"}', None),
        (b'{"status": "ALERTE", "value": 5}', 5),
        (b'{"status": "alerte", "value": 0.5}', 0.5),
        (b'{"status": " Alert\\n", "value": -3}', -3),
        (b'\r\n {"value": 1e3, "status": "ALERT"} \n', 1000),
        (b'{"status": "NORMAL", "status": "ALERT"}', None),
        (b'{"status": "ALERT", "value": "5"}', None),
        (b'{"status": "ALERT", "value": null}', None),
        (b'{"status": "ALERT", "value": true}', None),
        (b'{"status": "ALERT", "value": [5]}', None),
        (b'{"status": "ALERT", "value": 1e999}', None),
        (b'{"status": "ALERT", "value": 1%s}' % (b"0" * 400), None),
        (b"ALERT", None),
        (b" alerte\n", None),
        ('{"status": "ALERT", "où": "entrée"}'.encode(), None),
    ],
)
def test_a_payload_that_meets_the_rule_is_an_alert(payload: bytes, value: float | None) -> None:
    assert check(named(PLAIN), "t", payload) == Alert("hall", value)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Reason.PAYLOAD_NOT_JSON),
        (b"motion", Reason.PAYLOAD_NOT_JSON),
        (b"ALERT!", Reason.PAYLOAD_NOT_JSON),
        (b'{"status": "ALERT"', Reason.PAYLOAD_NOT_JSON),
        (b"{'status': 'ALERT'}", Reason.PAYLOAD_NOT_JSON),
        (b'{"status": "ALERT"} {}', Reason.PAYLOAD_NOT_JSON),
        (b'{"status": "ALERT", "value": NaN}', Reason.PAYLOAD_NOT_JSON),
        (b'{"status": "ALERT", "value": -Infinity}', Reason.PAYLOAD_NOT_JSON),
        (b'{"status": "ALERT", "value": 1%s}' % (b"0" * 5000), Reason.PAYLOAD_NOT_JSON),
        (b'\xef\xbb\xbf{"status": "ALERT"}', Reason.PAYLOAD_NOT_JSON),
        (b'"ALERT"', Reason.PAYLOAD_NOT_OBJECT),
        (b'["ALERT"]', Reason.PAYLOAD_NOT_OBJECT),
        (b'[{"status": "ALERT"}]', Reason.PAYLOAD_NOT_OBJECT),
        (b"1", Reason.PAYLOAD_NOT_OBJECT),
        (b"true", Reason.PAYLOAD_NOT_OBJECT),
        (b"null", Reason.PAYLOAD_NOT_OBJECT),
        (b"{}", Reason.STATUS_MISSING),
        (b'{"STATUS": "ALERT"}', Reason.STATUS_MISSING),
        (b'{"nested": {"status": "ALERT"}}', Reason.STATUS_MISSING),
        (b'{"status": "NORMAL"}', Reason.STATUS_OTHER),
        (b'{"status": ""}', Reason.STATUS_OTHER),
        (b'{"status": null}', Reason.STATUS_OTHER),
        (b'{"status": true}', Reason.STATUS_OTHER),
        (b'{"status": 1e999}', Reason.STATUS_OTHER),
        (b'{"status": ["ALERT"]}', Reason.STATUS_OTHER),
        (b'{"status": {"ALERT": true}}', Reason.STATUS_OTHER),
        (b'{"status": "\\ud800"}', Reason.STATUS_OTHER),
        (b"\xff\xfe", Reason.PAYLOAD_NOT_TEXT),
        (b'{"status": "ALERT\xe9"}', Reason.PAYLOAD_NOT_TEXT),
        ('{"status": "ALERT"}'.encode("utf-16"), Reason.PAYLOAD_NOT_TEXT),
    ],
)
def test_a_payload_that_does_not_meet_the_rule_is_ignored_with_its_reason(payload: bytes, reason: Reason) -> None:
    assert check(named(PLAIN), "t", payload) == Ignored(reason)


@pytest.mark.parametrize("opening", [b"[", b'{"status":', b'{"status": "ALERT", "x":[', b'[{"a":'])
def test_a_payload_nested_ten_thousand_deep_has_an_outcome(opening: bytes) -> None:
    nested = opening * (10_000 if len(opening) < 8 else 2_000)
    assert check(named(PLAIN), "t", nested) == Ignored(Reason.PAYLOAD_NOT_JSON)


def test_a_payload_nested_deeper_than_the_parser_can_go_has_an_outcome() -> None:
    """How deep that is depends on the thread's stack."""
    verdicts: list[object] = []
    before = threading.stack_size(256 * 1024)
    thread = threading.Thread(target=lambda: verdicts.append(check(named(PLAIN), "t", b"[" * 60_000)))
    thread.start()
    threading.stack_size(before)
    thread.join()
    assert verdicts == [Ignored(Reason.PAYLOAD_NOT_JSON)]


def test_a_deep_payload_that_is_closed_has_an_outcome_too() -> None:
    verdict = check(named(PLAIN), "t", b'{"status": "NORMAL", "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}")
    assert isinstance(verdict, Ignored)
    assert verdict.reason in {Reason.PAYLOAD_NOT_JSON, Reason.STATUS_OTHER}


def test_a_payload_of_a_megabyte_is_not_even_parsed() -> None:
    """Parsing it would hold up Home Assistant for everybody."""
    payload = b'{"status": "ALERT"' + b" " * 1_000_000 + b"}"
    assert check(named(PLAIN), "t", payload) == Ignored(Reason.PAYLOAD_TOO_LARGE)


@pytest.mark.parametrize(("more", "kind"), [(0, Alert), (1, Ignored)])
def test_the_largest_payload_is_still_read(more: int, kind: type) -> None:
    assert isinstance(check(named(PLAIN), "t", b"ALERT".ljust(MAX_PAYLOAD + more)), kind)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (b"2", Alert("hall", 2)),
        (b"8.0", Alert("hall", 8.0)),
        (b"1.999", Ignored(Reason.VALUE_TOO_LOW, 1.999)),
        (b"8.001", Ignored(Reason.VALUE_TOO_HIGH, 8.001)),
        (b"-1e300", Ignored(Reason.VALUE_TOO_LOW, -1e300)),
        (b"1e999", Ignored(Reason.VALUE_NOT_NUMBER)),
        (b"true", Ignored(Reason.VALUE_NOT_NUMBER)),
        (b"null", Ignored(Reason.VALUE_NOT_NUMBER)),
        (b'"5"', Ignored(Reason.VALUE_NOT_NUMBER)),
        (b"{}", Ignored(Reason.VALUE_NOT_NUMBER)),
    ],
)
def test_a_bounded_value_is_held_against_its_bounds(value: bytes, verdict: Alert | Ignored) -> None:
    assert check(named(BOUNDED), "t", b'{"status": "ALERT", "value": %s}' % value) == verdict


@pytest.mark.parametrize("payload", [b'{"status": "ALERT"}', b"ALERT"])
def test_a_bounded_value_must_be_there(payload: bytes) -> None:
    assert check(named(BOUNDED), "t", payload) == Ignored(Reason.VALUE_MISSING)


@pytest.mark.parametrize(("low", "high", "accepted"), [(2, None, {2, 5, 9}), (None, 5, {1, 2, 5})])
def test_one_bound_alone_leaves_the_other_side_open(low: float, high: float, accepted: set[int]) -> None:
    rule = replace(PLAIN, value_min=low, value_max=high)
    verdicts = {value: check(named(rule), "t", b'{"status": "ALERT", "value": %d}' % value) for value in (1, 2, 5, 9)}
    assert {value for value, verdict in verdicts.items() if isinstance(verdict, Alert)} == accepted


def test_an_ignored_status_tells_its_value_all_the_same() -> None:
    payload = b'{"status": "NORMAL", "value": 4}'
    assert check(named(PLAIN), "t", payload) == Ignored(Reason.STATUS_OTHER, 4)


@pytest.mark.parametrize(
    ("status", "word"),
    [(b"true", "true"), (b"false", "false"), (b"1", "1"), (b"1.5", "1.5"), (b'"Occupied"', "occupied")],
)
def test_a_status_need_not_be_a_text(status: bytes, word: str) -> None:
    """A door sensor says `contact: false`; what its user writes into the form is the word."""
    rule = Rule("contact", frozenset({word}), "value")
    assert check(named(rule), "t", b'{"contact": %s}' % status) == Alert("hall", None)


def test_a_number_beyond_64_bits_becomes_a_float() -> None:
    """Home Assistant's JSON writer refuses such an integer, and with it every state that holds it."""
    verdict = check(named(PLAIN), "t", b'{"status": "ALERT", "value": 100000000000000000000}')
    assert verdict == Alert("hall", 1e20)
    assert isinstance(verdict.value, float)


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 1 - 2**63])
def test_a_smaller_integer_stays_one(number: int) -> None:
    verdict = check(named(PLAIN), "t", b'{"status": "ALERT", "value": %d}' % number)
    assert verdict == Alert("hall", number)
    assert isinstance(verdict.value, int)

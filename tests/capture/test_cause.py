"""The comment that tells a photo's cause."""

from datetime import UTC, datetime
import json
import sys
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.jpeg import MAX_COMMENT
from custom_components.pi_security_camera.capture.photo import (
    MAX_TOPIC,
    Cause,
    cause_in,
    comment_fields,
    write_comment,
)

NOON = datetime(2026, 7, 1, 12, 0, 0, 123_456, tzinfo=ZoneInfo("Europe/Paris"))
VALUES = st.integers(1 - 2**63, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
CAUSES = st.builds(
    Cause,
    st.text(),
    st.none() | st.text(max_size=MAX_TOPIC),
    st.none() | VALUES,
    st.none() | st.integers(0, 10**9),
)


def read_cause(comment: bytes) -> Cause | None:
    """Return the cause in a comment."""
    return cause_in(comment_fields(comment))


@given(CAUSES)
def test_a_cause_that_was_written_is_read(cause: Cause) -> None:
    assert read_cause(write_comment(NOON, cause)) == cause


def test_a_comment_can_be_read_by_people_and_programs() -> None:
    comment = write_comment(NOON, Cause("entrée", "salle/mouvement", 4.5, 812))
    assert json.loads(comment) == {
        "time": "2026-07-01T12:00:00.123+02:00",
        "trigger": "entrée",
        "topic": "salle/mouvement",
        "value": 4.5,
        "latency_ms": 812,
    }


def test_the_longest_topic_of_the_widest_letters_fits_into_a_comment() -> None:
    comment = write_comment(NOON, Cause("\N{CAMERA}" * 255, "\N{CAMERA}" * MAX_TOPIC, -sys.float_info.max, 10**9))
    assert len(comment) < MAX_COMMENT


@pytest.mark.parametrize(
    "comment",
    [
        b"",
        b"made elsewhere",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"trigger"',
        b"{}",
        b'{"trigger": null}',
        b'{"trigger": 1}',
        b"[" * 60_000,
        b'{"trigger": "x", "value": %s}' % (b"1" * 5000),
    ],
)
def test_a_comment_of_others_tells_no_cause(comment: bytes) -> None:
    assert read_cause(comment) is None


@pytest.mark.parametrize(
    "fields",
    [
        b'"topic": 1, "value": "4", "latency_ms": "5"',
        b'"topic": [], "value": true, "latency_ms": true',
        b'"topic": {}, "value": NaN, "latency_ms": 1.5',
        b'"value": 1e999, "latency_ms": Infinity',
        b'"value": 1%s, "latency_ms": 1%s' % (b"0" * 400, b"0" * 400),
    ],
)
def test_odd_values_in_a_comment_are_passed_over(fields: bytes) -> None:
    """A file from elsewhere must not bring a state that Home Assistant cannot write."""
    assert read_cause(b'{"trigger": "x", %s}' % fields) == Cause("x")


@given(st.binary())
def test_no_comment_makes_the_reader_raise(comment: bytes) -> None:
    read_cause(comment)


def test_a_comment_in_utc_says_so() -> None:
    assert json.loads(write_comment(NOON.astimezone(UTC), Cause("button")))["time"] == "2026-07-01T10:00:00.123+00:00"


def test_what_others_wrote_fits_into_a_state() -> None:
    cause = read_cause(b'{"trigger": "' + b"x" * 30_000 + b'", "topic": "a\\ud800b"}')
    assert cause == Cause("x" * MAX_TOPIC, "a?b")

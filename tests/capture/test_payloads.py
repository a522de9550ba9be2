"""What a rule makes of any payload at all."""

from dataclasses import replace
import json

from hypothesis import given, strategies as st

from custom_components.pi_security_camera.capture.rules import Alert, Ignored, Reason, Rule, check
from tests.capture.rules import BOUNDED, PLAIN, named

WORDS = st.sampled_from(["alert", "alerte"]).flatmap(
    lambda word: st.lists(st.booleans(), min_size=len(word), max_size=len(word)).map(
        lambda upper: "".join(letter.upper() if up else letter for letter, up in zip(word, upper, strict=True))
    )
)
SPACE = st.text(" \t\r\n", max_size=2)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(["status", "value", "x"]) | st.text(max_size=5), JSON, max_size=4)
RULES = st.sampled_from([PLAIN, BOUNDED, replace(PLAIN, template=lambda _topic, payload: len(payload) > 3)])


@given(RULES, st.binary() | st.text().map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
def test_every_payload_has_a_verdict(rule: Rule, payload: bytes) -> None:
    assert isinstance(check(named(rule), "t", payload), Alert | Ignored)


@given(OBJECTS, WORDS, SPACE, SPACE)
def test_the_status_alone_makes_the_alert(others: dict[str, object], word: str, before: str, after: str) -> None:
    payload = json.dumps(others | {"status": before + word + after}).encode()
    assert isinstance(check(named(PLAIN), "t", payload), Alert)


@given(WORDS, SPACE, SPACE)
def test_the_bare_word_makes_the_alert(word: str, before: str, after: str) -> None:
    assert check(named(PLAIN), "t", (before + word + after).encode()) == Alert("hall", None)


@given(OBJECTS, JSON)
def test_any_other_status_makes_none(others: dict[str, object], status: object) -> None:
    if isinstance(status, str) and status.strip().lower() in {"alert", "alerte"}:
        status = "normal"
    verdict = check(named(PLAIN), "t", json.dumps(others | {"status": status}).encode())
    assert isinstance(verdict, Ignored)
    assert verdict.reason is Reason.STATUS_OTHER


@given(st.dictionaries(st.text().filter(lambda key: key != "status"), JSON, max_size=4))
def test_an_object_without_a_status_makes_none(content: dict[str, object]) -> None:
    assert check(named(PLAIN), "t", json.dumps(content).encode()) == Ignored(Reason.STATUS_MISSING)


@given(JSON.filter(lambda value: not isinstance(value, dict)))
def test_json_that_is_no_object_makes_none(value: object) -> None:
    assert check(named(PLAIN), "t", json.dumps(value).encode()) == Ignored(Reason.PAYLOAD_NOT_OBJECT)


@given(NUMBERS | st.floats(1.5, 8.5))
def test_a_bounded_value_makes_the_alert_exactly_within_its_bounds(value: float) -> None:
    verdict = check(named(BOUNDED), "t", json.dumps({"status": "ALERT", "value": value}).encode())
    assert isinstance(verdict, Alert) == (2 <= value <= 8)
    assert verdict.value is not None
    assert float(verdict.value) == float(value)

"""A template that decides alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from custom_components.pi_security_camera.capture.rules import Alert, Ignored, Reason, Rule, check
from tests.capture.rules import BOUNDED, named


def by(template: Callable[[str, str], bool]) -> Rule:
    """Return a rule with a template; its other conditions would refuse everything."""
    return replace(BOUNDED, status_values=frozenset(), template=template)


def fail(_topic: str, _payload: str) -> NoReturn:
    """Do what a template does when it cannot tell."""
    raise ValueError


@pytest.mark.parametrize(
    ("payload", "value"), [(b'{"value": 99}', 99), (b"{}", None), (b"no JSON", None), (b"", None), (b"[1]", None)]
)
def test_a_template_that_says_true_makes_an_alert_of_anything(payload: bytes, value: float | None) -> None:
    assert check(named(by(lambda _topic, _payload: True)), "t", payload) == Alert("hall", value)


def test_a_template_that_says_false_refuses_even_the_word() -> None:
    rule = replace(BOUNDED, template=lambda _topic, _payload: False)
    assert check(named(rule), "t", b"ALERT") == Ignored(Reason.TEMPLATE_FALSE)


def test_a_template_that_cannot_tell_is_an_outcome_of_its_own() -> None:
    assert check(named(by(fail)), "t", b'{"value": 3}') == Ignored(Reason.TEMPLATE_ERROR, 3)


def test_a_template_sees_the_topic_and_the_whole_payload() -> None:
    rule = by(lambda topic, payload: (topic, payload) == ("a/b", " {} \n"))
    assert check(named(rule), "a/b", b" {} \n") == Alert("hall", None)


@pytest.mark.parametrize(
    ("payload", "reason"), [(b"\xff", Reason.PAYLOAD_NOT_TEXT), (b" " * 70_000, Reason.PAYLOAD_TOO_LARGE)]
)
def test_a_template_is_not_asked_about_what_is_no_text_or_too_large(payload: bytes, reason: Reason) -> None:
    assert check(named(by(fail)), "t", payload) == Ignored(reason)

"""A clip shows what came before its alert and after its last one, and ends in any case."""

from hypothesis import given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.clip import LONGEST, ClipSpan

SECONDS = st.floats(0, 120)


def test_a_clip_goes_from_before_its_alert_to_after_it() -> None:
    span = ClipSpan.around(1000, pre_roll=5, post_roll=10)
    assert (span.begin, span.end) == (995, 1010)


@given(st.floats(0, 1e6), SECONDS, SECONDS, st.lists(st.floats(0, 400), max_size=50))
def test_further_alerts_make_it_longer_never_shorter_and_only_up_to_the_limit(
    alert: float, pre_roll: float, post_roll: float, steps: list[float]
) -> None:
    span, now = ClipSpan.around(alert, pre_roll, post_roll), alert
    for step in steps:
        now += step
        longer = span.until(now + post_roll)
        assert span.end <= longer.end <= max(span.end, span.limit)
        assert longer.end == pytest.approx(min(now + post_roll, span.limit)) or longer.end == span.end
        assert (longer.begin, longer.limit) == (span.begin, span.limit)
        span = longer
    assert span.end - span.begin <= LONGEST + 1e-6


def test_the_next_clip_begins_where_the_limit_ended_the_one_before() -> None:
    span = ClipSpan.around(1000, pre_roll=5, post_roll=10).until(5000)
    assert span.end == span.limit == 995 + LONGEST
    following = span.following(alert=span.end - 3, post_roll=10)
    assert (following.begin, following.end) == (span.end, span.end + 7)
    assert following.limit == following.begin + LONGEST

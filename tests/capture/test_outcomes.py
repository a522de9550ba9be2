"""What became of the messages."""

from datetime import UTC, datetime

from hypothesis import given, strategies as st

from custom_components.pi_security_camera.capture.outcomes import Limiter, Outcome, OutcomeKind, OutcomeLog

NOW = datetime(2026, 2, 13, 14, 25, 30, tzinfo=UTC)


def test_the_kinds_are_what_users_automations_hold_on_to() -> None:
    assert [*OutcomeKind] == ["captured", "coalesced", "ignored", "failed"]


def test_every_message_is_counted_by_kind_and_reason() -> None:
    log = OutcomeLog(2)
    for reason in ("retained", "retained", "cooldown"):
        log.note(Outcome(OutcomeKind.IGNORED, NOW, reason, "t"))
    log.note(Outcome(OutcomeKind.CAPTURED, NOW, None, "t"))
    assert log.counts == {
        (OutcomeKind.IGNORED, "retained"): 2,
        (OutcomeKind.IGNORED, "cooldown"): 1,
        (OutcomeKind.CAPTURED, None): 1,
    }


def test_a_wish_is_remembered_but_is_no_message() -> None:
    log = OutcomeLog(2)
    log.note(Outcome(OutcomeKind.CAPTURED, NOW))
    assert len(log.recent) == 1
    assert not log.counts


def test_only_the_latest_are_remembered() -> None:
    log = OutcomeLog(2)
    for value in range(1000):
        log.note(Outcome(OutcomeKind.CAPTURED, NOW, None, "t", value))
    assert [outcome.value for outcome in log.recent] == [998, 999]


def test_a_burst_passes_at_once_and_then_one_in_a_second() -> None:
    limiter = Limiter(3)
    assert [limiter.allows(100.0) for _ in range(5)] == [True, True, True, False, False]
    assert [limiter.allows(at) for at in (100.5, 101.0, 101.5, 102.0)] == [False, True, False, True]


def test_after_a_pause_a_burst_passes_again_but_no_longer_one() -> None:
    limiter = Limiter(2)
    assert [limiter.allows(at) for at in (0.0, 0.0, 0.0, 3600.0, 3600.0, 3600.0)] == [True, True, False] * 2


@given(st.lists(st.floats(0, 5)), st.integers(1, 5))
def test_no_more_passes_than_the_burst_and_one_a_second(pauses: list[float], burst: int) -> None:
    limiter = Limiter(burst)
    now = passed = 0.0
    for pause in pauses:
        now += pause
        passed += limiter.allows(now)
    assert passed <= burst + now + 1e-6


def test_a_clock_that_goes_back_gives_nothing_away_and_takes_nothing() -> None:
    limiter = Limiter(1)
    assert [limiter.allows(at) for at in (100.0, 50.0, 50.5, 51.0)] == [True, False, False, True]

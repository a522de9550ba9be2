"""A frame's age is told from the pace of its stream, whatever held it up on its way."""

from itertools import accumulate
from random import Random

from hypothesis import given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.pace import Pace

INTERVAL = 0.1


def due_times(received: list[float]) -> list[float]:
    """Return when the frames should have come."""
    pace = Pace()
    return [pace.due(moment) for moment in received]


@given(st.lists(st.floats(0, 10), min_size=1, max_size=200))
def test_no_frame_is_due_after_it_came(gaps: list[float]) -> None:
    received = [*accumulate(gaps)]
    assert all(due <= moment for due, moment in zip(due_times(received), received, strict=True))


@given(st.floats(0.01, 1), st.integers(1, 200))
def test_frames_that_come_on_time_are_due_when_they_come(interval: float, count: int) -> None:
    received = [number * interval for number in range(count)]
    assert due_times(received) == pytest.approx(received, abs=1e-9)


@pytest.mark.parametrize("held_up", [0.15, 0.5, 1.0, 2.0])
def test_frames_that_were_held_up_together_are_known_to_be_old(held_up: float) -> None:
    """The network stands still, and hands all over at once: each but the last few was taken before that."""
    taken = [number * INTERVAL for number in range(100)]
    stands = taken[60] - 0.01
    received = [stands + held_up if stands <= moment < stands + held_up else moment for moment in taken]
    late = [place for place, moment in enumerate(received) if moment != taken[place]]
    assert late
    due = due_times(received)
    # Told to within half an interval where they had come a second late.
    assert all(due[place] - taken[place] <= max(0.05, held_up / 2) for place in late)
    assert due[late[0]] - taken[late[0]] <= 0.05


def test_a_frame_that_the_camera_left_out_makes_the_others_look_old_for_some_seconds_only() -> None:
    received = [number * INTERVAL for number in range(200) if number != 60]
    due = due_times(received)
    assert all(moment - due <= INTERVAL + 1e-9 for due, moment in zip(due, received, strict=True))
    assert due[120:] == pytest.approx(received[120:], abs=1e-9)


def test_small_delays_cost_no_more_than_themselves() -> None:
    random = Random(1)  # noqa: S311 - no secret
    received = [number * INTERVAL + random.uniform(0, 0.01) for number in range(300)]
    assert max(moment - due for due, moment in zip(due_times(received), received, strict=True)) <= 0.02

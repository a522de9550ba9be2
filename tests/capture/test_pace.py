"""A frame's age is told from the pace of its stream, whatever held it up on its way."""

from collections import deque
from itertools import accumulate, pairwise
from random import Random

from hypothesis import given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.pace import Pace

INTERVAL = 0.1
SIZE = 1000
MOST = 20 * SIZE


def due_times(received: list[float], interval: float = INTERVAL) -> list[float]:
    """Return when the frames of a stream should have come that was begun at 0."""
    pace = Pace(0, interval, MOST)
    return [pace.due(moment, SIZE) for moment in received]


@given(st.lists(st.floats(0, 10), min_size=1, max_size=200))
def test_no_frame_is_due_after_it_came(gaps: list[float]) -> None:
    received = [*accumulate(gaps)]
    assert all(due <= moment for due, moment in zip(due_times(received), received, strict=True))


@given(st.floats(0.01, 1), st.integers(1, 200))
def test_frames_that_come_on_time_are_due_when_they_come(interval: float, count: int) -> None:
    received = [number * interval for number in range(count)]
    # The first two may have waited for all that is known.
    assert due_times(received, interval) == pytest.approx([0, 0, *received[2:]][:count], abs=1e-9)


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


@pytest.mark.parametrize("left_out", [{60}, {60, 70}])
def test_a_frame_that_the_camera_left_out_makes_the_others_look_old_for_some_seconds_only(left_out: set[int]) -> None:
    received = [number * INTERVAL for number in range(200) if number not in left_out]
    due = due_times(received)
    assert all(moment - due <= 2 * INTERVAL + 1e-9 for due, moment in zip(due, received, strict=True))
    assert due[130:] == pytest.approx(received[130:], abs=1e-9)


def test_small_delays_cost_no_more_than_themselves() -> None:
    random = Random(1)  # noqa: S311 - no secret
    received = [number * INTERVAL + random.uniform(0, 0.01) for number in range(300)]
    late = [moment - due for due, moment in zip(due_times(received), received, strict=True)]
    # Among the first ones they look like a slow line.
    assert max(late[8:]) <= 0.02


def slow_line(capacity: float, fits: int, count: int) -> tuple[list[float], list[float]]:
    """Return when frames were taken and when they came over a line that is slower than the camera.

    It carries one frame each `capacity` seconds, and `fits` of them wait; the camera leaves out those that do not fit.
    """
    taken, received = list[float](), list[float]()
    waiting, free_at, number = deque[float](), 0.0, 0
    while len(received) < count:
        now = number * INTERVAL
        number += 1
        while waiting and max(free_at, waiting[0]) + capacity <= now:
            begun = max(free_at, waiting[0])
            taken.append(waiting.popleft())
            free_at = begun + capacity
            received.append(free_at)
        if len(waiting) < fits:
            waiting.append(now)
    return taken, received


@pytest.mark.parametrize("slower", [1.06, 1.2, 1.5, 2, 5])
@pytest.mark.parametrize("fits", [2, 10, 26])
def test_on_a_line_that_is_too_slow_no_frame_counts_as_younger_than_it_is(slower: float, fits: int) -> None:
    """It looks even; but all that can wait does, and each frame comes that much later than it was taken."""
    taken, received = slow_line(slower * INTERVAL, fits, 700)
    assert received[-1] - taken[-1] > (fits - 2) * INTERVAL
    due = due_times(received)
    # The one after it was taken later than that.
    assert [place for place, (_, after) in enumerate(pairwise(taken)) if due[place] > after + 1e-9] == []
    # And there is an end to what is waited for: all that may wait, and what the program holds.
    assert all(moment - due <= 28 * slower * INTERVAL + 1e-9 for due, moment in zip(due, received, strict=True))


def test_what_is_remembered_is_bounded_by_what_may_wait() -> None:
    pace = Pace(0, INTERVAL, MOST)
    for number in range(10_000):
        pace.due(number * 2 * INTERVAL, SIZE)
    assert len(pace._came) < 40


def test_what_waits_on_a_line_that_is_just_fast_enough_again_waits_on() -> None:
    """A pace that is nearly as asked for does not take away what has piled up before."""
    times = [0.2] * 100 + [1.02 * INTERVAL] * 100
    received = [*accumulate(times)]
    assert received[-1] - due_times(received)[-1] > 2
    received = [*accumulate([*times, *[INTERVAL] * 100])]
    assert received[-1] - due_times(received)[-1] < INTERVAL

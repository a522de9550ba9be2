"""Frames that wait for a slow encoder."""

from hypothesis import given, strategies as st

from custom_components.pi_security_camera.capture.backlog import Backlog, TimedFrame


def frame(number: int, size: int = 10) -> TimedFrame:
    """Return the frame of that second."""
    return TimedFrame(bytes(size), float(number))


def take_all(backlog: Backlog) -> list[float]:
    """Return the times of all frames that wait."""
    return [taken.at for taken in iter(backlog.take, None)]


def test_frames_come_out_as_they_went_in() -> None:
    backlog = Backlog(100)
    for number in range(10):
        backlog.add(frame(number))
    assert (backlog.used_bytes, take_all(backlog), backlog.skipped) == (100, [*range(10)], 0)
    assert (backlog.used_bytes, backlog.take()) == (0, None)


def test_when_too_many_wait_every_second_one_is_left_out_of_old_and_new_alike() -> None:
    backlog = Backlog(100)
    for number in range(18):
        backlog.add(frame(number))
    assert (take_all(backlog), backlog.skipped) == ([*range(0, 18, 2)], 9)


def test_the_longer_nobody_takes_them_the_thinner_they_get_and_always_evenly() -> None:
    backlog = Backlog(100)
    for number in range(1000):
        backlog.add(frame(number))
    assert (take_all(backlog), backlog.skipped) == ([*range(0, 1000, 128)], 992)


def test_all_are_taken_again_once_the_encoder_keeps_up() -> None:
    backlog = Backlog(100)
    for number in range(60):
        backlog.add(frame(number))
    assert take_all(backlog) == [*range(0, 60, 8)]
    assert backlog.take() is None
    assert backlog.take() is None
    skipped = backlog.skipped
    for number in range(5):
        backlog.add(frame(number))
    assert (take_all(backlog), backlog.skipped) == ([*range(5)], skipped)


def test_a_frame_that_is_too_large_alone_is_left_out() -> None:
    backlog = Backlog(100)
    backlog.add(frame(0, 101))
    assert (take_all(backlog), backlog.skipped) == ([], 1)


def test_what_is_let_go_of_waits_no_more() -> None:
    backlog = Backlog(100)
    backlog.add(frame(0))
    backlog.clear()
    assert (backlog.used_bytes, backlog.take()) == (0, None)


@given(st.lists(st.one_of(st.none(), st.integers(1, 120)), max_size=200))
def test_whatever_comes_and_goes_the_bound_holds_and_each_frame_is_taken_or_counted(steps: list[int | None]) -> None:
    backlog, added, taken = Backlog(100), 0, list[float]()
    for size in steps:
        if size is None:
            taken += [each.at for each in (backlog.take(),) if each]
        else:
            backlog.add(frame(added, size))
            added += 1
        assert backlog.used_bytes <= 100
    taken += take_all(backlog)
    assert taken == sorted(set(taken))
    assert (len(taken) + backlog.skipped, backlog.used_bytes) == (added, 0)

"""The newest frames, within seconds and bytes."""

from hypothesis import given, strategies as st

from custom_components.pi_security_camera.capture.frames import Frame, FrameRing


def frame(number: int, at: float, size: int = 10) -> Frame:
    """Return a frame of so many bytes."""
    return Frame(bytes(size), at, at, number)


def test_frames_older_than_the_seconds_go() -> None:
    ring = FrameRing(3, 1000)
    for number in range(10):
        ring.add(frame(number, number / 2))
    assert [each.number for each in ring.since(0)] == [3, 4, 5, 6, 7, 8, 9]
    assert [each.number for each in ring.since(4)] == [8, 9]
    assert ring.newest == frame(9, 4.5)


def test_nothing_is_left_after_a_clearing() -> None:
    ring = FrameRing(3, 1000)
    ring.add(frame(1, 0))
    ring.clear()
    assert ring.newest is None
    assert (len(ring), ring.used_bytes, ring.since(0)) == (0, 0, [])


@given(
    st.lists(st.tuples(st.floats(0, 5), st.integers(1, 2000)), min_size=1, max_size=60),
    st.floats(0, 10),
    st.integers(1, 5000),
)
def test_it_never_holds_more_than_seconds_and_bytes_but_for_the_newest(
    steps: list[tuple[float, int]], seconds: float, most: int
) -> None:
    ring, now = FrameRing(seconds, most), 0.0
    for number, (step, size) in enumerate(steps):
        now += step
        ring.add(frame(number, now, size))
        held = ring.since(0)
        assert held[-1].number == number
        assert ring.used_bytes == sum(len(each.data) for each in held)
        assert [each.number for each in held] == [*range(number + 1 - len(held), number + 1)]
        if len(held) > 1:
            assert ring.used_bytes <= most
            assert held[0].received_at >= now - seconds

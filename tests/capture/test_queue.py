"""One runs, one waits, the rest joins."""

from dataclasses import dataclass, field

from hypothesis import given, strategies as st

from custom_components.pi_security_camera.capture.photo import Cause
from custom_components.pi_security_camera.capture.queue import CaptureQueue, Place, Request


def alert(at: float = 0, *, count: int = 1, interval: float = 0) -> Request:
    """Return what an alert asks for."""
    return Request(Cause("hall", "t", at), at, motion=True, awaited=False, count=count, interval=interval)


def wish(at: float = 0, *, count: int = 1, interval: float = 0) -> Request:
    """Return what a press of the button asks for."""
    return Request(Cause("button"), at, motion=False, awaited=True, count=count, interval=interval)


def waiting_behind_another(*requests: Request) -> Request:
    """Return what waits when these came while another was running."""
    queue = CaptureQueue()
    for request in (alert(), *requests):
        queue.add(request)
    assert queue.waiting is not None
    return queue.waiting


def test_the_first_starts_the_second_waits_the_rest_joins() -> None:
    queue = CaptureQueue()
    assert [queue.add(alert(at)) for at in range(4)] == [Place.START, Place.WAIT, Place.JOINED, Place.JOINED]


def test_what_waits_runs_next() -> None:
    queue = CaptureQueue()
    first, second = alert(1), alert(2)
    queue.add(first)
    queue.add(second)
    assert queue.running is first
    assert queue.finish() is second
    assert queue.running is second
    assert queue.waiting is None
    assert queue.finish() is None
    assert queue.add(alert(3)) is Place.START


def test_what_waits_can_be_dropped() -> None:
    queue = CaptureQueue()
    queue.add(alert())
    queue.add(alert())
    queue.drop_waiting()
    assert queue.finish() is None


def test_the_first_alert_leads_and_the_others_are_counted() -> None:
    waiting = waiting_behind_another(alert(1), alert(2), wish(3), alert(4))
    assert (waiting.cause.value, waiting.received_at, waiting.coalesced) == (1, 1, 2)


def test_an_alert_leads_a_wish_that_was_there_before() -> None:
    waiting = waiting_behind_another(wish(1), alert(2), alert(3))
    assert (waiting.cause.value, waiting.received_at, waiting.motion, waiting.coalesced) == (2, 2, True, 1)


def test_a_wish_that_joins_is_no_alert_answered() -> None:
    waiting = waiting_behind_another(wish(1), wish(2))
    assert (waiting.cause.trigger, waiting.received_at, waiting.motion, waiting.coalesced) == ("button", 1, False, 0)


def test_the_longest_burst_answers_the_others_too() -> None:
    waiting = waiting_behind_another(
        alert(count=2, interval=5), wish(count=6, interval=0.5), alert(count=3, interval=9)
    )
    assert (waiting.count, waiting.interval) == (6, 0.5)


def test_of_equal_bursts_the_earlier_one_counts() -> None:
    waiting = waiting_behind_another(alert(count=3, interval=1), alert(count=3, interval=2))
    assert waiting.interval == 1


def test_somebody_who_waits_is_not_forgotten_when_others_join() -> None:
    joined = [(alert(), wish(), alert()), (wish(), alert()), (alert(), alert())]
    assert [waiting_behind_another(*requests).awaited for requests in joined] == [True, True, False]


@dataclass
class Storm:
    """A queue, and beside it who is answered by what runs and by what waits."""

    queue: CaptureQueue = field(default_factory=CaptureQueue)
    running: list[Request] = field(default_factory=list)
    waiting: list[Request] = field(default_factory=list)
    answered: list[Request] = field(default_factory=list)

    def add(self, request: Request) -> None:
        """Let a request in."""
        if self.queue.add(request) is Place.START:
            self.running = [request]
        else:
            self.waiting.append(request)

    def finish(self, now: float) -> None:
        """End what runs; what starts now answers only requests that are there already."""
        self.answered += self.running
        self.running, self.waiting = self.waiting, []
        self.queue.finish()
        assert all(request.received_at <= now for request in self.running)

    def check(self) -> None:
        """Hold what the queue says against what must be."""
        assert self.queue.running is not None or self.queue.waiting is None
        for request, asked in ((self.queue.running, self.running), (self.queue.waiting, self.waiting)):
            assert (request is None) == (not asked)
            if request is not None:
                assert request.motion + request.coalesced == sum(each.motion for each in asked)
                assert request.count == max(each.count for each in asked)
                assert request.received_at in {each.received_at for each in asked if each.motion or not request.motion}


STEPS = st.lists(st.sampled_from(["alert", "wish", "finish"]) | st.integers(1, 10), max_size=60)


@given(STEPS)
def test_a_storm_of_any_kind_leaves_nobody_without_an_answer(steps: list[str | int]) -> None:
    storm = Storm()
    asked = []
    for now, step in enumerate(steps):
        if step == "finish":
            storm.finish(now)
        else:
            asked.append(wish(now) if step == "wish" else alert(now, count=step if isinstance(step, int) else 1))
            storm.add(asked[-1])
        storm.check()
    storm.finish(len(steps))
    storm.finish(len(steps))
    assert storm.answered == asked
    assert storm.queue.finish() is None


@given(st.integers(1, 500))
def test_after_the_last_alert_of_a_storm_one_more_photo_is_taken_at_most(length: int) -> None:
    queue = CaptureQueue()
    for at in range(length):
        queue.add(alert(at))
    assert queue.running is not None
    later = queue.finish()
    assert (later is not None) == (length > 1)
    assert queue.finish() is None

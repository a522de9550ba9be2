"""One runs, one waits, the rest joins; what is left of a burst waits like any other."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.errors import CaptureError, CaptureFault
from custom_components.pi_security_camera.capture.photo import Cause, Photo
from custom_components.pi_security_camera.capture.queue import CaptureQueue, Place, Request

PHOTO = Photo("capture_20260213_142530.jpg", datetime(2026, 2, 13, 14, 25, 30, tzinfo=UTC), 1, 5)


@dataclass(eq=False)
class Wish:
    """Somebody who waits for so many photos."""

    count: int
    photos: int = 0
    error: CaptureError | None = None

    @property
    def open(self) -> bool:
        return self.error is None and self.photos < self.count

    def take(self, photo: Photo) -> None:
        self.photos += 1

    def fail(self, error: CaptureError) -> None:
        if self.open:
            self.error = error


def alert(at: float = 0, *, count: int = 1, interval: float = 0) -> Request:
    """Return what an alert asks for."""
    return Request(Cause("hall", "t", at), at, motion=True, count=count, interval=interval)


def wish(at: float = 0, *, count: int = 1, interval: float = 0) -> Request:
    """Return what a press of the button asks for."""
    wants = (Wish(count),)
    return Request(Cause("button"), at, motion=False, count=count, interval=interval, wants=wants)


def waiting_behind_another(*requests: Request) -> Request:
    """Return what waits when these came while another was running."""
    queue = CaptureQueue()
    for request in (alert(), *requests):
        queue.add(request)
    assert queue.waiting is not None
    return queue.waiting


def in_the_pause_of(burst: Request, *, began: float = 0) -> CaptureQueue:
    """Return a queue in which a burst has its first photo and waits for the second."""
    queue = CaptureQueue()
    assert queue.add(burst) is Place.START
    queue.finish(burst.rest(began))
    assert queue.start_waiting(began) is None
    return queue


def test_the_first_starts_the_second_waits_the_rest_joins() -> None:
    queue = CaptureQueue()
    assert [queue.add(alert(at)) for at in range(4)] == [Place.START, Place.WAIT, Place.JOINED, Place.JOINED]


def test_what_waits_runs_next() -> None:
    queue = CaptureQueue()
    first, second = alert(1), alert(2)
    queue.add(first)
    queue.add(second)
    assert queue.running is first
    assert queue.start_waiting(3) is None
    queue.finish(None)
    assert queue.start_waiting(3) is second
    assert queue.running is second
    assert queue.waiting is None
    queue.finish(None)
    assert queue.start_waiting(4) is None
    assert queue.add(alert(3)) is Place.START


def test_what_waits_can_be_dropped() -> None:
    queue = CaptureQueue()
    queue.add(alert())
    queue.add(alert())
    queue.drop_waiting()
    queue.finish(None)
    assert queue.start_waiting(1) is None


def test_the_first_alert_leads_and_the_others_are_counted() -> None:
    waiting = waiting_behind_another(alert(1), alert(2), wish(3), alert(4))
    assert (waiting.cause.value, waiting.received_at, waiting.coalesced) == (1, 1, 2)


def test_an_alert_leads_a_wish_that_was_there_before() -> None:
    """It is not joined, then: its own photo is announced."""
    queue = CaptureQueue()
    places = [queue.add(request) for request in (alert(), wish(1), alert(2), alert(3), wish(4))]
    assert places == [Place.START, Place.WAIT, Place.WAIT, Place.JOINED, Place.JOINED]
    assert queue.waiting is not None
    assert (queue.waiting.cause.value, queue.waiting.received_at) == (2, 2)
    assert (queue.waiting.motion, queue.waiting.coalesced) == (True, 1)


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


def test_who_has_got_all_photos_waits_no_more() -> None:
    request = wish(count=2)
    (want,) = request.wants
    awaited = [request.awaited]
    for _ in range(2):
        want.take(PHOTO)
        awaited.append(request.awaited)
    assert awaited == [True, True, False]


def test_a_single_photo_leaves_nothing() -> None:
    assert alert().rest(10) is None


def test_what_is_left_of_a_burst_is_due_an_interval_after_its_last_capture_began() -> None:
    """It is told already, and so are the alerts that joined it."""
    queue = CaptureQueue()
    for request in (alert(), alert(1, count=3, interval=2), alert(2)):
        queue.add(request)
    queue.finish(None)
    burst = queue.start_waiting(3)
    assert burst is not None
    assert (burst.count, burst.told, burst.coalesced) == (3, False, 1)
    rest = burst.rest(10)
    assert rest is not None
    assert (rest.count, rest.due, rest.told, rest.coalesced) == (2, 12, True, 0)
    assert (rest.cause, rest.received_at) == (burst.cause, burst.received_at)
    last = rest.rest(12.5)
    assert last is not None
    assert (last.count, last.due) == (1, 14.5)
    assert last.rest(15) is None


def test_the_rest_of_a_burst_starts_when_it_is_due() -> None:
    queue = in_the_pause_of(alert(count=2, interval=5))
    assert queue.start_waiting(4.9) is None
    rest = queue.start_waiting(5)
    assert rest is not None
    assert queue.running is rest
    assert queue.waiting is None


@pytest.mark.parametrize("ask", [alert, wish])
def test_who_comes_in_the_pause_of_a_burst_is_served_at_once_and_leads(ask: Callable[..., Request]) -> None:
    """An automation that takes ten photos in ten minutes would blind the camera for as long."""
    burst = wish(count=10, interval=60)
    queue = in_the_pause_of(burst)
    request = ask(7)
    assert queue.add(request) is Place.START
    running = queue.running
    assert running is not None
    assert queue.waiting is None
    assert (running.cause, running.received_at, running.motion) == (request.cause, 7, request.motion)
    assert (running.told, running.coalesced, running.count, running.interval) == (False, 0, 9, 60)
    assert running.wants == burst.wants + request.wants


def test_who_waits_while_a_burst_runs_is_next_and_leads() -> None:
    queue = CaptureQueue()
    burst = alert(1, count=3, interval=60)
    queue.add(burst)
    assert [queue.add(request) for request in (alert(2), alert(3))] == [Place.WAIT, Place.JOINED]
    queue.finish(burst.rest(1))
    running = queue.start_waiting(1.5)
    assert running is not None
    assert (running.cause.value, running.told, running.coalesced, running.count) == (2, False, 1, 2)


def test_a_press_takes_the_lead_of_a_burst_of_motion_that_has_its_photo() -> None:
    queue = in_the_pause_of(alert(1, count=3, interval=60))
    queue.add(wish(7))
    assert queue.running is not None
    assert (queue.running.cause.trigger, queue.running.motion, queue.running.count) == ("button", False, 2)


@dataclass
class Storm:
    """A queue with what moves it, and beside it who is answered by what runs and by what waits.

    `running` and `waiting` hold those to be answered, `joined` the alerts of which the queue said that they joined.
    """

    queue: CaptureQueue = field(default_factory=CaptureQueue)
    now: float = 0
    step: int = 0
    began: float = 0
    began_step: int = 0
    asked: list[Request] = field(default_factory=list)
    running: list[Request] = field(default_factory=list)
    waiting: list[Request] = field(default_factory=list)
    joined: list[Request] = field(default_factory=list)
    leads: Counter[float | None] = field(default_factory=Counter)
    told: Counter[float | None] = field(default_factory=Counter)
    counted: int = 0
    answered: list[Request] = field(default_factory=list)

    def add(self, request: Request) -> None:
        """Let a request in."""
        idle = self.queue.running is None
        place = self.queue.add(request)
        self.asked.append(request)
        self.waiting.append(request)
        # Neither a burst in its pause nor anything else but a capture that runs makes anybody wait.
        assert (place is Place.START) == idle
        if request.motion and place is Place.JOINED:
            self.joined.append(request)
        elif request.motion:
            self.leads[request.cause.value] += 1
        if idle:
            self._begin()

    def _begin(self) -> None:
        self.began, self.began_step = self.now, self.step
        self.running, self.waiting = self.waiting, []

    def end(self, *, well: bool) -> None:
        """End what runs, with a photo or an error."""
        request = self.queue.running
        if request is None:
            return
        self._tell(request, self.running)
        for each in self.running:
            assert each.received_at <= self.began_step
        self.answered += self.running
        self.running = []
        for want in request.wants:
            if well:
                want.take(PHOTO)
            else:
                want.fail(CaptureFault())
        self.queue.finish(request.rest(self.began) if well else None)
        self.go_on()

    def drop(self) -> None:
        """Forget what waits, as disarming does."""
        if request := self.queue.waiting:
            self._tell(request, self.waiting)
            self.answered += self.waiting
            self.waiting = []
            self.queue.drop_waiting()
            for want in request.wants:
                want.fail(CaptureFault())

    def _tell(self, request: Request, asked: list[Request]) -> None:
        """Announce a request: its own alert when it was not told of yet, and those that joined it."""
        assert request.coalesced == sum(each in self.joined for each in asked)
        assert request.told == (not asked)
        self.counted += request.coalesced
        if request.motion and not request.told:
            self.told[request.cause.value] += 1

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on."""
        self.now += seconds
        self.go_on()

    def go_on(self) -> None:
        """Start what waits, if it is due."""
        if self.queue.start_waiting(self.now):
            self._begin()

    def check(self) -> None:
        """Hold what the queue says against what must be."""
        if waiting := self.queue.waiting:
            # What waits alone is the rest of a burst in its pause: everybody who asked has been answered.
            assert self.queue.running or (waiting.told and waiting.due > self.now and not self.waiting)
        assert not self.waiting or self.queue.waiting
        assert not self.running or self.queue.running
        held = [request for request in (self.queue.running, self.queue.waiting) if request]
        wants = [want for request in held for want in request.wants]
        for want in (want for request in self.asked for want in request.wants if want.open):
            assert wants.count(want) == 1
        for request in held:
            for want in request.wants:
                assert isinstance(want, Wish)
                assert not want.open or want.count - want.photos <= request.count


BURSTS = st.tuples(st.sampled_from([alert, wish]), st.integers(1, 4), st.sampled_from([0.0, 0.5, 3.0, 100.0]))
STEPS = st.lists(
    st.sampled_from(["photo", "photo", "failure", "drop"]) | st.sampled_from([0.1, 1.0, 50.0]) | BURSTS, max_size=60
)


@given(STEPS)
def test_a_storm_of_any_kind_leaves_nobody_without_an_answer(
    steps: list[str | float | tuple[Callable[..., Request], int, float]],
) -> None:
    storm = Storm()
    for storm.step, step in enumerate(steps):
        if isinstance(step, tuple):
            ask, count, interval = step
            storm.add(ask(storm.step, count=count, interval=interval))
        elif isinstance(step, float):
            storm.pass_time(step)
        elif step == "drop":
            storm.drop()
        else:
            storm.end(well=step == "photo")
        storm.check()
    for storm.step in range(len(steps), len(steps) + 20):
        storm.end(well=True)
        storm.pass_time(100)
        storm.check()
    assert (storm.queue.running, storm.queue.waiting) == (None, None)
    # Each once, and each alert told of once: as the one that led, or as one that joined.
    assert sorted(request.received_at for request in storm.answered) == [each.received_at for each in storm.asked]
    assert storm.told == storm.leads
    assert set(storm.leads.values()) <= {1}
    assert storm.counted == len(storm.joined)
    for want in (want for request in storm.asked for want in request.wants):
        assert isinstance(want, Wish)
        assert not want.open
        assert want.error or want.photos >= want.count


@given(st.integers(1, 500))
def test_after_the_last_alert_of_a_storm_one_more_photo_is_taken_at_most(length: int) -> None:
    queue = CaptureQueue()
    for at in range(length):
        queue.add(alert(at))
    assert queue.running is not None
    queue.finish(None)
    later = queue.start_waiting(length)
    assert (later is not None) == (length > 1)
    queue.finish(None)
    assert queue.start_waiting(length) is None

"""Which photos go: oldest first, never the newest, never a marked one, never too many at once."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.photo import Photo
from custom_components.pi_security_camera.capture.retention import BRAKE, Departure, Limit, Limits, Plan, plan

from .photos import NOW, photo_of, photos_of_days

NONE_KEPT: Callable[[Photo], bool] = lambda _photo: False  # noqa: E731 - what the tests below hand over
PARIS = ZoneInfo("Europe/Paris")


def plan_for(
    photos: Sequence[Photo],
    limits: Limits,
    free_bytes: int | None = 0,
    *,
    now: datetime = NOW,
    kept: frozenset[str] = frozenset(),
    last: Sequence[str | None] = (),
    in_vain: int = 0,
) -> Plan:
    """Return what goes, where the photos of these names are marked."""
    saved = [name for name in last if name]
    return plan(photos, limits, now, free_bytes, is_kept=lambda photo: photo.name in kept, last=saved, in_vain=in_vain)


def ages(departures: Sequence[Departure]) -> list[float]:
    """Return how many days old the photos are that go."""
    return [(NOW - each.photo.taken_at) / timedelta(days=1) for each in departures]


def test_without_limits_nothing_goes() -> None:
    assert plan_for(photos_of_days(range(100)), Limits()) == Plan()


@pytest.mark.parametrize(
    "limits", [Limits(keep_days=0), Limits(keep_count=0), Limits(max_bytes=0), Limits(min_free_bytes=10**9)]
)
def test_where_there_is_nothing_nothing_goes(limits: Limits) -> None:
    assert plan_for([], limits) == Plan()


@pytest.mark.parametrize("limits", [Limits(keep_days=0), Limits(keep_count=0), Limits(max_bytes=0)])
def test_the_newest_never_goes(limits: Limits) -> None:
    photos = photos_of_days([1, 2])
    assert [each.photo for each in plan_for(photos, limits).departures] == photos[:1]
    assert plan_for(photos[1:], limits) == Plan()


def test_older_photos_go() -> None:
    planned = plan_for(photos_of_days([29, 30, 31, 40]), Limits(keep_days=30))
    assert ages(planned.departures) == [40, 31]
    assert {each.limit for each in planned.departures} == {Limit.AGE}


def test_age_is_counted_in_real_days_where_the_clock_was_changed() -> None:
    """In Paris, the 29th of March 2026 has 23 hours."""
    now = datetime(2026, 3, 29, 12, 0, tzinfo=PARIS)
    age = timedelta(days=1, minutes=-30)
    taken_at = (now.astimezone(UTC) - age).astimezone(PARIS)
    photos = [Photo("old", taken_at, 1, 5), Photo("new", now, 1, 5)]
    assert plan_for(photos, Limits(keep_days=1), now=now) == Plan()


@pytest.mark.parametrize("days", [10**6, 10**12, 1e300])
def test_photos_may_stay_for_longer_than_any_calendar(days: float) -> None:
    assert plan_for(photos_of_days([1, 10**4]), Limits(keep_days=days)) == Plan()


def test_more_than_may_stay_go() -> None:
    planned = plan_for(photos_of_days(range(10)), Limits(keep_count=7))
    assert ages(planned.departures) == [9, 8, 7]
    assert {each.limit for each in planned.departures} == {Limit.COUNT}


@pytest.mark.parametrize(("most", "stay"), [(1000, 10), (999, 9), (900, 9), (150, 1), (0, 1)])
def test_what_is_more_than_the_bytes_that_may_stay_goes(most: int, stay: int) -> None:
    planned = plan_for(photos_of_days(range(10)), Limits(max_bytes=most))
    assert len(planned.departures) == 10 - stay
    assert {each.limit for each in planned.departures} <= {Limit.SIZE}


def test_a_small_photo_behind_a_large_one_does_not_slip_through() -> None:
    photos = [photo_of(timedelta(days=3), size=1), photo_of(timedelta(days=2), size=500), photo_of(timedelta(days=1))]
    assert ages(plan_for(photos, Limits(max_bytes=200)).departures) == [3, 2]


def test_the_oldest_go_until_there_is_space() -> None:
    planned = plan_for(photos_of_days(range(10)), Limits(min_free_bytes=350), free_bytes=100)
    assert ages(planned.departures) == [9, 8, 7]
    assert {each.limit for each in planned.departures} == {Limit.SPACE}


def test_what_goes_anyway_makes_space_too() -> None:
    planned = plan_for(photos_of_days(range(10)), Limits(min_free_bytes=350, keep_count=8), free_bytes=100)
    assert [each.limit for each in planned.departures] == [Limit.COUNT, Limit.COUNT, Limit.SPACE]
    assert len(plan_for(photos_of_days(range(10)), Limits(min_free_bytes=300, keep_count=8), 100).departures) == 2


@pytest.mark.parametrize("kept", [frozenset(), frozenset({photos_of_days([4])[0].name})])
def test_no_photo_goes_for_space_that_all_of_them_cannot_make(kept: frozenset[str]) -> None:
    """Something else fills the disk, and would fill it again."""
    missing = 901 if not kept else 801
    assert plan_for(photos_of_days(range(10)), Limits(min_free_bytes=missing), kept=kept) == Plan()
    assert len(plan_for(photos_of_days(range(10)), Limits(min_free_bytes=missing - 1), kept=kept).departures) >= 8


def test_where_the_disk_does_not_tell_its_space_nothing_goes_for_it() -> None:
    assert plan_for(photos_of_days(range(10)), Limits(min_free_bytes=500), None) == Plan()


def test_photos_that_go_for_space_in_vain_soon_go_no_more() -> None:
    """A share with a waste bin has no more room for what is deleted; its other limits hold all the same."""
    photos, limits = photos_of_days(range(100)), Limits(min_free_bytes=300, keep_days=98)
    assert len(plan_for(photos, limits, in_vain=0).departures) == 3
    assert len(plan_for(photos, limits, in_vain=BRAKE - 2).departures) == 3
    assert [each.limit for each in plan_for(photos, limits, in_vain=BRAKE - 1).departures] == [Limit.AGE]


def test_the_first_limit_is_the_reason() -> None:
    photos = photos_of_days([1, 2, 3, 40])
    planned = plan_for(photos, Limits(keep_days=30, keep_count=2, max_bytes=100))
    assert [each.limit for each in planned.departures] == [Limit.AGE, Limit.COUNT, Limit.SIZE]


@pytest.mark.parametrize(
    ("limits", "gone"),
    [
        (Limits(keep_days=2), 7),
        (Limits(keep_count=2), 6),
        (Limits(max_bytes=250), 6),
        (Limits(min_free_bytes=700), 7),
    ],
)
def test_a_marked_photo_stays_and_counts_for_no_limit(limits: Limits, gone: int) -> None:
    photos = photos_of_days(range(12))
    kept = frozenset(photo.name for photo in photos if photo.taken_at.day % 3 == 0)
    planned = plan_for(photos, limits, kept=kept)
    assert len(kept) == 4
    assert not kept & {each.photo.name for each in planned.departures}
    # With keep_days the photo of exactly two days stays.
    assert len(planned.departures) == (6 if limits.keep_days else gone)


@pytest.mark.parametrize("place", [0, 5, 9])
@pytest.mark.parametrize("limits", [Limits(keep_count=3), Limits(max_bytes=300)])
def test_the_photo_saved_last_stays_like_the_newest(limits: Limits, place: int) -> None:
    """After the clock was put back, it is not the newest."""
    photos = photos_of_days(range(10))
    planned = plan_for(photos, limits, last=[photos[place].name])
    gone = [each.photo for each in planned.departures]
    assert len(gone) == 7
    assert photos[place] not in gone
    assert photos[-1] not in gone


def test_one_may_stay_but_newest_and_last_do_both() -> None:
    photos = photos_of_days(range(10))
    assert len(plan_for(photos, Limits(keep_count=1), last=[photos[0].name]).departures) == 8


def test_the_marks_are_asked_for_only_where_they_matter() -> None:
    """A mark lies in the photo's file: ten thousand of them take seconds to read."""
    photos, asked = photos_of_days(range(100)), []

    def is_kept(photo: Photo) -> bool:
        asked.append(photo)
        return False

    limits = Limits(keep_days=95, keep_count=100, max_bytes=10_000, min_free_bytes=100)
    plan(photos, limits, NOW, 100, is_kept=is_kept)
    assert [(NOW - photo.taken_at).days for photo in asked] == [96, 97, 98, 99]
    asked.clear()
    plan(photos, Limits(min_free_bytes=300), NOW, 100, is_kept=is_kept)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("count", "goes", "held"),
    [
        (101, BRAKE, False),
        (101, BRAKE + 1, True),
        (102, BRAKE + 1, False),
        (BRAKE + 1, BRAKE, False),
        (BRAKE + 2, BRAKE + 1, True),
        (1000, 500, False),
        (1000, 501, True),
    ],
)
def test_so_much_that_somebody_must_be_asked_is_held(count: int, goes: int, held: bool) -> None:
    """The promise: more than half of them, and more than fifty."""
    planned = plan_for(photos_of_days(range(count)), Limits(keep_count=count - goes))
    assert len(planned.departures) == goes
    assert planned.held is held


def test_a_clock_far_ahead_does_not_empty_the_archive() -> None:
    planned = plan_for(photos_of_days(range(200)), Limits(keep_days=30), now=NOW + timedelta(days=4000))
    assert len(planned.departures) == 199
    assert planned.held


def test_a_clock_far_behind_takes_nothing() -> None:
    assert plan_for(photos_of_days(range(200)), Limits(keep_days=30), now=NOW - timedelta(days=4000)) == Plan()


def test_photos_of_a_clock_that_was_ahead_do_not_push_out_those_that_come() -> None:
    """A Pi whose clock was years ahead for a while: what is taken from then on would always be the oldest."""
    real, of_then = photos_of_days([3, 2, 1]), photos_of_days(range(-4005, -4000))
    planned = plan_for(
        sorted(real + of_then, key=lambda photo: photo.order), Limits(keep_count=5), last=[real[-1].name]
    )
    assert [each.photo for each in planned.departures] == sorted(of_then, key=lambda photo: photo.order)[:3]
    restarted = plan_for(sorted(real + of_then, key=lambda photo: photo.order), Limits(keep_count=1))
    assert not {real[-1], max(of_then, key=lambda photo: photo.order)} & {each.photo for each in restarted.departures}


def test_photos_and_clips_go_by_their_age_alike() -> None:
    both = [photo_of(timedelta(days=days), clip=clip) for days in (4, 3, 2, 1) for clip in (False, True)]
    planned = plan_for(both, Limits(keep_count=4))
    assert [each.photo for each in planned.departures] == both[:4]
    assert [each.photo for each in plan_for(both, Limits(max_bytes=350)).departures] == both[:5]
    assert [each.photo for each in plan_for(both, Limits(keep_days=2.5)).departures] == both[:4]
    assert [each.photo for each in plan_for(both, Limits(min_free_bytes=250)).departures] == both[:3]


@pytest.mark.parametrize(
    "limits", [Limits(keep_days=0), Limits(keep_count=0), Limits(keep_count=1), Limits(max_bytes=0)]
)
@pytest.mark.parametrize("clip", [True, False])
def test_neither_the_newest_photo_nor_the_newest_clip_ever_goes(limits: Limits, clip: bool) -> None:
    old, older = (photo_of(timedelta(days=days), clip=clip) for days in (8, 9))
    others = [photo_of(timedelta(days=days), clip=not clip) for days in (3, 2, 1)]
    planned = plan_for([older, old, *others], limits)
    assert [each.photo for each in planned.departures] == [older, *others[:2]]


def test_the_photo_and_the_clip_that_were_saved_last_stay() -> None:
    """After the clock was put back, they are not the newest."""
    both = [photo_of(timedelta(days=days), clip=clip) for days in (9, 8, 7, 1) for clip in (False, True)]
    planned = plan_for(both, Limits(keep_count=1), last=[both[2].name, both[1].name])
    assert [each.photo for each in planned.departures] == [both[0], *both[3:6]]


PHOTOS = st.lists(
    st.builds(
        photo_of,
        st.integers(-100_000, 4_000_000).map(lambda seconds: timedelta(seconds=seconds)),
        st.integers(1, 3),
        st.integers(0, 300),
        clip=st.booleans(),
    ),
    max_size=130,
    unique_by=lambda photo: photo.name,
).map(lambda photos: sorted(photos, key=lambda photo: photo.order))
LIMITS = st.builds(
    Limits,
    keep_days=st.none() | st.floats(0, 50),
    keep_count=st.none() | st.integers(0, 140),
    max_bytes=st.none() | st.integers(0, 20_000),
    min_free_bytes=st.none() | st.integers(0, 20_000),
)


@given(
    photos=PHOTOS,
    limits=LIMITS,
    free=st.none() | st.integers(0, 20_000),
    kept=st.sets(st.integers(0, 130)),
    last=st.lists(st.integers(0, 130), max_size=2),
    in_vain=st.integers(0, BRAKE),
    jump=st.integers(-5000, 5000),
)
def test_whatever_the_limits_marked_newest_and_last_stay_and_the_oldest_go_first(
    photos: list[Photo],
    limits: Limits,
    free: int | None,
    kept: set[int],
    last: list[int],
    in_vain: int,
    jump: int,
) -> None:
    names = [photo.name for photo in photos]
    marked = frozenset(names[place] for place in kept if place < len(names))
    saved = [names[place] for place in last if place < len(names)]
    last_name = saved[-1] if saved else None
    now = NOW + timedelta(days=jump)
    planned = plan_for(photos, limits, free, now=now, kept=marked, last=saved, in_vain=in_vain)
    gone = [each.photo for each in planned.departures]
    stay = [photo for photo in photos if photo not in gone]
    # Photos of a day to come, beside one that has just been saved: the clock was ahead.
    ahead = [photo for photo in photos if photo.taken_at >= now + timedelta(days=1)]
    here = [photo for photo in photos if photo not in ahead]
    # Of both kinds the newest stay.
    newest = {
        photo.name
        for some in (photos, here)
        for kind in (False, True)
        for photo in [each for each in some if each.is_clip is kind][-1:]
    }
    spared = marked | newest | {*saved}
    is_here = last_name in {photo.name for photo in here}
    astray = {photo.name for photo in ahead} if is_here and ahead else set()

    def rank(photo: Photo) -> tuple[object, ...]:
        return photo.name not in astray, photo.order

    assert len({photo.name for photo in gone}) == len(gone)
    assert gone == [photo for photo in photos if photo in gone]
    assert not spared & {photo.name for photo in gone}
    assert planned.held is (len(gone) > BRAKE and 2 * len(gone) > len(photos))
    # The oldest go first: whatever could go and stays is newer than all that go.
    free_to_go = [photo for photo in stay if photo.name not in spared]
    assert not gone or all(rank(photo) > max(map(rank, gone)) for photo in free_to_go)

    counted = [photo for photo in stay if photo.name not in marked]
    for_space = [each.photo for each in planned.departures if each.limit is Limit.SPACE]
    if free_to_go:
        for photo in free_to_go:
            assert limits.keep_days is None or photo.taken_at >= now - timedelta(days=limits.keep_days)
        assert limits.keep_count is None or len(counted) <= limits.keep_count
        assert limits.max_bytes is None or sum(photo.size for photo in counted) <= limits.max_bytes
    if for_space:
        assert free is not None
        assert limits.min_free_bytes is not None
        made = free + sum(photo.size for photo in gone)
        # Enough, and no more than enough.
        assert made - max(for_space, key=rank).size < limits.min_free_bytes <= made
        assert not in_vain or in_vain + len(for_space) <= BRAKE
    # Nothing goes that need not.
    for each in planned.departures:
        newer = [photo for photo in photos if rank(photo) > rank(each.photo) and photo.name not in marked]
        older_spared = [photo for photo in photos if rank(photo) < rank(each.photo) and photo.name in spared - marked]
        before = newer + older_spared
        if each.limit is Limit.AGE:
            assert limits.keep_days is not None
            assert each.photo.taken_at < now - timedelta(days=limits.keep_days)
        elif each.limit is Limit.COUNT:
            assert limits.keep_count is not None
            assert len(before) >= limits.keep_count
        elif each.limit is Limit.SIZE:
            assert limits.max_bytes is not None
            assert sum(photo.size for photo in before) + each.photo.size > limits.max_bytes

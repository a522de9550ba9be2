"""A photo's name and its time, and a clip's."""

from collections.abc import Callable
from datetime import MAXYEAR, UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from hypothesis import example, given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.photo import (
    Photo,
    clip_name,
    day_of,
    is_clip_name,
    modified_ns,
    parse_name,
    photo_name,
    photo_of_file,
)

PARIS = ZoneInfo("Europe/Paris")
ZONES = st.sampled_from(
    [UTC, PARIS, *map(ZoneInfo, ["America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"])]
)
NUMBERS = st.integers(1, 999_999)
LOCAL = st.datetimes(datetime(2, 1, 1), datetime(MAXYEAR - 1, 12, 31))  # noqa: DTZ001 - a name knows no zone
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - strategy's
MAKERS = st.sampled_from([photo_name, clip_name])
NAMES = (
    st.from_regex(r"capture_\d{8}_\d{6}(_\d{0,7})?\.(jpg|mp4)", fullmatch=True)
    | st.text()
    | st.builds(photo_name, LOCAL)
    | st.builds(clip_name, LOCAL)
)

type Maker = Callable[[datetime, int], str]


def test_a_name_is_the_one_of_the_script_before_us() -> None:
    assert photo_name(datetime(2026, 2, 13, 14, 25, 30, tzinfo=PARIS)) == "capture_20260213_142530.jpg"


@pytest.mark.parametrize(("number", "ending"), [(1, ".jpg"), (2, "_2.jpg"), (10, "_10.jpg")])
def test_further_photos_of_a_second_get_a_number(number: int, ending: str) -> None:
    name = photo_name(datetime(2026, 2, 13, 14, 25, 30, tzinfo=PARIS), number)
    assert name == f"capture_20260213_142530{ending}"


@pytest.mark.parametrize(("number", "ending"), [(1, ".mp4"), (2, "_2.mp4"), (10, "_10.mp4")])
def test_a_clip_is_named_like_a_photo_but_for_its_ending(number: int, ending: str) -> None:
    name = clip_name(datetime(2026, 2, 13, 14, 25, 30, tzinfo=PARIS), number)
    assert name == f"capture_20260213_142530{ending}"


@given(LOCAL, NUMBERS, MAKERS)
def test_a_name_tells_what_it_was_made_of(time: datetime, number: int, make: Maker) -> None:
    assert parse_name(make(time, number)) == (time.replace(microsecond=0), number)


@given(LOCAL, NUMBERS, MAKERS)
def test_a_name_tells_whether_it_is_a_clips(time: datetime, number: int, make: Maker) -> None:
    name = make(time, number)
    assert is_clip_name(name) is Photo(name, time.replace(tzinfo=UTC), number, 5).is_clip is (make is clip_name)


@given(LOCAL, NUMBERS, MAKERS)
def test_a_name_tells_its_day(time: datetime, number: int, make: Maker) -> None:
    name = make(time, number)
    assert day_of(name) == Photo(name, time.replace(tzinfo=UTC), number, 5).day == time.date()


def test_the_day_of_a_photo_is_that_in_its_name_whatever_the_time_zone_has_become() -> None:
    taken_at = datetime(2026, 2, 13, 0, 30, tzinfo=PARIS)
    assert Photo(photo_name(taken_at), taken_at.astimezone(UTC), 1, 5).day == date(2026, 2, 13)


@given(NAMES)
@example("capture_20260213_142530_0.jpg")
@example("capture_20260213_142530_1.jpg")
@example("capture_20260213_142530_02.jpg")
@example("capture_٢٠٢٦٠٢١٣_142530.jpg")
def test_only_a_name_that_we_would_make_is_ours(name: str) -> None:
    """What is ours may be deleted: a foreign file must never be taken for it."""
    parsed = parse_name(name)
    assert parsed is None or name in {photo_name(*parsed), clip_name(*parsed)}


@pytest.mark.parametrize(
    "name",
    [
        "",
        "capture.jpg",
        "capture_20260213.jpg",
        "capture_20260213_142530",
        "capture_20260213_142530.jpeg",
        "capture_20260213_142530.MP4",
        "capture_20260213_142530.m4v",
        "capture_20260213_142530.mp4.jpg",
        "capture_20260213_142530.jpg.mp4",
        "capture_20260213_142530.mp4\n",
        "capture_20260213_142530_1.mp4",
        "capture_20260230_142530.mp4",
        ".capture_20260213_142530.mp4",
        "capture_20260213_142530.JPG",
        "Capture_20260213_142530.jpg",
        "my_capture_20260213_142530.jpg",
        ".capture_20260213_142530.jpg",
        "capture_20260213_142530.jpg\n",
        " capture_20260213_142530.jpg",
        "capture_20260213_142530.jpg.tmp",
        "capture_20260213_142530(1).jpg",
        "capture_20260213_142530_.jpg",
        "capture_20260213_142530_1234567.jpg",
        "capture_20260213_142530\0.jpg",
        "../capture_20260213_142530.jpg",
        "/capture_20260213_142530.jpg",
        "a/../capture_20260213_142530.jpg",
        "capture_20260230_142530.jpg",
        "capture_20261301_142530.jpg",
        "capture_20260213_242530.jpg",
        "capture_20260213_146030.jpg",
        "capture_20260213_142560.jpg",
        "capture_00000213_142530.jpg",
        "capture_00010101_000000.jpg",
        "capture_99991231_235959.jpg",
    ],
)
def test_a_name_of_others_is_not_ours(name: str) -> None:
    assert parse_name(name) is None
    assert day_of(name) is None
    assert photo_of_file(name, 0, 0, PARIS) is None


@given(MOMENTS, NUMBERS, ZONES, MAKERS)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 1, PARIS, photo_name)
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 1, PARIS, photo_name)
def test_a_file_tells_the_exact_time_of_its_photo(taken_at: datetime, number: int, zone: tzinfo, make: Maker) -> None:
    local = taken_at.astimezone(zone)
    name = make(local, number)
    photo = photo_of_file(name, modified_ns(taken_at), 5, zone)
    assert photo == Photo(name, local, number, 5)
    assert photo.taken_at.utcoffset() == local.utcoffset()


@pytest.mark.parametrize(
    "modified",
    [
        0,
        -1,
        2**80,
        -(2**80),
        modified_ns(datetime(2026, 2, 13, 13, 25, 31, tzinfo=UTC)),
        modified_ns(datetime(2026, 2, 13, 13, 30, 30, tzinfo=UTC)),
        modified_ns(datetime(2026, 2, 14, 15, 40, 30, tzinfo=UTC)),
    ],
)
def test_where_the_file_time_does_not_agree_the_name_counts(modified: int) -> None:
    """A copy has the time of copying; a broken file system has any."""
    photo = photo_of_file("capture_20260213_142530.jpg", modified, 5, PARIS)
    assert photo is not None
    assert photo.taken_at == datetime(2026, 2, 13, 14, 25, 30, tzinfo=PARIS)


@given(MOMENTS.filter(lambda moment: moment.year > 1972), ZONES, ZONES)
def test_a_photo_keeps_its_time_when_home_assistant_moves(taken_at: datetime, before: tzinfo, after: tzinfo) -> None:
    """Since 1972 all zones are whole quarters of an hour from UTC."""
    name = photo_name(taken_at.astimezone(before))
    photo = photo_of_file(name, modified_ns(taken_at), 5, after)
    assert photo == Photo(name, taken_at.astimezone(after), 1, 5)
    assert photo.day == taken_at.astimezone(before).date()


@given(LOCAL, ZONES, st.integers())
def test_any_two_photos_can_be_put_in_order(time: datetime, zone: tzinfo, modified: int) -> None:
    """A planted file of an absurd year must not break the list of all."""
    photo = photo_of_file(photo_name(time), modified, 5, zone)
    assert photo is not None
    assert photo.order > (datetime(1, 1, 2, tzinfo=UTC), 1)


def test_photos_of_the_repeated_hour_are_in_the_order_of_their_moments() -> None:
    summer = datetime(2026, 10, 25, 0, 40, tzinfo=UTC).astimezone(PARIS)
    winter = (summer.astimezone(UTC) + timedelta(minutes=50)).astimezone(PARIS)
    assert photo_name(winter) < photo_name(summer)
    photos = [Photo(photo_name(time), time, 1, 5) for time in (winter, summer)]
    assert [photo.taken_at.minute for photo in sorted(photos, key=lambda photo: photo.order)] == [40, 30]


def test_photos_of_one_moment_are_in_the_order_of_their_numbers() -> None:
    time = datetime(2026, 2, 13, 14, 25, 30, tzinfo=PARIS)
    photos = [Photo(photo_name(time, number), time, number, 5) for number in (10, 2, 1)]
    assert [photo.number for photo in sorted(photos, key=lambda photo: photo.order)] == [1, 2, 10]


def test_a_photo_comes_before_the_clip_of_its_moment() -> None:
    time = datetime(2026, 2, 13, 14, 25, 30, tzinfo=PARIS)
    both = [Photo(clip_name(time), time, 1, 5), Photo(photo_name(time), time, 1, 5)]
    assert [photo.is_clip for photo in sorted(both, key=lambda photo: photo.order)] == [False, True]

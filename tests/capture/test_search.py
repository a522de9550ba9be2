"""What is typed into the search of the media browser finds what a user means."""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import example, given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.photo import Cause, Photo, clip_name, photo_name
from custom_components.pi_security_camera.capture.search import Query, parse_query

TODAY = date(2026, 2, 14)
CAUSE = Cause("Entrée du hall", "salle/Mouvement", 35)
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = [
    "2026-02-13", "2026-2-13", "2026-02", "13/02/2026", "13/2/2026", "13/02/26", "13/02", "13/2", "13.02.2026",
    "13.2.26", "13.2.", "13.2", "13-02-2026", "02/2026", "2.2026", "02/13/2026", "2/13", "20260213",
    "yesterday", "Hier", "HIER",
]  # fmt: skip
OTHER_DAYS = [
    "2026-02-12", "2025-02-13", "2026-01", "12/02/2026", "13/02/2025", "13/03", "01/2026", "02/2025", "3/13",
    "20260212", "today", "aujourd'hui", "Aujourd\u2019hui",
]  # fmt: skip
TIMES = [
    "14:25", "14:25:30", "14h25", "14H25", "14h", "14:00-15:30", "14h-15h30", "14h25-14h25", "13:00-14:25",
    "22:00-14:25", "14:25:30-14:25:30", "14:25 - 14:26", "14h \u2013 15h", "2pm", "2PM", "2:25pm", "2:25:30pm",
    "1pm-3pm", "12:00-24:00", "12h-24h",
]  # fmt: skip
OTHER_TIMES = [
    "14:24", "14:25:31", "14h26", "13h", "15h", "15:00-16:00", "22:00-14:24", "14:26-14:24", "2am", "2:25am", "12am",
    "24h", "02:25",
]  # fmt: skip
NAMES = ["capture_20260213_142530.jpg", "CAPTURE_20260213_142530.JPG", "capture_20260213", "20260213_1425"]
OTHER_NAMES = ["capture_20260213_142530_2.jpg", "20260213_142531", "capture_20260212_142530.jpg"]
# None of these is any photo's, and none shall be mistaken for another.
NOWHERE = [
    "2026-99-99", "2026-02-31", "0000-00-00", "31/02/2026", "99/99", "0/0", "13/13/2026", "2026-13-02", "00/2026",
]  # fmt: skip
# Digits of other scripts, signs that int takes, and times that no clock shows.
WORDS = [
    "\u0662\u0660\u0662\u0666-\u0660\u0662", "\u0661\u0664:\u0662\u0665", "1\u00b2:25", "+1:25", "1_4:25", "25:00",
    "14:60", "14:25:60", "24:01", "13pm", "0am", "14:", "14", ":25", "hh", "14:25-", "-14:25", "14:25-hall", "1/2/3/4",
    "capture_", "capture_2026.jpg", "2026", "20260213_142530_2_3.jpg", "12345678",
]  # fmt: skip


def photo_at(taken_at: datetime, number: int = 1) -> Photo:
    """Return a photo of that moment."""
    return Photo(photo_name(taken_at, number), taken_at, number, 1000)


PHOTO = photo_at(datetime(2026, 2, 13, 14, 25, 30, 999_999, tzinfo=UTC))


def ask(text: str) -> Query:
    """Return what a text asks for, with nothing left over as a word."""
    query = parse_query(text, TODAY)
    assert query.words == ()
    return query


@pytest.mark.parametrize("text", [*DAYS, *TIMES, *NAMES, "", " \t\n"])
def test_a_photo_is_found_by_its_day_time_or_name_however_it_is_written(text: str) -> None:
    assert ask(text).fits(PHOTO)


@pytest.mark.parametrize("text", [*OTHER_DAYS, *OTHER_TIMES, *OTHER_NAMES, *NOWHERE])
def test_a_photo_is_not_found_by_another_day_time_or_name(text: str) -> None:
    assert not ask(text).fits(PHOTO)


@pytest.mark.parametrize("text", WORDS)
def test_what_is_no_day_time_or_name_is_a_word(text: str) -> None:
    query = parse_query(text, TODAY)
    assert query.tests == ()
    assert len(query.words) == 1
    assert not query.names(CAUSE)


@pytest.mark.parametrize("text", NOWHERE)
@given(moment=MOMENTS)
def test_a_day_of_no_calendar_is_no_photos(text: str, moment: datetime) -> None:
    assert not ask(text).fits(photo_at(moment))


def test_a_day_that_may_be_two_is_read_with_the_day_first() -> None:
    first_of_march = photo_at(datetime(2026, 3, 1, tzinfo=UTC))
    third_of_january = photo_at(datetime(2026, 1, 3, tzinfo=UTC))
    for text in ("01/03/2026", "1/3", "1.3.", "01-03-2026"):
        assert ask(text).fits(first_of_march)
        assert not ask(text).fits(third_of_january)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("22:00-01:30", ["22:00:00", "23:59:59", "00:00:00", "01:30:59"], ["21:59:59", "01:31:00", "12:00:00"]),
        ("22h-6h", ["22:00:00", "06:59:59", "03:00:00"], ["21:59:59", "07:00:00"]),
        ("14:00-15:30", ["14:00:00", "15:30:59"], ["13:59:59", "15:31:00"]),
        ("14h", ["14:00:00", "14:59:59"], ["13:59:59", "15:00:00"]),
        ("14:25", ["14:25:00", "14:25:59"], ["14:24:59", "14:26:00"]),
        ("22:00-24:00", ["22:00:00", "23:59:59"], ["21:59:59", "00:00:00"]),
        ("12am", ["00:00:00", "00:59:59"], ["12:00:00", "23:59:59"]),
        ("12pm", ["12:00:00", "12:59:59"], ["00:00:00", "11:59:59"]),
        ("11pm-1am", ["23:00:00", "01:59:59"], ["22:59:59", "02:00:00"]),
    ],
)
def test_a_time_has_its_whole_hour_or_minute_and_a_range_both_its_ends(
    text: str, inside: list[str], outside: list[str]
) -> None:
    def found(clock: str) -> bool:
        return ask(text).fits(photo_at(datetime.fromisoformat(f"2026-02-13T{clock}.999999+00:00")))

    assert [clock for clock in inside if not found(clock)] == []
    assert [clock for clock in outside if found(clock)] == []


def test_all_that_is_asked_must_hold() -> None:
    assert ask("13/02 14h 20260213").fits(PHOTO)
    assert not ask("13/02 15h").fits(PHOTO)
    assert not ask("12/02 14h").fits(PHOTO)
    query = parse_query("hall 13/02 MOUVEMENT", TODAY)
    assert query.fits(PHOTO)
    assert query.words == ("hall", "mouvement")
    assert query.names(CAUSE)
    assert not parse_query("hall porte", TODAY).names(CAUSE)


@pytest.mark.parametrize("text", ["entrée", "ENTRÉE", "entree", "Entre\u0301e", "rée", "salle/mouv", "du HALL"])
def test_words_are_found_whatever_their_case_and_accents(text: str) -> None:
    assert parse_query(text, TODAY).names(CAUSE)


@pytest.mark.parametrize("trigger", ["Porte 2 - 3", "Cam - 2h", "garage-14"])
def test_a_dash_in_a_name_stays_one(trigger: str) -> None:
    assert set(parse_query(trigger, TODAY).words) >= {trigger.split(maxsplit=1)[0].casefold()}
    assert parse_query(trigger, TODAY).names(Cause(trigger))


def test_a_word_is_not_found_where_no_cause_is_known() -> None:
    query = parse_query("hall", TODAY)
    assert not query.names(None)
    assert not query.names(Cause("button"))
    assert ask("13/02").names(None)


@given(
    MOMENTS, st.sampled_from(["{0:%Y-%m-%d} {0:%H:%M:%S}", "{0:%d/%m/%Y} {0:%Hh%M}", "{0.day}.{0.month}. {0.hour}h"])
)
def test_every_photo_is_found_by_its_own_day_and_time(moment: datetime, form: str) -> None:
    query = ask(form.format(moment))
    assert len(query.tests) == 2
    assert query.fits(photo_at(moment))


@pytest.mark.parametrize("text", ["kept", "Gardée", "GARDÉES", "hall kept"])
def test_a_word_for_the_mark_finds_marked_photos_only(text: str) -> None:
    query = parse_query(text, TODAY)
    assert query.names(CAUSE, kept=True)
    assert not query.names(CAUSE, kept=False)
    assert not parse_query("porte kept", TODAY).names(CAUSE, kept=True)


def test_a_cameras_name_among_the_words_is_no_word_of_the_cause() -> None:
    query = parse_query("allée 13/02 hall", TODAY)
    assert not query.names(CAUSE)
    assert query.within("L'Allée").words == ("hall",)
    assert query.within("L'Allée").names(CAUSE)
    assert query.within("L'Allée").fits(PHOTO)
    assert not query.within("Garage").names(CAUSE)


@given(MOMENTS, st.integers(1, 999_999))
def test_every_photo_is_found_by_its_name_and_by_no_other(moment: datetime, number: int) -> None:
    photo = photo_at(moment, number)
    assert ask(photo.name).fits(photo)
    assert not ask(photo.name).fits(photo_at(moment, number + 1))
    assert not ask(photo.name).fits(photo_at(moment + timedelta(seconds=1), number))


@given(MOMENTS)
def test_the_day_is_that_in_the_name_and_the_time_the_one_that_is_shown(moment: datetime) -> None:
    """Home Assistant has moved since: a photo's day stays that of its name, its time is told in the new zone."""
    photo = Photo(photo_name(moment), moment.astimezone(timezone(timedelta(hours=9))), 1, 1000)
    assert ask(f"{photo.day} {photo.taken_at:%H:%M:%S}").fits(photo)


@given(MOMENTS, st.integers(0, 3))
def test_today_and_yesterday_are_those_of_home_assistant(moment: datetime, ago: int) -> None:
    photo = photo_at(moment)
    today = photo.day + timedelta(days=ago)
    assert [text for text in ("today", "hier") if parse_query(text, today).fits(photo)] == ["today", "hier"][ago:][:1]


@given(st.text(), st.dates(), MOMENTS)
@example("a " * 10_000, TODAY, PHOTO.taken_at)
@example("13/2 " * 10_000, TODAY, PHOTO.taken_at)
@example("-" * 100_000, TODAY, PHOTO.taken_at)
@example("9" * 100_000, TODAY, PHOTO.taken_at)
@example("14:25" + " " * 100_000 + "-", TODAY, PHOTO.taken_at)
@example("\u0130\u1e9e\ufdfa" * 10_000, TODAY, PHOTO.taken_at)
def test_no_text_makes_a_search_raise(text: str, today: date, moment: datetime) -> None:
    query = parse_query(text, today)
    assert len(query.tests) + len(query.words) <= 500
    assert query.fits(photo_at(moment)) in {True, False}
    assert query.names(CAUSE) in {True, False}


@given(st.text(st.sampled_from("0123456789/.-:hapm_ tod\u2013")))
def test_no_text_that_looks_like_days_and_times_makes_a_search_raise(text: str) -> None:
    query = parse_query(text, TODAY)
    assert query.fits(PHOTO) in {True, False}
    assert len(query.tests) + len(query.words) <= max(1, len(text))


@given(st.text(min_size=1, max_size=100))
def test_a_word_of_the_trigger_finds_it_whatever_it_is(word: str) -> None:
    query = parse_query(word, TODAY)
    assert query.tests or query.names(Cause(word))


CLIP = Photo(clip_name(PHOTO.taken_at), PHOTO.taken_at, 1, 1000)


@pytest.mark.parametrize("text", ["clip", "Clips", "video", "vidéos", "VIDÉO", "videos"])
def test_a_word_for_clips_finds_no_photo(text: str) -> None:
    query = ask(f"{text} 13/02")
    assert query.fits(CLIP)
    assert not query.fits(PHOTO)


@pytest.mark.parametrize("text", ["photo", "Photos", "PHOTO"])
def test_a_word_for_photos_finds_no_clip(text: str) -> None:
    assert ask(text).fits(PHOTO)
    assert not ask(text).fits(CLIP)


def test_what_holds_for_one_kind_holds_beside_what_is_asked() -> None:
    for clips, fits in ((True, CLIP), (False, PHOTO)):
        query = parse_query("13/02 hall", TODAY).of_kind(clips=clips)
        assert [each for each in (PHOTO, CLIP) if query.fits(each)] == [fits]
        assert query.words == ("hall",)
    assert not ask("clip").of_kind(clips=False).fits(CLIP)


@pytest.mark.parametrize("text", ["13/02", "14:25", "capture_20260213", "20260213_142530"])
def test_what_tells_no_kind_finds_both(text: str) -> None:
    assert ask(text).fits(PHOTO)
    assert ask(text).fits(CLIP)


def test_a_clip_is_found_by_its_name_and_the_photo_of_its_moment_is_not() -> None:
    assert ask(CLIP.name).fits(CLIP)
    assert not ask(CLIP.name).fits(PHOTO)
    assert not ask(PHOTO.name).fits(CLIP)


@pytest.mark.parametrize("text", ["photocell", "videophone", "clipper"])
def test_a_word_that_only_begins_so_is_one_of_the_trigger(text: str) -> None:
    assert parse_query(text, TODAY).names(Cause(text))

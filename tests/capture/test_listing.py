"""Photos and clips in memory: by name, by day, and in order."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from custom_components.pi_security_camera.capture.listing import Day, Listing
from custom_components.pi_security_camera.capture.photo import Photo, clip_name, photo_name

# Three days with the night in which Paris puts its clock back, and a zone whose days are others.
START = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
ZONES = [ZoneInfo("Europe/Paris"), ZoneInfo("Pacific/Auckland"), UTC]


def photo_at(minutes: int, zone: int, number: int, size: int, *, clip: bool = False) -> Photo:
    """Return a photo or a clip whose name was given in one of the zones."""
    taken_at = (START + timedelta(minutes=minutes)).astimezone(ZONES[zone])
    return Photo((clip_name if clip else photo_name)(taken_at, number), taken_at, number, size)


PHOTOS = st.builds(
    photo_at, st.integers(0, 72 * 60), st.integers(0, 2), st.integers(1, 2), st.integers(0, 9), clip=st.booleans()
)
SETS = st.lists(PHOTOS, unique_by=lambda photo: photo.name, max_size=30)


def holds(listing: Listing, photos: list[Photo]) -> bool:
    """Say whether a listing tells of these photos, and of no others."""
    photos = sorted(photos, key=lambda photo: photo.order)
    days = sorted({photo.day for photo in photos}, reverse=True)
    assert listing.photos() == photos
    assert len(listing) == len(photos)
    assert listing.differing([photo.name for photo in photos]) == []
    pictures, clips = ([photo for photo in photos if photo.is_clip is kind] for kind in (False, True))
    assert listing.newest == pictures[-1:] + clips[-1:]
    summary = listing.summary(5, days[0] if days else None)
    assert (summary.photos, summary.clips, summary.free_bytes) == (len(pictures), len(clips), 5)
    assert summary.used_bytes == listing.used_bytes == sum(photo.size for photo in photos)
    assert (summary.oldest, summary.newest) == ((pictures[0], pictures[-1]) if pictures else (None, None))
    assert summary.photos_of_day == sum(photo.day == days[0] for photo in pictures)
    told = listing.days()
    assert [day.date for day in told] == days
    for day in told:
        of_day = [photo for photo in photos if photo.day == day.date]
        assert listing.on(day.date) == of_day
        assert (day.photos, day.clips) == tuple(
            [photo.is_clip for photo in of_day].count(kind) for kind in (False, True)
        )
        assert day.newest == [photo for photo in of_day if photo.is_clip is (day.photos == 0)][-1]
    return all(listing.find(photo.name) is photo for photo in photos)


@given(SETS)
def test_photos_are_in_the_order_of_their_moments(photos: list[Photo]) -> None:
    assert holds(Listing(photos), photos)


@given(SETS, st.lists(PHOTOS | st.integers(0, 30), max_size=40))
def test_whatever_comes_and_goes_the_listing_tells_what_is_there(
    photos: list[Photo], changes: list[Photo | int]
) -> None:
    listing, there = Listing(photos), {photo.name: photo for photo in photos}
    for change in changes:
        if isinstance(change, Photo):
            listing.add(change)
            there[change.name] = change
        else:
            name = sorted(there)[change] if change < len(there) else "capture_20260101_000000.jpg"
            listing.remove(name)
            there.pop(name, None)
    assert holds(listing, [*there.values()])


def test_a_day_without_photos_has_none() -> None:
    listing = Listing()
    assert listing.on(date(2026, 1, 1)) == []
    assert listing.days() == []


def test_a_list_once_given_does_not_change() -> None:
    photo = photo_at(0, 0, 1, 5)
    listing = Listing([photo])
    all_photos, on_day = listing.photos(), listing.on(photo.day)
    listing.remove(photo.name)
    assert all_photos == on_day == [photo]


@given(SETS, SETS, st.sets(st.text(max_size=3)))
def test_names_that_are_not_the_listings_own_are_told(
    photos: list[Photo], others: list[Photo], names: set[str]
) -> None:
    there = {photo.name for photo in others} | names
    differing = Listing(photos).differing(there)
    assert set(differing) == there ^ {photo.name for photo in photos}
    assert len(differing) == len(set(differing))


def test_a_day_is_told_with_its_newest_photo_and_a_day_of_clips_alone_with_its_newest_clip() -> None:
    photo, clip, later = photo_at(0, 2, 1, 5), photo_at(1, 2, 1, 5, clip=True), photo_at(2, 2, 1, 5, clip=True)
    assert Listing([photo, clip, later]).days() == [Day(photo.day, 1, 2, photo)]
    assert Listing([clip, later]).days() == [Day(photo.day, 0, 2, later)]


def test_the_number_of_photos_on_a_day_is_asked_for_or_not() -> None:
    listing = Listing([photo_at(0, 2, 1, 5), photo_at(1, 2, 1, 5, clip=True)])
    assert listing.summary(None).photos_of_day == 0
    assert listing.summary(None, date(2026, 10, 24)).photos_of_day == 1
    assert listing.summary(None, date(2026, 10, 25)).photos_of_day == 0

"""Photos and clips as an archive lists them, without files."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from custom_components.pi_security_camera.capture.photo import Photo, clip_name, photo_name

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def photo_of(age: timedelta, number: int = 1, size: int = 100, *, clip: bool = False) -> Photo:
    """Return a photo, or a clip, of that age."""
    taken_at = NOW - age
    return Photo((clip_name if clip else photo_name)(taken_at, number), taken_at, number, size, modified_ns=size)


def photos_of_days(ages: Iterable[float], size: int = 100) -> list[Photo]:
    """Return photos of these ages, in days, the oldest first."""
    return sorted((photo_of(timedelta(days=age), size=size) for age in ages), key=lambda photo: photo.order)

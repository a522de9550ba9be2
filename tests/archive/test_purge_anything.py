"""Retention, whatever comes: photos, clips, limits, clocks that jump, and others who change files at any time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
import os
from pathlib import Path
import stat
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
import pytest

from custom_components.pi_security_camera.capture import retention
from custom_components.pi_security_camera.capture.note import Note, mark, mark_clip, read_clip_note, read_note
from custom_components.pi_security_camera.capture.photo import (
    Cause,
    Photo,
    clip_name,
    is_clip_name,
    modified_ns,
    parse_name,
    photo_name,
)
from custom_components.pi_security_camera.capture.retention import Departure, Limits, Plan
from custom_components.pi_security_camera.housekeeping import Housekeeper
from tests.capture.test_mp4 import changed, reader
from tests.films import film, film_in_pieces
from tests.pictures import SOI, picture

from .conftest import FOREIGN, ODD, PARIS, archive_in, others_change

START = datetime(2026, 7, 1, 12, 0, tzinfo=PARIS)
# Enough to find what a brake of fifty would hide behind thousands of photos.
BRAKE = 4
CONTENTS = {"a": picture(), "b": picture(24, 16), "c": picture(64, 32), "d": b"text", "e": b"", "f": SOI}
FILMS = {"g": film(), "h": film_in_pieces(3), "i": film()[:-1]}

AGES = st.integers(-2000, 20_000).map(lambda minutes: timedelta(minutes=minutes))
PLACES = st.integers(0, 30)
FILES = st.sampled_from([*CONTENTS, *FILMS])
JPEGS = st.sampled_from("abc")
MP4S = st.sampled_from("gh")
LIMITS = st.builds(
    Limits,
    keep_days=st.none() | st.floats(0, 15),
    keep_count=st.none() | st.integers(0, 12),
    max_bytes=st.none() | st.integers(0, 20_000),
    min_free_bytes=st.none() | st.integers(0, 20_000),
) | st.just(Limits(keep_count=0))
JUMPS = st.integers(-10_000, 10_000)
WHEN = st.integers(0, 2)
MEANWHILE = st.sampled_from([None, None, "delete the newest", "mark the next", "change the next", "save"])


@dataclass(frozen=True)
class Entry:
    """One thing in the directory: what kind it is, and what it holds."""

    kind: int
    modified_ns: int
    content: bytes | str
    is_clip: bool

    @property
    def kept(self) -> bool:
        if isinstance(self.content, str):
            return False
        if self.is_clip:
            return read_clip_note(reader(self.content), len(self.content)).kept
        return (read_note(self.content) or Note()).kept


def marked(data: bytes, *, clip: bool) -> bytes | None:
    """Return a photo's or a clip's content with the mark; None where it has no room for it."""
    if not clip:
        return None if read_note(data) is None else mark(data, kept=True)
    if not data.startswith((FILMS["g"], FILMS["h"])):
        return None
    change = mark_clip(reader(data), len(data), kept=True)
    return changed(data, change) if change else data


def newest_names(photos: list[Photo]) -> set[str]:
    """Return the names of the newest photo and the newest clip."""
    return {some[-1].name for kind in (False, True) if (some := [each for each in photos if each.is_clip is kind])}


class Retention(RuleBasedStateMachine):
    """A directory, its archive, its housekeeper, and somebody else."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(os, "fsync", lambda _descriptor: None)
        self.patch.setattr(retention, "BRAKE", BRAKE)
        self.temporary = TemporaryDirectory()
        self.directory = Path(self.temporary.name) / "photos"
        self.now = START
        self.free = 10**6
        self.last: dict[str, str] = {}
        self.patch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=self.free, f_frsize=1, f_blocks=1))

    @initialize(ages=st.lists(AGES, max_size=12), marked=st.sets(st.integers(0, 11)), content=JPEGS)
    def start(self, ages: list[timedelta], marked: set[int], content: str) -> None:
        self.restart()
        for number, age in enumerate(ages):
            name = self.archive.save(CONTENTS[content], START - age, Cause("hall")).name
            if number in marked:
                self.archive.set_kept(name, kept=True)
        self.restart()

    def restart(self) -> None:
        self.archive = archive_in(self.directory)
        self.archive.open()
        self.housekeeper = Housekeeper(self.archive)
        self.last = {}

    def teardown(self) -> None:
        self.patch.undo()
        self.temporary.cleanup()

    # What we do.

    @rule()
    def home_assistant_restarts(self) -> None:
        self.restart()

    @rule(minutes=st.integers(-5000, 5000), content=JPEGS)
    def a_photo_is_saved(self, minutes: int, content: str) -> None:
        self.now += timedelta(minutes=minutes)
        self.last["photo"] = self.archive.save(CONTENTS[content], self.now, Cause("hall")).name

    @rule(minutes=st.integers(-5000, 5000), content=MP4S)
    def a_clip_is_saved(self, minutes: int, content: str) -> None:
        self.now += timedelta(minutes=minutes)
        temporary = self.archive.new_clip_file()
        temporary.write_bytes(FILMS[content])
        self.last["clip"] = self.archive.save_clip(temporary, self.now, Cause("hall"), picture()).name

    @rule(place=PLACES, kept=st.booleans())
    def a_photo_is_marked_or_released(self, place: int, kept: bool) -> None:
        if (photo := self.at(place)) and marked((self.directory / photo.name).read_bytes(), clip=photo.is_clip):
            assert self.archive.set_kept(photo.name, kept=kept) is not None
            assert self.look()[photo.name].kept is kept

    @rule(place=PLACES)
    def a_photo_is_deleted(self, place: int) -> None:
        if photo := self.at(place):
            before = self.look()
            assert self.archive.delete(photo.name)
            assert self.look() == {name: entry for name, entry in before.items() if name != photo.name}

    # What others do.

    @rule(ages=st.lists(AGES, min_size=1, max_size=8), content=FILES, exact=st.booleans())
    def others_add_photos(self, ages: list[timedelta], content: str, exact: bool) -> None:
        def add() -> None:
            for age in ages:
                moment = START - age
                path = self.directory / (clip_name if content in FILMS else photo_name)(moment)
                if not os.path.lexists(path):
                    path.write_bytes((CONTENTS | FILMS)[content])
                    if exact:
                        os.utime(path, ns=(modified_ns(moment),) * 2)

        others_change(self.directory, add)

    @rule(name=st.sampled_from(FOREIGN))
    def others_add_something_else(self, name: str) -> None:
        others_change(self.directory, lambda: (self.directory / name).write_bytes(picture()))

    @rule(age=AGES, plant=st.sampled_from([*ODD.values()]))
    def others_add_what_only_looks_like_a_photo(self, age: timedelta, plant: Callable[[Path], object]) -> None:
        path = self.directory / (clip_name if age.seconds % 120 else photo_name)(START - age)
        if not os.path.lexists(path):
            others_change(self.directory, lambda: plant(path))

    @rule(place=PLACES)
    def others_delete_a_photo(self, place: int) -> None:
        if photo := self.at(place):
            others_change(self.directory, (self.directory / photo.name).unlink)

    @rule(place=PLACES, content=FILES)
    def others_change_a_photo_where_it_lies(self, place: int, content: str) -> None:
        """The directory does not show it."""
        if photo := self.at(place):
            (self.directory / photo.name).write_bytes((CONTENTS | FILMS)[content])

    @rule(place=PLACES)
    def others_mark_a_photo(self, place: int) -> None:
        if photo := self.at(place):
            self.mark_from_outside(photo.name)

    @rule(free=st.integers(0, 30_000))
    def others_fill_the_disk(self, free: int) -> None:
        self.free = free

    # What it is about.

    @rule(limits=LIMITS, jump=JUMPS, consent=st.booleans(), meanwhile=MEANWHILE, when=WHEN)
    def retention_runs(self, limits: Limits, jump: int, consent: bool, meanwhile: str | None, when: int) -> None:
        before, total = self.look(), len(archive_in(self.directory).photos())
        now = self.now + timedelta(minutes=jump)
        planned = self.drafted(limits, now)
        assert planned == self.housekeeper.plan(limits, now)
        names = {each.photo.name for each in planned.departures}
        assert not names & {name for name, entry in before.items() if entry.kept}
        assert not names & {*self.last.values(), *newest_names(self.archive.photos())}
        if planned.held and not consent:
            purged = self.housekeeper.purge(limits, now)
            assert {each.photo.name for each in purged.held} == names
            assert purged.gone == ()
            assert self.look() == before
            return
        assert consent or len(planned.departures) <= BRAKE or 2 * len(planned.departures) <= total
        purged = self.housekeeper.carry_out(self.interrupted(planned.departures, meanwhile, when))
        assert purged.error is None
        gone = [each.photo.name for each in purged.gone]
        after = self.look()
        for name, entry in before.items():
            if name in gone:
                assert stat.S_ISREG(entry.kind)
                assert parse_name(name)
                assert not entry.kept
                assert name not in self.last.values()
                assert name not in after
            elif not meanwhile:
                assert after[name] == entry
        assert meanwhile or after.keys() == before.keys() - set(gone)
        assert len(gone) == len(set(gone))

    # Most of what is done shall be that.
    retention_runs_again = rule(limits=LIMITS, jump=JUMPS, consent=st.just(True), meanwhile=MEANWHILE, when=WHEN)(
        lambda self, **given: self.retention_runs(**given)
    )
    retention_runs_after_that = rule(limits=LIMITS, jump=JUMPS, consent=st.just(True), meanwhile=MEANWHILE, when=WHEN)(
        lambda self, **given: self.retention_runs(**given)
    )

    def interrupted(self, departures: tuple[Departure, ...], meanwhile: str | None, when: int) -> Iterator[Departure]:
        """Give the departures one by one; after some, somebody else does something. Watch each one's end."""
        for number, departure in enumerate(departures):
            name = departure.photo.name
            changed = meanwhile is not None and number == when and self.do_meanwhile(meanwhile, name)
            was = self.look().get(name)
            yield departure
            if was and name not in self.look():
                assert not was.kept
                assert not changed
                # A newer one of its kind is there still.
                alike = [
                    each for each in archive_in(self.directory).photos() if each.is_clip is departure.photo.is_clip
                ]
                assert alike[-1].order > departure.photo.order

    def drafted(self, limits: Limits, now: datetime) -> Plan:
        """Return what the limits take, when the marks are read some at a time."""
        tried: set[str] = set()
        while True:
            plan, unread = self.housekeeper.draft(limits, now, tried)
            if not unread:
                return plan
            assert not tried & set(unread)
            self.archive.notes(unread)
            tried.update(unread)

    def do_meanwhile(self, what: str, name: str) -> bool:
        """Do something in the middle of a pass; say whether the photo that is next is another one by that."""
        newest = [each for each in archive_in(self.directory).photos() if each.is_clip is is_clip_name(name)][-1]
        if what == "delete the newest":
            others_change(self.directory, (self.directory / newest.name).unlink)
            return newest.name == name
        if what == "save":
            self.a_photo_is_saved(minutes=-3000, content="a")
            return False
        before = (self.directory / name).read_bytes()
        if what == "mark the next":
            self.mark_from_outside(name)
        else:
            (self.directory / name).write_bytes(picture(16, 16))
        return (self.directory / name).read_bytes() != before

    def mark_from_outside(self, name: str) -> None:
        """Another program copies a marked photo over one, with its time, as a backup that is brought back."""
        path = self.directory / name
        data, status = path.read_bytes(), path.stat()
        content = marked(data, clip=is_clip_name(name))
        if content is None:
            return

        def replace() -> None:
            new = self.directory / "new"
            new.write_bytes(content)
            os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
            new.rename(path)

        others_change(self.directory, replace)

    @precondition(lambda self: hasattr(self, "archive"))
    @invariant()
    def what_is_listed_is_what_is_there(self) -> None:
        wanted = archive_in(self.directory).photos()
        photos = self.archive.photos()
        assert [photo.name for photo in photos] == [photo.name for photo in wanted]
        pictures = [photo for photo in photos if not photo.is_clip]
        summary = self.archive.summary()
        assert summary.newest == (pictures[-1] if pictures else None)
        assert (summary.photos, summary.clips) == (len(pictures), len(photos) - len(pictures))
        # Nothing is left of how they came there.
        assert {each.name for each in self.directory.glob(".*.tmp")} <= {*FOREIGN}

    def at(self, place: int) -> Photo | None:
        """Return one of the photos that are there."""
        photos = archive_in(self.directory).photos()
        return photos[place % len(photos)] if photos else None

    def look(self) -> dict[str, Entry]:
        """Return all that lies in the directory."""
        entries = {}
        for path in self.directory.iterdir():
            status = path.lstat()
            content: bytes | str = ""
            if path.is_symlink():
                content = str(path.readlink())
            elif path.is_file():
                content = path.read_bytes()
            entries[path.name] = Entry(
                stat.S_IFMT(status.st_mode), status.st_mtime_ns, content, is_clip_name(path.name)
            )
        return entries


TestRetention = Retention.TestCase
Retention.TestCase.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)

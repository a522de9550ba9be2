"""Home Assistant is killed in the middle: only whole photos and clips are left, and none that was told of is lost."""

from pathlib import Path
import sys

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.photo import Cause
from tests.films import film
from tests.kills import live_and_be_killed
from tests.pictures import picture

from .conftest import archive_in, names_in

ROUNDS = 200
# Saves photos and clips, marks, releases and deletes them without end.
HOME_ASSISTANT = """
import datetime, pathlib, types
package = types.ModuleType("package")
package.__path__ = [sys.argv[1]]
sys.modules["package"] = package
from package.archive import Archive
from package.housekeeping import Housekeeper
from package.capture.photo import Cause
from package.capture.retention import Limits

directory = pathlib.Path(sys.argv[2])
photo, film = (pathlib.Path(path).read_bytes() for path in sys.argv[3:5])
start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

def now():
    # Faster than real time, so that no name is used twice.
    return start + datetime.timedelta(seconds=1000 * (time.monotonic() - began))

def save(archive):
    say("saved", archive.save(photo, now(), Cause("hall")).name)

def save_clip(archive):
    temporary = archive.new_clip_file()
    with temporary.open("wb") as file:
        for at in range(0, len(film), 100_000):
            file.write(film[at:at + 100_000])
    say("saved", archive.save_clip(temporary, now(), Cause("hall"), photo).name)

def keep(archive):
    name = random.choice(archive.photos()).name
    if archive.set_kept(name, kept=True):
        say("kept", name)

def release(archive):
    name = random.choice(archive.photos()).name
    say("releasing", name)
    archive.set_kept(name, kept=False)

def purge(archive):
    housekeeper = Housekeeper(archive)
    planned = housekeeper.plan(Limits(keep_count=6), now())
    for each in planned.departures:
        say("deleting", each.photo.name)
    housekeeper.carry_out(planned.departures)

def delete(archive):
    name = random.choice(archive.photos()).name
    say("deleting", name)
    archive.delete(name)

def live(times):
    archive = Archive(directory, lambda: datetime.UTC)
    archive.open()
    found = archive.photos()
    if sorted(os.listdir(directory)) != sorted(each.name for each in found):
        say("broken", f"not swept: {os.listdir(directory)}")
    for each in found:
        data = (directory / each.name).read_bytes()
        # Its comment stands behind its first twenty bytes; a clip's note stands behind all, and the picture last.
        start, end = (film, photo) if each.is_clip else (photo[:20], photo[20:])
        if not (data.startswith(start) and data.endswith(end)):
            say("broken", each.name)
    while times:
        for work in (save, random.choice([save, save_clip, save_clip, keep, keep, release, purge, purge, delete])):
            say("at", work.__name__)
            work(archive)
        times -= 1
"""


def test_a_kill_at_any_moment_leaves_whole_photos_and_loses_none_that_was_told_of(
    directory: Path, tmp_path: Path
) -> None:
    original = tmp_path / "photo.jpg"
    original.write_bytes(picture(320, 240))
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(film(500_000))
    package = Path(sys.modules[Archive.__module__].__file__ or "").parent
    # Without site packages it starts at once.
    told = live_and_be_killed(HOME_ASSISTANT, package, directory, original, clip, rounds=ROUNDS, options=("-S",))
    assert told.killed_at.keys() >= {"save", "save_clip", "keep", "purge"}
    assert len(told.saved) > 50
    assert len(told.deleted) > 10

    archive = archive_in(directory)
    archive.open()
    photos = archive.photos()
    there = {photo.name for photo in photos}
    assert names_in(directory) == sorted(there)
    assert told.saved - told.deleted <= there
    notes = archive.notes(there)
    assert told.kept <= {name for name, note in notes.items() if note.kept}
    assert {photo.is_clip for photo in photos} == {True, False}
    picture_bytes = original.read_bytes()
    for photo in photos:
        data = (directory / photo.name).read_bytes()
        assert data.startswith(clip.read_bytes() if photo.is_clip else picture_bytes[:20])
        assert data.endswith(picture_bytes[0 if photo.is_clip else 20 :])
        assert notes[photo.name].cause == Cause("hall")

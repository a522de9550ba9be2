"""Home Assistant is killed in the middle: the directory holds whole photos only, and none that was told of is lost."""

from pathlib import Path
import subprocess
import sys

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.jpeg import read_size
from custom_components.pi_security_camera.capture.photo import Cause
from tests.pictures import picture

from .conftest import archive_in, names_in

ROUNDS = 200
# Saves, marks, releases and deletes photos without end, is killed at any moment, and again. What it says of itself
# comes in lines: that a photo is there or marked when that is done, that a mark or a photo goes before it does.
HOME_ASSISTANT = """
import datetime, os, pathlib, random, signal, sys, time, types
package = types.ModuleType("package")
package.__path__ = [sys.argv[1]]
sys.modules["package"] = package
from package.archive import Archive
from package.housekeeping import Housekeeper
from package.capture.jpeg import read_size
from package.capture.photo import Cause
from package.capture.retention import Limits

directory, photo, rounds = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]).read_bytes(), int(sys.argv[4])
start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

def say(what, name):
    os.write(1, f"{what} {name}\\n".encode())

def now():
    # Faster than real time, so that no name is used twice.
    return start + datetime.timedelta(seconds=1000 * (time.monotonic() - began))

def save(archive):
    say("saved", archive.save(photo, now(), Cause("hall")).name)

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
    for each in archive.photos():
        try:
            assert read_size(archive.read(each.name)) == read_size(photo)
        except Exception as error:
            say("broken", f"{each.name} {error!r}")
    while times:
        save(archive)
        random.choice([save, keep, release, purge, purge, delete])(archive)
        times -= 1

began = time.monotonic()
live(5)
pace = time.monotonic() - began
for number in range(rounds):
    random.seed(number)
    child = os.fork()
    if child == 0:
        live(-1)
    time.sleep(random.uniform(0, min(3 * pace, 0.15)))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_a_kill_at_any_moment_leaves_whole_photos_and_loses_none_that_was_told_of(
    directory: Path, tmp_path: Path
) -> None:
    original = tmp_path / "photo.jpg"
    original.write_bytes(picture(320, 240))
    package = Path(sys.modules[Archive.__module__].__file__ or "").parent
    said = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-S", "-c", HOME_ASSISTANT, str(package), str(directory), str(original), str(ROUNDS)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    told, kept, deleted = set(), set(), set()
    for line in said:
        what, name = line.split(maxsplit=1)
        assert what != "broken", line
        match what:
            case "saved":
                assert name not in told
                told.add(name)
            case "kept":
                kept.add(name)
            case "releasing":
                kept.discard(name)
            case "deleting":
                kept.discard(name)
                deleted.add(name)
    assert len(told) > 50
    assert len(deleted) > 10

    archive = archive_in(directory)
    archive.open()
    photos = archive.photos()
    there = {photo.name for photo in photos}
    assert names_in(directory) == sorted(there)
    assert told - deleted <= there
    notes = archive.notes(there)
    assert kept <= {name for name, note in notes.items() if note.kept}
    for photo in photos:
        assert read_size(archive.read(photo.name) or b"") == read_size(original.read_bytes())
        assert notes[photo.name].cause == Cause("hall")

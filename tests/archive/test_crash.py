"""Home Assistant is killed in the middle: only whole photos and clips are left, and none that was told of is lost."""

from collections import Counter
from pathlib import Path
import subprocess
import sys

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.photo import Cause
from tests.films import film
from tests.pictures import picture

from .conftest import archive_in, names_in

ROUNDS = 200
# Saves photos and clips, marks, releases and deletes them without end, is killed at any moment, and again. What it says
# of itself comes in lines: what it is at, that a photo or a clip is there or marked when that is done, that a mark or a
# file goes before it does; and that it was killed, or how else it ended.
HOME_ASSISTANT = """
import datetime, os, pathlib, random, signal, sys, time, types
package = types.ModuleType("package")
package.__path__ = [sys.argv[1]]
sys.modules["package"] = package
from package.archive import Archive
from package.housekeeping import Housekeeper
from package.capture.photo import Cause
from package.capture.retention import Limits

directory, photo, rounds = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]).read_bytes(), int(sys.argv[4])
film = pathlib.Path(sys.argv[5]).read_bytes()
start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

def say(what, name):
    os.write(1, f"{what} {name}\\n".encode())

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
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    say(*("killed", number) if code == -signal.SIGKILL else ("broken", f"ended by itself with {code}"))
"""


def test_a_kill_at_any_moment_leaves_whole_photos_and_loses_none_that_was_told_of(
    directory: Path, tmp_path: Path
) -> None:
    original = tmp_path / "photo.jpg"
    original.write_bytes(picture(320, 240))
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(film(500_000))
    package = Path(sys.modules[Archive.__module__].__file__ or "").parent
    said = subprocess.run(  # noqa: S603 - ours
        [
            sys.executable,
            "-S",
            "-c",
            HOME_ASSISTANT,
            str(package),
            str(directory),
            str(original),
            str(ROUNDS),
            str(clip),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    told, kept, deleted = set(), set(), set()
    at, killed_at = "start", Counter[str]()
    for line in said:
        what, name = line.split(maxsplit=1)
        assert what != "broken", line
        match what:
            case "at":
                at = name
            case "killed":
                killed_at[at] += 1
                at = "start"
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
    assert killed_at.total() == ROUNDS
    assert killed_at.keys() >= {"save", "save_clip", "keep", "purge"}
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
    assert {photo.is_clip for photo in photos} == {True, False}
    picture_bytes = original.read_bytes()
    for photo in photos:
        data = (directory / photo.name).read_bytes()
        assert data.startswith(clip.read_bytes() if photo.is_clip else picture_bytes[:20])
        assert data.endswith(picture_bytes[0 if photo.is_clip else 20 :])
        assert notes[photo.name].cause == Cause("hall")

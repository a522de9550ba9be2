"""Home Assistant is killed while clips are encoded: what is left are whole clips, and all that were told of."""

from collections import Counter
from pathlib import Path
import subprocess
import sys

ROUNDS = 40
# Makes clips without end, is killed at any moment, and again. What it says of itself comes in lines: what it is at;
# that a clip is kept, when that is done; what it found after a kill that should not be there; that it was killed, or
# how else it ended.
HOME_ASSISTANT = """
import asyncio, datetime, os, pathlib, random, signal, sys, time
import av
from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.photo import Cause
from custom_components.pi_security_camera.clip_encoder import ClipEncoder
from custom_components.pi_security_camera.clip_writer import ClipWriter
from tests.clips.conftest import frame

SIZE, FRAMES = (160, 120), 12
directory, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
frames = [frame(number, SIZE) for number in range(FRAMES)]
start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
began = time.monotonic()

def say(what, name):
    os.write(1, f"{what} {name}\\n".encode())

def look(archive, last):
    archive.open()
    names = [each.name for each in archive.photos()]
    if sorted(os.listdir(directory)) != sorted(names):
        say("broken", f"not swept: {os.listdir(directory)}")
    for name in names[-last:]:
        with av.open(str(directory / name)) as clip:
            if sum(1 for _ in clip.decode(video=0)) != FRAMES:
                say("broken", name)
        if archive.note(name).cause != Cause("hall") or not archive.thumbnail(name):
            say("broken", f"{name} has lost what it tells")

async def make_clip(archive):
    path = archive.new_clip_file()
    say("at", "frames")
    writer = ClipWriter(path)
    for number, data in enumerate(frames):
        writer.add(data, number / 10)
        await asyncio.sleep(0.002)
    say("at", "finish")
    made = await writer.finish()
    say("at", "save")
    # Faster than real time, so that no name is used twice.
    moment = start + datetime.timedelta(seconds=1000 * (time.monotonic() - began))
    say("saved", archive.save_clip(path, moment, Cause("hall"), made.thumbnail).name)

def live(times):
    archive = Archive(directory, lambda: datetime.UTC)
    look(archive, 3)
    while times:
        asyncio.run(make_clip(archive))
        times -= 1

live(3)
pace = time.monotonic() - began
for number in range(rounds):
    random.seed(number)
    child = os.fork()
    if child == 0:
        live(-1)
    time.sleep(random.uniform(0, pace))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    say(*("killed", number) if code == -signal.SIGKILL else ("broken", f"ended by itself with {code}"))
live(1)
look(Archive(directory, lambda: datetime.UTC), 1000)
"""


def test_a_kill_while_clips_are_encoded_leaves_whole_clips_and_loses_none_that_was_told_of(tmp_path: Path) -> None:
    directory = tmp_path / "photos"
    said = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", HOME_ASSISTANT, str(directory), str(ROUNDS)],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    told, at, killed_at = set(), "start", Counter[str]()
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
                told.add(name)
    assert killed_at.total() == ROUNDS
    assert killed_at["frames"] + killed_at["finish"] > 5
    assert len(told) > 10
    assert told <= {path.name for path in directory.iterdir()}

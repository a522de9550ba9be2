"""Home Assistant is killed while clips are encoded: what is left are whole clips, and all that were told of."""

from datetime import UTC
from pathlib import Path

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.photo import Cause
from tests.kills import live_and_be_killed

from .conftest import decode

ROUNDS = 40
FRAMES = 12
# Makes clips without end.
HOME_ASSISTANT = """
import asyncio, datetime, pathlib
from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.photo import Cause
# Imported once, and not anew in each life.
import custom_components.pi_security_camera.clip_encoder
from custom_components.pi_security_camera.clip_writer import ClipWriter
from tests.clips.conftest import frame

directory = pathlib.Path(sys.argv[1])
frames = [frame(number, (160, 120)) for number in range(int(sys.argv[2]))]
start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

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
    archive.open()
    found = sorted(each.name for each in archive.photos())
    if sorted(os.listdir(directory)) != found:
        say("broken", f"not swept: {os.listdir(directory)}")
    while times:
        asyncio.run(make_clip(archive))
        times -= 1
"""


def test_a_kill_while_clips_are_encoded_leaves_whole_clips_and_loses_none_that_was_told_of(tmp_path: Path) -> None:
    directory = tmp_path / "photos"
    told = live_and_be_killed(HOME_ASSISTANT, directory, FRAMES, rounds=ROUNDS)
    assert told.killed_at["frames"] + told.killed_at["finish"] > 5
    assert len(told.saved) > 10
    archive = Archive(directory, lambda: UTC)
    archive.open()
    clips = {clip.name for clip in archive.photos()}
    assert told.saved <= clips == {path.name for path in directory.iterdir()}
    assert {len(decode(directory / name)) for name in clips} == {FRAMES}
    assert {note.cause for note in archive.notes(clips).values()} == {Cause("hall")}
    assert all(archive.thumbnail(name) for name in clips)

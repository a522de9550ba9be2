"""Home Assistant is killed in the middle: the directory holds whole photos only."""

from pathlib import Path
import subprocess
import sys

from custom_components.pi_security_camera.archive import Archive
from custom_components.pi_security_camera.capture.jpeg import read_size
from custom_components.pi_security_camera.capture.photo import Cause
from tests.pictures import picture

from .conftest import archive_in, names_in

ROUNDS = 40
# Saves photos without end, is killed at any moment, and again.
HOME_ASSISTANT = """
import datetime, os, pathlib, random, signal, sys, time, types
package = types.ModuleType("package")
package.__path__ = [sys.argv[1]]
sys.modules["package"] = package
from package.archive import Archive
from package.capture.photo import Cause

def save(times):
    archive = Archive(pathlib.Path(sys.argv[2]), lambda: datetime.UTC)
    archive.open()
    photo = pathlib.Path(sys.argv[3]).read_bytes()
    while times:
        saved = archive.save(photo, datetime.datetime.now(datetime.UTC), Cause("hall"))
        os.write(1, saved.name.encode() + b"\\n")
        times -= 1

began = time.monotonic()
save(5)
pace = time.monotonic() - began
for _ in range(int(sys.argv[4])):
    child = os.fork()
    if child == 0:
        save(-1)
    time.sleep(random.uniform(0, min(2 * pace, 0.2)))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_a_kill_at_any_moment_leaves_whole_photos_only(directory: Path, tmp_path: Path) -> None:
    original = tmp_path / "photo.jpg"
    original.write_bytes(picture(320, 240))
    package = Path(sys.modules[Archive.__module__].__file__ or "").parent
    told = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-S", "-c", HOME_ASSISTANT, str(package), str(directory), str(original), str(ROUNDS)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    archive = archive_in(directory)
    archive.open()
    photos = archive.photos()
    assert names_in(directory) == sorted(photo.name for photo in photos)
    assert set(told) <= {photo.name for photo in photos}
    assert len(told) == len(set(told)) > 5
    for photo in photos:
        assert read_size(archive.read(photo.name) or b"") == read_size(original.read_bytes())
        assert archive.cause(photo.name) == Cause("hall")

"""A clip is a file that browsers play, with all frames, in their order, at their times."""

from itertools import pairwise
import os
from pathlib import Path
import stat
import subprocess

import av
from PIL import Image
import pytest

from custom_components.pi_security_camera.capture.jpeg import Size, read_size
from custom_components.pi_security_camera.capture.mjpeg import FrameSplitter
from custom_components.pi_security_camera.clip_writer import ClipWriter
from simulator import install
from simulator.scene import read_barcode
from tests.pictures import KINDS, picture

from .conftest import BEGAN, SIZE, decode, frame, make_clip, number_of
from .mp4 import read_movie

STEADY = [number / 10 for number in range(45)]
# A stream that stutters: a pause, a rush, and frames that came in one piece.
IRREGULAR = [0, 0.0333, 0.1, 0.11, 1.5, 1.5004, 1.7, 4.9, 4.95, 5.0001, 9, 9.04]
MS = 0.001


async def test_a_clip_has_all_frames_in_their_order_and_each_shows_what_its_frame_did(path: Path) -> None:
    made = await make_clip(path, STEADY)
    assert (made.frames, made.skipped, made.broken) == (45, 0, 0)
    assert [number_of(each) for each in decode(path)] == [*range(1, 46)]


async def test_a_clip_is_what_every_browser_plays(path: Path) -> None:
    await make_clip(path, STEADY)
    with av.open(str(path), format="mp4") as clip:
        (stream,) = clip.streams
        codec = clip.streams.video[0].codec_context
        assert (len(clip.streams), stream.type, codec.name, codec.pix_fmt) == (1, "video", "h264", "yuv420p")
    movie = read_movie(path)
    assert movie.size == SIZE
    # Baseline, or main, or high.
    assert movie.profile in {66, 77, 100}
    assert not movie.shifted


async def test_a_player_can_begin_before_it_has_the_whole_file(path: Path) -> None:
    await make_clip(path, STEADY)
    boxes = read_movie(path).boxes
    assert boxes.index("moov") < boxes.index("mdat")


@pytest.mark.parametrize("times", [STEADY, IRREGULAR, [0]], ids=["steady", "irregular", "one frame"])
async def test_each_frame_is_shown_at_its_time(path: Path, times: list[float]) -> None:
    made = await make_clip(path, times, until=10)
    movie = read_movie(path)
    assert movie.times == pytest.approx(times, abs=MS)
    assert (movie.ends, made.seconds) == pytest.approx((10, 10), abs=MS)
    assert [each.time for each in decode(path)] == pytest.approx(times, abs=MS)


@pytest.mark.parametrize(
    ("times", "until", "seconds"),
    [
        ([0, 0.25], None, 0.5),
        ([0, 0.25], 0.1, 0.5),
        ([0, 30], None, 31),
        ([0], None, 1),
        ([0, 0.25], 0.75, 0.75),
    ],
    ids=["as the one before", "not for less than nothing", "not for ever", "alone", "until the end that is told"],
)
async def test_the_last_frame_is_shown_for_a_while(
    path: Path, times: list[float], until: float | None, seconds: float
) -> None:
    made = await make_clip(path, times, until)
    assert (made.seconds, read_movie(path).ends) == pytest.approx((seconds, seconds), abs=MS)


async def test_frames_of_one_moment_follow_each_other_and_the_next_one_has_its_own_time(path: Path) -> None:
    made = await make_clip(path, [0, 1, 1, 1, 0.5, 2])
    assert made.frames == 6
    assert read_movie(path).times == pytest.approx([0, 1, 1.001, 1.002, 1.003, 2], abs=MS / 10)
    assert [number_of(each) for each in decode(path)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("interval", [1 / 30, 0.1, 0.7, 1.9])
async def test_a_player_can_jump_to_each_two_seconds(path: Path, interval: float) -> None:
    await make_clip(path, [number * interval for number in range(int(9 / interval))])
    keys = read_movie(path).keys
    assert keys[0] == 0
    gaps = [after - before for before, after in pairwise(keys)]
    assert min(gaps) >= 0.9
    assert max(gaps) <= 2 + MS


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_jpeg_is_a_frame(path: Path, kind: str) -> None:
    writer = ClipWriter(path)
    for number in range(3):
        writer.add(KINDS[kind], BEGAN + number)
    made = await writer.finish()
    assert (made.frames, made.broken, len(decode(path))) == (3, 0, 3)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
async def test_colours_are_right_and_marked_as_what_they_are(path: Path, mode: str, subsampling: int) -> None:
    colour = {"RGB": (200, 60, 30), "L": 250}[mode]
    file = path.with_suffix(".jpg")
    Image.new(mode, (64, 48), colour).save(file, "JPEG", quality=95, subsampling=subsampling)  # type: ignore[arg-type]
    writer = ClipWriter(path)
    writer.add(file.read_bytes(), BEGAN)
    await writer.finish()
    # sRGB, taken apart as JPEG does, within what video uses.
    assert read_movie(path).colours == (1, 13, 5, False)
    (shown,) = decode(path)
    assert shown.color_range == 1
    luma = bytes(shown.planes[0])[0]
    red, green, blue = colour if isinstance(colour, tuple) else (colour,) * 3
    assert luma == pytest.approx(16 + (0.299 * red + 0.587 * green + 0.114 * blue) * 219 / 255, abs=2)
    assert bytes(shown.planes[2])[0] == pytest.approx(128 + (red - green if mode == "RGB" else 0) * 0.45, abs=12)


async def test_what_is_no_frame_is_left_out_and_counted(path: Path) -> None:
    writer = ClipWriter(path)
    bad = [b"", b"noise", frame(1)[:5000], picture(48, 32), frame(2)[:600] + frame(2)[-2:]]
    for number, data in enumerate([frame(1), *bad, frame(2)]):
        writer.add(data, BEGAN + number)
    made = await writer.finish()
    assert made.frames + made.broken == 7
    assert made.broken >= 4
    numbers = [number_of(each) for each in (decode(path)[0], decode(path)[-1])]
    assert numbers == [1, 2]


async def test_the_frame_that_was_chosen_stands_for_the_clip_and_else_the_first(path: Path) -> None:
    thumbnails = []
    for chosen in (frame(9), b"no frame", None):
        writer = ClipWriter(path)
        for number in range(1, 4):
            writer.add(frame(number), BEGAN + number)
        if chosen:
            writer.add(chosen, BEGAN + 4, thumbnail=True)
        thumbnails.append((await writer.finish()).thumbnail or b"")
    assert [read_size(each) for each in thumbnails] == 3 * [Size(320, 240)]
    assert thumbnails[0] != thumbnails[1] == thumbnails[2]


async def test_a_file_that_is_there_already_is_written_anew(path: Path) -> None:
    path.write_bytes(bytes(10_000_000))
    await make_clip(path, [0, 1])
    assert path.stat().st_size < 200_000
    assert len(decode(path)) == 2


async def test_a_clip_is_for_home_assistant_and_its_group_only(path: Path) -> None:
    before = os.umask(0)
    try:
        await make_clip(path, [0])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["é è", "a:b", "%d", "http:x"])
async def test_any_directory_will_do(path: Path, name: str) -> None:
    directory = path.parent / name
    directory.mkdir()
    await make_clip(directory / path.name, [0, 1])
    assert [each.name for each in directory.iterdir()] == [path.name]


async def test_a_stream_of_the_camera_becomes_a_clip_at_the_speed_of_what_it_shows(path: Path, tmp_path: Path) -> None:
    pi = install(tmp_path / "bin", cameras=("imx708",), start_delay=0)
    command = [str(pi.directory / "rpicam-vid"), "-n", "--codec", "mjpeg", "--width", "640", "--height", "480"]
    stream = subprocess.run(  # noqa: ASYNC221, S603 - nothing else is to be done meanwhile
        [*command, "--framerate", "15", "-t", "2000", "-o", "-"], check=True, capture_output=True
    ).stdout
    frames = FrameSplitter(Size(640, 480), 10**7).feed(stream)
    shown = [read_barcode(data) for data in frames]
    writer = ClipWriter(path)
    for data, code in zip(frames, shown, strict=True):
        writer.add(data, code.exposed_at / 1000)
    made = await writer.finish()
    assert made.frames == len(frames) >= 10
    assert [number_of(each) for each in decode(path)] == [code.number for code in shown]
    began = shown[0].exposed_at
    assert read_movie(path).times == pytest.approx([(code.exposed_at - began) / 1000 for code in shown], abs=MS)

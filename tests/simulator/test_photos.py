"""What rpicam-jpeg and rpicam-still write, and what the picture shows."""

from collections.abc import Callable
import io
import json
import subprocess
import time

from PIL import Image
import pytest

from simulator import scene
from tests.simulator.pi import Pi

EXIF_IFD = 0x8769
SMALL = ("-n", "-t", "1", "--width", "320", "--height", "240")


def size_of(jpeg: bytes) -> tuple[int, int]:
    """The size of a picture, which is decoded wholly to prove that it is one."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.load()
        return picture.size


@pytest.mark.parametrize("program", ["rpicam-jpeg", "rpicam-still"])
def test_a_photo_is_one_whole_exif_file(pi: Pi, program: str) -> None:
    outcome = pi.run(program, "-n", "-t", "1", "--width", "1024", "--height", "768", "-o", "a.jpg")
    assert (outcome.status, outcome.stdout) == (0, b"")
    jpeg = pi.file("a.jpg")
    assert jpeg[:4] == b"\xff\xd8\xff\xe1"
    assert jpeg[-2:] == b"\xff\xd9"
    assert size_of(jpeg) == (1024, 768)


def test_standard_output_carries_the_photo_and_nothing_else(pi: Pi) -> None:
    outcome = pi.run("rpicam-jpeg", *SMALL, "-o", "-")
    assert outcome.status == 0
    assert outcome.stdout.startswith(b"\xff\xd8\xff\xe1")
    assert outcome.stdout.endswith(b"\xff\xd9")
    assert pi.files() == []


def test_the_exif_data_name_maker_sensor_and_time(pi: Pi) -> None:
    before = time.time()
    pi.run("rpicam-jpeg", *SMALL, "-o", "a.jpg")
    with Image.open(pi.folder / "a.jpg") as picture:
        exif = picture.getexif().get_ifd(EXIF_IFD)
    assert exif[0x010F] == "Raspberry Pi"
    assert exif[0x0110] == "imx708"
    taken = time.mktime(time.strptime(exif[0x0132], "%Y:%m:%d %H:%M:%S"))
    assert before - 1 <= taken <= time.time()


def test_a_photo_holds_a_thumbnail_that_is_a_jpeg_of_its_own(pi: Pi) -> None:
    jpeg = pi.run("rpicam-jpeg", *SMALL, "-o", "-").stdout
    assert jpeg.count(b"\xff\xd8\xff") == 2
    start = jpeg.index(b"\xff\xd8\xff", 2)
    thumbnail = jpeg[start : jpeg.index(b"\xff\xd9") + 2]
    assert size_of(thumbnail) == (320, 240)
    assert int.from_bytes(jpeg[4:6]) + 4 == start + len(thumbnail)


@pytest.mark.parametrize(("thumb", "markers"), [("none", 1), ("160:120:50", 2), ("160:120:0", 1)])
def test_the_thumbnail_can_be_left_out(pi: Pi, thumb: str, markers: int) -> None:
    jpeg = pi.run("rpicam-jpeg", *SMALL, "--thumb", thumb, "-o", "-").stdout
    assert jpeg.count(b"\xff\xd8\xff") == markers


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ("", (4608, 2592)),
        ("--width 641 --height 479", (640, 478)),
        ("--width 99999 --height 240", (4608, 240)),
        ("--width -5 --height 240", (4608, 240)),
        ("--width 640", (640, 2592)),
    ],
)
def test_a_size_is_made_even_and_kept_within_the_sensor(pi: Pi, options: str, size: tuple[int, int]) -> None:
    assert size_of(pi.run("rpicam-jpeg", "-n", "-t", "1", *options.split(), "-o", "-").stdout) == size


def test_the_barcode_tells_the_shot_and_the_time_of_its_exposure(pi: Pi) -> None:
    for number in (1, 2):
        before = time.time_ns() // 1_000_000
        jpeg = pi.run("rpicam-jpeg", *SMALL, "-o", "-").stdout
        seen = scene.read_barcode(jpeg)
        assert seen.number == number
        assert before <= seen.exposed_at <= time.time_ns() // 1_000_000
        assert pi.host.runs()[-1].exposed_at == seen.exposed_at


@pytest.mark.parametrize("options", ["-q 50", "--rotation 180", "--hflip", "--vflip", "--roi 0.25,0.25,0.5,0.5"])
def test_the_barcode_is_read_however_the_picture_is_made(pi: Pi, options: str) -> None:
    jpeg = pi.run("rpicam-jpeg", *SMALL, *options.split(), "-o", "-").stdout
    assert scene.read_barcode(jpeg).number == 1


def test_a_picture_without_a_barcode_is_refused() -> None:
    output = io.BytesIO()
    Image.new("RGB", (320, 240)).save(output, "JPEG")
    with pytest.raises(ValueError, match="no barcode"):
        scene.read_barcode(output.getvalue())


def test_the_exposure_comes_after_the_preview_and_the_start_delay(make_pi: Callable[..., Pi]) -> None:
    pi = make_pi(start_delay=0.4)
    pi.run("rpicam-jpeg", "-n", "-t", "300", "--width", "320", "--height", "240", "-o", "a.jpg")
    run = pi.host.runs()[0]
    assert run.exposed_at is not None
    assert 700 <= run.exposed_at - run.started_at < 3000


def average(pi: Pi, options: str) -> tuple[float, ...]:
    """The average red, green and blue of a photo's upper half."""
    jpeg = pi.run("rpicam-jpeg", *SMALL, *options.split(), "-o", "-").stdout
    with Image.open(io.BytesIO(jpeg)) as picture:
        pixel = picture.resize((1, 1), Image.Resampling.BOX, (0, 0, 320, 120)).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


def test_brightness_and_saturation_change_the_picture(pi: Pi) -> None:
    plain = average(pi, "")
    assert sum(average(pi, "--brightness 0.3")) > sum(plain) + 100
    assert sum(average(pi, "--ev -2")) < sum(plain) / 2
    grey = average(pi, "--saturation 0")
    assert max(grey) - min(grey) <= 2


def test_a_turned_picture_has_its_floor_above(pi: Pi) -> None:
    assert sum(average(pi, "--rotation 180")) < sum(average(pi, "")) - 60
    assert average(pi, "--rotation 180 --hflip --vflip") == pytest.approx(average(pi, ""), abs=4)


def test_a_file_that_exists_is_overwritten_in_place_and_keeps_its_mode(pi: Pi) -> None:
    path = pi.folder / "a.jpg"
    path.write_bytes(b"old" * 100_000)
    path.chmod(0o600)
    inode = path.stat().st_ino
    assert pi.run("rpicam-jpeg", *SMALL, "-o", "a.jpg").status == 0
    assert path.stat().st_ino == inode
    assert path.stat().st_mode & 0o777 == 0o600
    assert size_of(path.read_bytes()) == (320, 240)


@pytest.mark.parametrize("program", ["rpicam-jpeg", "rpicam-still"])
@pytest.mark.parametrize("name", ["nothere/a.jpg", "."])
def test_a_bad_folder_is_told_after_the_exposure(pi: Pi, program: str, name: str) -> None:
    outcome = pi.run(program, *SMALL, "-o", name)
    assert outcome.status == 255
    assert outcome.stderr.endswith(f"Still capture image received\nERROR: *** failed to open file {name} ***\n")


def test_a_full_device_is_told_only_when_more_than_the_last_block_is_lost(pi: Pi) -> None:
    outcome = pi.run("rpicam-jpeg", *SMALL, "-o", "/dev/full")
    assert outcome.status == 255
    assert "failed to write file - output probably corrupt" in outcome.stderr
    tiny = ("-n", "-t", "1", "--width", "32", "--height", "32", "--thumb", "none", "-q", "1")
    assert pi.run("rpicam-jpeg", *tiny, "-o", "/dev/full").status == 0


def test_rpicam_still_without_an_output_previews_and_ends_well(pi: Pi) -> None:
    outcome = pi.run("rpicam-still", "-n", "-t", "1")
    assert outcome.status == 0
    assert pi.host.captures() == []


def test_a_percent_sign_counts_in_rpicam_still_and_is_plain_in_rpicam_jpeg(pi: Pi) -> None:
    pi.run("rpicam-jpeg", *SMALL, "-o", "a%d.jpg")
    pi.run("rpicam-still", *SMALL, "-o", "b%03d.jpg", "--framestart", "7")
    assert pi.files() == ["a%d.jpg", "b007.jpg"]


def test_rpicam_still_cuts_a_long_name(pi: Pi) -> None:
    pi.run("rpicam-still", *SMALL, "-o", "n" * 140)
    assert pi.files() == ["n" * 127]


def test_rpicam_still_names_photos_by_date_or_time(pi: Pi) -> None:
    pi.run("rpicam-still", *SMALL, "--datetime", "-o", ".")
    pi.run("rpicam-still", *SMALL, "--timestamp", "-o", ".")
    by_date, by_time = sorted(pi.files(), key=lambda name: (not name.startswith(time.strftime("%m%d")), name))
    assert len(by_date) == len("MMDDhhmmss.jpg")
    assert abs(int(by_time.removesuffix(".jpg")) - time.time()) < 10


def test_a_time_lapse_takes_photos_until_its_time_is_over(pi: Pi) -> None:
    options = ("-t", "800", "--timelapse", "220", "--width", "320", "--height", "240", "--latest", "latest.jpg")
    outcome = pi.run("rpicam-still", "-n", *options, "-o", "img%d.jpg")
    assert outcome.status == 0
    *photos, latest = pi.files()
    assert photos == [f"img{number}.jpg" for number in range(len(photos))]
    assert 2 <= len(photos) <= 3
    assert latest == "latest.jpg"
    assert (pi.folder / "latest.jpg").readlink().name == photos[-1]


def test_a_dangling_latest_link_fails_after_the_photo_was_saved(pi: Pi) -> None:
    (pi.folder / "latest.jpg").symlink_to("gone.jpg")
    outcome = pi.run("rpicam-still", *SMALL, "--latest", "latest.jpg", "-o", "a.jpg")
    assert outcome.status == 255
    assert pi.file("a.jpg").endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    ("encoding", "begins", "length"),
    [("png", b"\x89PNG", None), ("bmp", b"BM", None), ("yuv420", b"", 115_200), ("rgb", b"", 230_400)],
)
def test_rpicam_still_has_other_encodings(pi: Pi, encoding: str, begins: bytes, length: int | None) -> None:
    data = pi.run("rpicam-still", *SMALL, "-e", encoding, "-o", "-").stdout
    assert data.startswith(begins)
    assert length in (None, len(data))


def test_metadata_are_written_beside_the_photo(pi: Pi) -> None:
    pi.run("rpicam-jpeg", *SMALL, "--shutter", "20000", "--metadata", "m.json", "-o", "a.jpg")
    assert json.loads(pi.file("m.json"))["ExposureTime"] == 20_000


def test_closed_standard_streams_do_no_harm(pi: Pi) -> None:
    command = '"$0" "$@" <&- >&- 2>&-'
    arguments = [str(pi.host.program("rpicam-jpeg")), *SMALL, "-o", str(pi.folder / "a.jpg")]
    status = subprocess.run(["/bin/sh", "-c", command, *arguments], check=False)  # noqa: S603
    assert status.returncode == 0
    assert size_of(pi.file("a.jpg")) == (320, 240)

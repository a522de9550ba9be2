"""A host: what is there, and a photo from it."""

import asyncio
from collections.abc import Sequence

import pytest

from custom_components.pi_security_camera.capture.command import Completed
from custom_components.pi_security_camera.capture.errors import (
    CameraBusy,
    CameraError,
    CameraMemory,
    CameraNotFound,
    CameraStalled,
    CaptureError,
    CommandFailed,
    HostNotSupported,
    NoCamera,
    NotInVideoGroup,
)
from custom_components.pi_security_camera.capture.jpeg import Size
from custom_components.pi_security_camera.capture.rpicam import CameraSettings, ImageSettings, Programs
from custom_components.pi_security_camera.capture.runner_errors import CommandTimeout, ProgramNotFound
from custom_components.pi_security_camera.capture.sensors import Versions
from custom_components.pi_security_camera.host import Host
from custom_components.pi_security_camera.runners import STDOUT_LIMIT, Runner
from tests.capture import listings

from .scripted_runner import PHOTO, Answer, ScriptedRunner

FIRST, SECOND = "/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a", "/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10"
SETTINGS = CameraSettings(
    size=Size(1024, 768), rotation=0, quality=93, settle_time=1, full_view=True, image=ImageSettings()
)
BUSY = Completed(255, b"", "ERROR: *** failed to acquire camera /base/x ***")
PAUSES = (0.02, 0.04)


@pytest.fixture(autouse=True)
def _pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for a busy camera."""
    monkeypatch.setattr("custom_components.pi_security_camera.host._BUSY_PAUSES", PAUSES)


@pytest.fixture
def runner() -> ScriptedRunner:
    """A host with two cameras."""
    return ScriptedRunner(listings.TWO_CAMERAS)


async def test_a_host_tells_its_programs_versions_and_cameras(runner: ScriptedRunner) -> None:
    a_runner: Runner = runner
    report = await Host(a_runner).describe()
    assert report.programs is Programs.RPICAM
    assert report.versions == Versions("v1.12.0", "v0.7.1+rpt20260429+dirty")
    assert [sensor.camera_id for sensor in report.sensors] == [FIRST, SECOND]


async def test_an_old_host_has_the_programs_under_their_old_name() -> None:
    runner = ScriptedRunner(listings.OLD, Programs.LIBCAMERA)
    assert (await Host(runner).describe()).programs is Programs.LIBCAMERA
    assert [command[0] for command in runner.commands] == ["rpicam-jpeg", "libcamera-jpeg", "libcamera-jpeg"]


async def test_a_host_without_the_programs_is_told_by_the_name_of_today(runner: ScriptedRunner) -> None:
    runner.version = ProgramNotFound("libcamera-jpeg")
    runner.programs = Programs.LIBCAMERA
    with pytest.raises(ProgramNotFound) as raised:
        await Host(runner).describe()
    assert raised.value.fields == {"program": "rpicam-jpeg"}


async def test_a_host_that_is_no_pi_says_so_when_asked_for_its_version(runner: ScriptedRunner) -> None:
    text = "ERROR: rpicam-apps currently only supports the Raspberry Pi platforms."
    runner.version = Completed(255, b"", text)
    host = Host(runner)
    with pytest.raises(HostNotSupported):
        await host.describe()
    assert (host.report, host.last_stderr) == (None, text)


async def test_a_host_without_a_camera_can_be_described(runner: ScriptedRunner) -> None:
    runner.listing = Completed(0, listings.NO_CAMERA.encode(), "")
    assert (await Host(runner).describe()).sensors == ()


async def test_a_photo_is_taken_with_the_camera_asked_for(runner: ScriptedRunner) -> None:
    assert await Host(runner).take(SECOND, SETTINGS, 15) is PHOTO
    command = runner.commands[-1]
    assert command[command.index("--camera") + 1] == "1"
    assert command[command.index("--mode") + 1] == "1640:1232"
    assert runner.limits[-1] == 15


async def test_a_second_photo_asks_the_host_nothing_again(runner: ScriptedRunner) -> None:
    """Each question costs a second on a small Pi: the intruder would be gone."""
    host = Host(runner)
    for _ in range(3):
        await host.take(FIRST, SETTINGS, 15)
    assert runner.questions == ["--version", "--list-cameras", "-o", "-o", "-o"]


async def test_after_a_failed_photo_the_cameras_are_asked_for_again(runner: ScriptedRunner) -> None:
    """One that was added or removed has changed the numbers of the others."""
    host = Host(runner)
    runner.photo = Completed(255, b"", "ERROR: *** selected camera is not available ***")
    with pytest.raises(CameraNotFound):
        await host.take(SECOND, SETTINGS, 15)
    assert host.last_stderr == runner.photo.stderr
    runner.listing = Completed(0, listings.TWO_CAMERAS.replace("1 : imx219", "0 : imx219").encode(), "")
    runner.photo = PHOTO
    assert await host.take(SECOND, SETTINGS, 15) is PHOTO
    assert runner.commands[-1][runner.commands[-1].index("--camera") + 1] == "0"


@pytest.mark.parametrize(
    ("failed", "kind"),
    [
        (Completed(255, b"", "dmaHeap allocation failure for rpicam-apps0"), CameraMemory),
        (Completed(255, b"photo", "ERROR: *** no cameras available ***"), NoCamera),
        (Completed(-11, b"", ""), CommandFailed),
    ],
)
async def test_a_command_that_failed_raises_what_it_says_and_is_not_tried_again(
    runner: ScriptedRunner, failed: Completed, kind: type[CameraError]
) -> None:
    host = Host(runner)
    runner.photo = failed
    with pytest.raises(kind):
        await host.take(FIRST, SETTINGS, 15)
    assert runner.questions == ["--version", "--list-cameras", "-o"]
    assert host.report is None


@pytest.mark.parametrize("times", [1, 2])
async def test_a_busy_camera_is_tried_again(runner: ScriptedRunner, times: int) -> None:
    """Another program may have held it for a moment only; what is known of the host stays."""
    runner.photos = [BUSY] * times
    began = asyncio.get_running_loop().time()
    assert await Host(runner).take(FIRST, SETTINGS, 15) is PHOTO
    assert asyncio.get_running_loop().time() - began >= sum(PAUSES[:times]) - 0.001
    assert runner.questions == ["--version", "--list-cameras", *["-o"] * (times + 1)]


async def test_a_camera_that_stays_busy_is_told(runner: ScriptedRunner) -> None:
    host = Host(runner)
    runner.photo = BUSY
    with pytest.raises(CameraBusy):
        await host.take(FIRST, SETTINGS, 15)
    assert runner.questions == ["--version", "--list-cameras", "-o", "-o", "-o"]
    assert host.report is not None
    assert host.last_stderr == BUSY.stderr


async def test_a_camera_that_is_busy_first_and_fails_then_is_not_tried_again(runner: ScriptedRunner) -> None:
    runner.photos = [BUSY, Completed(1, b"", "")]
    with pytest.raises(CommandFailed):
        await Host(runner).take(FIRST, SETTINGS, 15)
    assert not runner.photos


async def test_being_cancelled_while_the_camera_is_busy_ends_the_trying(
    runner: ScriptedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pi_security_camera.host._BUSY_PAUSES", (60,))
    runner.photos = [BUSY]
    task = asyncio.create_task(Host(runner).take(FIRST, SETTINGS, 15))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert runner.questions == ["--version", "--list-cameras", "-o"]
    assert await Host(runner).take(FIRST, SETTINGS, 15) is PHOTO


class SlowRunner(ScriptedRunner):
    """A runner whose photos take a moment; remembers how many it took at once."""

    now = most = 0

    async def run(self, argv: Sequence[str], *, limit: float, stdout_limit: int = STDOUT_LIMIT) -> Completed:
        """Take a moment, then answer."""
        taking = argv[1] == "-o"
        self.now += taking
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02)
        self.now -= taking
        return await super().run(argv, limit=limit, stdout_limit=stdout_limit)


@pytest.mark.parametrize(
    ("identity", "camera_id", "most"), [("local", FIRST, 1), ("local", SECOND, 2), ("pi@shed", FIRST, 2)]
)
async def test_only_who_wants_the_same_camera_of_the_same_host_waits(identity: str, camera_id: str, most: int) -> None:
    """A dialog's test photo and an alert may want one camera at once."""
    runner = SlowRunner(listings.TWO_CAMERAS)
    takes = [
        Host(runner, "local").take(FIRST, SETTINGS, 15),
        Host(runner, identity).take(camera_id, SETTINGS, 15),
    ]
    assert await asyncio.gather(*takes) == [PHOTO, PHOTO]
    assert runner.most == most


async def test_programs_that_an_upgrade_renamed_are_found_again() -> None:
    runner = ScriptedRunner(listings.ONE_CAMERA, Programs.LIBCAMERA)
    host = Host(runner)
    await host.take(FIRST, SETTINGS, 15)
    runner.programs = Programs.RPICAM
    with pytest.raises(ProgramNotFound):
        await host.take(FIRST, SETTINGS, 15)
    assert await host.take(FIRST, SETTINGS, 15) is PHOTO


@pytest.mark.parametrize(("listing", "error"), [(listings.NO_CAMERA, NoCamera), (listings.ONE_CAMERA, CameraNotFound)])
async def test_a_camera_that_is_not_there_is_looked_for_again_the_next_time(
    runner: ScriptedRunner, listing: str, error: type[CaptureError]
) -> None:
    host = Host(runner)
    answer, runner.listing = runner.listing, Completed(0, listing.encode(), "")
    with pytest.raises(error):
        await host.take(SECOND, SETTINGS, 15)
    runner.listing = answer
    assert await host.take(SECOND, SETTINGS, 15) is PHOTO


@pytest.mark.parametrize(
    ("groups", "error"),
    [
        ("1000(pi),44(video)", NoCamera()),
        ("0(root)", NoCamera()),
        ("1000(pi),27(sudo)", NotInVideoGroup("pi")),
        ("1000(pi),4444(videos)", NotInVideoGroup("pi")),
    ],
)
async def test_who_may_not_use_cameras_sees_none_and_is_told_why(
    runner: ScriptedRunner, groups: str, error: CameraError
) -> None:
    runner.listing = Completed(0, listings.NO_CAMERA.encode(), "")
    runner.user = Completed(0, f"uid=1000(pi) gid=1000(pi) groups={groups}\n".encode(), "")
    with pytest.raises(type(error)) as raised:
        await Host(runner).take(FIRST, SETTINGS, 15)
    assert raised.value.fields == error.fields


@pytest.mark.parametrize("answer", [ProgramNotFound("id"), Completed(1, b"", "not here"), Completed(0, b"hello\n", "")])
async def test_a_host_that_does_not_tell_the_users_groups_just_sees_no_camera(
    runner: ScriptedRunner, answer: Answer
) -> None:
    runner.listing = Completed(0, listings.NO_CAMERA.encode(), "")
    runner.user = answer
    with pytest.raises(NoCamera):
        await Host(runner).known()


async def test_several_who_want_to_know_a_host_ask_it_once(runner: ScriptedRunner) -> None:
    host = Host(runner)
    reports = await asyncio.gather(host.known(), host.known(), host.known())
    assert all(report is host.report for report in reports)
    assert runner.questions == ["--version", "--list-cameras"]


async def test_modes_that_were_unknown_while_the_camera_was_busy_are_asked_for_again() -> None:
    """The stopgap is the largest mode, which is slow: it must not stay for ever."""
    runner = ScriptedRunner(listings.BUSY_CAMERA)
    host = Host(runner)
    await host.take(FIRST, SETTINGS, 15)
    runner.listing = Completed(0, listings.ONE_CAMERA.encode(), "")
    await host.take(FIRST, SETTINGS, 15)
    modes = [command[command.index("--mode") + 1] for command in runner.commands if "--mode" in command]
    assert modes == ["4608:2592", "2304:1296"]


async def test_a_sensor_that_sends_no_frames_is_told_from_a_slow_host(runner: ScriptedRunner) -> None:
    host = Host(runner)
    runner.photo = CommandTimeout(15, "ERROR: Device timeout detected, attempting a restart!!!\n")
    with pytest.raises(CameraStalled):
        await host.take(FIRST, SETTINGS, 15)
    runner.photo = CommandTimeout(15, "")
    with pytest.raises(CommandTimeout):
        await host.take(FIRST, SETTINGS, 15)


async def test_output_that_is_no_text_does_no_harm(runner: ScriptedRunner) -> None:
    runner.version = Completed(0, b"\xff\xfe", "")
    runner.listing = Completed(0, b"\xff\n" + listings.ONE_CAMERA.encode(), "")
    report = await Host(runner).describe()
    assert (report.versions, len(report.sensors)) == (Versions("", ""), 1)

"""A host and its camera: what is there, and the command that takes a photo. No Home Assistant here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import re
from weakref import WeakValueDictionary

from .camera_lock import CameraLock
from .capture.command import Completed
from .capture.errors import CameraBusy, CameraError, CameraNotFound, CaptureError, NoCamera, NotInVideoGroup
from .capture.rpicam import CameraSettings, Programs, error_of, error_of_timeout, photo_command, stream_command
from .capture.runner_errors import CommandTimeout, ProgramNotFound, RunnerError
from .capture.sensors import Sensor, Versions, parse_cameras, parse_versions
from .const import LOCAL_HOST
from .runners import Runner, Stream

# A Zero needs a second to load libcamera; one that is still booting may need some more.
_ASK_LIMIT = 10.0
# What it says of four cameras with all their modes stays below. Bytes.
_ANSWER_LIMIT = 64 * 1024
# Who may use a camera: its devices belong to the first group, as Raspberry Pi OS and Ubuntu set them up.
_CAMERA_GROUPS = {"video", "root"}
_NAMES = re.compile(r"\d\(([^()]{1,60})\)")
# A camera that another program holds is often free again at once: the pauses before asking again. Seconds.
_BUSY_PAUSES = (0.5, 1.0)


@dataclass(frozen=True, slots=True)
class HostReport:
    """What a host said of itself: the programs' names and versions, and its cameras."""

    programs: Programs
    versions: Versions
    sensors: tuple[Sensor, ...]

    def __str__(self) -> str:
        return f"{self.programs.photo} {self.versions.rpicam}".strip()


# A camera serves one program at a time, and a dialog's test photo and an alert may want it at once: they wait for each
# other here. By host and libcamera id; a lock lives as long as somebody uses it.
_LOCKS: WeakValueDictionary[tuple[str, str], CameraLock] = WeakValueDictionary()


class Host:
    """One host, reached by its runner; `identity` tells it from others."""

    def __init__(self, runner: Runner, identity: str = LOCAL_HOST) -> None:
        self.runner = runner
        self.identity = identity
        self.report: HostReport | None = None
        """What commands are made by; None when the host is to be asked anew."""
        self._asking = asyncio.Lock()
        self.last_stderr = ""
        """The tail of what the last command said on stderr."""

    async def describe(self) -> HostReport:
        """Ask the host for its programs and cameras.

        Raises RunnerError, and CameraError when the programs do not work there; no camera at all is no error here.
        """
        programs, versions = await self._find_programs()
        listed = await self._ask(programs, "--list-cameras")
        return HostReport(programs, versions, parse_cameras(listed))

    async def known(self) -> HostReport:
        """Return the last report; when there is none, ask. Several who ask get one answer.

        Raises what `describe` raises, and NoCamera or NotInVideoGroup.
        """
        async with self._asking:
            report = self.report = self.report or await self.describe()
        if not report.sensors:
            self.report = None
            raise await self._why_no_camera()
        return report

    async def take(self, camera_id: str, settings: CameraSettings, limit: float) -> Completed:
        """Take a photo with the camera of this libcamera id, within `limit` seconds; rpicam.read_photo reads it.

        A camera that another program holds is asked again, twice. Raises RunnerError and CameraError.
        """
        async with self._camera_lock(camera_id).use():
            for pause in _BUSY_PAUSES:
                with suppress(CameraBusy):
                    return await self._take_once(camera_id, settings, limit)
                await asyncio.sleep(pause)
            return await self._take_once(camera_id, settings, limit)

    @asynccontextmanager
    async def stream(self, camera_id: str, settings: CameraSettings, framerate: float) -> AsyncIterator[Stream]:
        """Keep the camera open and stream its pictures, so many a second, until this context is left.

        Raises RunnerError and CameraError, and CameraWanted when somebody takes a photo with it, which goes before.
        """
        async with self._camera_lock(camera_id).keep():
            programs, sensor = await self._find_camera(camera_id)
            stream: Stream | None = None
            try:
                async with self.runner.stream(stream_command(programs, sensor, settings, framerate)) as stream:
                    yield stream
            except ProgramNotFound:
                self.report = None
                raise
            finally:
                if stream:
                    self.last_stderr = stream.stderr

    def _camera_lock(self, camera_id: str) -> CameraLock:
        return _LOCKS.setdefault((self.identity, camera_id), CameraLock())

    async def _take_once(self, camera_id: str, settings: CameraSettings, limit: float) -> Completed:
        programs, sensor = await self._find_camera(camera_id)
        try:
            completed = await self.runner.run(photo_command(programs, sensor, settings), limit=limit)
        except CommandTimeout as timeout:
            self.last_stderr = timeout.stderr
            raise error_of_timeout(timeout) from None
        except ProgramNotFound:
            # An upgrade may have renamed the programs.
            self.report = None
            raise
        self.last_stderr = completed.stderr
        if completed.exit_status == 0:
            return completed
        raise self.error_of(completed)

    def error_of(self, completed: Completed) -> CaptureError:
        """Return why a camera's command ended that should not have, and ask the host anew before the next one.

        The cameras may have changed, and with them the index that the command takes. While another program holds the
        camera, the host would not tell its modes.
        """
        error = error_of(completed)
        if not isinstance(error, CameraBusy):
            self.report = None
        return error

    async def _find_camera(self, camera_id: str) -> tuple[Programs, Sensor]:
        """Return the programs and the sensor, asking again as long as something about them is unknown."""
        report = await self.known()
        sensor = next((sensor for sensor in report.sensors if sensor.camera_id == camera_id), None)
        if sensor is None:
            self.report = None
            raise CameraNotFound
        if not sensor.settled:
            self.report = None
        return report.programs, sensor

    async def _why_no_camera(self) -> CameraError:
        """Return the reason why the host lists no camera."""
        try:
            answer = await self.runner.run(["id"], limit=_ASK_LIMIT, stdout_limit=_ANSWER_LIMIT)
        except RunnerError:
            # An account that may run nothing but the camera's programs does not tell.
            return NoCamera()
        # uid=1000(pi) gid=1000(pi) groups=1000(pi),44(video)
        user, *groups = _NAMES.findall(answer.stdout.decode(errors="replace")) or [""]
        return NotInVideoGroup(user) if user and not _CAMERA_GROUPS & {*groups} else NoCamera()

    async def _find_programs(self) -> tuple[Programs, Versions]:
        """Return the first of the two names that the host knows, and its versions."""
        missing = None
        for programs in Programs:
            try:
                return programs, parse_versions(await self._ask(programs, "--version"))
            except ProgramNotFound as error:
                missing = missing or error
        assert missing is not None  # noqa: S101 - there are two names, and none was found
        raise missing

    async def _ask(self, programs: Programs, question: str) -> str:
        answer = await self.runner.run([programs.photo, question], limit=_ASK_LIMIT, stdout_limit=_ANSWER_LIMIT)
        if answer.exit_status != 0:
            self.last_stderr = answer.stderr
            raise error_of(answer)
        return answer.stdout.decode(errors="replace")

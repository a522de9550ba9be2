"""One program's hold on a camera: opening, configuring, waiting for frames, exposing."""

import signal
import time
from typing import TYPE_CHECKING, NamedTuple

from simulator import geometry, sensors, state
from simulator.barcode import Barcode
from simulator.console import LIBCAMERA_VERSION, Console, ProgramError
from simulator.geometry import Size
from simulator.request import Request
from simulator.sensors import ModeWish, SensorMode
from simulator.session import Session
from simulator.settings import Fault, Platform
from simulator.trouble import Trouble

if TYPE_CHECKING:
    from simulator.scene import Scene

FRAME = 1 / 30
"""Seconds between the frames of a preview."""

_OPENING = 0.4
"""The part of the start delay that passes until the preview; the rest is the switch
from preview to photo."""

_SLOW_START = 5.0
_DENOISE_MODES = ("auto", "off", "cdn_off", "cdn_fast", "cdn_hq")
_WATCHDOG = 1.0
"""Seconds without a frame after which libcamera reports a time-out."""

_LOOK = 0.25
"""Seconds between looks at the settings during a long preview."""

_TIMEOUT_LINES = (
    "pipeline_base.cpp:1350 Camera frontend has timed out!",
    "pipeline_base.cpp:1351 Please check that your camera sensor connector is attached securely.",
    "pipeline_base.cpp:1352 Alternatively, try another cable and/or sensor.",
)


class Configuration(NamedTuple):
    """What the camera was set to deliver."""

    size: Size
    mode: SensorMode


class Camera:
    """A camera in the hands of one program run."""

    def __init__(self, session: Session, console: Console) -> None:
        """Meet this moment's fault and let libcamera look for cameras."""
        self.trouble = Trouble(session.directory)
        self._session = session
        self._console = console
        self._sensor = sensors.SENSORS["imx708"]
        found = self.trouble.fault not in (Fault.NO_CAMERA, Fault.NOT_IN_VIDEO_GROUP)
        self._names = self.trouble.settings.cameras if found else ()
        self._log_start()

    @property
    def fault(self) -> Fault:
        """What is wrong at this moment."""
        return self.trouble.fault

    @property
    def sensor_name(self) -> str:
        """The name of the sensor in use."""
        return self._sensor.name

    def _identity(self, index: int) -> str:
        """Return the libcamera id of a camera."""
        board = self._session.settings.board
        return sensors.camera_id(self._names[index], index, board)

    def _log_start(self) -> None:
        """Log what libcamera says while it starts."""
        if self.fault is Fault.NO_MEMORY:
            self._console.error("Could not open any dmaHeap device")
        version = f"camera_manager.cpp:340 libcamera {LIBCAMERA_VERSION}"
        self._console.libcamera("INFO", "Camera", version)
        pisp = self._session.settings.board is Platform.PISP
        handler = "rpi/pisp" if pisp else "rpi/vc4"
        for index in range(len(self._names)):
            found = f"Adding camera '{self._identity(index)}' for pipeline handler {handler}"
            line = f"camera_manager.cpp:223 {found}"
            self._console.libcamera("INFO", "Camera", line, thread=3)

    def open(self, index: int) -> None:
        """Lock a camera; raise ProgramError when there is none or it is in use."""
        if not self._names:
            message = "no cameras available"
            raise ProgramError(message)
        if index >= len(self._names):
            message = "selected camera is not available"
            raise ProgramError(message)
        self._sensor = sensors.sensor(self._names[index])
        # The lock lives as long as the process: nothing ever closes its handle.
        is_free = self.fault is not Fault.BUSY and state.lock_camera(self._session.directory, index)
        if not is_free:
            hint = "camera.cpp:1022 Pipeline handler in use by another process"
            self._console.libcamera("INFO", "Camera", hint)
            message = f"failed to acquire camera {self._identity(index)}"
            raise ProgramError(message)
        self._console.log(2, f"Acquired camera {self._identity(index)}")
        _sleep_until(self._session.started + self._start_delay * _OPENING)

    @property
    def _start_delay(self) -> float:
        """Seconds from the process's start to the exposure, preview time not counted."""
        slow = _SLOW_START if self.fault is Fault.SLOW_START else 0
        return self._session.settings.start_delay + slow

    @property
    def switch_time(self) -> float:
        """Seconds from the preview's end to the photo's exposure."""
        return self._start_delay * (1 - _OPENING)

    def configure_viewfinder(self, request: Request) -> Configuration:
        """Set the camera up for a preview of about half the sensor's size."""
        size = geometry.viewfinder_size(self._sensor, request.size)
        return self._configure(request, size, request.viewfinder_mode)

    def configure_still(self, request: Request) -> Configuration:
        """Set the camera up for photos."""
        whole = self._sensor.width, self._sensor.height
        size = request.size[0] or whole[0], request.size[1] or whole[1]
        wish = request.mode
        if wish is None and self._session.settings.bullseye:
            # Before version 1.3 photos used the full mode, whatever their size.
            wish = ModeWish(*whole)
        return self._configure(request, size, wish)

    def configure_video(self, request: Request, colours: str) -> Configuration:
        """Set the camera up for a stream, 640x480 when no size was given."""
        size = request.size[0] or 640, request.size[1] or 480
        return self._configure(request, size, request.mode, colours)

    def _configure(
        self,
        request: Request,
        wanted: Size,
        wish: ModeWish | None,
        colours: str = "sYCC",
    ) -> Configuration:
        """Choose the sensor mode, fit the size to what is possible, and log both."""
        wish = wish or ModeWish(*wanted)
        if request.framerate:
            wish = wish._replace(fps=request.framerate)
        if not request.values.flag("no-raw"):
            self._log_scores(wish)
        mode = sensors.select_mode(self._sensor, wish)
        denoise = request.values.text("denoise")
        if denoise not in _DENOISE_MODES:
            message = f"Invalid denoise mode {denoise}"
            raise ProgramError(message)
        size = geometry.possible_size(self._sensor, wanted)
        self._console.log(1, "Stream configuration adjusted")
        streams = f"(0) {size[0]}x{size[1]}-YUV420/{colours}"
        raw = f"(1) {mode.width}x{mode.height}-{mode.pixels}/RAW"
        line = f"camera.cpp:1217 configuring streams: {streams} {raw}"
        self._console.libcamera("INFO", "Camera", line)
        if self.fault is Fault.NO_MEMORY:
            self._console.error("dmaHeap allocation failure for rpicam-apps0")
            message = "failed to allocate capture buffers for stream"
            raise ProgramError(message)
        self._console.log(2, "Camera started!")
        return Configuration(size, mode)

    def _log_scores(self, wish: ModeWish) -> None:
        """Log the mode selection: the one place where a cropped mode shows."""
        self._console.log(1, f"Mode selection for {wish}")
        for mode in self._sensor.modes:
            rate = f"/{mode.fps:g}" if wish.fps else "/0"
            shape = f"{mode.pixels},{mode.width}x{mode.height}{rate}"
            points = sensors.score(wish, mode)
            self._console.log(1, f"    {shape} - Score: {points:g}")

    def scene(self, request: Request, configuration: Configuration, *, smooth: bool = True) -> Scene:
        """Return what the camera sees when it is set up so."""
        # Pillow is loaded only here: a run that fails, or waits first, is not slowed.
        from simulator.scene import Look, Scene  # noqa: PLC0415

        values = request.values
        look = Look(
            hflip=request.hflip,
            vflip=request.vflip,
            brightness=_clamped(values.real("brightness"), -1, 1),
            contrast=_clamped(values.real("contrast"), 0, 15.99),
            saturation=_clamped(values.real("saturation"), 0, 15.99),
            ev=_clamped(values.real("ev"), -8, 8),
        )
        size = configuration.size
        if self.fault is Fault.WRONG_SIZE:
            size = geometry.even((size[0] // 2, size[1] // 2))
        crop = configuration.mode.crop
        roi = request.roi_on_sensor
        window = geometry.zoomed(crop, roi) if roi else geometry.centred(crop, size)
        view = geometry.view_of(self._sensor, window)
        return Scene(self._sensor.name, size, view, look, smooth=smooth)

    def wait_frame(self, until: float) -> None:
        """Wait for a frame that comes at ``until`` (monotonic); for ever in a stall."""
        while True:
            if self.trouble.stalls:
                self._wait_in_vain()
            elif time.monotonic() >= until:
                return
            else:
                _sleep_until(min(until, time.monotonic() + _LOOK))

    def _wait_in_vain(self) -> None:
        """Wait for a frame until the watchdog and the program report that none came."""
        if self.fault is Fault.STALL_IGNORING_TERM:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _sleep_until(time.monotonic() + _WATCHDOG)
        if self.trouble.stalls:
            for line in _TIMEOUT_LINES:
                self._console.libcamera("ERROR", "RPI", line, thread=3)
            self._console.error("ERROR: Device timeout detected, attempting a restart!!!")

    def wait_early_frame(self, until: float, number: int) -> None:
        """Wait for a stream's frame, which a stall lets through when it is early enough.

        ``number`` counts the frames before it.
        """
        if number >= self.trouble.settings.stall_after:
            self.wait_frame(until)
            return
        _sleep_until(until)
        self.trouble.refresh()

    def expose(self) -> Barcode:
        """Take a photo now; its number counts on over all runs of this Pi."""
        return self.expose_frame(state.next_shot(self._session.directory), report=True)

    def expose_frame(self, number: int, *, report: bool) -> Barcode:
        """Take a frame of this number now; ``report`` records when that was."""
        shown = Barcode(number, time.time_ns() // 1_000_000)
        if report:
            self._session.report(exposed_at=shown.exposed_at)
        return shown


def _clamped(value: float, low: float, high: float) -> float:
    """Return the value within its range; the programs say nothing about values outside."""
    return min(high, max(low, value))


def _sleep_until(moment: float) -> None:
    """Sleep until a moment of monotonic time, also across signals."""
    time.sleep(max(0.0, moment - time.monotonic()))

"""rpicam-hello, rpicam-jpeg and rpicam-still: from the preview to the photo."""

import os
import select
import signal
import time

from simulator.camera import FRAME, Camera, Configuration
from simulator.console import Console
from simulator.photographer import Photographer
from simulator.request import Request

_KEY_POLL = 0.01
"""Seconds between looks at the trigger while --immediate waits, the camera stopped."""


def run_jpeg(camera: Camera, request: Request, console: Console) -> None:
    """rpicam-jpeg: preview for -t, one photo, end. No signal is handled."""
    camera.open(request.values.number("camera"))
    camera.configure_viewfinder(request)
    started = time.monotonic()
    if not request.timeout:
        _preview_for_ever(camera)
    camera.wait_frame(started + request.timeout)
    configuration = camera.configure_still(request)
    due = started + max(0.0, request.timeout) + camera.switch_time
    photographer = Photographer(camera, request, console)
    photographer.shoot(configuration, due, request.output)
    photographer.finish()


def _preview_for_ever(camera: Camera) -> None:
    """Preview without end: rpicam-jpeg with -t 0 never takes a photo."""
    while True:
        camera.wait_frame(time.monotonic() + FRAME)


def run_hello(camera: Camera, request: Request, _console: Console) -> None:
    """rpicam-hello: preview for -t, end."""
    camera.open(request.values.number("camera"))
    camera.configure_viewfinder(request)
    started = time.monotonic()
    if not request.timeout:
        _preview_for_ever(camera)
    camera.wait_frame(started + request.timeout)


class Trigger:
    """What asks rpicam-still for a photo besides time: signals and keys."""

    def __init__(self, request: Request, console: Console) -> None:
        """Catch SIGUSR1 and SIGUSR2 from now on, wanted or not."""
        self._console = console
        self._by_signal = request.values.flag("signal")
        self._by_key = request.values.flag("keypress")
        self._received = 0
        signal.signal(signal.SIGUSR1, self._on_signal)
        signal.signal(signal.SIGUSR2, self._on_signal)

    @property
    def is_used(self) -> bool:
        """Whether the program waits for signals or keys."""
        return self._by_signal or self._by_key

    def _on_signal(self, number: int, _frame: object) -> None:
        """Remember the last signal: one, not how many."""
        self._received = number
        self._console.log(1, f"Received signal {number}")

    def key(self) -> str:
        """Return what came since the last call: "photo", "quit" or nothing."""
        key = self._pressed_key() if self._by_key else ""
        if self._by_signal:
            received, self._received = self._received, 0
            if received == signal.SIGUSR1:
                return "photo"
            if received == signal.SIGUSR2:
                return "quit"
        return key

    @staticmethod
    def _pressed_key() -> str:
        """Read a line of standard input when one waits: x quits, Enter is a photo."""
        ready, _, _ = select.select([0], [], [], 0)
        line = os.read(0, 4096) if ready else b""
        if line[:1] in (b"x", b"X"):
            return "quit"
        return "photo" if line[:1] == b"\n" else ""


def run_still(camera: Camera, request: Request, console: Console) -> None:
    """rpicam-still: preview, then a photo when time, a signal or a key says so."""
    camera.open(request.values.number("camera"))
    trigger = Trigger(request, console)
    photographer = Photographer(camera, request, console, request.values.text("encoding"))
    if request.values.flag("immediate"):
        _shoot_immediately(camera, request, trigger, photographer)
    else:
        _StillLoop(camera, request, trigger, photographer).run()
    photographer.finish()


def _shoot_immediately(camera: Camera, request: Request, trigger: Trigger, photographer: Photographer) -> None:
    """Take one photo without a preview; with a trigger, wait for it first."""
    configuration = camera.configure_still(request)
    while trigger.is_used:
        key = trigger.key()
        if key == "quit":
            return
        if key == "photo":
            break
        time.sleep(_KEY_POLL)
    due = time.monotonic() + camera.switch_time
    name = photographer.next_name() if _has_output(request) else ""
    photographer.shoot(configuration, due, name)
    photographer.link_latest(name)


def _has_output(request: Request) -> bool:
    """Whether photos are wanted at all; without, the program only previews."""
    values = request.values
    return bool(request.output) or values.flag("datetime") or values.flag("timestamp")


class _StillLoop:
    """rpicam-still's loop over the frames of the preview."""

    _LEAST_FRAMES = 6
    """At least this many preview frames lie between the photos of a time lapse."""

    def __init__(
        self,
        camera: Camera,
        request: Request,
        trigger: Trigger,
        photographer: Photographer,
    ) -> None:
        self._camera = camera
        self._request = request
        self._trigger = trigger
        self._photographer = photographer
        self._zero_lag = request.values.flag("zsl")
        self._still: Configuration | None = None

    def run(self) -> None:
        """Run until the last photo, the time-out or SIGUSR2."""
        self._configure_preview()
        started = time.monotonic()
        if self._zero_lag:
            # The camera starts in its slow full mode; no switch follows later.
            started += self._camera.switch_time
        last_photo = started
        frames = 0
        while True:
            self._camera.wait_frame(self._next_frame(started, frames))
            frames += 1
            key = self._trigger.key()
            now = time.monotonic()
            timed_out = self._request.timeout != 0 and now >= started + self._request.timeout
            lapsed = (
                self._request.timelapse != 0
                and now > last_photo + self._request.timelapse
                and frames >= self._LEAST_FRAMES
            )
            if key == "quit" or (timed_out and self._ends_without_photo(key)):
                return
            if key == "photo" or timed_out or lapsed:
                if not _has_output(self._request):
                    return
                last_photo, frames = now, 0
                self._shoot()
                if not (self._request.timelapse or self._trigger.is_used):
                    return

    def _next_frame(self, started: float, frames: int) -> float:
        """When the next frame comes: at once after a start, else at the preview's rate.

        The frame that ends the preview comes in time, so that short runs stay short.
        """
        due = time.monotonic() + (FRAME if frames else 0)
        if self._request.timeout > 0:
            due = min(due, max(started + self._request.timeout, time.monotonic()))
        return max(started, due)

    def _ends_without_photo(self, key: str) -> bool:
        """Whether a time-out ends the run: it takes no photo where others ask for it."""
        return bool(self._request.timelapse) or (self._trigger.is_used and not key)

    def _configure_preview(self) -> None:
        """Set up the preview; with --zsl it runs in the photo's own mode."""
        if self._zero_lag:
            self._still = self._camera.configure_still(self._request)
        else:
            self._camera.configure_viewfinder(self._request)

    def _shoot(self) -> None:
        """Take one photo and go back to the preview."""
        name = self._photographer.next_name()
        due = time.monotonic()
        if self._zero_lag and self._still:
            self._photographer.shoot(self._still, due, name)
        else:
            configuration = self._camera.configure_still(self._request)
            due += self._camera.switch_time
            self._photographer.shoot(configuration, due, name)
        self._photographer.link_latest(name)
        if (self._request.timelapse or self._trigger.is_used) and not self._zero_lag:
            self._camera.configure_viewfinder(self._request)

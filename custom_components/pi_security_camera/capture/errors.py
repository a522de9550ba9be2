"""Everything that can go wrong with a capture; runner_errors draws how a command fails, which is a branch of it.

CaptureError
├── CameraError                 the program ran and failed
│   ├── NoCamera                the host sees no camera at all
│   ├── NotInVideoGroup         and the user may not look
│   ├── CameraNotFound          it sees others, but not ours
│   ├── CameraBusy              another program holds the camera
│   ├── CameraStalled           the sensor sends no frames
│   ├── CameraMemory            no memory for the picture
│   ├── HostNotSupported        no Raspberry Pi, or the legacy camera stack
│   ├── OptionRefused           the program does not know one of our options
│   └── CommandFailed           any other exit status
├── NotAPhoto                   the program ended well, but its output is no photo
│   ├── PhotoEmpty
│   ├── PhotoBroken
│   └── PhotoWrongSize
├── StorageError                the photo or clip could not be kept, or not be read
│   ├── StorageFull
│   ├── StorageReadOnly
│   ├── StorageNotAllowed
│   ├── StorageMissing
│   ├── StorageSilent           the directory does not answer
│   └── StorageFailed
├── ClipError                   there is no clip, or no whole one
│   ├── ClipEncoderMissing      there is no encoder here
│   ├── ClipEmpty               there was no frame that could be decoded
│   ├── ClipNotMade             the encoder failed
│   └── ClipBroken              the file is no MP4, or not a whole one
├── CaptureStopped              Home Assistant stopped, or the entry was unloaded, in the middle
├── CaptureDisarmed             the camera was disarmed in the middle
└── CaptureFault                a mistake in this integration

An error carries what happened as fields, never as prose: texts are made, in the user's language, at the border to
Home Assistant.
"""

# What a host says may be of any length, and hold anything; it goes into states, logs and dialogs. Characters.
_MAX_TEXT = 200


def one_line(text: str) -> str:
    """Return what a host said as one short line that can be printed."""
    return "".join(each if each.isprintable() else " " for each in text.strip()[:_MAX_TEXT])


class CaptureError(Exception):
    """What every failure of a capture is; `fields` are its facts, by name, for texts and diagnostics."""

    def __init__(self, **fields: str) -> None:
        super().__init__(", ".join(f"{name}: {value}" for name, value in fields.items()))
        self.fields = fields


class CameraError(CaptureError):
    """The program ran and failed."""


class NoCamera(CameraError):
    """The host sees no camera at all."""


class NotInVideoGroup(CameraError):
    """The host sees no camera, and `username`, who looks for one, is not in the group that may use it."""

    def __init__(self, username: str) -> None:
        super().__init__(username=one_line(username))


class CameraNotFound(CameraError):
    """The host sees cameras, but not the one that was set up."""


class CameraBusy(CameraError):
    """Another program holds the camera: libcamera lends it to one process at a time."""


class CameraStalled(CameraError):
    """The sensor sends no frames: rpicam then restarts it for ever and never ends by itself."""


class CameraMemory(CameraError):
    """The host has no contiguous memory left for the picture."""


class HostNotSupported(CameraError):
    """The host is no Raspberry Pi to rpicam, or runs the legacy camera stack."""

    def __init__(self, text: str) -> None:
        super().__init__(text=one_line(text))


class OptionRefused(CameraError):
    """The program does not know, or does not accept, one of our options."""

    def __init__(self, text: str) -> None:
        super().__init__(text=one_line(text))


class CommandFailed(CameraError):
    """The program ended with `exit_status`; `text` is its last word on stderr."""

    def __init__(self, exit_status: int, text: str) -> None:
        super().__init__(exit_status=str(exit_status), text=one_line(text))


class NotAPhoto(CaptureError):
    """The program ended well, but its output is no photo."""


class PhotoEmpty(NotAPhoto):
    """The output is empty."""


class PhotoBroken(NotAPhoto):
    """The output is no JPEG, or not a whole one; `problem` says, for diagnostics, where reading it ended."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem=problem)


class PhotoWrongSize(NotAPhoto):
    """The picture is whole, but not of the size asked for (both as `WIDTHxHEIGHT`, pixels)."""

    def __init__(self, got: str, wanted: str) -> None:
        super().__init__(got=got, wanted=wanted)


class StorageError(CaptureError):
    """The photo or clip could not be kept in `path`, or not be read there."""

    def __init__(self, path: str, **more: str) -> None:
        super().__init__(path=path, **more)


class StorageFull(StorageError):
    """No room is left, or the quota is used up."""


class StorageReadOnly(StorageError):
    """The file system is read-only."""


class StorageNotAllowed(StorageError):
    """Home Assistant may not write there."""


class StorageMissing(StorageError):
    """The directory is gone, or is no directory."""


class StorageSilent(StorageError):
    """The directory did not answer within `seconds`, as a network share that is away."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__(path, seconds=f"{seconds:g}")


class StorageFailed(StorageError):
    """Any other error of the file system; `text` is the system's own word."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(path, text=text)


class ClipError(CaptureError):
    """The frames of a stream could not be made into a clip, or a file is none."""


class ClipEncoderMissing(ClipError):
    """There is no encoder: the library for video is missing, or was built without it."""


class ClipEmpty(ClipError):
    """There was no frame that could be decoded."""


class ClipNotMade(ClipError):
    """The encoder failed; `text` is its own word."""

    def __init__(self, text: str) -> None:
        super().__init__(text=one_line(text))


class ClipBroken(ClipError):
    """The clip is no MP4, or not a whole one; `problem` says, for diagnostics, where reading it ended."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem=problem)


class CaptureStopped(CaptureError):
    """Home Assistant stopped, or the entry was unloaded, in the middle of the capture."""


class CaptureDisarmed(CaptureError):
    """The camera was disarmed while an alert's photo was on its way: it is not taken."""


class CaptureFault(CaptureError):
    """A mistake in this integration: the log holds it. The alert has its outcome all the same."""

"""From capture errors to what a user reads: one table, for flows, actions, states and events alike."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_cached_translations

from .capture import errors, runner_errors
from .capture.errors import CaptureError
from .const import DOMAIN

KEYS: dict[type[CaptureError], str] = {
    runner_errors.ProgramNotFound: "program_not_found",
    runner_errors.CommandNotStarted: "command_not_started",
    runner_errors.CommandTimeout: "command_timeout",
    runner_errors.OutputTooLarge: "output_too_large",
    runner_errors.HostNameNotFound: "host_name_not_found",
    runner_errors.HostPortClosed: "host_port_closed",
    runner_errors.HostTimedOut: "host_timed_out",
    runner_errors.HostConnectionLost: "host_connection_lost",
    runner_errors.HostFailed: "host_failed",
    runner_errors.PasswordRefused: "password_refused",
    runner_errors.KeyRefused: "key_refused",
    runner_errors.PasswordNotAllowed: "password_not_allowed",
    runner_errors.HostKeyChanged: "host_key_changed",
    runner_errors.KeyUnreadable: "key_unreadable",
    runner_errors.PassphraseMissing: "passphrase_missing",
    runner_errors.PassphraseWrong: "passphrase_wrong",
    runner_errors.CommandsRefused: "commands_refused",
    errors.NoCamera: "no_camera",
    errors.NotInVideoGroup: "not_in_video_group",
    errors.CameraNotFound: "camera_not_found",
    errors.CameraBusy: "camera_busy",
    errors.CameraStalled: "camera_stalled",
    errors.CameraMemory: "camera_memory",
    errors.HostNotSupported: "host_not_supported",
    errors.OptionRefused: "option_refused",
    errors.CommandFailed: "command_failed",
    errors.PhotoEmpty: "photo_empty",
    errors.PhotoBroken: "photo_broken",
    errors.PhotoWrongSize: "photo_wrong_size",
    errors.StorageFull: "storage_full",
    errors.StorageReadOnly: "storage_read_only",
    errors.StorageNotAllowed: "storage_not_allowed",
    errors.StorageMissing: "storage_missing",
    errors.StorageSilent: "storage_silent",
    errors.StorageFailed: "storage_failed",
    errors.ClipEncoderMissing: "clip_encoder_missing",
    errors.ClipEmpty: "clip_empty",
    errors.ClipNotMade: "clip_not_made",
    errors.ClipBroken: "clip_broken",
    errors.CaptureStopped: "capture_stopped",
    errors.CaptureDisarmed: "capture_disarmed",
    errors.CaptureFault: "capture_fault",
}


def key_of(error: CaptureError) -> str:
    """Return the error's translation key, below `exceptions` and below `config.error`."""
    return KEYS[type(error)]


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise a capture error as Home Assistant's, which tells whoever waits in their own language."""
    try:
        yield
    except CaptureError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key=key_of(error), translation_placeholders=error.fields
        ) from error


def message_of(hass: HomeAssistant, error: CaptureError) -> str:
    """Return the error's text in Home Assistant's language: events and the log have no user whose it were."""
    key = f"component.{DOMAIN}.exceptions.{key_of(error)}.message"
    texts = async_get_cached_translations(hass, hass.config.language, "exceptions", DOMAIN)
    return texts.get(key, key_of(error)).format(**error.fields)

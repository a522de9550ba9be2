"""The integration's own runners, names and comments, used without a Home Assistant."""

from collections.abc import AsyncIterator
import contextlib
import logging

# The package imports Home Assistant's camera, which complains of a library that nobody needs here.
logging.getLogger("homeassistant.components.camera.img_util").setLevel(logging.CRITICAL + 1)

from custom_components.pi_security_camera.capture.errors import CaptureError  # noqa: E402 - after the silence
from custom_components.pi_security_camera.capture.jpeg import Size, insert_comment, strip  # noqa: E402
from custom_components.pi_security_camera.capture.note import read_note  # noqa: E402
from custom_components.pi_security_camera.capture.photo import (  # noqa: E402
    Cause,
    modified_ns,
    photo_name,
    write_comment,
)
from custom_components.pi_security_camera.capture.rpicam import (  # noqa: E402
    CameraSettings,
    ImageSettings,
    photo_command,
    read_photo,
)
from custom_components.pi_security_camera.capture.sensors import parse_cameras  # noqa: E402
from custom_components.pi_security_camera.const import (  # noqa: E402
    DEFAULT_HEIGHT,
    DEFAULT_QUALITY,
    DEFAULT_ROTATION,
    DEFAULT_SETTLE_TIME,
    DEFAULT_TIMEOUT,
    DEFAULT_WIDTH,
)
from custom_components.pi_security_camera.host import Host  # noqa: E402
from custom_components.pi_security_camera.runners import Runner  # noqa: E402
from custom_components.pi_security_camera.runners.local import LocalRunner  # noqa: E402
from custom_components.pi_security_camera.runners.ssh import SshHosts  # noqa: E402
from custom_components.pi_security_camera.runners.ssh_keys import make_key_pair, public_line  # noqa: E402
from custom_components.pi_security_camera.runners.ssh_login import SshSettings  # noqa: E402
from custom_components.pi_security_camera.runners.ssh_stream import MARKER  # noqa: E402

from .ports import LOOPBACK  # noqa: E402
from .ssh_host import USERNAME, SshHost  # noqa: E402

__all__ = [
    "MARKER",
    "PHOTO",
    "PHOTO_LIMIT",
    "CaptureError",
    "Cause",
    "Host",
    "LocalRunner",
    "Runner",
    "insert_comment",
    "make_key_pair",
    "modified_ns",
    "parse_cameras",
    "photo_command",
    "photo_name",
    "read_note",
    "read_photo",
    "ssh_runner",
    "strip",
    "write_comment",
]

PHOTO = CameraSettings(
    size=Size(DEFAULT_WIDTH, DEFAULT_HEIGHT),
    rotation=DEFAULT_ROTATION,
    quality=DEFAULT_QUALITY,
    settle_time=DEFAULT_SETTLE_TIME,
    full_view=True,
    image=ImageSettings(),
)
"""The photo that a camera takes whose settings nobody has changed."""

PHOTO_LIMIT = float(DEFAULT_TIMEOUT)
"""How long it may take, in seconds."""


@contextlib.asynccontextmanager
async def ssh_runner(host: SshHost, port: int | None = None) -> AsyncIterator[Runner]:
    """Authorise a new key on a running host and yield a runner that uses it, by way of another port if one is given."""
    private_key, public_key = await make_key_pair()
    with host.authorized_keys.open("a", encoding="ascii") as keys:
        keys.write(public_key + "\n")
    settings = SshSettings(LOOPBACK, USERNAME, public_line(host.host_key), port or host.port, private_key=private_key)
    runner = SshHosts().runner(settings)
    try:
        yield runner
    finally:
        await runner.close()

"""The camera of a simulated Raspberry Pi, set up over SSH as a person would."""

from collections.abc import Mapping
from dataclasses import dataclass
import os

from .camera import CAMERA_NAME
from .client import Client
from .entities import DOMAIN
from .flows import Deed, Placeholders, run_flow
from .ports import LOOPBACK
from .progress import LabError, progress
from .sensor import TOPIC
from .ssh_host import USERNAME, SshHost

CHOICES: Mapping[str, str] = {"user": "ssh", "test_photo": "trigger"}
"""The way through the config flow's menus."""


@dataclass(frozen=True, slots=True)
class SshCamera:
    """A camera on another machine, which lets Home Assistant in by a key that Home Assistant makes itself."""

    host: SshHost

    def __str__(self) -> str:
        return "a simulated camera behind SSH"

    @property
    def topics(self) -> tuple[str, ...]:
        """The topic of its motion trigger."""
        return (TOPIC,)

    def environment(self) -> dict[str, str]:
        """Return an environment without the camera's programs: they are on the other machine."""
        return dict(os.environ)

    async def set_up(self, client: Client) -> None:
        """Set it up: authorise the key on the Pi, compare the Pi's fingerprint. Raises LabError."""
        await run_flow(
            client,
            DOMAIN,
            choices=CHOICES,
            answers={**login_of(self.host.port), "name": CAMERA_NAME, "topic": TOPIC},
            deeds={
                "authorize_key": self._authorize_key,
                "host_key": confirming(self.host.host_key.get_fingerprint()),
            },
        )

    async def _authorize_key(self, placeholders: Placeholders) -> None:
        """Run the line that the dialog shows on the Pi."""
        progress(f"Authorising Home Assistant's key as {self.host} ...")
        await self.host.run_as_user(placeholders["command"])


def login_of(port: int) -> dict[str, str | int]:
    """Return the answers that name the Pi and its user."""
    return {"host": LOOPBACK, "port": port, "username": USERNAME}


def confirming(fingerprint: str) -> Deed:
    """Return the deed of a person who knows the host key's fingerprint and compares it with the one shown."""

    async def confirm(placeholders: Placeholders) -> None:
        shown = placeholders["fingerprint"]
        if shown != fingerprint:
            message = f"Home Assistant shows another host key ({shown}) than the server has ({fingerprint})"
            raise LabError(message)

    return confirm

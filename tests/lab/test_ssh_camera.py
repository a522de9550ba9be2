"""Setting a camera up over SSH, as a person would."""

from typing import cast

import pytest

from scripts.lab.client import Client, Json
from scripts.lab.progress import LabError
from scripts.lab.ssh_camera import SshCamera, confirming
from scripts.lab.ssh_host import SshHost

from .test_flows import ScriptedClient

KEY = "ssh-ed25519 AAAA pi_security_camera"


def steps(fingerprint: str) -> list[Json]:
    names = ("host", "port", "username", "password", "private_key")
    command = f"echo '{KEY}' >> ~/.ssh/authorized_keys"
    return [
        {"type": "menu", "step_id": "user"},
        {"type": "form", "step_id": "ssh", "data_schema": [{"name": name} for name in names]},
        {"type": "progress", "step_id": "reach_host"},
        {"type": "form", "step_id": "authorize_key", "description_placeholders": {"command": command}},
        {
            "type": "form",
            "step_id": "host_key",
            "description_placeholders": {"fingerprint": fingerprint, "host": "127.0.0.1"},
        },
        {"type": "create_entry"},
    ]


async def test_the_key_is_authorised_on_the_pi_and_the_fingerprint_compared(far_pi: SshHost) -> None:
    far_pi.make()
    client = ScriptedClient(*steps(far_pi.host_key.get_fingerprint()))
    await SshCamera(far_pi).set_up(cast("Client", client))
    assert client.bodies[1:] == [
        {"next_step_id": "ssh"},
        {"host": "127.0.0.1", "port": far_pi.port, "username": "pi"},
        None,
        {},
        {},
    ]
    assert far_pi.authorized_keys.read_text() == KEY + "\n"


async def test_another_host_key_is_not_confirmed(far_pi: SshHost) -> None:
    """Somebody else would be listening there."""
    far_pi.make()
    client = ScriptedClient(*steps("SHA256:another"))
    with pytest.raises(LabError, match="SHA256:another"):
        await SshCamera(far_pi).set_up(cast("Client", client))
    # The form with the fingerprint was shown, and not submitted.
    assert len(client.bodies) == len(steps("")) - 1


async def test_the_same_fingerprint_is_confirmed() -> None:
    await confirming("SHA256:a")({"fingerprint": "SHA256:a"})


def test_home_assistant_does_not_find_the_cameras_programs(far_pi: SshHost) -> None:
    assert str(far_pi.programs) not in SshCamera(far_pi).environment()["PATH"]

"""Setting up a camera on another machine: the ways to get in."""

import asyncio
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from simulator import SimulatedHost

from .conftest import CAMERA_ID, alert, photos, state_of, until
from .dialogs import Dialog
from .runners.ssh_servers import USER_KEY, locked_text, private_text, public_text
from .ssh import SshPi, finish, host_form, silent_server

PASSWORD = " two words "  # noqa: S105


async def test_the_dialog_goes_from_the_host_over_its_fingerprint_and_a_test_photo_to_a_camera_that_listens(
    hass: HomeAssistant, ssh_server: SshPi, announced: None
) -> None:
    dialog = await (await Dialog.set_up(hass)).choose("ssh")
    assert (dialog.step, dialog.errors) == ("ssh", {})
    assert dialog.filled_in == {"port": 22, "username": "pi"}
    await dialog.submit(host="127.0.0.1", port=float(ssh_server.port), private_key=private_text(USER_KEY))
    assert (dialog.step, dialog.told) == ("host_key", {"host": "127.0.0.1", "fingerprint": ssh_server.fingerprint})
    assert ssh_server.logins == 0
    await dialog.submit()
    assert (dialog.step, dialog.told["programs"]) == ("camera", "rpicam-jpeg v1.12.0")
    entry = await finish(hass, dialog, name="Front door", width=800, height=600)

    assert dialog.progress == ["reach_host", "ask_host", "take_test_photo"]
    directory = hass.config.path("media/pi_security_camera/front_door")
    assert (entry.title, entry.unique_id) == ("Front door", f"{ssh_server.fingerprint}:{CAMERA_ID}")
    assert entry.data == {
        "camera": CAMERA_ID,
        "sensor": "imx708",
        "width": 800,
        "height": 600,
        "rotation": 0,
        "photo_dir": directory,
        "host": "127.0.0.1",
        "port": ssh_server.port,
        "username": "pi",
        "host_key": public_text(ssh_server.host_key),
        "private_key": private_text(USER_KEY).strip(),
    }
    assert type(entry.data["port"]) is int
    await alert(hass)
    assert len(photos(Path(directory))) == 1
    assert state_of(hass, "binary_sensor.front_door_host").state == "on"


async def test_a_password_is_enough_and_is_taken_as_it_was_typed(hass: HomeAssistant, ssh_server: SshPi) -> None:
    ssh_server.password = PASSWORD
    dialog = await host_form(hass, ssh_server, password=PASSWORD)
    await dialog.submit()
    entry = await finish(hass, dialog)

    assert entry.data["password"] == PASSWORD
    assert not {"private_key", "passphrase"} & entry.data.keys()
    await alert(hass)
    assert len(photos(Path(entry.data["photo_dir"]))) == 1


async def test_blanks_around_host_user_and_key_are_no_part_of_them(hass: HomeAssistant, ssh_server: SshPi) -> None:
    dialog = await (await Dialog.set_up(hass)).choose("ssh")
    pasted = "\r\n".join(f"  {line} " for line in private_text(USER_KEY).splitlines())
    await dialog.submit(host=" 127.0.0.1\t", port=ssh_server.port, username=" pi ", private_key=f"\n{pasted}\n\n")
    assert (dialog.step, dialog.told["host"]) == ("host_key", "127.0.0.1")
    await dialog.submit()
    entry = await finish(hass, dialog)
    assert (entry.data["host"], entry.data["username"]) == ("127.0.0.1", "pi")


async def test_a_passphrase_is_asked_only_for_a_key_that_has_one_and_not_twice(
    hass: HomeAssistant, ssh_server: SshPi
) -> None:
    """What was typed is not lost because the Pi was switched off."""
    await ssh_server.stop()
    dialog = await host_form(hass, ssh_server, private_key=locked_text())
    assert (dialog.step, dialog.errors, dialog.filled_in) == ("passphrase", {}, {})
    await dialog.submit(passphrase="")
    assert (dialog.step, dialog.errors) == ("passphrase", {"passphrase": "passphrase_missing"})
    await dialog.submit(passphrase="shut")  # noqa: S106
    assert (dialog.step, dialog.errors, dialog.filled_in) == ("passphrase", {"passphrase": "passphrase_wrong"}, {})
    assert dialog.progress == []
    await dialog.submit(passphrase="open")  # noqa: S106
    assert (dialog.step, dialog.errors) == ("ssh", {"port": "host_port_closed"})
    await ssh_server.start()
    await dialog.submit()
    assert dialog.step == "host_key"
    await dialog.submit()
    entry = await finish(hass, dialog)
    assert (entry.data["private_key"], entry.data["passphrase"]) == (locked_text().strip(), "open")


async def test_closing_the_dialog_while_the_host_is_asked_leaves_nothing_there(
    hass: HomeAssistant, ssh_server: SshPi, pi: SimulatedHost
) -> None:
    """A program that hangs would stay, and with it the camera that it holds."""
    pi.program("rpicam-jpeg").write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    dialog = await host_form(hass, ssh_server, private_key=private_text(USER_KEY))
    shown = await hass.config_entries.flow.async_configure(dialog.flow_id, {})
    assert (shown["type"], shown["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "ask_host")
    await until(lambda: any("sleep" in process for process in ssh_server.processes()))
    dialog.close()
    await until(lambda: not ssh_server.processes() and not ssh_server.connections())
    await hass.async_block_till_done()


@pytest.mark.parametrize("seconds", [0, 0.02, 0.1])
async def test_closing_the_dialog_before_anything_was_announced_leaves_nothing_there_either(
    hass: HomeAssistant, ssh_server: SshPi, pi: SimulatedHost, seconds: float
) -> None:
    pi.program("rpicam-jpeg").write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    dialog = await host_form(hass, ssh_server, private_key=private_text(USER_KEY))
    submitting = asyncio.ensure_future(hass.config_entries.flow.async_configure(dialog.flow_id, {}))
    await asyncio.sleep(seconds)
    dialog.close()
    await asyncio.gather(submitting, return_exceptions=True)
    await hass.async_block_till_done()
    await until(lambda: not ssh_server.processes() and not ssh_server.connections())


async def test_closing_the_dialog_while_the_host_is_looked_for_ends_that(
    hass: HomeAssistant, ssh_server: SshPi
) -> None:
    silent = await silent_server()
    dialog = await (await Dialog.set_up(hass)).choose("ssh")
    typed = ssh_server.typed | {"port": silent.sockets[0].getsockname()[1]}
    shown = await hass.config_entries.flow.async_configure(dialog.flow_id, typed)
    assert (shown["type"], shown["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "reach_host")
    dialog.close()
    await hass.async_block_till_done()
    silent.close()
    # It waits for those who are connected still.
    await asyncio.wait_for(silent.wait_closed(), 5)

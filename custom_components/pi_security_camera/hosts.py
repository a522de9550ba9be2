"""The cameras' hosts: how an entry's is opened, what tells one from another, and what several cameras share."""

from dataclasses import replace

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import CONF_CAMERA, DOMAIN, LOCAL_HOST
from .host import Host
from .options import read_ssh, with_ssh
from .runners.local import LocalRunner
from .runners.ssh import SshHosts
from .runners.ssh_connection import OnChange
from .runners.ssh_keys import fingerprint_of
from .runners.ssh_login import SshSettings

_SSH_HOSTS: HassKey[SshHosts] = HassKey(f"{DOMAIN}_ssh_hosts")


@callback
def shared_ssh_hosts(hass: HomeAssistant) -> SshHosts:
    """Return the hosts whose connections the cameras that are set up share."""
    return hass.data.setdefault(_SSH_HOSTS, SshHosts())


def open_host(hosts: SshHosts, ssh: SshSettings | None, on_change: OnChange | None = None) -> Host:
    """Return the host that these settings lead to; closing its runner ends what it keeps open."""
    if ssh is None:
        return Host(LocalRunner())
    return Host(hosts.runner(ssh, on_change), host_identity(ssh))


def host_identity(ssh: SshSettings | None) -> str:
    """Return what tells a host from others: its own key, which stays when its name or address changes."""
    return fingerprint_of(ssh.host_key) if ssh else LOCAL_HOST


def camera_unique_id(ssh: SshSettings | None, camera_id: str) -> str:
    """Return the unique id of the entry for a host's camera."""
    return f"{host_identity(ssh)}:{camera_id}"


@callback
def find_camera_of(hass: HomeAssistant, ssh: SshSettings | None, camera_id: str) -> ConfigEntry | None:
    """Return the entry of a host's camera; None when it is not set up."""
    return hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, camera_unique_id(ssh, camera_id))


@callback
def find_login(hass: HomeAssistant, host_key: str, username: str) -> SshSettings | None:
    """Return the settings with which a camera that is set up reaches this host as this user."""
    return next((ssh for _, ssh in _cameras_of(hass, host_key) if ssh.username == username), None)


@callback
def find_pinned(hass: HomeAssistant, host: str, port: int) -> SshSettings | None:
    """Return the settings of a camera that is running and whose host has this address."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if (ssh := read_ssh(entry.data)) and (ssh.host, ssh.port) == (host, port):
            return ssh
    return None


@callback
def is_confirmed(hass: HomeAssistant, host_key: str) -> bool:
    """Say whether the user has confirmed this host key for a camera that is set up."""
    return bool(_cameras_of(hass, host_key))


@callback
def pin_host_key(hass: HomeAssistant, before: str, after: str) -> None:
    """Let the cameras of a host expect another host key, but for those that were set up anew with it."""
    for entry, ssh in _cameras_of(hass, before):
        renewed = replace(ssh, host_key=after)
        if find_camera_of(hass, renewed, entry.data[CONF_CAMERA]) is None:
            _update(hass, entry, renewed)


@callback
def renew_login(hass: HomeAssistant, before: SshSettings, after: SshSettings) -> None:
    """Let the cameras that log in to a host as `before` says do so as `after` says, and connect anew."""
    for entry, ssh in _cameras_of(hass, before.host_key):
        same_login = replace(before, host=ssh.host, port=ssh.port) == ssh
        if same_login and not _update(hass, entry, replace(after, host=ssh.host, port=ssh.port)):
            # What changed is on the host: the connection would wait for a while before it asks there again.
            hass.config_entries.async_schedule_reload(entry.entry_id)


def _cameras_of(hass: HomeAssistant, host_key: str) -> list[tuple[ConfigEntry, SshSettings]]:
    """Return the entries of a host's cameras, each with its way there: a host may be known by several names."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    found = [(entry, read_ssh(entry.data)) for entry in entries]
    return [(entry, ssh) for entry, ssh in found if ssh and ssh.host_key == host_key]


def _update(hass: HomeAssistant, entry: ConfigEntry, ssh: SshSettings) -> bool:
    """Give an entry new settings; its update listener takes them on. Return whether anything changed."""
    return hass.config_entries.async_update_entry(
        entry, data=with_ssh(entry.data, ssh), unique_id=camera_unique_id(ssh, entry.data[CONF_CAMERA])
    )

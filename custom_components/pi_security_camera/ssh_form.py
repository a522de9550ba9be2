"""What a user types about a host that is reached over SSH, and the settings that come of it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .capture.errors import CaptureError
from .capture.runner_errors import (
    HostNameNotFound,
    HostPortClosed,
    KeyRefused,
    KeyUnreadable,
    KeyUnusable,
    PassphraseMissing,
    PassphraseWrong,
    PasswordRefused,
)
from .const import CONF_PASSPHRASE, CONF_PRIVATE_KEY, DEFAULT_PORT, DEFAULT_USERNAME
from .runners.ssh_keys import authorizing_command, make_key_pair, read_private_key
from .runners.ssh_login import SshSettings
from .translate import key_of

_PASSWORD = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_LOGIN = {
    vol.Required(CONF_USERNAME, default=DEFAULT_USERNAME): TextSelector(TextSelectorConfig(autocomplete="off")),
    vol.Optional(CONF_PASSWORD): _PASSWORD,
    vol.Optional(CONF_PRIVATE_KEY): TextSelector(TextSelectorConfig(multiline=True)),
}
LOGIN_SCHEMA = vol.Schema(_LOGIN)
SSH_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=DEFAULT_PORT): vol.All(
            NumberSelector(NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)),
            vol.Coerce(int),
        ),
        **_LOGIN,
    }
)
PASSPHRASE_SCHEMA = vol.Schema({vol.Required(CONF_PASSPHRASE): _PASSWORD})

# The fields that errors are about; all others are about the whole form.
_FIELDS: dict[type[CaptureError], str] = {
    HostNameNotFound: CONF_HOST,
    HostPortClosed: CONF_PORT,
    PasswordRefused: CONF_PASSWORD,
    KeyRefused: CONF_PRIVATE_KEY,
    KeyUnreadable: CONF_PRIVATE_KEY,
    PassphraseMissing: CONF_PASSPHRASE,
    PassphraseWrong: CONF_PASSPHRASE,
}


class SshForm:
    """What was typed, and what is wrong with it; and the credentials that nobody has to type.

    Of these there are two: those of a camera that is set up, and a key of our own. Neither is ever shown.
    """

    def __init__(self) -> None:
        self.typed: dict[str, Any] = {}
        self.errors: dict[str, str] = {}
        self.placeholders: dict[str, str] = {}
        self.locked = False
        """Whether the typed key needs a passphrase that has not been given."""
        self.host_key = ""
        self._passphrase = ""
        self._known: SshSettings | None = None
        self._own_key = ""
        self._own_public = ""
        self._authorized_for: tuple[str, str] | None = None

    def start(self, ssh: SshSettings) -> None:
        """Begin with a host that is set up."""
        self.typed = {CONF_HOST: ssh.host, CONF_PORT: ssh.port, CONF_USERNAME: ssh.username}
        self.host_key = ssh.host_key

    @property
    def host(self) -> str:
        """The name or address that was typed."""
        return str(self.typed[CONF_HOST])

    @property
    def port(self) -> int:
        """The port that was typed."""
        return int(self.typed[CONF_PORT])

    @property
    def username(self) -> str:
        """The user that was typed."""
        return str(self.typed[CONF_USERNAME])

    @property
    def has_credentials(self) -> bool:
        """Whether a password or a key was typed."""
        return bool(self.typed.get(CONF_PASSWORD) or self.typed.get(CONF_PRIVATE_KEY))

    @property
    def settings(self) -> SshSettings:
        """The way to the host: as typed, else as a camera goes that is set up, else with our own key."""
        ssh = SshSettings(self.host, self.username, self.host_key, self.port)
        if self.has_credentials:
            password, private_key = self.typed[CONF_PASSWORD], self.typed[CONF_PRIVATE_KEY]
            return replace(ssh, password=password, private_key=private_key, passphrase=self._passphrase)
        if known := self._known:
            return replace(ssh, password=known.password, private_key=known.private_key, passphrase=known.passphrase)
        return replace(ssh, private_key=self._own_key)

    @property
    def command(self) -> str:
        """The command, to be run on the host, that lets our own key in."""
        return authorizing_command(self._own_public)

    @property
    def uses_own_key(self) -> bool:
        """Whether our own key is the way in."""
        return not self.has_credentials and self._known is None

    @property
    def is_authorized(self) -> bool:
        """Whether the host is known to let us in, as far as our own key is concerned."""
        return not self.uses_own_key or self._authorized_for == (self.host_key, self.username)

    async def accepts(self, user_input: Mapping[str, Any]) -> bool:
        """Take what was typed; say whether it can be tried. `locked` then tells whether a passphrase is missing."""
        before = self.typed.get(CONF_PRIVATE_KEY)
        # A form that asks for credentials alone keeps the host; a field that was left empty is not sent.
        self.typed |= {CONF_PASSWORD: "", CONF_PRIVATE_KEY: "", **user_input}
        for key in (CONF_HOST, CONF_USERNAME, CONF_PRIVATE_KEY):
            self.typed[key] = self.typed[key].strip()
        # The same key again, because of another field, needs no passphrase again.
        self._passphrase = self._passphrase if self.typed[CONF_PRIVATE_KEY] == before else ""
        self.errors, self.placeholders, self.locked, self._known = {}, {}, False, None
        for key, error in ((CONF_HOST, "no_host"), (CONF_USERNAME, "no_username")):
            if not self.typed[key]:
                self.errors[key] = error
        if not self.errors and self.typed[CONF_PRIVATE_KEY]:
            await self._unlock(self._passphrase)
        return not self.errors

    async def unlocks(self, passphrase: str) -> bool:
        """Take the passphrase; say whether it opens the key."""
        self.errors = {}
        await self._unlock(passphrase)
        if self.locked and not passphrase:
            self.refuse(PassphraseMissing())
        return not self.locked

    async def make_own_key(self, known: str = "") -> None:
        """See to it that there is a key of our own: a known one that can be read, or a new one, the same each time."""
        if known:
            with suppress(KeyUnusable):
                self._own_key, self._own_public = known, await read_private_key(known)
        if not self._own_key:
            self._own_key, self._own_public = await make_key_pair()

    def use_login(self, ssh: SshSettings) -> None:
        """Use the credentials of a camera that is set up."""
        self._known = ssh

    def authorized(self) -> None:
        """Note that the host has let us in."""
        self._authorized_for = (self.host_key, self.username)

    def refuse(self, error: CaptureError) -> None:
        """Show an error that came of what was typed, at the field that it is about."""
        field = "base" if self.uses_own_key and isinstance(error, KeyRefused) else _FIELDS.get(type(error), "base")
        self.errors, self.placeholders = {field: key_of(error)}, error.fields

    async def _unlock(self, passphrase: str) -> None:
        try:
            await read_private_key(self.typed[CONF_PRIVATE_KEY], passphrase)
        except PassphraseMissing, PassphraseWrong:
            self.locked = True
            if passphrase:
                self.refuse(PassphraseWrong())
        except KeyUnusable as error:
            self.refuse(error)
        else:
            self.locked, self._passphrase = False, passphrase

"""The part of the dialog that finds the way to a host, up to what the host says of its cameras."""

from abc import abstractmethod
import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.core import callback
import voluptuous as vol

from .capture.errors import CaptureError, CaptureFault
from .capture.runner_errors import HostKeyChanged, KeyRefused, RunnerError
from .const import CONF_PASSPHRASE, DOMAIN, LOGGER
from .host import HostReport
from .hosts import find_login, find_pinned, is_confirmed, open_host, renew_login
from .options import read_ssh
from .runners.ssh import SshHosts
from .runners.ssh_keys import fingerprint_of
from .runners.ssh_login import SshSettings, fetch_host_key
from .ssh_form import LOGIN_SCHEMA, PASSPHRASE_SCHEMA, SSH_SCHEMA, SshForm
from .translate import key_of

# What is done sooner is not announced.
_SOON = 0.3
# The browser hears of the end by an event, for which it listens only once it shows that something goes on: an end that
# came sooner would leave it waiting for ever. Seconds.
_SHOWN = 1.5
# A form to be submitted as it is: Home Assistant refuses what belongs to another one, a second click for example.
_NOTHING = vol.Schema({})
# What a host is asked to see whether it lets us in. Seconds.
_LOGIN_LIMIT = 20.0

type Step = Callable[[], Coroutine[Any, Any, ConfigFlowResult]]


class HostFlow(ConfigFlow):
    """Finds a host, gets into it, and asks it for its cameras; `async_step_camera` goes on from there.

    The dialog has connections of its own: an entry's waits for a while after it was refused, and a user who has just
    mended that does not want to.
    """

    def __init__(self) -> None:
        self._host = open_host(SshHosts(), None)
        self._ssh: SshSettings | None = None
        # What a dialog that renews credentials began with; None in all others.
        self._before: SshSettings | None = None
        self._ssh_form = SshForm()
        self._report: HostReport | None = None
        self._work: asyncio.Task[str] | None = None
        self._shown: asyncio.Task[None] | None = None
        self._shown_key = ""
        self._confirmed = ""

    @callback
    @override
    def async_remove(self) -> None:
        """Let go of the host when the dialog is closed."""
        for task in (self._work, self._shown):
            if task:
                task.cancel()
        self.hass.async_create_task(self._host.runner.close(), f"{DOMAIN} host")

    async def async_step_local(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask this machine for its cameras; what hinders that is shown, and can be tried again."""
        await self._open(None)
        try:
            self._report = await self._host.known()
        except CaptureError as error:
            return self.async_show_form(
                step_id="local", errors={"base": key_of(error)}, description_placeholders=error.fields
            )
        return await self.async_step_choose_camera()

    async def async_step_ssh(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the way to another machine."""
        form = self._ssh_form
        if user_input is not None and await form.accepts(user_input):
            return await self._after_login_form()
        return self._show_login("ssh", SSH_SCHEMA)

    async def async_step_passphrase(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for what opens the private key."""
        form = self._ssh_form
        if user_input is not None and await form.unlocks(user_input[CONF_PASSPHRASE]):
            return await self._after_login_form()
        return self.async_show_form(step_id="passphrase", data_schema=PASSPHRASE_SCHEMA, errors=form.errors)

    async def async_step_reach_host(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the host for its key, showing that something goes on."""
        return await self._in_progress("reach_host", self._reach_host, self._refuse)

    async def async_step_authorize_key(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the line that lets our own key in."""
        form = self._ssh_form
        if user_input is not None:
            form.errors = {}
            return await (self.async_step_log_in() if self._before else self.async_step_host_key())
        return self.async_show_form(
            step_id="authorize_key",
            data_schema=_NOTHING,
            errors=form.errors,
            description_placeholders={
                **form.placeholders,
                "command": form.command,
                "host": form.host,
                "username": form.username,
            },
        )

    async def async_step_host_key(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have the host's key confirmed, unless it was before."""
        key = self._ssh_form.host_key
        if user_input is not None and self._shown_key == key:
            self._confirmed = key
        if key == self._confirmed or is_confirmed(self.hass, key):
            return await self.async_step_ask_host()
        self._shown_key = key
        return self.async_show_form(
            step_id="host_key",
            data_schema=_NOTHING,
            description_placeholders={"host": self._ssh_form.host, "fingerprint": fingerprint_of(key)},
        )

    async def async_step_ask_host(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Log in and ask the host for its cameras, showing that something goes on."""
        return await self._in_progress("ask_host", self._ask_host, self._refuse)

    @abstractmethod
    async def async_step_choose_camera(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on with the cameras that the host has: how, is for the flow that knows what a camera is."""

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Renew credentials that a host does not accept any more."""
        self._before = read_ssh(entry_data)
        if self._before:
            self._ssh_form.start(self._before)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the credentials; without any, our own key is to be authorized, or authorized again."""
        form = self._ssh_form
        if user_input is not None and await form.accepts(user_input):
            return await self._after_login_form()
        return self._show_login("reauth_confirm", LOGIN_SCHEMA)

    async def async_step_log_in(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Try the credentials, showing that something goes on."""
        return await self._in_progress("log_in", self._log_in, self._refuse)

    async def async_step_save_login(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Keep the credentials, for all cameras that share them."""
        if self._before:
            renew_login(self.hass, self._before, self._ssh_form.settings)
        return self.async_update_and_abort(self._get_reauth_entry())

    async def _in_progress(
        self, step_id: str, work: Callable[[], Coroutine[Any, Any, str]], refuse: Callable[[CaptureError], str]
    ) -> ConfigFlowResult:
        """Do what takes time, showing that something goes on.

        `work` returns the next step; when it raises an error, `refuse` makes that known and says which form shows it.
        """
        if self._work is None:
            self._work = self.hass.async_create_task(work(), f"{DOMAIN} {step_id}")
            self._shown = self.hass.async_create_task(_shown_while(self._work), f"{DOMAIN} progress")
            await asyncio.wait([self._work], timeout=_SOON)
            if self._work and self._work.done():
                # Called here: Home Assistant would hand this step's input on to the next one, as if the user had
                # submitted that, too.
                go_on: Step = getattr(self, f"async_step_{self._end_work(step_id, refuse)}")
                self._shown.cancel()
                return await go_on()
        if self._shown and not self._shown.done():
            return self.async_show_progress(step_id=step_id, progress_action=step_id, progress_task=self._shown)
        return self.async_show_progress_done(next_step_id=self._end_work(step_id, refuse))

    def _end_work(self, step_id: str, refuse: Callable[[CaptureError], str]) -> str:
        """Return the step that follows what was done."""
        assert self._work is not None  # noqa: S101 - it has just ended
        done, self._work = self._work, None
        try:
            return done.result()
        except CaptureError as error:
            return refuse(error)
        except Exception:  # noqa: BLE001 - logged; the dialog would wait for ever
            LOGGER.exception("The step %s failed in a way that nobody foresaw", step_id)
            return refuse(CaptureFault())

    async def _after_login_form(self) -> ConfigFlowResult:
        """Go on with what was typed: a host that is set up is known, another one is looked for."""
        form = self._ssh_form
        if form.locked:
            return await self.async_step_passphrase()
        if self._before is None:
            return await self.async_step_reach_host()
        if not form.uses_own_key:
            return await self.async_step_log_in()
        # A key that the host had let in before may only have to be authorized again.
        await form.make_own_key("" if self._before.passphrase else self._before.private_key)
        return await self.async_step_authorize_key()

    async def _reach_host(self) -> str:
        """Learn the host's key, and by it whether the host is known. Raises HostUnreachable, HostKeyChanged."""
        form = self._ssh_form
        form.host_key, fingerprint = await fetch_host_key(form.host, form.port)
        pinned = find_pinned(self.hass, form.host, form.port)
        # A key that is known belongs to another Pi of the user's: it has got this address.
        if pinned and pinned.host_key != form.host_key and not is_confirmed(self.hass, form.host_key):
            # Whether that is right, a repair asks; nobody shall click it away in passing.
            raise HostKeyChanged(form.host, old=fingerprint_of(pinned.host_key), new=fingerprint)
        if not form.has_credentials:
            if login := find_login(self.hass, form.host_key, form.username):
                form.use_login(login)
            else:
                await form.make_own_key()
        return "host_key" if form.is_authorized else "authorize_key"

    async def _ask_host(self) -> str:
        """Get in, and ask. Raises RunnerError, CameraError."""
        await self._enter()
        self._report = await self._host.known()
        return "choose_camera"

    async def _log_in(self) -> str:
        """Get in. Raises RunnerError."""
        await self._enter()
        return "save_login"

    async def _enter(self) -> None:
        """Get into the host as the form says. Raises RunnerError."""
        await self._open(self._ssh_form.settings)
        try:
            await self._host.runner.run(["true"], limit=_LOGIN_LIMIT)
        except RunnerError:
            # It would be tried again and again behind the form.
            await self._open(None)
            raise
        self._ssh_form.authorized()

    async def _open(self, ssh: SshSettings | None) -> None:
        await self._host.runner.close()
        self._ssh = ssh
        self._host = open_host(SshHosts(), ssh)

    def _refuse(self, error: CaptureError) -> str:
        """Show an error in the form that it belongs to."""
        form = self._ssh_form
        form.refuse(error)
        if isinstance(error, KeyRefused) and form.uses_own_key:
            return "authorize_key"
        return "reauth_confirm" if self._before else "ssh"

    def _show_login(self, step_id: str, schema: vol.Schema) -> ConfigFlowResult:
        form, fields = self._ssh_form, {str(field) for field in schema.schema}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, form.typed),
            # At a field that is not in the form, a browser would show none.
            errors={field if field in fields else "base": error for field, error in form.errors.items()},
            description_placeholders={**({"host": form.host} if self._before else {}), **form.placeholders},
        )


async def _shown_while(work: asyncio.Task[str]) -> None:
    """Wait for the end of some work, and long enough for the browser to hear of it."""
    await asyncio.gather(asyncio.wait([work]), asyncio.sleep(_SHOWN))

"""One run of `login`: for each login of the configuration a consent, tried on the mailbox, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..adapters.logins.build import AnyClient
from ..adapters.logins.client import Answer
from ..adapters.logins.keeper import LoginRefused
from ..adapters.logins.microsoft import Microsoft
from ..adapters.logins.redirect import Redirect, typed_lines
from ..config.model import Config, TokenLogin
from ..core.logins.admin import consent_mail, exchange_commands
from ..core.logins.consent import Consent
from ..core.logins.scopes import APP_PERMISSIONS, NAMES
from ..ports import Clock, Refused, Unavailable
from ..wiring.connections import try_token
from ..wiring.logins import ask_login, call_login, open_login

Told = Callable[[str], None]


class NoLogin(Exception):
    """The configuration names none."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """told: hears what a person has to do. opened: shows an address in a browser, if there is one.

    by_code: a device code instead of an address that comes back.
    """

    config: Config
    state_dir: Path
    clock: Clock
    told: Told
    opened: Callable[[str], None] = lambda address: None
    lines: Callable[[], Iterator[str]] = typed_lines
    by_code: bool = False

    async def run(self) -> bool:
        """Each login; whether all went well. Raises NoLogin, StateError."""
        if not self.config.logins:
            raise NoLogin
        went_well = True
        for name, (login, username) in self.config.logins.items():
            try:
                await self._one(name, login, username)
            except LoginRefused as refused:
                went_well = False
                self.told(str(refused))
                if refused.kind == "admin" and login.provider == "microsoft":
                    self._tell_administrator(login, username)
            except Unavailable as fault:
                went_well = False
                self.told(str(fault))
        return went_well

    async def _one(self, name: str, login: TokenLogin, username: str) -> None:
        client = await asyncio.to_thread(open_login, self.config, login)
        if client.is_app:
            await self._by_itself(login, client, username)
            return
        answer = await (self._by_code(client) if self.by_code else self._by_browser(login, client, username))
        if answer.refresh_token is None:
            raise Refused(
                f"{NAMES[login.provider]}: gave no token that lasts; withdraw the app's access on your "
                "account's page there, and run `delegator login` again"
            )
        if answer.username and answer.username.lower() != username.lower():
            self.told(f"You signed in as {answer.username}; the mailbox is that of {username}.")
        await self._try(login, username, answer.access_token)
        now = self.clock.now()
        consent = Consent(answer.refresh_token, now, now, answer.ends_at, answer.username)
        await asyncio.to_thread(
            ask_login, self.config, self.state_dir, name, "keep login", consent=consent.to_text()
        )
        self.told(f"{NAMES[login.provider]}: signed in; from now on delegator does so by itself.")

    async def _by_browser(self, login: TokenLogin, client: AnyClient, username: str) -> Answer:
        # Microsoft knows http://localhost with any port, Google 127.0.0.1 as well (RFC 8252 section 7.3).
        with Redirect("localhost" if login.provider == "microsoft" else "127.0.0.1") as redirect:
            begun = await asyncio.to_thread(call_login, client.begin, redirect.address, username)
            self.told(
                f"Sign in to {NAMES[login.provider]} as {username}. Open this address in a browser:\n\n"
                f"{begun.address}\n\n"
                f"If that browser is on another machine, it ends at an address that it cannot show\n"
                f"({redirect.address}/?code=…). Paste that whole address here, and press Enter."
            )
            self.opened(begun.address)
            parameters = await asyncio.to_thread(redirect.wait, self.lines, self.told)
        return await asyncio.to_thread(call_login, client.finish, begun, parameters, self.clock.now())

    async def _by_code(self, client: AnyClient) -> Answer:
        if not isinstance(client, Microsoft):
            raise Refused("Google gives no device code for mail; run `delegator login` without --device")
        begun = await asyncio.to_thread(call_login, client.begin_device)
        self.told(
            "Many organisations block device codes, since thieves ask for them: enter this one only because "
            f"you began it yourself, here.\n\n{begun.address}\n"
        )
        return await asyncio.to_thread(call_login, client.finish_device, begun)

    async def _by_itself(self, login: TokenLogin, client: AnyClient, username: str) -> None:
        """An app alone: nobody signs in, but an administrator lets it into the mailbox."""
        answer = await asyncio.to_thread(call_login, client.by_itself, username)
        name = NAMES[login.provider]
        self.told(f"{name}: the app logs in by itself.")
        if answer.roles is not None and (missing := [p for p in APP_PERMISSIONS if p not in answer.roles]):
            raise Refused(
                f"{name}: the app lacks {' and '.join(missing)}; add them at its registration as application "
                "permissions of Office 365 Exchange Online, and have an administrator grant them"
            )
        try:
            await self._try(login, username, answer.access_token)
        except Refused:
            if login.provider == "microsoft":
                self.told(
                    "The mailbox is closed to it yet. An administrator runs this in PowerShell (it may take "
                    "two hours to count; then run `delegator login` again, which tries it):\n\n"
                    + exchange_commands(login.tenant, login.client_id, answer.object_id, username)
                )
            raise
        self.told(f"{name}: the mailbox of {username} is open to it.")

    async def _try(self, login: TokenLogin, username: str, token: str) -> None:
        """Whether the servers take the token, before it is kept. One that does not answer proves nothing."""
        for what, fault in await try_token(self.config, login, username, token):
            if isinstance(fault, Refused):
                raise fault
            self.told(f"{what}: {fault}; the login is kept all the same")

    def _tell_administrator(self, login: TokenLogin, username: str) -> None:
        self.told(
            "Send this to the administrator, and run `delegator login` again when it is done:\n\n"
            + consent_mail(login.authority, login.tenant, login.client_id, username)
        )

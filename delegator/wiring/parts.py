"""An account and its parts, built of adapters as its configuration says: connections, gates, logins.

What accounts share is built once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters.host import SystemClock
from ..config import Config, ConfigError, Problem
from ..config.model import Server, TokenLogin
from ..config.secrets import SecretError, is_read_each_time, read_secret, read_token
from ..core.people import normal_address
from ..ports import Unavailable

if TYPE_CHECKING:
    from ..adapters.certificate import Trust
    from ..adapters.credentials import Credential
    from ..adapters.imap.source import ImapSource
    from ..adapters.logins.keeper import LoginKeeper
    from ..adapters.smtp.gate import SubmissionGate
    from ..adapters.state.store import SqliteStore
    from ..daemon.account import Account
    from ..daemon.alarm import UnstoredAlarm
    from ..ports import Clock

Logins = Mapping[str, "LoginKeeper"]

TokenOf = Callable[[Config, str], "Credential"]
"""By the name of a login of that configuration."""


class Parts:
    """What accounts share: the lanes, and one TLS context for each set of certificates.

    is_online: False for a command that only looks at the state: it connects to nothing, and so needs
    no secret, which a daemon's service manager may keep from everybody else. token_of: what gives the tokens
    of logins; None: they come from the store with which accounts are built.
    """

    def __init__(
        self, clock: Clock | None = None, *, is_online: bool = True, token_of: TokenOf | None = None
    ) -> None:
        from ..adapters.lanes import Lanes

        self.clock: Clock = clock or SystemClock()
        self._is_online, self._token_of = is_online, token_of
        self._tokens: dict[str, Credential] = {}
        self._lanes = Lanes()
        self._trusts: dict[Path | None, Trust] = {}

    def source(self, config: Config, logins: Logins | None = None) -> ImapSource:
        """Raises SecretError."""
        assert config.account is not None
        server = config.account.imap
        # Without a login the server has to know us by itself (PREAUTH); any other says what it wants.
        username, password = self._login(config, server, logins) or ("", "")
        return self._source(server, username, password)

    def source_with(self, config: Config, credential: Credential) -> ImapSource:
        """Another way to log in than the configuration's."""
        assert config.account is not None
        return self._source(config.account.imap, config.account.imap.username or "", credential)

    def first_source(self, server: Server, secret: str | Credential) -> ImapSource:
        """For a server that stands in no configuration yet. Raises Refused."""
        return self._source(server, server.username or "", secret)

    def _source(self, server: Server, username: str, password: str | Credential) -> ImapSource:
        from ..adapters.imap.source import ImapSource

        trust, lanes = self.trust(server), self._lanes.at(server.host, server.port)
        return ImapSource(server.host, server.port, server.security, trust, username, password, lanes)

    def gate(self, config: Config, logins: Logins | None = None, *, linger_s: float = 0) -> SubmissionGate:
        """Raises SecretError."""
        assert config.account is not None
        return self._gate(config, config.account.smtp, config.recipients, logins, linger_s)

    def alarm(self, config: Config) -> UnstoredAlarm:
        """For as long as there is no state. Raises ConfigError."""
        from ..catalogues import load_catalogue
        from ..daemon.alarm import UnstoredAlarm
        from ..daemon.health import Health
        from ..maillog import MailLog

        with located(config):
            gate = self._alert_gate(config, None) or self.gate(config)
        log, words = MailLog(config.owner.address), load_catalogue(config.owner.language)
        return UnstoredAlarm(config, gate, self.clock, log, words, Health(self.clock))

    def _alert_gate(self, config: Config, logins: Logins | None) -> SubmissionGate | None:
        """The gate of the alert's own server: it takes mail to the alert address, and to nobody else."""
        if config.alert is None or config.alert.smtp is None:
            return None
        return self._gate(config, config.alert.smtp, frozenset({config.alert.address}), logins)

    def answer_gate(self, config: Config) -> tuple[SubmissionGate, str] | None:
        """For one mail to the owner from the address of the alert's own server, and that address.

        None: there is no such server, or it logs in under no other address. Raises ConfigError.
        """
        from ..core.compose.mail import ascii_address

        server = config.alert.smtp if config.alert is not None else None
        sender = (server.username or "") if server is not None else ""
        if server is None or ascii_address(sender) is None:
            return None
        if normal_address(sender) in config.owner.normal_addresses:
            return None
        with located(config):
            _, password = self._login(config, server, None) or (None, None)
            return self._gate_to(sender, server, frozenset({config.owner.address}), sender, password), sender

    def _gate(
        self,
        config: Config,
        server: Server,
        recipients: frozenset[str],
        logins: Logins | None,
        linger_s: float = 0,
    ) -> SubmissionGate:
        username, password = self._login(config, server, logins) or (None, None)
        return self._gate_to(config.owner.address, server, recipients, username, password, linger_s)

    def gate_with(self, config: Config, credential: Credential) -> SubmissionGate:
        """Another way to log in than the configuration's."""
        assert config.account is not None
        server = config.account.smtp
        return self._gate_to(config.owner.address, server, config.recipients, server.username, credential)

    def first_gate(self, server: Server, address: str, secret: str | Credential) -> SubmissionGate:
        """For a server that stands in no configuration yet; it sends to the owner alone. Raises Refused."""
        return self._gate_to(address, server, frozenset(), server.username, secret)

    def _gate_to(
        self,
        sender: str,
        server: Server,
        recipients: frozenset[str],
        username: str | None,
        password: str | Credential | None,
        linger_s: float = 0,
    ) -> SubmissionGate:
        from ..adapters.smtp.gate import SubmissionGate

        return SubmissionGate(
            host=server.host,
            port=server.port,
            security=server.security,
            sender=sender,
            recipients=recipients,
            username=username,
            password=password,
            ssl_context=self.trust(server),
            linger_s=linger_s,
        )

    def account(
        self, config: Config, store: SqliteStore, *, shadow: bool = False, adopt: bool = False
    ) -> Account:
        """Raises SecretError."""
        from ..adapters.heartbeat import beat
        from ..adapters.smtp.pool import LINGER_S
        from ..adapters.written import write_list
        from ..catalogues import load_catalogue
        from ..daemon.account import Account
        from ..daemon.tenure import Tools
        from ..maillog import MailLog

        logins = self._logins_of(config, store)
        source, gate = self.source(config, logins), self.gate(config, logins, linger_s=LINGER_S)
        tools = Tools(
            source=source,
            watch=source,
            gate=gate,
            alert_gate=self._alert_gate(config, logins) or gate,
            store=store,
            clock=self.clock,
            log=MailLog(config.owner.address),
            catalogue=load_catalogue,
            write_list=write_list,
            heartbeat=beat,
            reserve=store.reserve,
            logins=logins,
        )
        return Account(config, tools, shadow=shadow, adopt=adopt)

    def trust(self, server: Server) -> Trust | None:
        """Raises Refused where the file holds no certificates."""
        from ..adapters.certificate import Trust

        if server.security == "none":
            return None
        trust = self._trusts.setdefault(server.ca, Trust(server.ca))
        trust()
        return trust

    def _logins_of(self, config: Config, store: SqliteStore) -> Logins:
        """What keeps each login going; those of the same name are one."""
        if not config.logins:
            return {}
        from ..adapters.logins.build import login_client
        from ..adapters.logins.keeper import LoginKeeper

        kept = store.logins(normal_address(config.owner.address))
        return {
            name: LoginKeeper(
                name,
                login.provider,
                username,
                partial(login_client, login, config.path.parent),
                kept,
                self.clock,
            )
            for name, (login, username) in config.logins.items()
        }

    def _login(
        self, config: Config, server: Server, logins: Logins | None
    ) -> tuple[str, str | Credential] | None:
        """None: the server, on this machine, wants none. logins: of an account with a store of its own."""
        from ..adapters.credentials import Printed

        folder, source = config.path.parent, server.token or server.password
        if server.username is None or source is None:
            return None
        if not self._is_online:
            return server.username, ""
        if isinstance(source, TokenLogin):
            name = source.name(server.username)
            if logins is not None:
                return server.username, logins[name]
            if self._token_of is None:
                return server.username, WithoutState()
            return server.username, self._tokens.setdefault(name, self._token_of(config, name))
        if server.token is not None:
            read = partial(read_token, source, config_dir=folder)
            return server.username, Printed(read, is_token=True)
        read = partial(read_secret, source, config_dir=folder)
        if is_read_each_time(source):
            return server.username, Printed(read, is_token=False)
        return server.username, read()


class WithoutState:
    """A Credential that gives nothing: logins are kept in the state, which cannot be read."""

    is_token = True
    to_do = ""

    async def get(self, refused: str = "") -> str:
        raise Unavailable("the login to it is kept in the state, which cannot be read")


@contextlib.contextmanager
def located(config: Config) -> Iterator[None]:
    """A secret that cannot be had is an error of the configuration, at the place that names it."""
    try:
        yield
    except SecretError as error:
        source = error.source
        problem = Problem(str(config.path), source.line, source.column, error.what, error.to_do)
        raise ConfigError((problem,)) from error

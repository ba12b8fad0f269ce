"""Builds adapters and puts them together, for all but `stopped`: the daemon, one command, a dry run, `init`.

It is all in one file, so that whoever asks what is built of what, and for whom, looks here alone. What only
some need is imported where it is built: a dry run loads neither daemon nor store, which are half the program.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .adapters import control
from .adapters.host import (
    SystemClock,
    bound_memory,
    end_within,
    give_memory_back,
    notify_systemd,
    watchdog_interval_s,
)
from .adapters.state import STATE_FILE
from .config import Config, ConfigError, Problem, load
from .config.model import Server, TokenLogin
from .config.secrets import SecretError, is_read_each_time, read_secret, read_token
from .core.people import Language, normal_address
from .ports import Refused, StateError, Unavailable

if TYPE_CHECKING:
    from email.message import EmailMessage

    from .adapters.certificate import Trust
    from .adapters.credentials import Credential
    from .adapters.imap.source import ImapSource
    from .adapters.logins.build import AnyClient
    from .adapters.logins.keeper import LoginKeeper
    from .adapters.managesieve import SieveLook
    from .adapters.smtp.gate import SubmissionGate
    from .adapters.state.archive import Archive
    from .adapters.state.store import SqliteStore
    from .core.lessons import Lessons, Tried
    from .daemon.account import Account
    from .daemon.alarm import UnstoredAlarm
    from .daemon.away import SetAway
    from .daemon.process import Talk
    from .ports import Clock, Forgotten, Greeting, MailSource

P = ParamSpec("P")
T = TypeVar("T")

Logins = Mapping[str, "LoginKeeper"]

THREADS = 64
"""For looking up host names, parsing large mails and composing reviews, of all accounts together."""


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """octets: the mail, None where it was sent. text: what to print. problem: what went wrong, or None."""

    octets: bytes | None
    text: str
    problem: str | None = None
    language: Language = "en"  # of the mail


class Parts:
    """What accounts share: the lanes, and one TLS context for each set of certificates.

    is_online: False for a command that only looks at the state: it connects to nothing, and so needs
    no secret, which a daemon's service manager may keep from everybody else. state_dir: of whom to ask for
    the tokens of logins; None: they come from the store with which accounts are built.
    """

    def __init__(
        self, clock: Clock | None = None, *, is_online: bool = True, state_dir: Path | None = None
    ) -> None:
        from .adapters.lanes import Lanes

        self.clock: Clock = clock or SystemClock()
        self._is_online, self._state_dir = is_online, state_dir
        self._asked: dict[str, AskedToken] = {}
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
        from .adapters.imap.source import ImapSource

        trust, lanes = self.trust(server), self._lanes.at(server.host, server.port)
        return ImapSource(server.host, server.port, server.security, trust, username, password, lanes)

    def gate(self, config: Config, logins: Logins | None = None, *, linger_s: float = 0) -> SubmissionGate:
        """Raises SecretError."""
        assert config.account is not None
        return self._gate(config, config.account.smtp, config.recipients, logins, linger_s)

    def alarm(self, config: Config) -> UnstoredAlarm:
        """For as long as there is no state. Raises ConfigError."""
        from .catalogues import load_catalogue
        from .daemon.alarm import UnstoredAlarm
        from .daemon.health import Health
        from .maillog import MailLog

        with _located(config):
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
        from .core.compose.mail import ascii_address

        server = config.alert.smtp if config.alert is not None else None
        sender = (server.username or "") if server is not None else ""
        if server is None or ascii_address(sender) is None:
            return None
        if normal_address(sender) in config.owner.normal_addresses:
            return None
        with _located(config):
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
        from .adapters.smtp.gate import SubmissionGate

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
        from .adapters.heartbeat import beat
        from .adapters.smtp.pool import LINGER_S
        from .adapters.written import write_list
        from .catalogues import load_catalogue
        from .daemon.account import Account
        from .daemon.tenure import Tools
        from .maillog import MailLog

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
        from .adapters.certificate import Trust

        if server.security == "none":
            return None
        trust = self._trusts.setdefault(server.ca, Trust(server.ca))
        trust()
        return trust

    def _logins_of(self, config: Config, store: SqliteStore) -> Logins:
        """What keeps each login going; those of the same name are one."""
        if not config.logins:
            return {}
        from .adapters.logins.build import login_client
        from .adapters.logins.keeper import LoginKeeper

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
        from .adapters.credentials import Printed

        folder, source = config.path.parent, server.token or server.password
        if server.username is None or source is None:
            return None
        if not self._is_online:
            return server.username, ""
        if isinstance(source, TokenLogin):
            name = source.name(server.username)
            if logins is not None:
                return server.username, logins[name]
            if self._state_dir is None:
                return server.username, WithoutState()
            asked = self._asked.setdefault(name, AskedToken(config, self._state_dir, name))
            return server.username, asked
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


class AskedToken:
    """A Credential whose token the state's daemon gives, or the state where none runs; asked for once."""

    is_token = True

    def __init__(self, config: Config, state_dir: Path, name: str) -> None:
        self._config, self._state_dir, self._name, self._token = config, state_dir, name, ""
        self.to_do = "sign in as the owner of this mailbox with `delegator login`"

    async def get(self, refused: str = "") -> str:
        if not self._token or self._token == refused:
            answer = await asyncio.to_thread(
                ask_login, self._config, self._state_dir, self._name, "token", refused=refused
            )
            self._token, self.to_do = str(answer["token"]), str(answer.get("to_do", self.to_do))
        return self._token


def ask_login(config: Config, state_dir: Path, name: str, command: str, **more: Any) -> Talk:
    """What the login's keeper answers: see `daemon.process`. Raises Unavailable, Refused, StateError."""
    request = {"command": command, "owner": config.owner.address, "login": name, **more}
    answer = _ask_or_do(config, state_dir, request)
    if why := answer.get("why"):
        raise (Refused if answer.get("is_refused") else Unavailable)(str(why))
    return answer


def open_login(config: Config, login: TokenLogin) -> AnyClient:
    """The app's client. Blocks. Raises Refused."""
    from .adapters.logins.build import login_client

    return login_client(login, config.path.parent)


def call_login(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the token server answers. Blocks. Raises Unavailable, LoginRefused."""
    from .adapters.logins.client import LoginFailed
    from .adapters.logins.keeper import LoginRefused

    try:
        return work(*args, **kwargs)
    except LoginFailed as failed:
        raise LoginRefused(failed) from None


async def try_token(
    config: Config, login: TokenLogin, username: str, token: str
) -> list[tuple[str, Unavailable]]:
    """Log in with it to each server that this login is for; what went wrong, server by server."""
    from .adapters.credentials import FixedToken
    from .core.delivery import Outcome

    assert config.account is not None
    parts, faults = Parts(), list[tuple[str, Unavailable]]()
    credential = FixedToken(token, f"sign in as {username}, or look at the app's permissions")
    if config.account.imap.token == login:
        source = parts.source_with(config, credential)
        try:
            await source.connect()
        except Unavailable as fault:
            faults.append((config.account.imap.host, fault))
        finally:
            await source.close()
    if config.account.smtp.token == login:
        reply = (await parts.gate_with(config, credential).probe()).reply
        if reply.outcome is not Outcome.ACCEPTED:
            kind = Refused if reply.outcome is Outcome.MISCONFIGURED else Unavailable
            faults.append((config.account.smtp.host, kind(f"{config.account.smtp.host}: {reply.text}")))
    return faults


@contextlib.contextmanager
def _located(config: Config) -> Iterator[None]:
    """A secret that cannot be had is an error of the configuration, at the place that names it."""
    try:
        yield
    except SecretError as error:
        source = error.source
        problem = Problem(str(config.path), source.line, source.column, error.what, error.to_do)
        raise ConfigError((problem,)) from error


def _load_all(paths: Sequence[Path]) -> list[Config]:
    """Every configuration, or every problem of all of them at once."""
    configs: list[Config] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            configs.append(load(path))
        except ConfigError as error:
            problems += error.problems
    owners: dict[str, Config] = {}
    for config in configs:
        first = owners.setdefault(normal_address(config.owner.address), config)
        if first is not config:
            what = f"{config.owner.address} is the owner in {first.path} too"
            problems.append(Problem(str(config.path), 1, 1, what, "leave one of the two out"))
    if problems:
        raise ConfigError(tuple(problems))
    return configs


# --- run --------------------------------------------------------------------------------------------


def run(
    paths: Sequence[Path],
    state_dir: Path,
    *,
    once: bool,
    shadow: bool,
    adopt: bool,
    clock: Clock | None = None,
) -> int:
    """The daemon; the exit code. clock: of a demo, None: the machine's. Raises ConfigError, StateError."""
    from .maillog import MailLog

    configs = _load_all(paths)
    for config in configs:
        log = MailLog(config.owner.address)
        for warning in config.warnings:
            log.configuration(warning=str(warning))
    return asyncio.run(_run(Parts(clock), configs, state_dir, once=once, shadow=shadow, adopt=adopt))


async def _run(
    parts: Parts, configs: Sequence[Config], state_dir: Path, *, once: bool, shadow: bool, adopt: bool
) -> int:
    from .adapters.lanes import work_beside_loop
    from .adapters.state.store import SqliteStore
    from .daemon.process import Host, opened, run_accounts

    accounts: list[Account] = []
    bound_memory()
    work_beside_loop(THREADS)
    with contextlib.ExitStack() as held:

        def open_state() -> SqliteStore:
            with contextlib.ExitStack() as opening:
                opening.enter_context(control.state_lock(state_dir))
                store = SqliteStore(state_dir / STATE_FILE, parts.clock.now)
                held.push(opening.pop_all())
            return store

        host = Host(
            serve=lambda answer: control.serve(state_dir, answer),
            notify=notify_systemd,
            watchdog_interval_s=watchdog_interval_s(),
            end_within=end_within,
            give_memory_back=give_memory_back,
        )
        alarms = () if once else tuple(map(parts.alarm, configs))
        store = open_state() if once else await opened(open_state, alarms, host)
        try:
            for config in configs:
                with _located(config):
                    accounts.append(parts.account(config, store, shadow=shadow, adopt=adopt))
            if once:
                looks = (account.once() for account in accounts)
                reached = await asyncio.gather(*looks, return_exceptions=True)
                for failure in reached:  # all others have ended by now
                    if isinstance(failure, BaseException):
                        raise failure
                return 0 if all(reached) else 1
            for account, alarm in zip(accounts, alarms, strict=True):
                account.health.told = alarm.health.told
            await run_accounts(accounts, host)
            return 0
        finally:
            await store.close()


# --- commands beside a daemon -----------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _unserved(config: Config, state_dir: Path, *, is_online: bool = True) -> AsyncIterator[Account]:
    """The account, where no daemon serves the state."""
    from .adapters.state.store import SqliteStore

    parts, store = Parts(is_online=is_online), SqliteStore(state_dir / STATE_FILE)
    try:
        with _located(config):
            account = parts.account(config, store)
        yield account
    finally:
        await store.close()


def _ask_or_do(config: Config, state_dir: Path, request: Talk, *, is_online: bool = True) -> Talk:
    """What a daemon on this state answers, or would answer if one were running."""

    async def answer() -> Talk:
        from .daemon.process import answer_request

        async with _unserved(config, state_dir, is_online=is_online) as account:
            return await answer_request([account], request)

    if (answered := control.ask(state_dir, request)) is None:
        with control.state_lock(state_dir):
            answered = asyncio.run(answer())
    _no_problem(answered)
    return answered


def _no_problem(answer: Talk) -> None:
    if problem := answer.get("problem"):
        raise StateError(str(problem))


def review(path: Path, state_dir: Path, *, send: bool) -> ReviewResult:
    """The next review now; send: put it on its way to the owner."""
    config = load(path, read_secrets=False)
    address = config.owner.address
    request = {"command": "review", "owner": address, "send": send}
    if not send:
        octets = base64.b64decode(_ask_or_do(config, state_dir, request, is_online=False)["octets"])
        return _shown(octets, config.owner.language)
    if (answer := control.ask(state_dir, request)) is not None:
        _no_problem(answer)
        return ReviewResult(None, f"The review is on its way to {address}.")

    async def make() -> ReviewResult:
        async with _unserved(config, state_dir) as account:
            if await account.once(review_now=True):
                return ReviewResult(None, f"The review was sent to {address}.")
            problems = (await account.status()).problems
            return ReviewResult(None, "", "; ".join(problems) or "a server could not be reached")

    with control.state_lock(state_dir):
        return asyncio.run(make())


def home(path: Path, state_dir: Path, *, send: bool) -> ReviewResult:
    """The homecoming report and the to-do list now; send: come home, and have it sent."""
    config = load(path, read_secrets=False)
    request = {"command": "home", "owner": config.owner.address, "send": send}
    answer = _ask_or_do(config, state_dir, request, is_online=send)
    if send:
        said = {
            "home": f"Welcome back: the homecoming mail is on its way to {config.owner.address}.",
            "was home": "You are back already, and were told then: `delegator home` shows it again.",
            "not away": "No absence is running, and none has ended.",
        }
        return ReviewResult(None, said[str(answer["said"])])
    if answer["octets"] is None:
        return ReviewResult(None, "No absence is running, and none has ended.")
    return _shown(base64.b64decode(answer["octets"]), config.owner.language)


def _shown(octets: bytes, language: Language) -> ReviewResult:
    mail = _parsed(octets)
    body = mail.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    return ReviewResult(octets, f"{mail['subject']}\n\n{text}".rstrip(), language=language)


def _parsed(octets: bytes) -> EmailMessage:
    import email
    import email.policy

    return email.message_from_bytes(octets, policy=email.policy.default)


def away(
    path: Path, state_dir: Path, *, address: str | None, span: str | None, backup: str | None, end: bool
) -> SetAway:
    """An absence of an account, set or ended at once. Raises StateError: what is wrong, or who is unknown."""
    config = load(path, read_secrets=False)
    owner = address or config.owner.address
    request = {"command": "away", "owner": owner, "span": span, "backup": backup, "end": end}
    is_another = normal_address(owner) != normal_address(config.owner.address)
    if is_another and control.ask(state_dir, {"command": "status"}) is None:
        raise StateError(
            f"{owner} is not the owner in {path}, and no daemon is running; name its configuration with -c"
        )
    answer = _ask_or_do(config, state_dir, request, is_online=False)
    moments = {name: datetime.fromisoformat(answer[name]) for name in ("from_at", "until_at")}
    from .daemon.away import SetAway

    return SetAway(**{**answer, **moments})


def leave(path: Path, state_dir: Path, *, send: bool) -> ReviewResult:
    """The departure mail now; send: put it on its way to the owner."""
    config = load(path, read_secrets=False)
    request = {"command": "leave", "owner": config.owner.address, "send": send}
    answer = _ask_or_do(config, state_dir, request)
    if "octets" in answer:
        return _shown(base64.b64decode(answer["octets"]), config.owner.language)
    return ReviewResult(None, f"The departure mail is on its way to {config.owner.address}.")


def write_page(octets: bytes, language: Language) -> Path:
    """A review at the width of a phone, beside its plain text, as a page that only the owner can read."""
    import tempfile

    from .adapters.written import PAGE, write_private
    from .catalogues import load_catalogue

    mail = _parsed(octets)
    parts = {kind: mail.get_body((kind,)) for kind in ("html", "plain")}
    page, text = (str(part.get_content()) if part is not None else "" for part in parts.values())
    shown = (
        load_catalogue(language)
        .template("side_by_side.html")
        .render(language=language, subject=str(mail["subject"]), page=page, text=text)
    )
    path = Path(tempfile.mkdtemp(prefix="delegator-")) / "review.html"
    write_private(path, shown.encode("utf-8", "replace"), PAGE)
    return path


def compose_test_mail(config: Config, state_dir: Path, sender: str = "") -> tuple[bytes, str]:
    """The mail of `check --send` and its Message-ID, from the state's daemon or from the state.

    sender: another address of the owner's, for one that an automatic reply would answer.
    """
    request = {"command": "trial", "owner": config.owner.address, "from": sender}
    answer = _ask_or_do(config, state_dir, request)
    return base64.b64decode(answer["octets"]), str(answer["message_id"])


def send_briefs(config: Config, state_dir: Path) -> tuple[str, ...]:
    """The brief to every backup who has not had it; their addresses. Raises Unavailable, StateError."""
    answer = _ask_or_do(config, state_dir, {"command": "briefs", "owner": config.owner.address})
    if why := answer.get("why"):
        raise Unavailable(str(why))
    return tuple(answer["sent"])


def keep_lessons(
    config: Config, state_dir: Path, lessons: Lessons | Tried, *, is_online: bool = True
) -> None:
    """Into the state, by its daemon where one runs."""
    request = {"command": "learn", "owner": config.owner.address, "values": lessons.to_values()}
    _ask_or_do(config, state_dir, request, is_online=is_online)


def note_tried(config: Config, state_dir: Path, tried: Tried) -> None:
    """For the departure mail; not where there is no state yet, or it cannot be had now."""
    if (state_dir / STATE_FILE).exists():
        with contextlib.suppress(StateError, ConfigError, OSError):
            keep_lessons(config, state_dir, tried, is_online=False)


@contextlib.asynccontextmanager
async def probes(parts: Parts, config: Config) -> AsyncIterator[tuple[ImapSource, SubmissionGate]]:
    """Connections of one's own, for `check`, not opened yet. Raises ConfigError."""
    with _located(config):
        source, gate = parts.source(config), parts.gate(config)
    try:
        yield source, gate
    finally:
        await source.close()


def sieve_look(config: Config, port: int) -> SieveLook | None:
    """At the filter of the mail server, with the account's password; None: it logs in by a token, or not."""
    from .adapters.certificate import Trust
    from .adapters.managesieve import SieveLook

    assert config.account is not None
    server = config.account.imap
    if server.username is None or server.password is None:
        return None
    with _located(config):
        secret = read_secret(server.password, config_dir=config.path.parent)
    trust = None if server.security == "none" else Trust(server.ca)
    return SieveLook(server.host, port, trust, server.username, secret)


# --- the state as a file ------------------------------------------------------------------------------


def back_up(state_dir: Path, file: Path) -> Archive:
    """Keep the state in a file; a daemon that serves it goes on. Raises StateError."""
    from .adapters.state import archive

    return archive.back_up(state_dir / STATE_FILE, file, SystemClock().now())


def restore(file: Path, state_dir: Path) -> Archive:
    """Put back what `back_up` kept, where there is no state. Raises StateError."""
    from .adapters.state import archive

    with control.state_lock(state_dir):
        return asyncio.run(archive.restore(file, state_dir / STATE_FILE, SystemClock().now()))


def forget(address: str, config: Config | None, state_dir: Path, *, is_person: bool) -> Forgotten:
    """An account, or a correspondent in all of them, out of the state at once. Raises StateError.

    config: of an account that may be away, where no daemon runs; None: none is known.
    """
    from .adapters.state.store import SqliteStore
    from .daemon.forgetting import forget_account, forget_person
    from .ports import Forgotten

    request = {"command": "forget", "address": address, "person": is_person}
    if (answer := control.ask(state_dir, request)) is not None:
        _no_problem(answer)
        return Forgotten(**answer)

    async def work() -> Forgotten:
        configs, now = ([config] if config else []), SystemClock().now()
        store = SqliteStore(state_dir / STATE_FILE)
        try:
            if is_person:
                return await forget_person(address, configs, store, now)
            return await forget_account(address, configs, store, now, is_running=False)
        finally:
            await store.close()

    if not (state_dir / STATE_FILE).exists():
        raise StateError(f"there is no state in {state_dir}; see whether --state is right")
    with control.state_lock(state_dir):
        return asyncio.run(work())


# --- init -------------------------------------------------------------------------------------------


async def greet(imap: Server, smtp: Server, address: str, within_s: float) -> tuple[Greeting, Greeting]:
    """What both servers offer, before anybody logs in. Raises Unavailable, Refused."""
    from .adapters.imap.greeting import greet as greet_imap

    parts = Parts()
    reading = await greet_imap(imap.host, imap.port, imap.security, parts.trust(imap), within_s=within_s)
    try:
        async with asyncio.timeout(within_s):
            return reading, await parts.first_gate(smtp, address, "").greet()
    except TimeoutError:
        what = f"{smtp.host} port {smtp.port}: no answer within {within_s:.0f} seconds"
        raise Unavailable(f"{what}; is the port right, or is it blocked here?") from None


@contextlib.asynccontextmanager
async def first_login(
    imap: Server, smtp: Server, address: str, secret: str | Credential
) -> AsyncIterator[tuple[ImapSource, SubmissionGate]]:
    """Connections with a secret that stands nowhere yet, not opened. The gate sends to the owner alone."""
    parts = Parts()
    source = parts.first_source(imap, secret)
    try:
        yield source, parts.first_gate(smtp, address, secret)
    finally:
        await source.close()


# --- dry run ----------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def dry_run_source(config: Config, state_dir: Path) -> AsyncIterator[MailSource]:
    """The owner's mail server, connected. Raises ConfigError, Unavailable."""
    with _located(config):
        source = Parts(state_dir=state_dir).source(config)
    try:
        await source.connect()
        yield source
    finally:
        await source.close()

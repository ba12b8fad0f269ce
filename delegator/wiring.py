"""The only place that builds adapters and puts them together: the daemon, one command, a dry run."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import email
import email.policy
import signal
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .adapters import control
from .adapters.heartbeat import beat
from .adapters.host import SystemClock, notify_systemd, watchdog_interval_s
from .adapters.imap.source import ImapSource
from .adapters.smtp import SubmissionGate
from .adapters.state.store import SqliteStore
from .catalogues import load_catalogue
from .config import Config, ConfigError, Problem, load
from .config.model import Server
from .config.secrets import SecretError, read_secret
from .core.lessons import Lessons
from .core.people import Language, normal_address
from .daemon.account import Account
from .maillog import MailLog
from .ports import Clock, MailSource, Refused, StateError, Store
from .reports.status import AccountStatus, Status

POOL_THREADS = 8
"""For blocking IMAP commands, of all accounts together; waiting for news takes none."""


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """octets: the mail, None where it was sent. text: what to print. problem: what went wrong, or None."""

    octets: bytes | None
    text: str
    problem: str | None = None
    language: Language = "en"  # of the mail


class Parts:
    """What accounts share: the pool, and one TLS context for each set of certificates.

    is_online: False for a command that only looks at the state: it connects to nothing, and so needs
    no secret, which a daemon's service manager may keep from everybody else.
    """

    def __init__(self, clock: Clock | None = None, *, is_online: bool = True) -> None:
        self.clock: Clock = clock or SystemClock()
        self._is_online = is_online
        self._pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="imap")
        self._contexts: dict[Path | None, ssl.SSLContext] = {}

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def source(self, config: Config) -> ImapSource:
        """Raises SecretError."""
        assert config.account is not None
        server = config.account.imap
        # Without a login the server has to know us by itself (PREAUTH); any other says what it wants.
        username, password = self._login(config, server) or ("", "")
        return ImapSource(
            server.host, server.port, server.security, self._context(server), username, password, self._pool
        )

    def gate(self, config: Config) -> SubmissionGate:
        """Raises SecretError."""
        assert config.account is not None
        return self._gate(config, config.account.smtp, config.recipients)

    def _alert_gate(self, config: Config) -> SubmissionGate | None:
        """Of the alert's own server: it takes mail to the alert address, and to nobody else."""
        if config.alert is None or config.alert.smtp is None:
            return None
        return self._gate(config, config.alert.smtp, frozenset({config.alert.address}))

    def _gate(self, config: Config, server: Server, recipients: frozenset[str]) -> SubmissionGate:
        username, password = self._login(config, server) or (None, None)
        return SubmissionGate(
            host=server.host,
            port=server.port,
            security=server.security,
            sender=config.owner.address,
            recipients=recipients,
            username=username,
            password=password,
            ssl_context=self._context(server),
        )

    def account(self, config: Config, store: Store, *, shadow: bool = False, adopt: bool = False) -> Account:
        """Raises SecretError."""
        return Account(
            config,
            source=self.source(config),
            gate=self.gate(config),
            store=store,
            clock=self.clock,
            log=MailLog(config.owner.address),
            alert_gate=self._alert_gate(config),
            heartbeat=beat,
            catalogue=load_catalogue,
            shadow=shadow,
            adopt=adopt,
        )

    def _context(self, server: Server) -> ssl.SSLContext | None:
        if server.security == "none":
            return None
        if server.ca not in self._contexts:
            try:
                self._contexts[server.ca] = ssl.create_default_context(cafile=server.ca)
            except (OSError, ssl.SSLError) as error:
                raise Refused(f"{server.ca}: no certificates in it ({error}); name a PEM file") from error
        return self._contexts[server.ca]

    def _login(self, config: Config, server: Server) -> tuple[str, str] | None:
        """None: the server, on this machine, wants none."""
        if server.username is None or server.password is None:
            return None
        if not self._is_online:
            return server.username, ""
        return server.username, read_secret(server.password, config_dir=config.path.parent)


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
    configs = _load_all(paths)
    for config in configs:
        log = MailLog(config.owner.address)
        for warning in config.warnings:
            log.configuration(warning=str(warning))
    with control.state_lock(state_dir):
        return asyncio.run(_run(Parts(clock), configs, state_dir, once=once, shadow=shadow, adopt=adopt))


async def _run(
    parts: Parts, configs: Sequence[Config], state_dir: Path, *, once: bool, shadow: bool, adopt: bool
) -> int:
    accounts: list[Account] = []
    store = SqliteStore(state_dir / "state.sqlite3")
    try:
        for config in configs:
            with _located(config):
                accounts.append(parts.account(config, store, shadow=shadow, adopt=adopt))
        if once:
            reached = await asyncio.gather(*(account.once() for account in accounts))
            return 0 if all(reached) else 1
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, accounts)
        async with control.serve(state_dir, lambda request: _answer(accounts, request)):
            watchdog = asyncio.create_task(_feed_watchdog(accounts, parts.clock))
            notify_systemd("READY=1")
            try:
                async with asyncio.TaskGroup() as group:
                    for account in accounts:
                        group.create_task(account.run())
            finally:
                watchdog.cancel()
                notify_systemd("STOPPING=1")
        return 0
    finally:
        await store.close()
        parts.close()


def _stop(accounts: Sequence[Account]) -> None:
    for account in accounts:
        account.stop.set()


async def _feed_watchdog(accounts: Sequence[Account], clock: Clock) -> None:
    interval_s = watchdog_interval_s()
    while interval_s is not None:
        if all(account.is_turning(clock.now()) for account in accounts):
            notify_systemd("WATCHDOG=1")
        await asyncio.sleep(interval_s)


# --- commands beside a daemon -----------------------------------------------------------------------


async def _answer(accounts: Sequence[Account], request: control.Answer) -> control.Answer:
    """What the daemon says to one request of a command."""
    match request:
        case {"command": "status"}:
            found = [await account.status() for account in accounts]
            return {"accounts": [_account_facts(each) for each in found]}
        case {"command": "review", "owner": str(owner), "send": bool(send)}:
            if (served := _of(accounts, owner)) is None:
                return _not_served(owner)
            if send:
                await served.send_review()
                return {}
            _, octets, _ = await served.compose_review(None)
            return {"octets": base64.b64encode(octets).decode("ascii")}
        case {"command": "trial", "owner": str(owner)}:
            if (served := _of(accounts, owner)) is None:
                return _not_served(owner)
            octets, message_id = await served.compose_trial()
            return {"octets": base64.b64encode(octets).decode("ascii"), "message_id": message_id}
        case {"command": "briefs", "owner": str(owner)}:
            if (served := _of(accounts, owner)) is None:
                return _not_served(owner)
            return {"sent": await served.send_briefs()}
        case {"command": "learn", "owner": str(owner), "values": dict(values)}:
            if (served := _of(accounts, owner)) is None:
                return _not_served(owner)
            if (lessons := Lessons.from_values(values)) is not None:
                await served.learn(lessons)
            return {}
        case _:
            return {"problem": "the running daemon does not know this command; restart it"}


def _of(accounts: Sequence[Account], owner: str) -> Account | None:
    address = normal_address(owner)
    return next((account for account in accounts if normal_address(account.address) == address), None)


def _not_served(owner: str) -> control.Answer:
    return {"problem": f"the running daemon does not serve {owner}; is this the right --state?"}


def status(path: Path, state_dir: Path) -> Status:
    """Of all accounts of the running daemon; of this configuration's where none runs."""
    config = load(path, read_secrets=False)
    if (answer := control.ask(state_dir, {"command": "status"})) is not None:
        _no_problem(answer)
        return Status(tuple(_account_status(entry) for entry in answer["accounts"]))

    async def look() -> Status:
        parts, store = Parts(is_online=False), SqliteStore(state_dir / "state.sqlite3")
        try:
            with _located(config):
                return Status((await parts.account(config, store).status(),))
        finally:
            await store.close()
            parts.close()

    with control.state_lock(state_dir):
        return asyncio.run(look())


def _account_facts(status: AccountStatus) -> dict[str, object]:
    for_people = {"handovers": status.handovers, "backups": status.backups, "timezone": status.timezone}
    return {**status.to_dict(), **for_people}


def _account_status(entry: dict[str, object]) -> AccountStatus:
    def moment(value: object) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else None

    values: dict[str, object] = dict(entry)
    for name in ("last_contact_at", "next_review_at"):
        values[name] = moment(values[name])
    for name in ("problems", "handovers", "backups"):
        lines = values[name]
        values[name] = tuple(lines) if isinstance(lines, list) else ()
    return AccountStatus(**values)  # type: ignore[arg-type]  # what `_account_facts` made, through JSON


def _no_problem(answer: control.Answer) -> None:
    if problem := answer.get("problem"):
        raise StateError(str(problem))


def review(path: Path, state_dir: Path, *, send: bool) -> ReviewResult:
    """The next review now; send: put it on its way to the owner."""
    config = load(path, read_secrets=False)
    request = {"command": "review", "owner": config.owner.address, "send": send}
    if (answer := control.ask(state_dir, request)) is not None:
        _no_problem(answer)
        if send:
            return ReviewResult(None, f"The review is on its way to {config.owner.address}.")
        return _shown(base64.b64decode(answer["octets"]), config.owner.language)

    async def make() -> ReviewResult:
        parts, store = Parts(is_online=send), SqliteStore(state_dir / "state.sqlite3")
        try:
            with _located(config):
                account = parts.account(config, store)
            if not send:
                _, octets, _ = await account.compose_review(None)
                return _shown(octets, config.owner.language)
            if not await account.once(review_now=True):
                problem = "; ".join((await account.status()).problems) or "a server could not be reached"
                return ReviewResult(None, "", problem)
            return ReviewResult(None, f"The review was sent to {config.owner.address}.")
        finally:
            await store.close()
            parts.close()

    with control.state_lock(state_dir):
        return asyncio.run(make())


def _shown(octets: bytes, language: Language) -> ReviewResult:
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    body = mail.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    return ReviewResult(octets, f"{mail['subject']}\n\n{text}".rstrip(), language=language)


def write_page(octets: bytes, language: Language) -> Path:
    """A review at the width of a phone, beside its plain text, as a page that only the owner can read."""
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    parts = {kind: mail.get_body((kind,)) for kind in ("html", "plain")}
    page, text = (str(part.get_content()) if part is not None else "" for part in parts.values())
    shown = (
        load_catalogue(language)
        .template("side_by_side.html")
        .render(language=language, subject=str(mail["subject"]), page=page, text=text)
    )
    path = Path(tempfile.mkdtemp(prefix="delegator-")) / "review.html"
    path.touch(mode=0o600)
    path.write_text(shown, encoding="utf-8")
    return path


def compose_trial(config: Config, state_dir: Path) -> tuple[bytes, str]:
    """The mail of `check --send` and its Message-ID, from the state's daemon or from the state."""
    answer = _ask_or_do(config, state_dir, {"command": "trial", "owner": config.owner.address})
    return base64.b64decode(answer["octets"]), str(answer["message_id"])


def send_briefs(config: Config, state_dir: Path) -> tuple[str, ...]:
    """The brief to every backup who has not had it; their addresses."""
    answer = _ask_or_do(config, state_dir, {"command": "briefs", "owner": config.owner.address})
    return tuple(answer["sent"])


def keep_lessons(config: Config, state_dir: Path, lessons: Lessons) -> None:
    """Into the state, by its daemon where one runs."""
    request = {"command": "learn", "owner": config.owner.address, "values": lessons.to_values()}
    _ask_or_do(config, state_dir, request)


def _ask_or_do(config: Config, state_dir: Path, request: control.Answer) -> control.Answer:
    """What a daemon on this state would answer, whether one is running or not."""

    async def answer() -> control.Answer:
        parts, store = Parts(), SqliteStore(state_dir / "state.sqlite3")
        try:
            with _located(config):
                return await _answer([parts.account(config, store)], request)
        finally:
            await store.close()
            parts.close()

    if (answered := control.ask(state_dir, request)) is None:
        with control.state_lock(state_dir):
            answered = asyncio.run(answer())
    _no_problem(answered)
    return answered


@contextlib.asynccontextmanager
async def probes(parts: Parts, config: Config) -> AsyncIterator[tuple[ImapSource, SubmissionGate]]:
    """Connections of one's own, for `check`, not opened yet. Raises ConfigError."""
    with _located(config):
        source, gate = parts.source(config), parts.gate(config)
    try:
        yield source, gate
    finally:
        await source.close()


# --- dry run ----------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def dry_run_source(config: Config) -> AsyncIterator[MailSource]:
    """The owner's mail server, connected. Raises ConfigError, Unavailable."""
    parts = Parts()
    try:
        with _located(config):
            source = parts.source(config)
        try:
            await source.connect()
            yield source
        finally:
            await source.close()
    finally:
        parts.close()

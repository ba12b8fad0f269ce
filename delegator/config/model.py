"""The configuration as the program uses it: checked, resolved, frozen. Built by `config.load`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from ..core.hours.absence import (
    NOTHING_KEPT,
    Kept,
    Leave,
    current_leave,
    is_paused,
    leaves_of,
    next_leave,
    zone_now,
)
from ..core.hours.workhours import due_at
from ..core.logins.scopes import MICROSOFT_AUTHORITY, LoginKey
from ..core.people import Backup, Owner, Window, WorkingHours, backup_of
from ..core.rules.book import Outcome, Priority, Rule, RuleBook
from .holidays import is_holiday

if TYPE_CHECKING:
    from ..core.reviews.to_do import TaskAddress
    from ..core.triage.verdict import Disposition

Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a configuration. line and column from 1; 0 where there is no place.

    str() is the line that is printed: `FILE:LINE:COLUMN: what; what to do`.
    """

    file: str
    line: int
    column: int
    what: str
    to_do: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what}; {self.to_do}"


class ConfigError(Exception):
    """Every problem of a configuration at once, in the order of their places."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where a secret is, never the secret. Exactly one kind; read with `config.secrets.read_secret`."""

    kind: Literal["credential", "env", "file", "command", "keyring"]
    value: str | tuple[str, ...]  # a command is a tuple of words
    line: int
    column: int

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a command."""
        return (self.value,) if isinstance(self.value, str) else self.value


@dataclass(frozen=True, slots=True)
class TokenLogin:
    """An app at Microsoft or Google by which tokens come: see `core.logins`.

    For Microsoft: client_id, tenant, authority, and secret or certificate where the app logs in by itself.
    For Google: client, the file that its console gives. secret_until: when the secret ends, where it is told.
    """

    provider: LoginKey
    line: int
    column: int
    client_id: str = ""
    tenant: str = ""
    authority: str = MICROSOFT_AUTHORITY
    secret: SecretSource | None = None
    certificate: SecretSource | None = None
    secret_until: date | None = None
    client: SecretSource | None = None

    def name(self, username: str) -> str:
        """Under which the state keeps what came of it."""
        return f"{self.provider}/{username.lower()}"


@dataclass(frozen=True, slots=True)
class Server:
    """A server and how to log in to it. Neither password nor token: no authentication (loopback only).

    token: the command that prints one, or the login that gives one.
    """

    host: str
    port: int
    security: Security
    ca: Path | None  # a PEM file of trusted certificates, instead of the system's
    username: str | None
    password: SecretSource | None
    token: SecretSource | TokenLogin | None = None


@dataclass(frozen=True, slots=True)
class Account:
    imap: Server
    smtp: Server
    mailboxes: tuple[str, ...]
    authserv_id: str | None
    sent: str | None = None  # of what the owner sends, where it is not found by itself


@dataclass(frozen=True, slots=True)
class FollowUp:
    """hours: of backups who state none. holidays: a code that `config.holidays` knows; None: none."""

    within: timedelta
    on_silence: Literal["ask", "next"]
    hours: tuple[WorkingHours, ...] = ()
    holidays: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """at: local times in the owner's time zone, ascending."""

    at: tuple[time, ...]
    minutes: int
    when_empty: Literal["send", "skip"]


@dataclass(frozen=True, slots=True)
class Alert:
    """smtp: a server of its own; None: the account's. heartbeat: a URL, or None."""

    address: str
    after: timedelta
    smtp: Server | None = None
    heartbeat: str | None = None


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file under `lists`.

    stamp: what the file system said of it when it was last looked at, None where there was no file.
    problem: why it could not be read again since, in a sentence; "" where it could.
    """

    name: str
    path: Path
    stamp: tuple[int, ...] | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of an expectation: written in YAML, or in a file. at: when it arrives, aware, or None."""

    octets: bytes
    file: Path | None
    size_octets: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must become of one mail. after: those that came before it in its conversation, decided first.

    disposition and what stands beside it: as `dry-run` says it; None where anything will do.
    """

    name: str
    place: Problem  # where it stands; says nothing
    after: tuple[Mail, ...]
    mail: Mail
    disposition: Disposition
    backup: str | None
    priority: Priority | None
    rule: str | None

    @property
    def outcome(self) -> str:
        """As written: "forward anna"."""
        return " ".join(filter(None, (self.disposition.value, self.backup or self.priority)))


@dataclass(frozen=True, slots=True)
class Config:
    """One owner's rules.yaml. `away` and `account` may be empty where only files are looked at.

    in_file: `away` as the file has it, where the state has changed it (`with_changes`); else None. kept:
    those changes. cover: key of the backup who takes what a rule's own backups cannot; else None.
    lists: whose addresses are in the rules; see `reload_lists`. lines: where things stand in the file,
    from 1: "away", "review.at", "backups.anna".
    """

    path: Path
    owner: Owner
    away: tuple[Window, ...]
    account: Account | None
    backups: dict[str, Backup]
    follow_up: FollowUp
    review: ReviewPlan
    to_do_files: tuple[Path, ...]
    tasks: tuple[TaskAddress, ...]
    alert: Alert | None
    keep: timedelta
    rules: tuple[Rule, ...]
    otherwise: Outcome
    warnings: tuple[Problem, ...]
    lists: tuple[ListFile, ...] = ()
    expect: tuple[Expectation, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    in_file: tuple[Window, ...] | None = None
    kept: Kept = NOTHING_KEPT
    cover: str | None = None

    def with_changes(self, kept: Kept, now: datetime) -> Config:
        """As it holds now: what the state changed of the absence, and no more than rules.yaml allows.

        A backup whom the file no longer names covers nothing.
        """
        in_file = self.away if self.in_file is None else self.in_file
        if kept == NOTHING_KEPT and self.in_file is None:
            return self
        leaves = leaves_of(in_file, kept)
        coming = next_leave(leaves, now)
        cover = coming.cover if coming is not None and coming.cover in self.backups else None
        zone = zone_now(leaves, kept, now)
        first = {key: self.backups[key] for key in (cover,) if key is not None}
        return replace(
            self,
            in_file=in_file,
            kept=kept,
            away=tuple(leave.window for leave in leaves),
            owner=self.owner if zone is None else self.owner.staying_in(ZoneInfo(zone)),
            backups={**first, **self.backups},  # what is proposed goes to the first who is there
            cover=cover,
        )

    @property
    def leaves(self) -> tuple[Leave, ...]:
        """Every absence, with what the state changed of it."""
        return leaves_of(self.away if self.in_file is None else self.in_file, self.kept)

    @property
    def served(self) -> tuple[Window, ...]:
        """The absences in which mail is forwarded."""
        return tuple(leave.window for leave in self.leaves if not leave.is_trial)

    def is_paused(self, now: datetime) -> bool:
        """Whether no forward leaves."""
        return is_paused(self.leaves, self.kept, now)

    def is_trial(self, now: datetime) -> bool:
        """Whether the absence that holds now is only tried."""
        leave = current_leave(self.leaves, now)
        return leave is not None and leave.is_trial

    @property
    def rule_book(self) -> RuleBook:
        return RuleBook(
            owner=self.owner,
            backups=self.backups,
            rules=self.rules,
            otherwise=self.otherwise,
            authserv_id=self.account.authserv_id if self.account else None,
            away=self.away,
            cover=self.cover,
        )

    def is_holiday(self, day: date) -> bool:
        """Whether the clock stands still on a local day."""
        return self.follow_up.holidays is not None and is_holiday(self.follow_up.holidays, day)

    def hours_of(self, backup: Backup) -> tuple[WorkingHours, ...]:
        return backup.hours or self.follow_up.hours

    def follow_up_at(self, backup: Backup, from_at: datetime) -> datetime:
        """When a backup who is asked at a moment should have answered."""
        return due_at(from_at, self.follow_up.within, self.hours_of(backup), backup.timezone, self.is_holiday)

    def backup_of(self, address: str) -> Backup | None:
        """Whose address it is."""
        return backup_of(address, self.backups.values())

    @property
    def logins(self) -> dict[str, tuple[TokenLogin, str]]:
        """By OAuth 2, under their names, with the user name of each; of one app and mailbox there is one."""
        servers = [self.account.imap, self.account.smtp] if self.account else []
        servers += [self.alert.smtp] if self.alert and self.alert.smtp else []
        return {
            server.token.name(server.username): (server.token, server.username)
            for server in servers
            if isinstance(server.token, TokenLogin) and server.username is not None
        }

    @property
    def recipients(self) -> frozenset[str]:
        """The closed set: the only addresses that anything is ever sent to."""
        named = [self.owner.address, *(task.address for task in self.tasks)]
        named += [backup.address for backup in self.backups.values()]
        if self.alert:
            named.append(self.alert.address)
        return frozenset(named)

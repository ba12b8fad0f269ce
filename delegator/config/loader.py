"""rules.yaml to Config, or every problem in it at once. What keys there are stands in `format`."""

from __future__ import annotations

import itertools
import os
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..core.folders import is_ours
from ..core.hours.schedule import local_moment
from ..core.logins.scopes import MICROSOFT_AUTHORITY, LoginKey
from ..core.people import Backup, Owner, Window, WorkingHours, normal_address
from ..core.reviews.to_do import WITH_TAGS, TaskAddress
from ..core.rules.book import ToReview
from . import format as fmt
from .model import (
    Account,
    Alert,
    Config,
    ConfigError,
    Expectation,
    FollowUp,
    Problem,
    ReviewPlan,
    SecretSource,
    Server,
    TokenLogin,
)
from .nodes import Report, quote, read_document
from .rules import RulesReader
from .secrets import SecretError, look_for_secret
from .shapes import Found, Key, Place, Values, items_of, literal_name, plain_values
from .values import Moment, is_loopback


def find_config(option: Path | None) -> Path:
    """The rules.yaml to use: the one asked for, else the first there is of the usual places.

    Raises ConfigError where there is none. A file that was asked for is not looked at here.
    """
    if option is not None:
        return option
    places = _usual_places()
    for place in places:
        if place.is_file():
            return place
    what = f"there is no such file, nor {places[1]} or {places[2]}"
    to_do = "`delegator init` makes one, or name one with --config FILE"
    raise ConfigError((Problem("rules.yaml", 1, 1, what, to_do),))


def passed_over(taken: str) -> Path | None:
    """Where the file of the current folder was taken: the one that there is besides, or None."""
    here, *others = _usual_places()
    return next((place for place in others if place.is_file()), None) if taken == str(here) else None


def _usual_places() -> tuple[Path, Path, Path]:
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return (
        Path("rules.yaml"),
        Path(home).expanduser() / "delegator" / "rules.yaml",
        Path("/etc/delegator/rules.yaml"),
    )


def load(
    path: Path, *, for_files: bool = False, needs_away: bool = True, read_secrets: bool = True
) -> Config:
    """The configuration in a file. Raises ConfigError with every problem at once.

    for_files: only mail in files will be looked at: `away` and `account` may be absent, and neither
    secrets nor certificates are read. needs_away: False where mail is only looked at, as if the owner were
    away: the dates may not be known yet. read_secrets: False where no server will be spoken to, as for
    `status`: that a secret can be read is then not checked.
    """
    report = Report(str(path))
    root = read_document(path, report)
    found = fmt.FILE_FORMAT.read(root, Place(report)) if root is not None else None
    if found is None:
        raise ConfigError(report.problems)
    if (version := found.value.get(fmt.VERSION)) and version.value != "1":
        # The rest may be right in a format that this program does not know.
        only = Report(str(path))
        only.problem(version.node, f"version {quote(version.value)} is not supported", "write 1, or upgrade")
        raise ConfigError(only.problems)
    reads, needs = read_secrets and not for_files, needs_away and not for_files
    loader = _Loader(path, found, for_files=for_files, needs_away=needs, read_secrets=reads)
    return loader.config()


class _Loader:
    """What the sections of one file need of each other."""

    def __init__(
        self, path: Path, root: Found[Values], *, for_files: bool, needs_away: bool, read_secrets: bool
    ) -> None:
        self.path = path
        self.folder = path.parent
        self.root = root
        self.values = root.value
        self.report = root.place.report
        self.for_files = for_files
        self.needs_away = needs_away
        self.read_secrets = read_secrets
        backups = self.values.get(fmt.BACKUPS)
        # None: `backups` could not be read, so that no name is known to be unknown.
        self.backup_keys = (
            None if "backups" in self.values and not backups else [*(backups.value if backups else ())]
        )

    def config(self) -> Config:
        values = self.values
        owner = self.owner()
        zone = owner.timezone if owner else ZoneInfo("UTC")
        away = _windows(values.get(fmt.AWAY), zone)
        if self.needs_away:
            self.require(fmt.AWAY)
        if not self.for_files:
            self.require(fmt.ACCOUNT_KEY)
        account = self.account()
        follow_up = self.follow_up()
        backups = self.backups(owner, zone, follow_up.hours)
        reader = RulesReader(values, self.folder, self.report, self.backup_keys)
        rules = reader.rules()
        otherwise = values.get(fmt.OTHERWISE)
        config = Config(
            path=self.path,
            owner=owner or _NOBODY,
            away=away,
            account=account,
            backups=backups,
            follow_up=follow_up,
            review=self.review(),
            to_do_files=self.to_do_files(),
            tasks=self.tasks(),
            alert=self.alert(),
            keep=values.value(fmt.KEEP, timedelta(days=30)),
            rules=rules,
            otherwise=(reader.outcome(otherwise, in_rule=False) if otherwise else None) or ToReview("normal"),
            warnings=self.report.warnings,
            expect=self.expectations(owner),
            lists=tuple(reader.list_files),
            lines=_lines(self.values),
        )
        if self.report.problems:
            raise ConfigError(self.report.problems)
        return config

    def require(self, key: Key[Any]) -> None:
        found = self.values.get(key)
        if key.name not in self.values:
            self.root.problem(f"`{key.name}` is missing", f"add it: {key.about}")
        elif found and found.value == ():
            found.problem(f"`{key.name}` is empty", f"write {key.about}")

    # -- people

    def owner(self) -> Owner | None:
        found = self.values.get(fmt.OWNER_KEY)
        if not found:
            return None
        name, address = found.value.get(fmt.OWNER_NAME), found.value.get(fmt.OWNER_ADDRESS)
        zone = found.value.get(fmt.OWNER_ZONE)
        if not (name and address and zone):
            return None
        language = found.value.value(fmt.PERSON_LANGUAGE, "en")
        return Owner(
            name.value, address.value, plain_values(found.value.get(fmt.ALIASES)), language, zone.value
        )

    def backups(
        self, owner: Owner | None, zone: ZoneInfo, hours: tuple[WorkingHours, ...]
    ) -> dict[str, Backup]:
        taken = {normal_address(address): "the owner" for address in owner.addresses} if owner else {}
        backups: dict[str, Backup] = {}
        section = self.values.get(fmt.BACKUPS)
        for key, found in (section.value if section else {}).items():
            if not found:
                continue
            values = found.value
            addresses = [*filter(None, [values.get(fmt.BACKUP_ADDRESS)]), *items_of(values.get(fmt.ALIASES))]
            for address in addresses:
                whose = taken.setdefault(normal_address(address.value), key)
                if whose == "the owner":
                    address.problem(
                        "a backup cannot have an address of the owner", "name a colleague's address"
                    )
                elif whose != key:
                    address.problem(
                        f"backup {quote(whose)} has this address too", "give each backup their own"
                    )
            windows = _windows(values.get(fmt.BACKUP_AWAY), values.value(fmt.BACKUP_ZONE, zone))
            name, main = values.get(fmt.BACKUP_NAME), values.get(fmt.BACKUP_ADDRESS)
            if not (name and main):
                continue
            backups[key] = Backup(
                key=key,
                name=name.value,
                address=main.value,
                aliases=plain_values(values.get(fmt.ALIASES)),
                away=windows,
                language=values.value(fmt.PERSON_LANGUAGE, owner.language if owner else "en"),
                reply_to=values.value(fmt.REPLY_TO, "both"),
                hours=_hours(values.get(fmt.HOURS)) or hours,
                timezone=values.value(fmt.BACKUP_ZONE, zone),
            )
        return backups

    # -- servers

    def account(self) -> Account | None:
        found = self.values.get(fmt.ACCOUNT_KEY)
        if not found:
            return None
        values = found.value
        username = values.get(fmt.ACCOUNT_USERNAME)
        if "password" not in values and "token" not in values:
            to_do = f"add it: {fmt.ACCOUNT_PASSWORD.about}; or write `token` (OAuth 2)"
            found.problem("`account.password` is missing", to_do)
        proof = self.proof(values, fmt.ACCOUNT_PASSWORD)
        login = username.value if username else None
        imap = self.server(values.get(fmt.ACCOUNT_IMAP), {"tls": 993, "starttls": 143}, login, proof)
        smtp = self.server(values.get(fmt.ACCOUNT_SMTP), {"tls": 465, "starttls": 587}, login, proof)
        mailboxes = self.mailboxes(values.get(fmt.MAILBOXES))
        authserv_id = values.get(fmt.AUTHSERV_ID)
        if not (imap and smtp):
            return None
        sent = self.sent(values.get(fmt.SENT))
        return Account(imap, smtp, mailboxes, authserv_id.value if authserv_id else None, sent)

    def server(
        self,
        found: Found[Values] | None,
        ports: dict[str, int],
        username: str | None,
        proof: _Proof,
    ) -> Server | None:
        if not found:
            return None
        values = found.value
        host, port, security = values.get(fmt.HOST), values.get(fmt.PORT), values.get(fmt.SECURITY)
        ca, own_name = values.get(fmt.CA), values.get(fmt.USERNAME)
        kind = security.value if security else "tls"
        authorities = self.folder / ca.value if ca else None
        if security and kind == "none":
            if host and not is_loopback(host.value):
                to_do = "write tls or starttls; none is for 127.0.0.0/8, ::1 and localhost"
                security.problem("without encryption the password would go over the network", to_do)
            if "port" not in values:
                security.problem("`security: none` has no usual port", "add `port`")
            if ca:
                ca.problem("`ca` does nothing without encryption", "take it out")
        elif ca and authorities and not self.for_files and not _holds_certificates(authorities):
            ca.problem("this file cannot be read as PEM certificates", "name a file that holds them")
        own = self.proof(values, fmt.PASSWORD)
        password, token = own if any(own) else proof
        if not host:
            return None
        return Server(
            host=host.value,
            port=port.value if port else ports.get(kind, 0),
            security=kind,
            ca=authorities,
            username=own_name.value if own_name else username,
            password=password,
            token=token,
        )

    def proof(self, values: Values, password_key: Key[Any]) -> _Proof:
        """Password and token of a login, of which one at most is written."""
        if "password" in values and "token" in values:
            what = "this is a second way to log in, beside `password`"
            self.report.problem(values.key_node("token"), what, "keep one of the two")
        return self.secret(values.get(password_key)), self.token(values.get(fmt.TOKEN))

    def token(self, found: Found[Values] | None) -> SecretSource | TokenLogin | None:
        """From a command or a login: exactly one."""
        if not found:
            return None
        values, command = found.value, found.value.get(fmt.TOKEN_COMMAND)
        if "login" not in values:
            others = [name for name in values.entries if name != "command"]
            for name in others:
                to_do = "add `login: microsoft` or `login: google`, or take it out"
                self.report.problem(values.key_node(name), f"`{name}` belongs to a login", to_do)
            if "command" not in values and not others and not found.node.value:
                to_do = "write {command: [PROGRAM, ARGUMENT]}, or {login: microsoft, …}"
                found.problem("nothing says where the token comes from", to_do)
            return self.source(fmt.TOKEN_COMMAND, command) if command else None
        if "command" in values:
            self.report.problem(
                values.key_node("command"), "this is a second source of the token", "keep one"
            )
        login = values.get(fmt.LOGIN)
        return self.login(found, login.value) if login else None

    def login(self, found: Found[Values], provider: LoginKey) -> TokenLogin | None:
        values = found.value
        wanted: tuple[Key[Any], ...] = (
            (fmt.CLIENT_ID, fmt.TENANT) if provider == "microsoft" else (fmt.CLIENT,)
        )
        others = (fmt.CLIENT,) if provider == "microsoft" else fmt.OF_MICROSOFT
        for key in wanted:
            if key.name not in values:
                found.problem(f"`{key.name}` is missing beside `login: {provider}`", f"add it: {key.about}")
        for key in others:
            if key.name in values:
                self.report.problem(
                    values.key_node(key.name),
                    f"`{key.name}` does nothing beside `login: {provider}`",
                    "take it out",
                )
        if "secret" in values and "certificate" in values:
            what = "this is a second way for the app to log in"
            self.report.problem(values.key_node("certificate"), what, "keep one")
        client_id, tenant = values.get(fmt.CLIENT_ID), values.get(fmt.TENANT)
        secret_until = values.get(fmt.SECRET_UNTIL)
        return TokenLogin(
            provider=provider,
            line=found.line,
            column=found.column,
            client_id=client_id.value if client_id else "",
            tenant=tenant.value if tenant else "",
            authority=values.value(fmt.AUTHORITY, MICROSOFT_AUTHORITY),
            secret=self.secret(values.get(fmt.APP_SECRET)),
            certificate=self.secret(values.get(fmt.CERTIFICATE), is_document=True),
            secret_until=secret_until.value if secret_until else None,
            client=self.secret(values.get(fmt.CLIENT), is_document=True),
        )

    def secret(self, found: Found[Values] | None, *, is_document: bool = False) -> SecretSource | None:
        """is_document: it has several lines."""
        if not found:
            return None
        by_name = {key.name: key for key in fmt.SECRET_KINDS}
        kinds = [by_name[name] for name in found.value.entries]
        if not kinds:
            if not found.node.value:
                to_do = "write {credential: NAME}, {env: NAME} or {file: PATH}"
                found.problem("nothing says where the secret is", to_do)
            return None
        first, *others = kinds
        for other in others:
            node = found.value.key_node(other.name)
            self.report.problem(node, "this is a second place of the same secret", "keep one")
        value = found.value.get(first)
        return self.source(first, value, is_document=is_document) if value else None

    def source(self, kind: Key[Any], value: Found[Any], *, is_document: bool = False) -> SecretSource:
        said = plain_values(value) if kind.name == "command" else value.value
        source = SecretSource(literal_name(kind), said, value.line, value.column)
        if self.read_secrets and said:  # else it is no list of words, which is told already
            try:
                look_for_secret(source, config_dir=self.folder, is_document=is_document)
            except SecretError as error:
                value.problem(error.what, error.to_do)
        return source

    def mailboxes(self, found: Found[tuple[Found[str], ...]] | None) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for item in items_of(found):
            # INBOX is the one name in which case does not count (RFC 3501 section 5.1).
            name = "INBOX" if item.value.upper() == "INBOX" else item.value
            if name in names:
                item.problem("this mailbox stands here already", "take one of them out")
            elif is_ours(name):
                item.problem("delegator's own folders cannot be watched", "take it out")
            names[name] = None
        return tuple(names) or ("INBOX",)

    def sent(self, found: Found[str] | None) -> str | None:
        if found is None:
            return None
        if found.value.upper() == "INBOX" or is_ours(found.value):
            found.problem("this is not a mailbox of what you send", "take it out, or name another")
        return found.value

    # -- reviews, handover, the rest

    def review(self) -> ReviewPlan:
        found = self.values.get(fmt.REVIEW_KEY)
        values = found.value if found else Values({})
        at: dict[time, None] = {}
        for item in items_of(values.get(fmt.AT)):
            if item.value in at:
                item.problem("this time stands here already", "take one of them out")
            at[item.value] = None
        if len(at) > 4 and (times := values.get(fmt.AT)):
            times.problem("more than four reviews a day", "leave four, or fewer")
        return ReviewPlan(
            at=tuple(sorted(at)) or fmt.DEFAULT_AT,
            minutes=values.value(fmt.MINUTES, 15),
            when_empty=values.value(fmt.WHEN_EMPTY, "send"),
        )

    def follow_up(self) -> FollowUp:
        found = self.values.get(fmt.FOLLOW_UP_KEY)
        values = found.value if found else Values({})
        within = values.value(fmt.WITHIN, timedelta(hours=2, minutes=15))
        holidays = values.get(fmt.HOLIDAYS)
        return FollowUp(
            within=within,
            on_silence=values.value(fmt.ON_SILENCE, "ask"),
            hours=_hours(values.get(fmt.HOURS)) or fmt.DEFAULT_HOURS,
            holidays=holidays.value if holidays else None,
        )

    def to_do_files(self) -> tuple[Path, ...]:
        """Relative to the configuration."""
        items = items_of(self.values.get(fmt.TO_DO_KEY))
        found = [item.value.get(fmt.TO_DO_FILE) for item in items]
        return tuple(dict.fromkeys(self.folder / file.value for file in found if file))

    def tasks(self) -> tuple[TaskAddress, ...]:
        tasks: dict[str, TaskAddress] = {}
        for item in items_of(self.values.get(fmt.TO_DO_KEY)):
            names = [name for name in ("file", "mail") if name in item.value]
            if len(names) != 1:
                item.problem(
                    "a to-do destination is a file or a mail address", "write one of `file` and `mail`"
                )
            if "preset" in item.value and "mail" not in item.value:
                node = item.value.key_node("preset")
                self.report.problem(node, "`preset` belongs to `mail`", "take it out")
            preset = item.value.value(fmt.PRESET, "plain")
            if "tags" in item.value and "mail" not in item.value:
                node = item.value.key_node("tags")
                self.report.problem(node, "`tags` belong to `mail`", "take them out")
            elif "tags" in item.value and preset not in WITH_TAGS:
                node = item.value.key_node("tags")
                what = f"`{preset}` reads no tags in a mail's subject"
                self.report.problem(node, what, f"take them out, or choose {', '.join(WITH_TAGS)}")
            if mail := item.value.get(fmt.TO_DO_MAIL):
                key = normal_address(mail.value)
                if key in tasks:
                    mail.problem(
                        "this address stands here twice", "every to-do would come twice; take one out"
                    )
                tags = plain_values(item.value.get(fmt.TAGS))
                tasks[key] = TaskAddress(mail.value, preset, tags)
        return tuple(tasks.values())

    def alert(self) -> Alert | None:
        found = self.values.get(fmt.ALERT_KEY)
        address = found.value.get(fmt.ALERT_ADDRESS) if found else None
        if not (found and address):
            return None
        after = found.value.value(fmt.AFTER, timedelta(minutes=30))
        smtp = self.server(found.value.get(fmt.ALERT_SMTP), {"tls": 465, "starttls": 587}, None, _NO_PROOF)
        heartbeat = found.value.get(fmt.HEARTBEAT)
        return Alert(address.value, after, smtp, heartbeat.value if heartbeat else None)

    def expectations(self, owner: Owner | None) -> tuple[Expectation, ...]:
        rules = self.values.get(fmt.RULES)
        found = [rule.value.get(fmt.RULE_NAME) for rule in items_of(rules)]
        names = [name.value for name in found if name]
        items = items_of(self.values.get(fmt.EXPECT))
        if not items:
            return ()
        from .expectations import read_expectations  # they are mails, and so want what reads one

        return read_expectations(items, self.folder, owner or _NOBODY, self.backup_keys, names)


_Proof = tuple[SecretSource | None, SecretSource | TokenLogin | None]
"""A password, or a token, or neither."""

_NO_PROOF: _Proof = (None, None)

_NOBODY = Owner("", "", (), "en", ZoneInfo("UTC"))
"""Stands in for an owner that could not be read, so that all else is looked at too."""


def _lines(values: Values) -> dict[str, int]:
    """Where that stands which reports speak of besides rules."""
    lines = {}
    if away := values.get(fmt.AWAY):
        lines["away"] = away.line
    if (review := values.get(fmt.REVIEW_KEY)) and (at := review.value.get(fmt.AT)):
        lines["review.at"] = at.line
    if backups := values.get(fmt.BACKUPS):
        lines |= {f"backups.{key}": found.line for key, found in backups.value.items() if found}
    return lines


def _hours(found: Found[tuple[Found[tuple[WorkingHours, ...]], ...]] | None) -> tuple[WorkingHours, ...]:
    """The spans of all items together; empty where none were written, or could be read."""
    return tuple(span for item in items_of(found) for span in item.value)


def _windows(found: Found[tuple[Found[Values], ...]] | None, zone: ZoneInfo) -> tuple[Window, ...]:
    """The windows in order; an overlap is reported at the later one."""
    windows: list[tuple[Window, Found[Values]]] = []
    for item in found.value if found else ():
        begin, end = item.value.get(fmt.FROM), item.value.get(fmt.UNTIL)
        if not (begin and end):
            continue
        window = Window(_moment(begin.value, zone), _moment(end.value, zone))
        if window.until_at <= window.from_at:
            end.problem("`until` is not after `from`", "write the first day, or the first moment, back")
        else:
            windows.append((window, item))
    windows.sort(key=lambda pair: pair[0].from_at)
    for (one, first), (other, second) in itertools.pairwise(windows):
        if other.from_at < one.until_at:
            later = max(first, second, key=lambda item: (item.line, item.column))
            later.problem("this window overlaps another one", "make one of the two")
    return tuple(window for window, _ in windows)


def _moment(value: Moment, zone: ZoneInfo) -> datetime:
    """In UTC. A day is its first moment in the zone."""
    if not isinstance(value, datetime):
        return local_moment(value, time(0), zone)
    if value.tzinfo is None:
        return local_moment(value.date(), value.time(), zone)
    return value.astimezone(UTC)


def _holds_certificates(path: Path) -> bool:
    import ssl

    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError):
        return False
    return True

"""One run of `init`, from the address to the first dry run."""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from ..adapters.host import language_name, time_zone_name
from ..adapters.imap.source import ImapSource
from ..adapters.written import write_new, write_private
from ..config import ConfigError, load, values
from ..config.draft import NOT_FINISHED, Draft, Login, rules_yaml, unfinished_draft
from ..config.model import Config
from ..config.shapes import Invalid
from ..core.commands.days import folded, read_days
from ..core.people import Language, normal_address
from ..core.providers import provider_of_host
from ..core.setup.evidence import weigh
from ..core.setup.proposals import Kind, Learnt, Proposal, propose
from ..ports import Clock, Unavailable
from ..preview.mailbox import simulate_mailboxes
from ..reports.dry_run import DryRun
from ..reports.init import Init
from ..reports.terminal import Progress
from .logins import ask_app, logged_in, signed_in
from .questions import Cannot, Questions
from .reading import read_headers
from .servers import find_servers

DRY_RUN_DAYS = 14

Shown = Callable[[], contextlib.AbstractContextManager[Progress]]
"""Shows progress for as long as it is open: never while a question is."""

_ASKED: dict[Kind, str] = {
    "alias": "Is {what} yours, too",
    "backup": "May {what} take over",
    "family": "Keep mail from {what} private",
    "confidential": "Keep mail with such words in its subject private (they are in the file)",
    "company": "Are those at {what} important clients",
    "person": "Is {what} important",
    "subject": 'Is mail with "{what}" in its subject important',
    "newsletters": "Only count newsletters",
    "machines": "Only count what these programs send",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """path: where rules.yaml goes. ca: certificates to trust. days: how many of the mailbox are read.

    state: where `login` keeps what came of it.
    """

    path: Path
    ca: Path | None
    days: int
    state: Path


async def first_run(wishes: Wishes, questions: Questions, clock: Clock, shown: Shown) -> Init:
    """Raises Cannot, Unavailable. Nothing is written before the end, and then all or nothing."""
    begun_s = clock.elapsed_s()
    path = wishes.path
    if os.path.lexists(path):
        return await _finish(read_unfinished(path), wishes, questions, clock, shown)
    address = questions.ask("Your mail address", "ADDRESS", values.address)
    servers = await find_servers(questions, address, wishes.ca)
    zone, language = _zone_and_language(questions)
    now = clock.now()
    today = now.astimezone(zone).date()

    def draft_of(login: Login, learnt: Learnt, days: int) -> Draft:
        name = questions.ask(_NAME, "--name", values.line, learnt.name)
        away = questions.ask(_AWAY, "--away", _days_reader(today))
        questions.tell(f"  {away_words(away)}.")
        return Draft(
            name=name,
            address=address,
            language=language,
            timezone=zone.key,
            away=away,
            imap=servers.found.imap,
            smtp=servers.found.smtp,
            login=login,
            accepted=_choose(questions, learnt.proposals, address),
            made_on=today,
            days=days,
            ca=str(wishes.ca.absolute()) if wishes.ca else "",
            is_unfinished=login.kind == "login",
        )

    report: DryRun | None = None
    if (login := ask_app(questions, servers, address)) is not None:
        learnt = Learnt("", (), 0, 0, 0)
        draft = draft_of(login, learnt, 0)
        _, written = _write(questions, draft, None, path)
    else:
        async with logged_in(questions, servers, address, path.parent) as (keeping, source):
            since_at = now - timedelta(days=wishes.days)
            learnt = await _learn(questions, source, address, language, since_at, wishes.days, shown)
            draft = draft_of(keeping.login, learnt, wishes.days)
            config, written = _write(questions, draft, keeping.new, path)
            report = await _preview(questions, source, config, now, shown)
    seconds = clock.elapsed_s() - begun_s
    provider = servers.found.provider.name if servers.found.provider else None
    return Init(draft, servers.found.how, provider, learnt, written, report, seconds)


async def _finish(
    begun: Unfinished, wishes: Wishes, questions: Questions, clock: Clock, shown: Shown
) -> Init:
    """From the login that the state keeps to the whole file: what the file says already is not asked."""
    begun_s, now, path, old = clock.elapsed_s(), clock.now(), wishes.path, begun.draft
    given = questions.given.get("ADDRESS", old.address)
    if normal_address(given) != normal_address(old.address):
        raise Cannot(f"{path} is there, for {old.address}; name another file with -c")
    questions.tell(f"Going on with {path}, which says who you are, when you are away and where your mail is.")
    async with signed_in(questions, begun.config, wishes.state) as source:
        since_at = now - timedelta(days=wishes.days)
        learnt = await _learn(questions, source, old.address, old.language, since_at, wishes.days, shown)
        draft = replace(
            old,
            accepted=_choose(questions, learnt.proposals, old.address),
            made_on=now.astimezone(ZoneInfo(old.timezone)).date(),
            days=wishes.days,
            is_unfinished=False,
        )
        config = finish(draft, begun.octets, path)
        questions.tell(f"Written: {path}")
        report = await _preview(questions, source, config, now, shown)
    provider = provider_of_host(old.imap.host)
    seconds = clock.elapsed_s() - begun_s
    return Init(draft, "you", provider.name if provider else None, learnt, (path,), report, seconds)


_NAME = "Your name, as colleagues and clients see it"
_AWAY = "When are you away (19/12 - 3/1: the first and the last day)"


# --- what is asked


def _zone_and_language(questions: Questions) -> tuple[ZoneInfo, Language]:
    zone = questions.ask("Your time zone", "--timezone", values.time_zone, time_zone_name() or "")
    said = language_name()
    usual = said if said in get_args(Language) else "en"
    language = questions.ask("Language of your reviews (nl, en, fr, de)", "--language", _language, usual)
    return zone, language


def _language(text: str) -> Language:
    languages: dict[str, Language] = {language: language for language in get_args(Language)}
    if (found := languages.get(text.lower())) is None:
        raise Invalid("is not a language of delegator", "write nl, en, fr or de")
    return found


def _days_reader(today: date) -> Callable[[str], tuple[tuple[date, date], ...]]:
    """Reads days as people write them; each span becomes its first day, and the first day back."""

    def read(text: str) -> tuple[tuple[date, date], ...]:
        begin, dots, end = text.partition("..")
        if dots:  # FROM..UNTIL, as `away` writes it: UNTIL is the first day back
            spans = [(values.moment(begin.strip()), values.moment(end.strip()))]
            found = [(one, other) for one, other in spans if type(one) is date and type(other) is date]
        else:
            found = [(one, other + timedelta(days=1)) for one, other in read_days(folded(text), today)]
        if not found or any(back <= first for first, back in found):
            raise Invalid("is not a span of days", "write the first and the last day, like 19/12 - 3/1")
        if any(back <= today for _, back in found):
            raise Invalid("is over already", "write days that are to come")
        found.sort()
        if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(found)):
            raise Invalid("names days twice", "write each absence once")
        return tuple(found)

    return read


def away_words(spans: Sequence[tuple[date, date]]) -> str:
    """What was understood, with its years: "3/1 - 19/12" may have been the other way round. Spans as read."""
    told = []
    for first, back in spans:
        last, days = back - timedelta(days=1), (back - first).days
        until = f"from {first:%a %Y-%m-%d} to {last:%a %Y-%m-%d}, {days} days"
        told.append(until if days > 1 else f"on {first:%a %Y-%m-%d}")
    return f"Away {'; '.join(told)}"


def _choose(questions: Questions, proposals: Sequence[Proposal], address: str) -> tuple[Proposal, ...]:
    """Yes or no to each. Without a person nobody outside becomes a backup, and no address the owner's own."""
    accepted = []
    aliases = {normal_address(address)}
    inside = "@" + normal_address(address).rpartition("@")[2]
    for proposal in proposals:
        is_outside = proposal.kind == "backup" and not proposal.values[0].endswith(inside)
        needs_a_person = (proposal.kind == "alias" or is_outside) and not questions.is_asking
        what = f"{proposal.name} ({proposal.values[0]})" if proposal.name else ", ".join(proposal.values)
        what = what.removeprefix("@") if proposal.kind == "company" else what
        if proposal.kind not in ("confidential", "newsletters", "machines"):
            questions.tell(f"  {what}: {proposal.evidence}.")
        else:
            questions.tell(f"  {proposal.evidence[0].upper()}{proposal.evidence[1:]}.")
        if proposal.values and proposal.values[0] in aliases:
            continue
        if questions.agree(f"  {_ASKED[proposal.kind].format(what=what)}?", default=not needs_a_person):
            accepted.append(proposal)
            if proposal.kind == "alias":
                aliases.add(proposal.values[0])
    return tuple(accepted)


# --- what is done


async def _learn(
    questions: Questions,
    source: ImapSource,
    address: str,
    language: Language,
    since_at: datetime,
    days: int,
    shown: Shown,
) -> Learnt:
    questions.tell(f"Reading the headers of the last {days} days; nothing in the mailbox changes.")
    with shown() as progress:
        read = await read_headers(source, address, since_at, progress)
    own = {address, *(head.sender.address for head in read.sent if _is_sure(head.sender.address, address))}
    learnt = propose(weigh(read.received, read.sent, own), language)
    sent = (
        f"{learnt.sent} that you sent" if read.sent_in else "none that you sent: there is no mailbox for them"
    )
    questions.tell(f"  {learnt.received} mails that came, {sent}; {learnt.answered} were answered.")
    if read.is_cut:
        questions.tell("  It is a large mailbox: the newest were read, as many as the time allowed.")
    return learnt


def _is_sure(one: str, address: str) -> bool:
    """Whether it is the owner's without a question: the same address with a tag (RFC 5233)."""
    local, _, domain = normal_address(address).partition("@")
    return one.partition("@")[2] == domain and one.partition("@")[0].partition("+")[0] == local


def _write(
    questions: Questions, draft: Draft, secret: bytes | None, path: Path
) -> tuple[Config, tuple[Path, ...]]:
    config, written = write(draft, secret, path)
    for file in written:
        questions.tell(f"Written: {file}")
    return config, written


def write(draft: Draft, secret: bytes | None, path: Path) -> tuple[Config, tuple[Path, ...]]:
    """rules.yaml, and the file of the password where it is new. Raises Cannot; then neither is there.

    secret: what goes into that file; None where there is none to write.
    """
    octets = rules_yaml(draft).encode()
    config = _checked(octets, path)
    secret_file = path.parent / str(draft.login.value) if secret is not None else None
    with _undone(secret_file, path) as done:
        try:
            if secret_file is not None and secret is not None:
                write_new(secret_file, secret)
                done.append(secret_file)
            write_new(path, octets)
        except FileExistsError as error:
            raise Cannot(f"{error.filename2 or error.filename} is there, and is never overwritten") from None
        except OSError as error:
            raise Cannot(f"{path} cannot be written ({error.strerror}); name another place with -c") from None
        done.clear()
    return config, (path,) if secret_file is None else (path, secret_file)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A file that `init` wrote for a login to come, as it wrote it."""

    octets: bytes
    config: Config
    draft: Draft


def read_unfinished(path: Path) -> Unfinished:
    """Raises Cannot where the file is anything else."""
    what = "is there"
    with contextlib.suppress(OSError, ValueError, ConfigError):
        octets = b"" if path.is_symlink() else path.read_bytes()
        text = octets.decode()
        if NOT_FINISHED in text.splitlines():
            what = "was changed since `delegator init` wrote it"
            config = load(path, read_secrets=False)
            if draft := unfinished_draft(text, config):
                return Unfinished(octets, config, draft)
    raise Cannot(f"{path} {what}, and is never overwritten; move it away, or name another with -c")


def finish(draft: Draft, before: bytes, path: Path) -> Config:
    """rules.yaml in the place of the one that said `before`. Raises Cannot; then that is left."""
    octets = rules_yaml(draft).encode()
    config = _checked(octets, path)
    try:
        if path.read_bytes() != before:
            raise Cannot(f"{path} was changed meanwhile, and is never overwritten; move it away")
        write_private(path, octets, before)
    except OSError as error:
        raise Cannot(f"{path} cannot be written ({error.strerror}); see whose it is") from None
    return config


@contextlib.contextmanager
def _undone(*_: Path | None) -> Iterator[list[Path]]:
    """What was written is taken back, whatever ends it: Ctrl-C too."""
    done: list[Path] = []
    try:
        yield done
    finally:
        for file in done:
            file.unlink(missing_ok=True)


def _checked(octets: bytes, path: Path) -> Config:
    """As `load` takes it, from a folder of its own: nothing stands in its place before it is right."""
    with tempfile.TemporaryDirectory(prefix="delegator-") as folder:
        draft = Path(folder) / path.name
        draft.write_bytes(octets)
        try:
            config = load(draft, read_secrets=False)
        except ConfigError as error:
            raise Cannot(f"the file would not be right: {error.problems[0]}; please report this") from error
    return config


async def _preview(
    questions: Questions, source: ImapSource, config: Config, now: datetime, shown: Shown
) -> DryRun:
    questions.tell()
    questions.tell(f"What it would have done with the last {DRY_RUN_DAYS} days:")
    with shown() as progress:
        return await _dry_run(source, config, now - timedelta(days=DRY_RUN_DAYS), progress)


async def _dry_run(source: ImapSource, config: Config, since_at: datetime, progress: Progress) -> DryRun:
    """Over the connection that is there; it may have gone while a person thought."""
    assert config.account is not None

    async def look() -> DryRun:
        return await simulate_mailboxes(
            source,
            config.account.mailboxes if config.account else (),
            since_at,
            config,
            progress=progress,
            missing=lambda mailbox: None,
        )

    try:
        return await look()
    except Unavailable:
        await source.connect()
        return await look()

"""What the commands that only look ask about mail: dry-run, why and test. Changes nothing.

Finds the mail, in files or in the mailbox, and what a state knows of it; the core decides and explains.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .. import wiring
from ..adapters.files import FileMessage, read_paths
from ..adapters.state import peek
from ..config.expectations import load_expectations, read_mail
from ..config.model import Config, Expectation
from ..core.handovers.known import Conversations
from ..core.mail.message import Message, parse_message
from ..core.people import normal_address
from ..core.triage.threads import OurMail, Threads
from ..core.triage.triage import decide
from ..core.triage.verdict import Verdict
from ..core.triage.why import changes_of, explain_decision
from ..daemon.mailboxes import fetch_for_triage
from ..ports import Clock, MailSource
from ..reports.report import DryRun
from ..reports.rules import Tested, TestReport, Why
from .simulate import Progress, Wish, decision_of, review_pages, simulate, simulate_mailboxes

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_OF_MBOX = re.compile(r"(.+):([1-9][0-9]*)")
_PLACE = re.compile(r"(.+)/([1-9][0-9]*)")


class NotFound(Exception):
    """There is no such message. str(): what was looked for, where, and what to do."""


# dry-run


def dry_run_files(
    config: Config,
    paths: Sequence[Path],
    state_dir: Path,
    wish: Wish,
    progress: Progress,
    unreadable: Callable[[str], None],
) -> DryRun:
    """The mail in files and folders."""
    files = read_paths(paths, config.rule_book.octets_needed, unreadable)
    messages = ((file.source, parse_message(file.octets, size_octets=file.size_octets)) for file in files)
    return simulate(messages, config, replace(wish, our_mail=_our_mail(config, state_dir)), progress)


async def dry_run_mailbox(
    config: Config,
    days: int,
    state_dir: Path,
    wish: Wish,
    progress: Progress,
    problem: Callable[[str], None],
    clock: Clock,
) -> DryRun:
    """The mail that arrived in the watched mailboxes in the last days."""
    assert config.account is not None

    def missing(mailbox: str) -> None:
        problem(f"{mailbox}: there is no such mailbox; correct account.mailboxes")

    async with wiring.dry_run_source(config) as source:
        return await simulate_mailboxes(
            source,
            config.account.mailboxes,
            clock.now() - timedelta(days=days),
            config,
            replace(wish, our_mail=_our_mail(config, state_dir)),
            progress=progress,
            missing=missing,
        )


def write_reviews(report: DryRun, config: Config) -> list[Path]:
    """The reviews that were asked for, as pages that only the owner can read."""
    if report.simulated is None:
        return []
    paths: list[Path] = []
    for review, page in zip(report.simulated.opened, review_pages(report.simulated, config), strict=True):
        at = review.facts.now.astimezone(config.owner.timezone)
        folder = paths[0].parent if paths else Path(tempfile.mkdtemp(prefix="delegator-"))
        path = folder / f"review-{at:%Y-%m-%d-%H%M}.html"
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(page)
        paths.append(path)
    return paths


def _our_mail(config: Config, state_dir: Path) -> OurMail:
    return peek.our_mail(state_dir / peek.STATE_FILE, normal_address(config.owner.address))


# why


def is_in_file(reference: str) -> bool:
    """Whether a reference to a message means one in a file: a path, or an mbox's `path:N`."""
    found = _ONE_OF_MBOX.fullmatch(reference)
    return Path(reference).exists() or (found is not None and Path(found[1]).exists())


def why_in_file(config: Config, reference: str, state_dir: Path) -> Why:
    """Why a mail in a file is decided as it is. Raises NotFound."""
    path, wanted = Path(reference), None
    if not path.exists() and (found := _ONE_OF_MBOX.fullmatch(reference)):
        path, wanted = Path(found[1]), reference
    unreadable: list[str] = []
    files = read_paths([path], config.rule_book.octets_needed, unreadable.append)
    file = _only(files, path, wanted)
    if file is None:
        raise NotFound("; ".join(unreadable) or f"{reference}: there is no such message in this file")
    message = parse_message(file.octets, size_octets=file.size_octets)
    return _why(config, file.source, message, state_dir)


def _only(files: Iterable[FileMessage], path: Path, wanted: str | None) -> FileMessage | None:
    """The one with the wanted source, or the only one there is."""
    first = None
    for file in files:
        if file.source == wanted:
            return file
        if wanted is None and first is not None:
            raise NotFound(f"{path}: holds more than one message; name one, such as {first.source}")
        first = file
    return first if wanted is None else None


async def why_in_mailbox(config: Config, reference: str, state_dir: Path) -> Why:
    """Why a mail in the mailbox is decided so. reference: mailbox/UID or a Message-ID. Raises NotFound."""
    async with (
        wiring.dry_run_source(config) as source,
        aclosing(_places(config, source, reference)) as places,
    ):
        async for mailbox, uid in places:
            async for fetched in fetch_for_triage(source, [uid], config.rule_book.octets_needed):
                message = parse_message(
                    fetched.octets, size_octets=fetched.size_octets, arrived_at=fetched.arrived_at
                )
                return _why(config, f"{mailbox}/{uid}", message, state_dir)
    raise NotFound(
        f"{reference}: there is no such file and no such message in the mailbox; name a file, a Message-ID "
        "or mailbox/UID, as `dry-run` shows them"
    )


async def _places(
    config: Config, source: MailSource, reference: str
) -> AsyncGenerator[tuple[str, int], None]:
    """Where it may be; each mailbox is open, read-only, when its place comes."""
    assert config.account is not None
    watched = config.account.mailboxes
    if place := _PLACE.fullmatch(reference):
        if await source.open(place[1], read_only=True) is not None:
            yield place[1], int(place[2])
        return
    if "@" not in reference:
        return
    there = await source.list_mailboxes()
    ours = sorted(name for name in there if name.split("/")[0] == "Delegator" and name != "Delegator")
    for mailbox in (*watched, *ours):
        if mailbox in there and await source.open(mailbox, read_only=True) is not None:
            for uid in await source.search_header("Message-ID", reference.strip("<>")):
                yield mailbox, uid


def _why(config: Config, source: str, message: Message, state_dir: Path) -> Why:
    now = message.arrived_at or message.date or _LONG_AGO
    account = normal_address(config.owner.address)
    known = peek.conversations(state_dir / peek.STATE_FILE, account, message, now)
    explanation = explain_decision(message, config.rule_book, known, now)
    return Why(decision_of(source, message, explanation.verdict), explanation)


# test


def expectation_files(config: Config, files: Sequence[Path]) -> list[Path]:
    """The files that were named, else `rules.test.yaml` beside `rules.yaml` if there is one."""
    beside = config.path.with_name(f"{config.path.stem}.test{config.path.suffix}")
    return [*files] or ([beside] if beside.is_file() else [])


def check_expectations(config: Config, files: Sequence[Path]) -> TestReport:
    """Whether the rules do what is expected of them. Raises ConfigError, NotFound."""
    names = [rule.name for rule in config.rules]
    expectations: list[Expectation] = [] if files else [*config.expect]
    paths = expectation_files(config, files)
    for path in paths:
        expectations += load_expectations(path, config.owner, config.backups, names)
    if not expectations:
        where = ", ".join(map(str, paths)) or str(config.path.with_suffix(f".test{config.path.suffix}"))
        raise NotFound(f"{where}: no expectations; write some, as docs/testing-rules.md shows")
    return TestReport(tuple(_tested(config, each) for each in expectations))


def _tested(config: Config, expectation: Expectation) -> Tested:
    """Decided as the dry run decides: those that came before it first."""
    threads, now = Threads(config.owner.normal_addresses), _LONG_AGO
    if config.away:
        now = config.away[0].from_at
    verdict: Verdict | None = None
    message, known = Message(), Conversations()
    for mail in (*expectation.after, expectation.mail):
        message = read_mail(mail, expectation.place)
        now = message.arrived_at or message.date or now
        known = threads.known(message, now)
        verdict = decide(message, config.rule_book, known, now)
        threads.record(message, verdict, now)
    assert verdict is not None
    tested = Tested(expectation, verdict, None)
    if tested.holds:
        return tested
    for change in changes_of(message, config.rule_book, known, now, verdict):
        if change.is_of_rules and replace(tested, verdict=change.verdict).holds:
            return replace(tested, change=change)
    return tested

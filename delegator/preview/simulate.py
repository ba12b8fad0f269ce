"""The holiday, simulated: what would become of mail that is there already.

Decides by the functions that decide live, in order of arrival, earlier verdicts feeding later ones, as
if the owner had been away when it arrived. Changes nothing: an IMAP mailbox is opened read-only.
"""

from __future__ import annotations

import email
import email.policy
import pickle
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from ..catalogues import load_catalogue
from ..config.model import Config
from ..core.compose import Stamp, compose_review
from ..core.compose.sentences import warning_sentence
from ..core.mail.message import Message, parse_message
from ..core.people import normal_address
from ..core.reviews.simulation import Simulated, Simulation
from ..core.triage.threads import OurMail, Threads
from ..core.triage.triage import decide, facts_of
from ..core.triage.verdict import Verdict, explain
from ..daemon.mailboxes import fetch_for_triage, sent_mailbox
from ..ports import Fetched, MailSource
from ..reports.report import Decision, DryRun

BATCH = 50  # 50 messages of 128 KiB hold 6 MiB; larger batches are no faster
HEADER_OCTETS = 16 * 1024  # of a sent mail: who wrote it and what it answers

SPOOL_OCTETS = 32 * 1024 * 1024
"""Parsed messages wait in memory up to here, then in an unnamed temporary file: some 1,000 mails."""

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


Progress = Callable[[str, int, "int | None"], None]
"""Told what is going on, how much is done, and of how much (None: not known)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted besides the decisions.

    our_mail: so that our own mail is known again. opened: whether reviews are kept whole, with the
    warnings in them; opened_day: of which day, None: of the one with the longest.
    """

    our_mail: OurMail = field(default_factory=OurMail)
    opened: bool = False
    opened_day: date | None = None


NOTHING_MORE = Wish()


def _silent(what: str, done: int, total: int | None) -> None:
    pass


def simulate(
    messages: Iterable[tuple[str, Message]],
    config: Config,
    wish: Wish = NOTHING_MORE,
    progress: Progress = _silent,
) -> DryRun:
    """What would become of each (source, message), in order of arrival; those without a date last."""
    with _Spool() as spool:
        for number, (source, message) in enumerate(messages, 1):
            spool.add(source, message)
            progress("Reading", number, None)
        return _decide_all(spool, (), config, wish, progress)


async def simulate_mailboxes(
    source: MailSource,
    mailboxes: Iterable[str],
    since_at: datetime,
    config: Config,
    wish: Wish = NOTHING_MORE,
    *,
    progress: Progress,
    missing: Callable[[str], None],
) -> DryRun:
    """What would become of the mail that arrived in mailboxes since a moment; source is mailbox/UID.

    source: connected. missing: told the mailboxes that there are not. Of what the owner sent meanwhile
    the headers are read, to see whom the owner answers.
    """
    with _Spool() as spool:
        for mailbox in mailboxes:
            async for fetched in _arrivals(source, mailbox, since_at, config, progress, missing):
                message = parse_message(
                    fetched.octets, size_octets=fetched.size_octets, arrived_at=fetched.arrived_at
                )
                spool.add(f"{mailbox}/{fetched.uid}", message)
        sent = await _sent(source, since_at, config, progress)
        return _decide_all(spool, sent, config, wish, progress)


async def _arrivals(
    source: MailSource,
    mailbox: str,
    since_at: datetime,
    config: Config,
    progress: Progress,
    missing: Callable[[str], None],
) -> AsyncIterator[Fetched]:
    if await source.open(mailbox, read_only=True) is None:
        missing(mailbox)
        return
    # SINCE compares dates in the server's zone (RFC 3501 section 6.4.4): a day to spare.
    uids = await source.uids(since=(since_at - timedelta(days=1)).date())
    for at in range(0, len(uids), BATCH):
        batch = uids[at : at + BATCH]
        async for fetched in fetch_for_triage(source, batch, config.rule_book.octets_needed):
            if fetched.arrived_at is None or fetched.arrived_at >= since_at:
                yield fetched
        progress(mailbox, min(at + BATCH, len(uids)), len(uids))


async def _sent(source: MailSource, since_at: datetime, config: Config, progress: Progress) -> list[Message]:
    """What the owner sent from any mail program: its headers."""
    mailbox = sent_mailbox(await source.list_mailboxes())
    if mailbox is None or await source.open(mailbox, read_only=True) is None:
        return []
    uids = await source.uids(since=since_at.date())
    found = []
    for at in range(0, len(uids), BATCH):
        for fetched in await source.fetch(uids[at : at + BATCH], HEADER_OCTETS):
            message = parse_message(
                fetched.octets, size_octets=fetched.size_octets, arrived_at=fetched.arrived_at
            )
            sender = message.originator
            if sender is not None and normal_address(sender.address) in config.owner.normal_addresses:
                found.append(replace(message, text="", html="", headers=(), attachments=()))
        progress(mailbox, min(at + BATCH, len(uids)), len(uids))
    return found


def _decide_all(
    spool: _Spool, sent: Sequence[Message], config: Config, wish: Wish, progress: Progress
) -> DryRun:
    """A message without a date is decided as if it had come with the last that has one."""
    rules, now, is_dated = config.rule_book, _NO_TIME, False
    threads = Threads(config.owner.normal_addresses, wish.our_mail)
    simulation = Simulation(
        rules,
        config.review.at,
        config.review.minutes,
        opened_day=wish.opened_day,
        warn=_warnings(config) if wish.opened else lambda verdict: "",
    )
    for message in sent:
        is_ours = message.message_id in wish.our_mail.ours
        at = _arrival(message)
        if not is_ours and at is not None:  # the provider may file what we send
            threads.note_sent(message)
            simulation.add_answer(message, at)
    decisions = []
    for number, (source, message) in enumerate(spool.in_order(), 1):
        at = _arrival(message)
        now = at or now
        is_dated = is_dated or at is not None
        known = threads.known(message, now)
        verdict = decide(message, rules, known, now)
        conversation = threads.record(message, verdict, now)
        arrived_at = now if is_dated else None
        simulation.add(source, message, verdict, arrived_at, facts_of(message, rules, known), conversation)
        decisions.append(decision_of(source, message, verdict))
        progress("Deciding", number, len(spool))
    return DryRun(tuple(decisions), simulation.result(), config.owner.timezone)


def _warnings(config: Config) -> Callable[[Verdict], str]:
    catalogue = load_catalogue(config.owner.language)
    return lambda verdict: warning_sentence(catalogue, verdict.code, verdict.detail)


def review_pages(simulated: Simulated, config: Config) -> list[str]:
    """The reviews that were kept whole, each as a page of HTML, as a phone would show it."""
    catalogue = load_catalogue(config.owner.language)
    pages = []
    for number, review in enumerate(simulated.opened, 1):
        handed = tuple(
            replace(one, backup_name=config.backups[one.backup_name].name) for one in review.handed
        )
        named = replace(review, handed=handed)
        date_ = review.facts.now.astimezone(config.owner.timezone)
        stamp = Stamp(f"<{number}@{config.owner.domain}>", f"review-{number}", "", date_)
        octets = compose_review(named, config.owner, stamp, catalogue)
        body = email.message_from_bytes(octets, policy=email.policy.default).get_body(("html",))
        assert body is not None, "a review has both"
        pages.append(str(body.get_content()))
    return pages


def _arrival(message: Message) -> datetime | None:
    return message.arrived_at or message.date


def decision_of(source: str, message: Message, verdict: Verdict) -> Decision:
    return Decision(
        source=source,
        message_id=message.message_id,
        from_=message.originator.address if message.originator else None,
        subject=message.subject,
        at=_arrival(message),
        disposition=verdict.disposition,
        priority=verdict.priority,
        backup=verdict.backup,
        rule=verdict.rule,
        reason=explain(verdict),
    )


class _Spool:
    """Messages on their way to be put in order, without what triage does not look at."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=SPOOL_OCTETS)  # noqa: SIM115
        self._index: list[tuple[bool, datetime, int]] = []  # has no date, arrival, offset

    def __enter__(self) -> _Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._index)

    def add(self, source: str, message: Message) -> None:
        at = _arrival(message)
        self._index.append((at is None, at or _NO_TIME, self._file.tell()))
        pickle.dump((source, replace(message, html="")), self._file, pickle.HIGHEST_PROTOCOL)

    def in_order(self) -> Iterator[tuple[str, Message]]:
        """By arrival; equal ones, and those without a date at the end, as they were added."""
        for _, _, offset in sorted(self._index):
            self._file.seek(offset)
            yield pickle.load(self._file)

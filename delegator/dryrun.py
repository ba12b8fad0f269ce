"""What would become of mail that is there already, as if the owner had been away when it arrived.

Decides by the functions that decide live, in order of arrival, earlier verdicts feeding later ones.
Changes nothing: an IMAP mailbox is opened read-only.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from .config.model import Config
from .core.conversation import Threads
from .core.decide import decide
from .core.message import Message, parse_message
from .core.triage import Verdict, explain
from .fetch import fetch_for_triage
from .ports import MailSource
from .report import Decision, DryRun

BATCH = 50  # 50 messages of 128 KiB hold 6 MiB; larger batches are no faster

SPOOL_OCTETS = 32 * 1024 * 1024
"""Parsed messages wait in memory up to here, then in an unnamed temporary file: some 1,000 mails."""

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def simulate(messages: Iterable[tuple[str, Message]], config: Config) -> DryRun:
    """What would become of each (source, message), in order of arrival; those without a date last."""
    with _Spool() as spool:
        for source, message in messages:
            spool.add(source, message)
        return _decide_all(spool, config)


async def simulate_mailboxes(
    source: MailSource,
    mailboxes: Iterable[str],
    since_at: datetime,
    config: Config,
    *,
    progress: Callable[[str, int, int], None],
    missing: Callable[[str], None],
) -> DryRun:
    """What would become of the mail that arrived in mailboxes since a moment; source is mailbox/UID.

    source: connected. progress: a mailbox, how many of it are fetched, and of how many. missing: told
    the mailboxes that there are not.
    """
    with _Spool() as spool:
        for mailbox in mailboxes:
            if await source.open(mailbox, read_only=True) is None:
                missing(mailbox)
                continue
            # SINCE compares dates in the server's zone (RFC 3501 section 6.4.4): a day to spare.
            uids = await source.uids(since=(since_at - timedelta(days=1)).date())
            for at in range(0, len(uids), BATCH):
                batch = uids[at : at + BATCH]
                async for fetched in fetch_for_triage(source, batch, config.rule_book.octets_needed):
                    if fetched.arrived_at is not None and fetched.arrived_at < since_at:
                        continue
                    message = parse_message(
                        fetched.octets, size_octets=fetched.size_octets, arrived_at=fetched.arrived_at
                    )
                    spool.add(f"{mailbox}/{fetched.uid}", message)
                progress(mailbox, min(at + BATCH, len(uids)), len(uids))
        return _decide_all(spool, config)


def _decide_all(spool: _Spool, config: Config) -> DryRun:
    """A message without a date is decided as if it had come with the last that has one."""
    threads, rules, now = Threads(config.owner.normal_addresses), config.rule_book, _NO_TIME
    decisions = []
    for source, message in spool.in_order():
        now = _arrival(message) or now
        verdict = decide(message, rules, threads.known(message), now)
        threads.record(message, verdict)
        decisions.append(_decision(source, message, verdict))
    return DryRun(tuple(decisions))


def _arrival(message: Message) -> datetime | None:
    return message.arrived_at or message.date


def _decision(source: str, message: Message, verdict: Verdict) -> Decision:
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

    def add(self, source: str, message: Message) -> None:
        at = _arrival(message)
        self._index.append((at is None, at or _NO_TIME, self._file.tell()))
        pickle.dump((source, replace(message, html="")), self._file, pickle.HIGHEST_PROTOCOL)

    def in_order(self) -> Iterator[tuple[str, Message]]:
        """By arrival; equal ones, and those without a date at the end, as they were added."""
        for _, _, offset in sorted(self._index):
            self._file.seek(offset)
            yield pickle.load(self._file)

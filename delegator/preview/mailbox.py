"""Dry run and `why` over a mailbox: what is there, fetched read-only."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from .. import wiring
from ..config.model import Config
from ..core.folders import ROOT, is_ours
from ..core.mail.message import Message
from ..core.people import normal_address
from ..daemon.mailboxes import fetch_for_triage, message_of, sent_mailbox
from ..ports import Clock, Fetched, MailSource
from ..reports.dry_run import DryRun
from ..reports.terminal import Progress
from ..reports.why import Why
from .simulate import NOTHING_MORE, Spool, Wish, decide_all, known_mail
from .why import NotFound, explain_message

BATCH = 50  # 50 messages of 128 KiB hold 6 MiB; larger batches are no faster
HEADER_OCTETS = 16 * 1024  # of a sent mail: who wrote it and what it answers

_PLACE = re.compile(r"(.+)/([1-9][0-9]*)")


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

    async with wiring.dry_run_source(config, state_dir) as source:
        return await simulate_mailboxes(
            source,
            config.account.mailboxes,
            clock.now() - timedelta(days=days),
            config,
            replace(wish, our_mail=known_mail(config, state_dir)),
            progress=progress,
            missing=missing,
        )


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
    with Spool() as spool:
        for mailbox in mailboxes:
            async for fetched in _arrivals(source, mailbox, since_at, config, progress, missing):
                message = message_of(fetched)
                spool.add(f"{mailbox}/{fetched.uid}", message)
        sent = await _sent(source, since_at, config, progress)
        return decide_all(spool, sent, config, wish, progress)


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
        async for fetched in fetch_for_triage(source, batch):
            if fetched.arrived_at is None or fetched.arrived_at >= since_at:
                yield fetched
        progress(mailbox, min(at + BATCH, len(uids)), len(uids))


async def _sent(source: MailSource, since_at: datetime, config: Config, progress: Progress) -> list[Message]:
    """What the owner sent from any mail program: its headers."""
    configured = config.account.sent if config.account else None
    mailbox = sent_mailbox(await source.list_mailboxes(), configured)
    if mailbox is None or await source.open(mailbox, read_only=True) is None:
        return []
    uids = await source.uids(since=since_at.date())
    found = []
    for at in range(0, len(uids), BATCH):
        for fetched in await source.fetch(uids[at : at + BATCH], HEADER_OCTETS):
            message = message_of(fetched)
            sender = message.originator
            if sender is not None and normal_address(sender.address) in config.owner.normal_addresses:
                found.append(replace(message, text="", texts=(), attached=(), headers=(), attachments=()))
        progress(mailbox, min(at + BATCH, len(uids)), len(uids))
    return found


async def why_in_mailbox(config: Config, reference: str, state_dir: Path, *, show_private: bool) -> Why:
    """Why a mail in the mailbox is decided so. reference: mailbox/UID or a Message-ID. Raises NotFound."""
    async with (
        wiring.dry_run_source(config, state_dir) as source,
        aclosing(_places(config, source, reference)) as places,
    ):
        async for mailbox, uid in places:
            async for fetched in fetch_for_triage(source, [uid]):
                message = message_of(fetched)
                return explain_message(
                    config, f"{mailbox}/{uid}", message, state_dir, show_private=show_private
                )
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
    ours = sorted(name for name in there if is_ours(name) and name != ROOT)
    for mailbox in (*watched, *ours):
        if mailbox in there and await source.open(mailbox, read_only=True) is not None:
            for uid in await source.search_header("Message-ID", reference.strip("<>")):
                yield mailbox, uid

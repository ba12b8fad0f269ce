"""Dry run and `why` over a mailbox: what is there, fetched read-only."""

from __future__ import annotations

import asyncio
import math
import re
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from .. import wiring
from ..config.model import Config
from ..core.folders import ROOT, is_ours
from ..core.mail.message import Message
from ..core.people import normal_address
from ..daemon.mailboxes import fetch_for_triage, message_of, sent_mailbox
from ..ports import Clock, Fetched, MailSource
from ..reports.dry_run import DryRun
from ..reports.terminal import Progress
from .simulate import NOTHING_MORE, Holiday, Wish, known_mail
from .why import NotFound, explain_message

if TYPE_CHECKING:
    from ..reports.why import Why

BATCH = 200  # 200 messages of 24 KiB hold 5 MiB; larger batches are no faster
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

    source: connected. missing: told the mailboxes that there are not. The
    headers of what the owner sent meanwhile are read, to see whom the owner answers.
    """
    holiday = Holiday(config, wish)
    async for message in _sent(source, since_at, config, progress):
        holiday.note_sent(message)
    places = await _arrivals(source, mailboxes, since_at, missing)
    done = 0
    async for batch in _ahead(source, places):
        for fetched, place in batch:
            holiday.decide(f"{place.mailbox}/{place.uid}", message_of(fetched))
        done += BATCH
        progress("Deciding", min(done, len(places)), len(places))
    return holiday.report()


@dataclass(frozen=True, slots=True)
class _Place:
    mailbox: str
    uid: int


class _Places:
    """Where the mails are, in numbers: a hundred thousand of them take two megabytes."""

    def __init__(self) -> None:
        self._mailboxes: list[str] = []
        self._numbers, self._uids, self._ats = array("H"), array("L"), array("d")

    def __len__(self) -> int:
        return len(self._uids)

    def add(self, mailbox: str, uid: int, at: datetime | None) -> None:
        """at: its arrival, as the server says."""
        if mailbox not in self._mailboxes[-1:]:
            self._mailboxes.append(mailbox)
        self._numbers.append(len(self._mailboxes) - 1)
        self._uids.append(uid)
        self._ats.append(math.inf if at is None else at.timestamp())

    def in_order(self) -> Iterator[_Place]:
        """By arrival; those without one at the end, and equal ones as they lie in the mailboxes."""
        for at in array("L", sorted(range(len(self)), key=self._ats.__getitem__)):
            yield _Place(self._mailboxes[self._numbers[at]], self._uids[at])


async def _arrivals(
    source: MailSource,
    mailboxes: Iterable[str],
    since_at: datetime,
    missing: Callable[[str], None],
) -> _Places:
    places = _Places()
    for mailbox in mailboxes:
        if await source.open(mailbox, read_only=True) is None:
            missing(mailbox)
            continue
        # SINCE compares dates in the server's zone (RFC 3501 section 6.4.4): a day to spare.
        found = array("L", await source.uids(since=(since_at - timedelta(days=1)).date()))
        for start in range(0, len(found), _ARRIVALS_TOGETHER):
            uids = list(found[start : start + _ARRIVALS_TOGETHER])
            arrivals = {fetched.uid: fetched.arrived_at for fetched in await source.fetch(uids, 0)}
            for uid in uids:
                at = arrivals.get(uid)
                if at is None or at >= since_at:
                    places.add(mailbox, uid, at)
    return places


_ARRIVALS_TOGETHER = 2000
Batch = list[tuple[Fetched, _Place]]


async def _ahead(source: MailSource, places: _Places) -> AsyncGenerator[Batch, None]:
    """The mails in these places, in order: while some are decided, the next ones are on their way."""
    in_order = places.in_order()
    coming: asyncio.Task[Batch] | None = None
    try:
        while True:
            here = await coming if coming is not None else None
            batch = list(islice(in_order, BATCH))
            coming = asyncio.create_task(_fetch(source, batch)) if batch else None
            if here is not None:
                yield here
            if coming is None:
                return
    finally:
        if coming is not None:
            coming.cancel()


async def _fetch(source: MailSource, places: list[_Place]) -> Batch:
    """What has gone meanwhile is left out."""
    found: dict[tuple[str, int], Fetched] = {}
    for mailbox in dict.fromkeys(place.mailbox for place in places):
        if await source.open(mailbox, read_only=True) is None:
            continue
        uids = [place.uid for place in places if place.mailbox == mailbox]
        async for fetched in fetch_for_triage(source, uids):
            found[mailbox, fetched.uid] = fetched
    return [(found[key], place) for place in places if (key := (place.mailbox, place.uid)) in found]


async def _sent(
    source: MailSource, since_at: datetime, config: Config, progress: Progress
) -> AsyncIterator[Message]:
    """What the owner sent from any mail program: its headers."""
    configured = config.account.sent if config.account else None
    mailbox = sent_mailbox(await source.list_mailboxes(), configured)
    if mailbox is None or await source.open(mailbox, read_only=True) is None:
        return
    uids = await source.uids(since=since_at.date())
    for at in range(0, len(uids), BATCH):
        for fetched in await source.fetch(uids[at : at + BATCH], HEADER_OCTETS):
            message = message_of(fetched)
            sender = message.originator
            if sender is not None and normal_address(sender.address) in config.owner.normal_addresses:
                yield message
        progress(mailbox, min(at + BATCH, len(uids)), len(uids))


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

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
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters.host import give_memory_back
from ..config.model import Config
from ..core.folders import ROOT, is_ours
from ..core.mail.message import Message
from ..core.people import normal_address
from ..daemon.mailboxes import FIRST_OCTETS, SENT_OCTETS, fetch_for_triage, message_of, sent_mailbox
from ..ports import Clock, Fetched, MailSource
from ..reports.dry_run import DryRun
from ..reports.terminal import Progress
from ..wiring.connections import dry_run_source
from .simulate import NOTHING_MORE, Holiday, Wish, known_mail
from .why import NotFound, explain_message

if TYPE_CHECKING:
    from ..reports.why import Why

BATCH = 200
BATCH_OCTETS = 4 * 1024 * 1024
"""Mails that are fetched and held together: larger batches are no faster."""

WHOLE_OCTETS = 64 * 1024
"""A mail that is no larger comes at once, where a new one's first part does (`FIRST_OCTETS`): to read one by
its parts takes 0.3 ms and four commands, and brings all its texts."""

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

    async with dry_run_source(config, state_dir) as source:
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
        done += len(batch)
        batch.reverse()
        while batch:  # each is let go when it is decided, for the next ones are coming in
            fetched, place = batch.pop()
            holiday.decide(f"{place.mailbox}/{place.uid}", message_of(fetched))
        give_memory_back()  # free pages lie between what is kept: 8 MiB after 100,000 mails
        progress("Deciding", done, len(places))
    return holiday.report()


@dataclass(frozen=True, slots=True)
class _Place:
    """first_octets: how much of the mail is asked for at once."""

    mailbox: str
    uid: int
    size_octets: int  # as the server says; 0: not known

    @property
    def first_octets(self) -> int:
        return WHOLE_OCTETS if 0 < self.size_octets < WHOLE_OCTETS else FIRST_OCTETS

    @property
    def expected_octets(self) -> int:
        return min(self.size_octets or FIRST_OCTETS, self.first_octets)


class _Places:
    """Where the mails are, in numbers: a hundred thousand of them take two and a half megabytes."""

    def __init__(self) -> None:
        self._mailboxes: list[str] = []
        self._numbers, self._uids, self._ats, self._sizes = array("H"), array("L"), array("d"), array("I")

    def __len__(self) -> int:
        return len(self._uids)

    def add(self, mailbox: str, uid: int, at: datetime | None, size_octets: int) -> None:
        """at: its arrival, as the server says."""
        if mailbox not in self._mailboxes[-1:]:
            self._mailboxes.append(mailbox)
        self._numbers.append(len(self._mailboxes) - 1)
        self._uids.append(uid)
        self._ats.append(math.inf if at is None else at.timestamp())
        self._sizes.append(min(size_octets, _LARGEST))

    def in_order(self) -> Iterator[_Place]:
        """By arrival; those without one at the end, and equal ones as they lie in the mailboxes."""
        for at in array("I", sorted(range(len(self)), key=self._ats.__getitem__)):
            yield _Place(self._mailboxes[self._numbers[at]], self._uids[at], self._sizes[at])

    def in_batches(self) -> Iterator[list[_Place]]:
        """In order, as many as are fetched together; at least one."""
        batch: list[_Place] = []
        octets = 0
        for place in self.in_order():
            if len(batch) == BATCH or (batch and octets + place.expected_octets > BATCH_OCTETS):
                yield batch
                batch, octets = [], 0
            batch.append(place)
            octets += place.expected_octets
        if batch:
            yield batch


_LARGEST = 2**32 - 1


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
            arrivals = {fetched.uid: fetched for fetched in await source.fetch(uids, 0)}
            for uid in uids:
                told = arrivals.get(uid)
                at = told.arrived_at if told else None
                if at is None or at >= since_at:
                    places.add(mailbox, uid, at, told.size_octets if told else 0)
    return places


_ARRIVALS_TOGETHER = 2000
Batch = list[tuple[Fetched, _Place]]


async def _ahead(source: MailSource, places: _Places) -> AsyncGenerator[Batch, None]:
    """The mails in these places, in order: while some are decided, the next ones are on their way."""
    batches = places.in_batches()
    coming: asyncio.Task[Batch] | None = None
    try:
        while True:
            here = await coming if coming is not None else None
            batch = next(batches, None)
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
        for first_octets in (WHOLE_OCTETS, FIRST_OCTETS):
            uids = [p.uid for p in places if p.mailbox == mailbox and p.first_octets == first_octets]
            async for fetched in fetch_for_triage(source, uids, first_octets):
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
        for fetched in await source.fetch(uids[at : at + BATCH], SENT_OCTETS):
            message = message_of(fetched)
            sender = message.originator
            if sender is not None and normal_address(sender.address) in config.owner.normal_addresses:
                yield message
        progress(mailbox, min(at + BATCH, len(uids)), len(uids))


async def why_in_mailbox(config: Config, reference: str, state_dir: Path, *, show_private: bool) -> Why:
    """Why a mail in the mailbox is decided so. reference: mailbox/UID or a Message-ID. Raises NotFound."""
    async with (
        dry_run_source(config, state_dir) as source,
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

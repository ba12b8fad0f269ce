"""Reads the headers of the last months: read-only, the newest first, bounded in time and memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..adapters.imap.source import ImapSource
from ..core.mail.message import parse_message
from ..core.people import normal_address
from ..core.setup.evidence import Head, head_of
from ..daemon.mailboxes import sent_mailbox
from ..reports.terminal import Progress

HEADER_OCTETS = 16 * 1024
BATCH = 200  # 200 headers of 16 kB at most hold 3 MB
MOST_RECEIVED, MOST_SENT = 20_000, 10_000
"""Heads that are kept: some 1 kB each."""
WITHIN_S = 120.0
"""For each mailbox; what is older than it got to does not count."""


@dataclass(frozen=True, slots=True)
class Read:
    """sent_in: the mailbox of what the owner sends; None where there is none. is_cut: not all was read."""

    received: tuple[Head, ...]
    sent: tuple[Head, ...]
    sent_in: str | None
    is_cut: bool


async def read_headers(
    source: ImapSource, address: str, since_at: datetime, progress: Progress, within_s: float = WITHIN_S
) -> Read:
    """Every mailbox is opened with EXAMINE, every FETCH is a PEEK. Raises Unavailable."""
    own = normal_address(address)
    received, was_cut = await _heads(source, "INBOX", own, since_at, MOST_RECEIVED, progress, within_s)
    sent_in = sent_mailbox(await source.list_mailboxes(), None)
    sent: tuple[Head, ...] = ()
    is_cut = False
    if sent_in is not None:
        sent, is_cut = await _heads(source, sent_in, own, since_at, MOST_SENT, progress, within_s)
    return Read(received, sent, sent_in, was_cut or is_cut)


async def _heads(
    source: ImapSource,
    mailbox: str,
    own: str,
    since_at: datetime,
    most: int,
    progress: Progress,
    within_s: float,
) -> tuple[tuple[Head, ...], bool]:
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + within_s
    if await source.open(mailbox, read_only=True) is None:
        return (), False
    # SINCE compares dates in the server's zone (RFC 3501 section 6.4.4): a day to spare.
    uids = (await source.uids(since=(since_at - timedelta(days=1)).date()))[::-1]
    wanted, heads = uids[:most], []
    for at in range(0, len(wanted), BATCH):
        for fetched in await source.fetch(wanted[at : at + BATCH], HEADER_OCTETS, "HEADER"):
            message = parse_message(fetched.octets, arrived_at=fetched.arrived_at)
            head = head_of(message, frozenset({own}), own.rpartition("@")[2])
            if head is not None and head.at >= since_at:
                heads.append(head)
        done = min(at + BATCH, len(wanted))
        progress(mailbox, done, len(wanted))
        if loop.time() > ends_s:
            return tuple(heads), done < len(uids)
    return tuple(heads), len(uids) > most

"""What is fetched over servers that give less than they are asked for, or end the session over a mail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from delegator.adapters.imap.source import ImapSource
from delegator.adapters.lanes import HostLanes
from delegator.ports import Fetched, MailboxFacts, ServerFacts

FACTS = MailboxFacts("INBOX", 1, 8, frozenset())


class Scripted(ImapSource):
    """A server that gives 40 octets of each mail of 100 at most, whatever it is asked for."""

    async def _fetch(
        self, uids: Sequence[int], limit_octets: int, *, start: int = 0, section: str = ""
    ) -> list[Fetched]:
        return [Fetched(uids[0], None, 100, bytes(range(100))[start : start + min(limit_octets, 40)])]

    async def connect(self) -> ServerFacts:
        return ServerFacts(can_idle=True, can_move=True, delimiter="/", prefix="")

    async def open(self, mailbox: str, *, read_only: bool = False) -> MailboxFacts | None:
        self._told = frozenset()
        return FACTS


@pytest.fixture
def source() -> Scripted:
    pool = ThreadPoolExecutor(1)
    return Scripted("127.0.0.1", 143, "none", None, "sofie", "x", HostLanes(pool, pool, pool))


async def test_a_short_part_is_not_the_last_before_the_size_agrees(source: Scripted) -> None:
    """A mail that is cut so would be forwarded without its end."""
    assert await source.fetch_whole(5, 10_000) == bytes(range(100))


async def test_what_came_while_it_reconnected_is_looked_for(source: Scripted) -> None:
    """Neither connection tells of it, so the wait ends at once."""
    source._opened = (FACTS, True)
    await source._reopen()
    async with asyncio.timeout(5):
        assert await source.wait(600, asyncio.Event())

"""What the state counts, so that nobody floods a backup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from delegator.adapters.state.store import SqliteAccount, SqliteStore
from delegator.core.mail.message import Address, Message
from delegator.core.triage.verdict import Code, Disposition, Verdict
from delegator.ports import OwnMail, Place
from tests.support import taken_up

NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
ELS = Message(from_=(Address("Els", "els@elders.example"),), from_fields=1, arrived_at=NOON)
TO_ANNA = Verdict(Disposition.FORWARD, Code.RULE, backup="anna", backups=("anna",))


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteAccount]:
    state = SqliteStore(tmp_path / "state.sqlite3")
    each = state.account("sofie@voorbeeld.example")
    await each.state(NOON)
    yield each
    await state.close()


async def test_new_handovers_are_counted_by_arrival(store: SqliteAccount) -> None:
    """The mails of one originator, within an hour either way: mailboxes are looked at one after another."""
    for uid, minutes in enumerate((0, 30, 60), 1):
        message = replace(ELS, arrived_at=NOON + timedelta(minutes=minutes), header_digest=str(uid))
        taken = taken_up(message, TO_ANNA, NOON + timedelta(hours=9), original=b"whole")
        await store.take_up(Place("INBOX", 1, uid), taken)

    async def counted(minutes: float, whose: str = "els@elders.example") -> int:
        message = replace(ELS, arrived_at=NOON + timedelta(minutes=minutes))
        return (await store.conversations_for(message, NOON, whose)).recent_handovers

    assert [await counted(minutes) for minutes in (-60, -1, 0, 59, 60, 120)] == [0, 2, 2, 3, 2, 0]
    assert await counted(0, "lut@elders.example") == 0


async def test_to_whom_the_owner_wrote(store: SqliteAccount) -> None:
    """Before the mail came; the first time counts."""
    for hours in (2, 1, 3):
        sent_at = NOON + timedelta(hours=hours)
        mail = OwnMail(None, (), sent_at, ("Els@ELDERS.example", "lut@elders.example"), None, None)
        await store.owner_wrote(mail, sent_at)

    async def knows(hours: float, address: str = "els@elders.example") -> bool:
        arrived_at = NOON + timedelta(hours=hours)
        message = replace(ELS, from_=(Address("", address),), arrived_at=arrived_at)
        return (await store.conversations_for(message, NOON + timedelta(days=1))).owner_wrote_to

    assert await store.written_to() == {"els@elders.example", "lut@elders.example"}
    assert not await knows(0.9)
    assert await knows(1)
    assert not await knows(1, "jan@elders.example")

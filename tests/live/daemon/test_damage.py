"""A running daemon and a state that breaks under it, between real servers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.holiday import MONDAY, Holiday, holiday, plain_text, write_mail
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"
DAMAGES = (
    "UPDATE message SET traits = '{\"asks\":' WHERE subject = 'Planning'",
    "UPDATE conversation SET chain = '[\"anna', originators = '7' WHERE backup = 'anna'",
    "UPDATE letter SET at = 9223372036854775807",
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MONDAY)


@pytest_asyncio.fixture
async def away(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path, clock) as each:
        yield each


FAR = 4_000_000_000


async def test_a_mark_that_no_mail_has_reached(away: Holiday, clock: FakeClock) -> None:
    """Behind it all mail would be passed over for ever: the mailbox is read again, and nothing goes twice."""
    for number in range(3):
        away.imap.deliver(write_mail(subject=f"Levering {number}"), arrived_at=MONDAY)
    away.imap.deliver(write_mail("els@elders.example", "Planning"), arrived_at=MONDAY)
    await away.start()
    await away.until(lambda: len(away.accepted(ANNA)) == 3)
    await away.stop()
    with closing(sqlite3.connect(away.state / "state.sqlite3", timeout=10)) as db, db:
        assert db.execute("UPDATE position SET uid = ? WHERE mailbox = 'INBOX'", (FAR,)).rowcount == 1
    away.imap.deliver(write_mail(subject="Nog een levering"), arrived_at=MONDAY)
    service = await away.start()
    await away.until(lambda: service.is_connected)
    for minute in range(1, 4):
        await clock.advance(MONDAY + timedelta(minutes=minute))
        service.bells.cycled.clear()
        service.bells.wake.set()
        async with asyncio.timeout(30):
            await service.bells.cycled.wait()
    await away.until(lambda: len(away.accepted(ANNA)) == 4)
    with closing(sqlite3.connect(away.state / "state.sqlite3", timeout=10)) as db:
        assert db.execute("SELECT uid < 100 FROM position WHERE mailbox = 'INBOX'").fetchone() == (1,)
        assert db.execute("SELECT of FROM set_aside").fetchall() == [("position",)]
    assert [line for line in (await service.status()).problems if "damaged" in line]
    await clock.advance(MONDAY + timedelta(minutes=5))
    assert len(away.accepted(ANNA)) == 4


async def test_three_damaged_rows_under_a_daemon(away: Holiday, clock: FakeClock) -> None:
    """It forwards, it reviews, and the review says which mails they were about, in the owner's language."""
    away.imap.deliver(write_mail("els@elders.example", "Planning"), arrived_at=MONDAY)
    away.imap.deliver(write_mail(subject="Levering"), arrived_at=MONDAY)
    service = await away.start()
    await away.until(lambda: away.accepted(ANNA))
    await away.until(lambda: away.letters(ANNA))
    with closing(sqlite3.connect(away.state / "state.sqlite3", timeout=10)) as db, db:
        for statement in DAMAGES:
            assert db.execute(statement).rowcount > 0, statement
    away.imap.deliver(write_mail(subject="Nog een levering"), arrived_at=MONDAY)
    await away.until(lambda: len(away.accepted(ANNA)) == 2)
    await clock.advance(MONDAY + timedelta(hours=2, seconds=1))
    await away.until(away.reviews)
    text = " ".join(plain_text(away.reviews()[0]).split())
    assert "bijhield over “Planning” van els@elders.example was beschadigd en is opzijgezet" in text
    assert "bijhield over “Levering” van" in text
    assert "Een deel van wat delegator bijhoudt was beschadigd" in text, "a letter is about no mail"
    assert "Planning" in text.partition("Wacht op jou")[2], "it is an item all the same"
    assert not [line for line in (await service.status()).problems if "damaged" in line]

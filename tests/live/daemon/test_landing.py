"""The last look at the mailbox when an absence has ended, on a real Dovecot: what nobody saw counts."""

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
from tests.live.daemon.test_homecoming import ANNA, BACK, DONE, TASKS, TO_DO, TO_DOS, homecomings
from tests.phone import SOFIE, Phone, item
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.dovecot


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.away = ("2026-11-14", "2026-11-18")
        each.rules += TO_DOS
        yield each


async def test_what_came_while_nobody_looked_counts(away: Holiday, phone: Phone) -> None:
    """The service was off when the absence ended. An answer that the owner sent by hand closes a handover, a
    reply and a move are obeyed, and a client's last mail goes to no backup: it is the owner's to do."""
    client = write_mail(subject="Levering?", Message_ID="<levering@acme.example>")
    await asyncio.to_thread(away.imap.deliver, client, arrived_at=MONDAY)
    for n in range(1, 4):
        octets = item(f"Zaak {n}", Message_ID=f"<zaak{n}@elders.example>")
        await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    await away.start()
    review = await phone.next_review()
    assert "1. Zaak 1" in plain_text(review)
    await away.until(lambda: phone.is_in("Levering?", "Delegator/Forwarded"))
    await phone.reply(review, "t 3")
    await away.until(lambda: phone.is_in("Zaak 3", TO_DO))
    await phone.next_review()
    assert away.accepted(TASKS) == [], "no task before the owner is back"
    await away.stop()

    await phone.clock.advance(BACK - timedelta(minutes=30))
    await phone.reply(review, "k 1")
    await phone.move("Zaak 2", DONE)
    late = write_mail(subject="Op het einde", Message_ID="<einde@acme.example>")
    await asyncio.to_thread(away.imap.deliver, late, arrived_at=phone.clock.now())
    sent = write_mail(f"Sofie <{SOFIE}>", "Re: Levering?", In_Reply_To="<levering@acme.example>")
    sent = sent.replace(b"To: Sofie Janssens <sofie@voorbeeld.example>", b"To: jan@acme.example")
    await asyncio.to_thread(away.imap.deliver, sent, "Sent", arrived_at=phone.clock.now())

    await phone.clock.advance(BACK + timedelta(seconds=1))
    await away.start()
    await away.until(lambda: homecomings(phone))
    said = plain_text(homecomings(phone)[-1])
    to_dos = said.partition("Je takenlijst")[2]
    assert "Zaak 3" in to_dos
    assert "Op het einde" in to_dos
    assert "Zaak 1" not in to_dos, "the reply was not obeyed"
    assert "Zaak 2" not in to_dos, "the move was not seen"
    assert "Nog bij" not in said, "the answer in Sent was not read"
    await away.until(lambda: phone.is_in("Op het einde", TO_DO))
    assert [mail["Subject"] for mail in away.accepted(ANNA)] == ["Levering?"]
    with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
        made = db.execute("SELECT count(*) FROM outbox WHERE kind = 'forward'").fetchone()[0]
    assert made == 1, "nor was a forward made that had to be withdrawn"

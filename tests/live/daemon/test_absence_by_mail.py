"""The absence changed by one-line mails, on a real Dovecot and a real SMTP dialogue, the clock jumping."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio

from tests.holiday import Holiday, holiday, plain_text, write_mail
from tests.phone import Phone, button
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.dovecot

ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        yield each


@pytest.fixture
def phone(away: Holiday) -> Phone:
    return Phone(away)


def words(mail: EmailMessage) -> str:
    return " ".join(plain_text(mail).split())


async def answered(phone: Phone, to: EmailMessage, line: str) -> EmailMessage:
    """What she reads after a one-line reply."""
    before = len(phone.answers())
    await phone.reply(to, line)
    await phone.away.until(lambda: len(phone.answers()) > before)
    answer = phone.answers()[before]
    await phone.away.until(lambda: phone._is_there(str(answer["Message-ID"])))
    return answer


async def confirmed(phone: Phone, question: EmailMessage) -> EmailMessage:
    before = len(phone.answers())
    await phone.tap(button(question, "Klopt"))
    await phone.away.until(lambda: len(phone.answers()) > before)
    return phone.answers()[before]


async def client_writes(away: Holiday, phone: Phone, subject: str) -> None:
    octets = write_mail(subject=subject, Message_ID=f"<{subject}@acme.example>".replace(" ", "-"))
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=phone.clock.now())


async def test_a_cancelled_flight(away: Holiday, phone: Phone) -> None:
    """Longer waits for her word, and then holds: mail is forwarded beyond the old end."""
    away.away = ("2026-11-14", "2026-11-20")
    service = await away.start()
    review = await phone.next_review()
    question = await answered(phone, review, "tot 25/11")
    assert "woensdag 25 november 2026" in words(question)
    assert "vrijdag 20 november 2026" in words(question)
    (leave,) = service.config.leaves
    assert not leave.is_changed, "nothing before she says so"
    done = await confirmed(phone, question)
    assert done["Subject"] == "Je afwezigheid eindigt anders"
    await phone.clock.advance(datetime(2026, 11, 23, 9, tzinfo=UTC))
    await client_writes(away, phone, "Na de oude terugkeer")
    await away.until(lambda: [m["Subject"] for m in away.accepted(ANNA)] == ["Na de oude terugkeer"])
    await phone.clock.advance(datetime(2026, 11, 25, 0, tzinfo=UTC))
    assert not (await service.status()).away


async def test_pause_and_resume(away: Holiday, phone: Phone) -> None:
    """At once: no forward leaves, mail is sorted, the review comes. Going on waits for her word."""
    await away.start()
    review = await phone.next_review()
    paused = await answered(phone, review, "pauze")
    assert paused["Subject"] == "Er wordt nu niets doorgestuurd"
    await client_writes(away, phone, "Dringend")
    second = await phone.next_review()
    assert "Dringend" in words(second)
    assert away.accepted(ANNA) == []
    question = await answered(phone, second, "verder")
    assert away.accepted(ANNA) == []
    await confirmed(phone, question)
    await away.until(lambda: [m["Subject"] for m in away.accepted(ANNA)] == ["Dringend"])


async def test_back_early_and_twice(away: Holiday, phone: Phone) -> None:
    """It ends at once. Twice, it says since when; and from between two absences the next one is planned."""
    service = await away.start()
    review = await phone.next_review()
    await answered(phone, review, "ik ben terug")
    assert not (await service.status()).away
    again = await answered(phone, review, "ik ben terug")
    assert "al terug sinds maandag 16 november 2026" in words(again)
    question = await answered(phone, again, "weg 23/11-27/11 bram")
    assert "van maandag 23 november 2026 tot en met donderdag 26 november 2026" in words(question)
    done = await confirmed(phone, question)
    assert done["Subject"] == "Je afwezigheid is gepland"
    overlap = await answered(phone, done, "weg 25/11-9/12")
    assert "overlapt" in words(overlap)
    await phone.clock.advance(datetime(2026, 11, 23, 9, tzinfo=UTC))
    await client_writes(away, phone, "In de tweede")
    await away.until(lambda: [m["Subject"] for m in away.accepted(ANNA)] == ["In de tweede"])

"""A handover from the forward to the answer, on a real Dovecot and a recording submission server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.holiday import MONDAY, Holiday, holiday, plain_text, write_mail
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot

ANNA, BRAM, SOFIE = "anna@voorbeeld.example", "bram@voorbeeld.example", "sofie@voorbeeld.example"
JAN = "Jan De Smet <jan@acme.example>"


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        yield each


async def at(away: Holiday, after: timedelta, *mails: bytes) -> None:
    """Mails arrive so long after Monday 7.00, and the service does what is due."""
    clock = away.clock
    assert isinstance(clock, FakeClock)
    clock.at = MONDAY + after
    for octets in mails:
        away.imap.deliver(octets, arrived_at=clock.at)
    assert await away.once()


def to(away: Holiday, recipient: str) -> list[str]:
    return [str(mail["Subject"]) for mail in away.accepted(recipient)]


HOUR = timedelta(hours=1)


async def test_an_answer_closes_it(away: Holiday) -> None:
    """The backup's answer to the client, with the owner in Cc, is filed; nobody is asked again."""
    question = write_mail(JAN, "Bestelling 7", Message_ID="<een@acme.example>")
    await at(away, HOUR, question)
    answer = write_mail(
        f"Bram Maes <{BRAM}>",
        "Re: Bestelling 7",
        Message_ID="<antwoord@voorbeeld.example>",
        In_Reply_To="<een@acme.example>",
        Cc="jan@acme.example",
    )
    await at(away, 2 * HOUR, answer)
    assert len(away.imap.messages("Delegator/Done")) == 1
    status = await look(away)
    assert (status.handovers_open, status.handovers_overdue) == (0, 0)


async def look(away: Holiday):  # type: ignore[no-untyped-def]
    service = away.build()
    try:
        return await service.status()
    finally:
        await away.stop()


async def test_the_note_says_the_moment(away: Holiday) -> None:
    """Asked at 8.00 in the morning: two hours and a quarter of working time end at 11.15."""
    await at(away, HOUR, write_mail(JAN))
    (mail,) = away.accepted(ANNA)
    assert "voor 11.15 u" in plain_text(mail)


async def test_silence_is_told_first(away: Holiday) -> None:
    """Nobody answered within two hours and a quarter: it heads the next review, and status says so."""
    await at(away, HOUR, write_mail(JAN, "Werfverslag"))
    await at(away, timedelta(hours=10, minutes=1))
    assert (await look(away)).handovers_overdue == 1
    review = away.reviews()[-1]
    text = plain_text(review)
    assert "Werfverslag" in text
    assert "Anna Peeters" in text


async def test_an_automatic_answer_passes_it_on(away: Holiday) -> None:
    """A backup whose responder answers is away: the next has it at once, after a word of explanation."""
    await at(away, HOUR, write_mail("x@elders.example", "Offerte zolder", Message_ID="<q@elders.example>"))
    assert to(away, BRAM) == ["Offerte zolder"]
    forward = away.accepted(BRAM)[0]["Message-ID"]
    auto = write_mail(
        f"Bram Maes <{BRAM}>", "Afwezig: Offerte zolder", Auto_Submitted="auto-replied", In_Reply_To=forward
    )
    await at(away, HOUR + timedelta(minutes=1), auto)
    assert to(away, ANNA)[-1] == "Offerte zolder"
    assert len(to(away, ANNA)) == 2, "a covering mail, and the forward"
    cover = away.accepted(ANNA)[0]
    assert cover["Reply-To"] is None
    assert "Bram" in plain_text(cover)
    # Away until a human mail comes from him.
    await at(away, 2 * HOUR, write_mail("y@elders.example", "Bestelling 8"))
    assert to(away, ANNA)[-1] == "Bestelling 8"
    await at(away, 3 * HOUR, write_mail(f"Bram Maes <{BRAM}>", "Ik ben terug"))
    await at(away, 4 * HOUR, write_mail("z@elders.example", "Bestelling 9"))
    assert to(away, BRAM)[-1] == "Bestelling 9"


async def test_a_bounce_passes_it_on(away: Holiday) -> None:
    """A delivery status report that names our forward: the next has the mail; at the end, the owner."""
    await at(away, HOUR, write_mail("x@elders.example", "Offerte", Message_ID="<q@elders.example>"))
    await at(away, HOUR, bounce(BRAM, str(away.accepted(BRAM)[0]["Message-ID"])))
    assert to(away, ANNA)[-1] == "Offerte"
    await at(away, HOUR, bounce(ANNA, str(away.accepted(ANNA)[-1]["Message-ID"])))
    await at(away, 3 * HOUR)
    assert "Offerte" in plain_text(away.reviews()[-1])


def bounce(recipient: str, message_id: str) -> bytes:
    return (
        "From: Mail Delivery System <MAILER-DAEMON@voorbeeld.example>\r\n"
        f"To: {SOFIE}\r\nReturn-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.voorbeeld.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()


async def test_sent_by_hand_is_the_owners_answer(away: Holiday) -> None:
    """What the owner answers herself, found in Sent, closes a handover and an open item."""
    await at(
        away,
        HOUR,
        write_mail(JAN, "Vraag", Message_ID="<een@acme.example>"),
        write_mail("x@elders.example", "Iets", Message_ID="<twee@elders.example>"),
    )
    for number, (named, client) in enumerate(
        (("<een@acme.example>", "jan@acme.example"), ("<twee@elders.example>", "x@elders.example"))
    ):
        sent = write_mail(
            f"Sofie <{SOFIE}>", "Re: Vraag", Message_ID=f"<{number}@voorbeeld.example>", In_Reply_To=named
        ).replace(b"To: Sofie Janssens <sofie@voorbeeld.example>", f"To: {client}".encode())
        away.imap.deliver(sent, "Sent", arrived_at=MONDAY + 2 * HOUR)
    await at(away, 2 * HOUR)
    status = await look(away)
    assert (status.handovers_open, status.waiting) == (0, 0)


async def test_a_question_heads_the_review_and_the_clock_runs_on(away: Holiday) -> None:
    """A backup's mail to the owner alone is a question, no answer."""
    await at(away, HOUR, write_mail(JAN, "Prijs", Message_ID="<een@acme.example>"))
    question = write_mail(
        f"Anna Peeters <{ANNA}>", "Re: Prijs", "Welke prijs geldt?\n", In_Reply_To="<een@acme.example>"
    )
    await at(away, timedelta(hours=1, minutes=30), question)
    await at(away, 3 * HOUR)
    assert "Welke prijs geldt?" in plain_text(away.reviews()[-1])
    assert (await look(away)).handovers_open == 1


async def test_a_backup_who_has_it_already_gets_a_note(away: Holiday) -> None:
    """If the backup is among the recipients, a short note goes instead, without a foreign Reply-To."""
    await at(away, HOUR, write_mail(JAN, "Vraag", Cc=ANNA))
    (mail,) = away.accepted(ANNA)
    assert mail["Reply-To"] is None
    assert "Kunnen jullie dit bekijken" not in plain_text(mail)

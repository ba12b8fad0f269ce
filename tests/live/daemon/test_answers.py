"""What is an answer and what is none, on a real Dovecot and a recording submission server."""

from __future__ import annotations

from datetime import timedelta
from email.policy import SMTP

import pytest

from tests.holiday import MONDAY, Holiday, at, plain_text, write_mail
from tests.phone import reply_to

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"
JAN = "Jan De Smet <jan@acme.example>"
HOUR = timedelta(hours=1)
HANDED_OVER = timedelta(minutes=10)


async def open_handovers(away: Holiday) -> int:
    service = away.build()
    try:
        return (await service.status()).handovers_open
    finally:
        await away.stop()


async def two_questions(away: Holiday) -> list[str]:
    """Jan asks, and asks again; the Message-IDs of both forwards."""
    await at(away, HOUR, write_mail(JAN, "Bestelling 7", Message_ID="<een@acme.example>"))
    again = write_mail(
        JAN, "Re: Bestelling 7", Message_ID="<twee@acme.example>", In_Reply_To="<een@acme.example>"
    )
    await at(away, HOUR + HANDED_OVER, again)
    forwards = [str(mail["Message-ID"]) for mail in away.accepted(ANNA)]
    assert len(forwards) == 2
    return forwards


def answer(sender: str, to: str, named: str, number: int) -> bytes:
    return write_mail(
        sender,
        "Re: Bestelling 7",
        Message_ID=f"<antwoord{number}@x.example>",
        In_Reply_To=named,
        Cc=to,
    )


@pytest.mark.parametrize("sender", [f"Anna Peeters <{ANNA}>", "Anna Thuis <anna@prive.example>"])
async def test_an_answer_to_a_forward_leaves_what_came_later(away: Holiday, sender: str) -> None:
    """From any address: to that forward and what came before it; the next one still waits."""
    first, second = await two_questions(away)
    await at(away, 2 * HOUR, answer(sender, "jan@acme.example", first, 1))
    assert await open_handovers(away) == 1
    await at(away, 2 * HOUR + HANDED_OVER, answer(sender, "jan@acme.example", second, 2))
    assert await open_handovers(away) == 0
    assert len(away.accepted(ANNA)) == 2  # neither was taken for new mail of Jan's
    assert len(away.imap.messages("Delegator/Done")) == 2


async def test_a_clients_colleague_who_joins_in_answers_nothing(away: Holiday) -> None:
    """It is more mail from the client's side, for the same backup."""
    await two_questions(away)
    joins = answer("Els <els@acme.example>", "jan@acme.example", "<twee@acme.example>", 1)
    await at(away, 2 * HOUR, joins)
    assert await open_handovers(away) == 1
    assert len(away.accepted(ANNA)) == 3


@pytest.mark.parametrize(("subject", "is_sure"), [("Bestelling 7", True), ("Even bellen?", False)])
async def test_an_answer_in_a_new_thread(away: Holiday, subject: str, is_sure: bool) -> None:
    """With the subject of the client's one open handover; else an item that says so, and done settles it."""
    await two_questions(away)
    await at(
        away, 2 * HOUR, write_mail(f"Anna Peeters <{ANNA}>", subject, Message_ID="<n@x.example>", Cc=JAN)
    )
    assert await open_handovers(away) == (0 if is_sure else 1)
    if not is_sure:
        await at(away, timedelta(hours=3))
        review = away.reviews()[-1]
        assert "Misschien het antwoord van een collega hierop" in plain_text(review)
        done = reply_to(review, "k 1", "gmail", sender="Sofie <sofie@voorbeeld.example>", number=1)
        await at(away, timedelta(hours=3, minutes=1), done.as_bytes(policy=SMTP))
        assert await open_handovers(away) == 0


async def test_thanks_for_an_answer_that_nobody_saw(away: Holiday) -> None:
    """Settle it; thanks in advance, below the own question, do not."""
    await two_questions(away)
    in_advance = write_mail(
        JAN,
        "Re: Bestelling 7",
        "Alvast bedankt voor het antwoord!\n",
        Message_ID="<drie@acme.example>",
        In_Reply_To="<twee@acme.example>",
    )
    await at(away, 2 * HOUR, in_advance)
    assert await open_handovers(away) == 1
    thanks = write_mail(
        JAN,
        "Re: Bestelling 7",
        "Bedankt voor het snelle antwoord!\n\nJan\n",
        Message_ID="<vier@acme.example>",
        In_Reply_To="<ongezien@voorbeeld.example>",
        References="<een@acme.example> <ongezien@voorbeeld.example>",
    )
    await at(away, 2 * HOUR + HANDED_OVER, thanks)
    assert await open_handovers(away) == 0
    assert len(away.accepted(ANNA)) == 3


GMAIL = (
    b"From: %s\r\nTo: Sofie <sofie@voorbeeld.example>, jan@acme.example\r\nSubject: Re: Bestelling 7\r\n"
    b"Message-ID: <reactie@x.example>\r\nIn-Reply-To: %s\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
    b"Anna reacted via Gmail\r\n--b\r\nContent-Type: text/vnd.google.email-reaction+json\r\n\r\n"
    b'{"emoji": "x", "version": 1}\r\n--b--\r\n'
)


async def test_a_reaction_answers_nothing(away: Holiday) -> None:
    """A backup's to the client, and a client's to a backup's answer: no clock stops or starts."""
    _, second = await two_questions(away)
    await at(away, 2 * HOUR, GMAIL % (ANNA.encode(), second.encode()))
    assert await open_handovers(away) == 1
    await at(away, 2 * HOUR + HANDED_OVER, answer(ANNA, "jan@acme.example", second, 2))
    assert await open_handovers(away) == 0
    clients = GMAIL.replace(b"reactie@", b"ook@") % (b"jan@acme.example", b"<antwoord2@x.example>")
    await at(away, 3 * HOUR, clients)
    assert await open_handovers(away) == 0
    assert len(away.accepted(ANNA)) == 2


async def test_a_receipt_and_an_absence_of_a_client_go_to_nobody(away: Holiday) -> None:
    """No forward, no handover: one line in the review."""
    gone = write_mail(JAN, "Automatisch antwoord: Bestelling 7", Auto_Submitted="auto-replied")
    read = write_mail(JAN, "Gelezen: Bestelling 7").replace(
        b"Content-Type: text/plain", b"Content-Type: multipart/report; report-type=disposition-notification"
    )
    await at(away, HOUR, gone, read)
    assert away.accepted(ANNA) == []
    assert await open_handovers(away) == 0


async def test_a_clients_order_in_junk_is_an_item(away: Holiday) -> None:
    """With buttons, and forwarded by one of them; what is nobody's in particular is only counted."""
    away.imap.deliver(write_mail(JAN, "Wij bestellen"), "Junk", arrived_at=MONDAY + HOUR)
    await at(away, HOUR)
    assert away.accepted(ANNA) == []
    await at(away, timedelta(hours=3))
    text = plain_text(away.reviews()[-1])
    assert "Wij bestellen" in text
    assert "Ligt bij je ongewenste mail" in text
    forward = reply_to(away.reviews()[-1], "f 1", "gmail", sender="Sofie <sofie@voorbeeld.example>", number=1)
    await at(away, timedelta(hours=3, minutes=1), forward.as_bytes(policy=SMTP))
    assert [str(mail["Subject"]) for mail in away.accepted(ANNA)] == ["Wij bestellen"]
    assert [len(away.imap.messages(each)) for each in ("Junk", "Delegator/Forwarded")] == [0, 1]


async def test_what_the_owner_takes_out_of_junk_is_theirs(away: Holiday) -> None:
    """It is known, so it goes to nobody by itself."""
    away.imap.deliver(write_mail(JAN, "Wij bestellen"), "Junk", arrived_at=MONDAY + HOUR)
    await at(away, HOUR)
    (uid, _, _), *_ = away.imap.messages("Junk")
    away.imap.move(uid, "INBOX", "Junk")
    await at(away, timedelta(hours=4))
    assert away.accepted(ANNA) == []  # the owner has seen it: it is theirs to decide


async def test_the_owners_answer_to_a_question_closes_it(away: Holiday) -> None:
    """The backup asks, the owner answers from another program: the client still waits."""
    await two_questions(away)
    question = write_mail(
        ANNA,
        "Re: Bestelling 7",
        "Welke prijs geldt?\n",
        Message_ID="<v@x.example>",
        In_Reply_To="<een@acme.example>",
    )
    await at(away, 2 * HOUR, question)
    assert "Welke prijs" in plain_text(away.reviews()[-1])
    told = write_mail("Sofie <sofie@voorbeeld.example>", "Re: Bestelling 7", In_Reply_To="<v@x.example>")
    told = told.replace(b"To: Sofie Janssens <sofie@voorbeeld.example>", f"To: {ANNA}".encode())
    away.imap.deliver(told, "Sent", arrived_at=MONDAY + 3 * HOUR)
    await at(away, 3 * HOUR)
    assert await open_handovers(away) == 1
    await at(away, 11 * HOUR)
    last = plain_text(away.reviews()[-1])
    assert "1 wacht te lang" in last
    assert "Welke prijs" not in last


async def test_the_owners_reaction_is_no_answer(away: Holiday) -> None:
    """A tap on an emoji, found in Sent: the client still waits."""
    await two_questions(away)
    tapped = GMAIL % (b"sofie@voorbeeld.example", b"<twee@acme.example>")
    away.imap.deliver(tapped, "Sent", arrived_at=MONDAY + 2 * HOUR)
    await at(away, 2 * HOUR)
    assert await open_handovers(away) == 1

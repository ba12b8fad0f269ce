"""A stranger who wants to speak in the owner's voice, above the mail that a colleague gets."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from tests.holiday import MONDAY, Holiday, plain_text, write_mail
from tests.phone import Phone, button

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"
FORWARDED = "Delegator/Forwarded"


async def lines_above(away: Holiday, phone: Phone, subject: str, *, add: str = "") -> list[str]:
    """What stands above a stranger's mail with this subject, when the owner taps [Naar Anna]."""
    octets = write_mail("Els Maes <els@elders.example>", subject, Message_ID="<een@elders.example>")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    await away.start()
    review = await phone.next_review()
    await phone.tap(button(review, "Naar Anna"), add=add)
    await away.until(lambda: away.imap.messages(FORWARDED))
    (forward,) = away.accepted(ANNA)
    return plain_text(forward).replace("\r\n", "\n").partition("\n\n")[0].split("\n")


async def test_a_subject_is_no_note_of_the_owners(away: Holiday, phone: Phone) -> None:
    """`>>` in a subject puts none of its words above the mail."""
    lines = await lines_above(away, phone, "Prijs >> Akkoord, betaal die maar meteen")
    assert len(lines) == 1
    assert "betaal" not in lines[0]


async def test_a_mark_in_a_subject_does_not_show_our_own_words(away: Holiday, phone: Phone) -> None:
    """An innocent `>>` puts none of our prompt there, for the client to read."""
    lines = await lines_above(away, phone, "Maten kast >>")
    assert len(lines) == 1
    assert "klant" not in lines[0]


async def test_the_owners_own_words_still_go_along(away: Holiday, phone: Phone) -> None:
    """What the owner writes in its place stands above it, whatever the subject holds."""
    lines = await lines_above(away, phone, "Prijs >> Akkoord", add="graag vandaag nog bellen")
    assert lines[1:] == ["graag vandaag nog bellen"]


async def test_a_late_answer_shows_no_moment(away: Holiday) -> None:
    """What Reply quotes to the client names no hour by which an answer was hoped for."""
    octets = write_mail(Message_ID="<een@acme.example>")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY - timedelta(minutes=1))
    assert await away.once()
    (forward,) = away.accepted(ANNA)
    (line,) = plain_text(forward).replace("\r\n", "\n").partition("\n\n")[0].split("\n")
    assert line.startswith("Anna, kan jij dit beantwoorden? Je antwoord gaat naar ")
    assert not re.search(r"\d", line)
    assert forward["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"


@pytest.mark.parametrize(
    "field",
    [
        b"Content-Type: text/plain;\r\n \r\n charset=utf-8\r\n",
        b"Content-Language: nl\r\n\t \r\n",
        b"Content-Description: \x01\x7f\x0b pomp\r\n",
        b"Content-Description: Pomp f\xfcr K\xf6ln\r\n",
        b"Content-\xfc: x\r\n",
        b"Content-Description " + b"x" * 40 + b"\r\n",
        b"Content-Description: " + b"x" * 1500 + b"\r\n",
    ],
    ids=["folded blank", "blank last", "control", "8-bit", "8-bit name", "no colon", "overlong"],
)
async def test_no_field_keeps_a_key_accounts_mail_back(away: Holiday, field: bytes) -> None:
    """What is copied into a forward is made lawful before the gate sees it."""
    octets = b"From: jan@acme.example\r\nTo: sofie@voorbeeld.example\r\nSubject: Pomp\r\n" + field
    octets += b"Message-ID: <een@acme.example>\r\n\r\nDag Sofie, de pomp lekt.\r\n"
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    assert await away.once()
    (forward,) = away.accepted(ANNA)
    assert b"de pomp lekt" in forward.as_bytes()


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ('"Jan. PS Anna, dit is al goedgekeurd, betaal meteen" <jan@acme.example>', "jan@acme.example"),
        ("Jan De Smet <jan@acme.example>", "Jan De Smet"),
        ("Anna zegt ja <x@elders.example>", "x@elders.example"),
    ],
    ids=["more than a name", "a name", "nobody knows"],
)
async def test_a_display_name_says_nothing_in_the_owners_voice(
    away: Holiday, sender: str, shown: str
) -> None:
    """The line names whom a rule names, by what is a name; anybody else by the bare address."""
    away.rules = away.rules.replace(
        'from: "@acme.example"}}', 'any: [{{from: "@acme.example"}}, {{subject: Vraag}}]}}'
    )
    octets = write_mail(sender, Message_ID="<een@acme.example>")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    assert await away.once()
    (forward,) = away.accepted(ANNA)
    line = plain_text(forward).splitlines()[0]
    assert line == f"Anna, kan jij dit beantwoorden? Je antwoord gaat naar {shown} en mij."


async def test_whom_the_owner_wrote_to_is_called_by_name(away: Holiday) -> None:
    """Who got a mail of the owner's is no stranger any more, if the name is a name."""
    away.rules = away.rules.replace(
        'from: "@acme.example"}}', 'any: [{{from: "@acme.example"}}, {{subject: Vraag}}]}}'
    )
    sent = write_mail("sofie@voorbeeld.example", "Prijzen").replace(
        b"To: Sofie Janssens <sofie@voorbeeld.example>", b"To: els@elders.example"
    )
    octets = write_mail("Els Maes <els@elders.example>", Message_ID="<een@elders.example>")
    await asyncio.to_thread(away.imap.deliver, sent, "Sent", arrived_at=MONDAY)
    assert await away.once()
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    assert await away.once()
    (forward,) = away.accepted(ANNA)
    line = plain_text(forward).splitlines()[0]
    assert line == "Anna, kan jij dit beantwoorden? Je antwoord gaat naar Els Maes en mij."

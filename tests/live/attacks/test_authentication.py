"""A stranger who writes as somebody else, past what the owner's own server says of the mail."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.holiday import MONDAY, RULES, Holiday, plain_text, write_mail
from tests.phone import Phone, button, item

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"
BELIEVING = RULES.replace("account:\n", "account:\n  authserv_id: mx.voorbeeld.example\n")
FAILS = b"dmarc=fail header.from=acme.example"
MANY = b"".join(
    b"dkim=fail header.d=a%d.example header.s=selector header.b=abcdefgh; " % n for n in range(60)
)


def stated(results: bytes, server: bytes = b"mx.voorbeeld.example; ") -> bytes:
    return b"Authentication-Results: " + server + results + b"\r\n"


@pytest.mark.parametrize(
    "results",
    [
        stated(b"iprev=pass policy.iprev=2001:db8::25; " + FAILS),
        stated(b"spf=fail smtp.mailfrom=a@[192.0.2.7]; " + FAILS),
        stated(b"spf=none smtp.mailfrom=<>; " + FAILS),
        stated(b"spf=fail smtp.mailfrom=j\xc3\xb6rg@acme.example; " + FAILS),
        stated(FAILS + b";"),
        stated(MANY + FAILS),
        stated(b"spf=none smtp.mailfrom=x") + b"DKIM-Filter: OpenDKIM\r\n" + stated(FAILS),
        stated(b'spf=fail smtp.mailfrom="=?utf-8?Q?x=22=3B_dmarc=3Dpass?="@acme.example; ' + FAILS),
        stated(b"dmarc=pass (a comment that does not end"),
    ],
    ids=["IPv6", "literal", "null", "UTF-8", "semicolon", "sixty", "adjacent", "encoded word", "unreadable"],
)
async def test_a_forged_client_reaches_no_colleague(away: Holiday, results: bytes) -> None:
    """In whatever form the server states the failure, and where what it states cannot be read."""
    away.rules = BELIEVING
    octets = results + write_mail(Message_ID="<vals@acme.example>", subject="Nieuwe rekening")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    assert await away.once()
    assert away.accepted(ANNA) == []
    away.clock.at = MONDAY + timedelta(hours=3)  # type: ignore[attr-defined]
    assert await away.once()
    assert "Nieuwe rekening" in plain_text(away.reviews()[-1])


async def test_microsofts_field_without_a_name_is_read(away: Holiday) -> None:
    """From the topmost field only: one below it may have come with the mail."""
    away.rules = BELIEVING.replace("mx.voorbeeld.example", "microsoft")
    form = b"spf=%s (sender IP is 192.0.2.1) smtp.mailfrom=x;dmarc=%s action=none header.from=acme.example"
    failing, passing = stated(form % (b"fail", b"fail"), b""), stated(form % (b"pass", b"pass"), b"")
    forged = write_mail(Message_ID="<vals@acme.example>", subject="Vals")
    real = write_mail(Message_ID="<echt@acme.example>", subject="Echt")
    await asyncio.to_thread(away.imap.deliver, failing + passing + forged, arrived_at=MONDAY)
    await asyncio.to_thread(away.imap.deliver, passing + failing + real, arrived_at=MONDAY)
    assert await away.once()
    assert [mail["Subject"] for mail in away.accepted(ANNA)] == ["Echt"]


async def test_a_command_that_cannot_be_believed_does_nothing(away: Holiday, phone: Phone) -> None:
    """A stolen button, sent in the owner's name, past a result that cannot be read."""
    away.rules = BELIEVING
    octets = item("Zaak 1", Message_ID="<zaak1@elders.example>")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    await away.start()
    review = await phone.next_review()
    command = phone.command(button(review, "Naar Anna")).as_bytes()
    await phone.send(stated(b"spf=fail smtp.mailfrom=a@[192.0.2.7]; dmarc=fail") + command)
    await phone.send(stated(b'dmarc=pass reason="x') + command)
    await away.until(lambda: len(away.imap.messages("Delegator/Done")) >= 2)
    told = plain_text(await phone.next_review())
    assert "kwam niet door de controle van je mailserver" in " ".join(told.split())
    assert away.accepted(ANNA) == []


@pytest.mark.parametrize(
    ("results", "is_forwarded"),
    [
        (b"dkim=pass header.d=evil.example; dmarc=none header.from=voorbeeld.example", False),
        (b"dkim=pass header.d=voorbeeld.example; dmarc=pass header.from=voorbeeld.example", True),
    ],
    ids=["a stranger", "the group"],
)
async def test_a_list_that_a_stranger_made_up_names_no_client(
    away: Holiday, results: bytes, is_forwarded: bool
) -> None:
    """X-Original-From counts where the owner's server says that the owner's own domain sent the mail."""
    away.rules = BELIEVING
    octets = stated(results) + write_mail(
        "Jan via Verkoop <verkoop@voorbeeld.example>",
        Message_ID="<lijst@voorbeeld.example>",
        List_ID="<verkoop.voorbeeld.example>",
        X_Original_From="Jan De Smet <jan@acme.example>",
    )
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    assert await away.once()
    assert bool(away.accepted(ANNA)) is is_forwarded


async def test_verified_is_not_about_whom_a_list_names(away: Holiday) -> None:
    """The server vouched for the list; a rule for verified clients does not hold."""
    away.rules = BELIEVING.replace('from: "@acme.example"}}', 'from: "@acme.example", verified: true}}')
    octets = stated(b"dmarc=pass header.from=voorbeeld.example") + write_mail(
        "Jan via Verkoop <verkoop@voorbeeld.example>",
        Message_ID="<lijst@voorbeeld.example>",
        List_ID="<verkoop.voorbeeld.example>",
        X_Original_From="Jan De Smet <jan@acme.example>",
    )
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    assert await away.once()
    assert away.accepted(ANNA) == []


@pytest.mark.parametrize(
    ("results", "is_forwarded"), [(b"dmarc=fail header.from=voorbeeld.example", False), (b"dmarc=pass", True)]
)
async def test_a_forged_mail_of_the_owners_makes_no_reply(
    away: Holiday, results: bytes, is_forwarded: bool
) -> None:
    """What answers a mail in the owner's name is a reply only if the server does not call that forged."""
    away.rules = BELIEVING.replace('from: "@acme.example"}}', "reply: true}}")
    own = write_mail("Sofie <sofie@voorbeeld.example>", "Afspraak", Message_ID="<eigen@voorbeeld.example>")
    answer = write_mail(
        "x@elders.example",
        "Re: Afspraak",
        Message_ID="<antw@elders.example>",
        In_Reply_To="<eigen@voorbeeld.example>",
    )
    await asyncio.to_thread(away.imap.deliver, stated(results) + own, arrived_at=MONDAY)
    await asyncio.to_thread(away.imap.deliver, answer, arrived_at=MONDAY + timedelta(seconds=1))
    assert await away.once()
    assert bool(away.accepted(ANNA)) is is_forwarded

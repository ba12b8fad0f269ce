"""A stranger whose address looks like a client's or the owner's."""

from __future__ import annotations

import asyncio
import email.policy

import pytest

from tests.holiday import MONDAY, Holiday, plain_text, write_mail
from tests.phone import Phone, button, item

pytestmark = pytest.mark.dovecot

ANNA, SOFIE = "anna@voorbeeld.example", "sofie@voorbeeld.example"


@pytest.mark.parametrize(
    "domain",
    [
        "ac\u00adme.example",
        "ac\u200dme.example",
        "ac\u2060me.example",
        "\uff41\uff43\uff4d\uff45.example",
        "acme\u3002example",
    ],
    ids=["soft hyphen", "joiner", "word joiner", "full width", "ideographic stop"],
)
async def test_no_look_alike_is_a_client(away: Holiday, domain: str) -> None:
    """What shows nothing, or is drawn like a letter, makes no other domain that of a key account."""
    octets = write_mail("jan@acme.example", Message_ID="<een@evil.example>")
    octets = octets.replace(b"From: jan@acme.example", f"From: jan@{domain}".encode())
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    assert await away.once()
    assert away.accepted(ANNA) == []


@pytest.mark.parametrize(
    ("domain", "shown"),
    [
        ("voor\u00adbeeld.example", "sofie@voor\ufffdbeeld.example (U+FFFD)"),
        ("voorbeeld\uff0eexample", "U+FF0E"),
        ("voorb\u0435\u0435ld.example", "xn--voorbld-"),
        ("voorbee1d.example", "sofie@voorbee1d.example"),
    ],
    ids=["soft hyphen", "full-width stop", "Cyrillic", "digit"],
)
async def test_a_look_alike_is_not_the_owner(away: Holiday, phone: Phone, domain: str, shown: str) -> None:
    """Its command waits, and the question says that the address is another, and which."""
    octets = item("Zaak 1", Message_ID="<zaak1@elders.example>")
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    await away.start()
    review = await phone.next_review()
    command = phone.command(button(review, "Naar Anna")).as_bytes(policy=email.policy.SMTP)
    forged = command.replace(f"<{SOFIE}>".encode(), f"<sofie@{domain}>".encode(), 1)
    await phone.send(forged)
    await away.until(phone.answers)
    (question,) = phone.answers()
    assert question["Subject"] == "Was jij dit?"
    text = plain_text(question)
    assert shown in text
    assert "“Naar Anna: Zaak 1”" in " ".join(text.split())
    assert f"Het lijkt op {SOFIE}, maar het is een ander adres." in text
    assert away.accepted(ANNA) == []

"""A stranger who floods a colleague by way of the owner's mailbox."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.holiday import MONDAY, RULES, Holiday, plain_text, write_mail
from tests.phone import Phone, button, links

pytestmark = pytest.mark.dovecot

ANNA, BRAM, IT = "anna@voorbeeld.example", "bram@voorbeeld.example", "it@voorbeeld.example"
ALERT = RULES.replace("rules:\n", f"alert: {{{{address: {IT}}}}}\nrules:\n")
STRANGER = "Els Maes <els@elders.example>"


async def deliver(away: Holiday, *mails: bytes, minutes: float = 0) -> None:
    """A second apart."""

    def all_of_them() -> None:
        for number, octets in enumerate(mails):
            at = MONDAY + timedelta(minutes=minutes, seconds=number)
            away.imap.deliver(octets, arrived_at=at)

    await asyncio.to_thread(all_of_them)


def orders(count: int, sender: str = STRANGER, name: str = "een", **headers: str) -> list[bytes]:
    return [
        write_mail(sender, f"Bestelling {name} {n}", Message_ID=f"<{name}-{n}@elders.example>", **headers)
        for n in range(count)
    ]


async def test_what_is_above_the_limit_waits_and_goes_by_one_tap(away: Holiday, phone: Phone) -> None:
    """Twenty forwards; the rest is an item each, the first heads the review, and IT hears at once."""
    away.rules = ALERT
    await deliver(
        away, write_mail("Lut Wit <lut@elders.example>", "Vraag", Message_ID="<lut@elders.example>")
    )
    await deliver(away, *orders(25), minutes=1)
    await away.start()
    await away.until(lambda: len(away.accepted(BRAM)) >= 20 and away.accepted(IT))
    await deliver(away, *orders(2, "Jan <jan@klant.example>", "twee"), minutes=2)
    await away.until(lambda: len(away.accepted(BRAM)) >= 22)
    review = await phone.next_review()
    assert len(away.accepted(BRAM)) == 22, "nobody uses up another's"
    (alert,) = away.accepted(IT)
    assert "heel veel nieuwe mail" in " ".join(plain_text(alert).split())
    text = " ".join(plain_text(review).split())
    assert text.index("Bestelling een 20") < text.index("Vraag"), "it heads the review"
    assert text.count("Te veel nieuwe mail van deze afzender") == 5
    assert Counter(label for label, _ in links(review))["Alles naar Bram (5)"] == 1
    await phone.tap(button(review, "Alles naar Bram"))
    await away.until(lambda: len(away.accepted(BRAM)) >= 27)
    told = " ".join(plain_text(await phone.next_review()).split())
    assert "Bestelling een 24" in told
    subjects = Counter(str(mail["Subject"]) for mail in away.accepted(BRAM))
    assert max(subjects.values()) == 1
    assert phone.answers() == []


async def test_a_flood_of_large_mail_is_no_flood_of_memory(
    away: Holiday, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One tap takes up so much at once; of the rest the owner hears at once, and it waits for another tap."""
    monkeypatch.setattr("delegator.daemon.commands.MOST_OCTETS", 1)
    await deliver(away, *orders(22))
    await away.start()
    await phone.tap(button(await phone.next_review(), "Alles naar Bram"))
    await away.until(phone.answers)
    assert "te veel in één keer" in " ".join(plain_text(phone.answers()[0]).split())
    await away.until(lambda: len(away.accepted(BRAM)) == 21)
    await phone.tap(button(await phone.next_review(), "Alles naar Bram"))
    await away.until(lambda: len(away.accepted(BRAM)) == 22)


async def test_a_forms_visitor_uses_up_nobodys(away: Holiday) -> None:
    """A contact form writes in the owner's name: it counts by Reply-To. Who is named may send more."""
    form = "Website <sofie@voorbeeld.example>"
    await deliver(
        away,
        *orders(22, form, "een", Reply_To="x@elders.example"),
        *orders(3, form, "twee", Reply_To="jan@klant.example"),
        *(write_mail(Message_ID=f"<{n}@acme.example>") for n in range(22)),
        # From outside, another name in Reply-To makes no other sender.
        *(orders(1, STRANGER, f"drie {n}", Reply_To=f"{n}@elders.example")[0] for n in range(22)),
    )
    assert await away.once()
    subjects = Counter(str(mail["Subject"]).rpartition(" ")[0][:15] for mail in away.accepted(BRAM))
    assert subjects == {"Bestelling een": 20, "Bestelling twee": 3, "Bestelling drie": 20}
    assert len(away.accepted(ANNA)) == 22

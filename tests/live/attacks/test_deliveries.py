"""A stranger who has mail delivered straight into our folders, as `user+folder@` does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from delegator.core.mail.marker import compose_marker
from tests.holiday import MONDAY, Holiday, plain_text, write_mail
from tests.phone import Phone, button, item, links

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"
DELIVERED = b"Return-Path: <x@elders.example>\r\nReceived: from elders.example by mx\r\n"


async def test_a_delivered_marker_silences_nothing(away: Holiday) -> None:
    """A mail that reads like another installation's marker: forwards are still made."""
    config, until_at = away.configure(), datetime(2027, 1, 4, tzinfo=UTC)
    octets = compose_marker(config.owner, "another", until_at, "<marker@elders.example>", MONDAY)
    await asyncio.to_thread(away.imap.create, "Delegator")
    await asyncio.to_thread(away.imap.deliver, DELIVERED + octets, "Delegator")
    await asyncio.to_thread(away.imap.deliver, write_mail(Message_ID="<een@acme.example>"), arrived_at=MONDAY)
    assert await away.once()
    assert len(away.accepted(ANNA)) == 1


async def test_a_mail_delivered_into_a_tray_is_an_item(away: Holiday, phone: Phone) -> None:
    """It goes to nobody and is not done: it waits in INBOX, with a button for the folder's colleague."""
    await away.start()
    await phone.next_review()
    folders = {"Delegator/Forward/bram": "Voor Bram", "Delegator/Done": "Klaar", "Delegator/To-do": "Taak"}
    for folder, subject in folders.items():
        octets = DELIVERED + item(subject, Message_ID=f"<{len(subject)}@elders.example>")
        await asyncio.to_thread(away.imap.deliver, octets, folder, arrived_at=phone.clock.now())
    await away.until(lambda: all(phone.is_in(subject, "INBOX") for subject in folders.values()))
    review = await phone.next_review()
    text = " ".join(plain_text(review).split())
    assert text.count("Misschien rechtstreeks in een map bezorgd") == 3
    assert all(subject in text for subject in folders.values())
    assert "Alles zoals voorgesteld" not in text
    assert away.accepted("bram@voorbeeld.example") == away.accepted(ANNA) == []
    await phone.tap(next(link for label, link in links(review) if label == "Naar Bram"))
    await away.until(lambda: away.accepted("bram@voorbeeld.example"))
    assert [mail["Subject"] for mail in away.accepted("bram@voorbeeld.example")] == ["Voor Bram"]
    assert button(review, "Naar Anna"), "what was in no colleague's folder has the first one's"


async def test_what_was_seen_elsewhere_is_moved_by_its_owner(away: Holiday, phone: Phone) -> None:
    """From Junk, or from before the absence: a move between folders is the login's."""
    await asyncio.to_thread(away.imap.create, "Junk")
    spam, old = item("Spam", Message_ID="<s@elders.example>"), item("Oud", Message_ID="<o@elders.example>")
    await asyncio.to_thread(away.imap.deliver, spam, "Junk", arrived_at=MONDAY)
    await asyncio.to_thread(away.imap.deliver, old, arrived_at=MONDAY - timedelta(days=30))
    await away.start()
    await phone.next_review()
    await phone.move("Spam", "Delegator/Forward/anna", "Junk")
    await phone.move("Oud", "Delegator/Forward/anna")
    await away.until(lambda: len(away.accepted(ANNA)) == 2)
    assert {str(mail["Subject"]) for mail in away.accepted(ANNA)} == {"Spam", "Oud"}

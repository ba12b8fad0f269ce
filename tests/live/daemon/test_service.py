"""The daemon on a real Dovecot and a real SMTP dialogue, both over TLS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.holiday import MONDAY, Holiday, plain_text, write_mail
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot

ANNA, BRAM, SOFIE = "anna@voorbeeld.example", "bram@voorbeeld.example", "sofie@voorbeeld.example"


async def test_a_clients_mail_reaches_the_colleague(away: Holiday) -> None:
    """A mail that a rule names is forwarded at once, moved, and still unread; others stay."""
    await away.start()
    await away.until(lambda: "Delegator/Forwarded" in away.imap.mailboxes())
    away.imap.deliver(write_mail(subject="Prijs voor 40 stuks?"), arrived_at=MONDAY)
    away.imap.deliver(write_mail("x@elders.example", "Iets anders"), arrived_at=MONDAY)
    await away.until(lambda: away.imap.messages("Delegator/Forwarded"))
    (mail,) = away.accepted()
    assert mail["To"].addresses[0].addr_spec == ANNA
    assert mail["Subject"] == "Prijs voor 40 stuks?"
    assert mail["Reply-To"].addresses[0].addr_spec == "jan@acme.example"
    ((_, flags, _),) = away.imap.messages("Delegator/Forwarded")
    assert flags == {"$Forwarded"}
    ((_, flags, _),) = away.imap.messages("INBOX")
    assert flags == frozenset()


async def test_every_kind_goes_where_it_belongs(away: Holiday) -> None:
    """Private mail and open items stay in INBOX, ignored mail goes to Done, and the count adds up."""
    mails = {
        "private": write_mail("oma@familie.example", "Kerst"),
        "forward": write_mail(subject="Vraag"),
        "review": write_mail("x@elders.example", "Uitnodiging"),
        "low": write_mail("nieuws@winkel.example", "Actie!", List_Id="<nieuws.winkel.example>"),
        "ignore": write_mail("alerts@monitor.example", "OK"),
    }
    for octets in mails.values():
        away.imap.deliver(octets, arrived_at=MONDAY)
    assert await away.once()
    assert {octets for _, _, octets in away.imap.messages("INBOX")} == {
        mails["private"],
        mails["review"],
        mails["low"],
    }
    assert [octets for _, _, octets in away.imap.messages("Delegator/Done")] == [mails["ignore"]]
    assert [octets for _, _, octets in away.imap.messages("Delegator/Forwarded")] == [mails["forward"]]
    assert all("\\Seen" not in flags for _, flags, _ in away.imap.messages("INBOX"))


async def test_mail_from_before_the_absence_is_no_item(away: Holiday) -> None:
    """What arrived before `away.from` is neither taken up nor moved; what arrived since is."""
    before = datetime(2026, 11, 13, 22, 0, tzinfo=UTC)
    away.imap.deliver(write_mail(subject="oud"), arrived_at=before)
    away.imap.deliver(write_mail(subject="nieuw"), arrived_at=MONDAY - timedelta(hours=1))
    assert await away.once()
    assert [mail["Subject"] for mail in away.accepted()] == ["nieuw"]
    assert len(away.uids("INBOX")) == 1


async def test_a_review_comes_at_its_time_and_once(away: Holiday) -> None:
    """At 9.00 the open items come in one review to the owner; a restart sends it no second time."""
    clock = away.clock
    assert isinstance(clock, FakeClock)
    await away.start()
    away.imap.deliver(write_mail("x@elders.example", "Uitnodiging"), arrived_at=MONDAY)
    await away.until(lambda: away.uids("INBOX"))
    await away.until(lambda: clock.next_wake_at == MONDAY + timedelta(hours=2))
    await clock.advance(MONDAY + timedelta(hours=2, minutes=1))
    await away.until(away.reviews)
    (review,) = away.reviews()
    assert "Uitnodiging" in plain_text(review)
    assert review["From"].addresses[0].addr_spec == SOFIE
    await away.stop()
    await away.start()
    await away.until(lambda: away.service and away.service.is_live and away.service.is_connected)
    await clock.advance(MONDAY + timedelta(hours=3))
    assert len(away.reviews()) == 1


async def test_later_mail_of_a_conversation_goes_to_the_same_backup(away: Holiday) -> None:
    """A reply that no rule names goes to whoever has the conversation."""
    first = write_mail("x@elders.example", "Bestelling 7", Message_ID="<een@elders.example>")
    later = write_mail(
        "x@elders.example", "Nog iets", Message_ID="<twee@elders.example>", In_Reply_To="<een@elders.example>"
    )
    away.imap.deliver(first, arrived_at=MONDAY)
    away.imap.deliver(later, arrived_at=MONDAY)
    assert await away.once()
    assert [mail["To"].addresses[0].addr_spec for mail in away.accepted()] == [BRAM, BRAM]


async def test_a_refusal_goes_to_the_next_in_the_list(away: Holiday) -> None:
    """After a permanent refusal the next backup gets the mail, and the next review says so."""
    away.imap.deliver(write_mail("x@elders.example", "geweigerd"), arrived_at=MONDAY)
    assert await away.once()
    (mail,) = away.accepted()
    assert mail["To"].addresses[0].addr_spec == ANNA
    clock = away.clock
    assert isinstance(clock, FakeClock)
    clock.at = MONDAY + timedelta(hours=3)
    assert await away.once()
    (review,) = away.reviews()
    text = plain_text(review)
    assert "Rita Weg" in text
    assert "5.1.1" in text


async def test_old_mail_is_paced(away: Holiday) -> None:
    """Mail that is hours old when taken up goes one every six minutes, the first at once, oldest first."""
    clock = away.clock
    assert isinstance(clock, FakeClock)
    for hours in (7, 6, 5):
        octets = write_mail(subject=f"Van {hours} uur geleden")
        away.imap.deliver(octets, arrived_at=MONDAY - timedelta(hours=hours))
    subjects = ["Van 7 uur geleden", "Van 6 uur geleden", "Van 5 uur geleden"]
    for minutes, expected in ((0, 1), (5, 1), (6, 2), (12, 3)):
        clock.at = MONDAY + timedelta(minutes=minutes)
        assert await away.once()
        assert [mail["Subject"] for mail in away.accepted()] == subjects[:expected]


async def test_a_message_that_asks_for_a_receipt_is_not_moved(away: Holiday) -> None:
    """It is forwarded, and stays where it is, unflagged: some servers answer a move with a receipt."""
    octets = write_mail(Disposition_Notification_To="jan@acme.example")
    away.imap.deliver(octets, arrived_at=MONDAY)
    assert await away.once()
    assert len(away.accepted(ANNA)) == 1
    assert [each for _, _, each in away.imap.messages("INBOX")] == [octets]


async def test_a_client_in_the_spam_folder_is_an_item(away: Holiday) -> None:
    """Whom a rule names stands in the review, and nothing is forwarded; other spam is not told."""
    clock = away.clock
    assert isinstance(clock, FakeClock)
    away.imap.deliver(write_mail(subject="Verdwaald"), "Junk", arrived_at=MONDAY)
    away.imap.deliver(write_mail("spam@elders.example", "Win!"), "Junk", arrived_at=MONDAY)
    assert await away.once()
    clock.at = MONDAY + timedelta(hours=3)
    assert await away.once()
    assert away.accepted(ANNA) == []
    (review,) = away.reviews()
    assert "1. Verdwaald" in plain_text(review)
    assert "Win!" not in plain_text(review)
    assert len(away.imap.messages("Junk")) == 2

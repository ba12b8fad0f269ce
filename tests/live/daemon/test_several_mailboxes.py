"""More than one mailbox is watched, and the owner moves mail between them, or renames one."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from tests.holiday import MONDAY, RULES, Holiday, plain_text, write_mail
from tests.phone import Phone, item

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"
TWO = RULES.replace("account:\n", "account:\n  mailboxes: [INBOX, Klanten]\n")
# It stays where it is, so that nothing of ours moves it.
RECEIPT = write_mail(subject="Bon", Disposition_Notification_To="jan@acme.example")


def forwarded(away: Holiday) -> list[str]:
    return [str(mail["Subject"]) for mail in away.accepted(ANNA)]


def places(away: Holiday) -> set[tuple[str, str, int]]:
    """Subject, mailbox and whether it is decided, of all that was taken up and came from outside."""
    with sqlite3.connect(f"file:{away.state}/state.sqlite3?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT subject, mailbox, decided_at IS NOT NULL FROM message WHERE disposition != 'own'"
        ).fetchall()
    db.close()
    return set(rows)


def rename(away: Holiday, mailbox: str, to: str) -> None:
    away.imap.server.connection(away.imap.username).run("RENAME", mailbox, to)


@pytest.mark.parametrize(("mailbox", "to"), [("INBOX", "Klanten"), ("Klanten", "INBOX")])
async def test_moved_from_one_to_the_other(away: Holiday, phone: Phone, mailbox: str, to: str) -> None:
    """Whichever is looked at first: no colleague gets it twice, and it is one item."""
    away.rules = TWO
    away.imap.create("Klanten")
    for octets in (RECEIPT, item("Zaak")):
        away.imap.deliver(octets, mailbox, arrived_at=MONDAY)
    service = await away.start()
    await away.until(lambda: len(places(away)) == 2 and forwarded(away) == ["Bon"])
    for subject in ("Bon", "Zaak"):
        await phone.move(subject, to, mailbox)
    service.bells.wake.set()
    await away.until(lambda: places(away) == {("Bon", to, 0), ("Zaak", to, 0)})
    review = plain_text(await phone.next_review())
    assert "2 mails, 1 doorgestuurd, 1 voor jou" in " ".join(review.split())
    assert forwarded(away) == ["Bon"]


async def test_two_equal_mails_that_are_both_there_are_two(away: Holiday) -> None:
    """A header says nothing for sure, and a mail too many is better than one too few."""
    away.rules = TWO
    away.imap.create("Klanten")
    for mailbox in ("INBOX", "Klanten"):
        away.imap.deliver(RECEIPT, mailbox, arrived_at=MONDAY)
    await away.start()
    await away.until(lambda: forwarded(away) == ["Bon", "Bon"])


async def test_renamed_and_named_so(away: Holiday, phone: Phone) -> None:
    """Nothing in it is sent again, and what arrived meanwhile is taken up."""
    away.rules = TWO
    away.imap.create("Klanten")
    for octets in (RECEIPT, item("Zaak")):
        away.imap.deliver(octets, "Klanten", arrived_at=MONDAY)
    await away.start()
    await away.until(lambda: len(places(away)) == 2 and forwarded(away) == ["Bon"])
    await away.stop()
    rename(away, "Klanten", "Relaties")
    away.imap.deliver(write_mail(subject="Nieuw"), "Relaties", arrived_at=MONDAY)
    away.rules = TWO.replace("Klanten", "Relaties")
    await away.start()
    await away.until(lambda: len(forwarded(away)) == 2)
    review = plain_text(await phone.next_review())
    assert "3 mails, 2 doorgestuurd, 1 voor jou" in " ".join(review.split())
    assert sorted(forwarded(away)) == ["Bon", "Nieuw"]


async def test_renamed_without_a_word(away: Holiday, phone: Phone) -> None:
    """What nobody looks at is no "all is well": status and review name it, until it is there again."""
    away.rules = TWO
    away.imap.create("Klanten")
    service = await away.start()
    await away.until(lambda: service.is_connected)
    await phone.next_review()
    rename(away, "Klanten", "Relaties")
    away.imap.deliver(write_mail(), "Relaties", arrived_at=MONDAY)
    await phone.clock.advance(phone.clock.at + timedelta(minutes=2))
    service.bells.wake.set()
    await away.until(lambda: "mailboxes" in service.health.faults)
    assert [each.partition(", so")[0] for each in (await service.status()).problems] == [
        "mailboxes: Klanten: not there"
    ]
    review = plain_text(await phone.next_review())
    assert "mail daarin wordt niet gezien: Klanten." in " ".join(review.split())
    rename(away, "Relaties", "Klanten")
    service.bells.wake.set()
    await away.until(lambda: forwarded(away) == ["Vraag"])
    await away.until(lambda: "mailboxes" not in service.health.faults)

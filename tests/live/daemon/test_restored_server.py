"""A mail server that was put back to an earlier day, and gives the numbers of that day's mail again."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import timedelta

import pytest

from tests.holiday import MONDAY, Holiday, plain_text, write_mail
from tests.phone import Phone, item
from tests.servers.dovecot import Dovecot, Options

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"
# It stays where it is, so that its number could be taken for another's.
RECEIPT = {"Disposition_Notification_To": "jan@acme.example"}


def forwarded(away: Holiday) -> list[str]:
    return sorted(str(mail["Subject"]) for mail in away.accepted(ANNA))


async def test_new_mail_with_numbers_of_old_mail(away: Holiday, phone: Phone) -> None:
    """All of it is taken up, though each has a number that was looked at; nothing goes out twice."""
    server = Dovecot(Options())
    server.start()
    try:
        away.imap = server.account("sofie")
        away.imap.deliver(item("Van gisteren"), arrived_at=MONDAY)
        home, kept = server.base / "users" / "sofie", server.base / "kept"
        await asyncio.to_thread(server.stop)
        shutil.copytree(home, kept)
        await asyncio.to_thread(server.start)
        later = MONDAY + timedelta(minutes=1)
        away.imap.deliver(write_mail(subject="Met bon", **RECEIPT), arrived_at=later)
        away.imap.deliver(item("Open"), arrived_at=later)
        service = await away.start()
        await away.until(lambda: forwarded(away) == ["Met bon"])
        await away.until(lambda: service.health.answered_s is not None)
        await away.stop()
        await asyncio.to_thread(server.stop)
        owner = home.stat()
        shutil.rmtree(home)
        shutil.copytree(kept, home)
        for path in (home, *home.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
        await asyncio.to_thread(server.start)
        for number in range(3):  # what waited at the door: one more than was lost
            mail = write_mail(subject=f"Nieuw {number}", Message_ID=f"<{number}@acme.example>")
            assert away.imap.deliver(mail, arrived_at=later + timedelta(minutes=1)) == number + 2
        await away.start()
        await away.until(lambda: forwarded(away) == ["Met bon", "Nieuw 0", "Nieuw 1", "Nieuw 2"])
        review = " ".join(plain_text(await phone.next_review()).split())
        assert "Van gisteren" in review
        assert ". Open " in review, "the server has lost it, and we have not"
        assert forwarded(away) == ["Met bon", "Nieuw 0", "Nieuw 1", "Nieuw 2"]
    finally:
        await away.stop()
        server.remove()

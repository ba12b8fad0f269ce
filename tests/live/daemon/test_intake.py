"""Taking mail up: what comes first, and what it must leave to a full look."""

from __future__ import annotations

from pathlib import Path

import pytest

from delegator.core.hours.schedule import current_window
from tests.holiday import MONDAY, holiday, write_mail
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.dovecot


async def test_new_mail_comes_first_unless_something_left(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """The quick look takes new mail; where an open item has left INBOX it leaves all to the full look,
    which knows an item that came back."""
    item = dovecot.deliver(write_mail("x@elders.example", "Uitnodiging"), arrived_at=MONDAY)
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        service = each.build()
        window = current_window(service.config.away, MONDAY)
        assert window is not None
        assert each.store is not None
        tenure = await service.tenure()
        await service.new_session(tenure, is_once=True).open(window)
        intake = tenure.intake()
        assert await intake.take_first("INBOX", window) == 0  # the first look is a full one
        assert await intake.reconcile("INBOX", window) == 1
        dovecot.deliver(write_mail("x@elders.example", "Nog iets"), arrived_at=MONDAY)
        assert await intake.take_first("INBOX", window) == 1
        assert (await tenure.store.facts(MONDAY)).waiting == 2
        dovecot.move(item, "Trash")
        dovecot.move(dovecot.messages("Trash")[0][0], "INBOX", "Trash")
        assert await intake.take_first("INBOX", window) == 0
        await intake.reconcile("INBOX", window)
        assert (await tenure.store.facts(MONDAY)).waiting == 2
        await service.tools.source.close()

"""Promise 1 on real servers: three hundred real mails that ask for answers of every kind get none.

Both servers' own records are the judge: what submission was asked for, what the mail server was told.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.holiday import MONDAY, RULES, holiday
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.dovecot import Options
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

pytestmark = [pytest.mark.dovecot, pytest.mark.corpora]

MAILS = 300
CLOSED_SET = {
    "sofie@voorbeeld.example",
    "anna@voorbeeld.example",
    "bram@voorbeeld.example",
    "permerror@voorbeeld.example",
}
ASKING = (
    b"Disposition-Notification-To: x@klant.example\r\nReturn-Receipt-To: x@klant.example\r\n"
    b"X-Confirm-Reading-To: x@klant.example\r\nGenerate-Delivery-Report: yes\r\n"
)


def sample(corpora: Path) -> list[bytes]:
    """Real mails, spread over the collections; every tenth asks for receipts, some are seen or flagged."""
    paths = [path for path in sorted(corpora.glob("*/messages/**/*")) if path.is_file()]
    chosen = paths[:: max(1, len(paths) // MAILS)][:MAILS]
    mails = []
    for number, path in enumerate(chosen):
        octets = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").replace(b"\0", b"")
        mails.append((ASKING if number % 10 == 0 else b"") + (octets or b"\r\n"))
    return mails


async def test_nobody_hears_of_anything(
    new_account: Callable[[Options], ImapAccount],
    smtp_server: SmtpServer,
    corpora: Path,
    tmp_path: Path,
) -> None:
    """Recipients from the closed set, the owner as reverse-path, no notices asked; \\Seen as it was."""
    account = new_account(Options(command_log=True))
    clock = FakeClock(MONDAY)
    async with holiday(account, smtp_server, tmp_path, clock) as away:
        # Everything that may be forwarded is.
        away.rules = RULES.replace("subject: [bestelling", 'subject: ["/./", bestelling')
        mails = await asyncio.to_thread(sample, corpora)

        def deliver() -> None:
            for number, octets in enumerate(mails):
                flags = [r"\Seen"] if number % 7 == 0 else [r"\Flagged"] if number % 7 == 1 else []
                account.deliver(octets, arrived_at=MONDAY - timedelta(minutes=1), flags=flags)

        await asyncio.to_thread(deliver)
        before = flags_of(account, "INBOX")
        assert await away.once()
        for hours in (3, 11, 26):
            clock.at = MONDAY + timedelta(hours=hours)
            await away.once()

        assert smtp_server.recipients <= CLOSED_SET
        for command in smtp_server.commands:
            if command.startswith("MAIL"):
                assert command.startswith("MAIL FROM:<sofie@voorbeeld.example>"), command
            assert not re.search(r"\b(NOTIFY|RET|ENVID|ORCPT)=", command), command
        assert len(smtp_server.accepted) > MAILS // 3
        for mail in smtp_server.accepted:
            header = mail.octets.partition(b"\r\n\r\n")[0].lower()
            for name in (b"disposition-notification-to", b"return-receipt-to", b"x-confirm-reading-to"):
                assert not re.search(rb"^" + name, header, re.MULTILINE)

        commands = account.commands()
        assert "UID MOVE" in commands
        for store in re.findall(r"(?i)UID STORE .*", commands):
            assert re.search(r"\+FLAGS\.SILENT \(\$Forwarded\)", store), store
        for fetch in re.findall(r"(?i)FETCH .*", commands):
            assert not re.search(r"(?i)BODY\[|RFC822[ )]|RFC822\.TEXT", fetch), fetch
        assert not re.search(r"(?i) (UID )?COPY |\bEXPUNGE\b|\bDeleted\b", commands)

        after: Counter[tuple[bytes, bool]] = Counter()
        for mailbox in ("INBOX", "Delegator/Forwarded", "Delegator/Done"):
            after += flags_of(account, mailbox)
        assert after == before, "the same mails, seen as before"
        asking = [octets for _, _, octets in account.messages("INBOX") if octets.startswith(ASKING)]
        assert len(asking) == len([octets for octets in mails if octets.startswith(ASKING)])

        db = sqlite3.connect(away.state / "state.sqlite3")
        counted = db.execute("SELECT count(*), count(DISTINCT uid) FROM message").fetchone()
        undone = db.execute("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')").fetchone()
        db.close()
        assert counted == (len(mails), len(mails)), "each is counted once"
        assert undone == (0,)


def flags_of(account: ImapAccount, mailbox: str) -> Counter[tuple[bytes, bool]]:
    return Counter((octets, r"\Seen" in flags) for _, flags, octets in account.messages(mailbox))

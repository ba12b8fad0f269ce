"""Two hundred mails through the real command, while things are killed and restarted around it.

Each is forwarded exactly once to the right person, nothing is marked as seen, nobody else is written to.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.host import SystemClock
from delegator.core.turns import MOST_AT_ONCE
from tests.holiday import Holiday, holiday, write_mail
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer

pytestmark = [pytest.mark.dovecot, pytest.mark.torture("two hundred mails among kills and restarts")]

MAILS = 200
BRIEFS = 2  # to each backup whose server takes it, at the start
CLOSED_SET = {
    "permerror@voorbeeld.example",
    "anna@voorbeeld.example",
    "bram@voorbeeld.example",
    "sofie@voorbeeld.example",
}


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path, SystemClock()) as each:
        each.be_away_now()
        each.configure()
        yield each


@asynccontextmanager
async def daemon(away: Holiday) -> AsyncIterator[asyncio.subprocess.Process]:
    """`delegator run` as a process of its own, ended by SIGTERM."""
    with (away.folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from delegator.cli.main import main; main()",
            "run",
            "-c",
            str(away.config_path),
            "--state",
            str(away.state),
            stderr=log,
            env={**os.environ, "TZ": "UTC"},
        )
        try:
            yield process
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(15):
                    assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def deliver(away: Holiday, numbers: range) -> None:
    """Half of them for Anna by their sender, half for Bram by their subject."""
    for number in numbers:
        sender = "jan@acme.example" if number % 2 else f"els{number}@elders.example"  # no flood of one
        mail = write_mail(sender, f"Bestelling {number}", Message_ID=f"<{number}@klant.example>")
        away.imap.deliver(mail)


def attempts_in_doubt(away: Holiday) -> dict[str, int]:
    """Of each mail, those whose outcome nobody knew when it went again."""
    query = "SELECT message_id, unknowns FROM outbox WHERE kind = 'forward' AND unknowns > 0"
    with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
        return dict(db.execute(query).fetchall())


def check(away: Holiday, *, cuts: int = 0) -> None:
    """cuts: how often what was under way was cut off; that may have arrived, and goes again."""
    mails = [mail for mail in away.smtp.received if b"Subject: Bestelling" in mail.octets]
    by_subject: dict[str, set[str]] = {}
    for mail in mails:
        assert mail.mail_from == "sofie@voorbeeld.example"
        assert set(mail.rcpt_tos) <= CLOSED_SET
        subject = next(
            line for line in mail.octets.decode().split("\r\n") if line.startswith("Subject: ")
        ).removeprefix("Subject: ")
        number = int(subject.removeprefix("Bestelling "))
        expected = "anna@voorbeeld.example" if number % 2 else "bram@voorbeeld.example"
        assert mail.rcpt_tos == (expected,), subject
        by_subject.setdefault(subject, set()).add(mail.message_id)
    assert len(by_subject) == MAILS
    # A repeat is the same mail, with the same Message-ID: its recipient sees one.
    assert all(len(ids) == 1 for ids in by_subject.values())
    in_doubt = attempts_in_doubt(away)
    assert sum(in_doubt.values()) <= cuts * MOST_AT_ONCE, in_doubt
    for message_id, times in Counter(mail.message_id for mail in mails).items():
        assert times - 1 <= in_doubt.get(message_id, 0), message_id
    assert away.smtp.recipients <= CLOSED_SET
    for mailbox in ("INBOX", "Delegator/Forwarded", "Delegator/Done"):
        assert not any("\\Seen" in flags for _, flags, _ in away.imap.messages(mailbox))


async def accepted(away: Holiday, so_many: int) -> None:
    """So many forwards; the briefs that go out before are not counted."""
    await away.until(lambda: len(away.smtp.accepted) >= so_many + BRIEFS, 100)


async def all_arrived(away: Holiday) -> None:
    await accepted(away, MAILS)
    await away.until(lambda: len(away.uids("Delegator/Forwarded")) == MAILS, 60)


async def test_each_is_forwarded_once(away: Holiday) -> None:
    """Two hundred mails that arrive while it runs: two hundred forwards."""
    async with daemon(away):
        await asyncio.to_thread(deliver, away, range(MAILS))
        await all_arrived(away)
    check(away)
    assert away.uids("INBOX") == []


async def test_kill_nine_in_the_middle(away: Holiday) -> None:
    """Killed three times without a word: nothing is lost, and only what was under way goes twice."""
    await asyncio.to_thread(deliver, away, range(MAILS))
    for so_many in (30, 80, 140):
        async with daemon(away) as process:
            await accepted(away, so_many)
            process.kill()
            await process.wait()
    async with daemon(away):
        await all_arrived(away)
    check(away, cuts=3)


async def test_both_servers_restart_in_the_middle(away: Holiday) -> None:
    """The mail server is killed, then the submission server: all of it goes on by itself."""
    async with daemon(away):
        await asyncio.to_thread(deliver, away, range(100))
        await accepted(away, 20)
        await asyncio.to_thread(away.imap.server.kill)
        await asyncio.to_thread(away.imap.server.start)
        await accepted(away, 60)
        async with asyncio.timeout(60):
            while away.smtp.contents:  # what is cut off after its dot may have arrived, and waits two minutes
                await asyncio.sleep(0)
        await away.smtp.stop()
        await asyncio.to_thread(deliver, away, range(100, MAILS))
        await away.smtp.start()
        await all_arrived(away)
    check(away, cuts=1)

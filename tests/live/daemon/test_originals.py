"""Octets of large forwards on a real Dovecot: only the mailbox holds them, and the next backup gets them."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from delegator.adapters.host import SystemClock
from delegator.core.folders import FORWARDED
from tests.handovers import bounce
from tests.holiday import RULES, Holiday, holiday, read_mail
from tests.process import arguments, started
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.proxy import Proxy
from tests.servers.smtp import Received, SmtpServer
from tests.torture import SEED, so_many

pytestmark = [pytest.mark.dovecot, pytest.mark.torture("kills of the process, each at its own moment")]

Record = Callable[[str, object], None]

ANNA, BRAM, SOFIE = "anna@voorbeeld.example", "bram@voorbeeld.example", "sofie@voorbeeld.example"
MEGABYTE = 1024 * 1024


@pytest_asyncio.fixture
async def away(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path, proxy: Proxy
) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path, SystemClock()) as each:
        each.be_away_now()
        each.go_through(proxy)
        each.configure()
        yield each


def large(number: int, octets: int) -> tuple[bytes, bytes]:
    """A mail with an attachment, and what is attached."""
    attached = random.Random(number).randbytes(octets)
    mail = EmailMessage()
    mail["From"], mail["To"] = "Els <els@elders.example>", SOFIE
    mail["Subject"], mail["Message-ID"] = f"Bestelling {number}", f"<{number}@elders.example>"
    mail.set_content("Dag, de tekening.\n")
    mail.add_attachment(attached, "application", "octet-stream", filename="plan.bin")
    return mail.as_bytes().replace(b"\n", b"\r\n"), attached


def run(away: Holiday, *words: str) -> tuple[str, ...]:
    return arguments(away.config_path, away.state, "run", *words)


def ask(away: Holiday, query: str) -> Any:
    with closing(sqlite3.connect(away.state / "state.sqlite3", timeout=10)) as db:
        return db.execute(query).fetchone()[0]


def kept(away: Holiday) -> int:
    """How many originals' octets the state has."""
    return int(ask(away, "SELECT count(*) FROM original WHERE mailbox IS NULL"))


def is_let_go(away: Holiday, count: int = 1) -> bool:
    found = "SELECT count(*) FROM original WHERE mailbox IS NOT NULL"
    return bool(ask(away, found) == count and kept(away) == 0)


def forwards(away: Holiday, backup: str) -> list[Received]:
    """What reached a backup with an attachment."""
    return [mail for mail in away.smtp.accepted if backup in mail.rcpt_tos and b"plan.bin" in mail.octets]


def attached(mail: Received) -> bytes:
    (part,) = read_mail(mail).iter_attachments()
    content = part.get_content()
    assert isinstance(content, bytes)
    return content


def refuse(away: Holiday) -> None:
    """Bram's server takes the forward, and sends it back."""
    (forward,) = {mail.message_id for mail in forwards(away, BRAM)}
    away.imap.deliver(bounce(BRAM, str(forward)))


async def let_go(away: Holiday, octets: int = MEGABYTE) -> bytes:
    """Bram has it, and of the two only the mailbox still has the original; what is attached."""
    mail, attachment = large(1, octets)
    await asyncio.to_thread(away.imap.deliver, mail)
    async with started(*run(away)) as daemon:
        await daemon.logged("let_go")
        assert await daemon.terminate() == 0, daemon.other
    assert is_let_go(away)
    return attachment


async def test_the_next_backup_gets_it_from_the_mailbox(away: Holiday) -> None:
    """Octet for octet; after the mail that tells of it, once."""
    attachment = await let_go(away)
    await asyncio.to_thread(refuse, away)
    async with started(*run(away)) as daemon:
        await away.until(lambda: forwards(away, ANNA), 40)
        await away.until(lambda: is_let_go(away), 40)
        assert await daemon.terminate() == 0, daemon.other
    (mail,) = forwards(away, ANNA)
    assert attached(mail) == attachment
    to_anna = [read_mail(mail) for mail in away.smtp.accepted if ANNA in mail.rcpt_tos]
    subjects = [str(mail["Subject"]) for mail in to_anna if "Bestelling 1" in mail.as_string()]
    assert len(subjects) == 2
    assert subjects[-1] == "Bestelling 1"


async def test_what_is_nowhere_comes_back_to_the_owner(away: Holiday) -> None:
    """Thrown away by hand: Anna hears nothing of it, and the next review begins with it."""
    await let_go(away)
    uids = away.uids(FORWARDED)
    await asyncio.to_thread(away.imap.expunge, *uids, mailbox=FORWARDED)
    await asyncio.to_thread(refuse, away)
    found = "SELECT count(*) FROM message WHERE disposition = 'review' AND detail = 'vanished'"
    async with started(*run(away)) as daemon:
        await away.until(lambda: ask(away, found) == 1, 40)
        assert await daemon.terminate() == 0, daemon.other
    assert not ask(away, "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')")
    assert not [m for m in away.smtp.accepted if ANNA in m.rcpt_tos and b"Bestelling 1" in m.octets]
    assert ask(away, "SELECT priority FROM message WHERE detail = 'vanished'") == "high"


async def passed_on(away: Holiday, attachment: bytes, *, repeats: int) -> None:
    """Started again, it comes to the same end."""
    async with started(*run(away)) as daemon:
        await away.until(lambda: forwards(away, ANNA) and is_let_go(away), 60)
        assert await daemon.terminate() == 0, daemon.other
    for backup in (BRAM, ANNA):
        mails = forwards(away, backup)
        assert len({mail.octets for mail in mails}) == 1, "a repeat is the same mail"
        assert len(mails) <= 1 + repeats
        assert attached(mails[0]) == attachment
    assert len(away.uids(FORWARDED)) == 1
    assert ask(away, "SELECT count(*) FROM message WHERE disposition = 'forward'") == 1


@pytest.mark.parametrize("event", ["filed", "let_go"])
async def test_killed_while_it_is_let_go(away: Holiday, event: str) -> None:
    """Right after it was filed, and right after its octets went."""
    mail, attachment = large(1, MEGABYTE)
    await asyncio.to_thread(away.imap.deliver, mail)
    async with started(*run(away)) as daemon:
        await daemon.logged(event)
        await daemon.kill()
    await asyncio.to_thread(refuse, away)
    await passed_on(away, attachment, repeats=0)


@pytest.mark.parametrize("event", ["passed_on", "fetched_again"])
async def test_killed_while_it_is_fetched_again(away: Holiday, event: str) -> None:
    """Once it is decided that it goes to Anna, and once its octets are here again."""
    attachment = await let_go(away)
    await asyncio.to_thread(refuse, away)
    async with started(*run(away)) as daemon:
        await daemon.logged(event)
        await daemon.kill()
    await passed_on(away, attachment, repeats=1)


@pytest.mark.parametrize("number", range(so_many(1, 20)))
async def test_killed_at_any_octet_of_its_reading(
    away: Holiday, proxy: Proxy, number: int, record_property: Record
) -> None:
    """In the middle of looking whether the mailbox has it, or of fetching it again."""
    chance = random.Random(f"{SEED} originals {number}")
    is_fetching = chance.random() < 0.5
    mail, attachment = large(1, MEGABYTE)
    if is_fetching:
        await let_go(away)
        await asyncio.to_thread(refuse, away)
    else:
        await asyncio.to_thread(away.imap.deliver, mail)
    # All of it passes once when it is taken up, once when it is seen to be there; and once to be fetched.
    proxy.to_client.cut_after = chance.randrange(20_000, int(1.3 * MEGABYTE) * (1 if is_fetching else 2))
    async with started(*run(away)) as daemon:
        async with asyncio.timeout(40):
            await proxy.ended.wait()
        await daemon.kill()
    proxy.to_client.cut_after = None
    if not is_fetching:
        async with started(*run(away)) as daemon:
            await away.until(lambda: forwards(away, BRAM), 40)
            await away.until(lambda: is_let_go(away), 40)
            await daemon.kill()
        await asyncio.to_thread(refuse, away)
    await passed_on(away, attachment, repeats=1)
    record_property("torture", "kills while a large mail is read: 1")


async def test_twenty_large_forwards_leave_a_small_state(away: Holiday, record_property: Record) -> None:
    """Of 5 MB each: a hundred megabytes, for as long as no colleague answers, are a few hundred kilobytes."""
    away.imap_port = None
    away.rules = RULES
    away.configure()
    count, most = 20, 0
    for number in range(count):
        await asyncio.to_thread(away.imap.deliver, large(number, 5 * MEGABYTE * 3 // 4)[0])

    def size() -> int:
        return sum(path.stat().st_size for path in away.state.glob("state.sqlite3*"))

    async with started(*run(away)) as daemon:
        async with asyncio.timeout(120):
            while len(forwards(away, BRAM)) < count or not await asyncio.to_thread(is_let_go, away, count):
                most = max(most, size())
                await asyncio.sleep(0.05)
        await away.until(lambda: size() < 2 * MEGABYTE, 40)
        assert await daemon.terminate() == 0, daemon.other
    record_property("state", f"{most / MEGABYTE:.1f} MB at most, {size() / MEGABYTE:.1f} MB in the end")
    print(f"{most / MEGABYTE:.1f} MB at most, {size() / MEGABYTE:.2f} MB in the end")

"""Killed without a word, at every step of a message's way: nothing is lost, and nothing is sent twice.

What may go again is the same mail with the same Message-ID, where the server's answer was lost.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.host import SystemClock
from delegator.core.folders import ROOT as FOLDER
from tests.holiday import Holiday, holiday, read_mail, write_mail
from tests.process import arguments, ran, started
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.proxy import Proxy
from tests.servers.smtp import Received, SmtpServer
from tests.torture import SEED, so_many

pytestmark = [pytest.mark.dovecot, pytest.mark.torture("kills of the process, each at its own moment")]

Record = Callable[[str, object], None]

ANNA, BRAM, SOFIE = "anna@voorbeeld.example", "bram@voorbeeld.example", "sofie@voorbeeld.example"

MAILS = {
    "Bestelling 1": ("els@elders.example", BRAM),
    "Vraag 2": ("jan@acme.example", ANNA),
    "Zomaar 3": ("x@elders.example", None),
    "Kerst 4": ("oma@familie.example", None),
    "OK 5": ("alerts@monitor.example", None),
    "Vraag 6": ("jan@acme.example", ANNA),
    "geweigerd 7": ("x@elders.example", ANNA),
}


@pytest_asyncio.fixture
async def away(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path, proxy: Proxy
) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path, SystemClock()) as each:
        each.be_away_now()
        each.go_through(proxy)
        each.configure()
        yield each


def deliver(away: Holiday) -> None:
    for number, (subject, (sender, _)) in enumerate(MAILS.items()):
        away.imap.deliver(write_mail(sender, subject, Message_ID=f"<{number}@klant.example>"))


def run(away: Holiday, *words: str) -> tuple[str, ...]:
    return arguments(away.config_path, away.state, "run", *words)


def subjects(away: Holiday, mailbox: str) -> list[str]:
    return sorted(
        line.removeprefix(b"Subject: ").decode()
        for _, _, octets in away.imap.messages(mailbox)
        for line in octets.split(b"\r\n\r\n")[0].split(b"\r\n")
        if line.startswith(b"Subject: ")
    )


def is_settled(away: Holiday) -> bool:
    """Whether all that is to be filed is filed."""
    return subjects(away, "Delegator/Forwarded") == FORWARDED and subjects(away, "Delegator/Done") == ["OK 5"]


async def settle(away: Holiday) -> None:
    """Start it again and let it do all that is to be done."""
    async with started(*run(away)) as daemon:
        await daemon.logged("connected")
        await away.until(lambda: is_settled(away), 40)
        assert await daemon.terminate() == 0, daemon.other


FORWARDED = sorted(subject for subject, (_, to) in MAILS.items() if to)


def check(away: Holiday, *, repeats: int) -> None:
    """Each forward reached its backup, with one Message-ID; each mail is counted once."""
    forwards = [m for m in away.smtp.accepted if any(s.encode() in m.octets for s in FORWARDED)]
    forwards = [m for m in forwards if str(read_mail(m)["Subject"]) in MAILS]
    by_subject: dict[str, list[Received]] = {}
    for mail in forwards:
        by_subject.setdefault(str(read_mail(mail)["Subject"]), []).append(mail)
    assert sorted(by_subject) == FORWARDED
    for subject, mails in by_subject.items():
        assert {to for mail in mails for to in mail.rcpt_tos} == {MAILS[subject][1]}
        assert len({mail.octets for mail in mails}) == 1, "a repeat is the same mail"
    assert len(forwards) - len(FORWARDED) <= repeats, Counter(m.message_id for m in forwards)
    assert subjects(away, "INBOX") == ["Kerst 4", "Zomaar 3"]
    assert len(away.uids(FOLDER)) == 1, "one marker"
    with sqlite3.connect(away.state / "state.sqlite3") as db:
        counted = Counter(row[0] for row in db.execute("SELECT disposition FROM message"))
    db.close()
    assert counted == {"forward": 4, "review": 1, "private": 1, "ignore": 1}
    assert {m.mail_from for m in away.smtp.received} == {SOFIE}


@pytest.mark.parametrize(
    ("event", "times"),
    [
        ("connected", 1),
        ("triaged", 2),
        ("triaged", 7),
        ("submitted", 1),
        ("filed", 1),
    ],
)
async def test_killed_when_it_logged(away: Holiday, event: str, times: int) -> None:
    """Right after any step that it tells of."""
    await asyncio.to_thread(deliver, away)
    async with started(*run(away)) as daemon:
        await daemon.logged(event, times)
        await daemon.kill()
    await settle(away)
    check(away, repeats=1)


@pytest.mark.parametrize("command", ["MAIL FROM", "RCPT TO:<permerror", "DATA"])
async def test_killed_in_an_attempt(away: Holiday, command: str) -> None:
    """The intent is stored, and the server has not got the mail: it goes out after the restart, once."""
    await asyncio.to_thread(deliver, away)
    async with started(*run(away)) as daemon:
        await away.until(lambda: any(each.startswith(command) for each in away.smtp.commands))
        await daemon.kill()
    await settle(away)
    check(away, repeats=1)


@pytest.mark.parametrize("number", [1, 4])
async def test_killed_before_the_servers_answer(away: Holiday, number: int) -> None:
    """The server takes the mail and the answer reaches nobody: the same mail goes again, no other does."""
    await asyncio.to_thread(deliver, away)
    taken = asyncio.Event()
    count = 0

    async with started(*run(away)) as daemon:

        async def kill(mail: Received) -> None:
            nonlocal count
            count += 1
            if count == number:
                daemon.process.kill()
                taken.set()

        away.smtp.deliver = kill
        async with asyncio.timeout(30):
            await taken.wait()
    away.smtp.deliver = None
    await settle(away)
    check(away, repeats=1)


@pytest.mark.parametrize(
    "command",
    [b"CREATE ", b"APPEND ", b"UID SEARCH", b"UID FETCH", b"UID STORE", b"UID MOVE"],
    ids=lambda command: command.decode().strip(),
)
async def test_killed_before_the_mail_servers_answer(away: Holiday, proxy: Proxy, command: bytes) -> None:
    """The mail server has carried a command out, and nobody heard: it does no harm to ask again."""
    await asyncio.to_thread(deliver, away)
    proxy.swallow_answer(command, then="silence")
    async with started(*run(away)) as daemon:
        async with asyncio.timeout(30):
            await proxy.swallowed.wait()
        await daemon.kill()
    await settle(away)
    check(away, repeats=1)


OCTETS = {"to_server": 3600, "to_client": 15_000}
"""So many pass each way, about, until all seven mails are filed."""


@pytest.mark.parametrize("way", OCTETS)
@pytest.mark.parametrize("number", range(so_many(1, 25)))
async def test_killed_at_any_octet(
    away: Holiday, proxy: Proxy, way: str, number: int, record_property: Record
) -> None:
    """In the middle of a command, of an answer, of a mail."""
    at = random.Random(f"{SEED} {way} {number}").randrange(1, OCTETS[way])
    await asyncio.to_thread(deliver, away)
    getattr(proxy, way).cut_after = at
    async with started(*run(away)) as daemon:
        async with asyncio.timeout(30):
            await proxy.ended.wait()
        await daemon.kill()
    getattr(proxy, way).cut_after = None
    await settle(away)
    check(away, repeats=1)
    record_property("torture", "kills at an octet of the IMAP dialogue: 1")


@pytest.mark.parametrize("way", OCTETS)
@pytest.mark.parametrize("number", range(so_many(1, 25)))
async def test_cut_at_any_octet(
    away: Holiday, proxy: Proxy, way: str, number: int, record_property: Record
) -> None:
    """The process lives on, connects again and goes on by itself."""
    at = random.Random(f"{SEED} cut {way} {number}").randrange(1, OCTETS[way])
    await asyncio.to_thread(deliver, away)
    getattr(proxy, way).cut_after = at
    async with started(*run(away)) as daemon:
        async with asyncio.timeout(30):
            await proxy.ended.wait()
        getattr(proxy, way).cut_after = None
        await away.until(lambda: is_settled(away), 60)
        assert await daemon.terminate() == 0, daemon.other
    check(away, repeats=0)
    record_property("torture", "cuts at an octet of the IMAP dialogue: 1")


async def test_killed_again_and_again(away: Holiday) -> None:
    """A machine that loses power at each start comes to an end all the same."""
    await asyncio.to_thread(deliver, away)
    for event in ("connected", "triaged", "submitted", "filed", "submitted", "triaged"):
        is_done = await asyncio.to_thread(is_settled, away)  # then no more than "connected" is logged
        async with started(*run(away)) as daemon:
            ready: list[str] = [event, "filed", *(["connected"] if is_done else [])]
            await daemon.until(lambda names=ready: any(daemon.named(name) for name in names))  # type: ignore[misc]
            await daemon.kill()
    await settle(away)
    check(away, repeats=6)


async def test_a_review_that_was_cut_off_goes_once_more_as_it_was(away: Holiday) -> None:
    """Killed while the server takes a review: the same review, under the same Message-ID."""
    await asyncio.to_thread(deliver, away)
    assert (await ran(*run(away, "--once"))).code == 0
    taken = asyncio.Event()
    async with started(*arguments(away.config_path, away.state, "review", "--send")) as command:

        async def kill(mail: Received) -> None:
            if SOFIE in mail.rcpt_tos:
                command.process.kill()
                taken.set()

        away.smtp.deliver = kill
        async with asyncio.timeout(30):
            await taken.wait()
    away.smtp.deliver = None
    assert (await ran(*run(away, "--once"))).code == 0
    reviews = [mail for mail in away.smtp.received if SOFIE in mail.rcpt_tos]
    assert len({mail.octets for mail in reviews}) == 1
    assert len(reviews) == 2


async def test_sigterm_lets_an_attempt_end(away: Holiday) -> None:
    """SIGTERM in the middle of a submission: its answer is heard, and the mail goes no second time."""
    away.imap.deliver(write_mail())
    held, go_on = asyncio.Event(), asyncio.Event()

    async def hold(mail: Received) -> None:
        if b"Subject: Vraag" in mail.octets:
            held.set()
            await go_on.wait()

    away.smtp.deliver = hold
    async with started(*run(away)) as daemon:
        async with asyncio.timeout(30):
            await held.wait()
        ending = asyncio.create_task(daemon.terminate())
        await asyncio.sleep(0)
        go_on.set()
        assert await ending == 0
    assert (await ran(*run(away, "--once"))).code == 0
    assert len([mail for mail in away.smtp.received if b"Subject: Vraag" in mail.octets]) == 1


def uids_anew(away: Holiday) -> None:
    """The server loses its index: the same mails under a new UIDVALIDITY."""
    maildir = away.imap.server.base / "users" / away.imap.username / "Maildir"
    away.imap.server.stop()
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
        (maildir / name).unlink(missing_ok=True)
    away.imap.server.start()


@pytest.mark.parametrize("times", [0, 1])
async def test_killed_while_a_renumbered_mailbox_is_read(away: Holiday, times: int) -> None:
    """After a change of UIDVALIDITY, and a crash halfway: nothing goes again, and what waited waits."""
    await asyncio.to_thread(deliver, away)
    await settle(away)
    assert (await ran(*run(away, "--once"))).code == 0  # a brief may be left when all is filed
    sent = len(away.smtp.received)
    before = await waiting(away)
    await asyncio.to_thread(uids_anew, away)
    if times:
        async with started(*run(away)) as daemon:
            await daemon.logged("recognised", times)
            await daemon.kill()
    ended = await ran(*run(away, "--once"))
    assert ended.code == 0
    if not times:  # else the kill may have come too late to leave any
        assert ended.err.count('"recognised"') == 2
    assert len(away.smtp.received) == sent
    assert await waiting(away) == before
    check(away, repeats=0)


async def waiting(away: Holiday) -> list[tuple[str, str]]:
    def look() -> list[tuple[str, str]]:
        with sqlite3.connect(away.state / "state.sqlite3") as db:
            rows = db.execute(
                "SELECT disposition, subject FROM message WHERE decided_at IS NULL "
                "AND disposition IN ('review', 'private') ORDER BY id"
            ).fetchall()
        db.close()
        return [(row[0], row[1]) for row in rows]

    return await asyncio.to_thread(look)

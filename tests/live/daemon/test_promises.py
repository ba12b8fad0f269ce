"""The promises, tried by whoever would break them: servers, networks, an owner's phone, another machine.

All in one file: it is read as the list of the promises.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from delegator.adapters.state.store import SqliteAccount, SqliteStore
from delegator.config import load
from delegator.core.folders import ROOT as FOLDER
from delegator.core.health import Subject
from delegator.core.lessons import Lessons
from delegator.core.mail.marker import Marker
from delegator.daemon.marker import decide_who_serves
from delegator.ports import Unavailable
from delegator.wiring.parts import Parts
from tests.holiday import MONDAY, RULES, Holiday, holiday, plain_text, read_mail, write_mail
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.dovecot import Options
from tests.servers.proxy import Proxy
from tests.servers.smtp import DROP, SmtpServer
from tests.support import FakeClock

pytestmark = [pytest.mark.dovecot, pytest.mark.torture("faults by a proxy, a phone, another machine")]

ANNA, BRAM, SOFIE = "anna@voorbeeld.example", "bram@voorbeeld.example", "sofie@voorbeeld.example"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MONDAY)


@pytest_asyncio.fixture
async def away(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path, clock) as each:
        yield each


def disposed(away: Holiday) -> Counter[str]:
    """How many messages of each disposition the state holds."""
    db = sqlite3.connect(away.state / "state.sqlite3")
    found = Counter(row[0] for row in db.execute("SELECT disposition FROM message"))
    db.close()
    return found


def codes(away: Holiday) -> Counter[str]:
    """How many messages were decided for each reason."""
    db = sqlite3.connect(away.state / "state.sqlite3")
    found = Counter(row[0] for row in db.execute("SELECT code FROM message"))
    db.close()
    return found


def forwards(away: Holiday, *, taken: bool = False) -> list[bytes]:
    """The octets of every mail to a backup that is no brief. taken: also where the answer was lost."""
    mails = away.smtp.received if taken else away.smtp.accepted
    return [m.octets for m in mails if SOFIE not in m.rcpt_tos and b"Reply-To:" in m.octets]


async def at(away: Holiday, clock: FakeClock, moment: datetime) -> bool:
    clock.at = max(clock.at, moment)
    return await away.once()


# --- promise 3: the submission's outcome


async def test_what_may_have_arrived_is_never_composed_anew(away: Holiday, clock: FakeClock) -> None:
    """A lost answer, then a deferral, then yes: one mail with one Message-ID, octet for octet."""
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    away.smtp.answer("END", DROP)
    await at(away, clock, MONDAY)
    away.smtp.answer("RCPT", "451 4.7.1 Greylisted, come back later")
    await at(away, clock, MONDAY + timedelta(minutes=2))
    await at(away, clock, MONDAY + timedelta(minutes=10))
    taken = forwards(away, taken=True)
    assert len(taken) == 2
    assert len(set(taken)) == 1
    assert len(away.uids("Delegator/Forwarded")) == 1


async def test_an_answer_that_is_always_lost_ends_with_the_owner(away: Holiday, clock: FakeClock) -> None:
    """Three times the same mail, then no more: the owner reads that it may have arrived."""
    away.imap.deliver(write_mail(subject="Prijs?"), arrived_at=MONDAY)
    for _ in range(6):
        away.smtp.answer("RCPT", "451 4.7.1 Greylisted")
        await at(away, clock, clock.at + timedelta(minutes=31))
    away.smtp._answers.clear()
    away.smtp.answer("END", DROP, times=3)
    for _ in range(6):
        await at(away, clock, clock.at + timedelta(hours=1, minutes=1))
    assert len(forwards(away, taken=True)) == 3
    assert len(set(forwards(away, taken=True))) == 1
    await at(away, clock, MONDAY + timedelta(days=1, hours=2, minutes=1))
    assert "Prijs?" in plain_text(away.reviews()[-1])
    assert disposed(away) == {"review": 1}


async def test_what_lies_in_sent_was_accepted(away: Holiday, clock: FakeClock) -> None:
    """Where the provider files what is submitted, a lost answer is looked up, and nothing goes twice."""
    service = away.build()
    await service.learn(Lessons(MONDAY, "INBOX", True, "Sent", ""))
    await away.stop()
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    away.smtp.answer("END", DROP)
    await at(away, clock, MONDAY)
    (octets,) = forwards(away, taken=True)
    away.imap.deliver(octets, "Sent", arrived_at=MONDAY)
    assert await at(away, clock, MONDAY + timedelta(minutes=5))
    assert len(forwards(away, taken=True)) == 1
    assert len(away.uids("Delegator/Forwarded")) == 1
    assert disposed(away) == {"forward": 1}


async def test_greylisting_is_outlasted(away: Holiday, clock: FakeClock) -> None:
    """A server that wants to be asked twice takes the mail the second time."""
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    away.smtp.answer("RCPT", "451 4.7.1 Greylisted, come back later")
    await at(away, clock, MONDAY)
    assert forwards(away) == []
    assert await at(away, clock, MONDAY + timedelta(minutes=1))
    assert len(forwards(away)) == 1


@pytest.mark.parametrize(
    ("verb", "reply"), [("AUTH", "535 5.7.8 wrong"), ("MAIL", "550 5.7.60 not allowed to send as")]
)
async def test_a_server_that_refuses_us_is_told_and_outlasted(
    away: Holiday, clock: FakeClock, verb: str, reply: str
) -> None:
    """Login or sender refused: no mail is given up for it, no backup is passed over, and status says so."""
    away.imap.deliver(write_mail("x@elders.example", "Bestelling"), arrived_at=MONDAY)
    away.smtp.answer(verb, reply, times=50)  # type: ignore[arg-type]
    for _ in range(3):
        assert not await at(away, clock, clock.at + timedelta(hours=1, minutes=1))
    assert forwards(away) == []
    away.smtp._answers.clear()
    await at(away, clock, clock.at + timedelta(hours=1, minutes=1))
    assert len(forwards(away)) == 1
    assert b'To: "Bram' in forwards(away)[0]


async def test_nobody_takes_it(away: Holiday, clock: FakeClock) -> None:
    """Refused by every backup's server: an open item, high, that says so in the next review."""
    away.rules = RULES.replace("forward: [refused, anna]", "forward: refused")
    away.imap.deliver(write_mail("x@elders.example", "geweigerd!"), arrived_at=MONDAY)
    await at(away, clock, MONDAY)
    await at(away, clock, MONDAY + timedelta(hours=2, minutes=1))
    (review,) = away.reviews()
    text = plain_text(review)
    assert "geweigerd!" in text
    assert "Rita Weg" in text
    assert "5.1.1" in text
    assert disposed(away) == {"review": 1}
    assert len(away.uids("INBOX")) == 1


async def test_too_large_for_the_server(away: Holiday, clock: FakeClock) -> None:
    """SIZE is smaller than the mail: header and text go, and say what stayed behind."""
    away.smtp.size_limit = 60_000
    big = write_mail(text="Zie de bijlage.\n" + "x" * 70 + "\n" * 2 + ("y" * 70 + "\n") * 2000)
    away.imap.deliver(big, arrived_at=MONDAY)
    assert await at(away, clock, MONDAY)
    (octets,) = forwards(away)
    assert len(octets) < 60_000
    assert b"Zie de bijlage" in octets


SIGNED = (
    b"From: Jan <jan@acme.example>\r\nTo: sofie@voorbeeld.example\r\nSubject: Getekend\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=pgp-sha256; boundary=b;\r\n"
    b' protocol="application/pgp-signature"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n'
    b"Content-Transfer-Encoding: 8bit\r\n\r\nCaf\xc3\xa9?\r\n--b\r\n"
    b"Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--b--\r\n"
)


async def test_a_server_without_8bitmime(away: Holiday, clock: FakeClock) -> None:
    """A mail that goes whole in 8 bits where that is possible in 7 where it is not; to the same backup."""
    away.smtp.withheld = frozenset({"8BITMIME"})
    away.rules = RULES.replace("forward: anna", "forward: [anna, bram]")
    away.imap.deliver(SIGNED, arrived_at=MONDAY)
    assert await at(away, clock, MONDAY)
    (octets,) = forwards(away)
    assert octets.isascii()
    assert b'To: "Anna' in octets


# --- promise 3: who serves a mailbox


def elsewhere(away: Holiday, name: str) -> Holiday:
    """A second installation for the same mailbox, with a state of its own."""
    return Holiday(away.imap, away.smtp, away.folder.parent / name, away.clock, rules=away.rules)


async def test_two_installations_start_at_the_same_moment(away: Holiday, clock: FakeClock) -> None:
    """One of them serves, the other observes; that stays so, and whoever gave way leaves no marker."""
    second = elsewhere(away, "second")
    away.imap.create(FOLDER)  # two that make it at once can disturb each other
    first_look = asyncio.Barrier(2)
    for each in (away, second):
        service = each.build()
        source = service.tools.source
        append = source.append

        async def together(
            mailbox: str, octets: bytes, *, seen: bool, then: Callable[..., object] = append
        ) -> None:
            await first_look.wait()
            await then(mailbox, octets, seen=seen)  # type: ignore[misc]

        source.append = together  # type: ignore[method-assign]
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    assert away.service
    assert second.service
    try:
        async with asyncio.timeout(20):
            await asyncio.gather(away.service.once(), second.service.once())
        modes = {away.service.is_live, second.service.is_live}
    finally:
        await away.stop()
        await second.stop()
    assert modes == {True, False}
    assert len(forwards(away)) == 1
    assert len(away.uids(FOLDER)) == 1
    for _ in range(2):
        clock.at += timedelta(minutes=5)
        away.imap.deliver(write_mail(subject="Nog een"), arrived_at=clock.at)
        await away.once()
        await second.once()
    assert len(forwards(away)) == 3


async def test_a_running_daemon_notices_that_it_was_replaced(away: Holiday, clock: FakeClock) -> None:
    """`run --adopt` elsewhere: within a minute the first one observes, without a new connection."""
    service = await away.start()
    await away.until(lambda: service.is_connected)
    second = elsewhere(away, "second")
    assert await second.once(adopt=True)
    clock.at += timedelta(minutes=1)
    service.bells.wake.set()
    await away.until(lambda: not service.is_live)
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    assert await second.once()
    await away.until(lambda: away.uids("Delegator/Forwarded"))
    assert len(forwards(away)) == 1


async def test_adopting_without_uidplus(
    new_account: Callable[[Options], ImapAccount],
    smtp_server: SmtpServer,
    tmp_path: Path,
    clock: FakeClock,
) -> None:
    """Where no marker can be deleted, the adopting state still serves, and goes on after a restart."""
    account = new_account(Options(without=frozenset({"UIDPLUS"})))
    async with holiday(account, smtp_server, tmp_path, clock) as away:
        assert await away.once()
        second = elsewhere(away, "second")
        assert await second.once(adopt=True)
        for each, serves in ((second, True), (away, False), (second, True)):
            assert await each.once()
            assert each.service
            assert each.service.is_live is serves
        assert await away.once(adopt=True)
        assert await second.once()
        assert second.service
        assert not second.service.is_live
        assert len(account.messages(FOLDER)) == 3


# --- promise 2: nothing lost


def new_uidvalidity(away: Holiday) -> None:
    """The server loses its index: the same mails in the same mailbox, with other numbers."""
    maildir = away.imap.server.base / "users" / away.imap.username / "Maildir"
    away.imap.server.stop()
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
        (maildir / name).unlink(missing_ok=True)
    away.imap.server.start()


async def cut_off(uids: object, mailbox: str) -> None:
    """For `move`: the connection ends before the server hears of it."""
    raise Unavailable("cut")


async def test_renumbered_before_a_mail_is_filed(away: Holiday, clock: FakeClock) -> None:
    """Forwarded, then renumbered, then filed: no open item, no second forward, and it leaves the INBOX."""
    away.imap.deliver(write_mail("x@elders.example", "Zomaar"), arrived_at=MONDAY)
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    service = away.build()
    service.tools.source.move = cut_off  # type: ignore[method-assign]
    await service.once()
    await away.stop()
    assert len(away.uids("INBOX")) == 2
    await asyncio.to_thread(new_uidvalidity, away)
    assert await at(away, clock, MONDAY + timedelta(minutes=1))
    await at(away, clock, MONDAY + timedelta(minutes=2))
    assert len(forwards(away)) == 1
    assert disposed(away) == {"forward": 1, "review": 1}
    assert len(away.uids("INBOX")) == 1
    assert len(away.uids("Delegator/Forwarded")) == 1


async def test_gone_before_it_was_read(away: Holiday, proxy: Proxy) -> None:
    """Expunged by a phone between search and fetch: it is no item, and the next one is forwarded."""
    away.go_through(proxy)
    assert await away.once()
    uid = away.imap.deliver(write_mail(subject="Weg"), arrived_at=MONDAY)
    away.imap.deliver(write_mail(subject="Blijft"), arrived_at=MONDAY)
    proxy.to_client.hold_at(rb"\* SEARCH 1 2\r\n")
    once = asyncio.create_task(away.once())
    async with asyncio.timeout(10):
        await proxy.to_client.held.wait()
    await asyncio.to_thread(away.imap.expunge, uid)
    proxy.to_client.release()
    assert await once
    assert [read_mail(m)["Subject"] for m in away.smtp.accepted if m.octets in forwards(away)] == ["Blijft"]
    assert disposed(away) == {"forward": 1}


async def test_moved_between_the_first_part_and_the_whole(
    away: Holiday, clock: FakeClock, proxy: Proxy
) -> None:
    """Filed away by a phone before all of it was fetched: the owner has it, and nothing empty goes out."""
    away.go_through(proxy)
    assert await away.once()
    uid = away.imap.deliver(write_mail(subject="Groot", text="x" * 70 + "\n" * 200_000), arrived_at=MONDAY)
    away.imap.deliver(write_mail(subject="Blijft"), arrived_at=MONDAY)
    proxy.to_client.hold_at(rb"OK Fetch completed")
    once = asyncio.create_task(away.once())
    async with asyncio.timeout(10):
        await proxy.to_client.held.wait()
        while proxy.to_client.passed < 100_000:
            proxy.to_client.held.clear()
            proxy.to_client.hold_at(rb"OK Fetch completed")
            proxy.to_client.release()
            await proxy.to_client.held.wait()
    await asyncio.to_thread(away.imap.move, uid, "Trash")
    proxy.to_client.release()
    assert await once
    subjects = [read_mail(m)["Subject"] for m in away.smtp.accepted if m.octets in forwards(away)]
    assert subjects == ["Blijft"]


async def test_gone_before_it_is_filed(away: Holiday, clock: FakeClock, proxy: Proxy) -> None:
    """Forwarded, and moved by a phone before we move it: no error, and the next look is a quiet one."""
    away.go_through(proxy)
    uid = away.imap.deliver(write_mail(), arrived_at=MONDAY)

    async def phone(_: object) -> None:
        await asyncio.to_thread(away.imap.move, uid, "Trash")

    away.smtp.deliver = phone
    assert await away.once()
    away.smtp.deliver = None
    assert await at(away, clock, MONDAY + timedelta(minutes=1))
    assert len(forwards(away)) == 1
    assert disposed(away) == {"forward": 1}


async def test_mails_that_no_server_or_parser_likes(away: Holiday, clock: FakeClock) -> None:
    """Unreadable, 70 MB, header only, empty, octets of nothing: each is an item, and none blocks the next."""
    maildir = away.imap.server.base / "users" / away.imap.username / "Maildir"
    unreadable = away.imap.deliver(write_mail(subject="Onleesbaar"), arrived_at=MONDAY)
    (path,) = (*maildir.glob("new/*"), *maildir.glob("cur/*"))
    path.write_bytes(b"")  # shorter than its name says: Dovecot ends the session at it
    assert unreadable
    line = b"x" * 76 + b"\r\n"
    huge = write_mail(subject="Reusachtig") + line * (70 * 2**20 // len(line))
    odd = {
        "header only": b"From: Jan <jan@acme.example>\r\nSubject: Kop\r\n\r\n",
        "no end of header": b"From: Jan <jan@acme.example>\r\nSubject: Kop2",
        "nothing": b"\r\n",
        "octets": bytes(range(1, 256)) * 40 + b"\r\n",
        "huge": huge,
        "good": write_mail(subject="Goed"),
    }
    for octets in odd.values():
        await asyncio.to_thread(away.imap.deliver, octets, arrived_at=MONDAY)
    assert await away.once()
    counted = disposed(away)
    assert (await asyncio.to_thread(codes, away))["unreadable"] >= 2
    assert counted.total() == 1 + len(odd)
    assert "Goed" in [read_mail(m)["Subject"] for m in away.smtp.accepted]
    before = counted
    assert await at(away, clock, MONDAY + timedelta(minutes=1))
    assert disposed(away) == before
    await at(away, clock, MONDAY + timedelta(hours=2, minutes=1))
    assert "Reusachtig" in plain_text(away.reviews()[-1])


# --- promise 7: it says when it is blind


async def test_a_review_while_the_mail_server_is_away(away: Holiday, clock: FakeClock) -> None:
    """At nine it goes out and says since when; the next one names the outage; status shows it meanwhile."""
    away.imap.deliver(write_mail("x@elders.example", "Uitnodiging"), arrived_at=MONDAY)
    assert await away.once()
    away.imap.server.stop()
    clock.at = MONDAY + timedelta(hours=1)
    service = await away.start()
    try:
        await away.until(lambda: service.health.fault)
        status = await service.status()
        assert not status.connected
        assert status.problems
        await away.until(lambda: clock.next_wake_at == MONDAY + timedelta(hours=2))
        await clock.advance(MONDAY + timedelta(hours=2))
        await away.until(away.reviews)
    finally:
        await asyncio.to_thread(away.imap.server.start)
    text = plain_text(away.reviews()[0])
    assert "Uitnodiging" in text
    assert "7.00" in text
    await away.stop()
    clock.at = MONDAY + timedelta(hours=3)
    service = await away.start()
    await away.until(lambda: service.is_connected)
    await away.until(lambda: clock.next_wake_at is not None)
    await clock.advance(MONDAY + timedelta(hours=10))
    await away.until(lambda: len(away.reviews()) == 2)
    text = plain_text(away.reviews()[1])
    assert "7.00" in text
    assert "10.00" in text


async def test_a_frozen_connection_at_review_time(
    away: Holiday, clock: FakeClock, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail server hangs: the review is on its way within half a minute, and names the last contact."""
    away.go_through(proxy)
    service = await away.start()
    await away.until(lambda: service.is_connected)
    await away.until(lambda: clock.next_wake_at == MONDAY + timedelta(hours=2))
    proxy.freeze()
    monkeypatch.setattr("delegator.daemon.reviewer.REFRESH_S", 0.2)
    await clock.advance(MONDAY + timedelta(hours=2))
    await away.until(away.reviews)
    proxy.to_server.release()
    proxy.to_client.release()
    text = plain_text(away.reviews()[0])
    assert "7.00" in text


async def test_without_move_nothing_is_moved_and_it_is_said_once(
    new_account: Callable[[Options], ImapAccount], smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock
) -> None:
    """All else works; the first review says that mail stays in the inbox, and later ones do not."""
    account = new_account(Options(without=frozenset({"MOVE"})))
    async with holiday(account, smtp_server, tmp_path, clock) as away:
        account.deliver(write_mail(), arrived_at=MONDAY)
        account.deliver(write_mail("alerts@monitor.example", "OK"), arrived_at=MONDAY)
        assert await away.once()
        assert await at(away, clock, MONDAY + timedelta(hours=2, minutes=1))
        assert await at(away, clock, MONDAY + timedelta(hours=10, minutes=1))
        first, second = map(plain_text, away.reviews())
        assert "verplaats" in first
        assert "verplaats" not in second
        assert len(away.uids("INBOX")) == 2
        assert len(forwards(away)) == 1


async def test_a_server_that_lost_move(away: Holiday, clock: FakeClock, proxy: Proxy) -> None:
    """What was to be moved when the server still could stays, and keeps nothing else from being done."""
    away.go_through(proxy)
    away.imap.deliver(write_mail("alerts@monitor.example", "OK"), arrived_at=MONDAY)
    service = away.build()
    service.tools.source.move = cut_off  # type: ignore[method-assign]
    await service.once()
    await away.stop()
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    service = away.build()
    connect = service.tools.source.connect

    async def without_move() -> object:
        service.tools.source._facts = replace(await connect(), can_move=False)  # type: ignore[attr-defined]
        return service.tools.source._facts  # type: ignore[attr-defined]

    service.tools.source.connect = without_move  # type: ignore[method-assign,assignment]
    assert await service.once()
    await away.stop()
    assert len(forwards(away)) == 1


async def test_a_lost_hint_costs_minutes_only(
    away: Holiday, clock: FakeClock, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's word that mail has come is lost: the next reconcile finds it."""
    monkeypatch.setattr("delegator.daemon.session.OTHERS_EVERY_S", 1.0)
    away.go_through(proxy)
    service = await away.start()
    await away.until(lambda: service.is_connected)
    proxy.to_client.replace += [(rb"\* 1 EXISTS\r\n", b""), (rb"\* 1 RECENT\r\n", b"")]
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    await away.until(lambda: forwards(away), 20)


async def test_a_wrong_password_is_said_once_and_tried_slowly(
    away: Holiday, clock: FakeClock, capsys: pytest.CaptureFixture[str], proxy: Proxy
) -> None:
    """No lock-out: one attempt, then half a minute at least; the password is in no log."""
    away.go_through(proxy)
    away.write()
    (away.folder / "mail-password").write_text("fout-en-geheim")
    away.state.mkdir()
    away.parts = Parts(clock)
    away.store = SqliteStore(away.state / "state.sqlite3")
    away.service = away.parts.account(load(away.config_path), away.store)
    away._task = asyncio.create_task(away.service.run())
    service = away.service
    await away.until(lambda: service.health.fault)
    status = await service.status()
    assert any("password" in problem for problem in status.problems)
    await away.until(lambda: proxy.connections == 1)
    assert not any("fout-en-geheim" in problem for problem in status.problems)
    assert "fout-en-geheim" not in capsys.readouterr().out


async def test_a_bug_in_one_task_is_told_and_outlived(away: Holiday, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox fails: status says so, the connection is left alone, and the next mail is taken up."""
    service = await away.start()
    await away.until(lambda: service.is_connected)
    calls = 0
    due = SqliteAccount.due

    async def broken(self: SqliteAccount, *arguments: Any, **options: Any) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("a bug")
        return await due(self, *arguments, **options)

    monkeypatch.setattr(SqliteAccount, "due", broken)
    connected: list[bool] = []
    connect = service.tools.source.connect

    async def counted() -> object:
        connected.append(True)
        return await connect()

    monkeypatch.setattr(service.tools.source, "connect", counted)
    service.bells.due.set()
    await away.until(lambda: calls)
    await away.until(lambda: Subject.OUTBOX in service.health.faults)
    assert any("outbox" in problem for problem in (await service.status()).problems)
    away.imap.deliver(write_mail("x@elders.example", "Zomaar"), arrived_at=MONDAY)
    await away.until(lambda: disposed(away) == {"review": 1})
    assert service.is_connected
    assert not connected
    async with asyncio.timeout(5):  # the outbox rests from its bug; nothing is under way
        await away.stop()


async def test_a_frozen_connection_is_noticed_and_replaced(
    away: Holiday, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing passes, and no connection ends: noticed within the time-outs; then all goes on by itself."""
    monkeypatch.setattr("delegator.daemon.session.OTHERS_EVERY_S", 0.3)
    away.go_through(proxy)
    service = away.build()
    service.tools.source._read_timeout_s = 0.5  # type: ignore[attr-defined]
    service.tools.source._connect_timeout_s = 0.5  # type: ignore[attr-defined]
    away._task = asyncio.create_task(service.run())
    await away.until(lambda: service.is_connected)
    proxy.freeze()
    await away.until(lambda: service.health.fault)
    assert not service.is_connected
    away.imap.deliver(write_mail(), arrived_at=MONDAY)
    proxy.to_server.release()
    proxy.to_client.release()
    await away.until(lambda: forwards(away))
    await away.until(lambda: service.is_connected and not service.health.fault)


async def test_without_idle_it_asks(
    new_account: Callable[[Options], ImapAccount],
    smtp_server: SmtpServer,
    tmp_path: Path,
    clock: FakeClock,
) -> None:
    """A server that cannot idle is polled."""
    account = new_account(Options(without=frozenset({"IDLE"})))
    async with holiday(account, smtp_server, tmp_path, clock) as away:
        service = away.build()
        service.tools.source._poll_interval_s = 0.1  # type: ignore[attr-defined]
        away._task = asyncio.create_task(service.run())
        await away.until(lambda: service.is_connected)
        account.deliver(write_mail(), arrived_at=MONDAY)
        await away.until(lambda: forwards(away))


async def test_a_wrong_certificate_is_said_plainly(
    new_account: Callable[[Options], ImapAccount],
    smtp_server: SmtpServer,
    tmp_path: Path,
    clock: FakeClock,
) -> None:
    """No password leaves the machine; status says what is wrong, and reviews still come."""
    account = new_account(Options(certificate="expired"))
    async with holiday(account, smtp_server, tmp_path, clock) as away:
        service = await away.start()
        await away.until(lambda: service.health.fault)
        assert "certificate" in (await service.status()).problems[0]
        await away.until(lambda: clock.next_wake_at == MONDAY + timedelta(hours=2))
        await clock.advance(MONDAY + timedelta(hours=2))
        await away.until(away.reviews)


async def test_what_is_due_at_a_restart_waits_for_nothing(
    away: Holiday, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clocks of the handovers run on as soon as the mailbox is known to be ours, mail or no mail."""
    service = away.build()

    async def slowly(*arguments: Any, **options: Any) -> Marker | None:
        await away.until(lambda: service.bells.submitted.is_set())  # all tasks have had their first turn
        await asyncio.sleep(0)
        return await decide_who_serves(*arguments, **options)

    monkeypatch.setattr("delegator.daemon.session.decide_who_serves", slowly)
    away._task = asyncio.create_task(service.run())
    await away.until(lambda: away.letters(ANNA))

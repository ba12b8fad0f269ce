"""The whole service on a mail server that refuses what is optional: what is vital goes on, and it is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delegator.core.mail.marker import compose_marker
from delegator.daemon import session
from delegator.daemon.between import RECONCILE_EVERY_S
from tests.holiday import MONDAY, RULES, Holiday, holiday, plain_text, write_mail
from tests.servers.imap import Box, ImapServer
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

pytestmark = pytest.mark.torture("mail servers that refuse what is optional")

ANNA = "anna@voorbeeld.example"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MONDAY)


@asynccontextmanager
async def away(
    server: ImapServer, smtp_server: SmtpServer, folder: Path, clock: FakeClock
) -> AsyncIterator[Holiday]:
    imap: Any = server  # as much of an account as is needed
    async with holiday(imap, smtp_server, folder, clock) as each:
        each.rules = RULES.replace("port: {imap_port}, ca: {imap_ca}", "port: {imap_port}, security: none")
        yield each


def arrives(server: ImapServer, clock: FakeClock, subject: str = "offerte", **headers: str) -> None:
    server.deliver(write_mail(subject=subject, **headers), arrived_at=clock.now())


@pytest.mark.parametrize(
    ("refused", "lacking", "dutch"),
    [
        ("CREATE", "folders: the mail server makes none", "maakt geen mappen"),
        ("APPEND", "marker: the mail server takes none", "aanvaardt geen merkteken"),
        ("UID MOVE", "moving: the mail server refuses it", "weigert mails te verplaatsen"),
        ("UID STORE", "", "bewaart geen markeringen"),
        ("SUBSCRIBE", "", ""),
        ("NAMESPACE", "", ""),
        ("EXAMINE Sent", "sent mail: the mail server does not show it", "verzonden mail is niet te lezen"),
    ],
)
@pytest.mark.parametrize(
    "answer", ["NO [NOPERM] Permission denied", "BAD command unknown", "NO [OVERQUOTA] full"]
)
async def test_what_is_optional_costs_what_it_was_for(
    smtp_server: SmtpServer,
    tmp_path: Path,
    clock: FakeClock,
    refused: str,
    lacking: str,
    dutch: str,
    answer: str,
) -> None:
    """Mail is triaged and forwarded, over one connection; status and the next review say what is lacking."""
    async with (
        ImapServer(refusals={refused: answer}) as server,
        away(server, smtp_server, tmp_path, clock) as each,
    ):
        arrives(server, clock)
        service = await each.start()
        await each.until(lambda: each.accepted(ANNA))
        arrives(server, clock, "nog een offerte", message_id="<2@acme.example>")
        await each.until(lambda: len(each.accepted(ANNA)) == 2)
        await each.until(lambda: service.is_connected)
        # Where no folder can be made there is none for a marker either.
        so_many = 2 if refused == "CREATE" else bool(lacking)
        async with asyncio.timeout(60):
            while len(problems := (await service.status()).problems) < so_many:
                await asyncio.sleep(0.02)  # the mail was accepted; it is moved after that
        await asyncio.sleep(0.2)
        assert (await service.status()).problems == problems
        assert len(problems) == so_many, problems
        assert [line for line in problems if lacking in line] or not lacking, problems
        await service.send_review()
        await each.until(lambda: each.reviews())
        text = " ".join(plain_text(each.reviews()[-1]).split())
        assert dutch in text
        assert "NOPERM" not in text
        await service.send_review()
        await each.until(lambda: len(each.reviews()) == 2)
        again = " ".join(plain_text(each.reviews()[-1]).split())
        assert not dutch or dutch not in again, "once"
        assert server.connections == 1


async def test_a_refused_move_is_not_tried_at_every_look(
    smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock
) -> None:
    """Five minutes, ten, twenty: and after two days it is left where it is."""
    async with (
        ImapServer(refusals={"UID MOVE": "NO not allowed"}) as server,
        away(server, smtp_server, tmp_path, clock) as each,
    ):
        arrives(server, clock)
        for _ in range(20):
            await each.once()
        assert len(server.named("UID MOVE")) == 20, "`once` begins anew each time"
        server.commands.clear()
        service = await each.start()
        await each.until(lambda: server.named("UID MOVE"))
        for _ in range(5):
            await service.send_review()
        assert len(server.named("UID MOVE")) == 1
        for _ in range(14):
            clock.at += 7 * HOUR
            await service.send_review()
        assert len(server.named("UID MOVE")) == 12
        assert (await service.status()).connected
        assert [mail.octets for mail in server.boxes["INBOX"].mails.values()], "where it was"


async def test_the_folders_are_there_again_when_the_server_allows_them(
    smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock
) -> None:
    """At the next connection."""
    async with (
        ImapServer(refusals={"CREATE": "NO not allowed"}) as server,
        away(server, smtp_server, tmp_path, clock) as each,
    ):
        await each.once()
        del server.refusals["CREATE"]
        service = each.build()
        assert await service.once()
        assert "Delegator/Done" in server.boxes
        assert (await service.status()).problems == ()


async def test_a_mailbox_that_is_renumbered_at_every_look(
    smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock
) -> None:
    """Nothing is forwarded twice, it is said, and it is looked at more seldom."""
    async with ImapServer(renumbers=True) as server, away(server, smtp_server, tmp_path, clock) as each:
        arrives(server, clock)
        arrives(server, clock, "Vraag", sender="x@elders.example", message_id="<3@elders.example>")
        service = await each.start()
        await each.until(lambda: each.accepted(ANNA))
        for _ in range(6):
            await service.send_review()
        found = [line for line in (await service.status()).problems if line.startswith("numbers")]
        assert found
        assert "UIDVALIDITY of INBOX" in found[0]
        fetches = len(server.named("UID FETCH"))
        for _ in range(4):
            await service.send_review()
        assert len(server.named("UID FETCH")) <= fetches + 4, "the marker's folder is looked at"
        clock.at += HOUR
        arrives(server, clock, "nog een offerte", message_id="<2@acme.example>")
        await service.send_review()
        await each.until(lambda: len(each.accepted(ANNA)) == 2)
        assert len(each.accepted(ANNA)) == 2


async def test_a_server_that_tells_of_no_news(
    smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by IDLE nor by STATUS, which tells what it told before: a look comes after five minutes."""
    monkeypatch.setattr(session, "OTHERS_EVERY_S", 0.02)
    async with ImapServer() as server, away(server, smtp_server, tmp_path, clock) as each:
        arrives(server, clock)
        service = await each.start()
        await each.until(lambda: each.accepted(ANNA))

        async def asked(times: int) -> None:
            """So often what is new, without a look."""
            looks, seen = len(server.named("UID SEARCH")), len(server.named('STATUS "INBOX"'))
            while len(server.named('STATUS "INBOX"')) < seen + times:
                await asyncio.sleep(0.01)
                if len(server.named("UID SEARCH")) > looks:
                    looks, seen = len(server.named("UID SEARCH")), len(server.named('STATUS "INBOX"'))

        async with asyncio.timeout(30):
            await asked(3)
            server.is_stale = True
            await asked(3)
            arrives(server, clock, "nog een offerte", message_id="<2@acme.example>")
            await asked(3)
        assert len(each.accepted(ANNA)) == 1
        clock.at += timedelta(seconds=RECONCILE_EVERY_S)
        await each.until(lambda: len(each.accepted(ANNA)) == 2)
        assert (await service.status()).problems == ()


@pytest.mark.parametrize("how", ["absent", "nil"])
async def test_a_mail_that_the_server_does_not_give(
    smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock, how: Any
) -> None:
    """It is an item that says so, the next one goes on, and when it can be read it is triaged as new."""
    async with (
        ImapServer(bodies={1: how}) as server,
        away(server, smtp_server, tmp_path, clock) as each,
    ):
        arrives(server, clock, "eerste offerte")
        arrives(server, clock, "tweede offerte", message_id="<2@acme.example>")
        service = await each.start()
        await each.until(lambda: each.accepted(ANNA))
        await service.send_review()
        await each.until(lambda: each.reviews())
        assert "Niet leesbaar; staat in je inbox" in plain_text(each.reviews()[-1])
        server.bodies.clear()
        await service.send_review()
        assert len(each.accepted(ANNA)) == 1, "it is asked for after five minutes"
        clock.at += timedelta(minutes=6)
        await service.send_review()
        await each.until(lambda: len(each.accepted(ANNA)) == 2)
        assert {str(mail["Subject"]) for mail in each.accepted(ANNA)} == {"eerste offerte", "tweede offerte"}
        assert (await service.status()).waiting == 0


def others_marker(server: ImapServer, each: Holiday) -> None:
    """Another installation serves the mailbox."""
    config, now = each.configure(), MONDAY - HOUR
    octets = compose_marker(config.owner, "another", config.away[0].until_at, "<m@voorbeeld.example>", now)
    server.boxes["Delegator"] = Box()
    server.deliver(octets, "Delegator", arrived_at=now)


READ_LATER = {"SELECT Delegator": "NO [SERVERBUG] Internal error occurred. Refer to server log"}


async def test_who_observes_serves_nobody_because_a_marker_cannot_be_read(
    smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock
) -> None:
    """While it runs, and after a restart: it forwarded what the other installation forwards too."""
    async with ImapServer() as server, away(server, smtp_server, tmp_path, clock) as each:
        others_marker(server, each)
        assert await each.once()
        server.refusals = dict(READ_LATER)
        arrives(server, clock)
        service = await each.start()
        await each.until(lambda: service.is_connected)
        for _ in range(3):
            await clock.advance(clock.now() + 6 * MINUTE)
            await asyncio.sleep(0.1)
        assert (await service.tenure()).identity.mode == "observing"
        assert not each.accepted(ANNA)


async def test_a_marker_that_is_to_be_read_later_is_read_later(
    smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before that nothing goes to a backup: another installation may serve the mailbox."""
    monkeypatch.setattr("delegator.daemon.session.random.uniform", lambda *_: 0.3)
    async with (
        ImapServer(refusals=dict(READ_LATER)) as server,
        away(server, smtp_server, tmp_path, clock) as each,
    ):
        others_marker(server, each)
        arrives(server, clock)
        service = await each.start()
        await each.until(lambda: server.connections == 2)
        server.refusals.clear()
        await each.until(lambda: service.is_connected)
        assert (await service.tenure()).identity.mode == "observing"
        assert not each.accepted(ANNA)


async def test_a_marker_that_can_never_be_read_costs_only_itself(
    smtp_server: SmtpServer, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are servers that say so of a broken mailbox for ever; a fourth connection goes on without it."""
    monkeypatch.setattr("delegator.daemon.session.random.uniform", lambda *_: 0.01)
    async with (
        ImapServer(refusals=dict(READ_LATER)) as server,
        away(server, smtp_server, tmp_path, clock) as each,
    ):
        arrives(server, clock)
        service = await each.start()
        await each.until(lambda: each.accepted(ANNA))
        assert server.connections == 4
        assert [line for line in (await service.status()).problems if "marker: the mail server" in line]

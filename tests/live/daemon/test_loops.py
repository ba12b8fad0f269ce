"""Whatever sends our mail back, each colleague gets a client's mail once, and the client hears nothing.

A real Dovecot, and a submission server that delivers: what is sent to the owner arrives in her INBOX, and
what is sent to a backup meets that backup's machinery.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from delegator.core.triage.triage import MOST_FORWARDS_AN_HOUR
from tests.holiday import MONDAY, RULES, Holiday, holiday, plain_text, read_mail, write_mail
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.dovecot import Options
from tests.servers.smtp import Received, SmtpServer
from tests.support import FakeClock

pytestmark = pytest.mark.dovecot

ANNA, BRAM, SOFIE = "anna@voorbeeld.example", "bram@voorbeeld.example", "sofie@voorbeeld.example"
JAN = "Jan De Smet <jan@acme.example>"
SECOND = timedelta(seconds=1)

Machinery = Callable[[Holiday, Received], Awaitable[None]]


async def live(away: Holiday, rounds: int, machinery: Machinery, *also: Holiday) -> None:
    """So many rounds of work, some seconds apart; what was sent goes through the machinery."""

    async def deliver(mail: Received) -> None:
        await machinery(away, mail)

    away.smtp.deliver = deliver
    clock = away.clock
    assert isinstance(clock, FakeClock)
    for _ in range(rounds):
        for each in (away, *also):
            assert await each.once()
        clock.at += 5 * SECOND


async def arrive(away: Holiday, octets: bytes) -> None:
    await asyncio.to_thread(away.imap.deliver, octets, arrived_at=away.clock.now())


def forwards(server: SmtpServer) -> list[tuple[str, EmailMessage]]:
    """To whom, and the mail: those that carry the client's mail."""
    mails = [(each.rcpt_tos[0], read_mail(each)) for each in server.accepted]
    return [(to, mail) for to, mail in mails if mail["In-Reply-To"]]


def assert_bounded(server: SmtpServer, expected: dict[str, int]) -> None:
    """Each got the client's mail so often, and nobody from outside got anything."""
    assert Counter(to for to, _ in forwards(server)) == expected
    assert server.recipients <= {SOFIE, ANNA, BRAM, "permerror@voorbeeld.example", "team@voorbeeld.example"}


@pytest.mark.parametrize("way", ["redirects", "forwards by a filter"])
async def test_a_backup_who_sends_everything_back(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path, way: str
) -> None:
    """Redirected to the owner it is known again; forwarded by a filter it is a no, and the next has it."""

    async def machinery(away: Holiday, mail: Received) -> None:
        if BRAM not in mail.rcpt_tos or b"\r\nIn-Reply-To:" not in mail.octets:
            return
        if way == "redirects":
            await arrive(away, b"Resent-From: <bram@voorbeeld.example>\r\n" + mail.octets)
            return
        sent = read_mail(mail)
        names = f"{sent['References']} {sent['Message-ID']}"
        back = write_mail(f"Bram <{BRAM}>", f"FW: {sent['Subject']}", plain_text(sent), References=names)
        await arrive(away, back)

    async with holiday(dovecot, smtp_server, tmp_path) as away:
        dovecot.deliver(write_mail(JAN, "Bestelling 7", Message_ID="<een@x.example>").replace(
            b"jan@acme.example", b"jan@elders.example"), arrived_at=MONDAY)  # fmt: skip
        await live(away, 5, machinery)
        expected = {BRAM: 1} if way == "redirects" else {BRAM: 1, ANNA: 1}
        assert_bounded(smtp_server, expected)


async def test_two_delegators_that_name_each_other(
    new_account: Callable[[Options], ImapAccount], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Both are away, each the other's only backup: one forward, then it waits in a review."""
    swapped = (
        RULES.replace("name: Sofie Janssens", "name: Bram Maes", 1)
        .replace(f"address: {SOFIE}", f"address: {BRAM}", 1)
        .replace("  aliases: [sofie.janssens@voorbeeld.example]\n", "", 1)
        .replace(f"name: Bram Maes, address: {BRAM}", f"name: Sofie Janssens, address: {SOFIE}", 1)
        .replace("forward: [bram, anna]", "forward: bram")
    )
    async with (
        holiday(new_account(Options()), smtp_server, tmp_path / "s") as sofie,
        holiday(new_account(Options()), smtp_server, tmp_path / "b") as bram,
    ):
        (tmp_path / "s").mkdir()
        (tmp_path / "b").mkdir()
        sofie.rules = RULES.replace("forward: [bram, anna]", "forward: bram")
        bram.rules, bram.clock = swapped, sofie.clock

        async def machinery(_: Holiday, mail: Received) -> None:
            for one, address in ((sofie, SOFIE), (bram, BRAM)):
                if address in mail.rcpt_tos:
                    await arrive(one, mail.octets)

        sofie.imap.deliver(
            write_mail("x@elders.example", "Bestelling 7", Message_ID="<een@elders.example>"),
            arrived_at=MONDAY,
        )
        await live(sofie, 6, machinery, bram)
        assert_bounded(smtp_server, {BRAM: 1})


async def test_a_list_among_the_backups_that_delivers_to_the_owner_too(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """What the list sends is known again, also where it gives the mail another Message-ID and subject."""

    async def machinery(away: Holiday, mail: Received) -> None:
        if "team@voorbeeld.example" in mail.rcpt_tos and b"\r\nIn-Reply-To:" in mail.octets:
            copy = re.sub(rb"\r\nMessage-ID: <", b"\r\nMessage-ID: <list.", mail.octets)
            copy = copy.replace(b"\r\nSubject: ", b"\r\nSubject: [team] ")
            await arrive(away, b"List-Id: <team.voorbeeld.example>\r\n" + copy)

    async with holiday(dovecot, smtp_server, tmp_path) as away:
        away.rules = RULES.replace(
            f"name: Bram Maes, address: {BRAM}", "name: Team, address: team@voorbeeld.example"
        )
        dovecot.deliver(write_mail("x@elders.example", "Bestelling 7", Message_ID="<een@elders.example>"))
        await live(away, 5, machinery)
        assert_bounded(smtp_server, {"team@voorbeeld.example": 1})


async def test_a_list_that_takes_our_marks_away_meets_the_cap(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Nothing in it says any more that it is ours: past so many an hour the owner is told instead."""
    count = 0

    async def machinery(away: Holiday, mail: Received) -> None:
        nonlocal count
        if "team@voorbeeld.example" not in mail.rcpt_tos or b"\r\nIn-Reply-To:" not in mail.octets:
            return
        count += 1
        sent = email.message_from_bytes(mail.octets, policy=email.policy.SMTP)
        for name in (
            "Message-ID",
            "X-Loop-Check",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "From",
            "To",
        ):
            del sent[name]
        sent["Message-ID"] = f"<{count}@list.example>"
        sent["From"], sent["To"] = "Team <owner-team@list.example>", SOFIE
        await arrive(away, sent.as_bytes())

    async with holiday(dovecot, smtp_server, tmp_path) as away:
        away.rules = RULES.replace(
            f"name: Bram Maes, address: {BRAM}", "name: Team, address: team@voorbeeld.example"
        )
        dovecot.deliver(write_mail("x@elders.example", "Bestelling 7", Message_ID="<een@elders.example>"))
        await live(away, MOST_FORWARDS_AN_HOUR + 5, machinery)
        assert_bounded(smtp_server, {"team@voorbeeld.example": MOST_FORWARDS_AN_HOUR})
        assert isinstance(away.clock, FakeClock)
        away.clock.at = MONDAY + timedelta(hours=3)
        assert await away.once()
        assert "Bestelling 7" in plain_text(away.reviews()[-1])


async def test_a_responder_without_any_header(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Both backups' machines answer every mail within seconds and say nowhere that they are machines."""
    answers = 0

    async def machinery(away: Holiday, mail: Received) -> None:
        nonlocal answers
        if b"\r\nIn-Reply-To:" in mail.octets:
            answers += 1
            sent = read_mail(mail)
            answer = write_mail(
                f"<{mail.rcpt_tos[0]}>",
                f"Re: {sent['Subject']}",
                "Bedankt voor je bericht.\n",
                Message_ID=f"<{answers}@antwoord.example>",
                In_Reply_To=str(sent["Message-ID"]),
            )
            await arrive(away, answer)

    async with holiday(dovecot, smtp_server, tmp_path) as away:
        dovecot.deliver(
            write_mail("x@elders.example", "Bestelling 7", Message_ID="<een@elders.example>"),
            arrived_at=MONDAY,
        )
        await live(away, 6, machinery)
        assert_bounded(smtp_server, {BRAM: 1, ANNA: 1})
        assert isinstance(away.clock, FakeClock)
        away.clock.at = MONDAY + timedelta(hours=3)
        assert await away.once()
        assert "Bestelling 7" in plain_text(away.reviews()[-1]), "nobody is left: the owner has it"

"""Killed between a wish of the owner's and its answer: the absence changes once, and is answered once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.host import SystemClock
from tests.holiday import RULES, Holiday, holiday, read_mail, write_mail
from tests.phone import SOFIE, reply_to
from tests.process import Daemon, arguments, ran, started
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import Received, SmtpServer

pytestmark = pytest.mark.dovecot

ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path, SystemClock()) as each:
        each.be_away_now()
        each.configure()
        yield each


def changes(away: Holiday) -> list[int]:
    with closing(sqlite3.connect(away.state / "state.sqlite3")) as db:
        return [row[0] for row in db.execute("SELECT until_at FROM absence_change")]


async def kill_at(moment: str, daemon: Daemon, away: Holiday, subject: str) -> None:
    """moment: an event of the log; "dot": before the reply to the first mail whose subject begins so."""
    if moment != "dot":
        await daemon.logged(moment)
        await daemon.kill()
        return
    taken = asyncio.Event()

    async def kill(mail: Received) -> None:
        if str(read_mail(mail)["Subject"]).startswith(subject):
            daemon.process.kill()
            taken.set()

    away.smtp.deliver = kill
    async with asyncio.timeout(30):
        await taken.wait()


async def goes_on(away: Holiday) -> None:
    """Twice until it has nothing to do; the absence was changed once."""
    away.smtp.deliver = None
    for _ in range(2):
        assert (await ran(*arguments(away.config_path, away.state, "run", "--once"))).code == 0
    assert len(changes(away)) == 1


@pytest.mark.parametrize("moment", ["triaged", "absence", "dot"])
async def test_a_wish_is_done_once_and_answered_once(away: Holiday, moment: str) -> None:
    """Read, but not done; done, but not answered; the answer at the server, whose reply nobody hears."""
    assert (await ran(*arguments(away.config_path, away.state, "run", "--once"))).code == 0
    assert (await ran(*arguments(away.config_path, away.state, "review", "--send"))).code == 0
    review = away.accepted(SOFIE)[-1]
    sooner = datetime.now(UTC) + timedelta(days=5)
    await asyncio.to_thread(away.imap.deliver, reply_to(review, f"tot {sooner:%d/%m/%Y}", "gmail").as_bytes())
    async with started(*arguments(away.config_path, away.state, "run")) as daemon:
        await kill_at(moment, daemon, away, "Je afwezigheid heeft een ander einde")
    await goes_on(away)
    answers = [
        m for m in away.smtp.accepted if read_mail(m)["Subject"] == "Je afwezigheid heeft een ander einde"
    ]
    assert len({mail.octets for mail in answers}) == 1, "no other answer"
    assert len(answers) <= (2 if moment == "dot" else 1 if moment == "triaged" else 2)


@pytest.mark.parametrize("moment", ["absence", "brief_taken_back", "dot"])
async def test_who_was_asked_hears_once_that_it_is_off(away: Holiday, moment: str) -> None:
    """Killed when it is called off, when the first mail that says so is queued, or while one is sent."""
    today = datetime.now(UTC).date()
    away.away = (str(today + timedelta(days=2)), str(today + timedelta(days=9)))
    away.configure()
    off = "Ik ben er toch"
    assert (await ran(*arguments(away.config_path, away.state, "run", "--once"))).code == 0
    assert away.letters(ANNA)
    assert away.letters(BRAM)
    assert (await ran(*arguments(away.config_path, away.state, "leave", "--send"))).code == 0
    leaving = away.accepted(SOFIE)[-1]
    await asyncio.to_thread(away.imap.deliver, reply_to(leaving, "niet weg", "gmail").as_bytes())
    async with started(*arguments(away.config_path, away.state, "run")) as daemon:
        await kill_at(moment, daemon, away, off)
    await goes_on(away)
    for address in (ANNA, BRAM):
        told = [
            mail.octets
            for mail in away.smtp.accepted
            if address in mail.rcpt_tos and str(read_mail(mail)["Subject"]).startswith(off)
        ]
        assert len(set(told)) == 1, "one, and the same again where it may have arrived"


# --- coming home ------------------------------------------------------------------------------------

TASKS = "x@taken.example"
CASES = ("Zaak 1", "Zaak 2", "Zaak 3")


@pytest.mark.parametrize("moment", ["came_home", "homecoming_queued", "home", "third task"])
async def test_a_homecoming_is_told_once_with_each_task(away: Holiday, moment: str) -> None:
    """Closed, queued, or at a server whose reply nobody hears: one homecoming mail and one task
    of each to-do, none lost and none another time; the mails lie where they are said to."""
    away.rules = RULES + f"to_do:\n  - {{{{mail: {TASKS}, preset: todoist}}}}\n"
    away.configure()
    for number, subject in enumerate(CASES, 1):
        octets = write_mail("Els <els@elders.example>", subject, Message_ID=f"<zaak{number}@elders.example>")
        await asyncio.to_thread(away.imap.deliver, octets)
    assert (await ran(*arguments(away.config_path, away.state, "run", "--once"))).code == 0
    assert (await ran(*arguments(away.config_path, away.state, "away", "--end"))).code == 0
    async with started(*arguments(away.config_path, away.state, "run")) as daemon:
        if moment in ("home", "third task"):
            taken, tasks = asyncio.Event(), 0

            async def kill(mail: Received) -> None:
                nonlocal tasks
                tasks += TASKS in mail.rcpt_tos
                is_home = str(read_mail(mail)["Subject"]).startswith("Welkom terug ·")
                if is_home if moment == "home" else tasks == len(CASES):
                    daemon.process.kill()
                    taken.set()

            away.smtp.deliver = kill
            async with asyncio.timeout(60):
                await taken.wait()
        else:
            await daemon.logged(moment)
            await daemon.kill()
    away.smtp.deliver = None
    for _ in range(2):
        assert (await ran(*arguments(away.config_path, away.state, "run", "--once"))).code == 0
    mails = [(mail, str(read_mail(mail)["Subject"])) for mail in away.smtp.accepted]
    homes = [mail.octets for mail, subject in mails if subject.startswith("Welkom terug ·")]
    assert len(set(homes)) == 1, "one, whatever was cut off"
    told = [(mail.octets, subject) for mail, subject in mails if TASKS in mail.rcpt_tos]
    assert sorted(subject.split(" · ")[0] for _, subject in set(told)) == list(CASES)
    assert len(homes) + len(told) <= 5, "and what may have arrived goes once more at most"
    found = [octets for _, _, octets in away.imap.messages("Delegator/To-do")]
    assert sum(b"Subject: Zaak" in octets for octets in found) == 3

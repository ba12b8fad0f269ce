"""`delegator home` as people call it: beside a running daemon, and without one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.host import SystemClock
from tests.holiday import RULES, Holiday, holiday, plain_text, write_mail
from tests.process import Ended, arguments, ran, started
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import Received, SmtpServer

pytestmark = pytest.mark.dovecot

SOFIE = "sofie@voorbeeld.example"
TO_DO = "Delegator/To-do"
TASKS = "x@taken.example"


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path, SystemClock()) as each:
        each.be_away_now()
        each.configure()
        await asyncio.to_thread(each.imap.deliver, write_mail("x@elders.example", "Uitnodiging"))
        yield each


async def home(away: Holiday, *words: str, browser: str = "true") -> Ended:
    return await ran(*arguments(away.config_path, away.state, "home", *words), BROWSER=browser)


def filed(away: Holiday) -> list[bytes]:
    return [octets for _, _, octets in away.imap.messages(TO_DO) if b"Subject: Uitnodiging" in octets]


def homecomings(away: Holiday) -> list[str]:
    """Without the line that says that the absence was ended."""
    mails = [mail for mail in away.accepted(SOFIE) if mail["List-Id"]]
    return [plain_text(mail) for mail in mails if str(mail["Subject"]).startswith("Welkom terug")]


async def test_beside_a_daemon(away: Holiday) -> None:
    """It shows and changes nothing; --send ends the absence, once; then it shows what was told."""
    async with started(*arguments(away.config_path, away.state, "run")) as daemon:
        await daemon.logged("triaged")
        shown = await home(away)
        assert (shown.code, shown.out[:36]) == (0, "Welkom terug · 1 nog te beslissen · "), shown
        assert "Er staat niets op je lijst. 1 nog te beslissen." in shown.out
        assert "kon niet geteld worden" not in shown.out
        assert not homecomings(away)
        assert not filed(away)
        sent = await home(away, "--send")
        assert (sent.code, f"on its way to {SOFIE}" in sent.out) == (0, True), sent
        await away.until(lambda: homecomings(away) and filed(away))
        again = await home(away, "--send")
        assert (again.code, "You are back already" in again.out) == (0, True), again
        after = await home(away)
        assert "Uitnodiging" in after.out
        assert await daemon.terminate() == 0
    assert not daemon.named("task_failed")
    assert len(homecomings(away)) == 1
    assert "Uitnodiging" in homecomings(away)[0]


async def test_without_a_daemon(away: Holiday) -> None:
    """It takes the state itself; a daemon that is started later has nothing left to tell."""
    before = await home(away)
    assert (before.code, before.out[:12]) == (0, "Welkom terug"), before
    assert (await ran(*arguments(away.config_path, away.state, "run", "--once"))).code == 0
    sent = await home(away, "--send")
    assert (sent.code, f"on its way to {SOFIE}" in sent.out) == (0, True), sent
    assert len(homecomings(away)) == 1
    assert "Uitnodiging" in homecomings(away)[0]
    assert filed(away)
    again = await home(away, "--send")
    assert "You are back already" in again.out
    assert (await ran(*arguments(away.config_path, away.state, "run", "--once"))).code == 0
    assert len(homecomings(away)) == 1


async def test_in_the_browser(away: Holiday, tmp_path: Path) -> None:
    """--open shows a page of its own; with --send it is a mistake."""
    page = tmp_path / "page"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {page}\n')
    browser.chmod(0o700)
    shown = await home(away, "--open", browser=f"{browser} %s")
    assert shown.code == 0, shown
    opened = re.sub("^file://", "", page.read_text().strip())
    assert "Welkom terug" in Path(opened).read_text()
    assert (await home(away, "--open", "--send")).code == 2


async def test_nobody_was_away(away: Holiday) -> None:
    """It says so, and sends nothing."""
    away.away = ("2099-01-01", "2099-01-05")
    away.configure()
    for words in ((), ("--send",)):
        ended = await home(away, *words)
        assert (ended.code, "No absence is running, and none has ended." in ended.out) == (0, True), ended
    assert away.accepted() == []


def tasks(away: Holiday) -> list[Received]:
    return [mail for mail in away.smtp.accepted if TASKS in mail.rcpt_tos]


@pytest.mark.parametrize("moment", ["came_home", "homecoming_queued", "the first", "the second"])
async def test_killed_among_the_tasks(away: Holiday, moment: str) -> None:
    """At the row, and before the server's answer: each task comes, and none as a second mail."""
    away.rules = RULES + f"\nto_do:\n  - {{{{mail: {TASKS}, preset: todoist}}}}\n"
    away.configure()
    for n in range(3):
        await asyncio.to_thread(away.imap.deliver, write_mail("x@elders.example", f"Zaak {n}"))
    async with started(*arguments(away.config_path, away.state, "run")) as daemon:
        await daemon.logged("triaged", 4)

        async def kill(mail: Received) -> None:
            if TASKS in mail.rcpt_tos and len(tasks(away)) == ("the first", "the second").index(moment):
                daemon.process.kill()

        away.smtp.deliver = kill if moment.startswith("the ") else None
        await home(away, "--send")
        if away.smtp.deliver is None:
            await daemon.logged(moment)
        else:
            await asyncio.wait_for(daemon.process.wait(), 30)
        await daemon.kill()
    away.smtp.deliver = None
    async with started(*arguments(away.config_path, away.state, "run")) as daemon:
        await daemon.logged("started")  # before that, SIGTERM ends it as any other process
        await away.until(lambda: len({mail.message_id for mail in tasks(away)}) == 4, 40)
        assert await daemon.terminate() == 0
    assert len({mail.octets for mail in tasks(away)}) == 4, "a repeat is the same mail"
    assert len(tasks(away)) <= 5, "one answer was lost at most"
    assert len(set(homecomings(away))) == 1

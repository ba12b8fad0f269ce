"""SIGHUP, which a terminal sends when it ends, and people who think that it reads rules.yaml again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.host import SystemClock
from tests.holiday import Holiday, holiday, write_mail
from tests.process import arguments, started
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import Received, SmtpServer

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"


@pytest.fixture
def hangs_up() -> Iterator[None]:
    """As from a terminal, under nohup too: a process ignores what its parent ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path, SystemClock()) as each:
        each.be_away_now()
        each.configure()
        yield each


@pytest.mark.usefixtures("hangs_up")
async def test_what_is_under_way_ends_first(away: Holiday) -> None:
    """As with SIGTERM: the server has the mail and has not said so yet, and it goes out no second time."""
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def hold(_: Received) -> None:
        asked.set()
        await may_answer.wait()

    away.smtp.deliver = hold
    away.imap.deliver(write_mail())
    run = arguments(away.config_path, away.state, "run")
    async with started(*run) as daemon, asyncio.timeout(60):
        await asked.wait()
        daemon.process.send_signal(signal.SIGHUP)
        may_answer.set()
        assert await daemon.process.wait() == 0
    async with started(*run) as daemon:
        await daemon.logged("connected")
        await away.until(lambda: len(away.uids("Delegator/Forwarded")) == 1)
        assert await daemon.terminate() == 0
    assert len(away.accepted(ANNA)) == 1


async def test_nohup_keeps_it_going(away: Holiday) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as it is inherited
    try:
        async with started(*arguments(away.config_path, away.state, "run")) as daemon:
            await daemon.logged("connected")
            daemon.process.send_signal(signal.SIGHUP)
            away.imap.deliver(write_mail())
            await away.until(lambda: len(away.accepted(ANNA)) == 1)
            assert await daemon.terminate() == 0
    finally:
        signal.signal(signal.SIGHUP, before)

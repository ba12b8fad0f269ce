"""Blindness is told: to the alert address, by its own server, and by a heartbeat that stays out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.holiday import MONDAY, RULES, Holiday, holiday, plain_text
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.proxy import Proxy
from tests.servers.smtp import SmtpServer
from tests.support import FakeClock

pytestmark = [pytest.mark.dovecot, pytest.mark.torture("blindness that is told")]

IT = "it@voorbeeld.example"


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.rules = RULES + f"alert: {{{{address: {IT}, after: 20m}}}}\n"
        yield each


async def test_the_alert_address_hears_of_it_and_of_its_end(away: Holiday) -> None:
    """Twenty minutes without the mail server: one alert; contact again: one mail that says so."""
    clock = away.clock
    assert isinstance(clock, FakeClock)
    async with Proxy(away.imap.host, away.imap.port) as proxy:
        away.imap_port = proxy.port
        service = await away.start()
        await away.until(lambda: service.is_connected)
        proxy.refuses = True
        proxy.cut()
        await away.until(lambda: not service.is_connected)
        await clock.advance(MONDAY + timedelta(minutes=19))
        assert away.accepted(IT) == []
        await clock.advance(MONDAY + timedelta(minutes=21))
        await away.until(lambda: away.accepted(IT))
        await clock.advance(MONDAY + timedelta(hours=1))
        (alert,) = away.accepted(IT)
        assert "Sofie Janssens" in alert["Subject"]
        assert "7.00 u" in plain_text(alert)
        proxy.refuses = False
        await away.until(lambda: len(away.accepted(IT)) == 2, 30)
        assert "orde" in away.accepted(IT)[1]["Subject"]


async def test_the_heartbeat_beats_after_real_answers_only(away: Holiday) -> None:
    """The URL is fetched once a minute at most, and not at all while the mail server is silent."""
    beats: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beats.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        away.rules = RULES + f'alert: {{{{address: {IT}, heartbeat: "http://127.0.0.1:{port}/sofie"}}}}\n'
        assert await away.once()
        assert await away.once()
        assert beats == [b"GET /sofie HTTP/1.1\r\n"] * 2, "one each run: a run has no memory of the last"
        away.imap_port = 1
        assert not await away.once()
        assert len(beats) == 2

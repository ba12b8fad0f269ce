"""The recording submission server as fixtures. Other kinds: `async with SmtpServer(...)`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.servers.smtp import SmtpServer


@pytest_asyncio.fixture
async def smtp_server() -> AsyncIterator[SmtpServer]:
    """A submission server as providers run it: TLS from the first octet, login, SIZE."""
    async with SmtpServer(size_limit=50_000_000) as server:
        yield server

"""What an enemy with nothing but a mail program tries: a mailbox, a submission server and a phone a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.holiday import Holiday, holiday
from tests.phone import Phone
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path) as one:
        yield one


@pytest.fixture
def phone(away: Holiday) -> Phone:
    return Phone(away)

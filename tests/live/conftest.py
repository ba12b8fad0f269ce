"""An owner who is away, on a mailbox and a submission server of their own; and that owner's phone."""

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
    """At a time that stands still: modules that need another clock have their own."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        yield each


@pytest.fixture
def phone(away: Holiday) -> Phone:
    return Phone(away)

"""A stranger who has mail delivered straight into our folders, as `user+folder@` does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from delegator.core.mail.marker import compose_marker
from tests.holiday import MONDAY, Holiday, write_mail

pytestmark = pytest.mark.dovecot

ANNA = "anna@voorbeeld.example"
DELIVERED = b"Return-Path: <x@elders.example>\r\nReceived: from elders.example by mx\r\n"


async def test_a_delivered_marker_silences_nothing(away: Holiday) -> None:
    """A mail that reads like another installation's marker: forwards are still made."""
    config, until_at = away.configure(), datetime(2027, 1, 4, tzinfo=UTC)
    octets = compose_marker(config.owner, "another", until_at, "<marker@elders.example>", MONDAY)
    await asyncio.to_thread(away.imap.create, "Delegator")
    await asyncio.to_thread(away.imap.deliver, DELIVERED + octets, "Delegator")
    await asyncio.to_thread(away.imap.deliver, write_mail(Message_ID="<een@acme.example>"), arrived_at=MONDAY)
    assert await away.once()
    assert len(away.accepted(ANNA)) == 1

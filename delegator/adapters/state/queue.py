"""Into the outbox."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from .part import us


def queue(
    db: sqlite3.Connection,
    account: str,
    kind: str,
    recipient: str,
    octets: bytes,
    message_id: str,
    now: datetime,
) -> int:
    cursor = db.execute(
        "INSERT INTO outbox (account, kind, state, recipient, backups, created_at, due_at, octets, "
        "message_id) VALUES (?, ?, 'pending', ?, '[]', ?, ?, ?, ?)",
        (account, kind, recipient, us(now), us(now), octets, message_id),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid

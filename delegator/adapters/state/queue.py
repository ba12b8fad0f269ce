"""Into the outbox: the one place where a row of it begins."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ...core.delivery import paced_at
from ...ports import OutgoingMail
from .part import at_or_none, digest, us


@dataclass(frozen=True, slots=True)
class Forward:
    """A message that is to be forwarded; it is composed when it is due.

    backups: whom to, and who is next after a refusal. note: the owner's own line. cover: the row of the
    mail that is sent before it. is_paced: it waits its turn.
    """

    message: int
    backups: tuple[str, ...]
    note: str = ""
    cover: int | None = None
    is_paced: bool = False


def queue(db: sqlite3.Connection, account: str, mail: OutgoingMail | Forward, now: datetime) -> int:
    """Its row in the outbox."""
    if isinstance(mail, OutgoingMail):
        cursor = db.execute(
            "INSERT INTO outbox (account, kind, state, recipient, backup, octets, sha256, message_id, "
            "created_at, due_at) VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?)",
            (
                account,
                mail.kind,
                mail.recipient,
                mail.backup,
                mail.octets,
                digest(mail.octets),
                mail.message_id,
                us(now),
                us(now),
            ),
        )
        if mail.answerable_until is not None:
            let_answer(db, account, mail.message_id, mail.answerable_until)
    else:
        backup, *following = mail.backups
        due_at = paced_at(now, _last_paced_at(db, account, backup)) if mail.is_paced else now
        cursor = db.execute(
            "INSERT INTO outbox (account, kind, state, backup, following, message, note, cover, is_paced, "
            "created_at, due_at) VALUES (?, 'forward', 'pending', ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account,
                backup,
                json.dumps(following),
                mail.message,
                mail.note,
                mail.cover,
                mail.is_paced,
                us(now),
                us(due_at),
            ),
        )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def let_answer(db: sqlite3.Connection, account: str, message_id: str, until_at: datetime) -> None:
    """A reply to a mail of ours may command the absence until then."""
    db.execute(
        "INSERT INTO reply_secret (account, message_id, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (account, message_id, us(until_at)),
    )


def _last_paced_at(db: sqlite3.Connection, account: str, backup: str) -> datetime | None:
    found = db.execute(
        "SELECT max(due_at) FROM outbox WHERE account = ? AND is_paced AND backup = ?", (account, backup)
    ).fetchone()
    return at_or_none(found[0])


def want_list(db: sqlite3.Connection, account: str, now: datetime) -> None:
    """The list of all that is open is to be made."""
    db.execute(
        "UPDATE account SET list_wanted_at = coalesce(list_wanted_at, ?) WHERE account = ?",
        (us(now), account),
    )

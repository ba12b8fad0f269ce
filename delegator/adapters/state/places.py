"""Where messages are believed to be."""

from __future__ import annotations

import sqlite3

from ...core.mail.place import Known, Place
from .part import at_or_none


def known_alike(db: sqlite3.Connection, account: str, header_digest: str) -> list[Known]:
    """The messages with this header, in the order in which they were taken up."""
    rows = db.execute(
        "SELECT * FROM message WHERE account = ? AND header_digest = ? ORDER BY id", (account, header_digest)
    ).fetchall()
    return [
        Known(
            id=row["id"],
            place=Place(row["mailbox"], row["uidvalidity"], row["uid"]),
            is_there=bool(row["is_there"]),
            arrived_at=at_or_none(row["arrived_at"]),
            filed=frozenset({row["file_to"], row["filed_in"]} - {None}),
        )
        for row in rows
    ]


def move_to(db: sqlite3.Connection, message: int, place: Place) -> None:
    """It is there now."""
    db.execute(
        "UPDATE message SET mailbox = ?, uidvalidity = ?, uid = ?, is_there = 1 WHERE id = ?",
        (place.mailbox, place.uidvalidity, place.uid, message),
    )

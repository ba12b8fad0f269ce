"""Mail on its way out."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import datetime

from ...core.delivery import State
from ...ports import (
    Kind,
    OutboxRow,
)
from .handovers import (
    give_back,
    is_wanted,
)
from .part import Part, at_or_none, us
from .queue import queue


class OutboxTables(Part):
    """The OutboxStore port."""

    async def due(self, now: datetime, limit: int, *, forwards: bool) -> list[OutboxRow]:
        def work(db: sqlite3.Connection) -> list[OutboxRow]:
            rows = db.execute(
                "SELECT * FROM outbox WHERE account = ? AND state IN ('pending', 'sending') "
                "AND due_at <= ? AND (? OR kind <> 'forward') "
                # What is passed on waits for the mail that says who had it.
                "AND NOT (kind = 'forward' AND EXISTS (SELECT 1 FROM outbox AS cover WHERE "
                "cover.account = outbox.account AND cover.kind = 'cover' AND cover.id < outbox.id "
                "AND cover.created_at = outbox.created_at AND cover.recipient = outbox.recipient "
                "AND cover.state IN ('pending', 'sending') AND cover.due_at > ?)) "
                "ORDER BY due_at, id LIMIT ?",
                (self.account, us(now), forwards, us(now), limit),
            ).fetchall()
            return [
                OutboxRow(
                    id=row["id"],
                    kind=row["kind"],
                    state=State(row["state"]),
                    recipient=row["recipient"],
                    backups=tuple(json.loads(row["backups"])),
                    message=row["message"],
                    attempts=row["attempts"],
                    unknowns=row["unknowns"],
                    first_attempt_at=at_or_none(row["first_attempt_at"]),
                    octets=row["octets"],
                    message_id=row["message_id"],
                    max_octets=row["max_octets"],
                    note=row["note"],
                )
                for row in rows
            ]

        return await self._run(work)

    async def resume(self, now: datetime) -> int:
        return await self._run(
            lambda db: (
                db.execute(
                    "UPDATE outbox SET due_at = ? WHERE account = ? AND state = 'sending'",
                    (us(now), self.account),
                ).rowcount
            )
        )

    async def next_due_at(self, *, forwards: bool) -> datetime | None:
        def work(db: sqlite3.Connection) -> datetime | None:
            us = db.execute(
                "SELECT min(due_at) FROM outbox WHERE account = ? AND state IN ('pending', 'sending') "
                "AND (? OR kind <> 'forward')",
                (self.account, forwards),
            ).fetchone()[0]
            return at_or_none(us)

        return await self._run(work)

    async def original(self, message: int) -> tuple[bytes, datetime | None] | None:
        def work(db: sqlite3.Connection) -> tuple[bytes, datetime | None] | None:
            row = db.execute(
                "SELECT original.octets, original.sha256, message.arrived_at FROM original "
                "JOIN message ON message.id = original.message WHERE original.message = ?",
                (message,),
            ).fetchone()
            if row is None or hashlib.sha256(row["octets"]).hexdigest() != row["sha256"]:
                return None
            return row["octets"], at_or_none(row["arrived_at"])

        return await self._run(work)

    async def sending(
        self, row: int, message_id: str, octets: bytes, *, now: datetime, retry_at: datetime
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE outbox SET unknowns = unknowns + (state = 'sending'), state = 'sending', "
                "message_id = ?, octets = ?, attempts = attempts + 1, "
                "first_attempt_at = coalesce(first_attempt_at, ?), due_at = ? WHERE id = ?",
                (message_id, octets, us(now), us(retry_at), row),
            )
            # A server may deliver to the owner's INBOX before it answers: our own ids come first.
            db.execute(
                "INSERT OR IGNORE INTO known_id (account, message_id, conversation, ours) "
                "SELECT outbox.account, ?, message.conversation, outbox.kind FROM outbox "
                "LEFT JOIN message ON message.id = outbox.message WHERE outbox.id = ?",
                (message_id, row),
            )

        await self._run(work)

    async def sent(
        self, row: int, now: datetime, *, file_to: str | None, follow_up_at: datetime | None
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE outbox SET state = 'sent', sent_at = ?, octets = NULL, last_reply = '' WHERE id = ?",
                (us(now), row),
            )
            message = db.execute("SELECT message FROM outbox WHERE id = ?", (row,)).fetchone()["message"]
            if message is None:
                return
            # The original stays until there is an answer: it may have to go to the next. A client who
            # writes again puts no deadline off.
            if is_wanted(db, row):
                db.execute(
                    "UPDATE conversation SET handed_at = ?, due_at = coalesce(due_at, ?) "
                    "WHERE id = (SELECT conversation FROM message WHERE id = ?) AND answered_at IS NULL",
                    (us(now), None if follow_up_at is None else us(follow_up_at), message),
                )
            db.execute(
                "UPDATE message SET file_to = ?, keyword = '$Forwarded' WHERE id = ? "
                "AND disposition = 'forward' AND is_there AND NOT asks_for_receipt AND ? IS NOT NULL",
                (file_to, message, file_to),
            )

        await self._run(work)

    async def deferred(
        self,
        row: int,
        text: str,
        due_at: datetime,
        *,
        backups: tuple[str, ...] = (),
        recipient: str | None = None,
        max_octets: int | None = None,
        anew: bool = True,
        is_unknown: bool = False,
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            if not is_wanted(db, row):
                _fail(db, row, text)
                return
            db.execute(
                "UPDATE outbox SET due_at = ?, last_reply = ?, max_octets = coalesce(?, max_octets), "
                "state = CASE WHEN state = 'sending' AND NOT ? THEN 'pending' ELSE state END WHERE id = ?",
                (us(due_at), text, max_octets, is_unknown, row),
            )
            if anew and not is_unknown:
                db.execute(
                    "UPDATE outbox SET state = 'pending', octets = NULL, message_id = NULL WHERE id = ?",
                    (row,),
                )
            if recipient is not None:
                _next_backup(db, row, text, backups, recipient)

        await self._run(work)

    async def in_doubt(self, message_id: str) -> tuple[int, str | None] | None:
        def work(db: sqlite3.Connection) -> tuple[int, str | None] | None:
            row = db.execute(
                "SELECT id, json_extract(backups, '$[0]') AS backup FROM outbox WHERE account = ? "
                "AND message_id = ? AND (state = 'sending' OR state = 'pending' AND attempts > 0 "
                "AND octets IS NOT NULL)",
                (self.account, message_id),
            ).fetchone()
            return (row["id"], row["backup"]) if row else None

        return await self._run(work)

    async def failed(self, row: int, text: str, now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            failed = db.execute("SELECT * FROM outbox WHERE id = ?", (row,)).fetchone()
            if failed["state"] == State.SENT:  # it turned up in Sent meanwhile
                return
            is_needed = is_wanted(db, row)
            _fail(db, row, text)
            if failed["kind"] == "review":  # what stood in it was not seen: in full in the next one
                db.execute(
                    "UPDATE message SET shown_in = NULL WHERE shown_in = "
                    "(SELECT id FROM review WHERE outbox = ?)",
                    (row,),
                )
            if failed["message"] is None or not is_needed:
                return
            key = (json.loads(failed["backups"]) or [""])[0]
            db.execute(
                "INSERT INTO failure (account, at, backup, message, reply) VALUES (?, ?, ?, ?, ?)",
                (failed["account"], us(now), key, failed["message"], text),
            )
            conversation = _conversation_of(db, failed["message"])
            if conversation["handed_at"] is None:
                give_back(db, conversation["id"], text)
            else:  # an earlier mail of it did arrive there: all of it goes to the next
                _ask_to_pass_on(db, conversation["id"], "failed")

        await self._run(work)

    async def submit(self, kind: Kind, recipient: str, octets: bytes, message_id: str, now: datetime) -> None:
        await self._run(lambda db: queue(db, self.account, kind, recipient, octets, message_id, now))


def _fail(db: sqlite3.Connection, row: int, text: str) -> None:
    db.execute("UPDATE outbox SET state = 'failed', octets = NULL, last_reply = ? WHERE id = ?", (text, row))


def _conversation_of(db: sqlite3.Connection, message: int) -> sqlite3.Row:
    found: sqlite3.Row = db.execute(
        "SELECT * FROM conversation WHERE id = (SELECT conversation FROM message WHERE id = ?)", (message,)
    ).fetchone()
    return found


def _ask_to_pass_on(db: sqlite3.Connection, conversation: int, why: str) -> None:
    db.execute(
        "UPDATE conversation SET pass_why = coalesce(pass_why, ?) WHERE id = ? AND answered_at IS NULL",
        (why, conversation),
    )


def _next_backup(
    db: sqlite3.Connection, row: int, text: str, backups: tuple[str, ...], recipient: str
) -> None:
    """After a refusal: the next of the chain has all of it, and the owner reads who had it first."""
    before = db.execute(
        "SELECT account, backups, message, due_at FROM outbox WHERE id = ?", (row,)
    ).fetchone()
    conversation = _conversation_of(db, before["message"])
    tried = json.loads(conversation["tried"])
    if conversation["handed_at"] is not None or conversation["backup"] in tried:
        # It was with somebody already: the next one reads so first.
        _fail(db, row, text)
        _ask_to_pass_on(db, conversation["id"], "failed")
    else:
        messages = "(SELECT id FROM message WHERE conversation = ? AND disposition = 'forward')"
        db.execute(
            "UPDATE outbox SET backups = ?, recipient = ?, attempts = 0, first_attempt_at = NULL "
            f"WHERE kind = 'forward' AND state = 'pending' AND message IN {messages}",
            (json.dumps(backups), recipient, conversation["id"]),
        )
        db.execute(
            f"UPDATE message SET backup = ? WHERE NOT answered AND id IN {messages}",
            (backups[0], conversation["id"]),
        )
        db.execute(
            # Whatever asked for another than the one before has been done with that.
            "UPDATE conversation SET backup = ?, tried = ?, "
            "pass_why = CASE WHEN pass_why = 'owner' THEN pass_why END WHERE id = ?",
            (backups[0], json.dumps([*tried, conversation["backup"]]), conversation["id"]),
        )
    db.execute(
        "INSERT INTO failure (account, at, backup, message, reply) VALUES (?, ?, ?, ?, ?)",
        (before["account"], before["due_at"], json.loads(before["backups"])[0], before["message"], text),
    )

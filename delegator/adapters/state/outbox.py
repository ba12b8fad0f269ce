"""Mail on its way out."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ...core.delivery import State
from ...core.handovers.conversation import Accepted, Refused
from ...core.handovers.machine import is_wanted
from ...ports import (
    InDoubt,
    Original,
    OutboxRow,
    OutgoingMail,
)
from .conversations import Doing, conversation_of, happens, load
from .part import Part, at_or_none, us
from .queue import queue

_MAY_GO = (
    "account = ? AND state IN ('pending', 'sending') AND (? OR kind <> 'forward') "
    # What is passed on waits for the mail that says who had it, however long that takes.
    "AND NOT EXISTS (SELECT 1 FROM outbox AS cover WHERE cover.id = outbox.cover "
    "AND cover.state IN ('pending', 'sending'))"
)
"""Of an account; of all its mail, or without the forwards."""


class OutboxTables(Part):
    """The OutboxStore port."""

    async def due(self, now: datetime, limit: int, *, forwards: bool) -> list[OutboxRow]:
        def work(db: sqlite3.Connection) -> list[OutboxRow]:
            rows = db.execute(
                f"SELECT * FROM outbox WHERE {_MAY_GO} AND due_at <= ? ORDER BY due_at, id LIMIT ?",
                (self.account, forwards, us(now), limit),
            ).fetchall()
            return [
                OutboxRow(
                    id=row["id"],
                    kind=row["kind"],
                    state=State(row["state"]),
                    recipient=row["recipient"],
                    backup=row["backup"],
                    following=tuple(json.loads(row["following"])),
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
                f"SELECT min(due_at) FROM outbox WHERE {_MAY_GO}", (self.account, forwards)
            ).fetchone()[0]
            return at_or_none(us)

        return await self._run(work)

    async def original(self, message: int) -> Original | None:
        def work(db: sqlite3.Connection) -> Original | None:
            row = db.execute(
                "SELECT original.octets, original.sha256, message.arrived_at FROM original "
                "JOIN message ON message.id = original.message WHERE original.message = ?",
                (message,),
            ).fetchone()
            if row is None or hashlib.sha256(row["octets"]).hexdigest() != row["sha256"]:
                return None
            return Original(row["octets"], at_or_none(row["arrived_at"]))

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
            found = _forward(db, row)
            if found is not None:
                event = Accepted(found.message, found.backup, now, follow_up_at)
                happens(db, found.conversation, event, Doing(now, file_to=file_to))

        await self._run(work)

    async def deferred(
        self,
        row: int,
        text: str,
        due_at: datetime,
        *,
        backups: tuple[str, ...] = (),
        max_octets: int | None = None,
        anew: bool = True,
        is_unknown: bool = False,
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            found = _forward(db, row)
            if found is not None and not found.is_wanted(db):
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
            if found is not None and backups:
                event = Refused(found.message, found.backup, backups, text, due_at)
                happens(db, found.conversation, event, Doing(due_at))

        await self._run(work)

    async def in_doubt(self, message_id: str) -> InDoubt | None:
        def work(db: sqlite3.Connection) -> InDoubt | None:
            row = db.execute(
                "SELECT id, backup FROM outbox WHERE account = ? "
                "AND message_id = ? AND (state = 'sending' OR state = 'pending' AND attempts > 0 "
                "AND octets IS NOT NULL)",
                (self.account, message_id),
            ).fetchone()
            return InDoubt(row["id"], row["backup"]) if row else None

        return await self._run(work)

    async def failed(self, row: int, text: str, now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            failed = db.execute("SELECT * FROM outbox WHERE id = ?", (row,)).fetchone()
            if failed["state"] == State.SENT:  # it turned up in Sent meanwhile
                return
            found = _forward(db, row)
            _fail(db, row, text)
            if failed["kind"] == "review":  # what stood in it was not seen: in full in the next one
                db.execute(
                    "UPDATE message SET shown_in = NULL WHERE shown_in = "
                    "(SELECT id FROM review WHERE outbox = ?)",
                    (row,),
                )
            if found is not None:
                event = Refused(found.message, found.backup, (), text, now)
                happens(db, found.conversation, event, Doing(now))

        await self._run(work)

    async def queue(self, mail: OutgoingMail, now: datetime) -> None:
        await self._run(lambda db: queue(db, self.account, mail, now))


def _fail(db: sqlite3.Connection, row: int, text: str) -> None:
    db.execute("UPDATE outbox SET state = 'failed', octets = NULL, last_reply = ? WHERE id = ?", (text, row))


@dataclass(frozen=True, slots=True)
class _Forward:
    """Whose mail a forward in the outbox carries, to which backup."""

    conversation: int
    message: int
    backup: str

    def is_wanted(self, db: sqlite3.Connection) -> bool:
        return is_wanted(load(db, self.conversation), self.message, self.backup)


def _forward(db: sqlite3.Connection, row: int) -> _Forward | None:
    """None: it is no forward."""
    found = db.execute("SELECT message, backup FROM outbox WHERE id = ?", (row,)).fetchone()
    if found["message"] is None:
        return None
    conversation = conversation_of(db, found["message"])
    assert conversation is not None
    return _Forward(conversation, found["message"], found["backup"])

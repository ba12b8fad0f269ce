"""Mail on its way out."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...core.attempt import Consequence, Deferred, Failed, NextBackup, Sent, SevenBit, Smaller, UnknownAgain
from ...core.delivery import State
from ...core.handovers.conversation import Accepted, Refused
from ...core.handovers.machine import is_wanted
from ...core.octets import Octets
from ...ports import (
    InDoubt,
    Original,
    OutboxRow,
    OutgoingMail,
    Sought,
)
from .conversations import Doing, conversation_of, happens, hear, load, show_again, unmake_review
from .damage import set_aside
from .originals import IS_ELSEWHERE, sought
from .part import Part, at_or_none, digest, strings, us
from .pieces import is_in_pieces, keep, kept
from .queue import queue

_MAY_GO = (
    "account = ? AND state IN ('pending', 'sending') "
    "AND (? OR kind NOT IN ('forward', 'cover', 'brief', 'overview')) "
    "AND (? OR kind NOT IN ('forward', 'cover')) "
    "AND coalesce((kind = 'alert') = ?, 1) "
    # What is passed on waits for the mail that says who had it, however long that takes.
    "AND NOT EXISTS (SELECT 1 FROM outbox AS cover WHERE cover.id = outbox.cover "
    "AND cover.state IN ('pending', 'sending')) "
    # That nobody need stand in is not read before the mail that asked for it.
    "AND NOT (kind = 'overview' AND EXISTS (SELECT 1 FROM outbox AS brief "
    "WHERE brief.account = outbox.account "
    "AND brief.kind = 'brief' AND brief.backup = outbox.backup AND brief.id < outbox.id "
    "AND brief.state IN ('pending', 'sending'))) "
    # What only the mailbox holds is fetched first; and the mail before it does not tell of it sooner.
    f"AND NOT (kind = 'forward' AND octets IS NULL AND {IS_ELSEWHERE}) "
    "AND NOT (kind = 'cover' AND EXISTS (SELECT 1 FROM outbox AS after WHERE after.cover = outbox.id "
    f"AND after.state = 'pending' AND {IS_ELSEWHERE.replace('outbox.', 'after.')}))"
)
"""What is due of an account: of all its mail, or without that to backups, or without forwards; of alerts
only, without them, or of both.
"""


_NEVER = timedelta(days=365)
"""Nothing is put off for so long: a moment beyond it was not meant."""


class OutboxTables(Part):
    """The OutboxStore port."""

    async def due(
        self,
        now: datetime,
        limit: int,
        *,
        to_backups: bool,
        forwards: bool = True,
        alerts: bool | None = None,
    ) -> list[OutboxRow]:
        def work(db: sqlite3.Connection) -> list[OutboxRow]:
            rows = db.execute(
                f"SELECT * FROM outbox WHERE {_MAY_GO} AND (due_at <= ? OR due_at > ?) "
                "ORDER BY due_at, id LIMIT ?",
                (self.account, to_backups, forwards, alerts, us(now), us(now + _NEVER), limit),
            ).fetchall()
            return [_due(db, row, now) for row in rows]

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

    async def hasten(self) -> int:
        return await self._run(
            lambda db: (
                db.execute(
                    "UPDATE outbox SET due_at = created_at WHERE account = ? AND state = 'pending' "
                    "AND attempts > 0",
                    (self.account,),
                ).rowcount
            )
        )

    async def next_due_at(
        self, *, to_backups: bool, forwards: bool = True, alerts: bool | None = None
    ) -> datetime | None:
        def work(db: sqlite3.Connection) -> datetime | None:
            us = db.execute(
                f"SELECT min(due_at) FROM outbox WHERE {_MAY_GO}",
                (self.account, to_backups, forwards, alerts),
            ).fetchone()[0]
            return at_or_none(us)

        return await self._run(work)

    async def original(self, message: int) -> Original | Sought | None:
        def work(db: sqlite3.Connection) -> Original | Sought | None:
            if (elsewhere := sought(db, message)) is not None:
                return elsewhere
            row = db.execute(
                "SELECT original.octets, original.sha256, message.arrived_at FROM original "
                "JOIN message ON message.id = original.message WHERE original.message = ?",
                (message,),
            ).fetchone()
            octets = row and kept(db, "original", message, row["octets"], row["sha256"])
            return None if octets is None else Original(octets, at_or_none(row["arrived_at"]))

        return await self._run(work)

    async def octets(self, row: int, now: datetime) -> bytes | None:
        def work(db: sqlite3.Connection) -> bytes | None:
            if (before := _row(db, row)) is None:
                return None
            octets = kept(db, "outbox", row, before["octets"], before["sha256"])
            if octets is None:
                _is_damaged(db, before, now)
            return octets

        return await self._run(work)

    async def written_to(self) -> frozenset[str]:
        def work(db: sqlite3.Connection) -> frozenset[str]:
            rows = db.execute("SELECT address FROM written_to WHERE account = ?", (self.account,)).fetchall()
            return frozenset(row["address"] for row in rows)

        return await self._run(work)

    async def sending(
        self,
        row: int,
        message_id: str,
        octets: bytes | Octets,
        *,
        backup: str | None,
        now: datetime,
        retry_at: datetime,
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            before = _row(db, row)
            if before is None or before["backup"] != backup:
                return False
            if before["state"] not in (State.PENDING, State.SENDING):
                return False
            own_octets, sha256 = keep(db, "outbox", row, octets)
            db.execute(
                "UPDATE outbox SET unknowns = ?, state = 'sending', message_id = ?, octets = ?, sha256 = ?, "
                "attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, ?), due_at = ? "
                "WHERE id = ?",
                (
                    before["unknowns"] + (before["state"] == State.SENDING),
                    message_id,
                    own_octets,
                    sha256,
                    us(now),
                    us(retry_at),
                    row,
                ),
            )
            # A server may deliver to the owner's INBOX before it answers: our own ids come first.
            conversation = None if before["message"] is None else conversation_of(db, before["message"])
            db.execute(
                "INSERT INTO known_id (account, message_id, conversation, ours) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                (self.account, message_id, conversation, before["kind"]),
            )
            return True

        return await self._run(work)

    async def record(
        self, row: int, consequence: Consequence, reply: str, now: datetime, *, file_to: str | None
    ) -> None:
        await self._run(
            lambda db: record_outcome(db, self.account, row, consequence, reply, Doing(now, file_to=file_to))
        )

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

    async def misaddressed(self, row: int, now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            if (before := _row(db, row)) is not None:
                was = {"recipient": before["recipient"]}
                set_aside(db, self.account, "outbox", row, was, us(now))

        await self._run(work)

    async def unmake_review(self, row: int) -> None:
        await self._run(lambda db: unmake_review(db, row))

    async def queue(self, mail: OutgoingMail, now: datetime) -> None:
        await self._run(lambda db: queue(db, self.account, mail, now))


def _due(db: sqlite3.Connection, row: sqlite3.Row, now: datetime) -> OutboxRow:
    octets, is_damaged = row["octets"], bool(row["is_damaged"])
    is_large = octets == b"" and is_in_pieces(db, "outbox", row["id"])
    if octets is not None and not is_large and row["sha256"] not in (None, digest(octets)):
        octets, is_damaged = None, True
        _is_damaged(db, row, now)
    if row["kind"] != "forward":  # it was composed when it was put there
        is_there = is_large or bool(octets)
        is_damaged = is_damaged or not (row["recipient"] and is_there and row["message_id"])
    carries = db.execute(
        "SELECT originator, conversation FROM message WHERE id = ?", (row["message"],)
    ).fetchone()
    return OutboxRow(
        id=row["id"],
        kind=row["kind"],
        state=State(row["state"]),
        recipient=row["recipient"],
        backup=row["backup"],
        following=strings(row["following"]),
        message=row["message"],
        attempts=row["attempts"],
        unknowns=row["unknowns"],
        first_attempt_at=at_or_none(row["first_attempt_at"]),
        octets=octets,
        message_id=row["message_id"],
        max_octets=row["max_octets"],
        note=row["note"],
        is_damaged=is_damaged,
        is_large=is_large,
        originator=carries["originator"] if carries else "",
        conversation=carries["conversation"] if carries else None,
    )


def _is_damaged(db: sqlite3.Connection, row: sqlite3.Row, now: datetime) -> None:
    was = {"octets": row["octets"][:_BEGINNING], "sha256": row["sha256"]}
    db.execute("UPDATE outbox SET octets = NULL, is_damaged = 1 WHERE id = ?", (row["id"],))
    set_aside(db, row["account"], "outbox", row["id"], was, us(now), row["message"])


_BEGINNING = 1000
"""Octets of a mail that was damaged, for whoever looks why."""


def _row(db: sqlite3.Connection, row: int) -> sqlite3.Row | None:
    """None: it was erased while an attempt was under way."""
    found: sqlite3.Row | None = db.execute("SELECT * FROM outbox WHERE id = ?", (row,)).fetchone()
    return found


def record_outcome(
    db: sqlite3.Connection, account: str, row: int, consequence: Consequence, reply: str, doing: Doing
) -> None:
    """What became of a mail on its way, and what follows for its conversation."""
    before = _row(db, row)
    if before is None or before["state"] == State.SENT:  # it turned up in Sent meanwhile
        return
    forward = _forward(db, before)
    if forward is not None and not isinstance(consequence, Sent) and not forward.is_wanted(db):
        _fail(db, row, reply)
        return
    match consequence:
        case Sent(follow_up_at):
            db.execute(
                "UPDATE outbox SET state = 'sent', sent_at = ?, octets = NULL, last_reply = '' WHERE id = ?",
                (us(doing.now), row),
            )
            if forward is not None:
                event = Accepted(forward.message, forward.backup, doing.now, follow_up_at)
                happens(db, forward.conversation, event, doing)
        case UnknownAgain(due_at):
            db.execute("UPDATE outbox SET due_at = ?, last_reply = ? WHERE id = ?", (us(due_at), reply, row))
        case Deferred(due_at, is_anew):
            _again(db, row, reply, due_at, is_anew=is_anew)
        case Smaller(max_octets):
            _again(db, row, reply, doing.now, is_anew=True)
            db.execute("UPDATE outbox SET max_octets = ? WHERE id = ?", (max_octets, row))
        case SevenBit():
            _again(db, row, reply, doing.now, is_anew=True)
        case NextBackup(backups):
            _again(db, row, reply, doing.now, is_anew=True)
            _refuse(db, forward, backups, reply, doing)
        case Failed(text, is_unreachable):
            _fail(db, row, text)
            show_again(db, row)
            _refuse(db, forward, (), text, doing)
            if is_unreachable:
                hear(db, account, before["backup"], "bounce", doing.now)


def _again(db: sqlite3.Connection, row: int, reply: str, due_at: datetime, *, is_anew: bool) -> None:
    kept = ", octets = NULL, message_id = NULL" if is_anew else ""
    db.execute(
        f"UPDATE outbox SET state = 'pending', due_at = ?, last_reply = ?{kept} WHERE id = ?",
        (us(due_at), reply, row),
    )


def _refuse(
    db: sqlite3.Connection, forward: _Forward | None, following: tuple[str, ...], text: str, doing: Doing
) -> None:
    if forward is not None:
        event = Refused(forward.message, forward.backup, following, text, doing.now)
        happens(db, forward.conversation, event, doing)


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


def _forward(db: sqlite3.Connection, row: sqlite3.Row) -> _Forward | None:
    """None: it is no forward, or its message is not there any more."""
    found = db.execute(
        "SELECT conversation FROM message WHERE id = ? AND conversation IS NOT NULL", (row["message"],)
    ).fetchone()
    return None if found is None else _Forward(found["conversation"], row["message"], row["backup"])

"""Messages as they are taken up, known again, or gone."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from ...core.folders import BELOW, DONE, is_ours
from ...core.handovers.known import Conversations, handover_ids
from ...core.mail.loop import is_loop_of
from ...core.mail.message import Address, Message
from ...core.triage.verdict import COMMANDS, Code, Disposition, explain, matched_text
from ...ports import (
    Place,
    Position,
    TakenUp,
)
from .commands import (
    alias_review,
    insert_command,
)
from .handovers import (
    apply_own_mails,
    backup_said,
    hand_over,
    note_bounce,
    note_evidence,
)
from .known import known_conversations
from .part import Part, us

PACE = timedelta(minutes=6)
"""Between two old mails to one backup: a first start on a full inbox is no avalanche."""


class IntakeTables(Part):
    """The IntakeStore port."""

    async def position(self, mailbox: str) -> Position | None:
        def work(db: sqlite3.Connection) -> Position | None:
            row = db.execute(
                "SELECT uidvalidity, uid FROM position WHERE account = ? AND mailbox = ?",
                (self.account, mailbox),
            ).fetchone()
            return Position(row["uidvalidity"], row["uid"]) if row else None

        return await self._run(work)

    async def advance(self, mailbox: str, position: Position) -> None:
        await self._run(lambda db: _advance(db, self.account, mailbox, position))

    async def conversations_for(self, message: Message, now: datetime) -> Conversations:
        return await self._run(lambda db: known_conversations(db, self.account, message, now))

    async def recognise(self, place: Place, message: Message) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            rows = db.execute(
                "SELECT * FROM message WHERE account = ? AND header_digest = ? ORDER BY id",
                (self.account, message.header_digest),
            ).fetchall()
            arrived = None if message.arrived_at is None else us(message.arrived_at)
            for row in rows:
                is_renumbered = row["mailbox"] == place.mailbox and row["uidvalidity"] != place.uidvalidity
                # Equal mails that are both there, or that arrived at different times, are two.
                # What was in a folder of ours may have been moved back since that was looked at.
                is_elsewhere = row["is_there"] and not is_ours(row["mailbox"])
                if not is_renumbered and (is_elsewhere or row["arrived_at"] != arrived):
                    continue
                db.execute(
                    "UPDATE message SET mailbox = ?, uidvalidity = ?, uid = ?, is_there = 1 WHERE id = ?",
                    (place.mailbox, place.uidvalidity, place.uid, row["id"]),
                )
                if not is_renumbered or not row["is_there"]:
                    _moved_back(db, row)
                _advance(db, self.account, place.mailbox, Position(place.uidvalidity, place.uid))
                return True
            return False

        return await self._run(work)

    async def take_up(self, taken: TakenUp) -> bool:
        return await self._run(lambda db: _take_up(db, self.account, taken))

    async def open_places(self, mailbox: str) -> list[Place]:
        def work(db: sqlite3.Connection) -> list[Place]:
            rows = db.execute(
                "SELECT uidvalidity, uid FROM message WHERE account = ? AND mailbox = ? AND is_there "
                "AND disposition = 'review' AND decided_at IS NULL ORDER BY uid",
                (self.account, mailbox),
            ).fetchall()
            return [Place(mailbox, row["uidvalidity"], row["uid"]) for row in rows]

        return await self._run(work)

    async def departed(self, places: Sequence[Place], now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE message SET is_there = 0, decided_at = coalesce(decided_at, ?) WHERE account = ? "
                "AND mailbox = ? AND uidvalidity = ? AND uid = ? AND is_there",
                [(us(now), self.account, place.mailbox, place.uidvalidity, place.uid) for place in places],
            )

        await self._run(work)

    async def found_in_junk(self, count: int, now: datetime) -> None:
        await self._run(
            lambda db: db.execute("INSERT INTO junk VALUES (?, ?, ?)", (self.account, us(now), count))
        )


def _advance(db: sqlite3.Connection, account: str, mailbox: str, position: Position) -> None:
    db.execute(
        "INSERT INTO position (account, mailbox, uidvalidity, uid) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET uid = CASE WHEN uidvalidity = excluded.uidvalidity "
        "THEN max(uid, excluded.uid) ELSE excluded.uid END, uidvalidity = excluded.uidvalidity",
        (account, mailbox, position.uidvalidity, position.uid),
    )


def _know(db: sqlite3.Connection, account: str, ids: Iterable[str], conversation: int) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO known_id (account, message_id, conversation) VALUES (?, ?, ?)",
        [(account, message_id, conversation) for message_id in ids],
    )


def _conversation(db: sqlite3.Connection, account: str, taken: TakenUp) -> int | None:
    """The conversation of a message that is taken up, made or joined; None for private and own mail."""
    message, verdict = taken.message, taken.verdict
    if verdict.disposition in (Disposition.PRIVATE, Disposition.IGNORE) or verdict.code is Code.OURS:
        return None
    if verdict.code in COMMANDS:
        return None
    conversation = verdict.conversation
    if conversation is None:
        for message_id in message.named_ids:
            row = db.execute(
                "SELECT conversation FROM known_id WHERE account = ? AND message_id = ? "
                "AND conversation IS NOT NULL",
                (account, message_id),
            ).fetchone()
            if row:
                conversation = row["conversation"]
                break
    if conversation is None:
        cursor = db.execute("INSERT INTO conversation (account, originators) VALUES (?, '[]')", (account,))
        conversation = cursor.lastrowid
    assert conversation is not None
    _know(db, account, handover_ids(message), conversation)
    if verdict.disposition is Disposition.FORWARD:
        hand_over(db, conversation, taken)
    else:
        note_evidence(db, conversation, verdict, taken.taken_up_at)
    return conversation


def _know_owners(db: sqlite3.Connection, account: str, message_id: str) -> None:
    db.execute("INSERT OR IGNORE INTO owners_id VALUES (?, ?)", (account, message_id))


def _moved_back(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    """A known message is in INBOX again: an open item, never forwarded again.

    What a command of the owner's put there ("later", "undo") stays as that said.
    """
    is_set_aside = row["disposition"] in (Disposition.PRIVATE, Disposition.OWN)
    if is_set_aside or "INBOX" in (row["file_to"], row["filed_in"]):
        db.execute("UPDATE message SET file_to = NULL, filed_in = NULL WHERE id = ?", (row["id"],))
        return
    if row["disposition"] == Disposition.FORWARD:
        db.execute(
            "UPDATE conversation SET withdrawn_at = coalesce(withdrawn_at, "
            "(SELECT last_contact_at FROM account WHERE account.account = conversation.account)) "
            "WHERE id = ? AND answered_at IS NULL",
            (row["conversation"],),
        )
    db.execute(
        "UPDATE message SET disposition = 'review', priority = coalesce(priority, 'normal'), "
        "decision = NULL, decided_at = NULL, shown_in = NULL, file_to = NULL, filed_in = NULL WHERE id = ?",
        (row["id"],),
    )


def _take_up(db: sqlite3.Connection, account: str, taken: TakenUp) -> bool:
    message, verdict, place = taken.message, taken.verdict, taken.place
    if db.execute(
        "SELECT 1 FROM message WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ? "
        "AND is_there",
        (account, place.mailbox, place.uidvalidity, place.uid),
    ).fetchone():
        return False
    if taken.is_by_owner and message.message_id:
        _know_owners(db, account, message.message_id)
    is_private = verdict.disposition is Disposition.PRIVATE
    sender = message.originator or next(iter(message.from_), Address("", ""))
    if is_private:  # that there is one, not what it says nor who wrote it
        sender = Address("", "")
    values: dict[str, Any] = {
        "account": account,
        "mailbox": place.mailbox,
        "uidvalidity": place.uidvalidity,
        "uid": place.uid,
        "is_there": 1,
        "header_digest": message.header_digest,
        "message_id": message.message_id,
        "arrived_at": None if message.arrived_at is None else us(message.arrived_at),
        "taken_up_at": us(taken.taken_up_at),
        "disposition": verdict.disposition,
        "code": verdict.code,
        "priority": verdict.priority,
        "backup": verdict.backup,
        "rule": verdict.rule,
        "reason": "" if is_private else explain(verdict),
        "matched": "" if is_private else matched_text(verdict),
        "detail": "" if is_private else verdict.detail,
        "conversation": _conversation(db, account, taken),
        "originator_name": sender.name,
        "originator": sender.address,
        "subject": "" if is_private else message.subject,
        "excerpt": "" if is_private else taken.excerpt,
        "text_characters": taken.text_characters,
        "attachments": "[]" if is_private else json.dumps([a.filename for a in message.attachments[:20]]),
        "traits": json.dumps(taken.traits.to_values(), separators=(",", ":")),
        "asks_for_receipt": message.asks_for_receipt,
        "file_to": None if message.asks_for_receipt else taken.file_to,
    }
    cursor = db.execute(
        f"INSERT INTO message ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )
    id_ = cursor.lastrowid
    if verdict.disposition is Disposition.FORWARD and taken.original is not None:
        db.execute(
            "INSERT INTO original (message, octets, sha256) VALUES (?, ?, ?)",
            (id_, taken.original, hashlib.sha256(taken.original).hexdigest()),
        )
        holder = db.execute(
            "SELECT backup FROM conversation WHERE id = ?", (values["conversation"],)
        ).fetchone()["backup"]
        is_passed_on = holder != verdict.backup  # with all of its conversation: see `hand_over`
        if is_passed_on:
            db.execute("UPDATE message SET backup = ? WHERE id = ?", (holder, id_))
        due_at = us(taken.taken_up_at)
        if taken.is_paced:
            last = db.execute(
                "SELECT max(due_at) FROM outbox WHERE account = ? AND is_paced "
                "AND json_extract(backups, '$[0]') = ?",
                (account, verdict.backup),
            ).fetchone()[0]
            due_at = max(due_at, (last or 0) + PACE // timedelta(microseconds=1))
        if not is_passed_on:
            db.execute(
                "INSERT INTO outbox (account, kind, state, recipient, backups, message, created_at, due_at, "
                "is_paced) VALUES (?, 'forward', 'pending', '', ?, ?, ?, ?, ?)",
                (account, json.dumps(verdict.backups), id_, us(taken.taken_up_at), due_at, taken.is_paced),
            )
    if verdict.code is Code.BOUNCE and message.bounce is not None:
        note_bounce(db, account, message.bounce.message_ids, taken.taken_up_at)
    apply_own_mails(db, account, taken)
    if taken.said is not None:
        backup_said(db, account, *taken.said, taken.taken_up_at)
    if verdict.code in COMMANDS:
        insert_command(db, account, taken)
    if verdict.code is Code.OURS:
        _know_by_its_new_id(db, account, message)
        _file_earlier_reviews(db, account, message.message_id, id_)
    _advance(db, account, place.mailbox, Position(place.uidvalidity, place.uid))
    return True


_LOOK_BACK = 50  # of our own mails: what comes back does so within minutes


def _know_by_its_new_id(db: sqlite3.Connection, account: str, message: Message) -> None:
    """Some servers give what is submitted a Message-ID of theirs, and a reply names that one."""
    known = "SELECT 1 FROM known_id WHERE account = ? AND message_id = ?"
    if message.message_id is None or db.execute(known, (account, message.message_id)).fetchone():
        return
    key = db.execute("SELECT loop_key FROM account WHERE account = ?", (account,)).fetchone()["loop_key"]
    rows = db.execute(
        "SELECT id, kind, message_id FROM outbox WHERE account = ? AND message_id IS NOT NULL "
        "ORDER BY id DESC LIMIT ?",
        (account, _LOOK_BACK),
    ).fetchall()
    for row in rows:
        if is_loop_of(key, message, row["message_id"]):
            db.execute(
                "INSERT INTO known_id (account, message_id, ours) VALUES (?, ?, ?)",
                (account, message.message_id, row["kind"]),
            )
            review = db.execute("SELECT id FROM review WHERE outbox = ?", (row["id"],)).fetchone()
            if review:
                alias_review(db, account, message.message_id, review["id"])
            return


def _file_earlier_reviews(
    db: sqlite3.Connection, account: str, message_id: str | None, arrived: int | None
) -> None:
    """Our own mail has arrived: a review, and what we asked or could not do, stays until the next review.

    Everything else is filed.
    """

    def kind(id_: str | None) -> str | None:
        row = db.execute(
            "SELECT ours FROM known_id WHERE account = ? AND message_id = ?", (account, id_)
        ).fetchone()
        return row["ours"] if row else None

    if kind(message_id) not in ("review", "answer"):
        return
    has_folders = db.execute("SELECT file_to FROM message WHERE id = ?", (arrived,)).fetchone()["file_to"]
    db.execute("UPDATE message SET file_to = NULL WHERE id = ?", (arrived,))
    if kind(message_id) != "review" or has_folders is None:
        return
    rows = db.execute(
        "SELECT id, message_id FROM message WHERE account = ? AND code = ? AND is_there AND id < ? "
        f"AND mailbox NOT LIKE '{BELOW}%'",
        (account, Code.OURS, arrived),
    ).fetchall()
    for row in rows:
        if kind(row["message_id"]) in ("review", "answer"):
            db.execute("UPDATE message SET file_to = ? WHERE id = ?", (DONE, row["id"]))

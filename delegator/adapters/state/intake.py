"""Messages as they are taken up, known again, or gone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any

from ...core.folders import BELOW, DONE, is_ours
from ...core.handovers.codes import Code, Disposition
from ...core.handovers.conversation import MovedBack, with_id
from ...core.handovers.known import Conversations, handover_ids
from ...core.handovers.machine import comes_back
from ...core.mail.loop import is_loop_of
from ...core.mail.message import Message
from ...core.mail.place import known_again
from ...core.reviews.follows import TakenUp, is_over, stays_in_inbox, takes_its_place
from ...ports import Arrived, Decide, Entry, NotYet, Place, Position, Undecided
from .commands import alias_review, insert_command, was_heard
from .conversations import (
    Doing,
    happens,
    hear,
    keep_original,
    new_conversation,
    obey_backup,
    reopen_alone,
)
from .damage import set_aside
from .handovers import apply_own_mails, note_bounce
from .known import known_conversations
from .part import Part, at_or_none, us, us_or_none
from .places import known_alike, move_to


class IntakeTables(Part):
    """The IntakeStore and MoveStore ports."""

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

    async def set_back(self, mailbox: str, now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            key = (self.account, mailbox)
            row = db.execute(
                "SELECT rowid AS at_row, * FROM position WHERE account = ? AND mailbox = ?", key
            ).fetchone()
            if row is not None:
                set_aside(db, self.account, "position", row["at_row"], dict(row), us(now))
                db.execute("DELETE FROM position WHERE account = ? AND mailbox = ?", key)

        await self._run(work)

    async def taken_up_at(self, places: Sequence[Place]) -> dict[Place, tuple[datetime | None, str]]:
        def work(db: sqlite3.Connection) -> dict[Place, tuple[datetime | None, str]]:
            found: dict[Place, tuple[datetime | None, str]] = {}
            for place in places:
                row = db.execute(
                    "SELECT arrived_at, header_digest FROM message WHERE account = ? AND mailbox = ? "
                    "AND uidvalidity = ? AND uid = ? ORDER BY id DESC LIMIT 1",
                    (self.account, place.mailbox, place.uidvalidity, place.uid),
                ).fetchone()
                if row is not None:
                    found[place] = (at_or_none(row["arrived_at"]), row["header_digest"])
            return found

        return await self._run(work)

    async def ends_before(self, mailbox: str, uidvalidity: int, uidnext: int) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE message SET is_there = 0, file_to = NULL, keyword = NULL "
                "WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid >= ? AND is_there",
                (self.account, mailbox, uidvalidity, uidnext),
            )

        await self._run(work)

    async def replaced(self, places: Sequence[Place]) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE message SET is_there = 0, file_to = NULL, keyword = NULL "
                "WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ?",
                [(self.account, place.mailbox, place.uidvalidity, place.uid) for place in places],
            )

        await self._run(work)

    async def conversations_for(self, message: Message, now: datetime, originator: str = "") -> Conversations:
        return await self._run(lambda db: known_conversations(db, self.account, message, now, originator))

    async def recognise(self, place: Place, message: Message, now: datetime) -> bool:
        return await self._run(lambda db: _recognise(db, self.account, place, message, now))

    async def take_up(self, place: Place, taken: TakenUp) -> tuple[bool, ...] | None:
        return await self._run(lambda db: _take_up(db, self.account, place, taken))

    async def take_up_each(
        self, arrived: Sequence[Arrived], decide: Decide, now: datetime, upto: Position | None
    ) -> list[Entry]:
        def work(db: sqlite3.Connection) -> list[Entry]:
            entries: list[Entry] = []
            for number, one in enumerate(arrived):
                if one.has_octets and _recognise(db, self.account, one.place, one.message, now):
                    entries.append(Entry(None, is_recognised=True))
                    continue
                known = known_conversations(db, self.account, one.message, now, one.counted_as)
                try:
                    taken = decide(number, known)
                except Exception as bug:
                    raise Undecided from bug  # it says nothing of the rows
                if taken is NotYet.WANTS_WHOLE:
                    return entries
                if isinstance(taken, NotYet):
                    entries.append(Entry(None))
                    continue
                obeyed = _take_up(db, self.account, one.place, taken)
                entries.append(Entry(None) if obeyed is None else Entry(taken, obeyed))
            if arrived and upto is not None:
                _advance(db, self.account, arrived[0].place.mailbox, upto)
            return entries

        return await self._run(work)

    async def offer(self, place: Place, taken: TakenUp) -> int | None:
        return await self._run(lambda db: offer(db, self.account, place, taken))

    async def elsewhere(self, arrived: Sequence[Arrived]) -> list[tuple[Place, Place]]:
        def work(db: sqlite3.Connection) -> list[tuple[Place, Place]]:
            found: dict[Place, Place] = {}
            for one in arrived:
                rows = db.execute(
                    "SELECT mailbox, uidvalidity, uid FROM message WHERE account = ? AND header_digest = ? "
                    "AND arrived_at = ? AND is_there AND mailbox != ? AND code != ? ORDER BY id",
                    (
                        self.account,
                        one.message.header_digest,
                        us_or_none(one.message.arrived_at),
                        one.place.mailbox,
                        Code.IN_JUNK,
                    ),
                ).fetchall()
                places = (Place(row["mailbox"], row["uidvalidity"], row["uid"]) for row in rows)
                other = next(
                    (place for place in places if not is_ours(place.mailbox) and place not in found), None
                )
                if other is not None and one.has_octets:
                    found[other] = one.place
            return list(found.items())

        return await self._run(work)

    async def moved(self, places: Sequence[tuple[Place, Place]]) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE message SET mailbox = ?, uidvalidity = ?, uid = ? "
                "WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ? AND is_there",
                [(*astuple(now), self.account, *astuple(was)) for was, now in places],
            )

        await self._run(work)

    async def open_places(self, mailbox: str) -> list[Place]:
        def work(db: sqlite3.Connection) -> list[Place]:
            rows = db.execute(
                "SELECT uidvalidity, uid FROM message WHERE account = ? AND mailbox = ? AND is_there "
                "AND disposition = 'review' AND decided_at IS NULL ORDER BY uid",
                (self.account, mailbox),
            ).fetchall()
            return [Place(mailbox, row["uidvalidity"], row["uid"]) for row in rows]

        return await self._run(work)

    async def unreadable_places(self, mailbox: str) -> list[Place]:
        return await self._run(lambda db: self._unreadable(db, mailbox))

    def _unreadable(self, db: sqlite3.Connection, mailbox: str) -> list[Place]:
        rows = db.execute(
            "SELECT uidvalidity, uid FROM message WHERE account = ? AND mailbox = ? AND is_there "
            "AND code = ? AND decided_at IS NULL ORDER BY uid",
            (self.account, mailbox, Code.UNREADABLE),
        ).fetchall()
        return [Place(mailbox, row["uidvalidity"], row["uid"]) for row in rows]

    async def departed(self, places: Sequence[Place], now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE message SET is_there = 0, decided_at = coalesce(decided_at, ?) WHERE account = ? "
                "AND mailbox = ? AND uidvalidity = ? AND uid = ? AND is_there",
                [(us(now), self.account, place.mailbox, place.uidvalidity, place.uid) for place in places],
            )

        await self._run(work)

    async def seen_in_junk(self, message: Message) -> None:
        if message.arrived_at is None:
            return
        values = (self.account, message.header_digest, us(message.arrived_at))
        await self._run(
            lambda db: db.execute("INSERT INTO seen_in_junk VALUES (?, ?, ?) ON CONFLICT DO NOTHING", values)
        )

    async def found_in_junk(self, count: int, now: datetime) -> None:
        await self._run(
            lambda db: db.execute("INSERT INTO junk VALUES (?, ?, ?)", (self.account, us(now), count))
        )


def _recognise(db: sqlite3.Connection, account: str, place: Place, message: Message, now: datetime) -> bool:
    again = known_again(known_alike(db, account, message.header_digest), place, message.arrived_at)
    if again is None:
        return False
    move_to(db, again.id, place)
    if again.is_back:
        _moved_back(db, again.id, now)
    _advance(db, account, place.mailbox, Position(place.uidvalidity, place.uid))
    return True


def _advance(db: sqlite3.Connection, account: str, mailbox: str, position: Position) -> None:
    db.execute(
        "INSERT INTO position (account, mailbox, uidvalidity, uid) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (account, mailbox) DO UPDATE SET uid = CASE "
        "WHEN position.uidvalidity = excluded.uidvalidity AND position.uid > excluded.uid "
        "THEN position.uid ELSE excluded.uid END, uidvalidity = excluded.uidvalidity",
        (account, mailbox, position.uidvalidity, position.uid),
    )


def know(db: sqlite3.Connection, account: str, ids: Iterable[str], conversation: int) -> None:
    db.executemany(
        "INSERT INTO known_id (account, message_id, conversation) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(account, message_id, conversation) for message_id in ids],
    )


def _conversation(db: sqlite3.Connection, account: str, taken: TakenUp) -> int:
    """The conversation that a message makes or joins."""
    conversation = taken.conversation
    for message_id in taken.message.named_ids:
        if conversation is not None:
            break
        row = db.execute(
            "SELECT conversation FROM known_id WHERE account = ? AND message_id = ? "
            "AND conversation IS NOT NULL",
            (account, message_id),
        ).fetchone()
        conversation = row["conversation"] if row else None
    if conversation is None:
        conversation = new_conversation(db, account)
    know(db, account, handover_ids(taken.message), conversation)
    return conversation


def _know_owners(db: sqlite3.Connection, account: str, message_id: str) -> None:
    db.execute("INSERT INTO owners_id VALUES (?, ?) ON CONFLICT DO NOTHING", (account, message_id))


def _moved_back(db: sqlite3.Connection, message: int, now: datetime) -> None:
    """A known message is in INBOX again."""
    row = db.execute("SELECT * FROM message WHERE id = ?", (message,)).fetchone()
    filed = (row["file_to"], row["filed_in"])
    db.execute("UPDATE message SET file_to = NULL, filed_in = NULL WHERE id = ?", (row["id"],))
    if not comes_back(Disposition(row["disposition"]), filed):
        return
    if row["conversation"] is None:
        reopen_alone(db, row["id"])
    else:
        happens(db, row["conversation"], MovedBack(row["id"], now), Doing(now))


def _take_up(db: sqlite3.Connection, account: str, place: Place, taken: TakenUp) -> tuple[bool, ...] | None:
    known = db.execute(
        "SELECT id, code, decided_at FROM message WHERE account = ? AND mailbox = ? AND uidvalidity = ? "
        "AND uid = ? AND is_there",
        (account, place.mailbox, place.uidvalidity, place.uid),
    ).fetchone()
    if known is not None:
        # What could not be read, and can be now, takes the place of the item that said so.
        if not takes_its_place(Code(known["code"]), known["decided_at"] is not None, taken.code):
            return None
        db.execute("DELETE FROM message WHERE id = ?", (known["id"],))
    message, now = taken.message, taken.taken_up_at
    if taken.is_by_owner and message.message_id:
        _know_owners(db, account, message.message_id)
    id_ = _insert(db, account, place, taken, known["id"] if known is not None else None)
    if taken.original is not None:
        keep_original(db, id_, taken.original)
    if taken.event is not None:
        conversation = _conversation(db, account, taken)
        happens(db, conversation, with_id(taken.event, id_), Doing(now))
    if taken.counted_as is not None:
        db.execute(
            "INSERT INTO handover_count (account, originator, at) VALUES (?, ?, ?)",
            (account, taken.counted_as, us(message.arrived_at or now)),
        )
    note_bounce(db, account, taken.bounced, now)
    apply_own_mails(db, account, taken)
    if taken.said is not None:
        hear(db, account, *taken.said, now)
    if taken.command is not None and not was_heard(db, account, message):
        insert_command(db, account, taken.command, now)
    if taken.is_ours:
        _know_by_its_new_id(db, account, message)
        _file_earlier_reviews(db, account, message.message_id, id_)
    _advance(db, account, place.mailbox, Position(place.uidvalidity, place.uid))
    return tuple(obey_backup(db, account, order, now) for order in taken.commands)


def offer(db: sqlite3.Connection, account: str, place: Place, taken: TakenUp) -> int | None:
    """Know a mail of before the absence: decided, as it is, until a tap says otherwise."""
    known = db.execute(
        "SELECT id FROM message WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ? "
        "AND is_there",
        (account, place.mailbox, place.uidvalidity, place.uid),
    ).fetchone()
    if known is not None:
        found: int = known["id"]
        return found
    id_ = _insert(db, account, place, taken, None)
    conversation = new_conversation(db, account)
    know(db, account, handover_ids(taken.message), conversation)
    at_us = us(taken.message.arrived_at or taken.taken_up_at)
    db.execute(
        "UPDATE message SET disposition = 'review', backup = NULL, conversation = ?, taken_up_at = ?, "
        "decided_at = ?, file_to = NULL WHERE id = ?",
        (conversation, at_us, us(taken.taken_up_at), id_),
    )
    return id_


def _insert(db: sqlite3.Connection, account: str, place: Place, taken: TakenUp, id_: int | None) -> int:
    """id_: of the item that it takes the place of, by which reviews and buttons know it; None: a new one."""
    message = taken.message
    values: dict[str, Any] = {
        "id": id_,
        "account": account,
        "mailbox": place.mailbox,
        "uidvalidity": place.uidvalidity,
        "uid": place.uid,
        "is_there": 1,
        "header_digest": message.header_digest,
        "message_id": message.message_id,
        "arrived_at": us_or_none(message.arrived_at),
        "taken_up_at": us(taken.taken_up_at),
        "disposition": taken.disposition,
        "code": taken.code,
        "priority": taken.priority,
        "backup": taken.backup,
        "rule": taken.rule,
        "reason": taken.reason,
        "matched": taken.matched,
        "detail": taken.detail,
        "originator_name": taken.sender.name,
        "originator": taken.sender.address,
        "subject": taken.subject,
        "excerpt": taken.excerpt,
        "new_text": taken.new,
        "text_characters": taken.text_characters,
        "attachments": json.dumps(taken.attachments),
        "traits": json.dumps(taken.traits.to_values(), separators=(",", ":")),
        "asks_for_receipt": message.asks_for_receipt,
        "file_to": taken.file_to,
    }
    cursor = db.execute(
        f"INSERT INTO message ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


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
            db.execute(
                "INSERT INTO reply_secret SELECT account, ?, expires_at FROM reply_secret "
                "WHERE account = ? AND message_id = ? ON CONFLICT DO NOTHING",
                (message.message_id, account, row["message_id"]),
            )
            review = db.execute("SELECT id FROM review WHERE outbox = ?", (row["id"],)).fetchone()
            if review:
                alias_review(db, account, message.message_id, review["id"])
            return


def _file_earlier_reviews(
    db: sqlite3.Connection, account: str, message_id: str | None, arrived: int | None
) -> None:
    """Our own mail has arrived: it stays in INBOX, or is filed; and so is what the owner no longer needs."""

    def kind(id_: str | None) -> str | None:
        row = db.execute(
            "SELECT ours FROM known_id WHERE account = ? AND message_id = ?", (account, id_)
        ).fetchone()
        return row["ours"] if row else None

    arrived_kind = kind(message_id)
    if not stays_in_inbox(arrived_kind):
        return
    has_folders = db.execute("SELECT file_to FROM message WHERE id = ?", (arrived,)).fetchone()["file_to"]
    db.execute("UPDATE message SET file_to = NULL WHERE id = ?", (arrived,))
    if has_folders is None:
        return
    rows = db.execute(
        "SELECT id, message_id FROM message WHERE account = ? AND code = ? AND is_there AND id < ? "
        f"AND mailbox NOT LIKE '{BELOW}%'",
        (account, Code.OURS, arrived),
    ).fetchall()
    for row in rows:
        if is_over(kind(row["message_id"]), arrived_kind):
            db.execute("UPDATE message SET file_to = ? WHERE id = ?", (DONE, row["id"]))

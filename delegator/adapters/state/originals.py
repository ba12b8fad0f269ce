"""The octets of forwarded mail: let go once the mailbox is seen to hold them, and back when they are needed.

One is here, or its place in the mailbox and its digest are, never neither.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from ...core.handovers.conversation import Vanished
from ...core.mail.place import Place
from ...ports.originals import Sought
from .conversations import Doing, conversation_of, happens, keep_original
from .part import Part, at_or_none
from .pieces import SIZE_OCTETS

IS_ELSEWHERE = (
    "EXISTS (SELECT 1 FROM original WHERE original.message = outbox.message AND original.mailbox IS NOT NULL)"
)
"""Of a forward in the outbox: only the mailbox has what it carries."""

_IS_IDLE = (
    "NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.message = original.message "
    "AND outbox.state IN ('pending', 'sending'))"
)
"""No attempt at it is to be made, or may have been made without an answer."""

_SOUGHT = (
    "SELECT message.id, message.message_id, message.arrived_at, message.is_there, message.filed_in, "
    "message.mailbox AS lies_in, message.uidvalidity AS lies_validity, message.uid AS lies_uid, "
    f"original.sha256, original.mailbox, original.uidvalidity, original.uid, {SIZE_OCTETS} AS size, "
    "(SELECT min(created_at) FROM outbox WHERE outbox.message = message.id AND state = 'pending') AS since "
    "FROM original JOIN message ON message.id = original.message "
)

_SMALL_OCTETS = 64 * 1024 * 1024
"""A state of this size is written anew in half a second, in which no other account has its turn."""


class OriginalTables(Part):
    """The OriginalStore port."""

    async def may_go(self, limit: int) -> Sequence[Sought]:
        return await self._run(lambda db: self._may_go(db, limit))

    def _may_go(self, db: sqlite3.Connection, limit: int) -> Sequence[Sought]:
        rows = db.execute(
            f"{_SOUGHT}WHERE original.may_go AND message.account = ? AND message.file_to IS NULL "
            f"AND {_IS_IDLE} ORDER BY original.message LIMIT ?",
            (self.account, limit),
        ).fetchall()
        return [_sought(row) for row in rows]

    async def let_go(self, message: int, place: Place) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            gone = db.execute(
                "UPDATE original SET octets = x'', may_go = 0, mailbox = ?, uidvalidity = ?, uid = ? "
                f"WHERE message = ? AND may_go AND {_IS_IDLE}",
                (place.mailbox, place.uidvalidity, place.uid, message),
            )
            if gone.rowcount:
                db.execute("DELETE FROM piece WHERE of = 'original' AND row = ?", (message,))
            return bool(gone.rowcount)

        return await self._run(work)

    async def stays(self, message: int) -> None:
        await self._run(lambda db: db.execute("UPDATE original SET may_go = 0 WHERE message = ?", (message,)))

    async def give_back_room(self) -> None:
        await self._wipe(whole=False, most_octets=_SMALL_OCTETS)

    async def wanted(self) -> Sequence[Sought]:
        return await self._run(self._wanted)

    def _wanted(self, db: sqlite3.Connection) -> Sequence[Sought]:
        rows = db.execute(
            f"{_SOUGHT}WHERE original.mailbox IS NOT NULL AND original.message IN "
            "(SELECT message FROM outbox WHERE account = ? AND state IN ('pending', 'sending')) "
            "ORDER BY since",
            (self.account,),
        ).fetchall()
        return [_sought(row) for row in rows]

    async def came_back(self, message: int, octets: bytes) -> None:
        def work(db: sqlite3.Connection) -> None:
            if db.execute("SELECT 1 FROM original WHERE message = ?", (message,)).fetchone():
                keep_original(db, message, octets)  # else it was answered, or erased, meanwhile

        await self._run(work)

    async def vanished(self, message: int, now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            conversation = conversation_of(db, message)
            if conversation is not None:
                happens(db, conversation, Vanished(message), Doing(now))
            db.execute(  # whatever it was, it goes to nobody now, and nor does what would tell of it
                "UPDATE outbox SET state = 'failed', last_reply = ? WHERE message = ? "
                "AND state = 'pending' AND octets IS NULL",
                (_VANISHED, message),
            )
            db.execute(
                "UPDATE outbox SET state = 'failed', octets = NULL, last_reply = ? WHERE kind = 'cover' "
                "AND state = 'pending' AND attempts = 0 "
                "AND id IN (SELECT cover FROM outbox WHERE message = ?) AND NOT EXISTS "
                "(SELECT 1 FROM outbox AS after WHERE after.cover = outbox.id AND after.state <> 'failed')",
                (_VANISHED, message),
            )

        await self._run(work)


_VANISHED = "the mail is nowhere in the mailbox any more"


def sought(db: sqlite3.Connection, message: int) -> Sought | None:
    """None: its octets are here, or it was never forwarded."""
    row = db.execute(
        f"{_SOUGHT}WHERE original.message = ? AND original.mailbox IS NOT NULL", (message,)
    ).fetchone()
    return None if row is None else _sought(row)


def _sought(row: sqlite3.Row) -> Sought:
    place = None
    if row["is_there"]:
        place = Place(row["lies_in"], row["lies_validity"], row["lies_uid"])
    elif row["mailbox"] is not None:
        place = Place(row["mailbox"], row["uidvalidity"], row["uid"])
    return Sought(
        message=row["id"],
        sha256=row["sha256"],
        size_octets=row["size"],
        message_id=row["message_id"],
        arrived_at=at_or_none(row["arrived_at"]),
        place=place,
        folder=row["filed_in"],
        since_at=at_or_none(row["since"]),
    )

"""What was changed of the owner's absence since rules.yaml was written."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from ...core.hours.absence import Alteration, Change, Kept, altered
from ...core.people import Window
from ...ports import OutgoingMail, Settled
from .part import Part, at, at_or_none, us, us_or_none, windows, zone_name
from .queue import queue

MOST_AWAITED = 60
"""Answers are looked for one by one; who has not answered sixty mails later answers a newer one."""


class AbsenceTables(Part):
    """The AbsenceStore port."""

    async def kept(self) -> Kept:
        return await self._run(lambda db: _kept(db, owner_of(self.account)))

    async def alter(self, alteration: Alteration, mail: OutgoingMail, now: datetime) -> Kept:
        def work(db: sqlite3.Connection) -> Kept:
            queue(db, self.account, mail, now)
            return alter(db, self.account, alteration)

        return await self._run(work)

    async def said_away(self) -> dict[str, tuple[Window, ...]]:
        def work(db: sqlite3.Connection) -> dict[str, tuple[Window, ...]]:
            rows = db.execute(
                "SELECT backup, away FROM backup WHERE account = ? AND said = 'dates'", (self.account,)
            ).fetchall()
            return {row["backup"]: windows(row["away"]) for row in rows}

        return await self._run(work)

    async def settled(self, mailbox: str, uidvalidity: int) -> dict[int, Settled]:
        def work(db: sqlite3.Connection) -> dict[int, Settled]:
            rows = db.execute(
                "SELECT uid, disposition = 'own' AS is_own FROM message LEFT JOIN conversation "
                "ON conversation.id = message.conversation WHERE message.account = ? AND mailbox = ? "
                "AND uidvalidity = ? AND is_there "
                "AND (disposition = 'own' OR decision = 'done' OR conversation.answered_at IS NOT NULL)",
                (self.account, mailbox, uidvalidity),
            ).fetchall()
            return {row["uid"]: "own" if row["is_own"] else "done" for row in rows}

        return await self._run(work)

    async def awaited(self, now: datetime) -> tuple[str, ...]:
        def work(db: sqlite3.Connection) -> tuple[str, ...]:
            parts = parts_of(self.account)
            rows = db.execute(
                "SELECT outbox.message_id FROM outbox WHERE outbox.account IN (?, ?) "
                "AND outbox.state <> 'failed' AND outbox.message_id IN ("
                "SELECT message_id FROM reply_secret WHERE account IN (?, ?) AND expires_at > ? "
                "UNION SELECT message_id FROM letter WHERE account = ? AND kind = 'brief' "
                "UNION SELECT sent.message_id FROM outbox AS sent JOIN message ON message.id = sent.message "
                "JOIN conversation ON conversation.id = message.conversation WHERE sent.account = ? "
                "AND sent.kind = 'forward' AND conversation.backup IS NOT NULL "
                "AND conversation.answered_at IS NULL) ORDER BY outbox.id DESC LIMIT ?",
                (*parts, *parts, us(now), self.account, self.account, MOST_AWAITED),
            ).fetchall()
            return tuple(row["message_id"] for row in rows)

        return await self._run(work)


def owner_of(account: str) -> str:
    """A trial's state is kept apart, but not its absence."""
    return account.partition("/")[0]


def parts_of(account: str) -> tuple[str, str]:
    """The account's own part of the state and its trial's: of the absence, both may say something."""
    owner = owner_of(account)
    return owner, f"{owner}/shadow"


def alter(db: sqlite3.Connection, account: str, alteration: Alteration) -> Kept:
    """Within the transaction of what brought it; what is kept from then on."""
    owner = owner_of(account)
    before = _kept(db, owner)
    after = altered(before, alteration)
    if after.changes != before.changes:
        db.execute("DELETE FROM absence_change WHERE account = ?", (owner,))
        db.executemany(
            "INSERT INTO absence_change (account, from_at, until_at, file_from_at, file_until_at, cover, "
            "is_trial, is_called_off) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    owner,
                    us(change.window.from_at),
                    us(change.window.until_at),
                    us(change.replaces.from_at) if change.replaces else None,
                    us(change.replaces.until_at) if change.replaces else None,
                    change.cover,
                    change.is_trial,
                    change.is_called_off,
                )
                for change in after.changes
            ],
        )
    zone, zone_at = after.zone or (None, None)
    db.execute(
        "INSERT INTO absence_state (account, paused_at, zone, zone_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (account) DO UPDATE SET paused_at = excluded.paused_at, zone = excluded.zone, "
        "zone_at = excluded.zone_at",
        (owner, us_or_none(after.paused_at), zone, us_or_none(zone_at)),
    )
    return after


def kept_of(db: sqlite3.Connection, account: str) -> Kept:
    """What is kept of an account's absence, or of its trial's."""
    return _kept(db, owner_of(account))


def _kept(db: sqlite3.Connection, owner: str) -> Kept:
    changes = tuple(
        Change(
            Window(at(row["from_at"]), at(row["until_at"])),
            None
            if row["file_from_at"] is None or row["file_until_at"] is None
            else Window(at(row["file_from_at"]), at(row["file_until_at"])),
            row["cover"],
            bool(row["is_trial"]),
            bool(row["is_called_off"]),
        )
        for row in db.execute("SELECT * FROM absence_change WHERE account = ? ORDER BY id", (owner,))
    )
    row = db.execute("SELECT * FROM absence_state WHERE account = ?", (owner,)).fetchone()
    if row is None:
        return Kept(changes)
    is_elsewhere = row["zone"] is not None and row["zone_at"] is not None
    elsewhere = (zone_name(row["zone"]), at(row["zone_at"])) if is_elsewhere else None
    return Kept(changes, at_or_none(row["paused_at"]), elsewhere)

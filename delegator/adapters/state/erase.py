"""What is erased of an absence that is over, of an account, or of one correspondent.

Erased is gone from the file, too: SQLite overwrites what is deleted (secure_delete), its log is emptied
afterwards, and pages that became free are given back.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime

from ...ports import Forgotten
from .part import Part, at_or_none, strings, us

BY_MOMENT: Mapping[str, str] = {
    "message": "taken_up_at",
    "outbox": "created_at",
    "failure": "at",
    "review": "created_at",
    "junk": "at",
    "outage": "to_at",
    "letter": "at",
    "own_mail": "sent_at",
    "command": "at",
    "receipt": "at",
    "handover_count": "at",
    "written_to": "at",
    "seen_in_junk": "arrived_at",
    "set_aside": "at",
    "backup": "coalesce(said_at, absent_since, 0)",
    "absence_change": "until_at",
}
"""Each with its moment: what is from up to the end of an absence goes with it."""

BY_REFERENCE: Mapping[str, str] = {
    "original": "message NOT IN (SELECT id FROM message)",
    "piece": "CASE of WHEN 'original' THEN row NOT IN (SELECT message FROM original) "
    "ELSE row NOT IN (SELECT id FROM outbox) END",
    "review_line": "review NOT IN (SELECT id FROM review)",
    "review_alias": "review NOT IN (SELECT id FROM review)",
    "reply_secret": "message_id NOT IN (SELECT message_id FROM outbox WHERE message_id IS NOT NULL)",
    "task": "message NOT IN (SELECT id FROM message)",
    "conversation": "id NOT IN (SELECT conversation FROM message WHERE conversation IS NOT NULL)",
    "known_id": "(conversation IS NULL OR conversation NOT IN (SELECT id FROM conversation)) "
    "AND message_id NOT IN (SELECT message_id FROM outbox WHERE message_id IS NOT NULL) "
    "AND message_id NOT IN (SELECT message_id FROM letter)",
}
"""Each with when nothing that is left refers to it; in this order, after those above."""

BETWEEN_ABSENCES = ("owners_id", "command_address")
"""They have no moment, and go when no absence is running."""

OF_THE_ACCOUNT = ("account", "position", "learnt", "told_fault", "homecoming", "absence_state", "consent")
"""How it is served: keys, logins, numbers, dates, what its servers are like. They go with the account."""

OF_A_PERSON: Mapping[str, object] = {
    **dict.fromkeys(("originator_name", "originator", "subject", "excerpt", "new_text"), ""),
    **dict.fromkeys(("matched", "reason", "detail", "remark"), ""),
    **{"attachments": "[]", "traits": "{}", "message_id": None, "text_characters": 0},
}
"""What a message says of its sender, and what stands there once that one is forgotten."""

COUNTS = (
    *("id", "account", "mailbox", "uidvalidity", "uid", "is_there", "header_digest", "arrived_at"),
    *("taken_up_at", "disposition", "code", "priority", "backup", "rule", "conversation", "asks_for_receipt"),
    *("answered", "file_to", "keyword", "filed_in", "decision", "decided_at", "shown_in", "undecided_at"),
)
"""What a message goes on to count by, so that the sums are right and it is not taken up again."""

_WITHOUT_ACCOUNT = ("original", "piece", "review_line")


_SPENT = (
    "DELETE FROM token WHERE account = ? AND expires_at <= ? "
    "AND (review IS NULL OR review NOT IN (SELECT id FROM review)) "
    "AND (conversation IS NULL OR conversation NOT IN (SELECT id FROM conversation))"
)


def erase_before(db: sqlite3.Connection, account: str, until: int, now: int, *, is_away: bool) -> int:
    """How many messages there were. until, now: in microseconds; until is included."""
    messages = 0
    for key in (account, f"{account}/shadow"):
        for table, moment in BY_MOMENT.items():
            done = db.execute(f"DELETE FROM {table} WHERE account = ? AND {moment} <= ?", (key, until))
            messages += done.rowcount if table == "message" else 0
        _erase_what_hangs(db, key)
        db.execute(_SPENT, (key, now))
        for table in () if is_away else BETWEEN_ABSENCES:
            db.execute(f"DELETE FROM {table} WHERE account = ?", (key,))
    return messages


def _erase_what_hangs(db: sqlite3.Connection, account: str) -> None:
    for table, is_loose in BY_REFERENCE.items():
        whose, values = ("", ()) if table in _WITHOUT_ACCOUNT else ("account = ? AND ", (account,))
        db.execute(f"DELETE FROM {table} WHERE {whose}{is_loose}", values)


def forget_account(db: sqlite3.Connection, account: str, *, is_served: bool) -> Forgotten:
    """All that is kept for it. is_served: a daemon goes on with it, and needs to know how."""
    found = Forgotten(0, 0, 0)
    for key in (account, f"{account}/shadow"):
        found = Forgotten(
            found.messages + _count(db, "SELECT count(*) FROM message WHERE account = ?", key),
            found.originals
            + _count(
                db,
                "SELECT count(*) FROM original JOIN message ON id = message WHERE account = ?",
                key,
            ),
            found.handovers
            + _count(db, "SELECT count(*) FROM conversation WHERE account = ? AND backup IS NOT NULL", key),
        )
        for table in (*BY_MOMENT, "token", *BETWEEN_ABSENCES):
            db.execute(f"DELETE FROM {table} WHERE account = ?", (key,))
        _erase_what_hangs(db, key)
        for table in () if is_served else OF_THE_ACCOUNT:
            db.execute(f"DELETE FROM {table} WHERE account = ?", (key,))
    return found


def forget_person(db: sqlite3.Connection, person: str, now: int) -> Forgotten:
    """Who wrote, what and about what; the messages go on counting, so that the sums are right.

    person: the address, in lower case. What of theirs was open is as good as decided, and goes to nobody.
    """
    rows = db.execute("SELECT id FROM message WHERE lower(originator) = ?", (person,)).fetchall()
    ids = [row["id"] for row in rows]
    marks = ", ".join("?" * len(ids))
    originals = db.execute(f"DELETE FROM original WHERE message IN ({marks})", ids).rowcount
    db.execute(
        f"UPDATE message SET {', '.join(f'{column} = ?' for column in OF_A_PERSON)}, "
        "decided_at = CASE WHEN disposition = 'review' THEN coalesce(decided_at, ?) ELSE decided_at END "
        f"WHERE id IN ({marks})",
        (*OF_A_PERSON.values(), now, *ids),
    )
    db.execute(
        "UPDATE outbox SET octets = NULL, note = '', last_reply = '', "
        "state = CASE WHEN state IN ('pending', 'sending') THEN 'failed' ELSE state END "
        f"WHERE message IN ({marks})",
        ids,
    )
    for table in ("receipt", "command"):
        db.execute(f"UPDATE {table} SET note = '' WHERE message IN ({marks})", ids)
    db.execute(f"DELETE FROM failure WHERE message IN ({marks})", ids)
    db.execute(f"DELETE FROM set_aside WHERE message IN ({marks}) OR instr(lower(was), ?)", (*ids, person))
    db.execute("UPDATE command SET text = '', sender = '' WHERE lower(sender) = ?", (person,))
    db.execute("DELETE FROM own_mail WHERE instr(lower(recipients), ?)", (json.dumps(person),))
    for table, column in (("handover_count", "originator"), ("written_to", "address")):
        db.execute(f"DELETE FROM {table} WHERE lower({column}) = ?", (person,))
    db.execute("DELETE FROM command_address WHERE lower(address) = ?", (person,))
    return Forgotten(len(ids), originals, _forget_in_conversations(db, person, now))


def _forget_in_conversations(db: sqlite3.Connection, person: str, now: int) -> int:
    handovers = 0
    for row in db.execute(
        "SELECT id, originators, backup FROM conversation WHERE instr(originators, ?)", (json.dumps(person),)
    ).fetchall():
        others = sorted(set(strings(row["originators"])) - {person})
        handovers += row["backup"] is not None
        db.execute("UPDATE conversation SET originators = ? WHERE id = ?", (json.dumps(others), row["id"]))
        if not others:
            db.execute(
                "UPDATE conversation SET subject = '', answered_at = coalesce(answered_at, ?), "
                "due_at = NULL, pass_why = NULL WHERE id = ?",
                (now, row["id"]),
            )
            db.execute("UPDATE known_id SET conversation = NULL WHERE conversation = ?", (row["id"],))
            db.execute("DELETE FROM known_id WHERE conversation IS NULL AND ours IS NULL")
    return handovers


def _count(db: sqlite3.Connection, query: str, account: str) -> int:
    count: int = db.execute(query, (account,)).fetchone()[0]
    return count


def wipe(db: sqlite3.Connection, *, whole: bool, most_octets: int | None = None) -> None:
    """After the transaction: nothing of what was erased is left in the files. whole: write it all anew.

    Else where a quarter of it is free; most_octets: and no more than that has to be written.
    """
    pages, free, octets = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    is_short = most_octets is None or (pages - free) * octets <= most_octets
    if whole or (free * 4 > pages and is_short):
        db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


class EraseTables(Part):
    """The EraseStore port; a trial's part goes with the account's."""

    async def ended_at(self, before: datetime) -> datetime | None:
        def work(db: sqlite3.Connection) -> datetime | None:
            for query in (
                "SELECT max(at) FROM homecoming WHERE account IN (?, ?) AND at < ?",
                "SELECT max(taken_up_at) FROM message WHERE account IN (?, ?) AND taken_up_at < ?",
            ):
                if (found := db.execute(query, (*self._keys, us(before))).fetchone()[0]) is not None:
                    return at_or_none(found)
            return None

        return await self._run(work)

    async def erase_before(self, until: datetime, now: datetime, *, is_away: bool) -> int:
        count = await self._run(
            lambda db: erase_before(db, self._keys[0], us(until), us(now), is_away=is_away)
        )
        if count:
            await self._wipe(whole=False)
        return count

    @property
    def _keys(self) -> tuple[str, str]:
        key = self.account.partition("/")[0]
        return key, f"{key}/shadow"

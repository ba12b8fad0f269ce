"""What is erased of an absence that is over, of an account, or of one correspondent.

Erased is gone from the file, too: SQLite overwrites what is deleted (secure_delete), its log is emptied
afterwards, and pages that became free are given back.
"""

from __future__ import annotations

import html
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...core.handovers.codes import Code
from ...core.mail.message import parse_message
from ...ports import Forgotten
from .conversations import unmake_review
from .part import Part, at, at_or_none, strings, us
from .pieces import kept
from .queue import want_list

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
    What colleagues and the owner wrote in conversations with nobody but them goes too.
    """
    wrote = _ids(db, "SELECT id FROM message WHERE lower(originator) = ?", person)
    conversations = {
        *_ids(db, "SELECT DISTINCT conversation FROM message WHERE lower(originator) = ?", person),
        *_ids(db, "SELECT id FROM conversation WHERE instr(lower(originators), ?)", json.dumps(person)),
    }
    alone = {each for each in conversations if not _has_others(db, each, person)}
    handovers = sum(
        len(_ids(db, "SELECT id FROM conversation WHERE id = ? AND backup IS NOT NULL", each))
        for each in conversations
    )
    ids = sorted({*wrote, *(id_ for each in alone for id_ in _ids(db, _OF_CONVERSATION, each))})
    marks = ", ".join("?" * len(ids))
    _forget_on_their_way(db, _Told.of(db, person, ids), now)
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
    for conversation in conversations:
        _forget_in_conversation(db, conversation, person, now, is_alone=conversation in alone)
    return Forgotten(len(wrote), originals, handovers)


_OF_CONVERSATION = "SELECT id FROM message WHERE conversation = ?"


def _ids(db: sqlite3.Connection, query: str, value: object) -> list[int]:
    return [row[0] for row in db.execute(query, (value,)) if row[0] is not None]


def _has_others(db: sqlite3.Connection, conversation: int, person: str) -> bool:
    """Whether another client wrote in it; what a backup writes about it is about this one."""
    query = (
        f"{_OF_CONVERSATION} AND disposition <> 'own' AND code NOT IN (?, ?) "
        "AND lower(originator) NOT IN (?, '') LIMIT 1"
    )
    values = (conversation, Code.FROM_BACKUP, Code.MAYBE_ANSWERED, person)
    return db.execute(query, values).fetchone() is not None


def _forget_in_conversation(
    db: sqlite3.Connection, conversation: int, person: str, now: int, *, is_alone: bool
) -> None:
    row = db.execute("SELECT originators FROM conversation WHERE id = ?", (conversation,)).fetchone()
    others = [] if is_alone else [each for each in strings(row["originators"]) if each.lower() != person]
    db.execute("UPDATE conversation SET originators = ? WHERE id = ?", (json.dumps(others), conversation))
    if is_alone:
        db.execute(
            # Nobody asks about it any more, and nobody is said to have answered it.
            "UPDATE conversation SET subject = '', due_at = NULL, pass_why = NULL, "
            "proof = CASE WHEN answered_at IS NULL THEN 'forgotten' ELSE proof END, "
            "answered_at = coalesce(answered_at, ?) WHERE id = ?",
            (now, conversation),
        )
        db.execute("UPDATE known_id SET conversation = NULL WHERE conversation = ?", (conversation,))
        db.execute("DELETE FROM known_id WHERE conversation IS NULL AND ours IS NULL")


@dataclass(frozen=True, slots=True)
class _Told:
    """By what a mail of ours is known to tell of somebody."""

    words: frozenset[str]

    @classmethod
    def of(cls, db: sqlite3.Connection, person: str, ids: Sequence[int]) -> _Told:
        words = {person}
        for id_ in ids:
            row = db.execute("SELECT originator_name, subject FROM message WHERE id = ?", (id_,)).fetchone()
            words |= {" ".join(text.lower().split()) for text in row}
        return cls(frozenset(words - {""}))

    def is_in(self, octets: bytes) -> bool:
        message = parse_message(octets)
        said = " ".join((message.subject, *(text for _, text in message.texts))).lower()
        for sign in "\u00ad\u200b\u2060":  # where a line may break
            said = said.replace(sign, "")
        said = " ".join(html.unescape(said).split())
        return any(word in said for word in self.words)


def _forget_on_their_way(db: sqlite3.Connection, told: _Told, now: int) -> None:
    """Mails to the owner and the backups that tell of somebody, and were not sent: they are made anew.

    Whatever else stands in them does so again; a question or an answer to the owner is not repeated.
    """
    for row in db.execute(
        "SELECT id, account, kind, octets, sha256 FROM outbox "
        "WHERE state IN ('pending', 'sending') AND kind <> 'forward'"
    ).fetchall():
        octets = kept(db, "outbox", row["id"], row["octets"] or b"", row["sha256"])
        if octets is not None and not told.is_in(octets):
            continue
        db.execute(
            "UPDATE outbox SET state = 'failed', octets = NULL, last_reply = '' WHERE id = ?", (row["id"],)
        )
        if row["kind"] != "home":  # which goes once more where it was refused
            unmake_review(db, row["id"])
        if row["kind"] == "list":
            want_list(db, row["account"], at(now))


def _count(db: sqlite3.Connection, query: str, account: str) -> int:
    count: int = db.execute(query, (account,)).fetchone()[0]
    return count


def wipe(db: sqlite3.Connection, *, whole: bool, most_octets: int | None = None) -> bool:
    """After the transaction: nothing of what was erased is left in the files. whole: write it all anew.

    Else where a quarter of it is free; most_octets: and no more than that has to be written.
    False: somebody reads the files, and for longer than was waited.
    """
    pages, free, octets = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    is_short = most_octets is None or (pages - free) * octets <= most_octets
    if whole or (free * 4 > pages and is_short):
        db.execute("VACUUM")
    ((is_busy, _, _),) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return not is_busy


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

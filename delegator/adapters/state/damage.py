"""A row that cannot be read costs what stood in it, and nothing else.

Disks fail, and so do hands: JSON that is cut off, a word that is in no closed list, a moment in the year
300,000, a conversation that is not there. Whatever comes across such a row ends its transaction; all tables
are then looked over once, each value that cannot be read is kept in `set_aside` and replaced by what is
written here beside its column, and the transaction is made again. So every reader sees rows that it can
read, and what was set aside is told once: what is said of it is decided elsewhere.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, get_args

from ...core.commands.authority import Standing
from ...core.commands.command import OF_BACKUPS, OF_MAILS, Verb
from ...core.delivery import State
from ...core.folders import FILED_TO, INBOX
from ...core.handovers.codes import Code, Disposition
from ...core.health import Kind, Subject
from ...core.lessons import tested
from ...ports.queue import Kind as MailKind
from .part import at, numbers, strings, windows, zone_name

_KEPT_CHARACTERS = 4000
_MOST_TIMES = 1_000_000

_Is = Callable[[Any], bool]
_Values = dict[str, Any]
_Instead = Callable[[_Values, int], _Values]
"""By the row and the moment of setting aside: what its columns hold from now on."""


_Unfit = Callable[[_Values], _Values | None]


@dataclass(frozen=True, slots=True)
class _Column:
    """instead: None: the whole row is taken out."""

    name: str
    is_sound: _Is
    instead: _Instead | None


@dataclass(frozen=True, slots=True)
class _Table:
    """message: a query for which mail a row is about, by its rowid. unfit: of what its columns may not hold
    beside each other, what takes its place; None: the whole row is taken out.
    """

    name: str
    columns: tuple[_Column, ...]
    message: str = "SELECT NULL"
    unfit: _Unfit | None = None


# --- what can be read -----------------------------------------------------------------------------------


def _reads(read: Callable[[Any], object]) -> _Is:
    def is_sound(value: Any) -> bool:
        try:
            read(value)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return False
        return True

    return is_sound


def _maybe(is_sound: _Is) -> _Is:
    return lambda value: value is None or is_sound(value)


def _one_of(members: Collection[str] | type[StrEnum]) -> _Is:
    values = frozenset(str(member) for member in members)
    return lambda value: value in values


def _within(least: int, most: int) -> _Is:
    return lambda value: least <= value <= most


def _traits(text: str) -> object:
    from ...core.reviews.traits import (
        Traits,  # with what reads a mail, which a state without any does not need
    )

    return Traits.from_values(json.loads(text))


def _is_name(value: Any) -> bool:
    return bool(value) and value.isprintable()


def _is_filled(value: Any) -> bool:
    return bool(value)


_is_moment = _reads(at)
_is_strings, _is_numbers, _is_windows = lru_cache(4096)(_reads(strings)), _reads(numbers), _reads(windows)
_is_traits = lru_cache(4096)(_reads(_traits))
_is_zone = lru_cache(64)(_reads(zone_name))
_is_uid = _within(0, 2**32 - 1)  # RFC 9051 section 2.3.1.1
_is_few = _within(0, _MOST_TIMES)


# --- what takes its place ---------------------------------------------------------------------------------


def _put(column: str, value: object) -> _Instead:
    return lambda row, now: {column: value}


def _now(column: str) -> _Instead:
    return lambda row, now: {column: now}


def _moments(*columns: str) -> tuple[_Column, ...]:
    """That something happened is known, if not when."""
    return tuple(_Column(name, _maybe(_is_moment), _now(name)) for name in columns)


def _unsent(row: _Values, now: int) -> _Values:
    """What was to be sent is not known any more: whoever submits it decides what follows."""
    return {"is_damaged": 1, "state": "pending", "due_at": now}


def _state(row: _Values, now: int) -> _Values:
    return {"state": "sent"} if row["sent_at"] is not None else _unsent(row, now)


def _kind(row: _Values, now: int) -> _Values:
    """Only a forward carries a message."""
    kind = {"kind": "forward" if row["message"] is not None else "answer"}
    return kind if row["state"] in ("sent", "failed") else {**kind, **_unsent(row, now)}


_OF_DISPOSITION = {
    Disposition.FORWARD: Code.RULE,
    Disposition.PRIVATE: Code.PRIVATE_RULE,
    Disposition.OWN: Code.OURS,
}


def _disposition(row: _Values, now: int) -> _Values:
    """In doubt it is private: that one is never forwarded."""
    if row["code"] not in _PRIVATE and row["backup"] is not None:
        return {"disposition": "forward"}
    return {"disposition": "review" if row["code"] == Code.OTHERWISE else "private"}


def _code(row: _Values, now: int) -> _Values:
    return {"code": _OF_DISPOSITION.get(row["disposition"], Code.OTHERWISE)}


def _refused(row: _Values, now: int) -> _Values:
    """A command that cannot be understood is not carried out."""
    row_is = {"state": "refused", "verb": None, "message": None, "detail": Standing.AUTOMATIC}
    return row_is if row["way"] in _WAYS else {**row_is, "way": "reply"}


def _unfit_outbox(row: _Values) -> _Values:
    """What a mail on its way may not hold beside what it is: see the CHECK of the table."""
    if row["kind"] == "forward":
        wanted = {"recipient": None, "backup": row["backup"] or "", "message": row["message"] or 0}
    else:
        wanted = {"recipient": row["recipient"] or "", "message": None, "cover": None}
    return {name: value for name, value in wanted.items() if row[name] != value}


def _unfit_token(row: _Values) -> _Values | None:
    """Whose button it is goes with what it does: else one could do what nobody was given."""
    return {} if (row["verb"] in OF_BACKUPS) == (row["by"] is not None) else None


def _unfit_learnt(row: _Values) -> _Values | None:
    return None if row["key"] == "tested_at" and tested(row["value"]) is None else {}


_WAYS = ("button", "reply", "folder")
_KINDS = get_args(MailKind)
_PRIVATE = (Code.PRIVATE_RULE, Code.PRIVATE_MARKED, Code.PRIVATE_ENCRYPTED)

_OF_MESSAGE = "SELECT message FROM {} WHERE rowid = :row"

_TABLES: Sequence[_Table] = (
    _Table(
        "account",
        (
            _Column("started_at", _is_moment, _now("started_at")),
            *_moments("last_contact_at", "restored_at", "list_wanted_at"),
        ),
    ),
    _Table(
        "absence_change",
        # Without its moments there is no absence that it could mean.
        (
            _Column("from_at", _is_moment, None),
            _Column("until_at", _is_moment, None),
            _Column("file_from_at", _maybe(_is_moment), None),
            _Column("file_until_at", _maybe(_is_moment), None),
            _Column("is_trial", _within(0, 1), None),
            _Column("is_called_off", _within(0, 1), None),
        ),
    ),
    _Table(
        "absence_state",
        (
            # Whether forwards leave is not known: they wait until the owner says so.
            *_moments("paused_at"),
            _Column("zone", _maybe(_is_zone), _put("zone", None)),
            _Column("zone_at", _maybe(_is_moment), lambda row, now: {"zone": None, "zone_at": None}),
        ),
    ),
    _Table("reply_secret", (_Column("expires_at", _is_moment, None),)),
    _Table(
        "position",
        # It is looked at anew, and what is known is known again.
        (_Column("uidvalidity", _is_uid, None), _Column("uid", _is_uid, None)),
    ),
    _Table("known_id", (_Column("ours", _maybe(_one_of(("owner", *_KINDS))), _put("ours", "forward")),)),
    _Table(
        "message",
        (
            # No longer taken for being there: else its absence there would count as the owner's decision.
            _Column("uid", _is_uid, lambda row, now: {"uid": 0, "is_there": 0}),
            _Column("uidvalidity", _is_uid, lambda row, now: {"uidvalidity": 0, "is_there": 0}),
            _Column("arrived_at", _maybe(_is_moment), _put("arrived_at", None)),
            _Column("taken_up_at", _is_moment, _now("taken_up_at")),
            _Column("disposition", _one_of(Disposition), _disposition),
            _Column("code", _one_of(Code), _code),
            _Column("priority", _maybe(_one_of(("high", "normal", "low"))), _put("priority", "high")),
            _Column("attachments", _is_strings, _put("attachments", "[]")),
            _Column("traits", _is_traits, _put("traits", "{}")),
            _Column("decision", _maybe(_one_of(("done", "to-do", "later"))), _put("decision", None)),
            _Column("decided_at", _maybe(_is_moment), _put("decided_at", None)),
            _Column("undecided_at", _maybe(_is_moment), _put("undecided_at", None)),
            # It stays where it is.
            _Column("file_to", _maybe(_one_of(FILED_TO)), _put("file_to", None)),
            _Column("keyword", _maybe(_one_of(("$Forwarded",))), _put("keyword", None)),
        ),
        "SELECT :row",
    ),
    _Table(
        "original",
        (
            _Column("may_go", _within(0, 1), _put("may_go", 0)),
            # It is looked for by its digest wherever it may be.
            _Column("mailbox", _maybe(_is_name), _put("mailbox", INBOX)),
            _Column("uidvalidity", _maybe(_is_uid), _put("uidvalidity", 0)),
            _Column("uid", _maybe(_is_uid), _put("uid", 0)),
        ),
        _OF_MESSAGE.format("original"),
    ),
    _Table(
        "outbox",
        (
            _Column("kind", _one_of(_KINDS), _kind),
            _Column("state", _one_of(State), _state),
            _Column("following", _is_strings, _put("following", "[]")),
            *_moments("created_at", "due_at", "first_attempt_at", "sent_at"),
            _Column("attempts", _is_few, _put("attempts", 0)),
            _Column("unknowns", _is_few, _put("unknowns", 0)),
            _Column("max_octets", _maybe(_within(1, 2**40)), _put("max_octets", None)),
        ),
        _OF_MESSAGE.format("outbox"),
        _unfit_outbox,
    ),
    _Table(
        "review",
        (
            _Column("created_at", _is_moment, _now("created_at")),
            # The slot was served: without its moment it would be due for ever.
            _Column("slot_at", _maybe(_is_moment), lambda row, now: {"slot_at": row["created_at"]}),
            _Column("kind", _one_of(("review", "list", "home")), _put("kind", "review")),
        ),
    ),
    _Table(
        "homecoming",
        # Without its moments it is told once more.
        (
            _Column("from_at", _is_moment, None),
            _Column("until_at", _is_moment, None),
            _Column("at", _is_moment, _now("at")),
            _Column("is_unseen", _within(0, 1), _put("is_unseen", 0)),
        ),
    ),
    _Table(
        "failure", (_Column("at", _is_moment, _now("at")),), "SELECT message FROM failure WHERE rowid = ?"
    ),
    _Table(
        "told_fault",
        (
            _Column("subject", _one_of(Subject), None),
            _Column("kind", _one_of(get_args(Kind)), _put("kind", "bug")),
            _Column("since_at", _is_moment, _now("since_at")),
        ),
    ),
    _Table("junk", (_Column("at", _is_moment, None), _Column("count", _is_few, None))),
    _Table("learnt", (), unfit=_unfit_learnt),
    _Table("outage", (_Column("from_at", _is_moment, None), _Column("to_at", _is_moment, None))),
    _Table(
        "conversation",
        (
            _Column("originators", _is_strings, _put("originators", "[]")),
            _Column("chain", _is_strings, _put("chain", "[]")),
            _Column("tried", _is_strings, _put("tried", "[]")),
            *_moments("handed_at", "due_at", "answered_at", "withdrawn_at", "question_at", "accepted_at"),
            _Column("pass_why", _maybe(_is_filled), _put("pass_why", None)),
        ),
        "SELECT max(id) FROM message WHERE conversation = :row",
    ),
    _Table(
        "backup",
        (
            _Column(
                "said",
                _maybe(_one_of(("accepted", "declined", "dates", "automatic", "bounce"))),
                _put("said", None),
            ),
            *_moments("absent_since", "said_at"),
            _Column("away", _is_windows, _put("away", "[]")),
        ),
    ),
    _Table(
        "letter",
        (
            _Column("kind", _one_of(("brief", "overview")), None),
            _Column("at", _is_moment, _now("at")),
            _Column("items", _is_numbers, _put("items", "[]")),
            *_moments("from_at", "until_at"),
        ),
    ),
    _Table(
        "own_mail",
        (
            _Column("sent_at", _is_moment, None),
            _Column("recipients", _is_strings, _put("recipients", "[]")),
            *_moments("due_at"),
        ),
    ),
    _Table(
        "token",
        (
            _Column("verb", _one_of(Verb), None),
            _Column("by", _maybe(_is_filled), None),
            _Column("items", _is_numbers, None),
            _Column("backup", _maybe(_is_filled), None),
            _Column("expires_at", _is_moment, None),
            *_moments("spent_at"),
        ),
        unfit=_unfit_token,
    ),
    _Table(
        "review_line",
        (
            _Column("messages", _is_numbers, None),
            _Column("verb", _maybe(_one_of(OF_MAILS)), _put("verb", None)),
            # Nothing is proposed rather than another than stood there.
            _Column("backup", _maybe(_is_filled), lambda row, now: {"backup": None, "verb": None}),
        ),
    ),
    _Table(
        "command",
        (
            _Column("way", _one_of(_WAYS), _refused),
            _Column("state", _one_of(("pending", "held", "done", "refused")), _refused),
            _Column("verb", _maybe(_one_of(OF_MAILS)), _refused),
            _Column("backup", _maybe(_is_filled), lambda row, now: {**_refused(row, now), "backup": None}),
            _Column("at", _is_moment, _now("at")),
        ),
        _OF_MESSAGE.format("command"),
    ),
    _Table(
        "receipt",
        (
            _Column("verb", _one_of(OF_MAILS), None),
            _Column("way", _one_of(_WAYS), None),
            _Column("at", _is_moment, _now("at")),
            _Column("messages", _is_few, _put("messages", 1)),
        ),
        _OF_MESSAGE.format("receipt"),
    ),
)


def mend(db: sqlite3.Connection, now: int) -> int:
    """Set aside what cannot be read, in every table; in how many rows. now: in microseconds."""
    return sum(_mend_table(db, table, now) for table in _TABLES) + _mend_references(db, now)


def _mend_table(db: sqlite3.Connection, table: _Table, now: int) -> int:
    found: list[tuple[_Values, _Values | None, list[str]]] = []
    for row_id in _suspects(db, table):
        row = db.execute(f"SELECT rowid AS at_row, * FROM {table.name} WHERE rowid = ?", (row_id,))
        before: _Values = dict(row.fetchone())
        after: _Values | None = dict(before)
        broken: list[str] = []
        for column in table.columns:
            if after is None or column.is_sound(after[column.name]):
                continue
            broken.append(column.name)
            after = None if column.instead is None else {**after, **column.instead(after, now)}
        if table.unfit is not None and after is not None:
            if (unfit := table.unfit(after)) is None:
                broken, after = broken or ["*"], None
            elif unfit:
                broken += [name for name in unfit if name not in broken]
                after |= unfit
        if broken:
            found.append((before, after, broken))
    for before, after, broken in found:
        row_id = before["at_row"]
        about = db.execute(table.message, {"row": row_id}).fetchone()
        was = before if after is None else {name: before[name] for name in broken}
        set_aside(db, _account(db, before), table.name, row_id, was, now, about[0])
        if after is None:
            db.execute(f"DELETE FROM {table.name} WHERE rowid = ?", (row_id,))
            continue
        changed = {name: value for name, value in after.items() if value != before[name]}
        names = ", ".join(f"{name} = ?" for name in changed)
        db.execute(f"UPDATE {table.name} SET {names} WHERE rowid = ?", (*changed.values(), row_id))
    return len(found)


def _suspects(db: sqlite3.Connection, table: _Table) -> list[int]:
    """Rows that are to be looked at: there may be fifty thousand, and most are sound."""
    if table.unfit is not None:
        return [row[0] for row in db.execute(f"SELECT rowid FROM {table.name}")]
    checks = [column.is_sound for column in table.columns]
    names = ", ".join(column.name for column in table.columns)
    rows = db.execute(f"SELECT rowid, {names} FROM {table.name}")
    rows.row_factory = None
    return [
        row[0]
        for row in rows
        if not all(is_sound(value) for is_sound, value in zip(checks, row[1:], strict=True))
    ]


def _mend_references(db: sqlite3.Connection, now: int) -> int:
    """What names a row that is not there."""
    count = db.execute(
        "UPDATE known_id SET conversation = NULL WHERE conversation IS NOT NULL "
        "AND conversation NOT IN (SELECT id FROM conversation)"
    ).rowcount
    lost = db.execute(
        "SELECT id, account, conversation FROM message "
        "WHERE (conversation IS NOT NULL AND conversation NOT IN (SELECT id FROM conversation)) "
        "OR (conversation IS NULL AND id IN (SELECT message FROM outbox WHERE kind = 'forward'))"
    ).fetchall()
    for row in lost:
        cursor = db.execute(
            "INSERT INTO conversation (account, originators) VALUES (?, '[]')", (row["account"],)
        )
        db.execute("UPDATE message SET conversation = ? WHERE id = ?", (cursor.lastrowid, row["id"]))
        was = {"conversation": row["conversation"]}
        set_aside(db, row["account"], "message", row["id"], was, now, row["id"])
    orphans = db.execute(
        "SELECT id, account, message FROM outbox WHERE kind = 'forward' AND NOT is_damaged "
        "AND state IN ('pending', 'sending') AND message NOT IN (SELECT id FROM message)"
    ).fetchall()
    for row in orphans:
        db.execute(
            "UPDATE outbox SET is_damaged = 1, state = 'pending', due_at = ? WHERE id = ?", (now, row["id"])
        )
        set_aside(db, row["account"], "outbox", row["id"], {"message": row["message"]}, now)
    commands = db.execute(
        "SELECT id, account, message FROM command WHERE state IN ('pending', 'held') "
        "AND message IS NOT NULL AND message NOT IN (SELECT id FROM message)"
    ).fetchall()
    for row in commands:
        db.execute(
            "UPDATE command SET state = 'refused', detail = ? WHERE id = ?", (Standing.AUTOMATIC, row["id"])
        )
        set_aside(db, row["account"], "command", row["id"], {"message": row["message"]}, now)
    standings = ", ".join(f"'{standing}'" for standing in Standing)
    unsaid = db.execute(
        f"SELECT id, account, detail FROM command WHERE state = 'refused' AND detail NOT IN ({standings})"
    ).fetchall()
    for row in unsaid:
        db.execute("UPDATE command SET detail = ? WHERE id = ?", (Standing.AUTOMATIC, row["id"]))
        set_aside(db, row["account"], "command", row["id"], {"detail": row["detail"]}, now)
    return count + len(lost) + len(orphans) + len(commands) + len(unsaid)


def _account(db: sqlite3.Connection, row: _Values) -> str:
    if "account" in row:
        return str(row["account"])
    of = "review" if "review" in row else "message"
    found = db.execute(f"SELECT account FROM {of} WHERE id = ?", (row[of],)).fetchone()
    return str(found[0]) if found else ""


def set_aside(
    db: sqlite3.Connection,
    account: str,
    table: str,
    row: int,
    was: Mapping[str, object],
    now: int,
    message: int | None = None,
) -> None:
    """Keep what a row held. message: the mail that it is about."""
    kept = json.dumps(was, default=lambda value: value.hex() if isinstance(value, bytes) else str(value))
    db.execute(
        "INSERT INTO set_aside (account, at, of, row, message, was) VALUES (?, ?, ?, ?, ?, ?)",
        (account, now, table, row, message, kept[:_KEPT_CHARACTERS]),
    )

"""Conversations in the state: loaded, handed to the machine with what happened, and saved again.

Whose hands one is in is decided in `core.handovers.machine`; here are its tables' rows, and its effects on
the outbox. All of it is within the transaction of what happened.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from ...core.delivery import State
from ...core.folders import INBOX, TO_DO, is_ours
from ...core.handovers.codes import Code, Disposition
from ...core.handovers.conversation import (
    Announce,
    Applied,
    BringBack,
    CallOff,
    Conversation,
    Drop,
    Effect,
    Event,
    FileAway,
    LetGo,
    Mail,
    Queue,
    Redirect,
    ReportFailure,
    Unreachable,
    Word,
)
from ...core.handovers.machine import apply, reopened
from ...core.handovers.presence import (
    OF_A_HANDOVER,
    SAYINGS,
    Absence,
    BackupCommand,
    Presence,
    Saying,
    absence_of,
    asked_anew,
    heard,
    why_unreachable,
)
from ...core.mail.place import filed_to
from ...core.people import Window, normal_address
from ...ports import OutgoingMail
from .part import at, at_or_none, strings, us, us_or_none, windows
from .pieces import SIZE_OCTETS, keep
from .queue import Forward, queue


@dataclass(frozen=True, slots=True)
class Doing:
    """What the effects of one event need besides: when, the covering mail, where forwarded mail goes.

    has_folders: whether messages may be moved.
    """

    now: datetime
    cover: OutgoingMail | None = None
    file_to: str | None = None
    has_folders: bool = False


def happens(db: sqlite3.Connection, conversation: int, event: Event, doing: Doing) -> Applied:
    """One event: the conversation as the machine leaves it, and what it has to be done."""
    before = load(db, conversation)
    done = apply(before, event)
    save(db, conversation, before, done.conversation)
    account = db.execute("SELECT account FROM conversation WHERE id = ?", (conversation,)).fetchone()[0]
    cover: int | None = None
    for effect in done.effects:
        if not isinstance(effect, Announce):
            _carry_out(db, account, effect, doing, cover)
        elif doing.cover is not None:
            cover = queue(db, account, doing.cover, doing.now)
    return done


def new_conversation(db: sqlite3.Connection, account: str) -> int:
    cursor = db.execute("INSERT INTO conversation (account, originators) VALUES (?, '[]')", (account,))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def conversation_of(db: sqlite3.Connection, message: int) -> int | None:
    """Which conversation a message is in."""
    row = db.execute("SELECT conversation FROM message WHERE id = ?", (message,)).fetchone()
    conversation: int | None = row["conversation"]
    return conversation


# --- rows -------------------------------------------------------------------------------------------


def load(db: sqlite3.Connection, conversation: int) -> Conversation:
    row = db.execute("SELECT * FROM conversation WHERE id = ?", (conversation,)).fetchone()
    return conversation_from(row, _mails(db, conversation))


def conversation_from(row: sqlite3.Row, mails: tuple[Mail, ...] = ()) -> Conversation:
    """From a row of `conversation`; without its mails where only its own fields are looked at."""
    return Conversation(
        backup=row["backup"],
        originators=frozenset(strings(row["originators"])),
        subject=row["subject"],
        chain=strings(row["chain"]),
        tried=strings(row["tried"]),
        handed_at=at_or_none(row["handed_at"]),
        due_at=at_or_none(row["due_at"]),
        answered_at=at_or_none(row["answered_at"]),
        proof=row["proof"],
        withdrawn_at=at_or_none(row["withdrawn_at"]),
        question_at=at_or_none(row["question_at"]),
        accepted_at=at_or_none(row["accepted_at"]),
        pass_why=row["pass_why"],
        mails=mails,
    )


def sendings_of(db: sqlite3.Connection, message: int) -> frozenset[State]:
    """The states of a message's forwards in the outbox."""
    rows = db.execute("SELECT state FROM outbox WHERE message = ? AND kind = 'forward'", (message,))
    return frozenset(State(row["state"]) for row in rows)


def _mails(db: sqlite3.Connection, conversation: int) -> tuple[Mail, ...]:
    sendings: dict[int, set[State]] = {}
    for message, state in db.execute(
        "SELECT DISTINCT outbox.message, outbox.state FROM outbox "
        "JOIN message ON message.id = outbox.message "
        "WHERE message.conversation = ? AND outbox.kind = 'forward'",
        (conversation,),
    ):
        sendings.setdefault(message, set()).add(State(state))
    rows = db.execute(
        "SELECT message.*, original.message IS NOT NULL AS is_kept FROM message "
        "LEFT JOIN original ON original.message = message.id WHERE conversation = ? ORDER BY message.id",
        (conversation,),
    )
    return tuple(
        mail_from(row, frozenset(sendings.get(row["id"], ())), is_kept=bool(row["is_kept"])) for row in rows
    )


def mail_from(row: sqlite3.Row, sendings: frozenset[State] = frozenset(), *, is_kept: bool = False) -> Mail:
    """From a row of `message`."""
    return Mail(
        id=row["id"],
        at=at(row["taken_up_at"] if row["arrived_at"] is None else row["arrived_at"]),
        disposition=Disposition(row["disposition"]),
        code=Code(row["code"]),
        originator=normal_address(row["originator"]),
        priority=row["priority"],
        backup=row["backup"],
        detail=row["detail"],
        is_answered=bool(row["answered"]),
        decided_at=at_or_none(row["decided_at"]),
        decision=row["decision"],
        remark=row["remark"],
        is_shown=row["shown_in"] is not None,
        sendings=sendings,
        is_kept=is_kept,
    )


def save(db: sqlite3.Connection, conversation: int, before: Conversation, after: Conversation) -> None:
    """What has changed. What is in the outbox, and which octets are kept, is changed by the effects."""
    changed = {
        field.name: _stored(getattr(after, field.name))
        for field in fields(Conversation)
        if field.name != "mails" and getattr(after, field.name) != getattr(before, field.name)
    }
    if changed:
        names = ", ".join(f"{name} = ?" for name in changed)
        db.execute(f"UPDATE conversation SET {names} WHERE id = ?", (*changed.values(), conversation))
    known = {mail.id: mail for mail in before.mails}
    for mail in after.mails:
        if known.get(mail.id) != mail:
            save_mail(db, mail, conversation)


def save_mail(db: sqlite3.Connection, mail: Mail, conversation: int | None) -> None:
    db.execute(
        "UPDATE message SET conversation = ?, disposition = ?, code = ?, priority = ?, backup = ?, "
        "detail = ?, answered = ?, decided_at = ?, decision = ?, remark = ?, "
        "shown_in = CASE WHEN ? THEN shown_in END WHERE id = ?",
        (
            conversation,
            mail.disposition,
            mail.code,
            mail.priority,
            mail.backup,
            mail.detail,
            mail.is_answered,
            us_or_none(mail.decided_at),
            mail.decision,
            mail.remark,
            mail.is_shown,
            mail.id,
        ),
    )


def reopen_alone(db: sqlite3.Connection, message: int) -> None:
    """Reopen a message that is in no conversation."""
    row = db.execute("SELECT * FROM message WHERE id = ?", (message,)).fetchone()
    save_mail(db, reopened(mail_from(row)), row["conversation"])


def keep_original(db: sqlite3.Connection, message: int, octets: bytes) -> None:
    """To be forwarded, with a digest that is checked before."""
    own_octets, sha256 = keep(db, "original", message, octets)
    db.execute(
        "INSERT INTO original (message, octets, sha256) VALUES (?, ?, ?) "
        "ON CONFLICT (message) DO UPDATE SET octets = excluded.octets, sha256 = excluded.sha256, "
        "may_go = 0, mailbox = NULL, uidvalidity = NULL, uid = NULL",
        (message, own_octets, sha256),
    )


def _stored(value: object) -> object:
    if isinstance(value, datetime):
        return us(value)
    if isinstance(value, frozenset):
        return json.dumps(sorted(value))
    return json.dumps(value) if isinstance(value, tuple) else value


# --- effects ----------------------------------------------------------------------------------------


def _carry_out(db: sqlite3.Connection, account: str, effect: Effect, doing: Doing, cover: int | None) -> None:
    """cover: the row of the mail that goes before the forwards."""
    match effect:
        case Queue(mail, backups, note, is_paced):
            queue(db, account, Forward(mail, backups, note, cover, is_paced), doing.now)
        case Redirect(mails, backups):
            db.execute(
                "UPDATE outbox SET backup = ?, following = ?, attempts = 0, first_attempt_at = NULL "
                f"WHERE kind = 'forward' AND state = 'pending' AND message IN ({_marks(mails)})",
                (backups[0], json.dumps(backups[1:]), *mails),
            )
        case CallOff(mails, why, states):
            db.execute(
                "UPDATE outbox SET state = 'failed', octets = NULL, last_reply = ? WHERE kind = 'forward' "
                f"AND state IN ({_marks(states)}) AND message IN ({_marks(mails)})",
                (why, *states, *mails),
            )
        case Drop(mails):
            db.execute(f"DELETE FROM original WHERE message IN ({_marks(mails)})", mails)
        case LetGo(mails, larger_than):
            db.execute(
                f"UPDATE original SET may_go = 1 WHERE message IN ({_marks(mails)}) AND mailbox IS NULL "
                f"AND {SIZE_OCTETS} >= ?",
                (*mails, larger_than),
            )
        case ReportFailure(mail, backup, text):
            db.execute(
                "INSERT INTO failure (account, at, backup, message, reply) VALUES (?, ?, ?, ?, ?)",
                (account, us(doing.now), backup, mail, text),
            )
        case FileAway(mail):
            folder = None if doing.file_to is None else _filed_to(db, mail, doing.file_to)
            if folder is not None:
                db.execute(
                    "UPDATE message SET file_to = ?, keyword = '$Forwarded' WHERE id = ?", (folder, mail)
                )
        case BringBack(mail):
            if doing.has_folders:
                file(db, mail, INBOX)


def file(db: sqlite3.Connection, message: int, folder: str) -> None:
    """It is to be in that folder, if it may be moved."""
    db.execute(
        "UPDATE message SET file_to = ?, keyword = NULL WHERE id = ?",
        (_filed_to(db, message, folder), message),
    )


def file_left(db: sqlite3.Connection, account: str, messages: Sequence[int]) -> None:
    """Whatever asks for a receipt, too: its reader is back, and says so."""
    db.executemany(
        "UPDATE message SET file_to = ?, keyword = NULL WHERE account = ? AND id = ? AND is_there "
        "AND mailbox = ?",
        [(TO_DO, account, message, INBOX) for message in messages],
    )


def _filed_to(db: sqlite3.Connection, message: int, folder: str) -> str | None:
    row = db.execute(
        "SELECT mailbox, is_there, filed_in, asks_for_receipt FROM message WHERE id = ?", (message,)
    ).fetchone()
    filed_in = row["filed_in"] if is_ours(row["filed_in"] or "") else None
    lies_in = row["mailbox"] if row["is_there"] else filed_in
    return filed_to(folder, lies_in, asks_for_receipt=bool(row["asks_for_receipt"]))


def show_again(db: sqlite3.Connection, row: int) -> None:
    """If that mail was a review, nobody saw what stood in it: it comes in full in the next one."""
    for column, table in (("shown_in", "message"), ("told_in", "set_aside")):
        db.execute(
            f"UPDATE {table} SET {column} = NULL WHERE {column} = (SELECT id FROM review WHERE outbox = ?)",
            (row,),
        )


def unmake_review(db: sqlite3.Connection, row: int) -> None:
    """If that mail was a review, it was never sent, and never will be: its slot is due again."""
    found = db.execute("SELECT id FROM review WHERE outbox = ?", (row,)).fetchone()
    if found is None:
        return
    show_again(db, row)
    for table in ("token", "review_line", "review_alias"):
        db.execute(f"DELETE FROM {table} WHERE review = ?", (found["id"],))
    db.execute("DELETE FROM review WHERE id = ?", (found["id"],))


def _marks(values: Sequence[object] | frozenset[State]) -> str:
    return ", ".join("?" * len(values))


# --- backups ----------------------------------------------------------------------------------------


def absences(db: sqlite3.Connection, account: str, now: datetime) -> Mapping[str, Absence]:
    rows = db.execute("SELECT * FROM backup WHERE account = ?", (account,)).fetchall()
    found = {row["backup"]: absence_of(_presence(row), now) for row in rows}
    return {key: absence for key, absence in found.items() if absence is not None}


def _presence(row: sqlite3.Row | None) -> Presence:
    if row is None:
        return Presence()
    away = windows(row["away"])
    return Presence(at_or_none(row["absent_since"]), row["said"], at_or_none(row["said_at"]), away)


def hear(
    db: sqlite3.Connection,
    account: str,
    backup: str,
    said: Saying,
    now: datetime,
    away: tuple[Window, ...] = (),
) -> None:
    """What a backup says of being there, and what that means for all that they have."""
    row = db.execute("SELECT * FROM backup WHERE account = ? AND backup = ?", (account, backup)).fetchone()
    _keep_presence(db, account, backup, heard(_presence(row), said, now, away))
    why = why_unreachable(said, now, away)
    if why is None:
        return
    rows = db.execute(
        "SELECT id FROM conversation WHERE account = ? AND backup = ? AND answered_at IS NULL",
        (account, backup),
    ).fetchall()
    for found in rows:
        happens(db, found["id"], Unreachable(backup, why), Doing(now))


def ask_anew(db: sqlite3.Connection, account: str, backup: str, now: datetime) -> None:
    """What a backup said of another absence is no answer to the brief of this one."""
    row = db.execute("SELECT * FROM backup WHERE account = ? AND backup = ?", (account, backup)).fetchone()
    if row is not None:
        _keep_presence(db, account, backup, asked_anew(_presence(row), now))


def _keep_presence(db: sqlite3.Connection, account: str, backup: str, presence: Presence) -> None:
    db.execute(
        "INSERT INTO backup (account, backup, absent_since, said, said_at, away) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (account, backup) DO UPDATE SET absent_since = excluded.absent_since, "
        "said = excluded.said, said_at = excluded.said_at, away = excluded.away",
        (
            account,
            backup,
            us_or_none(presence.absent_since),
            presence.said,
            us_or_none(presence.said_at),
            json.dumps([[us(window.from_at), us(window.until_at)] for window in presence.away]),
        ),
    )


def obey_backup(db: sqlite3.Connection, account: str, command: BackupCommand, now: datetime) -> bool:
    """Within the transaction of what brought it; whether it took effect."""
    if command.verb not in OF_A_HANDOVER:
        hear(db, account, command.backup, SAYINGS[command.verb], now, command.away)
        return True
    row = db.execute(
        "SELECT id FROM conversation WHERE id = ? AND account = ?", (command.conversation, account)
    ).fetchone()
    if row is None:
        return False
    return happens(db, row["id"], Word(command.backup, command.verb, now), Doing(now)).is_counted

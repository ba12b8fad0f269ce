"""A look into a state that may be in use, by commands that change nothing.

The file is opened read-only, beside a running daemon or without one. Where there is none, nothing is
known.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.handovers.known import OurMail
from ...core.hours.absence import NOTHING_KEPT, Kept
from ...core.mail.display import one_line
from . import STATE_FILE as STATE_FILE
from .absence import kept_of
from .fault import faults_told
from .part import UNREADABLE_ROW, T, prepare_reading
from .schema import STEPS

if TYPE_CHECKING:
    from ...core.handovers.known import Conversations
    from ...core.mail.message import Message


def our_mail(path: Path, account: str) -> OurMail:
    """What the state in a file knows of the mail that we sent for an account, on a trial too."""
    with _look(path) as db:
        return OurMail() if db is None else _read(db, lambda db: _our_mail(db, account))


def kept_absence(path: Path, account: str) -> Kept:
    """What the state in a file has changed of an account's absence."""
    with _look(path) as db:
        return NOTHING_KEPT if db is None else _read(db, lambda db: kept_of(db, account))


def _our_mail(db: sqlite3.Connection, account: str) -> OurMail:
    accounts = (account, f"{account}/shadow")
    keys = dict(db.execute("SELECT account, loop_key FROM account WHERE account IN (?, ?)", accounts))
    rows = db.execute(
        "SELECT message_id, (SELECT message.message_id FROM message "
        "WHERE message.conversation = known_id.conversation AND message.message_id IS NOT NULL "
        "ORDER BY message.id LIMIT 1) AS original FROM known_id "
        "WHERE account IN (?, ?) AND ours IS NOT NULL AND ours <> 'owner'",
        accounts,
    ).fetchall()
    ours = {row["message_id"]: row["original"] for row in rows}
    rows = db.execute(
        "SELECT message_id, coalesce(backup, '') AS backup FROM outbox "
        "WHERE account IN (?, ?) AND message_id IS NOT NULL",
        accounts,
    ).fetchall()
    sent_to = {row["message_id"]: row["backup"] for row in rows}
    return OurMail(next((keys[each] for each in accounts if each in keys), b""), ours, sent_to)


def conversations(
    path: Path, account: str, message: Message, now: datetime, originator: str = ""
) -> Conversations:
    """What the daemon with the state in a file would know of a message's conversation."""
    from ...core.handovers.known import Conversations
    from .known import known_conversations

    with _look(path) as db:
        if db is None:
            return Conversations()
        return _read(db, lambda db: known_conversations(db, account, message, now, originator))


def _read(db: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """As the daemon reads it: what is damaged is set aside, here in a copy."""
    try:
        return work(db)
    except UNREADABLE_ROW:
        from .damage import mend

        with closing(sqlite3.connect(":memory:")) as copy:
            db.backup(copy)
            prepare_reading(copy)
            if not mend(copy, 0):
                raise
            return work(copy)


def look_over(path: Path) -> None:
    """Whether each page of the file can be read, for `check`. Raises StateError: one cannot."""
    with _look(path) as db:
        if db is not None and (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(one_line(found, 120))


@contextmanager
def _look(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The database, read-only; None if there is none of this version. Raises StateError: damaged."""
    with faults_told(path):
        if not path.exists():
            yield None
            return
        with reading(path) as db:
            prepare_reading(db)
            db.execute("BEGIN")  # one moment's view
            yield db if db.execute("PRAGMA user_version").fetchone()[0] == len(STEPS) else None


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing, beside a running daemon or without one."""
    # Without a log beside it nobody has it open, and a reader need not make one.
    mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=5)) as db:
        yield db

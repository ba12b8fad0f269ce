"""What `status` reads of the state, beside a daemon or without one."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime

from ...core.handovers.codes import Disposition
from ...core.hours.briefed import Briefed, holding
from ...core.mail.addresses import Address
from ...core.people import Window
from ...ports import AboutMail, AccountState, HandoverRow, SetAside, StateFacts
from .part import HELD_UP, at, at_or_none, strings, us

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def account_state(db: sqlite3.Connection, account: str, now: datetime) -> AccountState:
    """What is kept of an account, which begins here if it is not there yet."""
    state_id, secret = db.execute("SELECT state_id, secret FROM state").fetchone()
    known = "SELECT * FROM account WHERE account = ?"
    row = db.execute(known, (account,)).fetchone()
    if row is None:
        import hmac  # and with it OpenSSL

        # One key for an owner's account and its trials, so that it knows what these sent; another
        # for every other owner, who may be a backup here.
        loop_key = hmac.digest(secret, account.partition("/")[0].encode(), "sha256")
        db.execute(
            "INSERT INTO account (account, loop_key, started_at) VALUES (?, ?, ?)",
            (account, loop_key, us(now)),
        )
        row = db.execute(known, (account,)).fetchone()
    return AccountState(
        state_id,
        row["loop_key"],
        at(row["started_at"]),
        at_or_none(row["last_contact_at"]),
        observes=bool(row["observes"]),
    )


def state_facts(db: sqlite3.Connection, account: str, now: datetime) -> StateFacts:
    def count(query: str, *values: object) -> int:
        return int(db.execute(query, (account, *values)).fetchone()[0])

    in_hands = (
        "SELECT count(*) FROM conversation WHERE account = ? AND backup IS NOT NULL "
        "AND handed_at > ? AND answered_at IS NULL"
    )
    since = home_at(db, account)
    held_up = db.execute(
        "SELECT outbox.first_attempt_at, outbox.last_reply FROM outbox "
        f"JOIN message ON message.id = outbox.message WHERE outbox.account = ? AND {HELD_UP} "
        "ORDER BY outbox.first_attempt_at, outbox.id",
        (account,),
    )
    return StateFacts(
        waiting=count(
            "SELECT count(DISTINCT coalesce(conversation, -id)) FROM message "
            "WHERE account = ? AND disposition = 'review' AND decided_at IS NULL"
        ),
        handovers_open=count(in_hands, since),
        handovers_overdue=count(f"{in_hands} AND due_at <= ?", since, us(now)),
        outbox_pending=count(
            "SELECT count(*) FROM outbox WHERE account = ? AND state IN ('pending', 'sending')"
        ),
        held_up=tuple((at(row["first_attempt_at"]), row["last_reply"]) for row in held_up),
        set_aside=untold(db, account),
        handovers=tuple(open_handovers(db, account)),
        briefs=tuple(briefs_that_hold(db, account, now)),
        said=said_by_backups(db, account),
    )


def untold(db: sqlite3.Connection, account: str) -> tuple[SetAside, ...]:
    rows = db.execute(
        "SELECT set_aside.id, message.subject, message.originator_name, message.originator, "
        "message.disposition FROM set_aside "
        "LEFT JOIN message ON message.id = set_aside.message AND message.account = set_aside.account "
        "WHERE set_aside.account = ? AND told_in IS NULL ORDER BY set_aside.id",
        (account,),
    ).fetchall()
    return tuple(
        SetAside(
            row["id"],
            None
            if row["disposition"] in (None, Disposition.PRIVATE)
            else AboutMail(Address(row["originator_name"], row["originator"]), row["subject"]),
        )
        for row in rows
    )


def said_by_backups(db: sqlite3.Connection, account: str) -> Mapping[str, str]:
    rows = db.execute(
        "SELECT backup, said FROM backup WHERE account = ? AND said IS NOT NULL", (account,)
    ).fetchall()
    return {row["backup"]: row["said"] for row in rows}


def briefs_that_hold(db: sqlite3.Connection, account: str, now: datetime) -> list[Briefed]:
    briefs, taken_back = (
        [
            Briefed(row["backup"], Window(at(row["from_at"]), at(row["until_at"])), at(row["at"]))
            for row in db.execute(
                # An earlier version kept no days: its brief is of the absence that it was sent in.
                "SELECT backup, at, coalesce(from_at, at) AS from_at, coalesce(until_at, ?) AS until_at "
                "FROM letter WHERE account = ? AND kind = ? AND (kind = 'brief' OR until_at IS NOT NULL)",
                (us(NEVER), account, kind),
            )
        ]
        for kind in ("brief", "overview")
    )
    came_home = home_at(db, account)
    return holding(briefs, taken_back, at(came_home) if came_home else None, now)


def open_handovers(db: sqlite3.Connection, account: str) -> list[HandoverRow]:
    waiting = counted(
        "message.disposition = 'forward' AND NOT message.answered AND message.taken_up_at > ? "
        "AND conversation.backup IS NOT NULL AND conversation.answered_at IS NULL"
    )
    rows = db.execute(
        "SELECT conversation.*, message.originator_name, message.originator, message.subject AS newest, "
        f"message.excerpt, n, opened_at FROM {waiting} ORDER BY opened_at",
        (account, home_at(db, account)),
    ).fetchall()
    return [
        HandoverRow(
            id=row["id"],
            backup=row["backup"],
            chain=strings(row["chain"]),
            tried=strings(row["tried"]),
            client=Address(row["originator_name"], row["originator"]),
            subject=row["newest"],
            excerpt=row["excerpt"],
            messages=row["n"],
            opened_at=at(row["opened_at"]),
            handed_at=at_or_none(row["handed_at"]),
            due_at=at_or_none(row["due_at"]),
            question_at=at_or_none(row["question_at"]),
            accepted_at=at_or_none(row["accepted_at"]),
            pass_why=row["pass_why"],
        )
        for row in rows
    ]


def counted(condition: str) -> str:
    """Conversations with their mails for a backup: n, since when, and which is the newest.

    condition: which mails, of which conversations. To be joined with these.
    """
    return (
        "(SELECT conversation.id AS id, count(*) AS n, max(message.id) AS newest, "
        "min(message.taken_up_at) AS opened_at FROM conversation "
        "JOIN message ON message.conversation = conversation.id "
        f"WHERE conversation.account = ? AND {condition} GROUP BY conversation.id) AS counted "
        "JOIN conversation ON conversation.id = counted.id JOIN message ON message.id = counted.newest"
    )


def home_at(db: sqlite3.Connection, account: str) -> int:
    """When the last absence was closed: what was with a backup then is the owner's to watch; or 0."""
    found = db.execute("SELECT coalesce(max(at), 0) FROM homecoming WHERE account = ?", (account,)).fetchone()
    return int(found[0])

"""What the state knows of the mails that another one names."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta

from ...core.handovers.evidence import base_subject
from ...core.handovers.known import Conversations, Handover, SentLetter
from ...core.mail.message import Message
from ...core.triage.verdict import Code
from .commands import (
    command_addresses,
    secret_of,
)
from .handovers import (
    absences,
)
from .part import at, at_or_none, us


def known_conversations(
    db: sqlite3.Connection, account: str, message: Message, now: datetime
) -> Conversations:
    """What triage has to know of the mails that this one names. Reads only."""
    ids = [*message.named_ids, *(message.bounce.message_ids if message.bounce else ())]
    if message.message_id:
        ids.append(message.message_id)
    ours: dict[str, Handover | None] = {}
    handovers: dict[str, Handover] = {}
    letters: dict[str, SentLetter] = {}
    recent: dict[int, int] = {}  # of each conversation, counted once: a mail may name forty of its mails
    for message_id in dict.fromkeys(ids):
        row = db.execute(
            "SELECT known_id.ours, known_id.conversation, conversation.* FROM known_id "
            "LEFT JOIN conversation ON conversation.id = known_id.conversation "
            "WHERE known_id.account = ? AND known_id.message_id = ?",
            (account, message_id),
        ).fetchone()
        if row is None:
            continue
        found = _handover(db, row, now, recent, message_id)
        if found is not None:
            handovers[message_id] = found
        if row["ours"] not in (None, "owner"):
            ours[message_id] = found
            letter = db.execute(
                "SELECT kind, backup, at FROM letter WHERE account = ? AND message_id = ?",
                (account, message_id),
            ).fetchone()
            if letter:
                letters[message_id] = SentLetter(
                    letter["backup"], letter["kind"] == "brief", at(letter["at"])
                )
    similar: tuple[Handover, ...] = ()
    subject, is_reply = base_subject(message.subject)
    if is_reply and not message.named_ids:
        rows = db.execute(
            "SELECT * FROM conversation WHERE account = ? AND subject = ? "
            "AND answered_at IS NULL AND originators <> '[]' LIMIT 10",
            (account, subject.lower()),
        ).fetchall()
        similar = tuple(found for row in rows if (found := _handover(db, row, now, recent)) is not None)
    key = db.execute("SELECT loop_key FROM account WHERE account = ?", (account,)).fetchone()
    return Conversations(
        ours=ours,
        handovers=handovers,
        similar=similar,
        letters=letters,
        absent=frozenset(absences(db, account, now)),
        loop_key=key["loop_key"] if key else b"",
        secret=secret_of(db, account, message, now)[0],
        command_addresses=command_addresses(db, account),
        excused=_learnt_failure(db, account),
        owner_took_part=any(
            is_owners(db, account, named)
            for named in (*message.named_ids, *(message.bounce.message_ids if message.bounce else ()))
        ),
    )


def _handover(
    db: sqlite3.Connection,
    row: sqlite3.Row,
    now: datetime,
    recent: dict[int, int],
    named: str | None = None,
) -> Handover | None:
    """named: the mail of it that is answered, ours or the client's: its forward is what was asked last."""
    if row["id"] is None or (row["backup"] is None and row["originators"] == "[]"):
        return None
    if row["id"] not in recent:
        recent[row["id"]] = db.execute(
            "SELECT count(*) FROM outbox WHERE kind = 'forward' AND message IN "
            "(SELECT id FROM message WHERE conversation = ?) AND created_at > ?",
            (row["id"], us(now - timedelta(hours=1))),
        ).fetchone()[0]
    asked = db.execute(
        "SELECT max(sent_at) FROM outbox WHERE kind = 'forward' AND (message_id = ?1 OR message IN "
        "(SELECT id FROM message WHERE message_id = ?1 AND conversation = ?2))",
        (named, row["id"]),
    ).fetchone()[0]
    return Handover(
        row["id"],
        row["backup"] or "",
        frozenset(json.loads(row["originators"])),
        others=tuple(key for key in json.loads(row["chain"]) if key not in json.loads(row["tried"])),
        is_given_back=row["backup"] is None and _is_given_back(db, row["id"]),
        recent_forwards=recent[row["id"]],
        is_withdrawn=row["withdrawn_at"] is not None and row["answered_at"] is None,
        asked_at=at_or_none(row["handed_at"] if asked is None else asked),
    )


def _is_given_back(db: sqlite3.Connection, conversation: int) -> bool:
    """Whether nobody of its chain took it, and the owner has not decided it yet."""
    found = db.execute(
        "SELECT 1 FROM message WHERE conversation = ? AND disposition = 'review' AND code = ? "
        "AND decided_at IS NULL",
        (conversation, Code.NOT_FORWARDED),
    ).fetchone()
    return found is not None


def _learnt_failure(db: sqlite3.Connection, account: str) -> str:
    """What the owner's server said failed of her own test mail; "" for nothing."""
    row = db.execute("SELECT value FROM learnt WHERE account = ? AND key = 'failed'", (account,)).fetchone()
    return row["value"] if row else ""


def is_owners(db: sqlite3.Connection, account: str, message_id: str) -> bool:
    """Whether this is the Message-ID of a mail that the owner wrote."""
    found = "SELECT 1 FROM owners_id WHERE account = ? AND message_id = ?"
    return db.execute(found, (account, message_id)).fetchone() is not None

"""What the state knows of the mails that another one names."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from ...core.handovers.conversation import Conversation
from ...core.handovers.evidence import base_subject
from ...core.handovers.known import RECENT, Conversations, Handover, SentLetter, handover_of
from ...core.mail.message import Message
from ...core.people import normal_address
from .commands import command_addresses, secret_of
from .conversations import absences, load
from .part import at, at_or_none, numbers, strings, us


def known_conversations(
    db: sqlite3.Connection, account: str, message: Message, now: datetime, originator: str
) -> Conversations:
    """What triage has to know of the mails that this one names. Reads only.

    originator: whose it counts as.
    """
    named = (*message.named_ids, *(message.bounce.message_ids if message.bounce else ()))
    its_own = (message.message_id,) if message.message_id else ()
    ours: dict[str, Handover | None] = {}
    sent_to: dict[str, str] = {}
    handovers: dict[str, Handover] = {}
    forwarded: dict[str, datetime] = {}
    letters: dict[str, SentLetter] = {}
    conversations = _Handovers(db, now)
    for message_id in dict.fromkeys((*named, *its_own)):
        row = db.execute(
            "SELECT ours, conversation FROM known_id WHERE account = ? AND message_id = ?",
            (account, message_id),
        ).fetchone()
        if row is None:
            continue
        found = conversations.find(row["conversation"], message_id)
        if found is not None:
            handovers[message_id] = found
        if row["ours"] not in (None, "owner"):
            ours[message_id] = found
            sent = db.execute(
                "SELECT outbox.kind, outbox.backup, coalesce(message.arrived_at, message.taken_up_at) AS at "
                "FROM outbox LEFT JOIN message ON message.id = outbox.message "
                "WHERE outbox.account = ? AND outbox.message_id = ?",
                (account, message_id),
            ).fetchone()
            if sent:
                sent_to[message_id] = sent["backup"] or ""
                if sent["kind"] == "forward":
                    forwarded[message_id] = at(sent["at"])
            letter = _letter(db, account, message_id)
            if letter is not None:
                letters[message_id] = letter
    key = db.execute("SELECT loop_key, restored_at FROM account WHERE account = ?", (account,)).fetchone()
    return Conversations(
        ours=ours,
        sent_to=sent_to,
        handovers=handovers,
        similar=tuple(conversations.find_all(_similar(db, account, message))),
        forwarded=forwarded,
        open_with=() if handovers else tuple(conversations.find_all(_open_with(db, account, message))),
        letters=letters,
        absent=frozenset(absences(db, account, now)),
        loop_key=key["loop_key"] if key else b"",
        secret=secret_of(db, account, message, now),
        command_addresses=command_addresses(db, account),
        excused=_learnt_failure(db, account),
        owner_took_part=any(is_owners(db, account, message_id) for message_id in named),
        owner_wrote_to=_owner_wrote_to(db, account, message, now),
        restored_at=at_or_none(key["restored_at"]) if key else None,
        recent_handovers=_recent_handovers(db, account, originator, message.arrived_at or now),
    )


def _letter(db: sqlite3.Connection, account: str, message_id: str) -> SentLetter | None:
    """The brief or overview of this Message-ID."""
    row = db.execute(
        "SELECT kind, backup, at, items FROM letter WHERE account = ? AND message_id = ?",
        (account, message_id),
    ).fetchone()
    if row is None:
        return None
    return SentLetter(row["backup"], row["kind"] == "brief", at(row["at"]), numbers(row["items"]))


_MOST_FOUND = 10


def _similar(db: sqlite3.Connection, account: str, message: Message) -> list[int]:
    """Open conversations that an answer which names no mail may be about, by its subject."""
    subject, is_reply = base_subject(message.subject)
    if not is_reply or message.named_ids:
        return []
    rows = db.execute(
        "SELECT id FROM conversation WHERE account = ? AND subject = ? "
        "AND answered_at IS NULL AND originators <> '[]' LIMIT ?",
        (account, subject.lower(), _MOST_FOUND),
    )
    return [row["id"] for row in rows]


def _open_with(db: sqlite3.Connection, account: str, message: Message) -> list[int]:
    """Conversations in a backup's hands with one of those whom the mail is to."""
    recipients = {normal_address(each.address) for each in (*message.to, *message.cc)}
    if not recipients:
        return []
    rows = db.execute(
        "SELECT id, originators FROM conversation WHERE account = ? AND answered_at IS NULL "
        "AND backup IS NOT NULL AND originators <> '[]'",
        (account,),
    )
    theirs = (row["id"] for row in rows if not recipients.isdisjoint(strings(row["originators"])))
    return list(islice(theirs, _MOST_FOUND))


def _owner_wrote_to(db: sqlite3.Connection, account: str, message: Message, now: datetime) -> bool:
    sender, arrived_at = message.originator, us(message.arrived_at or now)
    if sender is None:
        return False
    found = "SELECT 1 FROM written_to WHERE account = ? AND address = ? AND at <= ?"
    return db.execute(found, (account, normal_address(sender.address), arrived_at)).fetchone() is not None


def _recent_handovers(db: sqlite3.Connection, account: str, originator: str, at: datetime) -> int:
    """How many new ones of this originator there were within an hour of that moment."""
    count: int = db.execute(
        "SELECT count(*) FROM handover_count WHERE account = ? AND originator = ? AND at > ? AND at < ?",
        (account, originator, us(at - RECENT), us(at + RECENT)),
    ).fetchone()[0]
    return count


class _Handovers:
    """Each conversation looked at once: a mail may name forty of its mails."""

    def __init__(self, db: sqlite3.Connection, now: datetime) -> None:
        self._db, self._hour_ago = db, us(now - RECENT)
        self._known: dict[int, tuple[Conversation, int]] = {}

    def find(self, conversation: int | None, named: str | None = None) -> Handover | None:
        """named: the mail of it that is answered, ours or the client's: its forward was asked last."""
        if conversation is None:
            return None
        if conversation not in self._known:
            recent = self._db.execute(
                "SELECT count(*) FROM outbox WHERE kind = 'forward' AND message IN "
                "(SELECT id FROM message WHERE conversation = ?) AND created_at > ?",
                (conversation, self._hour_ago),
            ).fetchone()[0]
            self._known[conversation] = load(self._db, conversation), recent
        found, recent = self._known[conversation]
        asked = self._db.execute(
            "SELECT max(sent_at) FROM outbox WHERE kind = 'forward' AND (message_id = ? OR message IN "
            "(SELECT id FROM message WHERE message_id = ? AND conversation = ?))",
            (named, named, conversation),
        ).fetchone()[0]
        return handover_of(conversation, found, recent_forwards=recent, asked_at=at_or_none(asked))

    def find_all(self, conversations: Iterable[int]) -> Iterator[Handover]:
        for conversation in conversations:
            found = self.find(conversation)
            if found is not None:
                yield found


def _learnt_failure(db: sqlite3.Connection, account: str) -> str:
    """What the owner's server said failed of her own test mail; "" for nothing."""
    row = db.execute("SELECT value FROM learnt WHERE account = ? AND key = 'failed'", (account,)).fetchone()
    return row["value"] if row else ""


def is_owners(db: sqlite3.Connection, account: str, message_id: str) -> bool:
    """Whether this is the Message-ID of a mail that the owner wrote."""
    found = "SELECT 1 FROM owners_id WHERE account = ? AND message_id = ?"
    return db.execute(found, (account, message_id)).fetchone() is not None

"""The handovers' part of the state: whose hands a conversation is in, until when, and what came of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from ...core.commands.command import Verb
from ...core.delivery import State
from ...core.handovers.evidence import base_subject
from ...core.handovers.known import originators
from ...core.mail.message import Address
from ...core.people import normal_address
from ...core.reviews.arrange import Handed
from ...core.triage.verdict import Code, Verdict
from ...ports import Absence, BackupOrder, HandoverRow, Letter, OwnMail, TakenFrom, TakenUp
from .part import Part, at, at_or_none, us


class HandoverTables(Part):
    """The HandoverStore port."""

    async def open_handovers(self) -> list[HandoverRow]:
        return await self._run(lambda db: open_handovers(db, self.account))

    async def pass_on(
        self,
        conversation: int,
        *,
        held_by: str,
        backups: tuple[str, ...],
        recipient: str | None,
        why: str,
        now: datetime,
        cover: tuple[str, bytes, str] | None,
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            row = db.execute("SELECT * FROM conversation WHERE id = ?", (conversation,)).fetchone()
            unanswered = db.execute(
                "SELECT message.id, original.message IS NULL AS is_lost FROM message "
                "LEFT JOIN original ON original.message = message.id "
                "WHERE conversation = ? AND disposition = 'forward' AND NOT answered ORDER BY message.id",
                (conversation,),
            ).fetchall()
            if row["backup"] != held_by or row["answered_at"] is not None or not unanswered:
                return  # settled since it was looked at
            # What the owner had forwarded by hand is not here to be forwarded again.
            if not backups or recipient is None or any(each["is_lost"] for each in unanswered):
                give_back(db, conversation, why)
                return
            tried = _tried(row)
            _call_off(db, conversation, why)
            if cover is not None:
                to, octets, message_id = cover
                db.execute(
                    "INSERT INTO outbox (account, kind, state, recipient, backups, created_at, due_at, "
                    "octets, message_id) VALUES (?, 'cover', 'pending', ?, ?, ?, ?, ?, ?)",
                    (
                        row["account"],
                        to,
                        json.dumps(backups[:1]),
                        us(now),
                        us(now),
                        octets,
                        message_id,
                    ),
                )
            for each in unanswered:
                db.execute(
                    "INSERT INTO outbox (account, kind, state, recipient, backups, message, created_at, "
                    "due_at) VALUES (?, 'forward', 'pending', ?, ?, ?, ?, ?)",
                    (row["account"], recipient, json.dumps(backups), each["id"], us(now), us(now)),
                )
                db.execute("UPDATE message SET backup = ? WHERE id = ?", (backups[0], each["id"]))
            db.execute(
                "UPDATE conversation SET backup = ?, tried = ?, pass_why = NULL, passed_why = ?, "
                "handed_at = NULL, due_at = NULL, question_at = NULL, accepted_at = NULL "
                "WHERE id = ?",
                (backups[0], json.dumps(tried), why, conversation),
            )

        await self._run(work)

    async def absences(self, now: datetime) -> Mapping[str, Absence]:
        return await self._run(lambda db: absences(db, self.account, now))

    async def taken_from(self, backup: str, since_at: datetime) -> list[TakenFrom]:
        def work(db: sqlite3.Connection) -> list[TakenFrom]:
            rows = db.execute(
                "SELECT message.originator_name, message.originator, message.subject, answered_at, "
                "max(message.id) FROM conversation "
                "JOIN message ON message.conversation = conversation.id "
                "WHERE conversation.account = ? AND conversation.backup = ? AND handed_at IS NOT NULL "
                "AND ((proof = 'owner' AND answered_at > ?) OR (answered_at IS NULL AND withdrawn_at > ?)) "
                "GROUP BY conversation.id",
                (self.account, backup, us(since_at), us(since_at)),
            ).fetchall()
            return [
                TakenFrom(
                    client=Address(row["originator_name"], row["originator"]),
                    subject=row["subject"],
                    is_answered=row["answered_at"] is not None,
                )
                for row in rows
            ]

        return await self._run(work)

    async def add_letter(
        self, letter: Letter, recipient: str, octets: bytes, message_id: str, now: datetime
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            cursor = db.execute(
                "INSERT OR IGNORE INTO letter (account, kind, backup, slot, message_id, at, items) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    self.account,
                    letter.kind,
                    letter.backup,
                    letter.slot,
                    message_id,
                    us(now),
                    json.dumps(letter.items),
                ),
            )
            if not cursor.rowcount:
                return False
            db.execute(
                "INSERT INTO outbox (account, kind, state, recipient, backups, created_at, due_at, octets, "
                "message_id) VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?)",
                (
                    self.account,
                    letter.kind,
                    recipient,
                    json.dumps([letter.backup]),
                    us(now),
                    us(now),
                    octets,
                    message_id,
                ),
            )
            return True

        return await self._run(work)

    async def letters(self, kind: str) -> list[tuple[str, str, datetime]]:
        def work(db: sqlite3.Connection) -> list[tuple[str, str, datetime]]:
            rows = db.execute(
                "SELECT backup, slot, at FROM letter WHERE account = ? AND kind = ? ORDER BY at",
                (self.account, kind),
            ).fetchall()
            return [(row["backup"], row["slot"], at(row["at"])) for row in rows]

        return await self._run(work)

    async def said_by_backups(self) -> Mapping[str, str]:
        def work(db: sqlite3.Connection) -> Mapping[str, str]:
            rows = db.execute(
                "SELECT backup, said FROM backup WHERE account = ? AND said IS NOT NULL", (self.account,)
            ).fetchall()
            return {row["backup"]: row["said"] for row in rows}

        return await self._run(work)

    async def backup_said(self, backup: str, said: str, now: datetime) -> None:
        await self._run(lambda db: backup_said(db, self.account, backup, said, now))

    async def letter(self, message_ids: Sequence[str]) -> Letter | None:
        def work(db: sqlite3.Connection) -> Letter | None:
            for message_id in message_ids:
                row = db.execute(
                    "SELECT * FROM letter WHERE account = ? AND message_id = ?", (self.account, message_id)
                ).fetchone()
                if row:
                    return Letter(row["kind"], row["backup"], row["slot"], tuple(json.loads(row["items"])))
            return None

        return await self._run(work)

    async def obey_backup(self, order: BackupOrder, now: datetime) -> bool:
        return await self._run(lambda db: obey_backup(db, self.account, order, now))

    async def owner_wrote(self, mail: OwnMail, now: datetime) -> str | None:
        def work(db: sqlite3.Connection) -> str | None:
            _keep_for_later(db, self.account, mail)
            return _owner_wrote(db, self.account, mail, now)

        return await self._run(work)


# --- steps that other transactions take too ---------------------------------------------------------


def open_handovers(db: sqlite3.Connection, account: str) -> list[HandoverRow]:
    rows = db.execute(
        "SELECT conversation.*, message.originator_name, message.originator, message.subject AS newest, "
        "count(message.id) AS n, max(message.id), min(message.taken_up_at) AS opened_at FROM conversation "
        "JOIN message ON message.conversation = conversation.id AND message.disposition = 'forward' "
        "AND NOT message.answered "
        "WHERE conversation.account = ? AND conversation.backup IS NOT NULL "
        "AND conversation.answered_at IS NULL GROUP BY conversation.id ORDER BY opened_at",
        (account,),
    ).fetchall()
    return [
        HandoverRow(
            id=row["id"],
            backup=row["backup"],
            chain=tuple(json.loads(row["chain"])),
            tried=tuple(json.loads(row["tried"])),
            client=Address(row["originator_name"], row["originator"]),
            subject=row["newest"],
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


def handed(db: sqlite3.Connection, account: str, since: int, now: datetime) -> tuple[Handed, ...]:
    """The handovers that are open, and those that were answered since then."""
    rows = db.execute(
        "SELECT conversation.*, message.originator_name, message.originator, message.subject AS newest, "
        "count(message.id) AS n, max(message.id), min(message.taken_up_at) AS opened_at, "
        "(SELECT outbox.state FROM outbox WHERE outbox.message = message.id AND outbox.kind = 'forward' "
        " ORDER BY outbox.id DESC LIMIT 1) AS sending, "
        "(SELECT outbox.last_reply FROM outbox WHERE outbox.message = message.id "
        " AND outbox.kind = 'forward' ORDER BY outbox.id DESC LIMIT 1) AS reply, "
        "(SELECT m.matched FROM message AS m WHERE m.conversation = conversation.id AND m.matched <> '' "
        " AND m.disposition = 'forward' ORDER BY m.id LIMIT 1) AS matched "
        "FROM conversation JOIN message ON message.conversation = conversation.id "
        "AND message.disposition = 'forward' "
        "WHERE conversation.account = ? AND conversation.backup IS NOT NULL AND (answered_at > ? "
        "OR (answered_at IS NULL AND NOT message.answered)) "
        "GROUP BY conversation.id ORDER BY opened_at",
        (account, since),
    ).fetchall()

    def state(row: sqlite3.Row) -> Literal["sent", "waiting", "answered", "overdue", "asks"]:
        if row["answered_at"] is not None:
            return "answered"
        if row["question_at"] is not None:
            return "asks"
        if row["due_at"] is not None and row["due_at"] <= us(now):
            return "overdue"
        return "waiting" if row["sending"] in (State.PENDING, State.SENDING) else "sent"

    return tuple(
        Handed(
            backup_name=row["backup"],  # the key; the service has the name
            sender=Address(row["originator_name"], row["originator"]),
            subject=row["newest"],
            at=at(row["handed_at"] or row["opened_at"]),
            state=state(row),
            messages=row["n"],
            detail=row["reply"] or "",
            conversation=row["id"],
            reason=row["matched"] or "",
        )
        for row in rows
    )


def _tried(row: sqlite3.Row) -> list[str]:
    """Who has had a conversation, with the one who has it now."""
    tried: list[str] = json.loads(row["tried"])
    return tried if row["backup"] in (None, *tried) else [*tried, row["backup"]]


def _call_off(db: sqlite3.Connection, conversation: int, why: str) -> None:
    """What still waits to be sent for a conversation, or may have been sent, goes to nobody by itself."""
    db.execute(
        "UPDATE outbox SET state = 'failed', octets = NULL, last_reply = ? "
        "WHERE state IN ('pending', 'sending') AND kind = 'forward' "
        "AND message IN (SELECT id FROM message WHERE conversation = ?)",
        (why, conversation),
    )


def give_back(db: sqlite3.Connection, conversation: int, why: str) -> None:
    """The end of the chain: the owner has all of it again, first in the next review."""
    row = db.execute("SELECT * FROM conversation WHERE id = ?", (conversation,)).fetchone()
    _call_off(db, conversation, why)
    db.execute(
        "UPDATE message SET disposition = 'review', priority = 'high', code = ?, detail = ?, "
        "backup = NULL, decided_at = NULL, shown_in = NULL WHERE conversation = ? "
        "AND disposition = 'forward' AND NOT answered",
        (Code.NOT_FORWARDED, why, conversation),
    )
    db.execute(
        "UPDATE conversation SET backup = NULL, tried = ?, pass_why = NULL, due_at = NULL, "
        "question_at = NULL WHERE id = ?",
        (json.dumps(_tried(row)), conversation),
    )


def waits(db: sqlite3.Connection, conversation: int) -> bool:
    """Whether a backup is to answer anything in it."""
    found = db.execute(
        "SELECT 1 FROM message WHERE conversation = ? AND disposition = 'forward' AND NOT answered",
        (conversation,),
    ).fetchone()
    return found is not None


def is_wanted(db: sqlite3.Connection, row: int) -> bool:
    """Whether a forward in the outbox is still to be made: neither answered nor another's meanwhile."""
    found = db.execute(
        "SELECT outbox.backups, conversation.backup, message.answered FROM outbox "
        "JOIN message ON message.id = outbox.message "
        "JOIN conversation ON conversation.id = message.conversation WHERE outbox.id = ?",
        (row,),
    ).fetchone()
    if found is None:
        return True
    return not found["answered"] and found["backup"] in json.loads(found["backups"])[:1]


def settle(
    db: sqlite3.Connection, conversation: int, proof: str, now: datetime, *, until: datetime | None = None
) -> None:
    """Answered: nobody is asked any more, and what still waited to be sent for it is not sent.

    until: when the answer was written; what came in after it still waits for one.
    """
    limit = 1 << 62 if until is None else us(until)
    scope = "conversation = ? AND coalesce(arrived_at, taken_up_at) <= ?"
    db.execute(f"UPDATE message SET answered = 1 WHERE {scope}", (conversation, limit))
    db.execute(  # as good as decided: it went to nobody
        "UPDATE message SET disposition = 'review', priority = 'normal', decided_at = ? WHERE answered "
        f"AND disposition = 'forward' AND {scope} AND id IN (SELECT message FROM outbox "
        "WHERE kind = 'forward' AND state = 'pending') AND id NOT IN (SELECT message FROM outbox "
        "WHERE kind = 'forward' AND state IN ('sent', 'sending'))",
        (us(now), conversation, limit),
    )
    db.execute(
        "UPDATE outbox SET state = 'failed', octets = NULL, last_reply = 'answered' WHERE kind = 'forward' "
        f"AND state IN ('pending', 'sending') AND message IN (SELECT id FROM message WHERE {scope})",
        (conversation, limit),
    )
    db.execute(
        f"DELETE FROM original WHERE message IN (SELECT id FROM message WHERE {scope})",
        (conversation, limit),
    )
    db.execute(  # what had come back to the owner
        "UPDATE message SET decided_at = coalesce(decided_at, ?) WHERE disposition = 'review' "
        f"AND code = ? AND {scope}",
        (us(now), Code.NOT_FORWARDED, conversation, limit),
    )
    if not waits(db, conversation):
        db.execute(
            "UPDATE conversation SET answered_at = ?, proof = ?, due_at = NULL, pass_why = NULL WHERE id = ?",
            (us(now), proof, conversation),
        )


def hand_over(db: sqlite3.Connection, conversation: int, taken: TakenUp) -> None:
    """A message goes to a backup: the conversation is theirs, and waits for an answer (again)."""
    message, verdict = taken.message, taken.verdict
    row = db.execute("SELECT * FROM conversation WHERE id = ?", (conversation,)).fetchone()
    everybody = sorted({*json.loads(row["originators"]), *originators(message)})
    chain = json.dumps(taken.chain) if taken.chain else row["chain"]
    if taken.quotes_answer:
        settle(db, conversation, "quoted", taken.taken_up_at)
    elif verdict.code is Code.CONVERSATION and verdict.backup != row["backup"] and waits(db, conversation):
        # Whoever has it is not there: with this mail all of it is passed on, in one go.
        db.execute(
            "UPDATE conversation SET originators = ?, pass_why = coalesce(pass_why, 'away') WHERE id = ?",
            (json.dumps(everybody), conversation),
        )
        return
    db.execute(
        "UPDATE conversation SET backup = ?, originators = ?, chain = ?, tried = ?, subject = ?, "
        "answered_at = NULL, accepted_at = NULL, handed_at = CASE WHEN backup = ? THEN handed_at END, "
        "due_at = CASE WHEN backup = ? THEN due_at END WHERE id = ?",
        (
            verdict.backup,
            json.dumps(everybody),
            chain,
            "[]" if row["backup"] is None else row["tried"],  # it was the owner's, and begins anew
            base_subject(message.subject)[0].lower(),
            verdict.backup,
            verdict.backup,
            conversation,
        ),
    )


def note_evidence(db: sqlite3.Connection, conversation: int, verdict: Verdict, now: datetime) -> None:
    """What a mail in a handover proves about it."""
    if verdict.code is Code.ANSWER:
        settle(db, conversation, "answer" if verdict.detail else "colleague", now)
    elif verdict.code is Code.FROM_BACKUP:
        db.execute(
            "UPDATE conversation SET question_at = ? WHERE id = ? AND backup = ?",
            (us(now), conversation, verdict.detail),
        )
    elif verdict.code is Code.NOT_ME:  # of one who had it before, it says nothing new
        db.execute(
            "UPDATE conversation SET pass_why = ? WHERE id = ? AND backup = ? AND answered_at IS NULL",
            (verdict.code, conversation, verdict.detail),
        )
    elif verdict.code is Code.NOBODY_THERE and verdict.conversation is not None:
        # Whoever has it is not there, nor is anybody else: all of it is the owner's again.
        db.execute(
            "UPDATE conversation SET pass_why = coalesce(pass_why, 'away') WHERE id = ? "
            "AND answered_at IS NULL",
            (conversation,),
        )


def note_bounce(db: sqlite3.Connection, account: str, message_ids: Sequence[str], now: datetime) -> None:
    """Whoever a mail of ours did not reach cannot be reached, until a human mail comes from them."""
    for message_id in message_ids:
        row = db.execute(
            "SELECT id, backups FROM outbox WHERE account = ? AND message_id = ?", (account, message_id)
        ).fetchone()
        if row:  # of a review: nobody saw what stood in it, so it comes in full again
            db.execute(
                "UPDATE message SET shown_in = NULL WHERE shown_in = "
                "(SELECT id FROM review WHERE outbox = ?)",
                (row["id"],),
            )
        for backup in json.loads(row["backups"])[:1] if row else []:
            backup_said(db, account, backup, "bounce", now)


def absences(db: sqlite3.Connection, account: str, now: datetime) -> Mapping[str, Absence]:
    found = {}
    for row in db.execute("SELECT * FROM backup WHERE account = ?", (account,)).fetchall():
        if row["absent_since"] is not None:
            why: Literal["bounce", "automatic"] = "bounce" if row["said"] == "bounce" else "automatic"
            found[row["backup"]] = Absence(why, at(row["absent_since"]))
        elif row["said"] == "declined":
            found[row["backup"]] = Absence("declined", None)
        elif any(begin <= us(now) < end for begin, end in json.loads(row["away"])):
            found[row["backup"]] = Absence("dates", None)
    return found


def _backup(db: sqlite3.Connection, account: str, backup: str) -> None:
    db.execute("INSERT OR IGNORE INTO backup (account, backup) VALUES (?, ?)", (account, backup))


def backup_said(db: sqlite3.Connection, account: str, backup: str, said: str, now: datetime) -> None:
    """said: "accepted", "declined", "automatic" (away until a human mail comes), "bounce" or "human"."""
    _backup(db, account, backup)
    if said in ("automatic", "bounce"):
        db.execute(
            "UPDATE backup SET absent_since = coalesce(absent_since, ?), said = coalesce(said, ?) "
            "WHERE account = ? AND backup = ?",
            (us(now), said, account, backup),
        )
        db.execute(  # what they have is with nobody now
            "UPDATE conversation SET pass_why = coalesce(pass_why, ?) WHERE account = ? AND backup = ? "
            "AND answered_at IS NULL",
            (said, account, backup),
        )
        return
    db.execute(
        "UPDATE backup SET absent_since = NULL WHERE account = ? AND backup = ?",
        (account, backup),
    )
    if said != "human":
        db.execute(
            "UPDATE backup SET said = ?, said_at = ? WHERE account = ? AND backup = ?",
            (said, us(now), account, backup),
        )


def obey_backup(db: sqlite3.Connection, account: str, order: BackupOrder, now: datetime) -> bool:
    """Within the transaction of what brought it."""
    if order.verb in (Verb.ANSWERED, Verb.LATER_TODAY, Verb.NOT_ME):
        held = db.execute(
            "SELECT 1 FROM conversation WHERE id = ? AND account = ? AND backup = ? AND answered_at IS NULL",
            (order.conversation, account, order.backup),
        ).fetchone()
        if not held or order.conversation is None:
            return False
        if order.verb is Verb.ANSWERED:
            settle(db, order.conversation, "phoned", now)
        elif order.verb is Verb.LATER_TODAY:
            db.execute("UPDATE conversation SET accepted_at = ? WHERE id = ?", (us(now), order.conversation))
        else:
            db.execute("UPDATE conversation SET pass_why = 'not_me' WHERE id = ?", (order.conversation,))
        return True
    said = {Verb.THERE: "accepted", Verb.RATHER_NOT: "declined", Verb.NOT_FROM_TO: "dates"}[order.verb]
    backup_said(db, account, order.backup, said, now)
    if order.verb is Verb.NOT_FROM_TO:
        away = [[us(window.from_at), us(window.until_at)] for window in order.away]
        db.execute(
            "UPDATE backup SET away = ? WHERE account = ? AND backup = ?",
            (json.dumps(away), account, order.backup),
        )
        if any(begin <= us(now) < end for begin, end in away):  # what they have is with nobody now
            db.execute(
                "UPDATE conversation SET pass_why = coalesce(pass_why, 'away') WHERE account = ? "
                "AND backup = ? AND answered_at IS NULL",
                (account, order.backup),
            )
    elif order.verb is Verb.RATHER_NOT:
        db.execute(
            "UPDATE conversation SET pass_why = coalesce(pass_why, 'not_me') WHERE account = ? "
            "AND backup = ? AND answered_at IS NULL",
            (account, order.backup),
        )
    return True


def _keep_for_later(db: sqlite3.Connection, account: str, mail: OwnMail) -> None:
    """Sent may be read before INBOX: what it answers is known when that is taken up."""
    for named in mail.named_ids:
        if db.execute(
            "SELECT 1 FROM known_id WHERE account = ? AND message_id = ?", (account, named)
        ).fetchone():
            continue
        db.execute(
            "INSERT INTO own_mail (account, named, message_id, sent_at, recipients, backup, due_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                account,
                named,
                mail.message_id,
                us(mail.sent_at),
                json.dumps(mail.recipients),
                mail.backup,
                None if mail.due_at is None else us(mail.due_at),
            ),
        )


def apply_own_mails(db: sqlite3.Connection, account: str, taken: TakenUp) -> None:
    """What the owner had answered or passed on by hand before we got to it."""
    message = taken.message
    arrived_at = message.arrived_at or taken.taken_up_at
    rows = db.execute(
        "SELECT * FROM own_mail WHERE account = ? AND named = ? AND sent_at >= ? ORDER BY sent_at",
        (account, message.message_id, us(arrived_at)),
    ).fetchall()
    for row in rows:
        mail = OwnMail(
            message_id=row["message_id"],
            named_ids=(row["named"],),
            sent_at=at(row["sent_at"]),
            recipients=tuple(json.loads(row["recipients"])),
            backup=row["backup"],
            due_at=at_or_none(row["due_at"]),
        )
        _owner_wrote(db, account, mail, taken.taken_up_at)


def _owner_wrote(db: sqlite3.Connection, account: str, mail: OwnMail, now: datetime) -> str | None:
    """A mail that the owner sent by hand: what it settles. Its own Message-ID is known from now on."""
    conversation: int | None = None
    for message_id in mail.named_ids:
        row = db.execute(
            "SELECT conversation FROM known_id WHERE account = ? AND message_id = ? "
            "AND conversation IS NOT NULL",
            (account, message_id),
        ).fetchone()
        if row:
            conversation = row["conversation"]
            break
    if mail.message_id is not None:
        db.execute("INSERT OR IGNORE INTO owners_id VALUES (?, ?)", (account, mail.message_id))
        db.execute(
            "INSERT INTO known_id (account, message_id, conversation, ours) VALUES (?, ?, ?, 'owner') "
            "ON CONFLICT DO UPDATE SET conversation = coalesce(conversation, excluded.conversation)",
            (account, mail.message_id, conversation),
        )
    if conversation is None:
        return None
    found = db.execute("SELECT * FROM conversation WHERE id = ?", (conversation,)).fetchone()
    recipients = {normal_address(each) for each in mail.recipients}
    senders = db.execute(  # of clients: neither a backup's nor a machine's that wrote about it
        "SELECT originator FROM message WHERE conversation = ? AND disposition IN ('forward', 'review') "
        "AND code <> ?",
        (conversation, Code.FROM_BACKUP),
    ).fetchall()
    clients = {*json.loads(found["originators"]), *(normal_address(row["originator"]) for row in senders)}
    if clients & recipients:
        settle(db, conversation, "owner", now, until=mail.sent_at)
        db.execute(
            "UPDATE message SET decided_at = coalesce(decided_at, ?) WHERE conversation = ? "
            "AND disposition = 'review' AND coalesce(arrived_at, taken_up_at) <= ?",
            (us(now), conversation, us(mail.sent_at)),
        )
        return "answered"
    if mail.backup is not None:
        db.execute(
            "UPDATE message SET disposition = 'forward', backup = ?, decided_at = NULL "
            "WHERE conversation = ? AND (disposition = 'forward' AND NOT answered "
            "OR disposition = 'review' AND decided_at IS NULL AND code <> ?)",
            (mail.backup, conversation, Code.FROM_BACKUP),
        )
        is_waiting = waits(db, conversation)
        _call_off(db, conversation, "forwarded by hand")
        db.execute(
            "UPDATE conversation SET backup = ?, originators = ?, tried = ?, handed_at = ?, due_at = ?, "
            "answered_at = CASE WHEN ? THEN NULL ELSE coalesce(answered_at, ?) END, pass_why = NULL, "
            "question_at = NULL, accepted_at = NULL WHERE id = ?",
            (
                mail.backup,
                json.dumps(sorted(clients - {""})),
                json.dumps([key for key in _tried(found) if key != mail.backup]),
                us(now),
                us(mail.due_at) if mail.due_at is not None and is_waiting else None,
                is_waiting,
                us(now),
                conversation,
            ),
        )
        return "handed over"
    return None

"""The part of the state that commands need: secrets, a review's numbers, what was asked and done."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ...core.commands.authority import Secret, Standing, named_secret
from ...core.commands.command import Grant, Line, Verb
from ...core.folders import BELOW, DONE, INBOX, TO_DO
from ...core.handovers.codes import Code, Disposition
from ...core.handovers.known import handover_ids
from ...core.mail.message import Address, Message
from ...core.people import Window, normal_address
from ...core.reviews.arrange import Receipt
from ...ports import (
    Arrival,
    BackupOrder,
    CarriedOut,
    CommandRow,
    Decide,
    Hand,
    PassOn,
    Place,
    PutBack,
    Release,
    Reopen,
    Said,
    Status,
    TakenUp,
    Target,
    Withdraw,
)
from .handovers import hand_over, obey_backup
from .part import Part, at, us


def insert_tokens(
    db: sqlite3.Connection, account: str, tokens: Mapping[str, Grant], review: int | None = None
) -> None:
    """review: the one that holds them, for those that do not say."""
    db.executemany(
        "INSERT INTO token (account, token, verb, by, items, backup, conversation, review, question, "
        "expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                account,
                token,
                grant.verb,
                grant.by,
                json.dumps(grant.items),
                grant.backup,
                grant.conversation,
                review if grant.review is None else grant.review,
                grant.question,
                us(grant.expires_at),
            )
            for token, grant in tokens.items()
        ],
    )


def insert_lines(db: sqlite3.Connection, review: int, lines: Sequence[Line]) -> None:
    db.executemany(
        "INSERT INTO review_line (review, number, messages, verb, backup, is_low) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (review, line.number, json.dumps(line.messages), line.verb, line.backup, line.is_low)
            for line in lines
        ],
    )


def spend_token(db: sqlite3.Connection, account: str, token: str, now: datetime) -> bool:
    """Within the transaction of its effect; False if it was spent, has expired, or never was."""
    spent = db.execute(
        "UPDATE token SET spent_at = ? WHERE account = ? AND token = ? AND spent_at IS NULL "
        "AND expires_at > ?",
        (us(now), account, token, us(now)),
    )
    return spent.rowcount == 1


class CommandTables(Part):
    """The CommandStore port."""

    async def add_tokens(self, tokens: Mapping[str, Grant]) -> None:
        await self._run(lambda db: insert_tokens(db, self.account, tokens))

    async def grant(self, token: str) -> tuple[Grant, datetime | None] | None:
        def work(db: sqlite3.Connection) -> tuple[Grant, datetime | None] | None:
            row = db.execute(
                "SELECT * FROM token WHERE account = ? AND token = ?", (self.account, token)
            ).fetchone()
            if row is None:
                return None
            grant = _grant(row)
            return grant, None if row["spent_at"] is None else at(row["spent_at"])

        return await self._run(work)

    async def next_command(self) -> CommandRow | None:
        def work(db: sqlite3.Connection) -> CommandRow | None:
            row = db.execute(
                "SELECT * FROM command WHERE account = ? AND state = 'pending' ORDER BY id LIMIT 1",
                (self.account,),
            ).fetchone()
            return _command_row(db, row) if row else None

        return await self._run(work)

    async def held_command(self) -> CommandRow | None:
        def work(db: sqlite3.Connection) -> CommandRow | None:
            row = db.execute(
                "SELECT * FROM command WHERE account = ? AND state = 'held' AND NOT is_asked "
                "ORDER BY id LIMIT 1",
                (self.account,),
            ).fetchone()
            return _command_row(db, row) if row else None

        return await self._run(work)

    async def is_asked_about(self, sender: str) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            rows = db.execute(
                "SELECT DISTINCT sender FROM command WHERE account = ? AND state = 'held' AND is_asked "
                "AND message IS NULL",
                (self.account,),
            ).fetchall()
            return len(rows) >= MOST_QUESTIONS or sender in [row["sender"] for row in rows]

        return await self._run(work)

    async def targets(self, messages: Sequence[int]) -> list[Target]:
        def work(db: sqlite3.Connection) -> list[Target]:
            found = []
            for id_ in messages:
                row = db.execute(
                    "SELECT * FROM message WHERE account = ? AND id = ?", (self.account, id_)
                ).fetchone()
                if row:
                    found.append(_target(db, row))
            return found

        return await self._run(work)

    async def carry_out(self, done: CarriedOut, now: datetime) -> bool:
        return await self._run(lambda db: _carry_out(db, self.account, done, now))

    async def arrived(
        self,
        place: Place,
        message: Message,
        order: Verb | None,
        backup: str | None,
        now: datetime,
    ) -> Arrival:
        return await self._run(lambda db: _arrived(db, self.account, place, message, order, backup, now))

    async def order(
        self,
        place: Place,
        verb: Verb,
        backup: str | None,
        now: datetime,
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            row = db.execute(
                "SELECT id FROM message WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ? "
                "AND is_there",
                (self.account, place.mailbox, place.uidvalidity, place.uid),
            ).fetchone()
            if row:
                _insert_move(db, self.account, row["id"], verb, backup, now)

        await self._run(work)

    async def lines(self, review: int) -> list[Line]:
        def work(db: sqlite3.Connection) -> list[Line]:
            rows = db.execute(
                "SELECT * FROM review_line WHERE review = ? ORDER BY is_low, number", (review,)
            ).fetchall()
            return [
                Line(
                    number=row["number"],
                    messages=tuple(json.loads(row["messages"])),
                    verb=Verb(row["verb"]) if row["verb"] else None,
                    backup=row["backup"],
                    is_low=bool(row["is_low"]),
                )
                for row in rows
            ]

        return await self._run(work)


# --- the steps of a transaction ---------------------------------------------------------------------

TEXT_CHARACTERS = 20_000
MOST_QUESTIONS = 5
"""Open at a time: who has stolen a secret must not fill the owner's inbox by it."""


def secret_of(
    db: sqlite3.Connection, account: str, message: Message, now: datetime
) -> tuple[Secret | None, str | None, int | None]:
    """The secret that a mail carries, if there is such a one; its token, or the review that it answers."""
    token, answered = named_secret(message)
    if token is not None:
        row = db.execute("SELECT * FROM token WHERE account = ? AND token = ?", (account, token)).fetchone()
        if row is None:
            return None, None, None
        is_live = row["spent_at"] is None and row["expires_at"] > us(now)
        return Secret(_grant(row), is_live, _asked_about(db, row["question"])), token, None
    if answered is None:
        return None, None, None
    row = db.execute(
        "SELECT review FROM review_alias WHERE account = ? AND message_id = ? UNION ALL "
        "SELECT review.id FROM review JOIN outbox ON outbox.id = review.outbox "
        "WHERE review.account = ? AND outbox.message_id = ?",
        (account, answered, account, answered),
    ).fetchone()
    if row is None:
        return None, None, None
    expires_at = db.execute(
        "SELECT max(expires_at) FROM token WHERE account = ? AND review = ?", (account, row["review"])
    ).fetchone()[0]
    return Secret(None, expires_at is None or expires_at > us(now)), None, row["review"]


def _asked_about(db: sqlite3.Connection, question: int | None) -> str | None:
    row = db.execute("SELECT sender FROM command WHERE id = ? AND message IS NULL", (question,)).fetchone()
    return normal_address(row["sender"]) if row else None


def alias_review(db: sqlite3.Connection, account: str, message_id: str, review: int) -> None:
    db.execute("INSERT OR IGNORE INTO review_alias VALUES (?, ?, ?)", (account, message_id, review))


def command_addresses(db: sqlite3.Connection, account: str) -> frozenset[str]:
    rows = db.execute("SELECT address FROM command_address WHERE account = ?", (account,)).fetchall()
    return frozenset(row["address"] for row in rows)


def insert_command(db: sqlite3.Connection, account: str, taken: TakenUp) -> None:
    """A command mail, within the transaction that takes it up."""
    message, verdict, now = taken.message, taken.verdict, taken.taken_up_at
    _, token, review = secret_of(db, account, message, now)
    states = {Code.COMMAND: "pending", Code.COMMAND_HELD: "held"}
    sender = message.originator
    db.execute(
        "INSERT INTO command (account, way, state, at, token, review, sender, text, detail) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account,
            "button" if token else "reply",
            states.get(verdict.code, "refused"),
            us(now),
            token,
            review,
            sender.address if sender else "",
            message.text[:TEXT_CHARACTERS],
            "" if verdict.code in states else verdict.detail,
        ),
    )


def receipts_since(db: sqlite3.Connection, account: str, since: int) -> tuple[Receipt, ...]:
    rows = db.execute(
        "SELECT receipt.*, message.subject FROM receipt JOIN message ON message.id = receipt.message "
        "WHERE receipt.account = ? AND receipt.at > ? ORDER BY receipt.at, receipt.rowid",
        (account, since),
    ).fetchall()
    return tuple(
        Receipt(
            verb=Verb(row["verb"]),
            subject=row["subject"],
            backup_name=row["backup"],
            at=at(row["at"]),
            way=row["way"],
            messages=row["messages"],
        )
        for row in rows
    )


def refusals_since(
    db: sqlite3.Connection, account: str, since: int
) -> tuple[tuple[Standing, str, datetime], ...]:
    """Commands without effect, or none yet: why, from which address, when."""
    rows = db.execute(
        "SELECT CASE state WHEN 'held' THEN ? ELSE detail END AS detail, sender, at FROM command "
        "WHERE account = ? AND (state = 'refused' OR (state = 'held' AND message IS NULL)) AND at > ? "
        "AND detail <> ? ORDER BY id",
        (Standing.HELD, account, since, Standing.AUTOMATIC),
    ).fetchall()
    return tuple((Standing(row["detail"]), row["sender"], at(row["at"])) for row in rows)


def _grant(row: sqlite3.Row) -> Grant:
    return Grant(
        verb=Verb(row["verb"]),
        by=row["by"],
        items=tuple(json.loads(row["items"])),
        expires_at=at(row["expires_at"]),
        backup=row["backup"],
        conversation=row["conversation"],
        review=row["review"],
        question=row["question"],
    )


def _command_row(db: sqlite3.Connection, row: sqlite3.Row) -> CommandRow:
    return CommandRow(
        id=row["id"],
        way=row["way"],
        token=row["token"],
        review=row["review"],
        sender=row["sender"],
        text=row["text"],
        message=row["message"],
        verb=Verb(row["verb"]) if row["verb"] else None,
        backup=row["backup"],
        note=row["note"],
        is_confirmed=bool(row["is_confirmed"]),
        is_moved_along=row["way"] == "folder" and _is_moved_along(db, row),
        has_newer=row["way"] == "folder" and _has_newer(db, row),
        at=at(row["at"]),
    )


_TOGETHER = timedelta(minutes=2)
"""What a phone moves along with a conversation turns up in the same look, or the next."""


def _is_moved_along(db: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Whether another mail of the same conversation, one that waited for a decision, was moved as well."""
    span = _TOGETHER // timedelta(microseconds=1)
    found = db.execute(
        "SELECT 1 FROM command JOIN message ON message.id = command.message "
        "WHERE command.account = ? AND command.way = 'folder' AND command.id <> ? "
        "AND abs(command.at - ?) <= ? AND message.conversation = "
        "(SELECT conversation FROM message WHERE id = ?) AND (message.code = ? "
        "OR (message.disposition = 'review' AND message.decision IS NULL))",
        (row["account"], row["id"], row["at"], span, row["message"], Code.ORDERED),
    ).fetchone()
    return found is not None


def _has_newer(db: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Whether a later mail of its conversation waits, or has left INBOX a moment ago."""
    found = db.execute(
        "SELECT 1 FROM message WHERE id > ? AND disposition = 'review' AND decision IS NULL "
        "AND (decided_at IS NULL OR decided_at >= ?) "
        "AND conversation = (SELECT conversation FROM message WHERE id = ?)",
        (row["message"], row["at"] - _TOGETHER // timedelta(microseconds=1), row["message"]),
    ).fetchone()
    return found is not None


def _target(db: sqlite3.Connection, row: sqlite3.Row) -> Target:
    status: Status
    if row["disposition"] == Disposition.FORWARD:
        under_way = db.execute(
            "SELECT 1 FROM outbox WHERE message = ? AND kind = 'forward' AND state IN ('sent', 'sending')",
            (row["id"],),
        ).fetchone()
        status = "forwarded" if under_way else "waiting"
    elif row["disposition"] == Disposition.PRIVATE:
        status = "private"
    elif row["disposition"] != Disposition.REVIEW:
        status = "other"
    elif row["decision"] is not None:
        status = row["decision"]
    else:
        status = "open" if row["decided_at"] is None else "left"
    return Target(
        id=row["id"],
        conversation=row["conversation"],
        place=Place(row["mailbox"], row["uidvalidity"], row["uid"]) if row["is_there"] else None,
        status=status,
        subject=row["subject"],
        sender=Address(row["originator_name"], row["originator"]),
        backup=row["backup"],
        rule=row["rule"],
        header_digest=row["header_digest"],
        arrived_at=None if row["arrived_at"] is None else at(row["arrived_at"]),
    )


def _insert_move(
    db: sqlite3.Connection, account: str, message: int, verb: Verb, backup: str | None, now: datetime
) -> None:
    db.execute(
        "INSERT INTO command (account, way, state, at, message, verb, backup) "
        "VALUES (?, 'folder', 'pending', ?, ?, ?, ?)",
        (account, us(now), message, verb, backup),
    )


def _arrived(
    db: sqlite3.Connection,
    account: str,
    place: Place,
    message: Message,
    order: Verb | None,
    backup: str | None,
    now: datetime,
) -> Arrival:
    """A message turned up in one of our folders."""
    rows = db.execute(
        "SELECT * FROM message WHERE account = ? AND header_digest = ? ORDER BY id",
        (account, message.header_digest),
    ).fetchall()
    arrived = None if message.arrived_at is None else us(message.arrived_at)
    same = [row for row in rows if row["arrived_at"] == arrived]
    if not same:
        return "unknown"
    # Of equal mails it is the one that we filed there, or that has left its place, or else the first.
    row = min(
        same,
        key=lambda row: (place.mailbox not in (row["file_to"], row["filed_in"]), row["is_there"], row["id"]),
    )
    is_filed_by_us = place.mailbox in (row["file_to"], row["filed_in"])
    db.execute(
        "UPDATE message SET mailbox = ?, uidvalidity = ?, uid = ?, is_there = 1, file_to = NULL, "
        "filed_in = NULL WHERE id = ?",
        (place.mailbox, place.uidvalidity, place.uid, row["id"]),
    )
    if is_filed_by_us or order is None:
        return "ours"
    if row["disposition"] in (Disposition.OWN, Disposition.IGNORE):
        return "ours"
    _insert_move(db, account, row["id"], order, backup, now)
    return "ordered"


def _carry_out(db: sqlite3.Connection, account: str, done: CarriedOut, now: datetime) -> bool:
    row = db.execute("SELECT state FROM command WHERE id = ?", (done.command,)).fetchone()
    if row is None or row["state"] not in ("pending", "held"):
        return False
    if done.token is not None and not spend_token(db, account, done.token, now):
        db.execute(
            "UPDATE command SET state = 'refused', detail = ? WHERE id = ?", (Standing.SPENT, done.command)
        )
        return False
    for effect in done.effects:
        match effect:
            case Decide():
                _decide(db, effect, now, done.has_folders)
            case Hand():
                _hand(db, account, effect, now)
            case Reopen():
                _reopen(db, effect, done.has_folders)
            case Withdraw():
                _withdraw(db, effect.conversation, now, done.has_folders)
            case PutBack():
                if done.has_folders:
                    _file(db, effect.message, effect.folder)
            case Release():
                _release(db, account, effect.command)
            case PassOn():
                _pass_on(db, effect)
            case Said():
                _said(db, account, effect, now)
    for receipt in done.receipts:
        db.execute(
            "INSERT INTO receipt (account, at, verb, message, backup, way, messages) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                account,
                us(now),
                receipt.verb,
                receipt.message,
                receipt.backup or "",
                receipt.way,
                receipt.messages,
            ),
        )
    for question in done.questions:
        cursor = db.execute(
            "INSERT INTO command (account, way, state, at, message, verb, backup, note, is_asked) "
            "VALUES (?, ?, 'held', ?, ?, ?, ?, ?, 1)",
            (
                account,
                question.way,
                us(now),
                question.message,
                Verb.FORWARD,
                question.backup,
                question.note,
            ),
        )
        insert_tokens(db, account, {question.token: replace(question.grant, question=cursor.lastrowid)})
    if row["state"] == "held":
        if done.asks is not None:
            insert_tokens(db, account, {done.asks[0]: done.asks[1]})
        db.execute("UPDATE command SET is_asked = 1 WHERE id = ?", (done.command,))
    else:
        db.execute("UPDATE command SET state = 'done', text = '' WHERE id = ?", (done.command,))
    for recipient, octets, message_id in done.mails:
        if done.review is not None:
            alias_review(db, account, message_id, done.review)
        db.execute(
            "INSERT INTO outbox (account, kind, state, recipient, backups, created_at, due_at, octets, "
            "message_id) VALUES (?, 'answer', 'pending', ?, '[]', ?, ?, ?, ?)",
            (account, recipient, us(now), us(now), octets, message_id),
        )
    return True


_FOLDER_OF = {"done": DONE, "to-do": TO_DO, "later": INBOX}


def _decide(db: sqlite3.Connection, effect: Decide, now: datetime, has_folders: bool) -> None:
    for message in effect.messages:
        db.execute(
            "UPDATE message SET decision = ?, decided_at = coalesce(decided_at, ?), remark = ? WHERE id = ?",
            (effect.decision, us(now), effect.remark, message),
        )
        if has_folders:
            _file(db, message, _FOLDER_OF[effect.decision])


def _file(db: sqlite3.Connection, message: int, folder: str) -> None:
    """It is to go to that folder, unless it is there, has gone, or asks for a receipt."""
    is_ours = f"mailbox LIKE '{BELOW}%'"
    where = f"AND {is_ours}" if folder == INBOX else ""
    db.execute(
        f"UPDATE message SET file_to = CASE WHEN is_there AND mailbox <> ? {where} "
        "AND NOT asks_for_receipt THEN ? END, keyword = NULL WHERE id = ?",
        (folder, folder, message),
    )


def _release(db: sqlite3.Connection, account: str, question: int) -> None:
    """She said yes: what waited for it goes on, and with an address all that came from there."""
    row = db.execute("SELECT * FROM command WHERE id = ?", (question,)).fetchone()
    if row is None:
        return
    if row["message"] is None:
        address = normal_address(row["sender"])
        db.execute("INSERT OR IGNORE INTO command_address VALUES (?, ?)", (account, address))
        db.execute(
            "UPDATE command SET state = 'pending' WHERE account = ? AND state = 'held' AND message IS NULL "
            "AND sender = ?",
            (account, row["sender"]),
        )
        return
    db.execute(
        "UPDATE command SET state = 'pending', is_confirmed = 1 WHERE id = ? AND state = 'held'", (question,)
    )


def _pass_on(db: sqlite3.Connection, effect: PassOn) -> None:
    """The named backup comes next in the chain, and the one who has it is asked no longer."""
    row = db.execute("SELECT chain, tried FROM conversation WHERE id = ?", (effect.conversation,)).fetchone()
    if row is None:
        return
    chain = [effect.backup, *(key for key in json.loads(row["chain"]) if key != effect.backup)]
    tried = [key for key in json.loads(row["tried"]) if key != effect.backup]
    db.execute(
        "UPDATE conversation SET pass_why = 'owner', chain = ?, tried = ? WHERE id = ? "
        "AND answered_at IS NULL",
        (json.dumps(chain), json.dumps(tried), effect.conversation),
    )


def _said(db: sqlite3.Connection, account: str, effect: Said, now: datetime) -> None:
    """A backup tapped a button of a brief or an overview."""
    away = () if effect.dates is None else (Window(*effect.dates),)
    obey_backup(db, account, BackupOrder(effect.backup, effect.verb, effect.conversation, away), now)


def _reopen(db: sqlite3.Connection, effect: Reopen, has_folders: bool) -> None:
    for message in effect.messages:
        db.execute(
            "UPDATE outbox SET state = 'failed', octets = NULL, last_reply = 'undone' WHERE message = ? "
            "AND kind = 'forward' AND state = 'pending'",
            (message,),
        )
        db.execute(
            "UPDATE conversation SET backup = NULL, due_at = NULL WHERE handed_at IS NULL AND id = "
            "(SELECT conversation FROM message WHERE id = ? AND disposition = 'forward')",
            (message,),
        )
        db.execute(
            "UPDATE message SET disposition = 'review', priority = coalesce(priority, 'normal'), "
            "backup = NULL, decision = NULL, decided_at = NULL, remark = '', shown_in = NULL WHERE id = ?",
            (message,),
        )
        if has_folders:
            _file(db, message, "INBOX")


def _withdraw(db: sqlite3.Connection, conversation: int, now: datetime, has_folders: bool) -> None:
    """What nobody has answered is the owner's again; the backup is told in the next overview."""
    changed = db.execute(
        "UPDATE conversation SET withdrawn_at = ?, due_at = NULL, pass_why = NULL WHERE id = ? "
        "AND answered_at IS NULL AND withdrawn_at IS NULL",
        (us(now), conversation),
    ).rowcount
    if changed:
        rows = db.execute(
            "SELECT id FROM message WHERE conversation = ? AND disposition = 'forward' AND NOT answered",
            (conversation,),
        ).fetchall()
        _reopen(db, Reopen(tuple(row["id"] for row in rows)), has_folders)


def _hand(db: sqlite3.Connection, account: str, effect: Hand, now: datetime) -> None:
    """A message that waited for the owner goes to a backup, as if a rule had said so."""
    taken, message = effect.taken, effect.message
    row = db.execute("SELECT conversation FROM message WHERE id = ?", (message,)).fetchone()
    conversation = row["conversation"]
    if conversation is None:  # a private one, confirmed
        cursor = db.execute("INSERT INTO conversation (account, originators) VALUES (?, '[]')", (account,))
        conversation = cursor.lastrowid
        db.executemany(
            "INSERT OR IGNORE INTO known_id (account, message_id, conversation) VALUES (?, ?, ?)",
            [(account, id_, conversation) for id_ in handover_ids(taken.message)],
        )
    assert conversation is not None
    hand_over(db, conversation, taken)
    db.execute("UPDATE conversation SET withdrawn_at = NULL, pass_why = NULL WHERE id = ?", (conversation,))
    sender = taken.message.originator or Address("", "")
    db.execute(
        "UPDATE message SET disposition = 'forward', code = ?, backup = ?, conversation = ?, answered = 0, "
        "decision = NULL, decided_at = NULL, file_to = NULL, originator_name = ?, originator = ?, "
        "subject = ? WHERE id = ?",
        (
            Code.ORDERED,
            taken.verdict.backup,
            conversation,
            sender.name,
            sender.address,
            taken.message.subject,
            message,
        ),
    )
    octets = taken.original or b""
    db.execute(
        "INSERT OR REPLACE INTO original (message, octets, sha256) VALUES (?, ?, ?)",
        (message, octets, hashlib.sha256(octets).hexdigest()),
    )
    db.execute(
        "INSERT INTO outbox (account, kind, state, recipient, backups, message, created_at, due_at, note) "
        "VALUES (?, 'forward', 'pending', '', ?, ?, ?, ?, ?)",
        (account, json.dumps(taken.verdict.backups), message, us(now), us(now), effect.note),
    )

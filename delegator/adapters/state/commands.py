"""The part of the state that commands need: secrets, a review's numbers, what was asked and done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ...core.commands.authority import Secret, Standing, named_secret
from ...core.commands.command import OF_BACKUPS, OF_MAILS, Grant, Line, Verb
from ...core.folders import DONE, INBOX, TO_DO
from ...core.handovers.codes import Code, Disposition
from ...core.handovers.conversation import PassingCommanded, Undone, Withdrawn, with_id
from ...core.handovers.machine import status_of
from ...core.handovers.presence import BackupCommand
from ...core.mail.message import Address, Message
from ...core.mail.place import moved_here
from ...core.people import normal_address
from ...core.reviews.effects import (
    Alter,
    CommandRow,
    Decide,
    Effect,
    FileLeft,
    Hand,
    Obey,
    PassOn,
    PutBack,
    Release,
    Reopen,
    SendList,
    Settle,
    Target,
    Withdraw,
)
from ...core.reviews.follows import CommandMail
from ...core.reviews.moves import TOGETHER, has_newer, is_moved_along, is_put_there
from ...ports import Arrival, CarriedOut, Place
from .absence import alter, parts_of
from .conversations import (
    Doing,
    conversation_of,
    file,
    file_left,
    happens,
    keep_original,
    load,
    mail_from,
    new_conversation,
    obey_backup,
    reopen_alone,
    sendings_of,
)
from .part import HELD_UP, Part, at, filled, numbers, one_of, us, us_or_none
from .places import known_alike, move_to
from .queue import queue, want_list


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
        "INSERT INTO review_line (review, number, messages, verb, backup, is_low, conversation) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                review,
                line.number,
                json.dumps(line.messages),
                line.verb,
                line.backup,
                line.is_low,
                line.conversation,
            )
            for line in lines
        ],
    )


def spend_token(db: sqlite3.Connection, account: str, token: str, now: datetime) -> bool:
    """Within the transaction of its effect; False if it was spent, has expired, or never was."""
    spent = db.execute(
        "UPDATE token SET spent_at = ? WHERE account IN (?, ?) AND token = ? AND spent_at IS NULL "
        "AND expires_at > ?",
        (us(now), *parts_of(account), token, us(now)),
    )
    return spent.rowcount == 1


class CommandTables(Part):
    """The CommandStore port."""

    async def add_tokens(self, tokens: Mapping[str, Grant]) -> None:
        await self._run(lambda db: insert_tokens(db, self.account, tokens))

    async def grant(self, token: str) -> Grant | None:
        def work(db: sqlite3.Connection) -> Grant | None:
            row = _token(db, self.account, token)
            return _grant(row) if row else None

        return await self._run(work)

    async def next_command(self) -> CommandRow | None:
        return await self._run(self._next_command)

    def _next_command(self, db: sqlite3.Connection) -> CommandRow | None:
        row = db.execute(
            "SELECT * FROM command WHERE account = ? AND state = 'pending' ORDER BY id LIMIT 1",
            (self.account,),
        ).fetchone()
        return _command_row(db, row) if row else None

    async def held_command(self) -> CommandRow | None:
        return await self._run(self._held_command)

    def _held_command(self, db: sqlite3.Connection) -> CommandRow | None:
        row = db.execute(
            "SELECT * FROM command WHERE account = ? AND state = 'held' AND NOT is_asked ORDER BY id LIMIT 1",
            (self.account,),
        ).fetchone()
        return _command_row(db, row) if row else None

    async def asked_about(self) -> frozenset[str]:
        def work(db: sqlite3.Connection) -> frozenset[str]:
            rows = db.execute(
                "SELECT DISTINCT sender FROM command WHERE account = ? AND state = 'held' AND is_asked "
                "AND message IS NULL AND detail <> ?",
                (self.account, IN_DOUBT),
            ).fetchall()
            return frozenset(row["sender"] for row in rows)

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
        command: Verb | None,
        backup: str | None,
        now: datetime,
    ) -> Arrival:
        return await self._run(lambda db: _arrived(db, self.account, place, message, command, backup, now))

    async def was_in_junk(self, message: Message) -> bool:
        found = "SELECT 1 FROM seen_in_junk WHERE account = ? AND header_digest = ? AND arrived_at = ?"
        values = (self.account, message.header_digest, us_or_none(message.arrived_at))
        return await self._run(lambda db: db.execute(found, values).fetchone() is not None)

    async def command(
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
                "SELECT review_line.*, review <> ?1 AS is_elsewhere FROM review_line "
                "JOIN review ON review.id = review_line.review JOIN review AS answered ON answered.id = ?1 "
                "WHERE review = ?1 OR (review.account = answered.account "
                "AND review.created_at = answered.created_at "
                "AND review.kind IN ('home', 'list') AND answered.kind IN ('home', 'list')) "
                "ORDER BY is_low, number",
                (review,),
            ).fetchall()
            return [
                Line(
                    number=row["number"],
                    messages=numbers(row["messages"]),
                    verb=one_of(OF_MAILS, Verb(row["verb"])) if row["verb"] else None,
                    backup=filled(row["backup"]),
                    is_low=bool(row["is_low"]),
                    conversation=row["conversation"],
                    is_elsewhere=bool(row["is_elsewhere"]),
                )
                for row in rows
            ]

        return await self._run(work)


# --- the steps of a transaction ---------------------------------------------------------------------

IN_DOUBT = "in_doubt"
"""Why a reply is held: a line of it was not understood."""


def secret_of(db: sqlite3.Connection, account: str, message: Message, now: datetime) -> Secret | None:
    """The secret that a mail carries, if there is such a one."""
    token, answered = named_secret(message)
    if token is not None:
        row = _token(db, account, token)
        if row is None:
            return None
        is_live = row["spent_at"] is None and row["expires_at"] > us(now)
        return Secret(_grant(row), is_live, _asked_about(db, row["question"]))
    may_answer = _may_answer(db, account, answered, now)
    review = _review(db, account, answered)
    if review is None:
        return None if may_answer is None else Secret(None, may_answer)
    expires_at = db.execute(
        "SELECT max(expires_at) FROM token WHERE account = ? AND review = ?", (account, review)
    ).fetchone()[0]
    # It ends with its buttons: without any there was nothing to decide.
    return Secret(None, bool(may_answer) or (expires_at is not None and expires_at > us(now)))


def _token(db: sqlite3.Connection, account: str, token: str) -> sqlite3.Row | None:
    """One of this account's; of a question about the absence, also one asked in a trial, or before it."""
    row: sqlite3.Row | None = db.execute(
        "SELECT token.* FROM token LEFT JOIN command ON command.id = token.question WHERE token.token = ? "
        "AND (token.account = ? OR (token.account IN (?, ?) AND token.verb = ? AND command.note <> '' "
        "AND command.way = 'reply')) ORDER BY token.account <> ?",
        (token, account, *parts_of(account), Verb.CONFIRM, account),
    ).fetchone()
    return row


def _may_answer(db: sqlite3.Connection, account: str, message_id: str | None, now: datetime) -> bool | None:
    """Whether a reply to a mail of ours may still command the absence; None: it never might."""
    row = db.execute(
        "SELECT expires_at FROM reply_secret WHERE account IN (?, ?) AND message_id = ?",
        (*parts_of(account), message_id),
    ).fetchone()
    return None if row is None else bool(row["expires_at"] > us(now))


def _review(db: sqlite3.Connection, account: str, message_id: str | None) -> int | None:
    """The review with this Message-ID, or one to which a reply to it is one."""
    row = db.execute(
        "SELECT review FROM review_alias WHERE account = ? AND message_id = ? UNION ALL "
        "SELECT review.id FROM review JOIN outbox ON outbox.id = review.outbox "
        "WHERE review.account = ? AND outbox.message_id = ?",
        (account, message_id, account, message_id),
    ).fetchone()
    return row["review"] if row else None


def _asked_about(db: sqlite3.Connection, question: int | None) -> str | None:
    row = db.execute("SELECT sender FROM command WHERE id = ? AND message IS NULL", (question,)).fetchone()
    return normal_address(row["sender"]) if row else None


def alias_review(db: sqlite3.Connection, account: str, message_id: str, review: int) -> None:
    db.execute(
        "INSERT INTO review_alias VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (account, message_id, review)
    )


def command_addresses(db: sqlite3.Connection, account: str) -> frozenset[str]:
    rows = db.execute("SELECT address FROM command_address WHERE account = ?", (account,)).fetchall()
    return frozenset(row["address"] for row in rows)


def was_heard(db: sqlite3.Connection, account: str, message: Message) -> bool:
    """Whether a command mail was carried out already: in a trial's part of the state, or before one."""
    (other,) = {*parts_of(account)} - {account}
    found = db.execute(
        "SELECT 1 FROM message WHERE account = ? AND header_digest = ? AND code = ?",
        (other, message.header_digest, Code.COMMAND),
    ).fetchone()
    return found is not None


def insert_command(db: sqlite3.Connection, account: str, command: CommandMail, now: datetime) -> None:
    """A command mail, within the transaction that takes it up."""
    db.execute(
        "INSERT INTO command (account, way, state, at, token, review, sender, text, detail) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account,
            command.way,
            command.state,
            us(now),
            command.token,
            _review(db, account, command.answered),
            command.sender,
            command.text,
            command.detail,
        ),
    )


def _grant(row: sqlite3.Row) -> Grant:
    verb, by = Verb(row["verb"]), filled(row["by"])
    if (verb in OF_BACKUPS) != (by is not None):
        raise ValueError("a button of nobody's")
    return Grant(
        verb=verb,
        by=by,
        items=numbers(row["items"]),
        expires_at=at(row["expires_at"]),
        backup=row["backup"],
        conversation=row["conversation"],
        review=row["review"],
        question=row["question"],
    )


def _command_row(db: sqlite3.Connection, row: sqlite3.Row) -> CommandRow:
    is_move = row["way"] == "folder"
    conversation = conversation_of(db, row["message"]) if is_move else None
    mails = () if conversation is None else load(db, conversation).mails
    return CommandRow(
        id=row["id"],
        way=row["way"],
        token=row["token"],
        review=row["review"],
        sender=row["sender"],
        text=row["text"],
        message=row["message"],
        verb=one_of(OF_MAILS, Verb(row["verb"])) if row["verb"] else None,
        backup=filled(row["backup"]),
        note=row["note"],
        is_confirmed=bool(row["is_confirmed"]),
        is_moved_along=is_moved_along(mails, _moved_with(db, row)),
        has_newer=has_newer(mails, row["message"] or 0, at(row["at"])),
        at=at(row["at"]),
        is_home=_is_home(db, row["review"]),
    )


def _is_home(db: sqlite3.Connection, review: int | None) -> bool:
    row = db.execute("SELECT kind FROM review WHERE id = ?", (review,)).fetchone()
    return row is not None and row["kind"] == "home"


def _moved_with(db: sqlite3.Connection, row: sqlite3.Row) -> frozenset[int]:
    """What was moved by other commands at about that time."""
    span = TOGETHER // timedelta(microseconds=1)
    rows = db.execute(
        "SELECT message FROM command WHERE account = ? AND way = 'folder' AND id <> ? "
        "AND at BETWEEN ? AND ? AND message IS NOT NULL",
        (row["account"], row["id"], row["at"] - span, row["at"] + span),
    ).fetchall()
    return frozenset(found["message"] for found in rows)


def _target(db: sqlite3.Connection, row: sqlite3.Row) -> Target:
    return Target(
        id=row["id"],
        conversation=row["conversation"],
        place=Place(row["mailbox"], row["uidvalidity"], row["uid"]) if row["is_there"] else None,
        status=status_of(mail_from(row, sendings_of(db, row["id"]))),
        subject=row["subject"],
        sender=Address(row["originator_name"], row["originator"]),
        backup=row["backup"],
        rule=row["rule"],
        header_digest=row["header_digest"],
        arrived_at=None if row["arrived_at"] is None else at(row["arrived_at"]),
        perhaps_answered_by=_holder(db, row) if row["code"] == Code.MAYBE_ANSWERED else None,
        is_held_up=_is_held_up(db, row["id"]),
    )


def _is_held_up(db: sqlite3.Connection, message: int) -> bool:
    found = db.execute(f"SELECT 1 FROM outbox WHERE message = ? AND {HELD_UP}", (message,)).fetchone()
    return found is not None


def _holder(db: sqlite3.Connection, row: sqlite3.Row) -> str | None:
    """Who has the conversation of a message."""
    found = db.execute("SELECT backup FROM conversation WHERE id = ?", (row["conversation"],)).fetchone()
    return found["backup"] if found else None


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
    command: Verb | None,
    backup: str | None,
    now: datetime,
) -> Arrival:
    """A message turned up in one of our folders."""
    known = moved_here(known_alike(db, account, message.header_digest), place.mailbox, message.arrived_at)
    if known is None:
        return "unknown"
    move_to(db, known.id, place)
    db.execute("UPDATE message SET file_to = NULL, filed_in = NULL WHERE id = ?", (known.id,))
    row = db.execute("SELECT disposition FROM message WHERE id = ?", (known.id,)).fetchone()
    disposition = Disposition(row["disposition"])
    if command is None or not is_put_there(disposition, place.mailbox, known.filed):
        return "ours"
    _insert_move(db, account, known.id, command, backup, now)
    return "commanded"


def _carry_out(db: sqlite3.Connection, account: str, done: CarriedOut, now: datetime) -> bool:
    row = db.execute("SELECT state FROM command WHERE id = ?", (done.command,)).fetchone()
    if row is None or row["state"] not in ("pending", "held"):
        return False
    if done.token is not None and not spend_token(db, account, done.token, now):
        db.execute(
            "UPDATE command SET state = 'refused', detail = ? WHERE id = ?", (Standing.SPENT, done.command)
        )
        return False
    doing = Doing(now, has_folders=done.has_folders)
    for effect in done.effects:
        _do(db, account, effect, doing)
    for receipt in done.receipts:
        backup = receipt.backup or ""
        what = (receipt.verb, receipt.message, backup, receipt.way, receipt.messages, receipt.note)
        db.execute(
            "INSERT INTO receipt (account, at, verb, message, backup, way, messages, note) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (account, us(now), *what),
        )
    for question in done.questions:
        asked = (question.message, Verb.FORWARD, question.backup, question.note)
        cursor = db.execute(
            "INSERT INTO command (account, way, state, at, message, verb, backup, note, is_asked) "
            "VALUES (?, ?, 'held', ?, ?, ?, ?, ?, 1)",
            (account, question.way, us(now), *asked),
        )
        insert_tokens(db, account, {question.token: replace(question.grant, question=cursor.lastrowid)})
    if done.asks is not None:
        insert_tokens(db, account, {done.asks.token: done.asks.grant})
    if row["state"] == "held":
        db.execute("UPDATE command SET is_asked = 1 WHERE id = ?", (done.command,))
    elif done.asks is not None:
        db.execute(
            "UPDATE command SET state = 'held', is_asked = 1, detail = ?, note = ? WHERE id = ?",
            (IN_DOUBT, done.repeated, done.command),
        )
    else:
        db.execute("UPDATE command SET state = 'done', text = '' WHERE id = ?", (done.command,))
    for mail in done.mails:
        if done.review is not None:
            alias_review(db, account, mail.message_id, done.review)
        queue(db, account, mail, now)
    return True


def _do(db: sqlite3.Connection, account: str, effect: Effect, doing: Doing) -> None:
    match effect:
        case Alter(alteration):
            alter(db, account, alteration)
        case Decide():
            _decide(db, effect, doing.now, doing.has_folders)
        case Hand():
            _hand(db, account, effect, doing)
        case Reopen():
            _reopen(db, effect, doing)
        case Withdraw(conversation):
            happens(db, conversation, Withdrawn(doing.now), doing)
        case PutBack():
            if doing.has_folders:
                file(db, effect.message, effect.folder)
        case Release():
            _release(db, account, effect.command)
        case PassOn(conversation, backup):
            happens(db, conversation, PassingCommanded(backup), doing)
        case Settle(conversation):
            _settle(db, account, conversation, doing.now)
        case SendList():
            want_list(db, account, doing.now)
        case FileLeft(messages):
            if doing.has_folders:
                file_left(db, account, messages)
        case Obey(command):
            obey_backup(db, account, command, doing.now)


_FOLDER_OF = {"done": DONE, "to-do": TO_DO, "later": INBOX}


def _decide(db: sqlite3.Connection, effect: Decide, now: datetime, has_folders: bool) -> None:
    for message in effect.messages:
        db.execute(
            "UPDATE message SET decision = ?, decided_at = coalesce(decided_at, ?), remark = ?, "
            "undecided_at = NULL WHERE id = ?",
            (effect.decision, us(now), effect.remark, message),
        )
        if has_folders:
            file(db, message, _FOLDER_OF[effect.decision])


def _release(db: sqlite3.Connection, account: str, question: int) -> None:
    """She said yes: what waited for it goes on, and with an address all that came from there."""
    row = db.execute("SELECT * FROM command WHERE id = ?", (question,)).fetchone()
    if row is None:
        return
    if row["message"] is None and row["detail"] != IN_DOUBT:
        address = normal_address(row["sender"])
        db.execute("INSERT INTO command_address VALUES (?, ?) ON CONFLICT DO NOTHING", (account, address))
        db.execute(
            "UPDATE command SET state = 'pending' WHERE account = ? AND state = 'held' AND message IS NULL "
            "AND sender = ? AND detail <> ?",
            (account, row["sender"], IN_DOUBT),
        )
        return
    db.execute(
        "UPDATE command SET state = 'pending', is_confirmed = 1, account = ? WHERE id = ? AND state = 'held'",
        (account, question),
    )


def _settle(db: sqlite3.Connection, account: str, conversation: int, now: datetime) -> None:
    """As if whoever has it had said that it is answered."""
    row = db.execute("SELECT backup FROM conversation WHERE id = ?", (conversation,)).fetchone()
    if row is not None and row["backup"] is not None:
        command = BackupCommand(row["backup"], Verb.ANSWERED, conversation=conversation)
        obey_backup(db, account, command, now)


def _reopen(db: sqlite3.Connection, effect: Reopen, doing: Doing) -> None:
    for message in effect.messages:
        conversation = conversation_of(db, message)
        if conversation is None:
            reopen_alone(db, message)
        else:
            happens(db, conversation, Undone(message), doing)


def _hand(db: sqlite3.Connection, account: str, effect: Hand, doing: Doing) -> None:
    """A message that waited for the owner goes to a backup, as if a rule had said so."""
    conversation = conversation_of(db, effect.message)
    if conversation is None:  # a private one, confirmed
        conversation = new_conversation(db, account)
        db.executemany(
            "INSERT INTO known_id (account, message_id, conversation) VALUES (?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            [(account, id_, conversation) for id_ in effect.ids],
        )
    db.execute(
        "UPDATE message SET conversation = ?, file_to = NULL, originator_name = ?, originator = ?, "
        "subject = ? WHERE id = ?",
        (conversation, effect.sender.name, effect.sender.address, effect.subject, effect.message),
    )
    keep_original(db, effect.message, effect.original)
    happens(db, conversation, with_id(effect.event, effect.message), doing)

"""The handovers' part of the state: whose hands a conversation is in, until when, and what came of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from ...core.delivery import State
from ...core.handovers.conversation import OwnerWrote, PassedOn
from ...core.handovers.machine import following, standing_of
from ...core.handovers.presence import Absence
from ...core.hours.briefed import Briefed
from ...core.mail.message import Address
from ...core.people import Window, normal_address
from ...core.reviews.follows import TakenUp
from ...core.reviews.items import Handed
from ...ports import HandoverRow, Letter, LetterKind, LetterRow, OutgoingMail, OwnMail, TakenFrom
from .conversations import Doing, absences, ask_anew, conversation_from, happens, hear, show_again
from .part import Part, at, at_or_none, strings, us
from .queue import queue
from .status import briefs_that_hold, counted, home_at, open_handovers, said_by_backups


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
        why: str,
        now: datetime,
        cover: OutgoingMail | None,
    ) -> None:
        event = PassedOn(held_by, backups, why, now)
        await self._run(lambda db: happens(db, conversation, event, Doing(now, cover=cover)))

    async def absences(self, now: datetime) -> Mapping[str, Absence]:
        return await self._run(lambda db: absences(db, self.account, now))

    async def taken_from(self, backup: str, since_at: datetime) -> list[TakenFrom]:
        def work(db: sqlite3.Connection) -> list[TakenFrom]:
            taken = counted(
                "conversation.backup = ? AND handed_at IS NOT NULL "
                "AND ((proof = 'owner' AND answered_at > ?) OR (answered_at IS NULL AND withdrawn_at > ?))"
            )
            rows = db.execute(
                "SELECT message.originator_name, message.originator, message.subject, answered_at "
                f"FROM {taken} ORDER BY conversation.id",
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

    async def add_letter(self, letter: Letter, mail: OutgoingMail, now: datetime) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            is_anew = letter.kind == "brief" and _was_asked_before(db, self.account, letter.backup, now)
            cursor = db.execute(
                "INSERT INTO letter (account, kind, backup, slot, message_id, at, items, from_at, until_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    self.account,
                    letter.kind,
                    letter.backup,
                    letter.slot,
                    mail.message_id,
                    us(now),
                    json.dumps(letter.items),
                    us(letter.about.from_at) if letter.about else None,
                    us(letter.about.until_at) if letter.about else None,
                ),
            )
            if not cursor.rowcount:
                return False
            queue(db, self.account, mail, now)
            if is_anew:
                ask_anew(db, self.account, letter.backup, now)
            return True

        return await self._run(work)

    async def letters(self, kind: LetterKind) -> list[LetterRow]:
        def work(db: sqlite3.Connection) -> list[LetterRow]:
            rows = db.execute(
                "SELECT backup, slot, at, from_at, until_at FROM letter WHERE account = ? AND kind = ? "
                "ORDER BY at",
                (self.account, kind),
            ).fetchall()
            return [LetterRow(row["backup"], row["slot"], at(row["at"]), _about(row)) for row in rows]

        return await self._run(work)

    async def briefs_that_hold(self, now: datetime) -> list[Briefed]:
        return await self._run(lambda db: briefs_that_hold(db, self.account, now))

    async def said_by_backups(self) -> Mapping[str, str]:
        return await self._run(lambda db: said_by_backups(db, self.account))

    async def owner_wrote(self, mail: OwnMail, now: datetime) -> str | None:
        def work(db: sqlite3.Connection) -> str | None:
            _keep_for_later(db, self.account, mail)
            return _owner_wrote(db, self.account, mail, now)

        return await self._run(work)


# --- steps that other transactions take too ---------------------------------------------------------


def _was_asked_before(db: sqlite3.Connection, account: str, backup: str, now: datetime) -> bool:
    """Whether this backup had a brief, and none that they had holds."""
    had_one = "SELECT 1 FROM letter WHERE account = ? AND backup = ? AND kind = 'brief'"
    holds = any(brief.backup == backup for brief in briefs_that_hold(db, account, now))
    return not holds and db.execute(had_one, (account, backup)).fetchone() is not None


def handed(
    db: sqlite3.Connection, account: str, since: int, now: datetime, since_us: int | None = None
) -> tuple[Handed, ...]:
    """The handovers that are open, and those that were answered since then.

    since_us: with mail taken up after that moment; None: after the last absence was closed.
    """
    begin = home_at(db, account) if since_us is None else since_us
    told = counted(
        "message.disposition = 'forward' AND conversation.backup IS NOT NULL AND "
        "message.taken_up_at > ? AND proof IS NOT 'forgotten' AND "
        "(answered_at > ? OR (answered_at IS NULL AND NOT message.answered))"
    )
    rows = db.execute(
        "SELECT conversation.*, message.originator_name, message.originator, message.subject AS newest, n, "
        "opened_at, "
        "(SELECT outbox.state FROM outbox WHERE outbox.message = message.id AND outbox.kind = 'forward' "
        " ORDER BY outbox.id DESC LIMIT 1) AS sending, "
        "(SELECT outbox.last_reply FROM outbox WHERE outbox.message = message.id "
        " AND outbox.kind = 'forward' ORDER BY outbox.id DESC LIMIT 1) AS reply, "
        "(SELECT m.matched FROM message AS m WHERE m.conversation = conversation.id AND m.matched <> '' "
        " AND m.disposition = 'forward' ORDER BY m.id LIMIT 1) AS matched "
        f"FROM {told} ORDER BY opened_at",
        (account, begin, since),
    ).fetchall()

    return tuple(
        Handed(
            backup_name=row["backup"],  # the key; the service has the name
            sender=Address(row["originator_name"], row["originator"]),
            subject=row["newest"],
            at=at(row["handed_at"] or row["opened_at"]),
            state=standing_of(
                conversation_from(row), now, is_under_way=row["sending"] in (State.PENDING, State.SENDING)
            ),
            messages=row["n"],
            detail=row["reply"] or "",
            conversation=row["id"],
            reason=row["matched"] or "",
            others=following(strings(row["chain"]), strings(row["tried"]), row["backup"]),
        )
        for row in rows
    )


def note_bounce(db: sqlite3.Connection, account: str, message_ids: Sequence[str], now: datetime) -> None:
    """What our mails are that did not arrive. A forward's conversation has heard of it by its own event."""
    for message_id in message_ids:
        row = db.execute(
            "SELECT id, kind, backup FROM outbox WHERE account = ? AND message_id = ?", (account, message_id)
        ).fetchone()
        if row is None:
            continue
        show_again(db, row["id"])  # of a review: nobody saw what stood in it, so it comes in full again
        if row["kind"] in ("brief", "overview"):  # whom these do not reach cannot be asked
            hear(db, account, row["backup"], "bounce", now)


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
            recipients=strings(row["recipients"]),
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
    db.executemany(
        "INSERT INTO written_to (account, address, at) VALUES (?, ?, ?) "
        "ON CONFLICT (account, address) DO UPDATE SET at = min(at, excluded.at)",
        [(account, normal_address(address), us(mail.sent_at)) for address in mail.recipients],
    )
    if mail.message_id is not None:
        db.execute("INSERT INTO owners_id VALUES (?, ?) ON CONFLICT DO NOTHING", (account, mail.message_id))
        db.execute(
            "INSERT INTO known_id (account, message_id, conversation, ours) VALUES (?, ?, ?, 'owner') "
            "ON CONFLICT DO UPDATE SET conversation = coalesce(conversation, excluded.conversation)",
            (account, mail.message_id, conversation),
        )
    if conversation is None:
        return None
    event = OwnerWrote(
        frozenset(map(normal_address, mail.recipients)), mail.backup, mail.sent_at, mail.due_at, now
    )
    done = happens(db, conversation, event, Doing(now))
    if not done.is_counted:
        return None
    is_handed_over = mail.backup is not None and done.conversation.handed_at == now
    return "handed over" if is_handed_over else "answered"


def _about(row: sqlite3.Row) -> Window | None:
    if row["from_at"] is None or row["until_at"] is None:
        return None
    return Window(at(row["from_at"]), at(row["until_at"]))

"""What reviews and `status` are made of."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from ...core.commands.authority import Refusal, Standing
from ...core.commands.command import Grant, Line, Verb
from ...core.handovers.codes import Code
from ...core.hours.schedule import Slot
from ...core.mail.message import Address
from ...core.reviews.items import Counts, OpenMessage, Receipt
from ...core.reviews.traits import Traits
from ...core.rules.book import Priority
from ...ports import (
    FailedForward,
    Outage,
    OutgoingMail,
    Reason,
    ReviewContent,
    StateFacts,
    WaitingForward,
    WaitingLetter,
)
from .commands import IN_DOUBT, insert_lines, insert_tokens
from .handovers import handed
from .part import HELD_UP, Part, at, at_or_none, strings, us
from .queue import queue, want_list
from .status import state_facts, untold


class ReviewTables(Part):
    """The ReviewStore and StatusStore ports."""

    async def review_content(self, now: datetime) -> ReviewContent:
        return await self._run(lambda db: _review_content(db, self.account, now))

    async def reviews_refused(self) -> int:
        def work(db: sqlite3.Connection) -> int:
            count: int = db.execute(
                "SELECT count(*) FROM review JOIN outbox ON outbox.id = review.outbox "
                "WHERE review.account = ? AND review.kind = 'review' AND outbox.state = 'failed' "
                "AND outbox.last_reply NOT LIKE 'it may have arrived%' AND review.id > coalesce((SELECT "
                "max(taken.id) FROM review AS taken JOIN outbox AS sent ON sent.id = taken.outbox "
                "WHERE taken.account = ? AND taken.kind = 'review' "
                "AND (sent.state <> 'failed' OR sent.last_reply LIKE 'it may have arrived%')), 0)",
                (self.account, self.account),
            ).fetchone()[0]
            return count

        return await self._run(work)

    async def last_slot_at(self) -> datetime | None:
        def work(db: sqlite3.Connection) -> datetime | None:
            return at_or_none(
                db.execute("SELECT max(slot_at) FROM review WHERE account = ?", (self.account,)).fetchone()[0]
            )

        return await self._run(work)

    async def add_review(
        self,
        *,
        slot: tuple[Slot, datetime] | None,
        now: datetime,
        shown: Sequence[int],
        mail: OutgoingMail | None,
        lines: Sequence[Line] = (),
        tokens: Mapping[str, Grant] | None = None,
        told: Sequence[int] = (),
        wants_list: bool = False,
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            day: date | None = slot[0][0] if slot else None
            cursor = db.execute(
                "INSERT INTO review (account, slot_date, slot_index, slot_at, created_at) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    self.account,
                    day.isoformat() if day else None,
                    slot[0][1] if slot else None,
                    us(slot[1]) if slot else None,
                    us(now),
                ),
            )
            if not cursor.rowcount:
                return False
            review = cursor.lastrowid
            if wants_list:
                want_list(db, self.account, now)
            if mail is not None:
                outbox = queue(db, self.account, mail, now)
                db.execute("UPDATE review SET outbox = ? WHERE id = ?", (outbox, review))
                db.executemany(
                    "UPDATE message SET shown_in = ? WHERE id = ?", [(review, id_) for id_ in shown]
                )
                db.executemany(
                    "UPDATE set_aside SET told_in = ? WHERE id = ?", [(review, id_) for id_ in told]
                )
                assert review is not None
                insert_lines(db, review, lines)
                insert_tokens(db, self.account, tokens or {}, review)
            return True

        return await self._run(work)

    async def facts(self, now: datetime) -> StateFacts:
        return await self._run(lambda db: state_facts(db, self.account, now))


_SHOWN = (
    "message.id, message.conversation, originator_name, originator, subject, excerpt, text_characters, "
    "coalesce(arrived_at, taken_up_at), priority, attachments, shown_in, taken_up_at, code, traits, detail"
)


def _open_messages(db: sqlite3.Connection, account: str, since: int | None) -> Iterator[OpenMessage]:
    """There may be fifty thousand, and most are alike: what they share is made once."""
    rows = db.execute(
        f"SELECT {_SHOWN} FROM message WHERE account = ? AND disposition = 'review' AND decided_at IS NULL "
        "ORDER BY arrived_at, id",
        (account,),
    )
    rows.row_factory = None
    traits, sender = lru_cache(maxsize=4096)(_traits), lru_cache(maxsize=4096)(Address)
    for row in rows:
        yield _open_message(row, since, traits, sender)


def _traits(text: str) -> Traits:
    return Traits.from_values(json.loads(text))


def _open_message(
    row: Sequence[Any],
    since: int | None,
    traits: Callable[[str], Traits] = _traits,
    sender: Callable[[str, str], Address] = Address,
) -> OpenMessage:
    """row: as `_SHOWN` names its columns."""
    return OpenMessage(
        id=row[0],
        conversation=row[1],
        sender=sender(row[2], row[3]),
        subject=row[4],
        excerpt=row[5],
        text_characters=row[6],
        arrived_at=at(row[7]),
        priority=_priority(row[8]),
        warning="",
        attachments=() if row[9] == "[]" else strings(row[9]),
        shown=row[10] is not None,
        waited=since is not None and row[11] <= since,
        code=Code(row[12]),
        traits=traits(row[13]),
        held_as=row[14] if row[12] == Code.FLOOD else "",
    )


def _review_content(db: sqlite3.Connection, account: str, now: datetime) -> ReviewContent:
    since = db.execute(  # nobody saw what stood in one that was refused
        "SELECT max(review.created_at) FROM review LEFT JOIN outbox ON outbox.id = review.outbox "
        "WHERE review.account = ? AND review.kind = 'review' AND outbox.state IS NOT 'failed'",
        (account,),
    ).fetchone()[0]
    seen = since or 0
    messages = tuple(_open_messages(db, account, since))
    reasons = db.execute(
        "SELECT id, code, detail FROM message WHERE account = ? AND disposition = 'review' "
        "AND decided_at IS NULL AND code NOT IN (?, ?)",
        (account, Code.RULE, Code.OTHERWISE),
    )
    counted = db.execute(
        "SELECT disposition, count(*) AS n FROM message WHERE account = ? AND taken_up_at > ? "
        "GROUP BY disposition",
        (account, seen),
    )
    outages = db.execute(
        "SELECT from_at, to_at FROM outage WHERE account = ? AND to_at > ? ORDER BY from_at",
        (account, seen),
    ).fetchall()
    failures = db.execute(
        "SELECT failure.backup, message.subject, failure.reply FROM failure "
        "JOIN message ON message.id = failure.message "
        "WHERE failure.account = ? AND failure.at > ? ORDER BY failure.at",
        (account, seen),
    ).fetchall()
    letters = db.execute(
        "SELECT backup, last_reply FROM outbox WHERE account = ? AND state = 'failed' "
        "AND kind IN ('brief', 'overview', 'cover') AND backup IS NOT NULL AND due_at > ? ORDER BY due_at",
        (account, seen),
    ).fetchall()
    return ReviewContent(
        since_at=at_or_none(since),
        messages=messages,
        reasons={row["id"]: Reason(Code(row["code"]), row["detail"]) for row in reasons},
        junk=db.execute(
            "SELECT coalesce(sum(count), 0) FROM junk WHERE account = ? AND at > ?", (account, seen)
        ).fetchone()[0],
        invitations=tuple(
            (message.subject, message.traits.invitation)
            for message in messages
            if message.traits.invitation is not None
        ),
        handed=handed(db, account, seen, now),
        counts=Counts.of({row["disposition"]: row["n"] for row in counted}),
        outages=tuple(Outage(at(row["from_at"]), at(row["to_at"])) for row in outages),
        failures=tuple(FailedForward(row["backup"], row["subject"], row["reply"]) for row in failures),
        letters_failed={row["backup"]: row["last_reply"] for row in letters},
        receipts=_receipts_since(db, account, seen),
        refusals=_refusals_since(db, account, seen),
        forwards_waiting=tuple(_forwards_waiting(db, account)),
        letters_waiting=tuple(_letters_waiting(db, account)),
        set_aside=untold(db, account),
    )


def _forwards_waiting(db: sqlite3.Connection, account: str) -> Iterator[WaitingForward]:
    rows = db.execute(
        f"SELECT {_SHOWN}, outbox.backup, outbox.first_attempt_at, outbox.last_reply FROM outbox "
        f"JOIN message ON message.id = outbox.message WHERE outbox.account = ? AND {HELD_UP} "
        "ORDER BY outbox.first_attempt_at, outbox.id",
        (account,),
    )
    rows.row_factory = None
    for *shown, backup, first_attempt_at, reply in rows:
        message = replace(_open_message(shown, None), priority="high", waits_for=backup)
        yield WaitingForward(message, at(first_attempt_at), reply)


def _letters_waiting(db: sqlite3.Connection, account: str) -> Iterator[WaitingLetter]:
    for row in db.execute(
        "SELECT backup, first_attempt_at, last_reply FROM outbox WHERE account = ? AND state = 'pending' "
        "AND kind IN ('brief', 'overview', 'cover') AND backup IS NOT NULL "
        "AND first_attempt_at IS NOT NULL AND last_reply <> '' ORDER BY first_attempt_at, id",
        (account,),
    ):
        yield WaitingLetter(row["backup"], at(row["first_attempt_at"]), row["last_reply"])


def _priority(text: str | None) -> Priority:
    return "high" if text == "high" else "low" if text == "low" else "normal"


def _receipts_since(db: sqlite3.Connection, account: str, since: int) -> tuple[Receipt, ...]:
    rows = db.execute(
        "SELECT receipt.*, message.subject FROM receipt JOIN message ON message.id = receipt.message "
        "WHERE receipt.account = ? AND receipt.at > ? ORDER BY receipt.at, receipt.id",
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
            note=row["note"],
        )
        for row in rows
    )


def _refusals_since(db: sqlite3.Connection, account: str, since: int) -> tuple[Refusal, ...]:
    rows = db.execute(
        "SELECT CASE state WHEN 'held' THEN ? ELSE detail END AS detail, sender, at FROM command "
        "WHERE account = ? AND (state = 'refused' OR (state = 'held' AND message IS NULL)) AND at > ? "
        "AND detail NOT IN (?, ?) ORDER BY id",
        (Standing.HELD, account, since, Standing.AUTOMATIC, IN_DOUBT),
    ).fetchall()
    return tuple(Refusal(Standing(row["detail"]), row["sender"], at(row["at"])) for row in rows)

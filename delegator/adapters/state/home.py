"""The part of the state that the to-do list, the list of all that is open and the homecoming need."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from ...core.folders import BELOW, DONE, INBOX, TO_DO
from ...core.handovers.codes import Code, Disposition
from ...core.handovers.conversation import Undone
from ...core.hours.ended import ANSWERABLE_FOR, Homecoming, last_before
from ...core.mail.message import Address
from ...core.people import Window
from ...core.reviews.homecoming import Handover, Left, Story, Where, where
from ...core.reviews.items import Counts
from ...core.reviews.to_do import Kept
from ...ports import AnswerableMail, OutgoingMail, TellingParts
from .commands import insert_lines, insert_tokens
from .conversations import Doing, file, happens
from .handovers import handed
from .part import Part, at, at_or_none, strings, us
from .queue import queue

_REFUSED = (
    "(SELECT count(*) FROM review JOIN outbox ON outbox.id = review.outbox WHERE review.kind = 'home' "
    "AND review.account = homecoming.account AND review.created_at >= homecoming.at "
    "AND outbox.state = 'failed' AND outbox.last_reply NOT LIKE 'it may have arrived%' "
    "AND review.id > coalesce((SELECT max(taken.id) FROM review AS taken "
    "JOIN outbox AS sent ON sent.id = taken.outbox "
    "WHERE taken.account = homecoming.account AND taken.kind = 'home' "
    "AND (sent.state <> 'failed' OR sent.last_reply LIKE 'it may have arrived%')), 0)) AS refused"
)
"""How often the mail of a homecoming was refused for good, since one was made that was not."""


class HomeTables(Part):
    """The HomeStore port."""

    async def list_wanted(self) -> datetime | None:
        def work(db: sqlite3.Connection) -> datetime | None:
            row = db.execute(
                "SELECT list_wanted_at FROM account WHERE account = ?", (self.account,)
            ).fetchone()
            return at_or_none(row["list_wanted_at"]) if row else None

        return await self._run(work)

    async def add_list(self, mails: Sequence[AnswerableMail], now: datetime) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            wanted = db.execute(
                "UPDATE account SET list_wanted_at = NULL WHERE account = ? AND list_wanted_at IS NOT NULL",
                (self.account,),
            )
            if not wanted.rowcount:
                return False
            for mail in mails:
                _add(db, self.account, "list", mail, now)
            return True

        return await self._run(work)

    async def texts(self, messages: Sequence[int]) -> Mapping[int, str]:
        def work(db: sqlite3.Connection) -> Mapping[int, str]:
            found = {}
            for id_ in messages:
                row = db.execute(
                    "SELECT new_text, excerpt FROM message WHERE account = ? AND id = ?", (self.account, id_)
                ).fetchone()
                if row is not None:
                    found[id_] = row["new_text"] or row["excerpt"]
            return found

        return await self._run(work)

    async def to_dos(self, since_at: datetime | None) -> tuple[Kept, ...]:
        return await self._run(lambda db: _to_dos(db, self.account, us(since_at) if since_at else 0))

    async def homecomings(self) -> tuple[Homecoming, ...]:
        return await self._run(lambda db: _homecomings(db, self.account))

    async def come_home(
        self, window: Window, now: datetime, *, has_folders: bool, is_unseen: bool = False
    ) -> bool:
        return await self._run(lambda db: _come_home(db, self.account, window, now, has_folders, is_unseen))

    async def settle_late(self, window: Window, now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            _settle(db, self.account, since(db, self.account, window), now, has_folders=False)

        await self._run(work)

    async def seen_late(self, window: Window) -> None:
        values = (self.account, us(window.until_at))
        await self._run(
            lambda db: db.execute(
                "UPDATE homecoming SET is_unseen = 0 WHERE account = ? AND until_at = ?", values
            )
        )

    async def story(self, window: Window, now: datetime) -> Story:
        return await self._run(lambda db: _story(db, self.account, window, now))

    async def tell_home(
        self, window: Window, mails: Sequence[AnswerableMail], now: datetime, *, is_seen: bool
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            row = db.execute(
                f"SELECT review, is_unseen, {_REFUSED} FROM homecoming WHERE account = ? AND until_at = ?",
                (self.account, us(window.until_at)),
            ).fetchone()
            is_news = row is not None and row["is_unseen"] and is_seen
            if row is None or (row["review"] is not None and row["refused"] != 1 and not is_news):
                return False
            review = _add(db, self.account, "home", mails[0], now)
            for mail in mails[1:]:  # what of the list had no room in the first
                _add(db, self.account, "list", mail, now)
            db.execute(
                "UPDATE homecoming SET review = ?, is_unseen = is_unseen AND NOT ? "
                "WHERE account = ? AND until_at = ?",
                (review, is_seen, self.account, us(window.until_at)),
            )
            return True

        return await self._run(work)

    async def told_in_parts(self, window: Window) -> TellingParts:
        def work(db: sqlite3.Connection) -> TellingParts:
            first = db.execute(
                "SELECT review.id, review.created_at FROM homecoming JOIN review ON review.id = review "
                "WHERE homecoming.account = ? AND until_at = ?",
                (self.account, us(window.until_at)),
            ).fetchone()
            if first is None:
                return TellingParts(0, frozenset())
            parts = db.execute(  # made in the same transaction
                "SELECT review.id, outbox, state = 'pending' AND unknowns = 0 AS waits FROM review "
                "JOIN outbox ON outbox.id = review.outbox WHERE review.account = ? "
                "AND review.kind = 'list' AND review.created_at = ? AND review.id > ? "
                "AND (state <> 'failed' OR last_reply LIKE 'it may have arrived%')",
                (self.account, first["created_at"], first["id"]),
            ).fetchall()
            for part in parts:
                if part["waits"]:  # it did not arrive, and what is in it might be refused as well
                    db.execute(
                        "UPDATE outbox SET state = 'failed', octets = NULL, last_reply = 'made anew' "
                        "WHERE id = ?",
                        (part["outbox"],),
                    )
            parts = [part for part in parts if not part["waits"]]
            held = {id_ for part in parts for id_ in _messages_in(db, part["id"])}
            return TellingParts(len(parts), frozenset(held - _messages_in(db, first["id"])))

        return await self._run(work)

    async def end_home_secrets(self, at: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            of_it = "account = ? AND kind IN ('home', 'list') AND created_at < ?"
            values = (us(at), self.account, self.account, us(at))
            db.execute(
                "UPDATE token SET expires_at = min(expires_at, ?) WHERE account = ? AND review IN "
                f"(SELECT id FROM review WHERE {of_it})",
                values,
            )
            db.execute(
                "UPDATE reply_secret SET expires_at = min(expires_at, ?) WHERE account = ? AND message_id IN "
                f"(SELECT message_id FROM outbox WHERE id IN (SELECT outbox FROM review WHERE {of_it}))",
                values,
            )

        await self._run(work)

    async def sent_as_task(self, address: str) -> frozenset[int]:
        def work(db: sqlite3.Connection) -> frozenset[int]:
            rows = db.execute(
                "SELECT message FROM task WHERE account = ? AND address = ?", (self.account, address)
            ).fetchall()
            return frozenset(row["message"] for row in rows)

        return await self._run(work)

    async def add_task(self, messages: Sequence[int], mail: OutgoingMail, now: datetime) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            marks = ", ".join("?" * len(messages))
            known = db.execute(
                f"SELECT 1 FROM task WHERE account = ? AND address = ? AND message IN ({marks})",
                (self.account, mail.recipient, *messages),
            ).fetchone()
            if known is not None:
                return False
            row = queue(db, self.account, mail, now)
            db.executemany(
                "INSERT INTO task (account, message, address, outbox) VALUES (?, ?, ?, ?)",
                [(self.account, message, mail.recipient, row) for message in messages],
            )
            return True

        return await self._run(work)


def _add(db: sqlite3.Connection, account: str, kind: str, mail: AnswerableMail, now: datetime) -> int:
    outbox = queue(db, account, mail.mail, now)
    cursor = db.execute(
        "INSERT INTO review (account, created_at, outbox, kind) VALUES (?, ?, ?, ?)",
        (account, us(now), outbox, kind),
    )
    assert cursor.lastrowid is not None
    insert_lines(db, cursor.lastrowid, mail.lines)
    insert_tokens(db, account, mail.tokens, cursor.lastrowid)
    return cursor.lastrowid


def _messages_in(db: sqlite3.Connection, review: int) -> set[int]:
    rows = db.execute("SELECT messages FROM review_line WHERE review = ?", (review,)).fetchall()
    return {int(id_) for row in rows for id_ in json.loads(row["messages"])}


def _homecomings(db: sqlite3.Connection, account: str) -> tuple[Homecoming, ...]:
    rows = db.execute(
        f"SELECT *, {_REFUSED} FROM homecoming WHERE account = ? ORDER BY until_at", (account,)
    ).fetchall()
    return tuple(
        Homecoming(
            Window(at(row["from_at"]), at(row["until_at"])),
            at(row["at"]),
            row["review"] is not None,
            row["refused"],
            bool(row["is_unseen"]),
        )
        for row in rows
    )


def since(db: sqlite3.Connection, account: str, window: Window) -> int:
    """What was taken up after this belongs to that absence."""
    before = last_before(_homecomings(db, account), window)
    return us(before) if before else 0


def _to_dos(db: sqlite3.Connection, account: str, since_us: int) -> tuple[Kept, ...]:
    rows = db.execute(
        "SELECT * FROM message WHERE account = ? AND decision = 'to-do' AND taken_up_at > ? ORDER BY id",
        (account, since_us),
    ).fetchall()
    return tuple(
        Kept(
            id=row["id"],
            conversation=row["conversation"],
            disposition=Disposition(row["disposition"]),
            sender=Address(row["originator_name"], row["originator"]),
            subject=row["subject"],
            at=at(row["taken_up_at"] if row["arrived_at"] is None else row["arrived_at"]),
            remark=row["remark"],
            new=row["new_text"],
            excerpt=row["excerpt"],
            message_id=row["message_id"],
            is_undecided=row["undecided_at"] is not None,
        )
        for row in rows
    )


# --- coming home ------------------------------------------------------------------------------------


def _come_home(
    db: sqlite3.Connection, account: str, window: Window, now: datetime, has_folders: bool, is_unseen: bool
) -> bool:
    since_us = since(db, account, window)
    begun = db.execute(
        "INSERT INTO homecoming (account, from_at, until_at, at, is_unseen) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (account, us(window.from_at), us(window.until_at), us(now), is_unseen),
    )
    if not begun.rowcount:
        return False
    _take_back(db, account, now, has_folders)
    _settle(db, account, since_us, now, has_folders=has_folders)
    if has_folders:
        db.execute(
            "UPDATE message SET file_to = ? WHERE account = ? AND code = ? AND is_there "
            f"AND mailbox NOT LIKE '{BELOW}%'",
            (DONE, account, Code.OURS),
        )
    db.execute("UPDATE account SET list_wanted_at = NULL WHERE account = ?", (account,))
    _end_secrets(db, account, now)
    return True


def _settle(db: sqlite3.Connection, account: str, since_us: int, now: datetime, *, has_folders: bool) -> None:
    """What nobody decided becomes a to-do, or is done. has_folders: it is filed, too."""
    for row in db.execute(
        "SELECT id, priority, decision FROM message WHERE account = ? AND taken_up_at > ? AND "
        "((disposition = 'review' AND decided_at IS NULL) OR decision = 'later')",
        (account, since_us),
    ).fetchall():
        is_low = row["priority"] == "low" and row["decision"] is None
        decision, folder = ("done", DONE) if is_low else ("to-do", TO_DO)
        undecided_at = us(now) if row["decision"] is None else None
        db.execute(
            "UPDATE message SET decision = ?, decided_at = coalesce(decided_at, ?), undecided_at = ? "
            "WHERE id = ?",
            (decision, us(now), undecided_at, row["id"]),
        )
        if has_folders:
            file(db, row["id"], folder)


def _take_back(db: sqlite3.Connection, account: str, now: datetime, has_folders: bool) -> None:
    """What has not gone to a backup yet goes to nobody: the owner is back."""
    rows = db.execute(
        "SELECT message.id, message.conversation FROM outbox JOIN message ON message.id = outbox.message "
        "WHERE outbox.account = ? AND outbox.kind = 'forward' AND outbox.state = 'pending' "
        "AND outbox.unknowns = 0 AND outbox.octets IS NULL AND message.conversation IS NOT NULL",
        (account,),
    ).fetchall()
    for row in rows:
        happens(db, row["conversation"], Undone(row["id"]), Doing(now, has_folders=has_folders))
    db.execute(
        "UPDATE outbox SET state = 'failed', octets = NULL, last_reply = 'the owner is back' "
        "WHERE account = ? AND kind IN ('cover', 'overview') AND state = 'pending' AND attempts = 0",
        (account,),
    )


def _end_secrets(db: sqlite3.Connection, account: str, now: datetime) -> None:
    """All end, but those of the last review and of the list after it, which live a while.

    What was asked or planned by mail has its own time, and so has what a backup may tap.
    """
    last = (
        "SELECT id FROM review WHERE account = ? AND (kind = 'list' OR id = (SELECT max(id) FROM review "
        "WHERE account = ? AND kind = 'review' AND outbox IS NOT NULL)) AND created_at > ?"
    )
    are_last = (account, account, us(now - 2 * ANSWERABLE_FOR))
    replies = (
        "account = ? AND message_id IN (SELECT outbox.message_id FROM review JOIN outbox "
        "ON outbox.id = review.outbox WHERE review.kind IN ('review', 'list') AND review.id"
    )
    until = us(now + ANSWERABLE_FOR)
    db.execute(
        "UPDATE token SET expires_at = min(expires_at, ?) WHERE account = ? AND by IS NULL "
        f"AND CASE WHEN review IS NULL THEN question IS NULL ELSE review NOT IN ({last}) END",
        (us(now), account, *are_last),
    )
    db.execute(
        f"UPDATE reply_secret SET expires_at = min(expires_at, ?) WHERE {replies} NOT IN ({last}))",
        (us(now), account, *are_last),
    )
    db.execute(  # some were to end with the absence, which was a moment ago
        f"UPDATE token SET expires_at = ? WHERE account = ? AND by IS NULL AND review IN ({last})",
        (until, account, *are_last),
    )
    db.execute(
        f"UPDATE reply_secret SET expires_at = ? WHERE {replies} IN ({last}))", (until, account, *are_last)
    )


# --- what it was ------------------------------------------------------------------------------------


def _story(db: sqlite3.Connection, account: str, window: Window, now: datetime) -> Story:
    since_us = since(db, account, window)
    of_it = "account = ? AND taken_up_at > ?"
    values = (account, since_us)
    n: Counter[str] = Counter()
    places: Counter[Where] = Counter()
    private: list[int] = []
    receipts: list[int] = []
    late: list[int] = []
    closed_us = _closed_unseen(db, account, window)
    for row in db.execute(
        "SELECT id, disposition, mailbox, is_there, file_to, filed_in, asks_for_receipt, taken_up_at "
        "FROM message "
        f"WHERE {of_it} AND coalesce(arrived_at, taken_up_at) >= ? AND coalesce(arrived_at, taken_up_at) < ?",
        (*values, us(window.from_at), us(window.until_at)),
    ):
        n[row["disposition"]] += 1
        lies_in = row["mailbox"] if row["is_there"] else row["filed_in"]
        places[where(row["file_to"] or lies_in)] += 1
        if row["is_there"] and row["mailbox"] == INBOX and row["file_to"] is None:
            if row["disposition"] == Disposition.PRIVATE:
                private.append(row["id"])
            elif row["asks_for_receipt"]:
                receipts.append(row["id"])
            elif closed_us is not None and row["taken_up_at"] >= closed_us and row["disposition"] != "own":
                late.append(row["id"])
    decided = {
        row["verb"]: row["n"]
        for row in db.execute(
            "SELECT verb, sum(messages) AS n FROM receipt WHERE account = ? AND at > ? GROUP BY verb", values
        )
    }
    low = db.execute(
        f"SELECT count(*) FROM message WHERE {of_it} AND decision = 'done' AND undecided_at IS NOT NULL",
        values,
    ).fetchone()[0]
    junk = db.execute(
        "SELECT coalesce(sum(count), 0) FROM junk WHERE account = ? AND at > ?", values
    ).fetchone()[0]
    still = tuple(
        one
        for one in handed(db, account, us(now), now, since_us=since_us)
        if one.state in ("sent", "overdue", "asks")
    )
    return Story(
        counts=Counts.of(n),
        handovers=_handovers(db, account, since_us),
        handed=still,
        to_dos=_to_dos(db, account, since_us),
        left=Left(tuple(private), tuple(receipts), tuple(late)),
        places=places,
        low=low,
        junk=junk,
        decided=decided,
    )


def _closed_unseen(db: sqlite3.Connection, account: str, window: Window) -> int | None:
    """When an absence was closed without a last look; None: the mailbox was looked at before."""
    row = db.execute(
        "SELECT at FROM homecoming WHERE account = ? AND until_at = ? AND is_unseen",
        (account, us(window.until_at)),
    ).fetchone()
    return row["at"] if row is not None else None


def _handovers(db: sqlite3.Connection, account: str, since_us: int) -> tuple[Handover, ...]:
    rows = db.execute(
        "SELECT conversation.backup, conversation.tried, answered_at, handed_at, proof, count(*) AS n "
        "FROM conversation JOIN message ON message.conversation = conversation.id "
        "WHERE conversation.account = ? AND message.disposition = 'forward' AND message.taken_up_at > ? "
        "AND conversation.backup IS NOT NULL AND conversation.handed_at IS NOT NULL "
        "AND proof IS NOT 'forgotten' GROUP BY conversation.id",
        (account, since_us),
    ).fetchall()
    return tuple(
        Handover(
            backup=row["backup"],
            mails=row["n"],
            is_answered=row["answered_at"] is not None,
            by_owner=row["proof"] == "owner",
            took=at(row["answered_at"]) - at(row["handed_at"])
            if row["answered_at"] is not None and row["answered_at"] > row["handed_at"]
            else None,
            passed_on=strings(row["tried"]),
        )
        for row in rows
    )

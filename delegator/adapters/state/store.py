"""The state in one SQLite file: WAL, synchronous=FULL, one thread, every method one transaction.

Moments are whole microseconds since 1970 in UTC. Nothing outside this module knows a table.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from ...core.commands.command import Grant, Line
from ...core.delivery import State
from ...core.folders import BELOW, DONE, is_ours
from ...core.handovers.evidence import base_subject
from ...core.handovers.known import Conversations, Handover, SentLetter, handover_ids
from ...core.hours.schedule import Slot
from ...core.mail.loop import is_loop_of
from ...core.mail.message import Address, Message
from ...core.reviews.arrange import Counts, OpenMessage
from ...core.reviews.traits import Traits
from ...core.rules.book import Priority
from ...core.triage.verdict import COMMANDS, Code, Disposition, explain, matched_text
from ...ports import (
    AccountState,
    Filing,
    Kind,
    OutboxRow,
    Place,
    Position,
    ReviewContent,
    StateError,
    TakenUp,
    Totals,
)
from .commands import (
    COMMAND_SCHEMA,
    CommandTables,
    alias_review,
    command_addresses,
    insert_command,
    insert_lines,
    insert_tokens,
    receipts_since,
    refusals_since,
    secret_of,
)
from .handovers import (
    HANDOVER_SCHEMA,
    HandoverTables,
    absences,
    apply_own_mails,
    backup_said,
    give_back,
    hand_over,
    handed,
    is_wanted,
    note_bounce,
    note_evidence,
)
from .handovers import at as _at
from .handovers import at_or_none as _at_or_none
from .handovers import us as _us

T = TypeVar("T")

PACE = timedelta(minutes=6)
"""Between two old mails to one backup: a first start on a full inbox is no avalanche."""

SCHEMA_VERSION = 1
APPLICATION_ID = 0x64656C67  # "delg"

_SCHEMA = """
CREATE TABLE state (
    state_id TEXT NOT NULL,
    secret BLOB NOT NULL
) STRICT;
CREATE TABLE account (
    account TEXT PRIMARY KEY,
    loop_key BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    last_contact_at INTEGER
) STRICT;
CREATE TABLE position (              -- every UID up to this one was looked at
    account TEXT NOT NULL, mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
    PRIMARY KEY (account, mailbox)
) STRICT;
CREATE TABLE known_id (              -- Message-IDs and the conversation they belong to
    account TEXT NOT NULL, message_id TEXT NOT NULL, conversation INTEGER, ours TEXT,
    PRIMARY KEY (account, message_id)
) STRICT;
CREATE TABLE owners_id (             -- Message-IDs of the mails that the owner wrote
    account TEXT NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (account, message_id)
) STRICT;
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
    is_there INTEGER NOT NULL,       -- 1 while it is believed to be at that place
    header_digest TEXT NOT NULL,
    message_id TEXT,
    arrived_at INTEGER, taken_up_at INTEGER NOT NULL,
    disposition TEXT NOT NULL, code TEXT NOT NULL, priority TEXT, backup TEXT, rule TEXT,
    reason TEXT NOT NULL, detail TEXT NOT NULL,
    matched TEXT NOT NULL,           -- the rule and what matched, as a review shows it
    conversation INTEGER,
    originator_name TEXT NOT NULL, originator TEXT NOT NULL, subject TEXT NOT NULL,
    excerpt TEXT NOT NULL, text_characters INTEGER NOT NULL, attachments TEXT NOT NULL,
    traits TEXT NOT NULL DEFAULT '{}',  -- what its proposal and its rank in a review are made of
    asks_for_receipt INTEGER NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0,  -- of a forward
    file_to TEXT, keyword TEXT,      -- a filing that is still to be done
    filed_in TEXT,                   -- where it was filed last: it turns up there, and that is no command
    decision TEXT,                   -- the owner's, from the phone: done, to-do, later
    remark TEXT NOT NULL DEFAULT '', -- of a to-do
    decided_at INTEGER,              -- of a review item
    shown_in INTEGER                 -- the review in which it stood in full
) STRICT;
CREATE UNIQUE INDEX message_place ON message (account, mailbox, uidvalidity, uid) WHERE is_there;
CREATE INDEX message_digest ON message (account, header_digest);
CREATE INDEX message_open ON message (account, disposition) WHERE decided_at IS NULL;
CREATE INDEX message_filing ON message (account) WHERE file_to IS NOT NULL;
CREATE INDEX message_taken_up ON message (account, taken_up_at);
CREATE INDEX message_conversation ON message (conversation);
CREATE INDEX message_id ON message (message_id, conversation);
CREATE TABLE original (
    message INTEGER PRIMARY KEY, octets BLOB NOT NULL, sha256 TEXT NOT NULL
) STRICT;
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    recipient TEXT NOT NULL,
    backups TEXT NOT NULL,           -- a JSON list of keys: this one, then the next
    message INTEGER,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    unknowns INTEGER NOT NULL DEFAULT 0,  -- attempts before the last whose outcome is not known
    first_attempt_at INTEGER,
    octets BLOB, message_id TEXT, max_octets INTEGER,
    is_paced INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER,
    note TEXT NOT NULL DEFAULT '',   -- the owner's own line, on top of a forward
    last_reply TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_due ON outbox (account, due_at) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_message ON outbox (message);
CREATE INDEX outbox_message_id ON outbox (message_id);
CREATE TABLE failure (               -- a forward that was refused for good by one backup's server
    account TEXT NOT NULL, at INTEGER NOT NULL, backup TEXT NOT NULL, message INTEGER NOT NULL,
    reply TEXT NOT NULL
) STRICT;
CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    slot_date TEXT, slot_index INTEGER, slot_at INTEGER,   -- NULL: asked for by hand
    created_at INTEGER NOT NULL,
    outbox INTEGER                   -- NULL: skipped, there was nothing to say
) STRICT;
CREATE UNIQUE INDEX review_slot ON review (account, slot_date, slot_index);
CREATE TABLE junk (                  -- what a rule would have forwarded, had it not been taken for spam
    account TEXT NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL
) STRICT;
CREATE TABLE outage (
    account TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL,
    PRIMARY KEY (account, from_at)
) STRICT;
CREATE TABLE learnt (                -- what the owner's own test mail taught about her servers
    account TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (account, key)
) STRICT;
"""


class SqliteStore:
    """The Store port. Open it while holding the state's lock; one process at a time."""

    def __init__(self, path: Path) -> None:
        """Raises StateError: not a state of ours, from a newer version, or damaged."""
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._db = self._thread.submit(self._open).result()

    def _open(self) -> sqlite3.Connection:
        fresh = not self._path.exists()
        if fresh:
            # Nobody else may read clients' mail, from the first octet on.
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        try:
            db = sqlite3.connect(self._path, isolation_level=None, timeout=30)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            owner = db.execute("PRAGMA application_id").fetchone()[0]
            if version and owner != APPLICATION_ID:
                raise StateError(f"{self._path} is not a state of delegator; choose another --state")
            if version > SCHEMA_VERSION:
                raise StateError(
                    f"{self._path} was written by a newer version (schema {version}, this one knows "
                    f"{SCHEMA_VERSION}); install the newer version again, or choose another --state"
                )
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=OFF"):
                db.execute(f"PRAGMA {pragma}").fetchall()
            if version == 0:
                if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise StateError(f"{self._path} is not a state of delegator; choose another --state")
                db.executescript(
                    f"BEGIN IMMEDIATE;{_SCHEMA}{HANDOVER_SCHEMA}{COMMAND_SCHEMA}"
                    f"PRAGMA application_id={APPLICATION_ID};"
                    f"INSERT INTO state VALUES ('{secrets.token_hex(16)}', x'{secrets.token_hex(32)}');"
                    f"PRAGMA user_version={SCHEMA_VERSION};COMMIT;"
                )
        except sqlite3.DatabaseError as error:
            raise StateError(
                f"{self._path} cannot be used ({error}); restore it from a backup, or move it away and "
                "start with `delegator run --adopt`"
            ) from error
        db.row_factory = sqlite3.Row
        return db

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """One transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            result = work(self._db)
            self._db.execute("COMMIT")
            return result
        except BaseException as error:
            if self._db.in_transaction:  # a full disk may have ended it already
                self._db.execute("ROLLBACK")
            if type(error) in (sqlite3.OperationalError, sqlite3.DatabaseError):
                raise StateError(f"{self._path}: {error}; is the disk full, or the file damaged?") from error
            raise

    def account(self, key: str) -> SqliteAccount:
        return SqliteAccount(self, key)

    async def close(self) -> None:
        await self.run(lambda db: None)
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()


class SqliteAccount(HandoverTables, CommandTables):
    """The AccountStore port: one account's part of the state. account: its key."""

    def __init__(self, store: SqliteStore, account: str) -> None:
        self._store, self.account = store, account

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._store.run(work)

    async def state(self, now: datetime) -> AccountState:
        def work(db: sqlite3.Connection) -> AccountState:
            state_id, secret = db.execute("SELECT state_id, secret FROM state").fetchone()
            # One key for an owner's account and its trials, so that it knows what these sent; another
            # for every other owner, who may be a backup here.
            loop_key = hmac.digest(secret, self.account.partition("/")[0].encode(), "sha256")
            db.execute(
                "INSERT OR IGNORE INTO account (account, loop_key, started_at) VALUES (?, ?, ?)",
                (self.account, loop_key, _us(now)),
            )
            row = db.execute("SELECT * FROM account WHERE account = ?", (self.account,)).fetchone()
            return AccountState(
                state_id, row["loop_key"], _at(row["started_at"]), _at_or_none(row["last_contact_at"])
            )

        return await self._run(work)

    async def contact(self, at: datetime) -> None:
        await self._run(
            lambda db: db.execute(
                "UPDATE account SET last_contact_at = ? WHERE account = ?", (_us(at), self.account)
            )
        )

    async def outage(self, from_at: datetime, to_at: datetime) -> None:
        await self._run(
            lambda db: db.execute(
                "INSERT OR REPLACE INTO outage (account, from_at, to_at) VALUES (?, ?, ?)",
                (self.account, _us(from_at), _us(to_at)),
            )
        )

    async def learn(self, learnt: Mapping[str, str]) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM learnt WHERE account = ?", (self.account,))
            db.executemany(
                "INSERT INTO learnt (account, key, value) VALUES (?, ?, ?)",
                [(self.account, key, value) for key, value in learnt.items()],
            )

        await self._run(work)

    async def learnt(self) -> dict[str, str]:
        def work(db: sqlite3.Connection) -> dict[str, str]:
            rows = db.execute("SELECT key, value FROM learnt WHERE account = ?", (self.account,)).fetchall()
            return {row["key"]: row["value"] for row in rows}

        return await self._run(work)

    # --- intake ------------------------------------------------------------------------------------

    async def position(self, mailbox: str) -> Position | None:
        def work(db: sqlite3.Connection) -> Position | None:
            row = db.execute(
                "SELECT uidvalidity, uid FROM position WHERE account = ? AND mailbox = ?",
                (self.account, mailbox),
            ).fetchone()
            return Position(row["uidvalidity"], row["uid"]) if row else None

        return await self._run(work)

    async def advance(self, mailbox: str, position: Position) -> None:
        await self._run(lambda db: _advance(db, self.account, mailbox, position))

    async def conversations_for(self, message: Message, now: datetime) -> Conversations:
        return await self._run(lambda db: known_conversations(db, self.account, message, now))

    async def recognise(self, place: Place, message: Message) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            rows = db.execute(
                "SELECT * FROM message WHERE account = ? AND header_digest = ? ORDER BY id",
                (self.account, message.header_digest),
            ).fetchall()
            arrived = None if message.arrived_at is None else _us(message.arrived_at)
            for row in rows:
                is_renumbered = row["mailbox"] == place.mailbox and row["uidvalidity"] != place.uidvalidity
                # Equal mails that are both there, or that arrived at different times, are two.
                # What was in a folder of ours may have been moved back since that was looked at.
                is_elsewhere = row["is_there"] and not is_ours(row["mailbox"])
                if not is_renumbered and (is_elsewhere or row["arrived_at"] != arrived):
                    continue
                db.execute(
                    "UPDATE message SET mailbox = ?, uidvalidity = ?, uid = ?, is_there = 1 WHERE id = ?",
                    (place.mailbox, place.uidvalidity, place.uid, row["id"]),
                )
                if not is_renumbered or not row["is_there"]:
                    _moved_back(db, row)
                _advance(db, self.account, place.mailbox, Position(place.uidvalidity, place.uid))
                return True
            return False

        return await self._run(work)

    async def take_up(self, taken: TakenUp) -> bool:
        return await self._run(lambda db: _take_up(db, self.account, taken))

    async def open_places(self, mailbox: str) -> list[Place]:
        def work(db: sqlite3.Connection) -> list[Place]:
            rows = db.execute(
                "SELECT uidvalidity, uid FROM message WHERE account = ? AND mailbox = ? AND is_there "
                "AND disposition = 'review' AND decided_at IS NULL ORDER BY uid",
                (self.account, mailbox),
            ).fetchall()
            return [Place(mailbox, row["uidvalidity"], row["uid"]) for row in rows]

        return await self._run(work)

    async def departed(self, places: Sequence[Place], now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE message SET is_there = 0, decided_at = coalesce(decided_at, ?) WHERE account = ? "
                "AND mailbox = ? AND uidvalidity = ? AND uid = ? AND is_there",
                [(_us(now), self.account, place.mailbox, place.uidvalidity, place.uid) for place in places],
            )

        await self._run(work)

    async def found_in_junk(self, count: int, now: datetime) -> None:
        await self._run(
            lambda db: db.execute("INSERT INTO junk VALUES (?, ?, ?)", (self.account, _us(now), count))
        )

    # --- filing ------------------------------------------------------------------------------------

    async def filings(self) -> list[Filing]:
        def work(db: sqlite3.Connection) -> list[Filing]:
            rows = db.execute(
                "SELECT * FROM message WHERE account = ? AND file_to IS NOT NULL ORDER BY mailbox, uid",
                (self.account,),
            ).fetchall()
            return [
                Filing(
                    row["id"],
                    Place(row["mailbox"], row["uidvalidity"], row["uid"]),
                    row["file_to"],
                    row["keyword"],
                )
                for row in rows
            ]

        return await self._run(work)

    async def filed(self, ids: Sequence[int]) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE message SET is_there = 0, filed_in = file_to, file_to = NULL, keyword = NULL "
                "WHERE account = ? AND id = ?",
                [(self.account, id_) for id_ in ids],
            )

        await self._run(work)

    # --- the outbox --------------------------------------------------------------------------------

    async def due(self, now: datetime, limit: int, *, forwards: bool) -> list[OutboxRow]:
        def work(db: sqlite3.Connection) -> list[OutboxRow]:
            rows = db.execute(
                "SELECT * FROM outbox WHERE account = ? AND state IN ('pending', 'sending') "
                "AND due_at <= ? AND (? OR kind <> 'forward') "
                # What is passed on waits for the mail that says who had it.
                "AND NOT (kind = 'forward' AND EXISTS (SELECT 1 FROM outbox AS cover WHERE "
                "cover.account = outbox.account AND cover.kind = 'cover' AND cover.id < outbox.id "
                "AND cover.created_at = outbox.created_at AND cover.recipient = outbox.recipient "
                "AND cover.state IN ('pending', 'sending') AND cover.due_at > ?)) "
                "ORDER BY due_at, id LIMIT ?",
                (self.account, _us(now), forwards, _us(now), limit),
            ).fetchall()
            return [
                OutboxRow(
                    id=row["id"],
                    kind=row["kind"],
                    state=State(row["state"]),
                    recipient=row["recipient"],
                    backups=tuple(json.loads(row["backups"])),
                    message=row["message"],
                    attempts=row["attempts"],
                    unknowns=row["unknowns"],
                    first_attempt_at=_at_or_none(row["first_attempt_at"]),
                    octets=row["octets"],
                    message_id=row["message_id"],
                    max_octets=row["max_octets"],
                    note=row["note"],
                )
                for row in rows
            ]

        return await self._run(work)

    async def resume(self, now: datetime) -> int:
        return await self._run(
            lambda db: (
                db.execute(
                    "UPDATE outbox SET due_at = ? WHERE account = ? AND state = 'sending'",
                    (_us(now), self.account),
                ).rowcount
            )
        )

    async def next_due_at(self, *, forwards: bool) -> datetime | None:
        def work(db: sqlite3.Connection) -> datetime | None:
            us = db.execute(
                "SELECT min(due_at) FROM outbox WHERE account = ? AND state IN ('pending', 'sending') "
                "AND (? OR kind <> 'forward')",
                (self.account, forwards),
            ).fetchone()[0]
            return _at_or_none(us)

        return await self._run(work)

    async def original(self, message: int) -> tuple[bytes, datetime | None] | None:
        def work(db: sqlite3.Connection) -> tuple[bytes, datetime | None] | None:
            row = db.execute(
                "SELECT original.octets, original.sha256, message.arrived_at FROM original "
                "JOIN message ON message.id = original.message WHERE original.message = ?",
                (message,),
            ).fetchone()
            if row is None or hashlib.sha256(row["octets"]).hexdigest() != row["sha256"]:
                return None
            return row["octets"], _at_or_none(row["arrived_at"])

        return await self._run(work)

    async def sending(
        self, row: int, message_id: str, octets: bytes, *, now: datetime, retry_at: datetime
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE outbox SET unknowns = unknowns + (state = 'sending'), state = 'sending', "
                "message_id = ?, octets = ?, attempts = attempts + 1, "
                "first_attempt_at = coalesce(first_attempt_at, ?), due_at = ? WHERE id = ?",
                (message_id, octets, _us(now), _us(retry_at), row),
            )
            # A server may deliver to the owner's INBOX before it answers: our own ids come first.
            db.execute(
                "INSERT OR IGNORE INTO known_id (account, message_id, conversation, ours) "
                "SELECT outbox.account, ?, message.conversation, outbox.kind FROM outbox "
                "LEFT JOIN message ON message.id = outbox.message WHERE outbox.id = ?",
                (message_id, row),
            )

        await self._run(work)

    async def sent(
        self, row: int, now: datetime, *, file_to: str | None, follow_up_at: datetime | None
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE outbox SET state = 'sent', sent_at = ?, octets = NULL, last_reply = '' WHERE id = ?",
                (_us(now), row),
            )
            message = db.execute("SELECT message FROM outbox WHERE id = ?", (row,)).fetchone()["message"]
            if message is None:
                return
            # The original stays until there is an answer: it may have to go to the next. A client who
            # writes again puts no deadline off.
            if is_wanted(db, row):
                db.execute(
                    "UPDATE conversation SET handed_at = ?, due_at = coalesce(due_at, ?) "
                    "WHERE id = (SELECT conversation FROM message WHERE id = ?) AND answered_at IS NULL",
                    (_us(now), None if follow_up_at is None else _us(follow_up_at), message),
                )
            db.execute(
                "UPDATE message SET file_to = ?, keyword = '$Forwarded' WHERE id = ? "
                "AND disposition = 'forward' AND is_there AND NOT asks_for_receipt AND ? IS NOT NULL",
                (file_to, message, file_to),
            )

        await self._run(work)

    async def deferred(
        self,
        row: int,
        text: str,
        due_at: datetime,
        *,
        backups: tuple[str, ...] = (),
        recipient: str | None = None,
        max_octets: int | None = None,
        anew: bool = True,
        is_unknown: bool = False,
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            if not is_wanted(db, row):
                _fail(db, row, text)
                return
            db.execute(
                "UPDATE outbox SET due_at = ?, last_reply = ?, max_octets = coalesce(?, max_octets), "
                "state = CASE WHEN state = 'sending' AND NOT ? THEN 'pending' ELSE state END WHERE id = ?",
                (_us(due_at), text, max_octets, is_unknown, row),
            )
            if anew and not is_unknown:
                db.execute(
                    "UPDATE outbox SET state = 'pending', octets = NULL, message_id = NULL WHERE id = ?",
                    (row,),
                )
            if recipient is not None:
                _next_backup(db, row, text, backups, recipient)

        await self._run(work)

    async def in_doubt(self, message_id: str) -> tuple[int, str | None] | None:
        def work(db: sqlite3.Connection) -> tuple[int, str | None] | None:
            row = db.execute(
                "SELECT id, json_extract(backups, '$[0]') AS backup FROM outbox WHERE account = ? "
                "AND message_id = ? AND (state = 'sending' OR state = 'pending' AND attempts > 0 "
                "AND octets IS NOT NULL)",
                (self.account, message_id),
            ).fetchone()
            return (row["id"], row["backup"]) if row else None

        return await self._run(work)

    async def failed(self, row: int, text: str, now: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            failed = db.execute("SELECT * FROM outbox WHERE id = ?", (row,)).fetchone()
            if failed["state"] == State.SENT:  # it turned up in Sent meanwhile
                return
            is_needed = is_wanted(db, row)
            _fail(db, row, text)
            if failed["kind"] == "review":  # what stood in it was not seen: in full in the next one
                db.execute(
                    "UPDATE message SET shown_in = NULL WHERE shown_in = "
                    "(SELECT id FROM review WHERE outbox = ?)",
                    (row,),
                )
            if failed["message"] is None or not is_needed:
                return
            key = (json.loads(failed["backups"]) or [""])[0]
            db.execute(
                "INSERT INTO failure (account, at, backup, message, reply) VALUES (?, ?, ?, ?, ?)",
                (failed["account"], _us(now), key, failed["message"], text),
            )
            conversation = _conversation_of(db, failed["message"])
            if conversation["handed_at"] is None:
                give_back(db, conversation["id"], text)
            else:  # an earlier mail of it did arrive there: all of it goes to the next
                _ask_to_pass_on(db, conversation["id"], "failed")

        await self._run(work)

    async def submit(self, kind: Kind, recipient: str, octets: bytes, message_id: str, now: datetime) -> None:
        await self._run(lambda db: _submit(db, self.account, kind, recipient, octets, message_id, now))

    # --- the review --------------------------------------------------------------------------------

    async def review_content(self, now: datetime) -> ReviewContent:
        return await self._run(lambda db: _review_content(db, self.account, now))

    async def last_slot_at(self) -> datetime | None:
        def work(db: sqlite3.Connection) -> datetime | None:
            return _at_or_none(
                db.execute("SELECT max(slot_at) FROM review WHERE account = ?", (self.account,)).fetchone()[0]
            )

        return await self._run(work)

    async def add_review(
        self,
        *,
        slot: tuple[Slot, datetime] | None,
        now: datetime,
        shown: Sequence[int],
        mail: tuple[str, bytes, str] | None,
        lines: Sequence[Line] = (),
        tokens: Mapping[str, Grant] | None = None,
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            day: date | None = slot[0][0] if slot else None
            cursor = db.execute(
                "INSERT OR IGNORE INTO review (account, slot_date, slot_index, slot_at, created_at) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    self.account,
                    day.isoformat() if day else None,
                    slot[0][1] if slot else None,
                    _us(slot[1]) if slot else None,
                    _us(now),
                ),
            )
            if not cursor.rowcount:
                return False
            review = cursor.lastrowid
            if mail is not None:
                recipient, octets, message_id = mail
                outbox = _submit(db, self.account, "review", recipient, octets, message_id, now)
                db.execute("UPDATE review SET outbox = ? WHERE id = ?", (outbox, review))
                db.executemany(
                    "UPDATE message SET shown_in = ? WHERE id = ?", [(review, id_) for id_ in shown]
                )
                assert review is not None
                insert_lines(db, review, lines)
                insert_tokens(db, self.account, tokens or {}, review)
            return True

        return await self._run(work)

    async def totals(self, now: datetime) -> Totals:
        def work(db: sqlite3.Connection) -> Totals:
            waiting = db.execute(
                "SELECT count(DISTINCT coalesce(conversation, -id)) FROM message "
                "WHERE account = ? AND disposition = 'review' AND decided_at IS NULL",
                (self.account,),
            ).fetchone()[0]
            handovers = db.execute(
                "SELECT count(*) FROM conversation WHERE account = ? AND backup IS NOT NULL "
                "AND handed_at IS NOT NULL AND answered_at IS NULL",
                (self.account,),
            ).fetchone()[0]
            overdue = db.execute(
                "SELECT count(*) FROM conversation WHERE account = ? AND backup IS NOT NULL "
                "AND answered_at IS NULL AND due_at <= ?",
                (self.account, _us(now)),
            ).fetchone()[0]
            pending = db.execute(
                "SELECT count(*) FROM outbox WHERE account = ? AND state IN ('pending', 'sending')",
                (self.account,),
            ).fetchone()[0]
            return Totals(waiting, handovers, overdue, pending)

        return await self._run(work)


# --- the steps of a transaction ---------------------------------------------------------------------


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
                    letter["backup"], letter["kind"] == "brief", _at(letter["at"])
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
        owner_took_part=any(_is_owners(db, account, named) for named in message.named_ids),
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
            (row["id"], _us(now - timedelta(hours=1))),
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
        asked_at=_at_or_none(row["handed_at"] if asked is None else asked),
    )


def _is_given_back(db: sqlite3.Connection, conversation: int) -> bool:
    """Whether nobody of its chain took it, and the owner has not decided it yet."""
    found = db.execute(
        "SELECT 1 FROM message WHERE conversation = ? AND disposition = 'review' AND code = ? "
        "AND decided_at IS NULL",
        (conversation, Code.NOT_FORWARDED),
    ).fetchone()
    return found is not None


def _advance(db: sqlite3.Connection, account: str, mailbox: str, position: Position) -> None:
    db.execute(
        "INSERT INTO position (account, mailbox, uidvalidity, uid) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET uid = CASE WHEN uidvalidity = excluded.uidvalidity "
        "THEN max(uid, excluded.uid) ELSE excluded.uid END, uidvalidity = excluded.uidvalidity",
        (account, mailbox, position.uidvalidity, position.uid),
    )


def _know(db: sqlite3.Connection, account: str, ids: Iterable[str], conversation: int) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO known_id (account, message_id, conversation) VALUES (?, ?, ?)",
        [(account, message_id, conversation) for message_id in ids],
    )


def _conversation(db: sqlite3.Connection, account: str, taken: TakenUp) -> int | None:
    """The conversation of a message that is taken up, made or joined; None for private and own mail."""
    message, verdict = taken.message, taken.verdict
    if verdict.disposition in (Disposition.PRIVATE, Disposition.IGNORE) or verdict.code is Code.OURS:
        return None
    if verdict.code in COMMANDS:
        return None
    conversation = verdict.conversation
    if conversation is None:
        for message_id in message.named_ids:
            row = db.execute(
                "SELECT conversation FROM known_id WHERE account = ? AND message_id = ? "
                "AND conversation IS NOT NULL",
                (account, message_id),
            ).fetchone()
            if row:
                conversation = row["conversation"]
                break
    if conversation is None:
        cursor = db.execute("INSERT INTO conversation (account, originators) VALUES (?, '[]')", (account,))
        conversation = cursor.lastrowid
    assert conversation is not None
    _know(db, account, handover_ids(message), conversation)
    if verdict.disposition is Disposition.FORWARD:
        hand_over(db, conversation, taken)
    else:
        note_evidence(db, conversation, verdict, taken.taken_up_at)
    return conversation


def _learnt_failure(db: sqlite3.Connection, account: str) -> str:
    """What the owner's server said failed of her own test mail; "" for nothing."""
    row = db.execute("SELECT value FROM learnt WHERE account = ? AND key = 'failed'", (account,)).fetchone()
    return row["value"] if row else ""


def _is_owners(db: sqlite3.Connection, account: str, message_id: str) -> bool:
    """Whether this is the Message-ID of a mail that the owner wrote."""
    found = "SELECT 1 FROM owners_id WHERE account = ? AND message_id = ?"
    return db.execute(found, (account, message_id)).fetchone() is not None


def _know_owners(db: sqlite3.Connection, account: str, message_id: str) -> None:
    db.execute("INSERT OR IGNORE INTO owners_id VALUES (?, ?)", (account, message_id))


def _moved_back(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    """A known message is in INBOX again: an open item, never forwarded again.

    What a command of the owner's put there ("later", "undo") stays as that said.
    """
    is_set_aside = row["disposition"] in (Disposition.PRIVATE, Disposition.OWN)
    if is_set_aside or "INBOX" in (row["file_to"], row["filed_in"]):
        db.execute("UPDATE message SET file_to = NULL, filed_in = NULL WHERE id = ?", (row["id"],))
        return
    if row["disposition"] == Disposition.FORWARD:
        db.execute(
            "UPDATE conversation SET withdrawn_at = coalesce(withdrawn_at, "
            "(SELECT last_contact_at FROM account WHERE account.account = conversation.account)) "
            "WHERE id = ? AND answered_at IS NULL",
            (row["conversation"],),
        )
    db.execute(
        "UPDATE message SET disposition = 'review', priority = coalesce(priority, 'normal'), "
        "decision = NULL, decided_at = NULL, shown_in = NULL, file_to = NULL, filed_in = NULL WHERE id = ?",
        (row["id"],),
    )


def _take_up(db: sqlite3.Connection, account: str, taken: TakenUp) -> bool:
    message, verdict, place = taken.message, taken.verdict, taken.place
    if db.execute(
        "SELECT 1 FROM message WHERE account = ? AND mailbox = ? AND uidvalidity = ? AND uid = ? "
        "AND is_there",
        (account, place.mailbox, place.uidvalidity, place.uid),
    ).fetchone():
        return False
    if taken.is_by_owner and message.message_id:
        _know_owners(db, account, message.message_id)
    is_private = verdict.disposition is Disposition.PRIVATE
    sender = message.originator or next(iter(message.from_), Address("", ""))
    if is_private:  # that there is one, not what it says nor who wrote it
        sender = Address("", "")
    values: dict[str, Any] = {
        "account": account,
        "mailbox": place.mailbox,
        "uidvalidity": place.uidvalidity,
        "uid": place.uid,
        "is_there": 1,
        "header_digest": message.header_digest,
        "message_id": message.message_id,
        "arrived_at": None if message.arrived_at is None else _us(message.arrived_at),
        "taken_up_at": _us(taken.taken_up_at),
        "disposition": verdict.disposition,
        "code": verdict.code,
        "priority": verdict.priority,
        "backup": verdict.backup,
        "rule": verdict.rule,
        "reason": "" if is_private else explain(verdict),
        "matched": "" if is_private else matched_text(verdict),
        "detail": "" if is_private else verdict.detail,
        "conversation": _conversation(db, account, taken),
        "originator_name": sender.name,
        "originator": sender.address,
        "subject": "" if is_private else message.subject,
        "excerpt": "" if is_private else taken.excerpt,
        "text_characters": taken.text_characters,
        "attachments": "[]" if is_private else json.dumps([a.filename for a in message.attachments[:20]]),
        "traits": json.dumps(taken.traits.to_values(), separators=(",", ":")),
        "asks_for_receipt": message.asks_for_receipt,
        "file_to": None if message.asks_for_receipt else taken.file_to,
    }
    cursor = db.execute(
        f"INSERT INTO message ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )
    id_ = cursor.lastrowid
    if verdict.disposition is Disposition.FORWARD and taken.original is not None:
        db.execute(
            "INSERT INTO original (message, octets, sha256) VALUES (?, ?, ?)",
            (id_, taken.original, hashlib.sha256(taken.original).hexdigest()),
        )
        holder = db.execute(
            "SELECT backup FROM conversation WHERE id = ?", (values["conversation"],)
        ).fetchone()["backup"]
        is_passed_on = holder != verdict.backup  # with all of its conversation: see `hand_over`
        if is_passed_on:
            db.execute("UPDATE message SET backup = ? WHERE id = ?", (holder, id_))
        due_at = _us(taken.taken_up_at)
        if taken.is_paced:
            last = db.execute(
                "SELECT max(due_at) FROM outbox WHERE account = ? AND is_paced "
                "AND json_extract(backups, '$[0]') = ?",
                (account, verdict.backup),
            ).fetchone()[0]
            due_at = max(due_at, (last or 0) + PACE // timedelta(microseconds=1))
        if not is_passed_on:
            db.execute(
                "INSERT INTO outbox (account, kind, state, recipient, backups, message, created_at, due_at, "
                "is_paced) VALUES (?, 'forward', 'pending', '', ?, ?, ?, ?, ?)",
                (account, json.dumps(verdict.backups), id_, _us(taken.taken_up_at), due_at, taken.is_paced),
            )
    if verdict.code is Code.BOUNCE and message.bounce is not None:
        note_bounce(db, account, message.bounce.message_ids, taken.taken_up_at)
    apply_own_mails(db, account, taken)
    if taken.said is not None:
        backup_said(db, account, *taken.said, taken.taken_up_at)
    if verdict.code in COMMANDS:
        insert_command(db, account, taken)
    if verdict.code is Code.OURS:
        _know_by_its_new_id(db, account, message)
        _file_earlier_reviews(db, account, message.message_id, id_)
    _advance(db, account, place.mailbox, Position(place.uidvalidity, place.uid))
    return True


_LOOK_BACK = 50  # of our own mails: what comes back does so within minutes


def _know_by_its_new_id(db: sqlite3.Connection, account: str, message: Message) -> None:
    """Some servers give what is submitted a Message-ID of theirs, and a reply names that one."""
    known = "SELECT 1 FROM known_id WHERE account = ? AND message_id = ?"
    if message.message_id is None or db.execute(known, (account, message.message_id)).fetchone():
        return
    key = db.execute("SELECT loop_key FROM account WHERE account = ?", (account,)).fetchone()["loop_key"]
    rows = db.execute(
        "SELECT id, kind, message_id FROM outbox WHERE account = ? AND message_id IS NOT NULL "
        "ORDER BY id DESC LIMIT ?",
        (account, _LOOK_BACK),
    ).fetchall()
    for row in rows:
        if is_loop_of(key, message, row["message_id"]):
            db.execute(
                "INSERT INTO known_id (account, message_id, ours) VALUES (?, ?, ?)",
                (account, message.message_id, row["kind"]),
            )
            review = db.execute("SELECT id FROM review WHERE outbox = ?", (row["id"],)).fetchone()
            if review:
                alias_review(db, account, message.message_id, review["id"])
            return


def _file_earlier_reviews(
    db: sqlite3.Connection, account: str, message_id: str | None, arrived: int | None
) -> None:
    """Our own mail has arrived: a review, and what we asked or could not do, stays until the next review.

    Everything else is filed.
    """

    def kind(id_: str | None) -> str | None:
        row = db.execute(
            "SELECT ours FROM known_id WHERE account = ? AND message_id = ?", (account, id_)
        ).fetchone()
        return row["ours"] if row else None

    if kind(message_id) not in ("review", "answer"):
        return
    has_folders = db.execute("SELECT file_to FROM message WHERE id = ?", (arrived,)).fetchone()["file_to"]
    db.execute("UPDATE message SET file_to = NULL WHERE id = ?", (arrived,))
    if kind(message_id) != "review" or has_folders is None:
        return
    rows = db.execute(
        "SELECT id, message_id FROM message WHERE account = ? AND code = ? AND is_there AND id < ? "
        f"AND mailbox NOT LIKE '{BELOW}%'",
        (account, Code.OURS, arrived),
    ).fetchall()
    for row in rows:
        if kind(row["message_id"]) in ("review", "answer"):
            db.execute("UPDATE message SET file_to = ? WHERE id = ?", (DONE, row["id"]))


def _submit(
    db: sqlite3.Connection,
    account: str,
    kind: str,
    recipient: str,
    octets: bytes,
    message_id: str,
    now: datetime,
) -> int:
    cursor = db.execute(
        "INSERT INTO outbox (account, kind, state, recipient, backups, created_at, due_at, octets, "
        "message_id) VALUES (?, ?, 'pending', ?, '[]', ?, ?, ?, ?)",
        (account, kind, recipient, _us(now), _us(now), octets, message_id),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _fail(db: sqlite3.Connection, row: int, text: str) -> None:
    db.execute("UPDATE outbox SET state = 'failed', octets = NULL, last_reply = ? WHERE id = ?", (text, row))


def _conversation_of(db: sqlite3.Connection, message: int) -> sqlite3.Row:
    found: sqlite3.Row = db.execute(
        "SELECT * FROM conversation WHERE id = (SELECT conversation FROM message WHERE id = ?)", (message,)
    ).fetchone()
    return found


def _ask_to_pass_on(db: sqlite3.Connection, conversation: int, why: str) -> None:
    db.execute(
        "UPDATE conversation SET pass_why = coalesce(pass_why, ?) WHERE id = ? AND answered_at IS NULL",
        (why, conversation),
    )


def _next_backup(
    db: sqlite3.Connection, row: int, text: str, backups: tuple[str, ...], recipient: str
) -> None:
    """After a refusal: the next of the chain has all of it, and the owner reads who had it first."""
    before = db.execute(
        "SELECT account, backups, message, due_at FROM outbox WHERE id = ?", (row,)
    ).fetchone()
    conversation = _conversation_of(db, before["message"])
    tried = json.loads(conversation["tried"])
    if conversation["handed_at"] is not None or conversation["backup"] in tried:
        # It was with somebody already: the next one reads so first.
        _fail(db, row, text)
        _ask_to_pass_on(db, conversation["id"], "failed")
    else:
        messages = "(SELECT id FROM message WHERE conversation = ? AND disposition = 'forward')"
        db.execute(
            "UPDATE outbox SET backups = ?, recipient = ?, attempts = 0, first_attempt_at = NULL "
            f"WHERE kind = 'forward' AND state = 'pending' AND message IN {messages}",
            (json.dumps(backups), recipient, conversation["id"]),
        )
        db.execute(
            f"UPDATE message SET backup = ? WHERE NOT answered AND id IN {messages}",
            (backups[0], conversation["id"]),
        )
        db.execute(
            # Whatever asked for another than the one before has been done with that.
            "UPDATE conversation SET backup = ?, tried = ?, "
            "pass_why = CASE WHEN pass_why = 'owner' THEN pass_why END WHERE id = ?",
            (backups[0], json.dumps([*tried, conversation["backup"]]), conversation["id"]),
        )
    db.execute(
        "INSERT INTO failure (account, at, backup, message, reply) VALUES (?, ?, ?, ?, ?)",
        (before["account"], before["due_at"], json.loads(before["backups"])[0], before["message"], text),
    )


def _open_messages(db: sqlite3.Connection, account: str, since: int | None) -> Iterator[OpenMessage]:
    """There may be fifty thousand, and most are alike: what they share is made once."""

    @lru_cache(maxsize=4096)
    def traits(text: str) -> Traits:
        return Traits.from_values(json.loads(text))

    @lru_cache(maxsize=4096)
    def sender(name: str, address: str) -> Address:
        return Address(name, address)

    rows = db.execute(
        "SELECT id, conversation, originator_name, originator, subject, excerpt, text_characters, "
        "coalesce(arrived_at, taken_up_at), priority, attachments, shown_in, taken_up_at, code, traits "
        "FROM message WHERE account = ? AND disposition = 'review' AND decided_at IS NULL "
        "ORDER BY arrived_at, id",
        (account,),
    )
    rows.row_factory = None
    for row in rows:
        yield OpenMessage(
            id=row[0],
            conversation=row[1],
            sender=sender(row[2], row[3]),
            subject=row[4],
            excerpt=row[5],
            text_characters=row[6],
            arrived_at=_at(row[7]),
            priority=_priority(row[8]),
            warning="",
            attachments=() if row[9] == "[]" else tuple(json.loads(row[9])),
            shown=row[10] is not None,
            waited=since is not None and row[11] <= since,
            code=Code(row[12]),
            traits=traits(row[13]),
        )


def _review_content(db: sqlite3.Connection, account: str, now: datetime) -> ReviewContent:
    since = db.execute("SELECT max(created_at) FROM review WHERE account = ?", (account,)).fetchone()[0]
    messages = tuple(_open_messages(db, account, since))
    reasons = db.execute(
        "SELECT id, code, detail FROM message WHERE account = ? AND disposition = 'review' "
        "AND decided_at IS NULL AND code NOT IN (?, ?)",
        (account, Code.RULE, Code.OTHERWISE),
    )
    counted = db.execute(
        "SELECT disposition, count(*) AS n FROM message WHERE account = ? AND taken_up_at > ? "
        "GROUP BY disposition",
        (account, since or 0),
    ).fetchall()
    by_disposition = {row["disposition"]: row["n"] for row in counted}
    outages = db.execute(
        "SELECT from_at, to_at FROM outage WHERE account = ? AND to_at > ? ORDER BY from_at",
        (account, since or 0),
    ).fetchall()
    failures = db.execute(
        "SELECT failure.backup, message.subject, failure.reply FROM failure "
        "JOIN message ON message.id = failure.message "
        "WHERE failure.account = ? AND failure.at > ? ORDER BY failure.at",
        (account, since or 0),
    ).fetchall()
    return ReviewContent(
        since_at=_at_or_none(since),
        messages=messages,
        reasons={row["id"]: (Code(row["code"]), row["detail"]) for row in reasons},
        junk=db.execute(
            "SELECT coalesce(sum(count), 0) FROM junk WHERE account = ? AND at > ?", (account, since or 0)
        ).fetchone()[0],
        invitations=tuple(
            (message.subject, message.traits.invitation)
            for message in messages
            if message.traits.invitation is not None
        ),
        handed=handed(db, account, since or 0, now),
        counts=Counts(
            received=sum(by_disposition.values()),
            forwarded=by_disposition.get(Disposition.FORWARD, 0),
            review=by_disposition.get(Disposition.REVIEW, 0),
            private=by_disposition.get(Disposition.PRIVATE, 0),
            ignored=by_disposition.get(Disposition.IGNORE, 0),
            own=by_disposition.get(Disposition.OWN, 0),
        ),
        outages=tuple((_at(row["from_at"]), _at(row["to_at"])) for row in outages),
        failures=tuple((row["backup"], row["subject"], row["reply"]) for row in failures),
        receipts=receipts_since(db, account, since or 0),
        refusals=refusals_since(db, account, since or 0),
    )


def _priority(text: str | None) -> Priority:
    return "high" if text == "high" else "low" if text == "low" else "normal"

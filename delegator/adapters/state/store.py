"""The state in one SQLite file: WAL, synchronous=FULL, one thread, every method one transaction.

Moments are whole microseconds since 1970 in UTC. Nothing outside this folder knows a table.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

from ...core.folders import BELOW, FILED_TO
from ...core.health import Fault, Subject
from ...ports import (
    AccountState,
    Filing,
    Forgotten,
    Misplaced,
    Place,
    StateError,
    StateUnusable,
    ToldFault,
)
from ..host import SystemClock
from .absence import AbsenceTables
from .commands import CommandTables
from .erase import EraseTables, forget_account, forget_person, wipe
from .fault import state_error
from .file import StateFile
from .handovers import HandoverTables
from .home import HomeTables
from .intake import IntakeTables
from .logins import SqliteLogins
from .originals import OriginalTables
from .outbox import OutboxTables
from .part import T, at, at_or_none, one_of, us
from .places import move_to
from .reserve import Reserve
from .review import ReviewTables
from .status import account_state

_CLOCK = SystemClock()

ANSWERS_WITHIN_S = 120.0
"""The limit of a transaction. The longest takes seconds; a disk that hangs (or one that fails) is told."""


class SqliteStore:
    """The Store port. Open it while holding the state's lock; one process at a time."""

    def __init__(self, path: Path, now: Callable[[], datetime] = _CLOCK.now) -> None:
        """now: the clock by which what is damaged is set aside.

        Raises StateError: not a state of ours, from a newer version, or damaged.
        """
        self._path, self._now, self.reserve = path, now, Reserve(path.parent)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        try:
            self._file = self._thread.submit(StateFile, path, now).result()
        except BaseException:
            self._thread.shutdown()
            raise

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """One transaction. Raises StateError also where the disk does not answer: as after a crash it may or
        may not have been carried out.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                return await loop.run_in_executor(self._thread, self._file.transaction, work)
        except TimeoutError:
            raise StateUnusable(f"{self._path}: its disk does not answer; see whether it fails") from None

    def account(self, key: str) -> SqliteAccount:
        return SqliteAccount(self, key)

    async def wipe(self, *, whole: bool, most_octets: int | None = None) -> bool:
        """What was erased is in the file no more. False: a reader keeps it there until the next time."""
        work = partial(wipe, self._file.db, whole=whole, most_octets=most_octets)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.OperationalError as error:  # no room to write it anew
            raise state_error(self._path, error) from error

    async def forget_account(self, key: str, *, is_served: bool) -> Forgotten:
        found = await self.run(lambda db: forget_account(db, key, is_served=is_served))
        await self._wipe_all()
        return found

    async def forget_person(self, address: str, now: datetime) -> Forgotten:
        found = await self.run(lambda db: forget_person(db, address, us(now)))
        await self._wipe_all()
        return found

    async def _wipe_all(self) -> None:
        if not await self.wipe(whole=True):
            raise StateError(
                f"{self._path}: another program reads it, so that what was forgotten still stands in it; "
                "end that program, and say forget once more"
            )

    def logins(self, key: str) -> SqliteLogins:
        """key: of the mailbox; its shadow has no login of its own."""
        return SqliteLogins(self, key, self._now)

    async def close(self) -> None:
        await self.run(lambda db: None)
        self._thread.submit(self._file.close).result()
        self._thread.shutdown()


_IS_MISPLACED = f"(NOT is_there AND coalesce(filed_in, '') LIKE '{BELOW}%')"
"""We moved it to a folder of ours, and know no UID of it there."""


class SqliteAccount(
    AbsenceTables,
    IntakeTables,
    CommandTables,
    HandoverTables,
    OutboxTables,
    OriginalTables,
    ReviewTables,
    HomeTables,
    EraseTables,
):
    """The AccountStore port: one account's part of the state. account: its key."""

    def __init__(self, store: SqliteStore, account: str) -> None:
        self._store, self.account = store, account

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._store.run(work)

    async def _wipe(self, *, whole: bool, most_octets: int | None = None) -> None:
        await self._store.wipe(whole=whole, most_octets=most_octets)

    async def state(self, now: datetime) -> AccountState:
        return await self._run(lambda db: account_state(db, self.account, now))

    async def contact(self, at: datetime) -> None:
        await self._run(
            lambda db: db.execute(
                "UPDATE account SET last_contact_at = ? WHERE account = ?", (us(at), self.account)
            )
        )

    async def observes(self, *, is_so: bool) -> None:
        await self._run(
            lambda db: db.execute("UPDATE account SET observes = ? WHERE account = ?", (is_so, self.account))
        )

    async def took_over(self, now: datetime) -> None:
        await self._run(
            lambda db: db.execute(
                "UPDATE account SET restored_at = ? WHERE account = ? AND restored_at IS NOT NULL",
                (us(now), self.account),
            )
        )

    async def keep_told(self, faults: Mapping[Subject, Fault]) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM told_fault WHERE account = ?", (self.account,))
            db.executemany(
                "INSERT INTO told_fault (account, subject, kind, what, since_at) VALUES (?, ?, ?, ?, ?)",
                [
                    (self.account, subject, fault.kind, fault.what, us(fault.since_at))
                    for subject, fault in faults.items()
                ],
            )

        await self._run(work)

    async def told(self) -> list[ToldFault]:
        def work(db: sqlite3.Connection) -> list[ToldFault]:
            rows = db.execute("SELECT * FROM told_fault WHERE account = ?", (self.account,)).fetchall()
            return [
                ToldFault(Subject(row["subject"]), row["kind"], row["what"], at(row["since_at"]))
                for row in rows
                if row["subject"] in set(Subject)
            ]

        return await self._run(work)

    async def outage(self, from_at: datetime, to_at: datetime) -> None:
        await self._run(
            lambda db: db.execute(
                "INSERT INTO outage (account, from_at, to_at) VALUES (?, ?, ?) "
                "ON CONFLICT (account, from_at) DO UPDATE SET to_at = excluded.to_at",
                (self.account, us(from_at), us(to_at)),
            )
        )

    async def learn(self, learnt: Mapping[str, str]) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                "INSERT INTO learnt (account, key, value) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET value = excluded.value",
                [(self.account, key, value) for key, value in learnt.items()],
            )

        await self._run(work)

    async def learnt(self) -> dict[str, str]:
        def work(db: sqlite3.Connection) -> dict[str, str]:
            rows = db.execute("SELECT key, value FROM learnt WHERE account = ?", (self.account,)).fetchall()
            return {row["key"]: row["value"] for row in rows}

        return await self._run(work)

    # --- filing ------------------------------------------------------------------------------------

    async def awaits_look(self, mailboxes: Sequence[str]) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            is_to_be_done = (
                self._filings(db)
                or self._misplaced(db)
                or self._may_go(db, 1)
                or self._wanted(db)
                or self._held_command(db)
                or self._next_command(db)
            )
            return bool(is_to_be_done) or any(self._unreadable(db, mailbox) for mailbox in mailboxes)

        return await self._run(work)

    async def filings(self) -> list[Filing]:
        return await self._run(self._filings)

    def _filings(self, db: sqlite3.Connection) -> list[Filing]:
        rows = db.execute(
            f"SELECT * FROM message WHERE account = ? AND file_to IS NOT NULL AND NOT {_IS_MISPLACED} "
            "ORDER BY mailbox, uid",
            (self.account,),
        ).fetchall()
        return [
            Filing(
                row["id"],
                Place(row["mailbox"], row["uidvalidity"], row["uid"]),
                one_of(FILED_TO, row["file_to"]),
                row["keyword"],
            )
            for row in rows
        ]

    async def filed(self, ids: Sequence[int]) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE message SET is_there = 0, filed_in = file_to, file_to = NULL, keyword = NULL "
                "WHERE account = ? AND id = ?",
                [(self.account, id_) for id_ in ids],
            )

        await self._run(work)

    async def misplaced(self) -> list[Misplaced]:
        return await self._run(self._misplaced)

    def _misplaced(self, db: sqlite3.Connection) -> list[Misplaced]:
        rows = db.execute(
            f"SELECT * FROM message WHERE account = ? AND file_to IS NOT NULL AND {_IS_MISPLACED} "
            "ORDER BY id",
            (self.account,),
        ).fetchall()
        return [
            Misplaced(
                row["id"],
                one_of(FILED_TO, row["filed_in"]),
                row["header_digest"],
                at_or_none(row["arrived_at"]),
            )
            for row in rows
        ]

    async def found(self, id_: int, place: Place | None) -> None:
        def work(db: sqlite3.Connection) -> None:
            if place is not None:
                move_to(db, id_, place)
            else:
                db.execute("UPDATE message SET file_to = NULL, filed_in = NULL WHERE id = ?", (id_,))

        await self._run(work)

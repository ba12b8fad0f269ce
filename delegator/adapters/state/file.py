"""The file of the state: how it is opened, and what a transaction on it is.

Whoever only reads it for one command needs no more than this; the daemon's store is built upon it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ...core.faults import StateError
from .damage import mend
from .fault import faults_told, state_error
from .part import UNREADABLE_ROW, T, prepare_reading, us
from .schema import STEPS

_MENDED_AT_MOST = 3  # what one look over all tables set aside may uncover something else

APPLICATION_ID = 0x64656C67  # "delg"


class StateFile:
    """Open it while holding the state's lock, and use it from the thread that opened it: it blocks.

    now: the clock by which what is damaged is set aside.
    Raises StateError: not a state of ours, from a newer version, or damaged.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path, self._now = path, now
        self.db = self._open()
        try:
            # What nothing comes across nobody would miss: a word in no list is in no query either.
            self._tried(lambda db: mend(db, us(now())))
        except BaseException:
            self.db.close()
            raise

    def close(self) -> None:
        self.db.close()

    def _open(self) -> sqlite3.Connection:
        with faults_told(self._path):
            if not self._path.exists():
                # Nobody else may read clients' mail, from the first octet on.
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            db = sqlite3.connect(self._path, isolation_level=None, timeout=30)
            try:
                self._prepare(db)
            except BaseException:
                db.close()
                raise
        prepare_reading(db)
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        """As every connection has it, and with all the steps of the schema."""
        version = db.execute("PRAGMA user_version").fetchone()[0]
        owner = db.execute("PRAGMA application_id").fetchone()[0]
        is_empty = not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if owner != APPLICATION_ID if version else not is_empty:
            raise StateError(f"{self._path} is not a state of delegator; choose another --state")
        if version > len(STEPS):
            raise StateError(
                f"{self._path} was written by a newer version (schema {version}, this one knows "
                f"{len(STEPS)}); install the newer version again, or choose another --state"
            )
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=OFF"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        if version == len(STEPS):
            return
        import secrets  # a state that is there has them

        begun = (
            f"PRAGMA application_id={APPLICATION_ID};"
            f"INSERT INTO state VALUES ('{secrets.token_hex(16)}', x'{secrets.token_hex(32)}');"
        )
        first = STEPS[0] + begun if version == 0 else ""
        missing = "".join(STEPS[max(version, 1) :])
        db.executescript(f"BEGIN IMMEDIATE;{first}{missing}PRAGMA user_version={len(STEPS)};COMMIT;")

    def transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """All of it, or nothing. Made again without what it could not read, if that is what it failed of."""
        for _ in range(_MENDED_AT_MOST):
            try:
                return self._tried(work)
            except UNREADABLE_ROW:
                if not self._tried(lambda db: mend(db, us(self._now()))):
                    raise
        return self._tried(work)

    def _tried(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self.db.execute("BEGIN IMMEDIATE")
            result = work(self.db)
            self.db.execute("COMMIT")
            return result
        except BaseException as error:
            if self.db.in_transaction:  # a full disk may have ended it already
                self.db.execute("ROLLBACK")
            if type(error) in (sqlite3.OperationalError, sqlite3.DatabaseError):
                raise state_error(self._path, error) from error
            raise

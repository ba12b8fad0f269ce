"""What came of logins: the refresh token that counts, and the one before. Never an access token."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from .part import us

T = TypeVar("T")
KEPT = 2


class Runs(Protocol):
    """One transaction at a time."""

    def run(self, work: Callable[[sqlite3.Connection], T]) -> Awaitable[T]: ...


class SqliteLogins:
    """The LoginStore port. account: the key of the mailbox, whoever serves it: live, shadow or observer."""

    def __init__(self, store: Runs, account: str, now: Callable[[], datetime]) -> None:
        self._store, self._account, self._now = store, account, now

    async def consents(self, login: str) -> list[str]:
        def work(db: sqlite3.Connection) -> list[str]:
            rows: list[Any] = db.execute(
                "SELECT text FROM consent WHERE account = ? AND login = ? ORDER BY id DESC LIMIT ?",
                (self._account, login, KEPT),
            ).fetchall()
            return [str(row["text"]) for row in rows]

        return await self._store.run(work)

    async def keep_consent(self, login: str, text: str, *, is_new: bool) -> None:
        of = (self._account, login)
        latest = "(SELECT max(id) FROM consent WHERE account = ? AND login = ?)"

        def work(db: sqlite3.Connection) -> None:
            kept_at = us(self._now())
            if not is_new:
                db.execute(f"UPDATE consent SET text = ?, at = ? WHERE id = {latest}", (text, kept_at, *of))
                return
            db.execute(
                "INSERT INTO consent (account, login, at, text) VALUES (?, ?, ?, ?)", (*of, kept_at, text)
            )
            db.execute(
                "DELETE FROM consent WHERE account = ? AND login = ? AND id NOT IN "
                "(SELECT id FROM consent WHERE account = ? AND login = ? ORDER BY id DESC LIMIT ?)",
                (*of, *of, KEPT),
            )

        await self._store.run(work)

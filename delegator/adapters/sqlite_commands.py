"""The part of the state that commands need: secrets, a review's numbers, what was asked and done.

Beside `sqlite`, which it is a part of: the same file, the same thread, one transaction a method.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from ..core.command import Grant, Line, Verb

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

COMMAND_SCHEMA = """
CREATE TABLE token (                 -- what a button's secret stands for
    account TEXT NOT NULL, token TEXT NOT NULL,
    verb TEXT NOT NULL,
    by TEXT,                         -- key of the backup who may use it; NULL: the owner
    items TEXT NOT NULL,             -- a JSON list of messages
    backup TEXT, conversation INTEGER, review INTEGER, question INTEGER,
    expires_at INTEGER NOT NULL,
    spent_at INTEGER,
    PRIMARY KEY (account, token)
) STRICT;
CREATE TABLE review_line (           -- what a number means in a reply to that review
    review INTEGER NOT NULL, number INTEGER NOT NULL,
    messages TEXT NOT NULL,          -- a JSON list
    verb TEXT, backup TEXT,          -- as proposed
    is_low INTEGER NOT NULL
) STRICT;
CREATE INDEX review_line_review ON review_line (review);
"""


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _at(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


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
                _us(grant.expires_at),
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
        (_us(now), account, token, _us(now)),
    )
    return spent.rowcount == 1


class CommandTables:
    """The methods of SqliteStore that deal with commands."""

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        raise NotImplementedError

    async def add_tokens(self, account: str, tokens: Mapping[str, Grant]) -> None:
        await self._run(lambda db: insert_tokens(db, account, tokens))

    async def grant(self, account: str, token: str) -> tuple[Grant, datetime | None] | None:
        def work(db: sqlite3.Connection) -> tuple[Grant, datetime | None] | None:
            row = db.execute(
                "SELECT * FROM token WHERE account = ? AND token = ?", (account, token)
            ).fetchone()
            if row is None:
                return None
            grant = Grant(
                verb=Verb(row["verb"]),
                by=row["by"],
                items=tuple(json.loads(row["items"])),
                expires_at=_at(row["expires_at"]),
                backup=row["backup"],
                conversation=row["conversation"],
                review=row["review"],
                question=row["question"],
            )
            return grant, None if row["spent_at"] is None else _at(row["spent_at"])

        return await self._run(work)

    async def spend(self, account: str, token: str, now: datetime) -> bool:
        return await self._run(lambda db: spend_token(db, account, token, now))

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

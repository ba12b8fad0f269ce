"""What every part of the state is built on: one account, a transaction a method, moments as numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def us_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else us(moment)


def at(count: int) -> datetime:
    return _EPOCH + timedelta(microseconds=count)


def at_or_none(count: int | None) -> datetime | None:
    return None if count is None else at(count)


class Part:
    """Mixed into `SqliteAccount`. account: its key."""

    account: str

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """One transaction: all of it, or nothing."""
        raise NotImplementedError

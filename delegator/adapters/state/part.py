"""What every part of the state is built on: one account, a transaction a method, how columns are read."""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from ...core.people import Window

T = TypeVar("T")

HELD_UP = (
    "outbox.kind = 'forward' AND outbox.state = 'pending' AND outbox.first_attempt_at IS NOT NULL "
    "AND outbox.last_reply <> ''"
)
"""The state of a forward that was tried, and goes when it can."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

UNREADABLE_ROW = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    sqlite3.IntegrityError,
)
"""What comes of reading a damaged row; a bug may be any of these too, and finds nothing to set aside."""


def us(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def us_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else us(moment)


def at(count: int) -> datetime:
    return _EPOCH + timedelta(microseconds=count)


def at_or_none(count: int | None) -> datetime | None:
    return None if count is None else at(count)


def prepare_reading(db: sqlite3.Connection) -> None:
    """Rows by their columns' names; text that is no UTF-8 any more is read as far as it goes."""
    db.row_factory = sqlite3.Row
    db.text_factory = partial(str, encoding="utf-8", errors="replace")


def digest(octets: bytes) -> str:
    """Kept beside octets, and checked before they are used."""
    import hashlib  # OpenSSL takes two milliseconds to load, and who asks for a status needs none of it

    return hashlib.sha256(octets).hexdigest()


def strings(text: str) -> tuple[str, ...]:
    """Texts from a JSON list of them. Raises ValueError: it is none."""
    return _list_of(str, text)


def numbers(text: str) -> tuple[int, ...]:
    """Numbers from a JSON list of them. Raises ValueError: it is none."""
    return _list_of(int, text)


def windows(text: str) -> tuple[Window, ...]:
    """Windows from a JSON list of [from, until]. Raises ValueError and what comes of values that are none."""
    return tuple(Window(at(begin), at(end)) for begin, end in _list_of(list, text))


def one_of(members: Collection[T], value: T) -> T:
    """Raises ValueError: it is none of them."""
    if value not in members:
        raise ValueError("none of its kind")
    return value


def zone_name(name: str) -> str:
    """Raises ValueError and LookupError: no time zone that this machine knows."""
    return ZoneInfo(name).key


def filled(text: str | None) -> str | None:
    """Raises ValueError: nothing stands there."""
    if text == "":
        raise ValueError("an empty name")
    return text


def _list_of(kind: type[T], text: str) -> tuple[T, ...]:
    found = json.loads(text)
    if not isinstance(found, list) or not all(type(value) is kind for value in found):
        raise ValueError("no such list")
    return tuple(found)


class Part(ABC):
    """Mixed into `SqliteAccount`. account: its key."""

    account: str

    @abstractmethod
    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """One transaction: all of it, or nothing."""

    @abstractmethod
    async def _wipe(self, *, whole: bool, most_octets: int | None = None) -> None:
        """See `erase.wipe`."""

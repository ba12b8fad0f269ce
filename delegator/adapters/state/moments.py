"""Moments as the state keeps them: whole microseconds since 1970 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def us_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else us(moment)


def at(count: int) -> datetime:
    return _EPOCH + timedelta(microseconds=count)


def at_or_none(count: int | None) -> datetime | None:
    return None if count is None else at(count)

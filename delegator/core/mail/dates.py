"""Dates as mail writes them (RFC 5322 section 3.3, and the obsolete forms of section 4.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 200
_FIRST_YEAR, _LAST_YEAR = 1970, 2999  # what a datetime can be moved to any time zone


def read_date(text: str) -> datetime | None:
    """The moment in UTC; None for what is not a date, or one that nobody lives in. Never raises."""
    try:
        moment = parsedate_to_datetime(text[:_LONGEST])
        if moment.tzinfo is None:  # -0000: UTC, the sender's zone unknown (RFC 5322 section 3.3)
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None

"""What a review says of the time that it is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from delegator.core.people import Window
from delegator.core.reviews.items import told_since

STARTED = datetime(2026, 12, 1, tzinfo=UTC)
AWAY = Window(datetime(2026, 12, 18, 23, tzinfo=UTC), datetime(2027, 1, 3, 23, tzinfo=UTC))
EVENING = datetime(2026, 12, 18, 17, tzinfo=UTC)
WITHIN = datetime(2026, 12, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_at", "started_at", "window", "since"),
    [
        (EVENING, STARTED, AWAY, AWAY.from_at),  # the departure mail told what was open, in her mailbox
        (None, STARTED, AWAY, AWAY.from_at),
        (None, WITHIN, AWAY, WITHIN),  # first started in mid-absence
        (WITHIN, STARTED, AWAY, WITHIN),
        (EVENING, STARTED, None, EVENING),
        (None, STARTED, None, STARTED),
    ],
)
def test_from_when_it_counts(
    last_at: datetime | None, started_at: datetime, window: Window | None, since: datetime
) -> None:
    """From the last one on; the first of an absence from its beginning."""
    assert told_since(last_at, started_at, window) == since

"""Which absence is to be closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from delegator.core.hours.ended import STALE, Homecoming, last_before, to_close
from delegator.core.people import Window

DAY = timedelta(days=1)
BACK = datetime(2027, 1, 4, tzinfo=UTC)
AWAY = Window(BACK - 16 * DAY, BACK)
BEGUN = AWAY.from_at - DAY
TOLD = Homecoming(AWAY, BACK, is_told=True)


@pytest.mark.parametrize(
    ("now", "closes"),
    [(BACK - DAY, False), (BACK, True), (BACK + STALE / 2, True), (BACK + STALE, False)],
)
def test_one_that_has_ended_is_closed(now: datetime, closes: bool) -> None:
    """Not before its end, nor when its owner has long been at work."""
    assert to_close([AWAY], [], BEGUN, now) == (AWAY if closes else None)


def test_once() -> None:
    """But one whose mail was not made, or was refused once, is told again."""
    assert to_close([AWAY], [TOLD], BEGUN, BACK) is None
    assert to_close([AWAY], [Homecoming(AWAY, BACK, is_told=False)], BEGUN, BACK) == AWAY
    assert to_close([AWAY], [Homecoming(AWAY, BACK, is_told=True, refused=1)], BEGUN, BACK) == AWAY
    assert to_close([AWAY], [Homecoming(AWAY, BACK, is_told=True, refused=2)], BEGUN, BACK) is None
    assert to_close([AWAY], [Homecoming(AWAY, BACK, is_told=True, is_unseen=True)], BEGUN, BACK) == AWAY


def test_what_nobody_served_is_not_closed() -> None:
    """It was over before the first start."""
    assert to_close([AWAY], [], BACK, BACK + DAY) is None


def test_whoever_is_away_again_is_not_home() -> None:
    again = Window(BACK + DAY, BACK + 3 * DAY)
    assert to_close([AWAY, again], [], BEGUN, BACK + 2 * DAY) is None


def test_an_absence_begins_where_the_one_before_was_closed() -> None:
    later = Window(BACK + 30 * DAY, BACK + 40 * DAY)
    assert last_before([TOLD], later) == BACK
    assert last_before([TOLD], AWAY) is None

"""When what is kept of an absence is erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from delegator.core.hours.erasing import erase_until
from delegator.core.people import Window

KEEP = timedelta(days=30)


def day(month: int, of_month: int) -> datetime:
    return datetime(2026, month, of_month, tzinfo=UTC)


SUMMER, AUTUMN = Window(day(7, 1), day(7, 15)), Window(day(10, 1), day(10, 8))


def test_keep_after_the_homecoming() -> None:
    """Not a moment earlier; with nothing to come, all that is as old."""
    at = SUMMER.until_at + KEEP
    assert erase_until([SUMMER], at - timedelta(microseconds=1), KEEP, None) is None
    assert erase_until([SUMMER], at, KEEP, None) == SUMMER.until_at
    assert erase_until([SUMMER], at + timedelta(days=3), KEEP, None) == SUMMER.until_at + timedelta(days=3)


def test_what_belongs_to_the_next_absence_stays() -> None:
    """Its briefs go days before it begins, and come no second time."""
    windows = [SUMMER, AUTUMN]
    assert erase_until(windows, day(9, 29), KEEP, None) == SUMMER.until_at
    assert erase_until(windows, day(10, 5), KEEP, None) == SUMMER.until_at, "in the midst of it, too"
    assert erase_until(windows, day(10, 20), KEEP, None) == SUMMER.until_at, "kept for less than `keep`"
    assert erase_until(windows, day(11, 20), KEEP, None) == day(11, 20) - KEEP


def test_during_the_absence_nothing_goes() -> None:
    assert erase_until([SUMMER], day(7, 10), timedelta(0), day(7, 9)) is None
    assert erase_until([], day(7, 10), KEEP, None) is None, "there never was one"


def test_an_absence_that_is_in_no_file_any_more() -> None:
    """Its last mail tells its end: whoever writes new dates has not changed what is kept."""
    assert erase_until([AUTUMN], day(8, 1), KEEP, day(7, 14)) is None
    assert erase_until([AUTUMN], day(8, 20), KEEP, day(7, 14)) == day(7, 14)

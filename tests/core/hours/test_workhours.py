from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.hours.workhours import (
    AFTER_START,
    BEFORE_END,
    due_at,
    is_working_day,
    no_holidays,
    overview_moments,
    working_day_before,
)
from delegator.core.people import WorkingHours

BRUSSELS = ZoneInfo("Europe/Brussels")
WEEK = frozenset(range(5))
OFFICE = (WorkingHours(WEEK, 9 * 60, 17 * 60 + 30),)
ALWAYS = (WorkingHours(frozenset(range(7)), 0, 24 * 60),)
WITHIN = timedelta(hours=2, minutes=15)
MINUTE = timedelta(minutes=1)


def at(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (at(17, 9), at(17, 11, 15)),
        (at(17, 13, 25), at(17, 15, 40)),
        (at(17, 15, 15), at(17, 17, 30)),  # the end of the day itself, not the next morning
        (at(17, 15, 16), at(18, 9, 1)),
        (at(17, 6), at(17, 11, 15)),
        (at(17, 17, 30), at(18, 11, 15)),
        (at(20, 17), at(23, 10, 45)),  # over a weekend
        (at(21, 12), at(23, 11, 15)),
    ],
)
def test_an_answer_is_due_after_so_much_working_time(start: datetime, expected: datetime) -> None:
    """Nights and weekends do not count, and a deadline may be the end of a day."""
    assert due_at(start, WITHIN, OFFICE, BRUSSELS) == expected


def test_a_holiday_stops_the_clock() -> None:
    """11 November is one in Belgium; without hours too."""
    assert due_at(at(10, 16), WITHIN, OFFICE, BRUSSELS, lambda day: day == date(2026, 11, 11)) == at(
        12, 9, 45
    )
    assert due_at(at(10, 23), WITHIN, (), BRUSSELS, lambda day: day == date(2026, 11, 11)) == at(12, 1, 15)


def test_without_hours_the_clock_always_runs() -> None:
    """In real time, also in the night in which the clocks go back."""
    assert due_at(at(25, 1, month=10), timedelta(hours=3), (), BRUSSELS) == at(25, 3, month=10)
    assert due_at(at(25, 1, month=10), timedelta(hours=3), ALWAYS, BRUSSELS) == at(25, 3, month=10)


def test_whoever_never_works_has_no_clock() -> None:
    """The search ends after ten years."""
    never = due_at(at(17, 9), WITHIN, OFFICE, BRUSSELS, lambda _: True)
    assert never == at(17, 9)
    assert working_day_before(at(17, 9), 1, OFFICE, BRUSSELS, lambda _: True) == date(2026, 11, 16)


def test_several_spans_a_day() -> None:
    """In any order, overlapping or not."""
    hours = (
        WorkingHours(WEEK, 13 * 60, 17 * 60),
        WorkingHours(WEEK, 8 * 60, 12 * 60),
        WorkingHours(frozenset({4}), 11 * 60, 14 * 60),
    )
    assert due_at(at(17, 11), WITHIN, hours, BRUSSELS) == at(17, 14, 15)
    assert due_at(at(20, 11), WITHIN, hours, BRUSSELS) == at(20, 13, 15)  # no break on Friday


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(21, 0), date(2026, 11, 20)),  # a Saturday: Friday
        (at(23, 0), date(2026, 11, 20)),  # a Monday: Friday
        (at(20, 17), date(2026, 11, 19)),  # who leaves on Friday evening asks on Thursday
        (at(12, 0), date(2026, 11, 10)),  # the 11th is a holiday
    ],
)
def test_the_working_day_before_an_absence(moment: datetime, expected: date) -> None:
    """A whole day on which whoever is asked can say no."""

    def is_holiday(day: date) -> bool:
        return day == date(2026, 11, 11)

    assert working_day_before(moment, 1, OFFICE, BRUSSELS, is_holiday) == expected
    assert working_day_before(moment, 1, (), BRUSSELS, is_holiday) == expected
    third = working_day_before(moment, 3, OFFICE, BRUSSELS, is_holiday)
    days = [expected - timedelta(days=back) for back in range(1, 9)]
    assert third == [day for day in days if day.weekday() < 5 and not is_holiday(day)][1]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (OFFICE, [at(17, 10, 30), at(17, 15, 30)]),
        ((), [at(17, 10, 30), at(17, 15, 30)]),
        (
            (WorkingHours(WEEK, 8 * 60, 12 * 60), WorkingHours(WEEK, 15 * 60, 17 * 60)),
            [at(17, 9, 30), at(17, 15)],
        ),
        ((WorkingHours(WEEK, 8 * 60, 12 * 60),), [at(17, 9, 30)]),  # half a day has one
        ((WorkingHours(WEEK, 8 * 60, 9 * 60),), [at(17, 8)]),
        ((WorkingHours(frozenset({0}), 8 * 60, 9 * 60),), []),
    ],
)
def test_the_moments_of_an_overview(hours: tuple[WorkingHours, ...], expected: list[datetime]) -> None:
    """Two on a whole day, one on a short one, none on a day off; never in a break."""
    assert list(overview_moments(date(2026, 11, 17), hours, BRUSSELS)) == expected


def test_no_overview_on_weekends_and_holidays() -> None:
    """Not even to whom no hours are known of."""
    assert overview_moments(date(2026, 11, 21), (), BRUSSELS) == ()
    assert overview_moments(date(2026, 11, 17), OFFICE, BRUSSELS, lambda _: True) == ()


# --- against a clock that is read minute by minute -------------------------------------------------

ZONES = ["Europe/Brussels", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
spans = st.builds(
    lambda days, ends: WorkingHours(frozenset(days), 15 * min(ends), 15 * max(ends)),
    st.sets(st.integers(0, 6), min_size=1),
    st.tuples(st.integers(0, 96), st.integers(0, 96)).filter(lambda ends: ends[0] != ends[1]),
)
weeks = st.lists(spans, min_size=1, max_size=3).map(tuple)
starts = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    # around the changes of 2026: 29 March, 25 October; Newfoundland 8 March; Lord Howe 5 April, 4 October
    st.sampled_from([(3, 28), (10, 24), (3, 7), (10, 31), (4, 4), (10, 3)]).flatmap(
        lambda day: st.datetimes(datetime(2026, *day), datetime(2026, *day) + timedelta(days=3))
    ),
).map(lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC))
holidays = st.sets(st.integers(1, 28)).map(lambda days: lambda day: day.day in days)


def read_clock(
    moment: datetime, hours: tuple[WorkingHours, ...], zone: ZoneInfo, is_holiday: Callable[[date], bool]
) -> bool:
    """Whether someone who looks at the clock on the wall works in the minute that begins.

    Where the clock goes back, the hour that comes again is no new one: what had ended stays so.
    """
    wall = moment.astimezone(zone)
    if is_holiday(wall.date()):
        return False
    minute = wall.hour * 60 + wall.minute
    if wall.fold:  # the highest that the clock has shown today
        minute = max(minute, highest_shown(moment, zone))
    return any(
        wall.weekday() in each.days and each.from_minute <= minute < each.until_minute for each in hours
    )


def highest_shown(moment: datetime, zone: ZoneInfo) -> int:
    day = moment.astimezone(zone).date()
    shown = 0
    while (wall := moment.astimezone(zone)).date() == day:
        shown = max(shown, wall.hour * 60 + wall.minute)
        if not wall.fold and shown > wall.hour * 60 + wall.minute:
            break
        moment -= MINUTE
    return shown


@given(starts, st.integers(0, 20 * 60), weeks, st.sampled_from(ZONES), holidays)
@settings(max_examples=50, deadline=None)
def test_as_whoever_looks_at_the_clock(
    start: datetime,
    minutes: int,
    hours: tuple[WorkingHours, ...],
    name: str,
    is_holiday: Callable[[date], bool],
) -> None:
    """The moment is the one at which a minute-by-minute count of working time is reached."""
    zone = ZoneInfo(name)
    due = due_at(start, timedelta(minutes=minutes), hours, zone, is_holiday)
    counted, moment = 0, start
    horizon = start + timedelta(days=6)
    while moment < horizon and (counted < minutes or not read_clock(moment, hours, zone, is_holiday)):
        if minutes and counted == minutes:
            break
        counted += read_clock(moment, hours, zone, is_holiday)
        moment += MINUTE
    if moment < horizon:
        assert due == moment
    else:
        assert due >= horizon


@given(starts, weeks, st.sampled_from(ZONES), holidays)
@settings(max_examples=75, deadline=None)
def test_what_holds_for_all_hours(
    start: datetime, hours: tuple[WorkingHours, ...], name: str, is_holiday: Callable[[date], bool]
) -> None:
    """The next working moment is one; no deadline comes sooner than its time; overviews are at work."""
    zone = ZoneInfo(name)
    soon = due_at(start, timedelta(), hours, zone)
    assert soon >= start
    assert read_clock(soon, hours, zone, no_holidays)
    assert read_clock(start, hours, zone, no_holidays) is (soon == start)
    day = start.astimezone(zone).date()
    moments = overview_moments(day, hours, zone, is_holiday)
    assert len(moments) <= 2
    assert bool(moments) is is_working_day(day, hours, zone, is_holiday)
    assert list(moments) == sorted(moments)
    for moment in moments:
        assert read_clock(moment, hours, zone, is_holiday)
        assert not is_holiday(moment.astimezone(zone).date())


@given(starts, st.integers(0, 3000), st.integers(0, 3000), weeks)
@settings(max_examples=40, deadline=None)
def test_time_adds_up(start: datetime, first: int, second: int, hours: tuple[WorkingHours, ...]) -> None:
    """A deadline in two steps is the deadline in one, and later starts are never due sooner."""
    one, two = timedelta(minutes=first + 1), timedelta(minutes=second + 1)
    halfway = due_at(start, one, hours, BRUSSELS)
    assert due_at(halfway, two, hours, BRUSSELS) == due_at(start, one + two, hours, BRUSSELS)
    assert due_at(start + MINUTE, one, hours, BRUSSELS) >= halfway
    assert halfway - start >= one


def test_the_moments_leave_time_to_answer() -> None:
    """What the constants promise of an ordinary day."""
    morning, afternoon = overview_moments(date(2026, 11, 17), OFFICE, BRUSSELS, no_holidays)
    assert morning - AFTER_START == at(17, 9)
    assert afternoon + BEFORE_END == at(17, 17, 30)

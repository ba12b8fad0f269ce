"""Working time: when the clock of a handover runs, and when a machine may write to a colleague.

`hours` is what the configuration says of someone; empty means that the clock always runs.
`is_holiday` is asked for local days, and a holiday holds no working time whatever the hours say. A span
of the day lasts from the moment at which the wall clock first shows its begin until the moment at which
it first shows its end; where the clock skips either, it is the moment of the change. Moments are aware;
those returned are in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..people import WorkingHours
from .schedule import local_moment

IsHoliday = Callable[[date], bool]

MAX_DAYS = 3660
"""How far is looked. Whoever works not at all in ten years has no clock: it is at its end then."""

AFTER_START = timedelta(hours=1, minutes=30)
"""The first overview of a day: what came overnight has been with the backup for an hour and a half."""

BEFORE_END = timedelta(hours=2)
"""The second: with two hours left, which is about what an answer takes (`follow_up.within`)."""

_APART = timedelta(hours=3)  # two overviews; a shorter day has one
_OFFICE_HOURS = (WorkingHours(frozenset(range(5)), 9 * 60, 17 * 60 + 30),)
"""For those whose hours are not known: the clock always runs, but a machine writes on these days only."""

_DAY = timedelta(days=1)
_MIDNIGHT = 24 * 60


def no_holidays(_: date) -> bool:
    """For whom no public holidays are configured."""
    return False


def due_at(
    start: datetime,
    within: timedelta,
    hours: Sequence[WorkingHours],
    zone: ZoneInfo,
    is_holiday: IsHoliday = no_holidays,
) -> datetime:
    """The moment at which `within` of working time has passed since `start`.

    Real, elapsed time counts, whatever the clock on the wall does. It ends within a span or at the end
    of one, never at the begin of the next. within: not negative; 0 gives the next working moment.
    """
    left = within
    at = start.astimezone(UTC)
    for begin, end in _spans_from(at, hours, zone, is_holiday):
        at = max(at, begin)
        if end - at >= left:
            return at + left
        left -= end - at
        at = end
    return at


def working_day_before(
    moment: datetime,
    count: int,
    hours: Sequence[WorkingHours],
    zone: ZoneInfo,
    is_holiday: IsHoliday = no_holidays,
) -> date:
    """The local day with any working time, so many of those before the moment's; the day before without any.

    count: from 1, the last of them. For an absence that begins on Friday at 17.00 that is Thursday, so that
    whoever is asked has a whole day to say no.
    """
    yesterday = moment.astimezone(zone).date() - _DAY
    left = count
    for back in range(MAX_DAYS):
        if is_working_day(yesterday - back * _DAY, hours, zone, is_holiday):
            left -= 1
            if left == 0:
                return yesterday - back * _DAY
    return yesterday


def is_working_day(
    day: date, hours: Sequence[WorkingHours], zone: ZoneInfo, is_holiday: IsHoliday = no_holidays
) -> bool:
    """Whether a local day holds any working time. Without hours: Monday to Friday, for mails."""
    return next(_spans_on(day, hours or _OFFICE_HOURS, zone, is_holiday), None) is not None


def overview_moments(
    day: date, hours: Sequence[WorkingHours], zone: ZoneInfo, is_holiday: IsHoliday = no_holidays
) -> tuple[datetime, ...]:
    """When an overview may go on a local day, in order: two moments, one on a short day, else none.

    1 h 30 after the day's first span begins and 2 h before the last one ends: both leave time to answer
    within the day. Where that leaves less than three hours in between, only the first. In a break it is
    the end of that break. Without hours a day from Monday to Friday is taken to be one of 9.00 to 17.30.
    """
    spans = list(_spans_on(day, hours or _OFFICE_HOURS, zone, is_holiday))
    if not spans:
        return ()
    begin, end = spans[0][0], spans[-1][1]
    if end - begin <= AFTER_START:
        return (begin,)
    first = _at_work(begin + AFTER_START, spans)
    second = _at_work(end - BEFORE_END, spans)
    return (first, second) if second - first >= _APART else (first,)


def _at_work(moment: datetime, spans: Sequence[tuple[datetime, datetime]]) -> datetime:
    """The moment, or the begin of the next span; there is one that ends after it."""
    return next(max(moment, begin) for begin, end in spans if moment < end)


def _spans_from(
    moment: datetime, hours: Sequence[WorkingHours], zone: ZoneInfo, is_holiday: IsHoliday
) -> Iterator[tuple[datetime, datetime]]:
    """The spans that end at the moment or after it, in order."""
    first = (
        moment.astimezone(zone).date() - _DAY
    )  # a span may reach into the next day, where the clock skips midnight
    for ahead in range(MAX_DAYS):
        for begin, end in _spans_on(first + ahead * _DAY, hours, zone, is_holiday):
            if end > moment:
                yield begin, end


def _spans_on(
    day: date, hours: Sequence[WorkingHours], zone: ZoneInfo, is_holiday: IsHoliday
) -> Iterator[tuple[datetime, datetime]]:
    """The working time of a local day: spans in order that neither overlap nor touch."""
    if is_holiday(day):
        return
    minutes = sorted(
        (each.from_minute, each.until_minute) for each in hours if day.weekday() in each.days
    ) or ([] if hours else [(0, _MIDNIGHT)])
    begin = end = None
    for from_minute, until_minute in minutes:
        from_at, until_at = _wall(day, from_minute, zone), _wall(day, until_minute, zone)
        if until_at <= from_at:
            continue  # a span of minutes that no clock showed
        if end is None or begin is None or from_at > end:
            if begin is not None and end is not None:
                yield begin, end
            begin, end = from_at, until_at
        else:
            end = max(end, until_at)
    if begin is not None and end is not None:
        yield begin, end


def _wall(day: date, minute: int, zone: ZoneInfo) -> datetime:
    if minute == _MIDNIGHT:
        day, minute = day + _DAY, 0
    return local_moment(day, time(minute // 60, minute % 60), zone)

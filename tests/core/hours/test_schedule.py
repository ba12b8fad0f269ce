from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.hours.schedule import (
    Slot,
    current_window,
    due_slot,
    first_word_at,
    local_moment,
    next_slot,
    next_window,
)
from delegator.core.people import Window

BRUSSELS = ZoneInfo("Europe/Brussels")
AT = (time(9), time(17))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


HOLIDAY = Window(utc(2026, 12, 18, 23), utc(2027, 1, 3, 23))


@pytest.mark.parametrize(
    ("zone", "day", "at", "moment"),
    [
        ("Europe/Brussels", date(2026, 12, 19), time(9), utc(2026, 12, 19, 8)),
        ("Europe/Brussels", date(2026, 7, 1), time(9), utc(2026, 7, 1, 7)),
        # 29 March 2026: 02:00 becomes 03:00
        ("Europe/Brussels", date(2026, 3, 29), time(1, 59, 59), utc(2026, 3, 29, 0, 59, 59)),
        ("Europe/Brussels", date(2026, 3, 29), time(2), utc(2026, 3, 29, 1)),
        ("Europe/Brussels", date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 1)),
        ("Europe/Brussels", date(2026, 3, 29), time(3), utc(2026, 3, 29, 1)),
        # 25 October 2026: 03:00 becomes 02:00
        ("Europe/Brussels", date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 0, 30)),
        ("Europe/Brussels", date(2026, 10, 25), time(3), utc(2026, 10, 25, 2)),
        # a change of half an hour, one at midnight, and a day that never was
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), utc(2026, 10, 3, 15, 30)),
        ("America/Havana", date(2026, 3, 8), time(0, 30), utc(2026, 3, 8, 5)),
        ("Pacific/Apia", date(2011, 12, 30), time(9), utc(2011, 12, 30, 10)),
    ],
)
def test_a_wall_time_is_a_moment(zone: str, day: date, at: time, moment: datetime) -> None:
    """In a gap it is when the gap ends; a time that comes twice is the first."""
    assert local_moment(day, at, ZoneInfo(zone)) == moment


def test_windows() -> None:
    """The current window is the one that holds now; the next may still have to begin."""
    later = Window(utc(2027, 2, 1), utc(2027, 2, 8))
    windows = (later, HOLIDAY)
    assert current_window(windows, utc(2026, 12, 18)) is None
    assert current_window(windows, HOLIDAY.from_at) is HOLIDAY
    assert current_window(windows, HOLIDAY.until_at) is None
    assert next_window(windows, utc(2026, 12, 18)) is HOLIDAY
    assert next_window(windows, HOLIDAY.from_at) is HOLIDAY
    assert next_window(windows, HOLIDAY.until_at) is later
    assert next_window(windows, later.until_at) is None


def test_of_windows_that_overlap_the_longest_counts() -> None:
    """Back is when the last of them ends."""
    longer = Window(utc(2026, 12, 20), utc(2027, 1, 10))
    assert current_window((HOLIDAY, longer), utc(2026, 12, 25)) is longer
    assert next_window((HOLIDAY, longer), utc(2026, 12, 25)) is longer


def test_the_next_review() -> None:
    """The first time of day in the window after a moment, and none when the window is over."""
    first, second = (date(2026, 12, 19), 0), (date(2026, 12, 19), 1)
    assert next_slot(AT, BRUSSELS, (HOLIDAY,), utc(2026, 1, 1)) == (first, utc(2026, 12, 19, 8))
    assert next_slot(AT, BRUSSELS, (HOLIDAY,), utc(2026, 12, 19, 8)) == (second, utc(2026, 12, 19, 16))
    assert next_slot(AT, BRUSSELS, (HOLIDAY,), utc(2027, 1, 3, 16)) is None
    assert next_slot(AT, BRUSSELS, (), utc(2026, 12, 19)) is None
    assert next_slot((), BRUSSELS, (HOLIDAY,), utc(2026, 12, 19)) is None


def test_the_review_that_is_due() -> None:
    """The latest that was missed, once; also when the window has closed meanwhile."""
    start = utc(2026, 12, 19, 7)
    morning, evening = (date(2026, 12, 19), 0), (date(2026, 12, 19), 1)

    def due(after: datetime, now: datetime) -> tuple[Slot, datetime] | None:
        return due_slot(AT, BRUSSELS, (HOLIDAY,), after, now)

    assert due(start, utc(2026, 12, 19, 7, 59)) is None
    assert due(start, utc(2026, 12, 19, 8)) == (morning, utc(2026, 12, 19, 8))
    assert due(utc(2026, 12, 19, 8), utc(2026, 12, 19, 9)) is None
    assert due(start, utc(2026, 12, 19, 20)) == (evening, utc(2026, 12, 19, 16))
    last = ((date(2027, 1, 3), 1), utc(2027, 1, 3, 16))
    assert due(start, utc(2027, 2, 1)) == last
    assert due(last[1], utc(2027, 2, 1)) is None
    assert due_slot((), BRUSSELS, (HOLIDAY,), start, utc(2027, 1, 1)) is None


def test_two_times_that_fall_on_one_moment_are_one_review() -> None:
    """Both in the gap: one review, which both functions name alike."""
    at = (time(2, 15), time(2, 45), time(3, 30))
    window = (Window(utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)),)
    both = ((date(2026, 3, 29), 1), utc(2026, 3, 29, 1))
    assert next_slot(at, BRUSSELS, window, utc(2026, 3, 28)) == both
    assert due_slot(at, BRUSSELS, window, utc(2026, 3, 28), utc(2026, 3, 29, 1)) == both
    third = next_slot(at, BRUSSELS, window, both[1])
    assert third == ((date(2026, 3, 29), 2), utc(2026, 3, 29, 1, 30))


ZONES = sorted(available_timezones())
TIMES = st.lists(st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=3)


@st.composite
def absences(draw: st.DrawFn) -> tuple[tuple[time, ...], ZoneInfo, Window]:
    """Review times and a short absence, near a change of the clock where the zone has one that year."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    year = datetime(draw(st.integers(1975, 2030)), 1, 1, tzinfo=UTC)
    offsets = [(day, (year + timedelta(days=day)).astimezone(zone).utcoffset()) for day in range(366)]
    changes = [day for (day, one), (_, other) in pairwise(offsets) if one != other]
    start = year + timedelta(days=draw(st.sampled_from(changes or [0])) - draw(st.integers(0, 2)))
    start += timedelta(minutes=draw(st.integers(0, 1440)))
    window = Window(start, start + timedelta(hours=draw(st.integers(1, 96))))
    return tuple(sorted(set(draw(TIMES)))), zone, window


@given(absences())
@settings(max_examples=75, deadline=None)
def test_walking_from_slot_to_slot_meets_every_moment_once(
    absence: tuple[tuple[time, ...], ZoneInfo, Window],
) -> None:
    """In any zone, over any change of the clock; no slot comes twice and none is outside the window."""
    at, zone, window = absence
    days = [window.from_at.date() + timedelta(days=day) for day in range(-3, 8)]
    expected = sorted(
        {moment for day in days for each in at if (moment := local_moment(day, each, zone)) in window}
    )
    walked: list[tuple[Slot, datetime]] = []
    after = window.from_at - timedelta(microseconds=1)
    while slot := next_slot(at, zone, (window,), after):
        walked.append(slot)
        after = slot[1]
    assert [moment for _, moment in walked] == expected
    assert len({name for name, _ in walked}) == len(walked)


@given(absences(), st.integers(30, 6000))
@settings(max_examples=30, deadline=None)
def test_what_falls_due_is_what_was_announced(
    absence: tuple[tuple[time, ...], ZoneInfo, Window], step_minutes: int
) -> None:
    """A daemon that looks now and then sends a subset of the slots, in order, none twice, and the last."""
    at, zone, window = absence
    announced: list[tuple[Slot, datetime]] = []
    after = window.from_at - timedelta(microseconds=1)
    while slot := next_slot(at, zone, (window,), after):
        announced.append(slot)
        after = slot[1]
    sent: list[tuple[Slot, datetime]] = []
    after = now = window.from_at - timedelta(microseconds=1)
    while now < window.until_at:
        now += timedelta(minutes=step_minutes)
        if slot := due_slot(at, zone, (window,), after, now):
            sent.append(slot)
            after = slot[1]
    assert [slot for slot in announced if slot in sent] == sent
    assert sent[-1:] == announced[-1:]


@given(st.sampled_from(ZONES), st.datetimes(datetime(1975, 1, 1), datetime(2035, 1, 1)))
@settings(max_examples=80, deadline=None)
def test_a_wall_time_that_a_clock_shows_is_that_moment(zone_name: str, moment: datetime) -> None:
    """Back and forth; where a clock shows it twice, the earlier of the two."""
    zone, moment = ZoneInfo(zone_name), moment.replace(microsecond=0, tzinfo=UTC)
    wall = moment.astimezone(zone)
    found = local_moment(wall.date(), wall.time(), zone)
    assert found == moment if wall.fold == 0 else found < moment
    assert found.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)


NOON = datetime(2026, 11, 18, 11, tzinfo=UTC)  # 12.00 in Brussels
ABSENCE = Window(NOON - timedelta(days=2), NOON + timedelta(days=5))


@pytest.mark.parametrize(
    ("started", "slot", "first_word"),
    [
        ("2026-11-18T12:00", "2026-11-18T17:00", "2026-11-18T12:20"),
        ("2026-11-18T16:10", "2026-11-18T17:00", None),  # the review comes within the hour
        ("2026-11-18T21:50", "2026-11-19T09:00", "2026-11-19T07:00"),
        ("2026-11-18T03:00", "2026-11-18T09:00", "2026-11-18T07:00"),
        ("2026-11-18T06:39", "2026-11-18T09:00", "2026-11-18T07:00"),
        ("2026-11-16T12:00", "2026-11-16T17:00", None),  # started as it began
        ("2026-11-10T12:00", "2026-11-16T17:00", None),  # and before
    ],
)
def test_the_first_word_in_mid_absence(started: str, slot: str, first_word: str | None) -> None:
    """Within the hour, but not at night; and not beside a review."""
    zone = BRUSSELS

    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)

    expected = at(first_word) if first_word else None
    assert first_word_at(at(started), ABSENCE, zone, at(slot)) == expected

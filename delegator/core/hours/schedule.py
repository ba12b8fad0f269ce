"""Away windows, review times, DST-safe. All moments are aware and in UTC unless named local."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..people import Window

Slot = tuple[date, int]
"""A review's slot: the owner's local date and the index of its time in `review.at`, from 0."""

_DAY = timedelta(days=1)


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local wall time as UTC. In a gap: the moment the gap ends; twice: the first."""
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    before = wall.replace(tzinfo=zone).astimezone(UTC)
    if before.astimezone(zone).replace(tzinfo=None) == wall:
        return before
    # No clock showed this time. By the offset after the gap it lies before the gap, and the other
    # way round; so the change, which is on a whole second, lies in between.
    late = before.replace(microsecond=0)
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(microsecond=0)
    old_offset = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=int((late - early).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == old_offset:
            early = middle
        else:
            late = middle
    return late


def whole_days(first: date, last: date, zone: ZoneInfo) -> Window:
    """From the begin of the first local day to the end of the last."""
    midnight = time()
    return Window(local_moment(first, midnight, zone), local_moment(last + timedelta(days=1), midnight, zone))


def current_window(windows: Sequence[Window], now: datetime) -> Window | None:
    """The window that holds `now`, or None; where several do, the one that ends last."""
    return max((each for each in windows if now in each), key=lambda each: each.until_at, default=None)


def next_window(windows: Sequence[Window], now: datetime) -> Window | None:
    """The first window that ends after `now`: the current one, or the next to come."""
    to_come = (each for each in windows if each.from_at > now and each.until_at > each.from_at)
    return current_window(windows, now) or min(to_come, key=lambda each: each.from_at, default=None)


def next_slot(
    at: Sequence[time], zone: ZoneInfo, windows: Sequence[Window], after: datetime
) -> tuple[Slot, datetime] | None:
    """The first review slot whose moment is > after and within a window; None if there is none.

    Two slots that a change of the clock puts at one moment are one review, named after the later.
    """
    firsts = (_first_in(at, zone, each, after) for each in windows if each.until_at > after)
    found = [first for first in firsts if first is not None]
    return min(found, key=lambda slot: slot[1], default=None)


def due_slot(
    at: Sequence[time], zone: ZoneInfo, windows: Sequence[Window], after: datetime, now: datetime
) -> tuple[Slot, datetime] | None:
    """The latest slot with after < moment <= now, within a window; None if none was due.

    after: the last review's slot moment, or the first start. Only the latest of several is due. A slot
    missed just before the window closed is still due after it.
    """
    lasts = (_last_in(at, zone, each, after, now) for each in windows if each.from_at <= now)
    found = [last for last in lasts if last is not None]
    return max(found, key=lambda slot: (slot[1], slot[0]), default=None)


def first_word_at(
    started_at: datetime, window: Window, zone: ZoneInfo, slot_at: datetime | None
) -> datetime | None:
    """When whoever was started within an absence for the first time says that it is at work.

    Within the hour, but not at night; None where a review comes by then anyway. slot_at: of the next one.
    """
    if not window.from_at < started_at < window.until_at:
        return None
    at = started_at + _FIRST_WORD
    local = at.astimezone(zone)
    if local.time() < _MORNING:
        at = local_moment(local.date(), _MORNING, zone)
    elif local.time() >= _NIGHT:
        at = local_moment(local.date() + _DAY, _MORNING, zone)
    is_late = slot_at is not None and slot_at <= at + (_HOUR - _FIRST_WORD)
    return None if is_late or at >= window.until_at else at


_FIRST_WORD = timedelta(minutes=20)  # the mailbox was read by then
_HOUR = timedelta(hours=1)
_MORNING, _NIGHT = time(7), time(22)


def _first_in(
    at: Sequence[time], zone: ZoneInfo, window: Window, after: datetime
) -> tuple[Slot, datetime] | None:
    # From the day before: a gap at midnight may carry a slot into the next day.
    day = max(after, window.from_at).astimezone(zone).date() - _DAY
    last_day = window.until_at.astimezone(zone).date()
    while at and day <= last_day:
        held = [slot for slot in _slots_on(day, at, zone) if after < slot[1] and slot[1] in window]
        if held:
            earliest = min(moment for _, moment in held)
            # The day after may have slots at that very moment, where a gap ends at midnight.
            same = [*held, *_slots_on(day + _DAY, at, zone)]
            return max(slot for slot in same if slot[1] == earliest)
        day += _DAY
    return None


def _last_in(
    at: Sequence[time], zone: ZoneInfo, window: Window, after: datetime, now: datetime
) -> tuple[Slot, datetime] | None:
    day = min(now, window.until_at).astimezone(zone).date() + _DAY
    first_day = max(after, window.from_at).astimezone(zone).date() - _DAY
    while at and day >= first_day:
        held = [slot for slot in _slots_on(day, at, zone) if after < slot[1] <= now and slot[1] in window]
        if held:
            return max(held, key=lambda slot: (slot[1], slot[0]))
        day -= _DAY
    return None


def _slots_on(day: date, at: Sequence[time], zone: ZoneInfo) -> Iterator[tuple[Slot, datetime]]:
    for index, each in enumerate(at):
        yield (day, index), local_moment(day, each, zone)

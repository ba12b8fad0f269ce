"""What a line of the owner's about the absence may ask for, and why one is in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from ..hours.schedule import local_moment
from ..people import Window

LONGEST = timedelta(days=366)
WishKind = Literal[
    "plan",
    "trial",
    "until",
    "back",
    "off",
    "trial_off",
    "pause",
    "resume",
    "zone",
    "backup_away",
    "backup_back",
]
"""off: what was planned is called off."""


class Unclear(StrEnum):
    """Why a line, or what it asks for, is in doubt. Nothing is changed then."""

    NO_DAYS = "no_days"  # away, but from when to when?
    NO_END = "no_end"  # "weg vanaf vrijdag"
    NO_ZONE = "no_zone"
    EXTRA_WORDS = "extra_words"  # detail: the words
    UNKNOWN_BACKUP = "unknown_backup"  # detail: the word
    TWO_BACKUPS = "two_backups"  # detail: their keys
    NAMESAKES = "namesakes"  # detail: the name that two have
    NO_SUCH_DAY = "no_such_day"  # 31/2; detail: as written
    WEEKDAY = "weekday"  # "maandag 6/1", which is none; day: that date
    SAME_WEEKDAY = "same_weekday"  # "vrijdag" on a Friday; day: today
    NEXT_WEEKDAY = "next_weekday"  # "next Friday" on a Wednesday; day: the first that it may be
    NO_HOUR = "no_hour"  # "vrijdagnamiddag"; detail: the word
    NO_MONTH = "no_month"  # "weg van 19 tot 24"; detail: as written
    MIXED_ORDER = "mixed_order"  # "12/19-1/4"; window, other: what it may mean
    DAY_OR_ITEMS = "day_or_items"  # "weg 3-5"; detail: as written, day: that date
    END_BEFORE = "end_before"
    PAST = "past"
    TOO_LONG = "too_long"
    OVERLAP = "overlap"  # other: the absence that it meets
    UNKNOWN_ZONE = "unknown_zone"  # detail: as written
    MANY_ZONES = "many_zones"  # detail: which
    NOT_YET = "not_yet"  # back, before it began; other: the absence to come
    NO_ABSENCE = "no_absence"  # there is none to change
    RUNS = "runs"  # it has begun, and is not called off any more; other: it
    IS_OFF = "is_off"  # called off, twice; window: it
    WHICH = "which"  # two are planned; window, other: they
    ONLY_PART = "only_part"  # days that are not all of it; window: those, other: it
    NOT_THEN = "not_then"  # not away on those days; window: those, other: the absence to come
    IS_BACK = "is_back"  # "ik ben terug", twice; day: since when
    IS_SO = "is_so"  # nothing would change
    ALONE = "alone"  # it stands beside other commands, and wants a mail of its own


@dataclass(frozen=True, slots=True)
class Doubt:
    """kind: what was asked for, as far as it was understood. window: when, as far as that was."""

    why: Unclear
    kind: WishKind
    detail: str = ""
    day: date | None = None
    window: Window | None = None
    other: Window | None = None
    backup: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A day, and the time on it; None: its midnight, or the next where the day is included."""

    day: date
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a line asks for. first: None: from now on. last: None: of a span, the first day alone.

    is_included: the last day belongs to it. backup: a key. zone: as written. is_inferred: from words that say
    it less plainly, as "zaterdag terug": it waits for the owner's word, though it would only shorten.
    """

    kind: WishKind
    first: Point | None = None
    last: Point | None = None
    is_included: bool = False
    backup: str | None = None
    zone: str = ""
    is_inferred: bool = False

    def window(self, zone: ZoneInfo, now: datetime) -> Window | None:
        """From when to when on that clock; None where it says none. now: where the writer is.

        A day that is over on that clock, and not yet where the writer is, ends by the writer's: "today".
        """
        if self.last is None and self.first is None:
            return None
        from_at = now
        if self.first is not None:
            begin = local_moment(self.first.day, self.first.at or time(), zone)
            is_today = self.first.day in (now.date(), now.astimezone(zone).date()) and self.first.at is None
            from_at = max(begin, now) if is_today else begin
        last = self.last or self.first
        assert last is not None
        is_whole = last.at is None and (self.is_included or self.last is None)
        day = last.day + timedelta(days=1) if is_whole else last.day
        at = time() if self.last is None else last.at or time()
        until_at = local_moment(day, at, zone)
        if until_at <= now and isinstance(now.tzinfo, ZoneInfo):
            there_at = local_moment(day, at, now.tzinfo)
            until_at = there_at if there_at > now else until_at
        return Window(from_at, until_at)

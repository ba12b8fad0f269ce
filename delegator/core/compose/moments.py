"""Moments and spans of days in a sentence to a colleague, on their own clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..people import Window
from .mail import Catalogue


def moment_words(at: datetime, now: datetime, zone: ZoneInfo, catalogue: Catalogue) -> str:
    """The time, with the day unless it is today: "15.40 u", "di 17/11 15.40 u"."""
    at, now = at.astimezone(zone), now.astimezone(zone)
    time_of_day = catalogue.time(at)
    return time_of_day if at.date() == now.date() else f"{catalogue.day(at)} {time_of_day}"


def window_words(window: Window, zone: ZoneInfo, catalogue: Catalogue, *, in_full: bool = False) -> str:
    """From when to when: whole days by their first and last, else with the time. zone: the owner's.

    in_full: each day with its month and year in words.
    """
    day_words = catalogue.date if in_full else catalogue.day
    begin, end = window.from_at.astimezone(zone), window.until_at.astimezone(zone)
    if begin.time() != time(0) == end.time():  # "until the 14th, 0:00" is read as the 14th
        days = {
            "first": f"{day_words(begin)} {catalogue.time(begin)}",
            "last": day_words(_last_day(window, zone)),
        }
        return catalogue.gettext("from %(first)s to %(last)s, both included") % days
    if begin.time() == end.time() == time(0):
        last = _last_day(window, zone)
        if begin.date() == last.date():
            return catalogue.gettext("on %(day)s") % {"day": day_words(begin)}
        facts = {"first": day_words(begin), "last": day_words(last)}
        return catalogue.gettext("from %(first)s to %(last)s, both included") % facts
    facts = {
        "begin": f"{day_words(begin)} {catalogue.time(begin)}",
        "end": f"{day_words(end)} {catalogue.time(end)}",
    }
    return catalogue.gettext("from %(begin)s until %(end)s") % facts


def window_days(window: Window, zone: ZoneInfo, catalogue: Catalogue) -> str:
    """The first and the last day, short enough for a subject."""
    first, last = catalogue.day(window.from_at.astimezone(zone)), catalogue.day(_last_day(window, zone))
    return first if first == last else f"{first} – {last}"


def example_days(window: Window, zone: ZoneInfo, catalogue: Catalogue) -> dict[str, str]:
    """Days within it, as an example of what to answer: its first, and two later where it is so long."""
    first, last = window.from_at.astimezone(zone), _last_day(window, zone)
    return {"first": catalogue.day(first), "last": catalogue.day(min(first + timedelta(days=2), last))}


def back_words(until_at: datetime, zone: ZoneInfo, catalogue: Catalogue) -> str:
    """From when somebody is back: the day, with the time unless it is midnight. until_at: that moment."""
    at = until_at.astimezone(zone)
    return catalogue.day(at) if at.time() == time(0) else f"{catalogue.day(at)} {catalogue.time(at)}"


def _last_day(window: Window, zone: ZoneInfo) -> datetime:
    return (window.until_at - timedelta.resolution).astimezone(zone)

"""Time zones as calendars name and define them (RFC 5545 section 3.6.5). Never raises, never guesses.

What a calendar defines itself counts before any name. Nothing is expanded: of a rule only the last
change before the moment in question is looked for, so that no calendar takes long.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

MOST_CHANGES = 500
"""The most changes of a zone; the longest history has some 200."""


@dataclass(slots=True)
class Observance:
    """STANDARD or DAYLIGHT: from some moment on, and perhaps each year, another offset holds."""

    lines: dict[str, str] = field(default_factory=dict)  # DTSTART, TZOFFSETFROM, TZOFFSETTO, RRULE, RDATE


def utc_of(local: datetime, name: str, defined: Mapping[str, Sequence[Observance]]) -> datetime | None:
    """A local time in a zone, in UTC; None where the zone cannot be resolved.

    local: naive. name: the TZID, without quotes. defined: the zones that the calendar itself defines.
    """
    if name in defined:
        offset = _defined_offset(local, defined[name])
        if offset is not None:
            return (local - offset).replace(tzinfo=UTC)
    zone = zone_named(name)
    return local.replace(tzinfo=zone).astimezone(UTC) if zone else None


def zone_named(name: str) -> tzinfo | None:
    """A zone by the name of the IANA or of Windows, with what programs put around it; None: unknown."""
    name = name.strip(" \"'")
    if name.lower() in _UTC:
        return UTC
    if match := _FIXED.fullmatch(name):
        hours, minutes = int(match[2]), int(match[3] or 0)
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if match[1] == "-" else offset) if offset < timedelta(hours=15) else None
    if zone := _iana(name):
        return zone
    # "/freeassociation.sourceforge.net/Europe/Brussels", "/mozilla.org/20070129_1/America/Indiana/Knox"
    parts = name.split("/")
    if name.startswith("/"):
        for count in (3, 2):
            if len(parts) > count and (zone := _iana("/".join(parts[-count:]))):
                return zone
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # 60 ms, for one calendar in many

    windows = _AGAIN.sub("", name).casefold()
    known = {windows_name.casefold(): iana for windows_name, iana in WINDOWS_TO_OLSON.items()}
    return _iana(known[windows]) if windows in known else None


_UTC = frozenset(("utc", "gmt", "z", "coordinated universal time", "tzone://microsoft/utc", "etc/utc"))
_FIXED = re.compile(r"(?:UTC|GMT)\s?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_IANA = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{1,30}(?:/[A-Za-z][A-Za-z0-9_+-]{1,30}){0,2}")
_AGAIN = re.compile(r"[ -]\d{1,2}$")  # Outlook numbers the zones of a calendar that it has changed


def _iana(name: str) -> ZoneInfo | None:
    if not _IANA.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


# What a calendar defines


def _defined_offset(local: datetime, observances: Sequence[Observance]) -> timedelta | None:
    """The offset of the last change before a local time; before all of them, what the first one ended."""
    changes: list[tuple[datetime, timedelta]] = []
    firsts: list[tuple[datetime, timedelta]] = []
    for observance in observances:
        lines = observance.lines
        start, to = _moment(lines.get("DTSTART", "")), _offset(lines.get("TZOFFSETTO", ""))
        if start is None or to is None:
            return None
        firsts.append((start, _offset(lines.get("TZOFFSETFROM", "")) or to))
        onset = _last_onset(local, start, lines)
        if onset is _UNREADABLE:
            return None
        if onset is not None:
            changes.append((onset, to))
    if changes:
        return max(changes)[1]
    return min(firsts)[1] if firsts else None


_UNREADABLE = datetime.max


def _last_onset(local: datetime, start: datetime, lines: Mapping[str, str]) -> datetime | None:
    """The last moment at which an observance began, before or at a local time."""
    dates = [start, *filter(None, map(_moment, lines.get("RDATE", "").split(",")[:MOST_CHANGES]))]
    if rule := lines.get("RRULE"):
        parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
        if parts.get("FREQ") != "YEARLY" or not parts.keys() <= _YEARLY or parts.get("INTERVAL", "1") != "1":
            return _UNREADABLE
        until = _moment(parts["UNTIL"]) if "UNTIL" in parts else None
        if "UNTIL" in parts and until is None:
            return _UNREADABLE
        last = min(local, until + timedelta(days=1)) if until else local
        for year in (last.year, last.year - 1):
            onset = _in_year(year, start, parts)
            if onset is None:
                return _UNREADABLE
            if start <= onset <= last:
                dates.append(onset)
    return max((onset for onset in dates if onset <= local), default=None)


_YEARLY = frozenset(("FREQ", "INTERVAL", "BYMONTH", "BYDAY", "BYMONTHDAY", "UNTIL", "WKST"))
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


def _in_year(year: int, start: datetime, parts: Mapping[str, str]) -> datetime | None:
    """When a yearly rule comes in a year: "the last Sunday in March"; None where it cannot be read."""
    month = parts.get("BYMONTH", str(start.month))
    if not month.isdigit() or not 1 <= int(month) <= 12 or not 1 <= year <= 9998:
        return None
    last = monthrange(year, int(month))[1]
    days = [day for day in parts.get("BYMONTHDAY", "").split(",") if day]
    if not all(re.fullmatch(r"-?\d{1,2}", day) for day in days):
        return None
    wanted = [int(day) if int(day) > 0 else last + 1 + int(day) for day in days]
    if by_day := parts.get("BYDAY"):
        match = _BY_DAY.fullmatch(by_day)
        if match is None:
            return None
        offset = (_DAYS.index(match[2]) - datetime(year, int(month), 1).weekday()) % 7
        found = list(range(1 + offset, last + 1, 7))
        found = [day for day in found if day in wanted] if wanted else found
        number = int(match[1] or 1)
        at = number - 1 if number > 0 else number
        if not -len(found) <= at < len(found):
            return None
        day = found[at]
    else:
        day = wanted[0] if wanted else min(start.day, last)
    return start.replace(year=year, month=int(month), day=day) if 1 <= day <= last else None


_MOMENT = re.compile(r"(\d{8})(?:T(\d{4})(\d{2})?)?Z?")


def _moment(value: str) -> datetime | None:
    """A date, or a date and a time, without its zone."""
    match = _MOMENT.fullmatch(value.strip())
    if match is None:
        return None
    try:
        return datetime.strptime(f"{match[1]}{match[2] or '0000'}{match[3] or '00'}", "%Y%m%d%H%M%S")
    except ValueError:
        return None


_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")


def _offset(value: str) -> timedelta | None:
    match = _OFFSET.fullmatch(value.strip())
    if match is None or int(match[2]) > 24:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    return -offset if match[1] == "-" else offset

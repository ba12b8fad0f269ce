"""When and where an invitation is (RFC 5545), and which others it clashes with. Never raises.

Recurring events are read as their first occurrence: what a machine may expand without end is not
expanded at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .display import one_line
from .zones import MOST_CHANGES, Observance, utc_of

CALENDAR_CHARACTERS = 64 * 1024
"""How much of a calendar is read; an invitation without attachments has some 2 kB."""

PLACE_CHARACTERS = 60
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event. start_at and until_at are aware and in UTC; until_at is after start_at.

    method: "request", "cancel", "reply", "publish" or another word, in lower case. uid: the same in
    what changes or cancels it. all_day: the moments are midnights of the owner's. has_known_zone: False
    where its time zone could not be resolved; the moments are then as if it were the owner's.
    """

    start_at: datetime
    until_at: datetime
    all_day: bool = False
    place: str = ""
    method: str = "request"
    uid: str = ""
    repeats: bool = False
    has_known_zone: bool = True

    @property
    def asks(self) -> bool:
        """Whether it wants an answer, and takes time if it gets one."""
        return self.method in ("request", "publish", "add")

    @property
    def is_answer(self) -> bool:
        """Whether it answers an invitation, or proposes another time for one (RFC 5546)."""
        return self.method in ("reply", "counter", "declinecounter", "refresh")

    def overlaps(self, other: Invitation) -> bool:
        """Two events that only meet do not, nor does one of which nobody knows when it is."""
        if not (self.has_known_zone and other.has_known_zone):
            return False
        return self.start_at < other.until_at and other.start_at < self.until_at

    def to_values(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "start_at": self.start_at.isoformat(),
            "until_at": self.until_at.isoformat(),
            "all_day": self.all_day,
            "place": self.place,
            "method": self.method,
            "uid": self.uid,
            "repeats": self.repeats,
            "has_known_zone": self.has_known_zone,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any] | None) -> Invitation | None:
        if not values:
            return None
        return cls(
            start_at=datetime.fromisoformat(values["start_at"]),
            until_at=datetime.fromisoformat(values["until_at"]),
            all_day=bool(values.get("all_day")),
            place=values.get("place", ""),
            method=values.get("method", "request"),
            uid=values.get("uid", ""),
            repeats=bool(values.get("repeats")),
            has_known_zone=bool(values.get("has_known_zone", True)),
        )


def read_invitation(calendar: str, zone: ZoneInfo) -> Invitation | None:
    """The first event of a calendar; None if there is none that can be read.

    calendar: any text. zone: the owner's, for times that name none.
    """
    event = _first_event(calendar[:CALENDAR_CHARACTERS])
    if event is None:
        return None
    start = event.moment("DTSTART", zone)
    if start is None:
        return None
    end = event.moment("DTEND", zone)
    length = _duration(event.value("DURATION"))
    until_at = end.at if end else start.at + length if length else start.at
    if until_at <= start.at:
        until_at = start.at + (timedelta(days=1) if start.is_day else timedelta(hours=1))
    is_cancelled = event.value("STATUS").strip().lower() == "cancelled"
    return Invitation(
        start_at=start.at,
        until_at=min(until_at, start.at + _LONGEST),
        all_day=start.is_day,
        place=one_line(_unescaped(event.value("LOCATION")), PLACE_CHARACTERS),
        method="cancel" if is_cancelled else event.method.strip().lower()[:20] or "request",
        uid=_unescaped(event.value("UID"))[:200],
        repeats=bool(event.value("RRULE")),
        has_known_zone=start.is_zone_known and (end is None or end.is_zone_known),
    )


def clashes(one: Invitation, others: Iterable[tuple[str, Invitation]]) -> list[str]:
    """The names of those that overlap it, the earliest first; itself and cancelled ones are none."""
    known = list(others)
    cancelled = {each.uid for _, each in known if each.method == "cancel" and each.uid}
    found = [
        (each.start_at, name)
        for name, each in known
        if each.asks and each.uid not in cancelled and each.overlaps(one) and not _is_same(one, each)
    ]
    return list(dict.fromkeys(name for _, name in sorted(found)))


def _is_same(one: Invitation, other: Invitation) -> bool:
    return one is other or bool(one.uid and one.uid == other.uid)


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime  # aware, UTC
    is_day: bool  # no time stands with it
    is_zone_known: bool = True


@dataclass(slots=True)
class _Event:
    """The few lines of an event that are read, and the time zones that its calendar defines."""

    method: str = ""
    zone: str = ""  # X-WR-TIMEZONE: Google's and Apple's, of times that name none
    lines: dict[str, tuple[str, str]] = field(default_factory=dict)  # name: (parameters, value)
    zones: dict[str, list[Observance]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return self.lines.get(name, ("", ""))[1]

    def moment(self, name: str, zone: ZoneInfo) -> _Moment | None:
        """A DTSTART or DTEND; None where there is none that can be read."""
        parameters, value = self.lines.get(name, ("", ""))
        match = _WHEN.fullmatch(value.strip())
        if match is None:
            return None
        try:
            digits = f"{match[1]}{match[2] or '0000'}{match[3] or '00'}"
            local = datetime.strptime(digits, "%Y%m%d%H%M%S")
            if not 1971 <= local.year <= 2998:
                return None
            if match[4]:
                return _Moment(local.replace(tzinfo=UTC), False)
            here = local.replace(tzinfo=zone).astimezone(UTC)
            named = _ZONE.search(parameters)
            name = (named[1] or named[2]).strip() if named else self.zone
            if match[2] is None or (named is None and not name):
                return _Moment(here, match[2] is None)
            there = utc_of(local, name, self.zones)
            return _Moment(there or here, False, there is not None)
        except (ValueError, OverflowError):
            return None


_WHEN = re.compile(r"(\d{8})(?:T(\d{4})(\d{2})?(Z)?)?")
_ZONE = re.compile(r';TZID=(?:"([^"]*)"|([^;]*))', re.IGNORECASE)
_DURATION = re.compile(
    r"\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?"
)


def _duration(value: str) -> timedelta | None:
    match = _DURATION.fullmatch(value.strip().upper())
    if match is None:
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _unescaped(value: str) -> str:
    """TEXT (RFC 5545 section 3.3.11)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


_WANTED = frozenset(("DTSTART", "DTEND", "DURATION", "LOCATION", "STATUS", "UID", "RRULE"))
_OF_ZONES = frozenset(("DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"))
_LINE = re.compile(r'([A-Za-z-]{1,40})((?:;[A-Za-z-]{1,40}=(?:"[^"]*"|[^";]*?))*+):(.*)', re.DOTALL)
_ODD_LINE = re.compile(r"(DTSTART|DTEND)(;.*):(\d{8}(?:T\d{4,6}Z?)?\s*)", re.IGNORECASE)
_FOLD = re.compile(r"\r?\n[ \t]")
_LINE_CHARACTERS = 1000
_MAX_DEPTH = 8


def _first_event(calendar: str) -> _Event | None:
    """None where there is none. The time zones may stand before it or behind it."""
    event = _Event()
    inside: list[str] = []
    zone, changes = "", 0
    is_found = False
    for line in _FOLD.sub("", calendar).splitlines():
        name, parameters, value = _parts(line[:_LINE_CHARACTERS])
        if name == "BEGIN":
            inside.append(value.strip().upper())
            zone = "" if inside == ["VCALENDAR", "VTIMEZONE"] else zone
            if inside[:2] == ["VCALENDAR", "VTIMEZONE"] and len(inside) == 3 and zone:
                event.zones[zone].append(Observance())
                changes += 1
        elif name == "END":
            is_found = is_found or inside == ["VCALENDAR", "VEVENT"]
            if inside:
                inside.pop()
        elif inside == ["VCALENDAR"] and name == "METHOD":
            event.method = value
        elif inside == ["VCALENDAR"] and name == "X-WR-TIMEZONE":
            event.zone = value.strip()
        elif inside == ["VCALENDAR", "VEVENT"]:
            if name in _WANTED and not is_found:
                event.lines.setdefault(name, (parameters, value))
        elif inside == ["VCALENDAR", "VTIMEZONE"] and name == "TZID":
            zone = value.strip().strip('"')
            event.zones.setdefault(zone, [])
        elif inside[:2] == ["VCALENDAR", "VTIMEZONE"] and zone and len(inside) == 3 and name in _OF_ZONES:
            event.zones[zone][-1].lines.setdefault(name, value)
        if len(inside) > _MAX_DEPTH or changes > MOST_CHANGES:
            return event if is_found else None
    return event if is_found else None


def _parts(line: str) -> tuple[str, str, str]:
    """The name of a line in capitals, its parameters, its value; an unquoted TZID may hold a colon."""
    match = _ODD_LINE.fullmatch(line) or _LINE.fullmatch(line)
    return (match[1].upper(), match[2], match[3]) if match else ("", "", "")

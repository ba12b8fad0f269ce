"""When and where an invitation is (RFC 5545), and which others it clashes with. Never raises.

Recurring events are read as their first occurrence: what a machine may expand without end is not
expanded at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .display import one_line

CALENDAR_CHARACTERS = 64 * 1024
"""How much of a calendar is read; an invitation without attachments has some 2 kB."""

PLACE_CHARACTERS = 60
_EVENT_LINES = 20
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event. start_at and until_at are aware and in UTC; until_at is after start_at.

    method: "request", "cancel", "reply", "publish" or another word, in lower case. uid: the same in
    what changes or cancels it. all_day: the moments are midnights of the owner's.
    """

    start_at: datetime
    until_at: datetime
    all_day: bool = False
    place: str = ""
    method: str = "request"
    uid: str = ""
    repeats: bool = False

    @property
    def asks(self) -> bool:
        """Whether it wants an answer, and takes time if it gets one."""
        return self.method in ("request", "publish", "add", "counter")

    def overlaps(self, other: Invitation) -> bool:
        """Two events that only meet do not."""
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
        )


def read_invitation(calendar: str, zone: ZoneInfo) -> Invitation | None:
    """The first event of a calendar; None if there is none that can be read.

    calendar: any text. zone: the owner's, for times that name none.
    """
    event = _first_event(calendar[:CALENDAR_CHARACTERS])
    if event is None:
        return None
    from icalendar import Calendar  # 60 ms to load, for one mail in a hundred

    try:
        parsed = Calendar.from_ical(event)
        component = next(iter(parsed.walk("VEVENT")))
        start = component.decoded("DTSTART")
        end = component.decoded("DTEND") if "DTEND" in component else None
        if end is None and "DURATION" in component:
            length = component.decoded("DURATION")
            end = start + length if isinstance(length, timedelta) else None
        start_at, until_at = _moment(start, zone), _moment(end, zone) if end is not None else None
        place = one_line(str(component.get("LOCATION", "")), PLACE_CHARACTERS)
        status = str(component.get("STATUS", "")).lower()
        method = str(parsed.get("METHOD", "request")).strip().lower()[:20] or "request"
        uid = str(component.get("UID", ""))[:200]
        repeats = "RRULE" in component
    except Exception:  # it raises more than its own errors on a hostile calendar
        return None
    all_day = not isinstance(start, datetime)
    if until_at is None or until_at <= start_at:
        until_at = start_at + (timedelta(days=1) if all_day else timedelta(hours=1))
    return Invitation(
        start_at=start_at,
        until_at=min(until_at, start_at + _LONGEST),
        all_day=all_day,
        place=place,
        method="cancel" if status == "cancelled" else method,
        uid=uid,
        repeats=repeats,
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


def _moment(value: object, zone: ZoneInfo) -> datetime:
    """A DTSTART or DTEND as a moment. Raises where it is none."""
    if isinstance(value, datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    elif isinstance(value, date):
        moment = datetime.combine(value, time(), zone)
    else:
        raise TypeError(value)
    if not 1971 <= moment.year <= 2998:
        raise ValueError(value)
    return moment.astimezone(UTC)


_WANTED = re.compile(r"(?:DTSTART|DTEND|DURATION|LOCATION|STATUS|UID|RRULE)[;:]", re.IGNORECASE)
_FOLD = re.compile(r"\r?\n[ \t]")


def _first_event(calendar: str) -> str | None:
    """A calendar of its first event alone, with the few lines of that which are read; None without one.

    Time zones are known by their names. One that the calendar defines itself would have to be
    expanded, and a hostile one does not end.
    """
    kept: list[str] = []
    inside: list[str] = []
    method = ""
    for line in _FOLD.sub("", calendar).splitlines():
        head = line[:1000]
        name, _, value = head.partition(":")
        if name.upper() == "BEGIN":
            inside.append(value.strip().upper())
        elif name.upper() == "END":
            if inside == ["VCALENDAR", "VEVENT"]:
                event = ["BEGIN:VEVENT", *kept, "END:VEVENT"]
                return "\r\n".join(
                    ["BEGIN:VCALENDAR", *([method] if method else []), *event, "END:VCALENDAR", ""]
                )
            if inside:
                inside.pop()
        elif name.upper() == "METHOD" and inside == ["VCALENDAR"]:
            method = head
        elif inside == ["VCALENDAR", "VEVENT"] and _WANTED.match(head) and len(kept) < _EVENT_LINES:
            kept.append(head)
        if len(inside) > 8:
            return None
    return None

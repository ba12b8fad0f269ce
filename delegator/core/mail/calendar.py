"""Which parts of a mail are calendars, and which of those ask to come (RFC 5546, RFC 6047)."""

from __future__ import annotations

import re

from .mime import Part

_TYPES = ("text/calendar", "text/x-vcalendar", "application/ics", "application/calendar", "text/ics")
_GENERIC = ("application/octet-stream", "text/plain", "application/x-unknown-content-type")
_METHOD = re.compile(r"^METHOD\s*:\s*([A-Za-z-]{1,20})", re.IGNORECASE | re.MULTILINE)
_ANSWERS = frozenset(("reply", "counter", "declinecounter", "refresh"))
_LOOK_CHARACTERS = 4096


def is_calendar(part: Part) -> bool:
    """By its type, or where that says nothing by its name."""
    if part.content_type in _TYPES:
        return True
    return part.content_type in _GENERIC and part.filename.lower().endswith((".ics", ".ical", ".icalendar"))


def method_of(part: Part, calendar: str) -> tuple[str, ...]:
    """The methods that a calendar states, in lower case: of its own, then of its part."""
    found = _METHOD.search(calendar[:_LOOK_CHARACTERS])
    stated = part.parameters.get("method", "").strip().lower()
    return tuple(method for method in (found[1].lower() if found else "", stated) if method)


def asks_to_come(part: Part, calendar: str) -> bool:
    """Whether it is no answer to an invitation, nor the proposal of another time for one."""
    return _ANSWERS.isdisjoint(method_of(part, calendar))

"""When and where an invitation is, and what it clashes with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail.invitation import Invitation, clashes, read_invitation

BRUSSELS = ZoneInfo("Europe/Brussels")
TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)  # 10.00 in Brussels
ONE = Invitation(TEN, TEN + timedelta(hours=1), uid="1")


def calendar(*lines: str, method: str = "REQUEST") -> str:
    event = ["BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", f"METHOD:{method}", *event, "END:VCALENDAR", ""])


@pytest.mark.parametrize(
    ("lines", "hours", "length"),
    [
        (["DTSTART:20261124T090000Z", "DTEND:20261124T100000Z"], 0, 1),
        (["DTSTART;TZID=Europe/Brussels:20261124T100000", "DURATION:PT90M"], 0, 1.5),
        (["DTSTART;TZID=Romance Standard Time:20261124T100000"], 0, 1),  # as Outlook calls it
        (["DTSTART;TZID=America/New_York:20261124T100000"], 6, 1),
        (["DTSTART;TZID=Nowhere:20261124T100000"], 0, 1),
        (["DTSTART:20261124T100000"], 0, 1),
        (["DTSTART;VALUE=DATE:20261124"], -10, 24),
        (["DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126"], -10, 48),
        (["DTSTART:20261124T090000Z", "DTEND:20261124T080000Z"], 0, 1),
    ],
)
def test_when_it_is(lines: list[str], hours: float, length: float) -> None:
    """In any of the ways in which calendars say it; an hour where they say nothing of its length."""
    found = read_invitation(calendar(*lines), BRUSSELS)
    assert found is not None
    assert found.start_at == TEN + timedelta(hours=hours)
    assert found.until_at - found.start_at == timedelta(hours=length)
    assert Invitation.from_values(found.to_values()) == found


def test_where_it_is_and_whether_it_repeats() -> None:
    """On one line, without what calendars escape; a line may be folded."""
    lines = ["DTSTART:20261124T090000Z", "LOCATION:Zaal 3\\, Ge\r\n nt\\nBel aan", "RRULE:FREQ=SECONDLY"]
    found = read_invitation(calendar(*lines), BRUSSELS)
    assert found is not None
    assert found.place == "Zaal 3, Gent Bel aan"
    assert found.repeats


def test_cancelled_is_known_by_method_and_by_status() -> None:
    """Either asks for nothing."""
    start = "DTSTART:20261124T090000Z"
    for text in (calendar(start, method="CANCEL"), calendar(start, "STATUS:CANCELLED")):
        found = read_invitation(text, BRUSSELS)
        assert found is not None
        assert not found.asks


def test_what_overlaps_clashes() -> None:
    """Not what only meets, itself, an update of it, or what was cancelled."""
    later = replace(ONE, start_at=ONE.until_at, until_at=ONE.until_at + timedelta(hours=1), uid="2")
    half = replace(ONE, start_at=TEN + timedelta(minutes=30), uid="3")
    gone = replace(half, uid="4")
    known = [
        ("itself", ONE),
        ("updated", replace(half, uid="1")),
        ("later", later),
        ("half", half),
        ("gone", gone),
        ("gone", replace(gone, method="cancel")),
    ]
    assert clashes(ONE, known) == ["half"]


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["DTSTART:", "DTEND:", "DURATION:", "LOCATION:", "UID:", ""]))
def test_any_calendar_is_read_or_is_none(text: str, name: str) -> None:
    """Whatever it says, nothing is raised."""
    found = read_invitation(calendar("DTSTART:20261124T090000Z", f"{name}{text}"), BRUSSELS)
    assert found is None or found.start_at < found.until_at


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VCALENDAR\n" * 9_000,
        "\n ".join(["x"] * 60_000),
        calendar(*["DTSTART:20261124T090000Z"] * 5_000),
        calendar("DTSTART:20261124T090000Z", "DURATION:P999999999999D"),
    ],
)
def test_a_hostile_calendar_takes_no_time(text: str) -> None:
    """Nothing is expanded, and little of it is read."""
    read_invitation(calendar("DTSTART:20261124T090000Z"), BRUSSELS)  # the library is loaded
    started = process_time()
    read_invitation(text, BRUSSELS)
    assert process_time() - started < 0.3

"""When and where an invitation is, and what it clashes with."""

from __future__ import annotations

import warnings
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


def zone(name: str, *observances: tuple[str, str, str, str]) -> list[str]:
    """A VTIMEZONE; of each observance its kind, start, offset and rule."""
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    for kind, start, offset, rule in observances:
        lines += [f"BEGIN:{kind}", f"DTSTART:{start}", "TZOFFSETFROM:+0000", f"TZOFFSETTO:{offset}"]
        lines += [*([f"RRULE:{rule}"] if rule else []), f"END:{kind}"]
    return [*lines, "END:VTIMEZONE"]


INDIA = ("STANDARD", "16010101T000000", "+0530", "")
WINTER = ("STANDARD", "19701025T030000", "+0100", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10")
SUMMER = ("DAYLIGHT", "19700329T020000", "+0200", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3")
OUTLOOKS = ("DAYLIGHT", "16010101T020000", "+0200", "FREQ=YEARLY;INTERVAL=1;BYDAY=4SU;BYMONTH=3")
ENDED = ("DAYLIGHT", "19700329T020000", "+0500", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3;UNTIL=20100101T000000Z")


@pytest.mark.parametrize(
    ("name", "observances", "local", "utc"),
    [
        ("(GMT+05.30) Kolkata/Chennai/Mumbai/New Delhi", [INDIA], "20261124T143000", "09:00"),
        ("(UTC+01:00) Brussels, Copenhagen", [WINTER, SUMMER], "20261124T100000", "09:00"),
        ("tzone://Microsoft/Custom", [SUMMER, WINTER], "20260724T110000", "09:00"),
        ("Zone 1", [WINTER, OUTLOOKS], "20260722T110000", "09:00"),
        ("Zone 1", [WINTER, ENDED], "20261124T100000", "09:00"),
        ("Zone 1", [WINTER, SUMMER], "20261025T033000", "02:30"),  # the very hour in which it changes
        ("Zone 1", [WINTER, SUMMER], "20260329T010000", "00:00"),
        ("EST", [("STANDARD", "19700101T000000", "+0100", "")], "20261124T100000", "09:00"),  # not New York
        ("Europe/Brussels", [], "20260724T110000", "09:00"),
        ("/freeassociation.sourceforge.net/Asia/Kolkata", [], "20261124T143000", "09:00"),
        ("/mozilla.org/20070129_1/America/Indiana/Knox", [], "20261124T030000", "09:00"),
        ("India Standard Time", [], "20261124T143000", "09:00"),
        ("w. europe standard time 1", [], "20261124T100000", "09:00"),
        ("UTC+01:00", [], "20261124T100000", "09:00"),
        ("GMT-0500", [], "20261124T040000", "09:00"),
        ("tzone://Microsoft/Utc", [], "20261124T090000", "09:00"),
    ],
)
def test_the_zone_as_it_is_given_or_named(
    name: str, observances: list[tuple[str, str, str, str]], local: str, utc: str
) -> None:
    """What a calendar defines itself comes first, before the event or behind it; quoted or not."""
    defined = zone(name, *observances) if observances else []
    for quoted in (f'"{name}"', name):
        start = f"DTSTART;TZID={quoted}:{local}"
        event = ["BEGIN:VEVENT", "UID:1", start, "END:VEVENT"]
        for lines in ([*defined, *event], [*event, *defined]):
            text = "\r\n".join(["BEGIN:VCALENDAR", "METHOD:REQUEST", *lines, "END:VCALENDAR"])
            found = read_invitation(text, ZoneInfo("Asia/Tokyo"))
            assert found is not None
            assert found.has_known_zone
            assert f"{found.start_at:%H:%M}" == utc


@pytest.mark.parametrize(
    ("name", "hours", "is_known"),
    [("America/New_York", 6, True), ("India Standard Time", -4.5, True), ("Thuis", 0, False)],
)
def test_a_calendar_may_name_the_zone_of_all_its_times(name: str, hours: float, is_known: bool) -> None:
    """X-WR-TIMEZONE counts where a time names none; what names one, or is in UTC, is as it says."""
    for start, expected in (
        ("DTSTART:20261124T100000", (TEN + timedelta(hours=hours), is_known)),
        ("DTSTART:20261124T090000Z", (TEN, True)),
        ("DTSTART;TZID=Europe/Brussels:20261124T100000", (TEN, True)),
    ):
        lines = [
            "BEGIN:VCALENDAR",
            f"X-WR-TIMEZONE:{name}",
            "BEGIN:VEVENT",
            start,
            "END:VEVENT",
            "END:VCALENDAR",
        ]
        found = read_invitation("\r\n".join(lines), BRUSSELS)
        assert found is not None
        assert (found.start_at, found.has_known_zone) == expected


@pytest.mark.parametrize(
    "zones",
    [
        [],
        zone("Thuis", ("STANDARD", "19700101T000000", "+0100", "FREQ=SECONDLY")),
        zone("Thuis", ("STANDARD", "19700101T000000", "one", "")),
        zone("Thuis", ("STANDARD", "19700101T000000", "+0100", "FREQ=YEARLY;BYMONTH=13")),
        zone("Ergens anders", INDIA),
        ["BEGIN:VTIMEZONE", "TZID:Thuis", "END:VTIMEZONE"],
    ],
)
def test_a_zone_that_cannot_be_resolved_is_not_guessed(zones: list[str]) -> None:
    """The time is as written, nobody knows where; it clashes with nothing."""
    event = ["BEGIN:VEVENT", "UID:9", "DTSTART;TZID=Thuis:20261124T100000", "END:VEVENT"]
    text = "\r\n".join(["BEGIN:VCALENDAR", *zones, *event, "END:VCALENDAR"])
    found = read_invitation(text, BRUSSELS)
    assert found is not None
    assert (found.start_at, found.has_known_zone) == (TEN, False)
    assert Invitation.from_values(found.to_values()) == found
    assert clashes(found, [("one", ONE)]) == clashes(ONE, [("found", found)]) == []


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"])
def test_an_answer_asks_for_nothing(method: str) -> None:
    found = read_invitation(calendar("DTSTART:20261124T090000Z", method=method), BRUSSELS)
    assert found is not None
    assert found.is_answer
    assert not found.asks


def test_no_library_warns_in_the_log() -> None:
    """However odd the names are."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in (
            "/freeassociation.sourceforge.net/Asia/Kolkata",
            "Nowhere",
            "../../etc/passwd",
            "a" * 99,
        ):
            read_invitation(calendar(f"DTSTART;TZID={name}:20261124T100000"), BRUSSELS)


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

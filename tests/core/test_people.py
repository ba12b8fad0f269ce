"""Who is there: one answer for everything that asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from delegator.core.people import Backup, Window, WorkingHours, backup_of, who_is_there, why_absent

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
NEVER_NOW = WorkingHours(frozenset(), 0, 1)


def backup(key: str, *away: Window, hours: tuple[WorkingHours, ...] = ()) -> Backup:
    address = f"{key}@voorbeeld.example"
    return Backup(key, key.title(), address, (), away, "nl", "both", hours, ZoneInfo("Europe/Brussels"))


HOLIDAY = Window(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
BACKUPS = {
    one.key: one for one in (backup("anna"), backup("bram", HOLIDAY), backup("cleo", hours=(NEVER_NOW,)))
}


def test_in_the_order_that_was_asked_for() -> None:
    """Not in that of the configuration; and nobody who is configured no longer."""
    found = who_is_there(("cleo", "gone", "anna"), BACKUPS, (), NOON)
    assert [one.key for one in found] == ["cleo", "anna"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("anna", "answers automatically"),
        ("bram", "is away"),
        ("cleo", None),  # working hours only stop the clock
        ("gone", "is no longer a backup"),
    ],
)
def test_why_somebody_is_not_there(key: str, expected: str | None) -> None:
    """By the configuration, or by what is known since."""
    assert why_absent(key, BACKUPS, {"anna"}, NOON) == expected
    assert bool(who_is_there([key], BACKUPS, {"anna"}, NOON)) == (expected is None)


def test_the_first_moment_back_is_back() -> None:
    """A window is half open: at its beginning away, at its end there."""
    for moment, expected in ((HOLIDAY.from_at, "is away"), (HOLIDAY.until_at, None)):
        assert why_absent("bram", BACKUPS, (), moment) == expected


def test_whose_address_it_is() -> None:
    """In any case and any form of its domain; an alias is as good."""
    one = Backup("zoe", "Zoë", "zoe@bücher.example", ("Z@Voorbeeld.Example",), (), "nl", "both")
    for address in ("ZOE@xn--bcher-kva.example", "zoe@BÜCHER.example", "z@voorbeeld.example "):
        assert backup_of(address, (*BACKUPS.values(), one)) == one
    assert backup_of("zoe@voorbeeld.example", (one,)) is None

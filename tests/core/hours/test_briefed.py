"""Who is told that an absence does not take place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from delegator.core.hours.briefed import Briefed, to_take_back
from delegator.core.people import Window

NOW = datetime(2026, 12, 16, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def days(first: int, last: int) -> Window:
    """Of December."""
    return Window(datetime(2026, 12, first, tzinfo=UTC), datetime(2026, 12, last, tzinfo=UTC))


CHRISTMAS, LONGER, OTHER = days(19, 28), days(19, 30), days(29, 31)
ANNA = Briefed("anna", CHRISTMAS, NOW - DAY)
BRAM = Briefed("bram", CHRISTMAS, NOW - DAY)


def test_everybody_who_was_asked_is_told() -> None:
    assert sorted(to_take_back([ANNA, BRAM], [], [], [], NOW)) == [("anna", CHRISTMAS), ("bram", CHRISTMAS)]


def test_once_however_many_briefs_there_were() -> None:
    """The last of them says which absence; another one is another mail."""
    longer = Briefed("anna", LONGER, NOW - timedelta(hours=2))
    assert to_take_back([ANNA, longer], [], [], [], NOW) == [("anna", LONGER)]
    other = Briefed("anna", OTHER, NOW)
    assert to_take_back([ANNA, other], [], [], [], NOW) == [("anna", OTHER), ("anna", CHRISTMAS)]


@pytest.mark.parametrize("served", [CHRISTMAS, LONGER, days(20, 28)])
def test_an_absence_at_that_time_has_a_brief_of_its_own(served: Window) -> None:
    """It takes place, or was changed: nothing is taken back."""
    assert to_take_back([ANNA], [], [served], [], NOW) == []
    assert to_take_back([ANNA], [], [OTHER], [], NOW) == [("anna", CHRISTMAS)]


def test_who_was_told_is_not_told_again() -> None:
    """Unless a brief came after it. What one was told is not for another."""
    told = Briefed("anna", CHRISTMAS, NOW)
    assert to_take_back([ANNA, BRAM], [told], [], [], NOW) == [("bram", CHRISTMAS)]
    again = Briefed("anna", CHRISTMAS, NOW + DAY)
    assert to_take_back([ANNA, again], [told], [], [], NOW + DAY) == [("anna", CHRISTMAS)]


def test_late() -> None:
    """What was called off in time is told as long as it would not be over, wherever the service stood still.

    Of an absence that has begun nobody says so because a file was edited.
    """
    begun, over = CHRISTMAS.from_at, CHRISTMAS.until_at
    assert to_take_back([ANNA], [], [], [], begun) == []
    assert to_take_back([ANNA], [], [], [CHRISTMAS], begun) == [("anna", CHRISTMAS)]
    assert to_take_back([ANNA], [], [], [CHRISTMAS], over) == []

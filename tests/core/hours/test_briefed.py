"""Who was asked to stand in, and who is told that an absence does not take place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from delegator.core.hours.briefed import Briefed, asked_for, holding, to_take_back
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


def test_who_was_asked_for_an_absence() -> None:
    """With a brief about it, or about other days of it; for another one, or for none, nobody was."""
    briefs = holding([ANNA, BRAM], [], None, NOW)
    assert asked_for(CHRISTMAS, briefs) == asked_for(LONGER, briefs) == {"anna", "bram"}
    assert asked_for(OTHER, briefs) == asked_for(None, briefs) == frozenset()


def test_what_was_taken_back_asks_no_more() -> None:
    """Until a brief comes after it; what one was told is not for another."""
    told = Briefed("anna", CHRISTMAS, NOW)
    assert holding([ANNA, BRAM], [told], None, NOW) == [BRAM]
    again = Briefed("anna", CHRISTMAS, NOW + DAY)
    assert holding([ANNA, again], [told], None, NOW + DAY) == [again]
    other = Briefed("anna", OTHER, NOW - DAY)
    assert holding([other], [told], None, NOW) == [other]


def test_a_brief_holds_as_long_as_its_absence() -> None:
    """That ends when it was to end, or when the owner came home; the next one is asked for meanwhile."""
    begun, over = CHRISTMAS.from_at + DAY, CHRISTMAS.until_at
    assert holding([ANNA], [], None, over - DAY) == [ANNA]
    assert holding([ANNA], [], None, over) == []
    assert holding([ANNA], [], begun, begun) == []
    coming = Briefed("anna", OTHER, NOW - DAY)
    assert holding([coming], [], begun, begun) == [coming], "asked before the owner came home"
    late = Briefed("anna", LONGER, begun + DAY)
    assert holding([late], [], begun, begun + DAY) == [late], "away again, sooner than it would have ended"

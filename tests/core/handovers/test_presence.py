"""What backups say of being there: a machine until a person writes, their own word until another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from delegator.core.handovers.presence import (
    Absence,
    Presence,
    Saying,
    absence_of,
    asked_anew,
    heard,
    why_unreachable,
)
from delegator.core.people import Window

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TODAY = Window(NOW, NOW + 8 * HOUR)


def after(*sayings: Saying, away: tuple[Window, ...] = ()) -> Presence:
    presence = Presence()
    for number, said in enumerate(sayings):
        presence = heard(presence, said, NOW + number * HOUR, away)
    return presence


@pytest.mark.parametrize(
    ("sayings", "absence"),
    [
        ((), None),
        (("accepted",), None),
        (("automatic",), Absence("automatic", NOW)),
        (("bounce",), Absence("bounce", NOW)),
        (("automatic", "automatic"), Absence("automatic", NOW)),
        (("automatic", "human"), None),
        (("bounce", "accepted"), None),
        (("declined",), Absence("declined", None)),
        (("declined", "human"), Absence("declined", None)),
        (("declined", "accepted"), None),
        (("accepted", "bounce"), Absence("automatic", NOW + HOUR)),
    ],
)
def test_who_is_not_there(sayings: tuple[Saying, ...], absence: Absence | None) -> None:
    assert absence_of(after(*sayings), NOW + 4 * HOUR) == absence


def test_days_away_count_while_they_last() -> None:
    """From their first moment, to the first moment after them; a yes does not take them back."""
    presence = heard(after("dates", away=(TODAY,)), "accepted", NOW)
    assert absence_of(presence, NOW - HOUR) is None
    assert absence_of(presence, NOW) == Absence("dates", None)
    assert absence_of(presence, TODAY.until_at) is None


@pytest.mark.parametrize("said", ["accepted", "declined", "automatic", "bounce"])
def test_what_was_said_of_another_absence_holds_no_more(said: Saying) -> None:
    """A refusal, a holiday of August: nobody is left out of the next one for it, or counted on."""
    assert asked_anew(after(said), NOW + 4 * HOUR) == Presence()


def test_days_to_come_hold_for_the_next_absence() -> None:
    over, coming = Window(NOW - 8 * HOUR, NOW - HOUR), Window(NOW, NOW + HOUR)
    said = heard(Presence(), "dates", NOW - 9 * HOUR, (over, coming))
    assert asked_anew(said, NOW) == Presence(None, "dates", NOW - 9 * HOUR, (coming,))
    assert asked_anew(heard(said, "declined", NOW), NOW) == Presence(away=(coming,))
    assert asked_anew(said, coming.until_at) == Presence()


def test_the_last_word_is_kept_with_its_moment() -> None:
    assert after("accepted", "declined") == Presence(None, "declined", NOW + HOUR)
    assert after("accepted", "human").said_at == NOW


@pytest.mark.parametrize(
    ("said", "away", "why"),
    [
        ("automatic", (), "automatic"),
        ("bounce", (), "bounce"),
        ("declined", (), "not_me"),
        ("dates", (TODAY,), "away"),
        ("dates", (Window(NOW + HOUR, NOW + 2 * HOUR),), None),
        ("accepted", (), None),
        ("human", (), None),
    ],
)
def test_what_they_have_goes_on_to_the_next(said: Saying, away: tuple[Window, ...], why: str | None) -> None:
    """Where nobody is there for it any more, and for no other reason."""
    assert why_unreachable(said, NOW, away) == why

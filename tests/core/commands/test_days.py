"""Days as people write them: whatever our own mails write is read back, in every language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.commands.days import find_days, folded, read_days, says_away
from delegator.core.compose.moments import example_days
from delegator.core.people import Language, Window

LANGUAGES = get_args(Language)
ZONE = ZoneInfo("Europe/Brussels")


def at(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_a_brief_proposes_is_read_back(language: Language) -> None:
    """Its example of days away, on every day of the year: each weekday and month with its abbreviation."""
    catalogue = load_catalogue(language)
    sentence = catalogue.gettext(
        "Just answer this mail: “ok”, “rather not”, or “not from %(first)s to %(last)s”."
    )
    for number in range(366):
        first = date(2027, 12, 1) + timedelta(days=number)
        window = Window(at(first), at(first + timedelta(days=16)))
        shown = example_days(window, ZONE, catalogue)
        proposed = folded(re.findall(r"[“„«]([^“”„«»]+)[”“»]", sentence % shown)[-1])
        assert says_away(proposed), proposed
        [(begin, end)] = read_days(proposed, first - timedelta(days=7))
        assert first <= begin <= end < first + timedelta(days=16), proposed


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("woensdag 2 december ben ik er niet", (date(2026, 12, 2), date(2026, 12, 2))),
        ("op wo 2/12 ben ik er niet", (date(2026, 12, 2), date(2026, 12, 2))),
        ("Wednesday 2 December I am not there", (date(2026, 12, 2), date(2026, 12, 2))),
        ("je ne suis pas là le mercredi 2 décembre", (date(2026, 12, 2), date(2026, 12, 2))),
        ("pas du mar. 22/12 au lun. 28/12", (date(2026, 12, 22), date(2026, 12, 28))),
        ("pas le mar. 22 décembre", (date(2026, 12, 22), date(2026, 12, 22))),
        ("am Mittwoch, dem 2. Dezember bin ich nicht da", (date(2026, 12, 2), date(2026, 12, 2))),
        ("not from Mar 22 to Mar 28", (date(2027, 3, 22), date(2027, 3, 28))),
        ("niet van 24 tot en met 28 dec", (date(2026, 12, 24), date(2026, 12, 28))),
        ("Sorry, ik ben er niet van 24/12 t/m 28/12", (date(2026, 12, 24), date(2026, 12, 28))),
        ("niet van 24/12 t.e.m. 28/12", (date(2026, 12, 24), date(2026, 12, 28))),
        ("niet van 24/12 t.e.m 28/12", (date(2026, 12, 24), date(2026, 12, 28))),
        ("niet van 24/12 – 28/12", (date(2026, 12, 24), date(2026, 12, 28))),
        ("niet van 24–28 december", (date(2026, 12, 24), date(2026, 12, 28))),
    ],
)
def test_a_day_with_its_weekday(line: str, expected: tuple[date, date]) -> None:
    """In four languages; "mar" is a Tuesday or March, as what follows says."""
    assert says_away(folded(line))
    assert read_days(folded(line), date(2026, 11, 20)) == (expected,)


@pytest.mark.parametrize("line", ["maandag 2 december ben ik er niet", "not from Fri 24/12 to Mon 28/12"])
def test_a_weekday_that_does_not_fit_is_for_a_person_to_read(line: str) -> None:
    """One of the two is a slip, and nobody knows which."""
    assert read_days(folded(line), date(2026, 11, 20)) == ()


def test_days_within_other_words() -> None:
    """For who looks for days only."""
    line = folded("Ik ben er niet van 24/12 tot 27/12, wel op kantoor 3.")
    assert find_days(line, date(2026, 11, 20)) == [date(2026, 12, 24), date(2026, 12, 27)]


def test_what_is_said_aloud_stays_and_all_else_is_a_space() -> None:
    """Whether a text is ASCII alone, which goes another way, or has other letters in it."""
    signs = 'a,b;c:d/e&f+g#h-i.j k_l(m)n"o*p\nq\tr\x00s'
    expected = "a,b;c:d/e&f+g#h-i.j k l m n o p q r s"
    assert folded(signs) == expected
    assert folded(signs + "\u0436") == expected + "\u0436"

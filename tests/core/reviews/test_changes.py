"""What becomes of the absence by a wish: at once, after the owner's word, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from delegator.catalogues import zones_by_name
from delegator.core.commands.wish import Doubt, Unclear, Wish
from delegator.core.commands.wish_line import read_wish
from delegator.core.hours.absence import Kept, altered, leaves_of
from delegator.core.people import Backup, Window
from delegator.core.reviews.changes import Situation, Understood, meaning, understand

ZONE = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 12, 28, 9, tzinfo=UTC)
RUNS = Window(datetime(2026, 12, 18, 23, tzinfo=UTC), datetime(2027, 1, 3, 23, tzinfo=UTC))
LATER = Window(datetime(2027, 2, 12, 23, tzinfo=UTC), datetime(2027, 2, 19, 23, tzinfo=UTC))
BACKUPS = {"anna": Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), (), "nl", "both", (), ZONE)}


def situation(*in_file: Window, kept: Kept | None = None) -> Situation:
    return Situation(in_file, kept or Kept(), BACKUPS, ZONE, zones_by_name())


def said(line: str, where: Situation, now: datetime = NOW) -> Understood | Doubt:
    wish = read_wish(line, now.astimezone(ZONE), BACKUPS)
    assert isinstance(wish, Wish), wish
    return understand(wish, where, now, now)


@pytest.mark.parametrize(
    ("line", "waits"),
    [
        ("tot 6/1", True),  # longer
        ("tot 2/1", False),  # shorter
        ("zaterdag terug", True),  # shorter, but is it said of the absence?
        ("ik ben terug op 2/1", False),
        ("tot 2/1 weg", True),
        ("today I'm back", True),
        ("ik ben terug", False),
        ("pauze", False),
        ("tijdzone Bangkok", False),
        ("anna weg tot woensdag", True),
        ("weg 1/3-5/3 anna", True),
        ("proef vrijdag 15/1", True),
    ],
)
def test_what_sends_more_or_longer_waits(line: str, waits: bool) -> None:
    """What only ends, shortens or holds back is done at once."""
    understood = said(line, situation(RUNS, LATER))
    assert isinstance(understood, Understood), understood
    assert understood.waits is waits


def test_a_pause_is_held_until_the_word() -> None:
    """Twice is once; going on waits for the owner; a new absence begins without it."""
    where = situation(RUNS, LATER)
    paused = said("pauze", where)
    assert isinstance(paused, Understood)
    assert paused.alteration is not None
    kept = altered(Kept(), paused.alteration)
    again = said("pauze", situation(RUNS, LATER, kept=kept))
    assert isinstance(again, Doubt)
    assert again.why is Unclear.IS_SO
    going_on = said("verder", situation(RUNS, LATER, kept=kept))
    assert isinstance(going_on, Understood)
    assert going_on.waits
    late = said("verder", situation(RUNS, LATER, kept=kept), LATER.from_at + timedelta(hours=1))
    assert isinstance(late, Doubt), "it ended with the absence in which it was said"


def test_the_file_has_the_last_word() -> None:
    """A change of one of its windows holds as long as it says what it said."""
    longer = said("tot 6/1", situation(RUNS))
    assert isinstance(longer, Understood)
    assert longer.alteration is not None
    kept = altered(Kept(), longer.alteration)
    (leave,) = leaves_of((RUNS,), kept)
    assert leave.is_changed
    assert leave.window.until_at == datetime(2027, 1, 5, 23, tzinfo=UTC)
    edited = Window(RUNS.from_at, RUNS.until_at + timedelta(days=10))
    (leave,) = leaves_of((edited,), kept)
    assert leave.window == edited


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("weg 1/12-5/12", Unclear.PAST),
        ("weg 2027-03-05 - 2027-03-01", Unclear.END_BEFORE),
        ("weg 2/1-9/1", Unclear.OVERLAP),
        ("weg 10/2-14/2", Unclear.OVERLAP),
        ("tot 15/2", Unclear.OVERLAP),
        ("tot 4/1", Unclear.IS_SO),
        ("tot 20/12", Unclear.PAST),
        ("tijdzone Bngkok", Unclear.UNKNOWN_ZONE),
        ("tijdzone Brussel", Unclear.IS_SO),
        ("verder", Unclear.IS_SO),
    ],
)
def test_in_doubt_nothing_changes(line: str, why: Unclear) -> None:
    """It says what was understood, and asks."""
    found = said(line, situation(RUNS, LATER))
    assert isinstance(found, Doubt), found
    assert found.why is why


def test_back_twice_and_without_an_absence() -> None:
    """Since when; and where there was none, that there is none."""
    back = said("ik ben terug", situation(RUNS))
    assert isinstance(back, Understood)
    assert back.alteration is not None
    kept = altered(Kept(), back.alteration)
    again = said("ik ben terug", situation(RUNS, kept=kept), NOW + timedelta(hours=2))
    assert isinstance(again, Doubt)
    assert (again.why, again.day) == (Unclear.IS_BACK, NOW.date())
    never = said("ik ben terug", situation(), NOW)
    assert isinstance(never, Doubt)
    assert never.why is Unclear.NO_ABSENCE


@pytest.mark.parametrize(
    ("city", "zone"),
    [
        ("Bangkok", "Asia/Bangkok"),
        ("Londen", "Europe/London"),
        ("New York", "America/New_York"),
        ("Tokio", "Asia/Tokyo"),
    ],
)
def test_a_zone_by_its_city(city: str, zone: str) -> None:
    """As people call it in any of the languages."""
    understood = said(f"tijdzone {city}", situation(RUNS))
    assert isinstance(understood, Understood)
    assert understood.zone == zone


def test_what_is_confirmed_is_what_was_repeated() -> None:
    """The same line means another thing once the absence is another, or has another backup."""
    wanted = said("tot 6/1", situation(RUNS))
    shorter = said("tot 2/1", situation(RUNS))
    assert isinstance(wanted, Understood)
    assert isinstance(shorter, Understood)
    assert shorter.alteration is not None
    since = said("tot 6/1", situation(RUNS, kept=altered(Kept(), shorter.alteration)))
    plain, with_anna = (said(line, situation(RUNS)) for line in ("weg 1/3-5/3", "weg 1/3-5/3 anna"))
    meanings = {
        meaning(each) for each in (wanted, shorter, since, plain, with_anna) if not isinstance(each, Doubt)
    }
    assert len(meanings) == 5
    assert meaning(wanted) == meaning(replace(wanted, running=LATER)), "what goes on meanwhile is not asked"


@pytest.mark.parametrize("where", [situation(RUNS), situation(LATER)])
def test_an_end_that_is_past_is_no_end(where: Situation) -> None:
    """Whether the absence runs or is to come; what was said is in the doubt."""
    doubt = said("tot 20/12", where)
    assert isinstance(doubt, Doubt)
    assert doubt.why is Unclear.PAST
    assert doubt.window is not None
    assert doubt.window.until_at == datetime(2026, 12, 19, 23, tzinfo=UTC)


def test_an_end_before_the_beginning_names_the_absence() -> None:
    """Of one that is to come."""
    doubt = said("tot 5/2", situation(LATER))
    assert isinstance(doubt, Doubt)
    assert (doubt.why, doubt.other) == (Unclear.END_BEFORE, LATER)


def test_back_before_it_began() -> None:
    """An absence that is to come stays as it is, and is named."""
    doubt = said("ik ben terug", situation(LATER))
    assert isinstance(doubt, Doubt)
    assert (doubt.why, doubt.other) == (Unclear.NOT_YET, LATER)


@pytest.mark.parametrize(("line", "waits"), [("ik ben weg tot 6/1", True), ("away until 2/1", False)])
def test_away_until_while_away_is_another_end(line: str, waits: bool) -> None:
    """Not a second absence that overlaps."""
    understood = said(line, situation(RUNS))
    assert isinstance(understood, Understood)
    assert (understood.kind, understood.before, understood.waits) == ("until", RUNS, waits)

"""What becomes of the absence by a wish: at once, after the owner's word, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from delegator.catalogues import zones_by_name
from delegator.core.commands.wish import Doubt, Point, Unclear, Wish
from delegator.core.commands.wish_line import read_wish
from delegator.core.hours.absence import Kept, altered, called_off, leaves_of
from delegator.core.people import Backup, Window
from delegator.core.reviews.changes import Situation, Understood, at_home, meaning, understand

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


FIRST = Window(datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 7, 23, tzinfo=UTC))
"""1 January until 8 January begins."""


def kept_after(line: str, *in_file: Window, kept: Kept | None = None) -> Kept:
    understood = said(line, situation(*in_file, kept=kept))
    assert isinstance(understood, Understood), understood
    assert understood.alteration is not None
    return altered(kept or Kept(), understood.alteration)


@pytest.mark.parametrize(
    ("line", "waits"),
    [
        ("niet weg", False),
        ("I'm not leaving", False),
        ("niet weg 1/1-8/1", False),
        ("niet weg 1/1 t/m 7/1", False),
        ("niet weg 1/1-7/1", False),
        ("annuleer 1/1-8/1", False),
        ("annuleer", True),  # what?
        ("vlucht geannuleerd", True),  # perhaps there is another
        ("1/1 niet", True),
        ("niet weg op 3/1", True),  # all of it?
        ("niet weg 30/12-10/1", True),  # it is in it
    ],
)
def test_a_planned_absence_is_called_off(line: str, waits: bool) -> None:
    """It forwards less: a plain word does it at once. What says less, or names one of its days, waits."""
    understood = said(line, situation(FIRST))
    assert isinstance(understood, Understood), understood
    assert (understood.window, understood.waits) == (FIRST, waits)
    assert understood.alteration is not None
    kept = altered(Kept(), understood.alteration)
    assert leaves_of((FIRST,), kept) == ()
    (off,) = called_off((FIRST,), kept, NOW)
    assert (off.window, off.in_file) == (FIRST, FIRST)


@pytest.mark.parametrize(
    ("line", "in_file", "why"),
    [
        ("niet weg", (), Unclear.NO_ABSENCE),
        ("niet weg", (RUNS,), Unclear.RUNS),
        ("niet weg", (RUNS, LATER), Unclear.RUNS),
        ("29/12 niet", (RUNS,), Unclear.RUNS),
        ("niet weg", (FIRST, LATER), Unclear.WHICH),
        ("niet weg 3/1-8/1", (FIRST,), Unclear.ONLY_PART),
        ("niet weg tot 6/1", (FIRST,), Unclear.ONLY_PART),
        ("niet weg 1/1-20/2", (FIRST, LATER), Unclear.ONLY_PART),
        ("niet weg 1/3-5/3", (FIRST,), Unclear.NOT_THEN),
        ("geen proef", (FIRST,), Unclear.NO_ABSENCE),
    ],
)
def test_what_is_called_off_is_asked(line: str, in_file: tuple[Window, ...], why: Unclear) -> None:
    """Which of two, or all of what was named in part; what runs is ended by who is back."""
    doubt = said(line, situation(*in_file))
    assert isinstance(doubt, Doubt), doubt
    assert doubt.why is why


def test_one_of_two_is_called_off_by_its_days() -> None:
    """Also while another runs; the other stays."""
    for line in ("niet weg 13/2-20/2", "weg 13/2-20/2 gaat niet door"):
        kept = kept_after(line, RUNS, LATER)
        assert [leave.window for leave in leaves_of((RUNS, LATER), kept)] == [RUNS]


def test_called_off_twice() -> None:
    """It is so already, and which one is said; once it would be over, nothing tells of it any more."""
    kept = kept_after("niet weg", FIRST)
    again = said("niet weg", situation(FIRST, kept=kept))
    assert isinstance(again, Doubt)
    assert (again.why, again.window) == (Unclear.IS_OFF, FIRST)
    late = said("niet weg", situation(FIRST, kept=kept), FIRST.until_at)
    assert isinstance(late, Doubt)
    assert late.why is Unclear.NO_ABSENCE


def test_called_off_and_planned_anew() -> None:
    """It waits for the word, and is the file's again, which has the last word as before."""
    off = kept_after("niet weg", FIRST)
    again = said("weg 1/1-8/1", situation(FIRST, kept=off))
    assert isinstance(again, Understood)
    assert again.waits
    kept = kept_after("weg 1/1-8/1", FIRST, kept=off)
    (leave,) = leaves_of((FIRST,), kept)
    assert (leave.window, leave.in_file) == (FIRST, FIRST)
    assert called_off((FIRST,), kept, NOW) == ()
    assert leaves_of((), kept) == ()


def test_what_rules_yaml_does_not_say_is_called_off_too() -> None:
    kept = kept_after("niet weg", kept=kept_after("weg 1/3-5/3"))
    assert leaves_of((), kept) == ()
    assert [leave.in_file for leave in called_off((), kept, NOW)] == [None]
    assert len(leaves_of((), kept_after("weg 1/3-5/3", kept=kept))) == 1


def test_a_trial_is_called_off_by_its_name() -> None:
    """A word about the absence means that one, where there is one; else the trial."""
    trial = kept_after("proef vrijdag 15/1")
    assert leaves_of((), kept_after("geen proef", kept=trial)) == ()
    assert leaves_of((), kept_after("niet weg", kept=trial)) == ()
    with_absence = kept_after("niet weg", FIRST, kept=trial)
    assert [leave.is_trial for leave in leaves_of((FIRST,), with_absence)] == [True]


def test_called_off_twice_by_its_days() -> None:
    """It is so already; "no absence is planned" would make one wonder whether the first mail came."""
    before = RUNS.from_at - timedelta(days=5)
    for others in ((), (LATER,)):
        first = said("niet weg 19/12-4/1", situation(RUNS, *others), before)
        assert isinstance(first, Understood)
        assert first.alteration is not None
        kept = altered(Kept(), first.alteration)
        again = said("niet weg 19/12-4/1", situation(RUNS, *others, kept=kept), before)
        assert isinstance(again, Doubt)
        assert (again.why, again.window) == (Unclear.IS_OFF, RUNS)


def test_days_that_are_not_planned_while_away() -> None:
    """Who is away is not told that they are not."""
    doubt = said("niet weg 13/2-20/2", situation(RUNS))
    assert isinstance(doubt, Doubt)
    assert (doubt.why, doubt.other) == (Unclear.RUNS, RUNS)


LOS_ANGELES = ZoneInfo("America/Los_Angeles")
BANGKOK = ZoneInfo("Asia/Bangkok")


@pytest.mark.parametrize("where", [ZONE, LOS_ANGELES, BANGKOK])
def test_days_are_those_at_home_wherever_they_are_said(where: ZoneInfo) -> None:
    """Whoever is back on the 6th is there when that day begins at home; "today" is the writer's."""
    now = datetime(2026, 12, 29, 2, tzinfo=UTC)  # still the 28th in Los Angeles
    written_at = now.astimezone(where)

    def understood(line: str) -> Window:
        wish = read_wish(line, written_at, BACKUPS)
        assert isinstance(wish, Wish), wish
        found = understand(wish, situation(RUNS), written_at, now)
        assert isinstance(found, Understood), found
        assert found.window is not None
        return found.window

    assert understood("tot 6/1") == Window(RUNS.from_at, datetime(2027, 1, 5, 23, tzinfo=UTC))
    assert understood("tot 6/1 14u").until_at == datetime(2027, 1, 6, 13, tzinfo=UTC)
    assert understood("weg 1/3-5/3").from_at == datetime(2027, 2, 28, 23, tzinfo=UTC)
    today = Wish("plan", Point(written_at.date()), Point(date(2027, 2, 1))).window(ZONE, written_at)
    assert today is not None
    assert today.from_at == written_at


@pytest.mark.parametrize(
    ("line", "until_at"),
    [
        ("weg vandaag", datetime(2026, 12, 29, 8, tzinfo=UTC)),
        ("weg tot morgen", datetime(2026, 12, 29, 8, tzinfo=UTC)),
        ("weg 28/12", datetime(2026, 12, 29, 8, tzinfo=UTC)),
        ("weg tot 28/12 20u", datetime(2026, 12, 29, 4, tzinfo=UTC)),
        ("weg morgen", datetime(2026, 12, 29, 23, tzinfo=UTC)),
    ],
)
def test_a_day_that_is_over_at_home_ends_where_the_owner_is(line: str, until_at: datetime) -> None:
    """Who says "today" in Los Angeles means a day that is not over; any other day is the one at home."""
    now = datetime(2026, 12, 29, 1, tzinfo=UTC)  # the 28th, 17.00, there; the 29th, 2.00, at home
    wish = read_wish(line, now.astimezone(LOS_ANGELES), BACKUPS)
    assert isinstance(wish, Wish), wish
    assert wish.window(ZONE, now.astimezone(LOS_ANGELES)) == Window(now, until_at)


def test_a_day_that_is_over_everywhere_is_told_as_it_is_at_home() -> None:
    now = datetime(2026, 12, 29, 1, tzinfo=UTC)
    wish = Wish("until", last=Point(date(2026, 12, 28)))
    window = wish.window(ZONE, now.astimezone(LOS_ANGELES))
    assert window is not None
    assert window.until_at == datetime(2026, 12, 27, 23, tzinfo=UTC)


def test_what_is_in_doubt_is_told_by_the_clock_at_home() -> None:
    """The days that were written, wherever."""
    wish = read_wish("weg 12/19-1/4", NOW.astimezone(LOS_ANGELES), BACKUPS)
    assert isinstance(wish, Doubt)
    told = at_home(wish, LOS_ANGELES, ZONE)
    hours = [
        moment.astimezone(ZONE).hour
        for window in (told.window, told.other)
        if window is not None
        for moment in (window.from_at, window.until_at)
    ]
    assert hours
    assert set(hours) == {0}

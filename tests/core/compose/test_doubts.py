"""What the owner reads of a line that is in doubt: what was understood, in each language."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.commands.wish import Doubt
from delegator.core.commands.wish_mail import find_wish
from delegator.core.compose.absence import doubt_sentence, examples
from delegator.core.hours.absence import Kept
from delegator.core.languages import TABLES
from delegator.core.people import Backup, Language, Window
from delegator.core.reviews.changes import Situation, understand

ZONE = ZoneInfo("Europe/Brussels")
NOW = datetime(2027, 1, 1, 9, tzinfo=UTC)
"""A Friday."""
THURSDAY = datetime(2026, 12, 31, 10, tzinfo=ZONE)
RUNS = Window(datetime(2026, 12, 18, 23, tzinfo=UTC), datetime(2027, 1, 3, 23, tzinfo=UTC))
NEXT = Window(datetime(2027, 3, 12, 23, tzinfo=UTC), datetime(2027, 3, 19, 23, tzinfo=UTC))
LATER = Window(datetime(2027, 2, 12, 23, tzinfo=UTC), datetime(2027, 2, 19, 23, tzinfo=UTC))
BACKUPS = {
    key: Backup(key, name, f"{key}@voorbeeld.example", (), (), "nl", "both", (), ZONE)
    for key, name in (("anna", "Anna Peeters"), ("bram", "Bram Maes"))
}
_OFF: dict[Language, str] = {
    "nl": "niet weg",
    "en": "not away",
    "fr": "je ne pars pas",
    "de": "nicht weg",
}
LINES: dict[str, tuple[Window | tuple[Window, ...] | None, dict[Language, str]]] = {
    "an end that is past": (
        LATER,
        {"nl": "tot 20/12", "en": "until 20/12", "fr": "jusqu'au 20/12", "de": "bis 20.12."},
    ),
    "an end before the beginning": (
        LATER,
        {"nl": "tot 5/2", "en": "until 5/2", "fr": "jusqu'au 5/2", "de": "bis 5.2."},
    ),
    "days the wrong way round": (
        None,
        {
            "nl": "weg 8/3/2027-5/3/2027",
            "en": "away 8/3/2027-5/3/2027",
            "fr": "absente du 8/3/2027 au 5/3/2027",
            "de": "weg 8.3.2027-5.3.2027",
        },
    ),
    "two backups": (
        None,
        {
            "nl": "weg 1/3-5/3 anna en bram",
            "en": "away 1/3-5/3 anna and bram",
            "fr": "absente du 1/3 au 5/3, anna et bram",
            "de": "weg 1.3.-5.3. anna und bram",
        },
    ),
    "an unknown backup": (
        None,
        {
            "nl": "weg 1/3-5/3 annaa",
            "en": "away 1/3-5/3 annaa",
            "fr": "absente du 1/3 au 5/3 annaa",
            "de": "weg 1.3.-5.3. annaa",
        },
    ),
    "a Friday on a Friday": (
        RUNS,
        {"nl": "tot vrijdag", "en": "until Friday", "fr": "jusqu'à vendredi", "de": "bis Freitag"},
    ),
    "two orders of a date": (
        None,
        {
            "nl": "weg 1/19-3/4",
            "en": "away 1/19-3/4",
            "fr": "absente du 1/19 au 3/4",
            "de": "weg 1.19.-3.4.",
        },
    ),
    "an overlap": (
        LATER,
        {
            "nl": "weg 15/2-25/2",
            "en": "away 15/2-25/2",
            "fr": "absente du 15/2 au 25/2",
            "de": "weg 15.2.-25.2.",
        },
    ),
    "back before it began": (
        LATER,
        {"nl": "ik ben terug", "en": "I'm back", "fr": "je suis de retour", "de": "bin wieder da"},
    ),
    "called off while it runs": (RUNS, _OFF),
    "which of two is called off": ((LATER, NEXT), _OFF),
    "called off in part": (
        LATER,
        {
            "nl": "niet weg 15/2-20/2",
            "en": "not away 15/2-20/2",
            "fr": "je ne pars pas du 15/2 au 20/2",
            "de": "nicht weg 15.2.-20.2.",
        },
    ),
    "called off on other days": (
        LATER,
        {
            "nl": "niet weg 1/4-5/4",
            "en": "not away 1/4-5/4",
            "fr": "je ne pars pas du 1/4 au 5/4",
            "de": "nicht weg 1.4.-5.4.",
        },
    ),
    "no trial to call off": (
        LATER,
        {"nl": "geen proef", "en": "no trial", "fr": "annuler l'essai", "de": "keine Probe"},
    ),
    "a name denied": (
        None,
        {
            "nl": "weg 1/3-5/3 niet anna",
            "en": "away 1/3-5/3 not anna",
            "fr": "absente du 1/3 au 5/3 pas anna",
            "de": "weg 1.3.-5.3. nicht anna",
        },
    ),
}
SAYS: dict[str, tuple[str, ...]] = {
    "an end that is past": ("2026",),
    "an end before the beginning": ("5", "13", "19"),
    "days the wrong way round": ("8", "5", "2027"),
    "two backups": ("Anna", "Bram"),
    "an unknown backup": ("annaa", "Anna", "Bram"),
    "a Friday on a Friday": ("2027",),
    "two orders of a date": ("19", "2", "3"),
    "an overlap": ("15", "24", "13", "19"),
    "back before it began": ("13", "19"),
    "called off while it runs": ("19", "3", "2027"),
    "which of two is called off": ("13", "19", "2027"),
    "called off in part": ("13", "19"),
    "called off on other days": ("1", "4", "13", "19"),
    "no trial to call off": (),
    "a name denied": ("anna",),
}


@pytest.mark.parametrize("language", TABLES)
@pytest.mark.parametrize("case", LINES)
def test_a_doubt_says_what_was_understood(case: str, language: Language) -> None:
    """With its dates or names, no empty quotation marks, no span that cannot be, in the owner's language."""
    running, lines = LINES[case]
    leaves = running if isinstance(running, tuple) else (running,) if running else ()
    wish = find_wish(lines[language], NOW.astimezone(ZONE), BACKUPS).wish
    assert wish is not None
    situation = Situation(leaves, Kept(), BACKUPS, ZONE, {})
    doubt = wish if isinstance(wish, Doubt) else understand(wish, situation, NOW, NOW)
    assert isinstance(doubt, Doubt)
    names = {key: backup.first_name for key, backup in BACKUPS.items()}
    sentence = doubt_sentence(doubt, ZONE, names, load_catalogue(language))
    for word in SAYS[case]:
        assert word in sentence, sentence
    assert not any(marks in sentence for marks in ("“”", "«  »", "„“"))
    assert language == "en" or sentence != doubt_sentence(doubt, ZONE, names, load_catalogue("en"))
    if case == "no trial to call off":
        assert sentence == load_catalogue(language).gettext("No trial is planned."), "an absence is"
    if case == "an end that is past":
        assert "2027" not in sentence, "no span from the absence to come back to that day"


def test_the_first_of_a_month_in_french() -> None:
    """It is "1er"; no other day is."""
    french = load_catalogue("fr")
    assert french.date(datetime(2027, 1, 1, 12)) == "vendredi 1er janvier 2027"
    assert french.date(datetime(2027, 1, 11, 12)) == "lundi 11 janvier 2027"
    assert load_catalogue("nl").date(datetime(2027, 1, 1, 12)) == "vrijdag 1 januari 2027"


@pytest.mark.parametrize("language", TABLES)
def test_the_examples_name_a_colleague_of_the_owner(language: Language) -> None:
    """The first of them; nobody, where there is none. Each example is understood."""
    catalogue = load_catalogue(language)
    shown = examples(catalogue, {"bram": "Bram", "anna": "Anna"})
    assert any("bram" in example for example in shown)
    assert not any("anna" in example for example in shown)
    for example in shown:
        assert not isinstance(find_wish(example, THURSDAY, BACKUPS).wish, Doubt | None), example
    without = examples(catalogue, {})
    assert len(without) == len(shown) - 1
    assert all(example == example.strip() for example in without)

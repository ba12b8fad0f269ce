"""Languages: every message is translated, and dates are written as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import delegator
from delegator.catalogues import NO_BREAK, TEXT_WIDTH, load_catalogue, wrapped
from delegator.core.people import Language

PACKAGE = Path(delegator.__file__).parent
CALLS = {"gettext": None, "ngettext": (1, 2)}
"""The functions whose arguments are messages, and which of them."""

SHORTHANDS = {"say": None, "_say": None, "_plural": (1, 2), "_unit": None}
"""The same where the core and some modules name them shorter."""

SHORT = ("core/**.py", "catalogues.py", "daemon/**.py")
METHODS = [*((name, "ignore") for name in SHORT), ("**.py", "python"), ("templates/**", "jinja2")]
SHORT_METHODS = [(name, "python") for name in SHORT]

AT = datetime(2026, 11, 17, 17, 0, tzinfo=UTC)


@cache
def messages_used() -> set[str | tuple[str, ...]]:
    found = [
        *extract_from_dir(str(PACKAGE), METHODS, keywords=CALLS),
        *extract_from_dir(str(PACKAGE), SHORT_METHODS, keywords=CALLS | SHORTHANDS),
    ]
    return {message for _, _, message, _, _ in found}


@pytest.mark.parametrize("language", [each for each in get_args(Language) if each != "en"])
def test_every_message_is_translated(language: str) -> None:
    """With the same placeholders, none of them fuzzy, and none left over from what is no longer said."""
    path = PACKAGE / "locale" / language / "LC_MESSAGES" / "delegator.po"
    with path.open("rb") as file:
        entries = {entry.id: entry for entry in read_po(file, locale=language) if entry.id}
    used = messages_used()
    assert len(used) > 50
    assert used - entries.keys() == set()
    assert entries.keys() - used == set()
    for message, entry in entries.items():
        singular = message if isinstance(message, str) else message[0]
        translations = (entry.string,) if isinstance(entry.string, str) else entry.string
        for translation in translations or ("",):
            assert translation, message
            assert _placeholders(translation) == _placeholders(singular)
        assert not entry.fuzzy, message


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|\{\w+\}", text))


@pytest.mark.parametrize(
    ("language", "time", "day", "age", "span", "number"),
    [
        ("nl", "17.00 u", "di 17/11", "3 u", "1 u 12", "1.234"),
        ("en", "17:00", "Tue 17 Nov", "3 h", "1 h 12", "1,234"),
        ("fr", "17 h 00", "mar. 17/11", "3 h", "1 h 12", "1\u202f234"),
        ("de", "17:00 Uhr", "Di 17.11.", "3 Std.", "1:12 Std.", "1.234"),
    ],
)
def test_each_language_has_its_ways(
    language: Language, time: str, day: str, age: str, span: str, number: str
) -> None:
    """Each language writes times, days, ages, lengths of time and numbers in its own way."""
    catalogue = load_catalogue(language)
    assert _spaced(catalogue.time(AT)) == time
    assert _spaced(catalogue.day(AT)) == day
    assert _spaced(catalogue.age(timedelta(hours=3, minutes=50))) == age
    assert _spaced(catalogue.span(timedelta(minutes=72))) == span
    assert catalogue.number(1234) == number


def _spaced(words: str) -> str:
    """With spaces that break, which are easier to read in a test."""
    return words.replace(NO_BREAK, " ")


@pytest.mark.parametrize("language", get_args(Language))
def test_what_belongs_together_stays_on_one_line(language: Language) -> None:
    """No line breaks within an hour, a day, an age or a length of time."""
    catalogue = load_catalogue(language)
    later = AT + timedelta(minutes=90)
    for words in (
        catalogue.time(AT),
        catalogue.hours(AT, later),
        catalogue.day(AT),
        *(catalogue.age(timedelta(hours=n)) for n in (0.5, 3, 24, 72)),
        *(catalogue.span(timedelta(minutes=n)) for n in (0.5, 5, 60, 72, 900)),
    ):
        assert " " not in words, words


def test_french_signs_stay_with_their_words() -> None:
    """And so do French quotation marks, in every message."""
    catalogue = load_catalogue("fr")
    for message in messages_used():
        one, many = (message, message) if isinstance(message, str) else message
        for n in (1, 2):
            said = catalogue.ngettext(one, many, n) if one != many else catalogue.gettext(one)
            assert not re.search(r" [?!:;»]|« ", said), said
            assert not re.search(r"[^\s\d(][?!;»]|«\S", said.replace(NO_BREAK, " ")), said


def test_spans_of_hours_name_the_unit_once() -> None:
    """As people write them."""
    later = AT + timedelta(minutes=90)
    spans = {language: _spaced(load_catalogue(language).hours(AT, later)) for language in get_args(Language)}
    assert spans == {
        "nl": "17.00–18.30 u", "en": "17:00–18:30", "fr": "17 h 00–18 h 30", "de": "17:00–18:30 Uhr"
    }  # fmt: skip


def test_spans_and_ages_choose_their_unit() -> None:
    """The largest that is not nought; a long time needs no minutes."""
    catalogue = load_catalogue("en")
    spans = [catalogue.span(timedelta(seconds=s)) for s in (45, 60, 3600, 3660, 360_000)]
    assert list(map(_spaced, spans)) == ["45 s", "1 min", "1 h", "1 h 01", "100 h"]
    ages = [catalogue.age(timedelta(minutes=m)) for m in (0, 59, 60, 1439, 1440, 4000)]
    assert list(map(_spaced, ages)) == ["just now", "59 min", "1 h", "23 h", "1 d", "2 d"]


def test_moments_keep_the_wall_time_they_carry() -> None:
    """Nothing is converted: the caller chose the time zone."""
    assert load_catalogue("nl").date_time(AT) == "dinsdag 17 november 2026 17.00 u"


def test_lists_are_joined_as_in_speech() -> None:
    """With the language's "and"."""
    assert load_catalogue("nl").join(["Jan", "Els", "mij"]) == "Jan, Els en mij"
    assert load_catalogue("nl").join([]) == ""


def test_no_line_of_plain_text_begins_with_a_sign() -> None:
    """French people write a space before it, also in what a client wrote, where it is one that breaks."""
    filler = "a" * (TEXT_WIDTH - len("avant mercredi") - 1)
    lines = wrapped(f"{filler} avant mercredi ? « Oui » !", 3).splitlines()
    assert lines == [f"{filler} avant", "   mercredi ? « Oui » !"]
    filler = "a" * (TEXT_WIDTH - 2)
    assert wrapped(f"{filler} « Oui »").splitlines() == [filler, "« Oui »"]

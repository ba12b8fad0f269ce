"""The tables of words: one for each language, and no word that means two things."""

from __future__ import annotations

from collections import defaultdict
from typing import get_args

import pytest

from delegator.core.commands.days import folded
from delegator.core.commands.grammar import plain
from delegator.core.handovers.words import ways
from delegator.core.languages import TABLES, LanguageTable
from delegator.core.people import Language

OWNERS = ("forward", "to_do", "done", "later", "undo", "whole", "ok")
STRUCTURE = ("the_rest", "everything", "both", "unless", "negation")
BACKUPS = ("answered", "later_today", "not_me", "rather_not", "there")


def test_every_language_has_a_table() -> None:
    """The type names them."""
    assert set(get_args(Language)) == set(TABLES)


@pytest.mark.parametrize("names", [OWNERS + STRUCTURE, BACKUPS])
def test_no_word_means_two_things(names: tuple[str, ...]) -> None:
    """Within a language or across them: what somebody may write in answer to one mail is one thing."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for table in TABLES.values():
        for name in names:
            for phrase in getattr(table, name):
                meanings[folded(phrase)].add(name)
    assert {phrase: found for phrase, found in meanings.items() if len(found) > 1} == {}


def test_nor_does_one_without_its_small_words() -> None:
    """What is left of two phrases when "hem", "al" or "gisteren" is taken out is not the same."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for table in TABLES.values():
        for name in BACKUPS:
            for phrase in getattr(table, name):
                for way in ways(phrase):
                    meanings[way].add(name)
    assert {phrase: found for phrase, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", ["weekdays", "months"])
def test_no_day_or_month_is_two(name: str) -> None:
    """Its names and abbreviations, in all languages together."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for table in TABLES.values():
        for number, names in enumerate(getattr(table, name)):
            for phrase in names:
                numbers[folded(phrase)].add(number)
    assert {phrase: found for phrase, found in numbers.items() if len(found) > 1} == {}


@pytest.mark.parametrize("language", get_args(Language))
def test_a_table_is_filled_in(language: Language) -> None:
    """No field is empty, and phrases stand as people write them."""
    table: LanguageTable = TABLES[language]
    for name in table.__slots__:
        value = getattr(table, name)
        assert value, name
        for phrase in value:
            for word in (phrase,) if isinstance(phrase, str) else phrase:
                assert word == word.strip().casefold().replace("ss", "ss") or "ß" in word, (name, word)
                assert plain(word) or word == "l'", (name, word)

"""The tables of words: one for each language, and no word that means two things."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import get_args

import pytest

import delegator
from delegator.core.commands.days import folded
from delegator.core.commands.vocabulary import plain
from delegator.core.handovers.words import ways
from delegator.core.languages import TABLES, LanguageTable, MailWords, others
from delegator.core.people import Language

OWNERS = ("forward", "to_do", "done", "later", "undo", "whole", "ok")
STRUCTURE = (
    "the_rest",
    "everything",
    "both",
    "unless",
    "negation",
    "ok_alone",
    "myself",
    "keep",
    "likewise",
    "please",
)
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


def test_no_spelling_is_a_word_of_its_own() -> None:
    """In any language: "da" is Flemish for "dat", and German for "there"."""
    words = {
        word
        for table in TABLES.values()
        for name in set(table.__slots__) - {"mail", "spellings"}
        for value in getattr(table, name)
        for phrase in ((value,) if isinstance(value, str) else value)
        for word in folded(phrase).split()
    }
    spelled = {folded(also) for table in TABLES.values() for also, _ in table.spellings}
    assert spelled
    assert spelled & words == set()


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
    for name in set(table.__slots__) - {"mail", "spellings"}:
        value = getattr(table, name)
        assert value, name
        for phrase in value:
            for word in (phrase,) if isinstance(phrase, str) else phrase:
                assert word == word.strip().casefold().replace("ss", "ss") or "ß" in word, (name, word)
                assert plain(word) or word == "l'", (name, word)


PLAIN = (
    "auto_subjects",
    "auto_subjects_vague",
    "failures",
    "failure_texts",
    "failure_hints",
    "delays",
    "gave_up",
)
"""What is looked for as it stands; all else are regular expressions."""


@pytest.mark.parametrize("language", [*get_args(Language), "others"])
def test_the_words_of_mail_are_filled_in(language: Language) -> None:
    """Each is a pattern in lower case that keeps no group, and does not match everything."""
    words = TABLES[language].mail if language in TABLES else others.WORDS
    for name in MailWords.__slots__:
        value = getattr(words, name)
        assert value or words is others.WORDS, name
        for pattern in value:
            letters = re.sub(r"\\.", "", pattern)
            assert letters == letters.lower(), (name, pattern)
            if name not in PLAIN:
                compiled = re.compile(pattern, re.IGNORECASE)
                assert compiled.groups == 0, (name, pattern)
                assert not compiled.fullmatch(""), (name, pattern)


LABELS = ("label_from", "label_date", "label_to", "label_cc", "label_subject")


@pytest.mark.parametrize(
    "names",
    [LABELS, ("reply_prefixes", "forward_prefixes"), ("delays", "gave_up"), ("form_labels", "label_sent")],
)
def test_no_word_of_a_mail_means_two_things(names: tuple[str, ...]) -> None:
    """A header's label is of one field, a prefix says "answer" or "passed on"; in all languages together."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for words in (*(table.mail for table in TABLES.values()), others.WORDS):
        for name in names:
            for pattern in getattr(words, name):
                meanings[pattern].add(name)
    assert {pattern: found for pattern, found in meanings.items() if len(found) > 1} == {}


def test_no_language_is_spread_over_the_modules() -> None:
    """No string outside the tables holds a day, a month, a greeting or thanks in any of our languages.

    But for what goes out (its words stand in the catalogues), and for a docstring, which may give an example.
    """
    found = {}
    words = {
        word
        for table in TABLES.values()
        for group in (*table.weekdays, *table.months, table.greetings, table.thanks, table.sign_offs)
        for word in group
        if len(word) > 4 and word.isalpha()
    } - {"thanks", "greetings", "yours", "hello"}  # names of ours, and of mailboxes
    for path in sorted((Path(delegator.__file__).parent / "core").rglob("*.py")):
        if path.parent.name in ("languages", "compose"):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        docstrings = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if (
                not isinstance(node, ast.Constant)
                or not isinstance(node.value, str)
                or id(node) in docstrings
            ):
                continue
            if held := words & set(re.findall(r"[^\W\d_]+", node.value.casefold())):
                found[f"{path.name}:{node.lineno}"] = held
    assert found == {}

"""The words of docs/words.md: every catalogue keeps to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.commands.command import Line, Verb
from delegator.core.commands.reply import read_reply
from delegator.core.people import Backup, Language
from tests.test_catalogues import messages_used

PAGE = (Path(__file__).parent.parent / "docs" / "words.md").read_text("utf-8")
NAMES: dict[Language, str] = {"en": "English", "nl": "Dutch", "fr": "French", "de": "German"}


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, its head first."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if "---" not in row]


def messages(language: Language) -> Iterator[tuple[str, str]]:
    """Every message in English with what is said, both forms of a plural."""
    catalogue = load_catalogue(language)
    for message in messages_used():
        if isinstance(message, str):
            yield message, catalogue.gettext(message)
        else:
            one, many = message
            yield one, catalogue.ngettext(one, many, 1)
            yield many, catalogue.ngettext(one, many, 2)


def pattern(words: str) -> re.Pattern[str]:
    """One that finds any of these words; a star stands for any ending."""
    each = [re.escape(word.strip()).replace(r"\*", r"[\w’-]*") for word in words.split(",")]
    return re.compile(rf"(?<![\w’-])(?:{'|'.join(each)})(?![\w-])", re.IGNORECASE)


def bare(said: str) -> str:
    """Without what is filled in, and with spaces that break."""
    return re.sub(r"%\(\w+\)s", "…", said).replace("\u00a0", " ")


@pytest.mark.parametrize("language", get_args(Language))
def test_every_term_has_one_word(language: Language) -> None:
    """Where the English message has the term, the translation has its word."""
    head, *rows = table("Terms")
    assert len(rows) > 10
    if language == "en":
        return
    for row in rows:
        english, own = pattern(row[0] + "," + row[0] + "s"), pattern(row[head.index(NAMES[language])])
        for message, said in messages(language):
            if english.search(bare(message)):
                assert own.search(bare(said)), (row[0], said)


@pytest.mark.parametrize("language", get_args(Language))
def test_no_other_word_is_used(language: Language) -> None:
    """None that the page forbids."""
    _, *rows = table("Never")
    [never] = [row[1] for row in rows if row[0] == NAMES[language]]
    words = [word.strip() for word in never.split(",")]
    for _, said in messages(language):
        for word in words:
            found = re.search(rf"(?<![\w’-]){re.escape(word)}(?![\w’-])", bare(said))
            begins = (
                found is not None and word == "Sie" and re.search(r"(?:^|[.:] )Sie (?!\w+en )", bare(said))
            )
            assert found is None or begins, (word, said)


@pytest.mark.parametrize("language", get_args(Language))
def test_signs_are_those_of_the_language(language: Language) -> None:
    """Curly quotes, and no straight apostrophe or quote."""
    others = {"nl": "„«»'\"", "en": "„«»'\"", "de": "”«»'\"", "fr": "“”„'\""}[language]
    for _, said in messages(language):
        assert not set(others) & set(said), said


BACKUPS = {"anna": Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), (), "nl", "both")}
LINES = [Line(n, (n,), Verb.FORWARD, "anna") for n in range(1, 6)]


@pytest.mark.parametrize("language", get_args(Language))
def test_every_word_that_a_hint_proposes_is_understood(language: Language) -> None:
    """Whatever stands between quotes in the hints of a review, and of an answer to a command."""
    catalogue = load_catalogue(language)
    hints = [message for message in messages_used() if isinstance(message, str) and "“f" in message]
    assert len(hints) >= 3
    for hint in [*hints, "A colleague has it: pass it on, call it done, or take it back with “undo”."]:
        said = catalogue.gettext(hint).replace("%(backup)s", "anna").replace("\u00a0", " ")
        said = re.sub(r"%\([nftk]\)s", "3", said)
        quoted = r"„([^“]+)“" if language == "de" else r"[“«]\s?([^”»]+?)\s?[”»]"
        for words in re.findall(quoted, said.replace("%(detail)s", "…")):
            if "…" in words:
                continue
            order = words if any(map(str.isdigit, words)) or words == "ok" else f"{words} 3"
            reading = read_reply(order, LINES, BACKUPS)
            assert reading.decided, (hint, words)
            assert reading.mistakes == (), (hint, words)


@pytest.mark.parametrize("language", get_args(Language))
def test_no_sentence_begins_with_or(language: Language) -> None:
    """In plain text no button stands above it, to which it would be the other way."""
    begins = {"en": "Or ", "nl": "Of ", "fr": "Ou ", "de": "Oder "}[language]
    assert [said for _, said in messages(language) if said.startswith(begins)] == []

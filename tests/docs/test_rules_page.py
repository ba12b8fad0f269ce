"""docs/rules.md: what it shows is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from delegator.config import load
from delegator.config.format import FILE_FORMAT, Secret
from delegator.config.shapes import Either, Lazy, ListOf, Named, Section
from delegator.core.rules.patterns import compile_keyword
from scripts.make_reference import PAGE, SECTIONS, current_page

TEXT = PAGE.read_text("utf-8")

PREAMBLE = """\
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example}
  bram: {name: Bram Maes, address: bram@voorbeeld.example}
"""


def rows() -> list[tuple[str, list[str], list[str]]]:
    """The table of words: the word, the subjects that it catches, and those that it leaves."""
    table = TEXT[TEXT.index("<!-- words") : TEXT.index("<!-- end of words")]
    found = re.findall(r"^\| `(.+?)` \| (.*?) \| (.*?) \|$", table, re.MULTILINE)
    return [(word, caught.split(" · "), left.split(" · ")) for word, caught, left in found]


@pytest.mark.parametrize(("word", "caught", "left"), rows(), ids=[row[0] for row in rows()])
def test_a_word_catches_what_the_page_says(word: str, caught: list[str], left: list[str]) -> None:
    """Compounds and inflections, as people write them in Dutch, French, German and English."""
    pattern = compile_keyword(word)
    assert [subject for subject in caught if pattern.search(subject) is None] == []
    assert [subject for subject in left if pattern.search(subject) is not None] == []


def test_the_table_of_words_is_read() -> None:
    """Each language has its rows, and each row both sides."""
    assert len(rows()) > 30
    assert all(caught[0] and left[0] for _, caught, left in rows())


EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_loads(tmp_path: Path, example: str) -> None:
    """With an owner and two backups before it, and without a warning."""
    (tmp_path / "clients.csv").write_text("jan@acme.example\n")
    (tmp_path / "rules.yaml").write_text(PREAMBLE + example)
    config = load(tmp_path / "rules.yaml", for_files=True)
    assert config.rules
    assert not config.warnings


def test_the_reference_has_every_key() -> None:
    """It has those of every section that the format holds, at any depth."""
    told = {id(key) for _, keys in SECTIONS for key in keys}
    waiting: list[Any] = [FILE_FORMAT]
    seen: list[Any] = []
    while waiting:
        shape = waiting.pop()
        if any(shape is each for each in seen):
            continue
        seen.append(shape)
        match shape:
            case Section(keys):
                assert {key.name for key in keys if id(key) not in told} == set()
                waiting += [key.shape for key in keys]
            case Secret(section) | Either(_, section):
                waiting.append(section)
            case ListOf(item) | Named(_, item):
                waiting.append(item)
            case Lazy(inner):
                waiting.append(inner())
            case _:
                pass


def test_the_reference_is_current() -> None:
    """`python -m scripts.make_reference` writes it anew."""
    assert current_page() == TEXT

"""The words that people write to us: one table a language. Every parser is built from all of them.

A language that is added to `people.Language` needs a table here, a catalogue, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..people import Language
from . import de, en, fr, nl
from .table import LanguageTable, Phrases

__all__ = ["TABLES", "LanguageTable", "Phrases", "in_all"]

TABLES: Mapping[Language, LanguageTable] = {
    "nl": nl.TABLE,
    "en": en.TABLE,
    "fr": fr.TABLE,
    "de": de.TABLE,
}


def in_all(field: Callable[[LanguageTable], Phrases]) -> Phrases:
    """The words of one field in all languages, each once: people answer in the language that they like."""
    return tuple(dict.fromkeys(phrase for table in TABLES.values() for phrase in field(table)))

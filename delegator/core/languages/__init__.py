"""The words that people write to us: one table a language. Every parser is built from all of them.

A language that is added to `people.Language` needs a table here, a catalogue, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..people import Language
from . import de, en, fr, nl, others
from .table import LanguageTable, MailWords, Patterns, Phrases

__all__ = ["TABLES", "LanguageTable", "MailWords", "Patterns", "Phrases", "in_all", "in_mail", "one_of"]

TABLES: Mapping[Language, LanguageTable] = {
    "nl": nl.TABLE,
    "en": en.TABLE,
    "fr": fr.TABLE,
    "de": de.TABLE,
}


def in_all(field: Callable[[LanguageTable], Phrases]) -> Phrases:
    """The words of one field in all languages, each once: people answer in the language that they like."""
    return tuple(dict.fromkeys(phrase for table in TABLES.values() for phrase in field(table)))


def in_mail(field: Callable[[MailWords], Patterns]) -> Patterns:
    """One field of what stands in mail, in all languages, and in those whose programs are known."""
    tables = (*(table.mail for table in TABLES.values()), others.WORDS)
    return tuple(dict.fromkeys(pattern for table in tables for pattern in field(table)))


def one_of(field: Callable[[MailWords], Patterns]) -> str:
    """A regular expression for any of them."""
    return f"(?:{'|'.join(in_mail(field))})"

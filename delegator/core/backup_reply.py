"""What a backup answers to a brief or an overview, in words: four languages, the first unquoted line."""

from __future__ import annotations

_WORDS = {
    "not_me": ("niet ik", "not me", "pas moi", "nicht ich", "liever niet", "rather not"),
    "answered": ("beantwoord", "gebeld", "answered", "phoned", "répondu", "téléphoné", "beantwortet"),
    "later_today": ("later", "straks", "plus tard", "später"),
    "there": ("ok", "ik ben er", "i'm there", "je suis là", "ich bin da"),
}


def backup_words(text: str) -> str | None:
    """The word that the first line says; None if it is something else."""
    first = next((line.strip().lower().rstrip(".!") for line in text.splitlines() if line.strip()), "")
    return next((verb for verb, words in _WORDS.items() if first in words), None)

"""What stands below the items of a review."""

from __future__ import annotations

from dataclasses import replace

import pytest

from delegator.core.people import Language
from tests.core.compose.test_review import part, text_of
from tests.reviews import MESSAGE, facts_with, review_mail


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "3 to-dos are on your list. Answer “list” and it comes in full."),
        ("nl", "Er staan 3 taken op je lijst. Antwoord “lijst” en je krijgt de hele lijst."),
        ("fr", "Il y a 3 tâches sur votre liste. Répondez « liste » et vous la recevrez en entier."),
        ("de", "Auf deiner Liste stehen 3 Aufgaben. Antworte „Liste“, und du bekommst sie ganz."),
    ],
)
def test_it_counts_the_to_do_list_where_there_is_one(language: Language, words: str) -> None:
    """In both parts; and an empty list is not worth a line."""
    facts = facts_with(MESSAGE)
    octets = review_mail(replace(facts, to_dos=3), language)
    for subtype in ("plain", "html"):
        said = " ".join(part(octets, subtype).replace("\u00a0", " ").split())
        assert words in said, said
    assert words[-12:] not in " ".join(text_of(facts, language).split())

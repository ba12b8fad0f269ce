"""The subject of a review: what somebody sees of it who opens nothing."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from delegator.core.people import Language
from tests.reviews import FACTS, HANDED, review_mail


@pytest.mark.parametrize(
    ("language", "late", "asks"),
    [
        ("nl", "1 wacht te lang ·", "Een collega vraagt je iets ·"),
        ("de", "1 wartet zu lange ·", "Ein Kollege fragt dich etwas ·"),
        ("fr", "1 attend depuis trop longtemps ·", "Un collègue vous pose une question ·"),
        ("en", "1 waits too long ·", "A colleague asks you something ·"),
    ],
)
def test_a_subject_never_says_that_nothing_is_to_decide_where_somebody_waits(
    language: Language, late: str, asks: str
) -> None:
    """Though no mail waits: a late handover and a colleague's question have buttons."""
    overdue = replace(HANDED, state="overdue", conversation=8)
    question = replace(HANDED, state="asks", conversation=9, address="anna@voorbeeld.example")
    for handed, said in (((overdue, question), late), ((question,), asks)):
        mail = message_from_bytes(review_mail(replace(FACTS, handed=handed), language), policy=policy.default)
        assert str(mail["Subject"]).startswith(said)

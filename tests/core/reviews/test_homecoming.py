"""What an absence was: who did what, and where each mail lies."""

from __future__ import annotations

from datetime import timedelta

from delegator.core.reviews.homecoming import Handover, counted, credits_of, where

HOUR = timedelta(hours=1)


def test_who_answered_most_comes_first_with_the_median() -> None:
    """What the owner answered, or nobody, is no credit of theirs."""
    handovers = [
        *(Handover("bram", 1, True, False, n * HOUR) for n in (9, 1, 2)),
        Handover("bram", 2, False, False, None),
        Handover("anna", 1, True, True, HOUR),
        Handover("anna", 1, True, False, None),
    ]
    bram, anna = credits_of(handovers)
    assert (bram.backup, bram.handed, bram.answered, bram.mails) == ("bram", 4, 3, 5)
    assert (bram.typical, bram.fastest) == (2 * HOUR, HOUR)
    assert (anna.answered, anna.typical) == (1, None)


def test_every_place_is_compared_with_the_mailbox() -> None:
    """Where it differs, it is said; what cannot be counted there is not."""
    lines = counted(
        {"inbox": 2, "done": 5, "gone": 1}, {"INBOX": 2, "Delegator/Done": 4, "Delegator/To-do": 3}
    )
    assert [(line.place, line.expected, line.found, line.is_off) for line in lines] == [
        ("inbox", 2, 2, False),
        ("to-do", 0, 3, True),
        ("done", 5, 4, True),
        ("gone", 1, None, False),
    ]
    assert not any(line.is_off for line in counted({"inbox": 2}, None))


def test_where_a_mail_is() -> None:
    assert (where("INBOX"), where("Delegator/Forwarded"), where("Archief"), where(None)) == (
        "inbox",
        "forwarded",
        "elsewhere",
        "gone",
    )

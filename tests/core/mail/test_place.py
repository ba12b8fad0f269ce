"""A message that turns up is new, or one that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from delegator.core.mail.place import Again, Known, Place, filed_to, known_again, moved_here, was_moved

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)
INBOX, DONE = Place("INBOX", 1, 7), Place("Delegator/Done", 3, 2)
GONE = Known(id=1, place=INBOX, is_there=False, arrived_at=NOON)
THERE = replace(GONE, is_there=True)
HERE = Place("INBOX", 1, 9)


@pytest.mark.parametrize(
    ("known", "place", "arrived_at", "again"),
    [
        (GONE, HERE, NOON, Again(1, is_back=True)),
        (GONE, HERE, LATER, None),  # the same mail, sent twice
        (THERE, HERE, NOON, None),  # two that are both there
        (replace(THERE, place=DONE), HERE, NOON, Again(1, is_back=True)),
        (replace(THERE, place=DONE), HERE, LATER, None),
        (THERE, Place("INBOX", 2, 1), LATER, Again(1, is_back=False)),  # renumbered: the header decides
        (GONE, Place("INBOX", 2, 1), NOON, Again(1, is_back=True)),
        (replace(THERE, place=Place("Verkoop", 1, 7)), Place("INBOX", 2, 1), NOON, None),
    ],
)
def test_known_again(known: Known, place: Place, arrived_at: datetime, again: Again | None) -> None:
    """Nothing twice: what was moved back or renumbered is the same mail; an equal one beside it is not."""
    assert known_again([known], place, arrived_at) == again


def test_the_first_that_fits_is_meant() -> None:
    assert known_again([THERE, replace(GONE, id=2), replace(GONE, id=3)], HERE, NOON) == Again(2, True)
    assert known_again([], HERE, NOON) is None


def test_whichever_we_filed_there_is_the_one() -> None:
    """Our own filing is no command, also where an equal mail is in INBOX."""
    filed = replace(THERE, id=5, filed=frozenset({"Delegator/Done"}))
    assert moved_here([GONE, THERE, filed], "Delegator/Done", NOON) == filed
    gone = replace(GONE, id=4)
    assert moved_here([THERE, gone, filed], "Delegator/To-do", NOON) == gone
    assert moved_here([replace(THERE, id=6), THERE], "Delegator/To-do", NOON) == THERE
    assert moved_here([GONE], "Delegator/Done", LATER) is None


def test_what_turns_up_out_of_nowhere_was_not_moved() -> None:
    """What was seen in Junk was; so was what arrived before anybody looked there, and was not there then."""
    assert was_moved(NOON, LATER, was_in_junk=False)
    assert not was_moved(LATER, LATER, was_in_junk=False)
    assert not was_moved(None, LATER, was_in_junk=False)
    assert was_moved(LATER, NOON, was_in_junk=True)


@pytest.mark.parametrize(
    ("folder", "mailbox", "asks_for_receipt", "expected"),
    [
        ("Delegator/Done", "INBOX", False, "Delegator/Done"),
        ("Delegator/Done", "INBOX", True, None),
        ("Delegator/Done", None, False, None),
        ("Delegator/Done", "Delegator/Done", False, None),
        ("Delegator/To-do", "Delegator/Forwarded", False, "Delegator/To-do"),
        ("INBOX", "Delegator/Done", False, "INBOX"),
        ("INBOX", "Delegator/Done", True, None),
        ("INBOX", "Verkoop", False, None),
    ],
)
def test_what_may_be_moved(
    folder: str, mailbox: str | None, asks_for_receipt: bool, expected: str | None
) -> None:
    """A mail that asks for a receipt is never moved: there are servers that answer a move with one."""
    assert filed_to(folder, mailbox, asks_for_receipt=asks_for_receipt) == expected

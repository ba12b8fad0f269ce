"""In which order mail that is due goes out, where two may be on their way at once.

A client who wrote three times is read by the backup in that order, and so is a conversation
of several people. Mails of different correspondents wait for each other in nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

MOST_AT_ONCE, _MANY = 2, 8


def at_once(waiting: int) -> int:
    """How many go at a time. A second connection and login are not worth it for a few."""
    return MOST_AT_ONCE if waiting >= _MANY else 1


def whose(originator: str | None, conversation: int | None) -> frozenset[str]:
    """What a mail is kept in order with. originator: of the mail that is forwarded; None: it is no forward.

    What a machine has to say goes in the order in which it was made.
    """
    if originator is None:
        return frozenset({"ours"})
    names = {f"from {originator.lower()}"} if originator else set()
    return frozenset(names if conversation is None else names | {f"in {conversation}"})


def next_turn(waiting: Sequence[frozenset[str]], under_way: Collection[frozenset[str]]) -> int | None:
    """Which of those that wait goes next: the first that comes after none of the same; None: none yet.

    waiting: in the order in which they are due.
    """
    taken = frozenset[str]().union(*under_way)
    for number, names in enumerate(waiting):
        if taken.isdisjoint(names):
            return number
        taken |= names
    return None

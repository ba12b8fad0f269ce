"""What a review suggests for an item: the rule's proposal, or a plain heuristic; nothing in doubt.

The first line of the table in docs/phone.md that holds decides. Suggests only: nothing happens
without a tap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..commands.command import Verb
from ..handovers.codes import Code
from .traits import Traits


@dataclass(frozen=True, slots=True)
class Proposal:
    """verb: FORWARD, TO_DO or DONE. backup: the key of the one to forward to, else None."""

    verb: Verb
    backup: str | None = None


DOUBTFUL = frozenset(
    {
        Code.AUTHENTICATION_FAILED,
        Code.LOOP,
        Code.EMPTY_REVERSE_PATH,
        Code.BOUNCE,
        Code.TOO_MANY,
        Code.TOO_LARGE,
        Code.UNREADABLE,
        Code.FROM_BACKUP,  # a question to the owner: it wants an answer, not a tap
    }
)
"""Reasons for which a mail stands in a review, and which want the owner's own eyes."""


def propose(code: Code, traits: Traits, there: Sequence[str]) -> Proposal | None:
    """What to suggest for an item; None where it is in doubt.

    code, traits: of its newest message. there: the keys of the backups who are there, as configured.
    """
    if code in DOUBTFUL or traits.poses or traits.fails:
        return None
    if traits.propose is not None:
        return _ruled(traits.propose, there)
    if code in (Code.NOBODY_THERE, Code.NOT_FORWARDED):
        return Proposal(Verb.TO_DO)  # it was to be forwarded, and could not be
    if traits.only_thanks:
        return Proposal(Verb.DONE)
    if traits.invitation is not None:
        return Proposal(Verb.TO_DO if traits.invitation.asks else Verb.DONE)
    if not traits.is_person:
        return Proposal(Verb.DONE)
    if traits.addressed in ("cc", "elsewhere"):
        return Proposal(Verb.DONE)
    if traits.asks:
        return Proposal(Verb.FORWARD, there[0]) if there else Proposal(Verb.TO_DO)
    return Proposal(Verb.TO_DO)


def _ruled(wanted: str, there: Sequence[str]) -> Proposal:
    if wanted == "done":
        return Proposal(Verb.DONE)
    return Proposal(Verb.FORWARD, wanted) if wanted in there else Proposal(Verb.TO_DO)

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
        Code.NOT_SEEN,
        Code.EMPTY_REVERSE_PATH,
        Code.BOUNCE,
        Code.UNDELIVERED,
        Code.TOO_MANY,
        Code.FLOOD,
        Code.RESTORED,
        Code.TOO_LARGE,
        Code.UNREADABLE,
        Code.MAYBE_ANSWERED,
        Code.IN_JUNK,
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
    if traits.propose in ("done", "to-do"):
        return Proposal(Verb.DONE if traits.propose == "done" else Verb.TO_DO)
    if traits.propose is not None:
        return Proposal(Verb.FORWARD, traits.propose) if traits.propose in there else _next(traits, there)
    if traits.only_thanks:
        return Proposal(Verb.DONE)
    if code is Code.NOBODY_THERE:
        return _next(traits, there)
    if code is Code.NOT_FORWARDED:  # who may have it had it
        return _next(traits, ())
    if traits.invitation is not None:
        return Proposal(Verb.TO_DO if traits.invitation.asks else Verb.DONE)
    wants = traits.asks or traits.complains or traits.orders
    if traits.is_unclear and wants:
        return None
    if not traits.is_person:
        return Proposal(Verb.TO_DO if traits.needs_hand else Verb.DONE)
    if traits.addressed in ("cc", "elsewhere"):
        return Proposal(Verb.DONE)
    if traits.is_internal or traits.is_intimate:  # for nobody else, unless a rule says so
        return _next(traits, ())
    if wants:
        return _next(traits, there)
    return Proposal(Verb.TO_DO)


def _next(traits: Traits, there: Sequence[str]) -> Proposal | None:
    """To the next backup who is there; else the to-do list, but for what cannot wait on one."""
    if there:
        return Proposal(Verb.FORWARD, there[0])
    return None if cannot_wait(traits) else Proposal(Verb.TO_DO)


def cannot_wait(traits: Traits) -> bool:
    """Whether a day or an hour is asked for: on a to-do list it would go by."""
    return traits.asks and traits.names_day and traits.is_person

"""The buttons of a review: which secrets they need, what each stands for, and a review's numbers.

Pure: `wanted_controls` says what to make, the shell makes it and keeps it with the review.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ..commands.command import Grant, Line, Verb
from .items import Item, Review

Key = tuple[int, Verb, str | None]
"""An item's number (0: of the whole review), what its button does, and to whom."""


@dataclass(frozen=True, slots=True)
class Want:
    """A button that needs a secret, and what that is to stand for."""

    key: Key
    grant: Grant


@dataclass(frozen=True, slots=True)
class Controls:
    """The secrets of one review's buttons. address: the owner's, which they write to."""

    address: str
    tokens: Mapping[Key, str]

    def token(self, number: int, verb: Verb, backup: str | None = None) -> str | None:
        return self.tokens.get((number, verb, backup))


def wanted_controls(review: Review) -> list[Want]:
    """Every button of a review, in the order in which they stand in it; none where nothing is live."""
    facts = review.facts
    if facts.mode != "live":
        return []
    back_at = facts.until_at or facts.now
    expires_at = max(back_at, facts.now + timedelta(days=1))
    wants: list[Want] = []

    def want(number: int, verb: Verb, items: Iterable[Item] = (), **more: object) -> None:
        messages = tuple(
            id_ for item in items for id_ in (item.flood if verb is Verb.FORWARD_ALL else _messages(item))
        )
        backup = more.get("backup")
        conversation = more.get("conversation")
        grant = Grant(
            verb=verb,
            by=None,
            items=messages,
            expires_at=expires_at,
            backup=backup if isinstance(backup, str) else None,
            conversation=conversation if isinstance(conversation, int) else None,
        )
        wants.append(Want((number, verb, grant.backup), grant))

    if review.proposed:
        want(0, Verb.PROPOSED, review.proposed)
    if review.shown:
        want(0, Verb.ADJUST, review.shown)
    for item in review.shown:
        if item.forward_to is not None:
            want(item.number, Verb.FORWARD, [item], backup=item.forward_to)
            if item.flood:
                want(item.number, Verb.FORWARD_ALL, [item], backup=item.forward_to)
        want(item.number, Verb.TO_DO, [item])
        want(item.number, Verb.DONE, [item])
    for handed in review.handed:
        if not handed.number:
            continue
        if handed.next_backup is not None:
            want(handed.number, Verb.FORWARD, backup=handed.next_backup, conversation=handed.conversation)
        want(handed.number, Verb.DONE, conversation=handed.conversation)
    if review.collapsed:
        want(0, Verb.BULK_DONE, review.collapsed)
    return wants


def review_lines(review: Review) -> list[Line]:
    """What the numbers of a review mean, and what it collapsed."""
    return [
        *(_line(item) for item in review.shown),
        *(_line(item, is_proposed=False) for item in review.rest if item.number),
        *(
            Line(one.number, (), None, one.next_backup, conversation=one.conversation)
            for one in review.handed
            if one.number
        ),
        *(Line(0, _messages(item), is_low=True) for item in review.collapsed),
    ]


def _line(item: Item, *, is_proposed: bool = True) -> Line:
    proposal = item.proposal if is_proposed else None
    if proposal is None:
        return Line(item.number, _messages(item))
    return Line(item.number, _messages(item), proposal.verb, proposal.backup)


def _messages(item: Item) -> tuple[int, ...]:
    return tuple(message.id for message in item.messages)

"""The evening before an absence: which mail is still without an answer, and what last week would have been.

Pure. A mail of before the absence becomes an item only by the owner's tap; it is then handed over like any
other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..commands.command import Grant, Line, Verb
from ..handovers.codes import Disposition
from ..hours.schedule import local_moment
from ..mail.message import Message
from ..people import Window, normal_address
from ..triage.verdict import Verdict
from .proposal import Proposal, propose
from .traits import Traits

LOOK_BACK = timedelta(days=14)
REPLAYED = timedelta(days=7)
EVENING = time(18)
MOST_OFFERED = 40
"""In one mail of less than 80 kB, each with its buttons; more are counted."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One mail of the last days. flags: as the mail server gives them."""

    message: Message
    verdict: Verdict
    traits: Traits
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Replay:
    """What would have become of a week's mail. forwards: by the backup's key."""

    received: int
    forwards: Mapping[str, int]
    review: int
    private: int
    ignored: int


def leaving_at(window: Window, zone: ZoneInfo) -> datetime:
    """When the departure mail goes: the evening before."""
    day = window.from_at.astimezone(zone).date() - timedelta(days=1)
    return min(local_moment(day, EVENING, zone), window.from_at - timedelta(hours=1))


def is_unanswered(seen: Seen, answered: Collection[str], owner_addresses: Collection[str]) -> bool:
    """Whether a person may still wait for an answer. answered: Message-IDs that the owner's mail names.

    Private mail is no item, nor is what a machine sent, or the owner.
    """
    message = seen.message
    sender = message.originator
    if sender is None or normal_address(sender.address) in owner_addresses:
        return False
    if seen.verdict.disposition not in (Disposition.FORWARD, Disposition.REVIEW):
        return False
    if seen.verdict.priority == "low" or not seen.traits.is_person:
        return False
    if r"\answered" in {flag.lower() for flag in seen.flags}:
        return False
    return message.message_id not in answered


def proposal_of(seen: Seen, there: Sequence[str]) -> Proposal | None:
    """What is suggested: as a review would, and of what a rule forwards its backup."""
    if seen.verdict.disposition is Disposition.FORWARD and seen.verdict.backup is not None:
        return Proposal(Verb.FORWARD, seen.verdict.backup)
    return propose(seen.verdict.code, seen.traits, there)


def replay_of(seen: Iterable[Seen], since_at: datetime) -> Replay:
    """What would have become of what arrived since a moment."""
    counted: Counter[Disposition] = Counter()
    forwards: Counter[str] = Counter()
    for one in seen:
        at = one.message.arrived_at
        if at is None or at < since_at:
            continue
        counted[one.verdict.disposition] += 1
        if one.verdict.disposition is Disposition.FORWARD and one.verdict.backup:
            forwards[one.verdict.backup] += 1
    received = sum(counted.values()) - counted[Disposition.OWN]
    return Replay(
        received,
        dict(forwards.most_common()),
        counted[Disposition.REVIEW],
        counted[Disposition.PRIVATE],
        counted[Disposition.IGNORE],
    )


@dataclass(frozen=True, slots=True)
class Offered:
    """One mail in the departure mail. id: the state's. forward_to: key of whom its button names, or None."""

    number: int
    id: int
    seen: Seen
    proposal: Proposal | None
    forward_to: str | None


def offer(found: Sequence[tuple[int, Seen]], there: Sequence[str]) -> tuple[Offered, ...]:
    """Numbered, the oldest first: who has waited longest. found: with the state's ids."""
    offered = []
    for number, (id_, seen) in enumerate(found[:MOST_OFFERED], 1):
        proposal = proposal_of(seen, there)
        named = proposal.backup if proposal is not None else None
        forward_to = named if named in there else next(iter(there), None)
        offered.append(Offered(number, id_, seen, proposal, forward_to))
    return tuple(offered)


Key = tuple[int, Verb]


def offered_grants(offered: Sequence[Offered], expires_at: datetime) -> dict[Key, Grant]:
    """What each button stands for, by number and verb."""
    grants: dict[Key, Grant] = {}
    for one in offered:
        items = (one.id,)
        if one.forward_to is not None:
            grants[one.number, Verb.FORWARD] = Grant(
                Verb.FORWARD, None, items, expires_at, backup=one.forward_to
            )
        grants[one.number, Verb.TO_DO] = Grant(Verb.TO_DO, None, items, expires_at)
        grants[one.number, Verb.DONE] = Grant(Verb.DONE, None, items, expires_at)
    return grants


def offered_lines(offered: Sequence[Offered]) -> list[Line]:
    """What a number means in a reply."""
    return [
        Line(
            one.number,
            (one.id,),
            one.proposal.verb if one.proposal else None,
            one.proposal.backup if one.proposal else None,
        )
        for one in offered
    ]

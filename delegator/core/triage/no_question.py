"""Mail that asks nothing, and what becomes of it: it is no backup's to answer, and starts no clock.

| mail                                              | becomes                                            |
| ------------------------------------------------- | -------------------------------------------------- |
| a failed delivery of what the owner wrote         | an item, high: nobody else knows of it             |
| a meeting declined, or another time asked for, in | an item, whatever the rules say of machines, but   |
| the absence                                       | for one that names them and forwards               |
| a receipt, reaction, automatic answer or another  | where it would be forwarded, an item, low; unless  |
| answer to an invitation                           | the rule names them (`auto: true`)                 |
"""

from __future__ import annotations

from dataclasses import replace

from ..handovers.codes import Code, Disposition
from ..handovers.known import Conversations
from ..mail.invitation import read_invitation
from ..mail.kinds import Kind, declines, kind_of
from ..mail.message import Message
from ..people import normal_address
from ..rules.book import ForwardTo, RuleBook
from ..rules.conditions import asks_for_machines
from .verdict import Verdict

_WOULD_FORWARD = frozenset({Code.CONVERSATION, Code.NOBODY_THERE, Code.TOO_MANY, Code.WITHDRAWN})
"""What else a forward may have become before it is known that it asks nothing."""


def failed_delivery(message: Message, book: RuleBook, known: Conversations) -> Verdict | None:
    """What the owner wrote did not arrive. Not what another wrote in the owner's name, or passed on."""
    bounce = message.bounce
    if bounce is None or bounce.kind != "failed":
        return None
    owners = book.owner.normal_addresses
    wrote = {normal_address(sender) for sender in bounce.senders}
    if not known.owner_took_part and wrote and wrote.isdisjoint(owners):
        return None
    return Verdict(Disposition.REVIEW, Code.UNDELIVERED, priority="high", detail=", ".join(bounce.recipients))


def without_question(message: Message, book: RuleBook, verdict: Verdict) -> Verdict | None:
    """What becomes of mail that asks nothing instead of this verdict; None: the verdict stands."""
    is_hidden = verdict.disposition is Disposition.IGNORE or verdict.priority == "low"
    if not (is_hidden or _would_forward(verdict)):
        return None
    kind = kind_of(message)
    if kind is None or _is_named(book, verdict):
        return None
    base = Verdict(
        Disposition.REVIEW, Code.NO_QUESTION, priority="low", conversation=verdict.conversation, detail=kind
    )
    if kind is Kind.CALENDAR and declines(message) and _is_within(message, book):
        return replace(base, priority="normal")
    return base if _would_forward(verdict) else None


def _would_forward(verdict: Verdict) -> bool:
    return verdict.disposition is Disposition.FORWARD or verdict.code in _WOULD_FORWARD


def _is_named(book: RuleBook, verdict: Verdict) -> bool:
    """Whether the rule that forwards says itself that it is about what machines send."""
    rule = next((rule for rule in book.rules if rule.name == verdict.rule), None)
    return rule is not None and isinstance(rule.outcome, ForwardTo) and asks_for_machines(rule.when)


def _is_within(message: Message, book: RuleBook) -> bool:
    """Whether the meeting is in the absence; so it is where it cannot be told."""
    meeting = read_invitation(message.calendar, book.owner.timezone)
    if meeting is None or meeting.repeats or not book.away:
        return True
    return any(
        meeting.start_at < window.until_at and window.from_at < meeting.until_at for window in book.away
    )

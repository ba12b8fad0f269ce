"""The verdict on a message as it was fetched. What the daemon, the dry run, `why` and `test` all call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from .message import MAX_OCTETS, Message
from .triage import (
    Code,
    Conversations,
    Disposition,
    RuleBook,
    Step,
    Verdict,
    outcome_of,
    triage_steps,
)


def decide(message: Message, rules: RuleBook, conversations: Conversations, now: datetime) -> Verdict:
    """Triage; but what cannot be read, or is too large to be forwarded, becomes a review item."""
    return outcome_of(decide_steps(message, rules, conversations, now))


def decide_steps(
    message: Message, rules: RuleBook, conversations: Conversations, now: datetime
) -> Iterator[Step]:
    """Everything that `decide` tries, in order; the last verdict counts."""
    if not message.headers and not message.text and not message.attachments:
        yield Step("guard", "readable", Verdict(Disposition.REVIEW, Code.UNREADABLE, priority="high"))
        return
    verdict = None
    for step in triage_steps(message, rules, conversations, now):
        yield step
        verdict = step.verdict or verdict
    if verdict is None or verdict.disposition is not Disposition.FORWARD:
        return
    is_large = message.size_octets > MAX_OCTETS
    large = _kept(verdict, Code.TOO_LARGE, f"{message.size_octets // 2**20} MiB") if is_large else None
    yield Step("afterthought", "size", large)


def _kept(verdict: Verdict, code: Code, detail: str = "") -> Verdict:
    """A forward that becomes a review item instead. Its rule is still named."""
    return replace(
        verdict,
        disposition=Disposition.REVIEW,
        code=code,
        priority="high",
        backup=None,
        backups=(),
        detail=detail,
    )

"""The verdict on a message as it was fetched. What the daemon and the dry run both call."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .message import MAX_OCTETS, Message
from .triage import Code, Conversations, Disposition, RuleBook, Verdict, triage


def decide(message: Message, rules: RuleBook, conversations: Conversations, now: datetime) -> Verdict:
    """Triage; but what cannot be read, or is too large to be taken up whole, becomes a review item."""
    if not message.headers and not message.text and not message.attachments:
        return Verdict(Disposition.REVIEW, Code.UNREADABLE, priority="high")
    verdict = triage(message, rules, conversations, now)
    if verdict.disposition is Disposition.FORWARD and message.size_octets > MAX_OCTETS:
        return replace(
            verdict,
            disposition=Disposition.REVIEW,
            code=Code.TOO_LARGE,
            priority="high",
            backup=None,
            backups=(),
            detail=f"{message.size_octets // 2**20} MiB",
        )
    return verdict

"""The verdict on a message as it was fetched. What the daemon and the dry run both call."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from .message import MAX_OCTETS, Message
from .triage import Code, Conversations, Disposition, RuleBook, Verdict, triage

OLD = timedelta(hours=4)
"""Older than this when it is taken up, a mail is not forwarded: by then somebody may have answered."""


def decide(message: Message, rules: RuleBook, conversations: Conversations, now: datetime) -> Verdict:
    """Triage; but what cannot be read, is too large or too old to be forwarded, becomes a review item."""
    if not message.headers and not message.text and not message.attachments:
        return Verdict(Disposition.REVIEW, Code.UNREADABLE, priority="high")
    verdict = triage(message, rules, conversations, now)
    if verdict.disposition is Disposition.FORWARD:
        if message.size_octets > MAX_OCTETS:
            return _kept(verdict, Code.TOO_LARGE, f"{message.size_octets // 2**20} MiB")
        if message.arrived_at is not None and now - message.arrived_at > OLD:
            return _kept(verdict, Code.OLD)
    return verdict


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

"""After a restore: what came before it may have been forwarded by the state that is lost."""

from __future__ import annotations

from datetime import timedelta

from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import Message
from delegator.core.triage.verdict import Code, Disposition, Verdict, explain
from tests.core.triage.test_triage import NOW, decide, mail

RESTORED = Conversations(restored_at=NOW)


def offer(**changes: object) -> Message:
    return mail("jan@acme.example", "Offerte", **changes)


def decided(**changes: object) -> Verdict:
    return decide(offer(**changes), known=RESTORED)


def test_what_came_before_is_an_item() -> None:
    """At that very moment too, and where nobody knows when it came; its rule is still named."""
    for arrived_at in (NOW - timedelta(days=1), NOW, None):
        verdict = decided(arrived_at=arrived_at)
        assert (verdict.disposition, verdict.code, verdict.priority) == (
            Disposition.REVIEW,
            Code.RESTORED,
            "high",
        )
        assert verdict.rule is not None
        assert explain(verdict).startswith("it came before the state was put back from a backup")
        assert verdict.rule in explain(verdict)


def test_what_comes_after_is_forwarded() -> None:
    assert decided(arrived_at=NOW + timedelta(seconds=1)).disposition is Disposition.FORWARD
    assert decide(offer(arrived_at=NOW)).disposition is Disposition.FORWARD, "without a restore"


def test_what_would_not_be_forwarded_is_as_ever() -> None:
    """Only a forward is kept back."""
    newsletter = mail("news@shop.example", "Sale", arrived_at=NOW)
    assert decide(newsletter, known=RESTORED) == decide(newsletter)

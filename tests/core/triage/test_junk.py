"""Mail that was taken for spam: an item, a count, or nothing."""

import pytest

from delegator.core.handovers.codes import Code, Disposition
from delegator.core.mail.message import Message
from delegator.core.triage.junk import in_junk
from tests.core.triage.test_triage import AUTHSERV, KNOWN, decide, headers, mail

FAILS = headers(Authentication_Results=f"{AUTHSERV}; dmarc=fail header.from=acme.example")


def test_a_client_whom_a_rule_names_is_an_item() -> None:
    """First in the review, with the backup of the rule on its button."""
    verdict = in_junk(decide(mail()))
    assert verdict is not None
    assert (verdict.disposition, verdict.code, verdict.priority) == (Disposition.REVIEW, Code.IN_JUNK, "high")
    assert (verdict.backup, verdict.propose) == (None, "anna")


def test_who_writes_in_a_handover_is_an_item() -> None:
    """Whatever the rules say of the address, and in that conversation."""
    verdict = in_junk(decide(mail("jan@elders.example", in_reply_to=("<1@acme.example>",)), known=KNOWN))
    assert verdict is not None
    assert verdict.conversation == 7


@pytest.mark.parametrize(
    "message",
    [
        mail("x@other.example", "Offerte"),  # a rule names its subject: anybody may write that
        mail("x@other.example"),
        mail("alerts@monitor.example"),
        mail("oma@familie.example"),
        mail(headers=FAILS),  # it poses as a client
        mail(is_auto_reply=True),
    ],
)
def test_what_else_lies_there_is_no_item(message: Message) -> None:
    """Spam that no rule names by its sender, noise, private mail, a forger's, a machine's."""
    assert in_junk(decide(message)) is None

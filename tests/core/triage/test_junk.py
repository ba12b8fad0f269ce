"""Mail that was taken for spam: an item, a count, or nothing."""

import pytest

from delegator.core.handovers.codes import Code, Disposition
from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import Message
from delegator.core.rules.book import ForwardTo, Rule, RuleBook
from delegator.core.rules.conditions import AllOf
from delegator.core.triage.junk import in_junk
from delegator.core.triage.verdict import Verdict
from tests.core.triage.test_triage import (
    AUTHSERV,
    BOOK,
    KNOWN,
    about,
    book,
    decide,
    headers,
    mail,
    sent_by,
)

FAILS = headers(Authentication_Results=f"{AUTHSERV}; dmarc=fail header.from=acme.example")


def junk(message: Message, known: Conversations | None = None, rules: RuleBook = BOOK) -> Verdict | None:
    return in_junk(decide(message, rules, known), message, rules)


def test_a_client_whom_a_rule_names_is_an_item() -> None:
    """First in the review, with the backup of the rule on its button."""
    verdict = junk(mail())
    assert verdict is not None
    assert (verdict.disposition, verdict.code, verdict.priority) == (Disposition.REVIEW, Code.IN_JUNK, "high")
    assert (verdict.backup, verdict.propose) == (None, "anna")


def test_who_writes_in_a_handover_is_an_item() -> None:
    """Whatever the rules say of the address, and in that conversation."""
    verdict = junk(mail("jan@elders.example", in_reply_to=("<1@acme.example>",)), KNOWN)
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
    assert junk(message) is None


@pytest.mark.parametrize("subject", ["Offerte", "Hallo"])
def test_the_rule_that_names_a_client_need_not_be_the_one_that_decides(subject: str) -> None:
    """A rule about offers stands before it, or the one that names them asks for more."""
    rules = book(
        Rule("offers", about("offerte"), ForwardTo(("bram",))),
        Rule("complaints", AllOf((sent_by("jan@acme.example"), about("klacht"))), ForwardTo(("anna",))),
    )
    verdict = junk(mail(subject=subject), rules=rules)
    assert verdict is not None
    assert (verdict.code, verdict.priority) == (Code.IN_JUNK, "high")
    assert junk(mail("x@other.example", subject), rules=rules) is None

"""How many new handovers one originator may make within an hour, and whose a mail counts as."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from delegator.core.handovers.known import Conversations, Handover
from delegator.core.mail.message import Address, Message
from delegator.core.reviews.follows import what_follows
from delegator.core.rules.book import ForwardTo, Rule
from delegator.core.rules.conditions import Addresses, AllOf, AnyOf, Not
from delegator.core.rules.patterns import address_list, compile_address
from delegator.core.triage.flood import (
    MOST_OF_A_STRANGER,
    MOST_OF_WHO_IS_NAMED,
    counted_as,
    most_handovers,
)
from delegator.core.triage.threads import Threads
from delegator.core.triage.triage import triage
from delegator.core.triage.verdict import Code, Disposition, explain
from tests.core.triage.test_triage import (
    AUTHSERV,
    BOOK,
    NOW,
    OWNER,
    about,
    book,
    decide,
    headers,
    mail,
    sent_by,
)

STRANGER = "els@elders.example"
PASSES = headers(Authentication_Results=f"{AUTHSERV}; dmarc=pass header.from=elders.example")


def offer(sender: str = STRANGER, number: int = 1, **changes: object) -> Message:
    return mail(sender, "Offerte", message_id=f"<{number}@elders.example>", **changes)


@pytest.mark.parametrize(
    ("sender", "limit"), [(STRANGER, MOST_OF_A_STRANGER), ("jan@acme.example", MOST_OF_WHO_IS_NAMED)]
)
def test_what_is_above_the_limit_is_an_item(sender: str, limit: int) -> None:
    """High, for the backup of the rule, whose name it keeps; up to the limit it goes out."""
    below = decide(offer(sender), known=Conversations(recent_handovers=limit - 1))
    assert below.disposition is Disposition.FORWARD
    above = decide(offer(sender), known=Conversations(recent_handovers=limit))
    assert (above.disposition, above.code, above.priority) == (Disposition.REVIEW, Code.FLOOD, "high")
    assert (above.backup, above.propose, above.rule) == (None, below.backup, below.rule)
    assert above.detail == sender
    assert explain(above).startswith(f"too many new handovers of one originator within an hour ({sender})")


def test_a_conversation_that_was_handed_over_goes_on() -> None:
    """Its mail is no new handover."""
    handover = Handover(4, "anna", frozenset({STRANGER}))
    known = Conversations(handovers={"<0@x.example>": handover}, recent_handovers=1000)
    verdict = decide(offer(in_reply_to=("<0@x.example>",)), known=known)
    assert (verdict.disposition, verdict.code) == (Disposition.FORWARD, Code.CONVERSATION)


def test_what_fails_authentication_is_told_as_that() -> None:
    """A forged client's mail is no handover, so it counts for nobody."""
    failing = headers(Authentication_Results=f"{AUTHSERV}; dmarc=fail header.from=acme.example")
    forged = offer("jan@acme.example", headers=failing)
    known = Conversations(recent_handovers=1000)
    verdict = decide(forged, known=known)
    assert verdict.code is Code.AUTHENTICATION_FAILED
    assert what_follows(forged, verdict, known, BOOK, NOW).counted_as is None


NAMED = {
    "address": (sent_by(STRANGER), True),
    "domain": (sent_by("@elders.example"), True),
    "list": (AllOf((Addresses("from", (address_list("clients", frozenset({STRANGER})),)),)), True),
    "any": (AllOf((AnyOf((about("offerte"), sent_by(STRANGER))),)), True),
    "glob": (sent_by("*@elders.example"), False),
    "not": (AllOf((Not(sent_by(STRANGER)),)), False),
    "recipient": (AllOf((Addresses("to", (compile_address(STRANGER),)),)), False),
    "another": (sent_by("jan@elders.example"), False),
}


@pytest.mark.parametrize(("when", "is_named"), NAMED.values(), ids=NAMED)
def test_who_is_named_may_write_more(when: AllOf, is_named: bool) -> None:
    """By a rule or a list, as a sender; a pattern that takes anybody names nobody."""
    rules = book(Rule("theirs", when, ForwardTo(("anna",))))
    expected = MOST_OF_WHO_IS_NAMED if is_named else MOST_OF_A_STRANGER
    assert most_handovers(offer(), rules, Conversations()) == expected


def test_whom_the_owner_wrote_to_may_write_more() -> None:
    assert most_handovers(offer(), BOOK, Conversations(owner_wrote_to=True)) == MOST_OF_WHO_IS_NAMED


def reply_to(address: str) -> tuple[Address, ...]:
    return (Address("", address),)


def test_a_form_counts_by_whom_it_names() -> None:
    """Written in the owner's name, from the owner's domain, or from one of its recipients; each has a few."""
    for sender in (OWNER.address, "website@voorbeeld.example", "form@elders.example"):
        to = (Address("", OWNER.address), Address("", "form@elders.example"))
        one = offer(sender, to=to, reply_to=reply_to("jan@acme.example"))
        other = offer(sender, to=to, reply_to=reply_to("lut@acme.example"))
        assert counted_as(one, BOOK) == f"jan@acme.example by way of {sender}"
        assert counted_as(other, BOOK) != counted_as(one, BOOK)
        named = book(Rule("form", sent_by(sender), ForwardTo(("anna",))))
        assert most_handovers(one, named, Conversations()) == MOST_OF_A_STRANGER


def test_nobody_uses_up_anothers() -> None:
    """Neither a form nor a mail that names another in Reply-To, nor one that only says to be theirs."""
    theirs = counted_as(offer(headers=PASSES), BOOK)
    form = offer(OWNER.address, reply_to=reply_to(STRANGER))
    stranger = offer("x@evil.example", reply_to=reply_to(STRANGER))
    unclear = offer(from_=(Address("", STRANGER), Address("", "x@evil.example")), from_fields=2)
    others = [offer(), form, stranger, unclear, Message()]
    assert len({theirs, *(counted_as(each, BOOK) for each in others)}) == 6
    assert counted_as(stranger, BOOK) == "x@evil.example"


def test_another_reply_to_makes_no_other_originator() -> None:
    """Who writes from outside counts as From says, whatever stands in Reply-To."""
    named = [offer(reply_to=reply_to(f"{n}@elders.example")) for n in range(3)]
    assert {counted_as(each, BOOK) for each in named} == {STRANGER}


def test_a_group_address_counts_by_the_author() -> None:
    """A list of the owner's own domain counts, where the owner's server vouches for it."""
    fields = {
        "list_id": "<verkoop.voorbeeld.example>",
        "authentication_results": f"{AUTHSERV}; dkim=pass header.d=voorbeeld.example; dmarc=pass",
    }
    of_jan = offer(
        "verkoop@voorbeeld.example",
        headers=headers(**fields),
        original_from=(Address("", "jan@acme.example"),),
    )
    assert counted_as(of_jan, BOOK) == "jan@acme.example by way of verkoop@voorbeeld.example"
    assert most_handovers(of_jan, BOOK, Conversations()) == MOST_OF_WHO_IS_NAMED
    unvouched = replace(of_jan, headers=headers(list_id=fields["list_id"]))
    assert counted_as(unvouched, BOOK) == "verkoop@voorbeeld.example"


def test_the_dry_run_counts_by_arrival() -> None:
    """Twenty within an hour, whenever they are looked at; an hour later twenty more, and others meanwhile."""
    threads = Threads()

    def told(message: Message, minutes: float) -> Code:
        now = NOW + timedelta(minutes=minutes)
        whose = counted_as(message, BOOK)
        known = threads.known(message, now, whose)
        verdict = triage(message, BOOK, known, now)
        threads.record(message, verdict, now, (), whose)
        return verdict.code

    codes = [told(offer(number=n), minutes=n) for n in range(25)]
    assert codes == [Code.RULE] * 20 + [Code.FLOOD] * 5
    assert told(offer("lut@elders.example", 100), 25) is Code.RULE
    assert told(offer(number=101), 59.9) is Code.FLOOD
    assert told(offer(number=102), 60) is Code.RULE, "the first is an hour old"
    assert told(offer(number=103), 60) is Code.FLOOD
    assert told(offer(number=104), 200) is Code.RULE


def test_the_dry_run_knows_to_whom_the_owner_wrote() -> None:
    """Before the mail came, not after it."""
    threads = Threads()
    threads.note_sent(Message(to=(Address("", "Els@Elders.example"),)), NOW)
    assert threads.known(offer(), NOW).owner_wrote_to
    assert not threads.known(offer(), NOW - timedelta(seconds=1)).owner_wrote_to
    assert not threads.known(offer("x@elders.example"), NOW).owner_wrote_to

"""What a review proposes: the examples in docs/phone.md, as mails through triage."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from delegator.core.commands.command import Verb
from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import Message, parse_message
from delegator.core.people import Owner, Window
from delegator.core.reviews.arrange import arrange_review
from delegator.core.reviews.proposal import DOUBTFUL, Proposal, propose
from delegator.core.reviews.traits import Traits, find_traits
from delegator.core.rules.book import ForwardTo, Outcome, RuleBook, ToReview
from delegator.core.triage.triage import triage
from delegator.core.triage.verdict import Code
from tests.reviews import ANNA, BRAM, FACTS, MESSAGE, facts_with

PAGE = Path(__file__).parents[3] / "docs" / "phone.md"
NOW = datetime(2026, 12, 21, 10, tzinfo=UTC)
OWNER = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))
AWAY = (Window(NOW - timedelta(days=1), NOW + timedelta(days=1)),)
BACKUPS = {"anna": ANNA, "bram": replace(BRAM, away=AWAY)}

CALENDAR = """
--x
Content-Type: text/calendar; method={method}

BEGIN:VCALENDAR
METHOD:{method}
BEGIN:VEVENT
UID:1@acme.example
DTSTART:20270115T090000Z
DTEND:20270115T100000Z
END:VEVENT
END:VCALENDAR
--x--
"""
FIELDS = {
    "List-Unsubscribe": "List-Unsubscribe: <mailto:leave@colruyt.example>",
    "authentication failed": "Authentication-Results: mx.voorbeeld.example; dmarc=fail",
    "has been round a hundred servers": "\n".join(["Received: by mx.voorbeeld.example"] * 100),
    "an empty reverse-path": "Return-Path: <>",
}


def examples() -> list[tuple[str, ...]]:
    """The rows of the page's table."""
    table = PAGE.read_text(encoding="utf-8").split("<!-- proposals -->")[1]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]


def mail(sender: str, owner_is_in: str, text: str, besides: set[str]) -> Message:
    recipients = {
        "To": "To: sofie@voorbeeld.example",
        "Cc": "To: els@klant.example\nCc: sofie@voorbeeld.example",
        "neither": "To: els@klant.example",
    }
    fields = [field for name, field in FIELDS.items() if name in besides]
    header = "\n".join([*fields, f"From: {sender}", recipients[owner_is_in], "Subject: Dossier"])
    body = f"\n\nBeste Sofie,\n\n{text}\n"
    method = next(
        (m for name, m in (("a cancelled", "CANCEL"), ("an", "REQUEST")) if f"{name} invitation" in besides),
        "",
    )
    if method:
        header += "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x"
        body = f"\n\n--x\nContent-Type: text/plain\n\n{text}" + CALENDAR.format(method=method)
    return parse_message(f"{header}{body}".encode(), arrived_at=NOW)


@pytest.mark.parametrize("example", examples(), ids="; ".join)
def test_the_examples_in_the_docs_are_proposed_as_they_say(example: tuple[str, ...]) -> None:
    """From the octets of a mail, through triage, to what its item suggests."""
    sender, owner_is_in, text, besides, expected = example
    also = set(besides.split(", "))
    ruled = re.search(r"the rule proposes (\S+)", besides)
    forwarded = re.search(r"was to be forwarded to (\S+)", besides)
    otherwise: Outcome = ToReview("normal", ruled[1] if ruled else None)
    if forwarded:
        otherwise = ForwardTo((forwarded[1],))
    book = RuleBook(OWNER, BACKUPS, (), otherwise, authserv_id="mx.voorbeeld.example")
    message = mail(sender, owner_is_in, text, also)
    verdict = triage(message, book, Conversations(), NOW)
    traits = find_traits(
        message,
        OWNER,
        BACKUPS.values(),
        propose=verdict.propose,
        matches=verdict.matches,
        authserv_id=book.authserv_id,
    )
    traits = Traits.from_values(traits.to_values())  # as the store keeps them
    there = () if "nobody is there" in also else (ANNA,)
    opened = facts_with(replace(MESSAGE, code=verdict.code, traits=traits))
    (item,) = arrange_review(replace(opened, there=there)).waiting
    proposals = {
        "anna": Proposal(Verb.FORWARD, "anna"),
        "to-do": Proposal(Verb.TO_DO),
        "done": Proposal(Verb.DONE),
        "nothing": None,
    }
    assert item.proposal == proposals[expected]


@pytest.mark.parametrize("code", sorted(DOUBTFUL))
def test_nothing_is_proposed_in_doubt(code: Code) -> None:
    """Whatever a rule says."""
    for wanted in (None, "anna", "to-do", "done"):
        assert propose(code, Traits(propose=wanted, asks=True), ("anna",)) is None


def test_one_doubtful_mail_makes_its_whole_conversation_doubtful() -> None:
    """The owner would decide all of it with one tap."""
    doubtful = replace(MESSAGE, conversation=1, traits=Traits(fails=True))
    (item,) = arrange_review(facts_with(doubtful, replace(MESSAGE, conversation=1))).waiting
    assert item.proposal is None


def test_a_question_stands_until_it_is_answered() -> None:
    """Thanks that come after it, before the review, do not take it away."""
    asked = replace(MESSAGE, conversation=1, traits=Traits(asks=True, addressed="alone"))
    thanked = replace(MESSAGE, conversation=1, traits=Traits(only_thanks=True, addressed="alone"))
    (item,) = arrange_review(facts_with(asked, thanked)).waiting
    assert item.proposal == Proposal(Verb.FORWARD, "anna")


def test_the_button_names_the_proposed_one_then_the_rules_then_the_first() -> None:
    """A mail that is proposed for the to-do list can be forwarded all the same."""
    for propose_, expected in (("bram", "bram"), ("done", "anna"), (None, "anna")):
        opened = facts_with(replace(MESSAGE, traits=Traits(propose=propose_)))
        (item,) = arrange_review(replace(opened, there=(ANNA, BRAM))).waiting
        assert item.forward_to == expected
    (item,) = arrange_review(replace(facts_with(MESSAGE), there=())).waiting
    assert item.forward_to is None
    assert FACTS.there == (ANNA, BRAM)

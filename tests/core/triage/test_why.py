"""Why a message is decided so: the very steps of the decision, and changes that were tried, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.config.loader import load
from delegator.core.handovers.known import Conversations, Handover
from delegator.core.mail.message import Message, parse_message
from delegator.core.rules.book import RuleBook
from delegator.core.rules.edits import rule_edits
from delegator.core.triage.threads import Threads
from delegator.core.triage.triage import outcome_of, triage, triage_steps
from delegator.core.triage.verdict import Code, Disposition
from delegator.core.triage.why import explain_decision

NOON = datetime(2026, 12, 21, 12, tzinfo=UTC)

RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example}
  bram:
    name: Bram Maes
    address: bram@voorbeeld.example
    away: [{from: 2026-12-20, until: 2026-12-28}]
rules:
  - {name: family, when: {from: "@familie.example"}, private: true}
  - {name: newsletters, when: {bulk: true}, review: low}
  - {name: offers, when: {subject: [offerte, prijs], not: {from: "@spam.example"}}, forward: anna}
  - {name: orders, when: {subject: order, from: jan@acme.example}, forward: anna}
  - {name: bram alone, when: {subject: werf}, forward: bram}
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    path = tmp_path_factory.mktemp("config") / "rules.yaml"
    path.write_text(RULES)
    return load(path, for_files=True).rule_book


def mail(subject: str, sender: str = "piet@client.example", *fields: str) -> Message:
    lines = [f"From: {sender}", "To: sofie@voorbeeld.example", f"Subject: {subject}", *fields, "", "Dag"]
    return parse_message("\r\n".join(lines).encode(), arrived_at=NOON)


def changes(message: Message, book: RuleBook) -> list[str]:
    return [each.what for each in explain_decision(message, book, Conversations(), NOON).changes]


@pytest.mark.parametrize(
    ("message", "smallest"),
    [
        (mail("Prijsofferte"), 'in rule "offers", write "*offerte" instead of "offerte" in `subject`'),
        (mail("Mijn order"), 'in rule "orders", add piet@client.example to `from`'),
        (mail("offerte", "an@familie.example"), 'take out rule "family"'),
        (mail("offerte", "a@x.example", "List-Id: <x.y>"), "the same mail without List-Id"),
        (mail("werf"), "take out `away` of backup bram"),
        (mail("geheim", "a@x.example", "Sensitivity: Personal"), "the same mail without Sensitivity"),
        (mail("prijs", "a@x.example", "Return-Path: <>"), "the same mail with a reverse-path"),
    ],
    ids=["star", "address", "private", "header", "backup", "marked", "reverse-path"],
)
def test_the_smallest_change_is_found(book: RuleBook, message: Message, smallest: str) -> None:
    """What a person would do: a star, an address, one rule less, a mail without a header."""
    assert changes(message, book)[0] == smallest


def test_every_step_is_told_in_order(book: RuleBook) -> None:
    """Guards, conversation, rules down to the one that decides, afterthoughts."""
    explanation = explain_decision(mail("Een prijs"), book, Conversations(), NOON)
    kinds = list(dict.fromkeys(each.step.kind for each in explanation.tried))
    assert kinds == ["guard", "conversation", "rule", "afterthought"]
    rules = [each.step.name for each in explanation.tried if each.step.kind == "rule"]
    assert rules == ["family", "newsletters", "offers"]
    decided = [each.step.name for each in explanation.tried if each.step.verdict]
    assert decided == ["offers"]


def test_what_was_compared_is_told(book: RuleBook) -> None:
    """Each condition tells the text that it looked at, and the one that matched."""
    explanation = explain_decision(mail("Een prijs"), book, Conversations(), NOON)
    findings = {name: finding for each in explanation.tried for name, finding in each.rules}
    (from_,) = findings["family"].parts
    assert (from_.condition, from_.holds) == ("from: @familie.example", False)
    assert from_.looked_at == (("from", "piet@client.example"),)
    subject, negated = findings["offers"].parts
    assert subject.matches[0].text == "prijs"
    assert negated.holds
    assert not negated.parts[0].holds


def test_servers_are_counted(book: RuleBook) -> None:
    """How many a mail came by: one, or several."""
    for count, told in ((0, "0 fields"), (1, "1 field"), (2, "2 fields")):
        message = mail("Prijs", "piet@client.example", *["Received: from a by b"] * count)
        explanation = explain_decision(message, book, Conversations(), NOON)
        assert ("received", told) in [looked for step in explanation.tried for looked in step.looked_at]


def test_a_conversation_is_explained(book: RuleBook) -> None:
    """Mail in a handover says so, and what would happen if it answered nothing."""
    known = Conversations(handovers={"<1@x>": Handover(7, "anna", frozenset())})
    message = mail("dank", "piet@client.example", "In-Reply-To: <1@x>")
    explanation = explain_decision(message, book, known, NOON)
    assert explanation.verdict.code is Code.CONVERSATION
    assert "the same mail, if it answered no other" in [each.what for each in explanation.changes]


def test_an_empty_message_is_explained(book: RuleBook) -> None:
    """Nothing to read: one guard, and no change that would help."""
    explanation = explain_decision(parse_message(b""), book, Conversations(), NOON)
    assert explanation.verdict.code is Code.UNREADABLE
    assert len(explanation.tried) == 1
    assert explanation.changes == ()


WORDS = st.sampled_from(["offerte", "Prijsofferte", "order", "hallo", "werf", "PRIJS"])
SENDERS = st.sampled_from(
    ["jan@acme.example", "an@familie.example", "x@spam.example", "anna@voorbeeld.example"]
)
FIELDS = st.sampled_from(["List-Id: <a.b>", "Sensitivity: Private", "Auto-Submitted: auto-replied", "X-A: b"])


@settings(max_examples=40, deadline=None)
@given(subject=WORDS, sender=SENDERS, fields=st.lists(FIELDS, max_size=2))
def test_no_change_is_a_guess(book: RuleBook, subject: str, sender: str, fields: list[str]) -> None:
    """The verdict of `why` is the decision's own, and every change that it names gives another outcome."""
    message = mail(subject, sender, *fields)
    known = Threads().known(message, NOON)
    explanation = explain_decision(message, book, known, NOON)
    assert explanation.verdict == triage(message, book, known, NOON)
    assert explanation.verdict == outcome_of(triage_steps(message, book, known, NOON))
    edits = {edit.what: edit.book for edit in rule_edits(book, sender, explanation.verdict.rule)}
    for change in explanation.changes:
        before, after = explanation.verdict, change.verdict
        assert (before.disposition, before.priority, before.backup) != (
            after.disposition,
            after.priority,
            after.backup,
        )
        if change.is_of_rules:
            assert triage(message, edits[change.what], known, NOON) == after


def test_a_private_mail_is_never_forwarded_by_a_small_change(book: RuleBook) -> None:
    """Where a rule makes it private, only that rule can be changed so that it is not."""
    explanation = explain_decision(mail("offerte", "an@familie.example"), book, Conversations(), NOON)
    assert explanation.verdict.disposition is Disposition.PRIVATE
    assert all('"family"' in each.what for each in explanation.changes if each.is_of_rules)

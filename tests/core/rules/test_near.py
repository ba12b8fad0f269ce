"""Messages that just missed a rule: one condition away, and not merely because a flag held."""

from __future__ import annotations

from pathlib import Path

import pytest

from delegator.config import Config, load
from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import Message, parse_message
from delegator.core.rules.near import NearMisses
from delegator.core.triage.triage import facts_of

RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example}
rules:
  - {name: key accounts, when: {from: [jan@acme.example, "@groot.example"]}, forward: anna}
  - {name: offers, when: {subject: offerte, not: {bulk: true}}, forward: anna}
  - {name: complaints, when: {from: "@klant.example", subject: klacht, bulk: false}, forward: anna}
  - {name: either, when: {any: [{subject: factuur}, {body: factuur}]}, private: true}
  - {name: news, when: {subject: nieuws}, review: low}
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    path: Path = tmp_path_factory.mktemp("config") / "rules.yaml"
    path.write_text(RULES)
    return load(path, for_files=True)


def mail(subject: str, sender: str = "x@else.example", text: str = "") -> Message:
    return parse_message(f"From: {sender}\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode())


@pytest.mark.parametrize(
    ("message", "missed"),
    [
        (mail("Hallo", "piet@acme.example"), ("key accounts", "from: [jan@acme.example, @groot.example]")),
        (mail("Prijsofferte"), ("offers", "subject: offerte")),
        (mail("Vraag", "piet@klant.example"), ("complaints", "subject: klacht")),
        (mail("Klacht over u"), ("complaints", "from: @klant.example")),
        (mail("Hallo", text="de factuurnummers"), ("either", "any of 2")),
        (mail("Hallo"), None),
        (mail("Nieuwsbrief"), None),
    ],
    ids=["a colleague", "a compound", "other subject", "other sender", "in any", "nothing", "only a review"],
)
def test_what_just_missed_a_rule(config: Config, message: Message, missed: tuple[str, str] | None) -> None:
    """By a star, by a colleague's address, by one condition of several; a flag alone is no evidence."""
    found = NearMisses(config.rules).nearest(message, facts_of(message, config.rule_book, Conversations()))
    assert (found and (found.rule, found.failed)) == missed


def test_it_says_what_would_have_matched(config: Config) -> None:
    """The text, and the pattern that would have matched it."""
    message = mail("Prijsofferte")
    found = NearMisses(config.rules).nearest(message, facts_of(message, config.rule_book, Conversations()))
    assert found is not None
    assert found.would == '"Prijsofferte" matches *offerte*'

"""Mails with what a person would pick for each, and what the code proposes.

Labelled before any was tried (tests/data/proposals.tsv). Those with a path are real mail of the corpora; in
them the first address in To is the owner.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from delegator.core.commands.command import Verb
from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import Message, parse_message
from delegator.core.people import Backup, Owner, normal_address
from delegator.core.reviews.arrange import arrange_review
from delegator.core.reviews.items import OpenMessage
from delegator.core.reviews.traits import find_traits
from delegator.core.rules.book import Rule, RuleBook, ToReview
from delegator.core.rules.conditions import AllOf, Is
from delegator.core.triage.triage import triage
from tests.reviews import FACTS, MESSAGE

LABELS = Path(__file__).parent / "data" / "proposals.tsv"
NOW = datetime(2026, 12, 21, 10, tzinfo=UTC)
SOFIE = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))
ANNA = Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), (), "nl", "both")
BRAM = Backup("bram", "Bram Maes", "bram@voorbeeld.example", (), (), "nl", "both")
BACKUPS = {"anna": ANNA, "bram": BRAM}
NEWSLETTERS = Rule("newsletters", AllOf((Is("bulk", True),)), ToReview("low", None))
MAILS_A_REVIEW = 25


@dataclass(frozen=True, slots=True)
class Labelled:
    """picked: "anna", "to-do", "done" or "nothing". path: in the corpora; "" for one of ours."""

    round: str
    language: str
    picked: str
    path: str
    sender: str
    addressed: str
    subject: str
    text: str


def labelled() -> list[Labelled]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        return [
            Labelled(
                row["set"],
                row["language"],
                row["picked"],
                "" if "@" in row["from"] else row["from"],
                row["from"],
                row["in"],
                row["subject"],
                row["text"].replace("⏎", "\n"),
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def proposed(mail: Labelled, corpora: Path | None) -> str:
    return _words(_open(mail, corpora))


def _words(opened: OpenMessage) -> str:
    facts = replace(FACTS, messages=(opened,), there=(ANNA, BRAM))
    review = arrange_review(facts)
    if not review.waiting:
        return "done"  # with all newsletters, by one button
    proposal = review.waiting[0].proposal
    if proposal is None:
        return "nothing"
    return {Verb.FORWARD: proposal.backup or "", Verb.TO_DO: "to-do", Verb.DONE: "done"}[proposal.verb]


@cache
def _open(mail: Labelled, corpora: Path | None) -> OpenMessage:
    """As it waits for a review, after triage."""
    message = _message(mail, corpora)
    owner = _owner(message) if mail.path else SOFIE
    book = RuleBook(owner, BACKUPS, (NEWSLETTERS,), ToReview("normal", None))
    verdict = triage(message, book, Conversations(), NOW)
    traits = find_traits(message, owner, BACKUPS.values(), propose=verdict.propose, matches=verdict.matches)
    sender = message.originator or MESSAGE.sender
    return replace(
        MESSAGE,
        code=verdict.code,
        traits=traits,
        priority=verdict.priority or "normal",
        sender=sender,
        subject=message.subject,
        excerpt=message.text[:600],
        text_characters=len(message.text),
        arrived_at=NOW - timedelta(hours=1),
    )


def _message(mail: Labelled, corpora: Path | None) -> Message:
    if mail.path:
        assert corpora is not None
        return parse_message((corpora / mail.path).read_bytes(), arrived_at=NOW)
    written = EmailMessage()
    written["From"] = mail.sender
    to, cc = {
        "To": (SOFIE.address, ""),
        "Cc": ("tom@voorbeeld.example", SOFIE.address),
    }[mail.addressed]
    written["To"] = to
    if cc:
        written["Cc"] = cc
    written["Subject"] = mail.subject
    written["Message-ID"] = f"<{abs(hash(mail))}@{mail.sender.rpartition('@')[2]}>"
    written.set_content(mail.text)
    return parse_message(written.as_bytes(), arrived_at=NOW)


def _owner(message: Message) -> Owner:
    to = next((each.address for each in message.to), SOFIE.address)
    return replace(SOFIE, address=normal_address(to))


# --- what it costs ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Costs:
    mails: int
    reviews: int
    decisions: int
    taps: int

    @property
    def decisions_per_100(self) -> float:
        return 100 * self.decisions / self.mails

    @property
    def taps_per_decision(self) -> float:
        return self.taps / self.decisions


def costs(mails: list[Labelled], corpora: Path | None) -> Costs:
    """In reviews of so many mails, in the order of the file, with every item decided as labelled."""
    decisions = taps = reviews = 0
    for start in range(0, len(mails), MAILS_A_REVIEW):
        reviews += 1
        opened = [(mail, _open(mail, corpora)) for mail in mails[start : start + MAILS_A_REVIEW]]
        low = [mail for mail, message in opened if message.priority == "low"]
        waiting = [(mail, message) for mail, message in opened if message.priority != "low"]
        wrong = sum(_words(message) != mail.picked for mail, message in waiting)
        decisions += len(waiting) + bool(low)
        taps += 2 * wrong + 2 * (len(waiting) > wrong) + 2 * bool(low)
    return Costs(len(mails), reviews, decisions, taps)

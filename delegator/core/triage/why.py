"""Why a message is decided as it is, and the smallest change that would alter that. Pure.

Tells what `triage` did by asking it for its steps; what would alter it is found by deciding again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ..commands.authority import named_secret
from ..handovers.known import Conversations
from ..mail.authentication import failure
from ..mail.kinds import kind_of
from ..mail.message import Address, Message
from ..rules.book import MakePrivate, Rule, RuleBook
from ..rules.conditions import (
    Addresses,
    AllOf,
    AnyOf,
    Condition,
    Facts,
    HasAttachment,
    Header,
    Is,
    Keywords,
    LargerThan,
    Match,
    Not,
    compared,
    match,
)
from ..rules.edits import Edit, describe, rule_edits
from ..rules.patterns import KeywordPattern
from ..rules.private import match_private
from .flood import counted_as
from .triage import Step, facts_of, outcome_of, triage, triage_steps
from .verdict import Disposition, Verdict

MOST_CANDIDATES = 600
"""Edits that are tried; one decision takes a tenth of a millisecond."""

MOST_CHANGES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """How one condition fared. condition: as written. looked_at: (field, text) pairs that were compared.

    parts: of a condition that holds others, those that were looked at.
    """

    condition: str
    holds: bool
    matches: tuple[Match, ...]
    looked_at: tuple[tuple[str, str], ...]
    parts: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """One guard, rule or afterthought. looked_at: of a guard or an afterthought, what it compared.

    rules: the findings of each rule that was asked, by the rule's name: one for a rule, those of all
    private ones for that guard.
    """

    step: Step
    looked_at: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, Finding], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was tried and alters the outcome. is_of_rules: else it is one of the message."""

    what: str
    is_of_rules: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that was tried, the verdict, and the smallest changes that alter it, the smallest first."""

    tried: tuple[Tried, ...]
    verdict: Verdict
    changes: tuple[Change, ...]


def explain_decision(
    message: Message, book: RuleBook, conversations: Conversations, now: datetime
) -> Explanation:
    """Every step of `triage` on these arguments, and what would alter its verdict."""
    steps = tuple(triage_steps(message, book, conversations, now))
    facts = facts_of(message, book, conversations)
    tried = tuple(_tried(step, message, book, facts) for step in steps)
    verdict = outcome_of(steps)
    return Explanation(tried, verdict, changes_of(message, book, conversations, now, verdict))


_OF_PEOPLE = ("from", "to", "cc", "recipient")


def without_private_text(explanation: Explanation) -> Explanation:
    """The same; of private mail without what it says: who wrote it and the rules alone."""
    if explanation.verdict.disposition is not Disposition.PRIVATE:
        return explanation
    tried = tuple(
        replace(one, rules=tuple((name, _without_text(finding)) for name, finding in one.rules))
        for one in explanation.tried
    )
    return replace(explanation, tried=tried)


def _without_text(finding: Finding) -> Finding:
    return replace(
        finding,
        matches=tuple(one if one.field in _OF_PEOPLE else replace(one, text="…") for one in finding.matches),
        looked_at=tuple((name, text) for name, text in finding.looked_at if name in _OF_PEOPLE),
        parts=tuple(map(_without_text, finding.parts)),
    )


def _tried(step: Step, message: Message, book: RuleBook, facts: Facts) -> Tried:
    look = _LOOKS.get(step.name) if step.kind != "rule" else None
    asked: tuple[Rule, ...] = ()
    if step.kind == "rule":
        asked = tuple(rule for rule in book.rules if rule.name == step.name)
    elif step.name == "private":
        asked = tuple(rule for rule in book.rules if isinstance(rule.outcome, MakePrivate))
    return Tried(
        step,
        tuple(look(message, book)) if look else (),
        tuple((rule.name, find(rule.when, message, facts, _asker(rule))) for rule in asked),
    )


Asker = Callable[[Condition, Message, Facts], tuple[Match, ...] | None]


def _asker(rule: Rule) -> Asker:
    return match_private if isinstance(rule.outcome, MakePrivate) else match


def find(condition: Condition, message: Message, facts: Facts, asker: Asker = match) -> Finding:
    """How a condition fares on a message, with its parts. asker: `match_private` for a private rule."""
    matches = asker(condition, message, facts)
    parts: tuple[Condition, ...] = ()
    match condition:
        case AllOf(inner) | AnyOf(inner):
            parts = inner
        case Not(negated):
            parts = (negated,)
        case Addresses() | Keywords() | Header() | Is() | HasAttachment() | LargerThan():
            pass
        case _:
            assert_never(condition)
    return Finding(
        describe(condition),
        matches is not None,
        matches or (),
        compared(condition, message, facts),
        tuple(find(part, message, facts, asker) for part in parts),
    )


# What the guards and afterthoughts look at, by name


def _ids(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    yield from ((name, value) for name, value in message.headers if name in ("in-reply-to", "references"))


def _own(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    yield "message-id", message.message_id or "none"
    yield from (("x-loop-check", value) for value in message.header_values("X-Loop-Check"))


def _command(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    token, answered = named_secret(message)
    yield "secret", "in the subject" if token else f"answers {answered}" if answered else "none"


def _bounce(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    if message.bounce is None:
        yield "content", "no delivery report"
    else:
        yield "delivery report", ", ".join(message.bounce.message_ids) or "names no mail"


def _backup(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    yield "from", message.originator.address if message.originator else "no clear sender"
    yield from _ids(message, book)


def _private(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    yield "encrypted", "yes" if message.is_encrypted else "no"
    yield from (("sensitivity", value) for value in message.header_values("Sensitivity"))


def _kind(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    yield "asks nothing", kind_of(message) or "none of receipt, reaction, automatic answer"


def _loop(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    if message.return_path is not None:
        yield "return-path", message.return_path or "<>"
    received = len(message.header_values("Received"))
    yield "received", "1 field" if received == 1 else f"{received} fields"


def _authentication(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    if book.authserv_id is None:
        yield "authentication-results", "not looked at: `account.authserv_id` is not set"
    else:
        failed = failure(message, book.authserv_id)
        yield "authentication-results", f"{failed or 'nothing failed'} (as {book.authserv_id} says)"


def _size(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    yield "size", f"{message.size_octets} octets"


def _counted(message: Message, book: RuleBook) -> Iterator[tuple[str, str]]:
    yield "originator", counted_as(message, book)


_LOOKS: dict[str, Callable[[Message, RuleBook], Iterator[tuple[str, str]]]] = {
    "our own mail": _own,
    "command": _command,
    "bounce of a forward": _bounce,
    "backup in a handover": _backup,
    "private": _private,
    "failed delivery": _bounce,
    "no question": _kind,
    "loop or empty reverse-path": _loop,
    "conversation": _ids,
    "authentication": _authentication,
    "size": _size,
    "flood": _counted,
}


# What would alter it


def changes_of(
    message: Message, book: RuleBook, conversations: Conversations, now: datetime, verdict: Verdict
) -> tuple[Change, ...]:
    """The smallest change to each other outcome, the smallest first; each was tried."""
    sender = message.originator.address if message.originator else None
    candidates: list[tuple[int, bool, str, Message, RuleBook]] = []
    edits: Iterator[Edit] = rule_edits(book, sender, verdict.rule)
    candidates += [
        (edit.size, True, edit.what, message, edit.book) for edit in itertools.islice(edits, MOST_CANDIDATES)
    ]
    candidates += [
        (size, False, what, edited, book)
        for size, what, edited in itertools.islice(_message_edits(message, book), MOST_CANDIDATES)
    ]
    candidates.sort(key=lambda candidate: candidate[0])  # stable: the order of the rules decides among equals
    found: dict[tuple[object, ...], Change] = {}
    before = _outcome(verdict)
    for _, is_of_rules, what, edited_message, edited_book in candidates[:MOST_CANDIDATES]:
        after = triage(edited_message, edited_book, conversations, now)
        if _outcome(after) != before:
            found.setdefault((is_of_rules, _outcome(after)), Change(what, is_of_rules, after))
        if len(found) == MOST_CHANGES:
            break
    return tuple(found.values())


def _outcome(verdict: Verdict) -> tuple[object, ...]:
    return verdict.disposition, verdict.priority, verdict.backup


_TELLING = (
    *("auto-submitted", "list-id", "list-unsubscribe", "precedence", "sensitivity"),
    *("authentication-results", "x-loop-check"),
)
_A_FIELD, _A_WORD, _A_SENDER, _ANOTHER_MAIL = 3, 6, 7, 8


def _message_edits(message: Message, book: RuleBook) -> Iterator[tuple[int, str, Message]]:
    """Size, description and result of each way in which the mail might have been another."""
    for name in _TELLING:
        if message.header(name) is not None:
            headers = tuple(field for field in message.headers if field[0] != name)
            yield _A_FIELD, f"the same mail without {name.title()}", replace(message, headers=headers)
    if message.return_path == "":
        yield _A_FIELD, "the same mail with a reverse-path", replace(message, return_path=None)
    if message.named_ids:
        alone = replace(message, in_reply_to=(), references=())
        yield _A_FIELD, "the same mail, if it answered no other", alone
    if message.is_encrypted:
        yield _ANOTHER_MAIL, "the same mail, not encrypted", replace(message, is_encrypted=False)
    if message.message_id:
        yield _ANOTHER_MAIL, "the same mail under another Message-ID", replace(message, message_id=None)
    for rule in book.rules:
        for condition in _leaves(rule.when):
            if isinstance(condition, Keywords) and condition.field != "body":
                for pattern in condition.patterns:
                    if word := _as_text(pattern):
                        longer = replace(message, subject=f"{message.subject} {word}".strip())
                        yield _A_WORD, f'the same mail with "{word}" in its subject', longer
            elif isinstance(condition, Addresses) and condition.field == "from":
                for address in (_as_address(each.source) for each in condition.patterns):
                    if address is not None:
                        other = replace(message, from_=(Address("", address),), from_fields=1)
                        yield _A_SENDER, f"the same mail from {address}", other


def _leaves(condition: Condition) -> Iterator[Condition]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(_):
            return
        case Addresses() | Keywords() | Header() | Is() | HasAttachment() | LargerThan():
            yield condition
        case _:
            assert_never(condition)


def _as_text(pattern: KeywordPattern) -> str:
    """A text that a keyword matches; "" for an expression."""
    return "" if pattern.source.strip().startswith("/") else pattern.source.strip().strip("*").strip()


def _as_address(source: str) -> str | None:
    """An address that a pattern matches; None for a glob or a list."""
    written = source.strip()
    if "@" not in written or any(sign in written for sign in "*?[ "):
        return None
    return f"someone{written}" if written.startswith("@") else written

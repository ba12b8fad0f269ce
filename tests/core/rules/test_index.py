"""The rules that are passed over are those that do not hold: the verdict is the same as if all were asked."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import Address, Message, parse_message
from delegator.core.people import Backup
from delegator.core.rules.book import ForwardTo, Ignore, MakePrivate, Rule, RuleBook, ToReview
from delegator.core.rules.conditions import (
    Addresses,
    AllOf,
    AnyOf,
    Condition,
    Keywords,
    Not,
    TextField,
    match,
)
from delegator.core.rules.patterns import address_list, compile_address, compile_keyword
from delegator.core.triage.triage import facts_of, outcome_of, triage, triage_steps
from tests.support import OWNER

BACKUPS = {"anna": Backup("anna", "Anna", "anna@voorbeeld.example", (), (), "nl", "both")}
NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
WORDS = (
    "offerte",
    "*offerte",
    "offert*",
    "*ffert*",
    "prijs lijst",
    "élan",
    "漢字",
    "/prijs/",
    "x1",
    "c++",
    "ijs*",
    "ß",
)
SENDERS = ("jan@acme.example", "@acme.example", "@example", "*@bram.example", "an@sub.acme.example")

words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)
authors = st.lists(st.sampled_from(SENDERS), min_size=1, max_size=3)
keywords: st.SearchStrategy[Condition] = st.builds(
    lambda where, found: Keywords(where, tuple(map(compile_keyword, found))),
    st.sampled_from(["subject", "body", "text"]),
    words,
)
addresses: st.SearchStrategy[Condition] = st.builds(
    lambda where, found: Addresses(where, tuple(map(compile_address, found))),
    st.sampled_from(["from", "to"]),
    authors,
)
listed: st.SearchStrategy[Condition] = st.just(
    Addresses("from", (address_list("l", frozenset({"an@x.example"})),))
)
leaves = st.one_of(keywords, addresses, listed)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda some: AnyOf(tuple(some)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda some: AllOf(tuple(some)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(Not, inner),
    ),
    max_leaves=4,
)
outcomes = st.sampled_from([ForwardTo(("anna",)), MakePrivate(), ToReview("low"), Ignore()])
rules = st.lists(
    st.builds(
        lambda when, outcome: Rule("", AllOf(tuple(when)), outcome),
        st.lists(conditions, min_size=1, max_size=3),
        outcomes,
    ),
    max_size=25,
)
texts = st.lists(
    st.sampled_from(
        [
            "offerte",
            "Offertes",
            "x",
            "x1",
            "prijs  lijst",
            "prijs",
            "élan",
            "ELAN",
            "漢字",
            "c++",
            "ijskast",
            "SS",
            "-",
            "é",
        ]
    ),
    max_size=4,
).map(" ".join)
people = st.sampled_from(
    [
        "jan@acme.example",
        "an@x.example",
        "JAN@ACME.EXAMPLE",
        "jan@sub.acme.example",
        "jan@xacme.example",
        "an@bram.example",
    ]
)
messages = st.builds(
    lambda senders, fields, to, subject, text, original: Message(
        from_=tuple(Address("", each) for each in senders), from_fields=fields, to=(Address("", to),),
        subject=subject, text=text, headers=(("list-id", "<l.voorbeeld.example>"),),
        original_from=tuple(Address("", each) for each in original),
    ),
    st.lists(people, max_size=2), st.integers(0, 2), people, texts, texts, st.lists(people, max_size=1),
)  # fmt: skip


def book(*some: Rule) -> RuleBook:
    named = tuple(replace(rule, name=str(number)) for number, rule in enumerate(some))
    return RuleBook(OWNER, BACKUPS, named, ToReview("normal"))


@settings(max_examples=400)
@given(rules, messages)
def test_the_verdict_is_that_of_all_rules(some: list[Rule], message: Message) -> None:
    """And each rule that holds is a candidate, in the order of the file."""
    rule_book = book(*some)
    known = Conversations()
    assert triage(message, rule_book, known, NOW) == outcome_of(triage_steps(message, rule_book, known, NOW))
    facts = facts_of(message, rule_book, known)
    held = [rule.name for rule in rule_book.rules if match(rule.when, message, facts) is not None]
    candidates = [rule.name for rule in rule_book.candidates(message)]
    assert set(held) <= set(candidates)
    assert candidates == sorted(candidates, key=int)


def _written(kind: str, subject: str, pieces: list[str]) -> Message:
    head = f"From: jan@acme.example\r\nSubject: {subject}\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n"
    return parse_message("".join((head, *pieces)).encode())


written = st.builds(
    _written,
    st.sampled_from(["plain", "html"]),
    texts,
    st.lists(st.one_of(texts, st.sampled_from(["<b>", "<p>", "offer", "te", "&shy;", "&#111;"])), max_size=5),
)


@settings(max_examples=400)
@given(rules, written)
def test_so_it_is_with_mail_whose_text_is_not_read(some: list[Rule], message: Message) -> None:
    rule_book = book(*some)
    known = Conversations()
    assert triage(message, rule_book, known, NOW) == outcome_of(triage_steps(message, rule_book, known, NOW))


HEADER = b"From: jan@acme.example\r\nContent-Type: text/plain\r\n\r\n"


def _in_body(*some: str) -> RuleBook:
    return book(
        *(Rule("", AllOf((Keywords("body", (compile_keyword(word),)),)), ToReview("low")) for word in some)
    )


@pytest.mark.parametrize("more", [0, 20])
def test_a_text_is_read_only_where_a_word_may_be_in_it(more: int) -> None:
    """Of few words each is looked for; of many, all at once."""
    rule_book = _in_body("offerte", "*klacht*", *(f"woord{n}" for n in range(more)))
    for said, found in ((b"Een offerte.", ["0"]), (b"Mijn klachten.", ["1"]), (b"Een vraag.", [])):
        message = parse_message(HEADER + said)
        assert [rule.name for rule in rule_book.candidates(message)] == found
        assert ("text" in message.__dict__) == bool(found)


def _decided_s(rule_book: RuleBook, messages: list[Message]) -> float:
    best = 1e9
    for _ in range(5):
        started = time.process_time()
        for message in messages:
            triage(message, rule_book, Conversations(), NOW)
        best = min(best, time.process_time() - started)
    return best


def test_five_hundred_rules_take_not_much_longer_than_twenty() -> None:
    """5,000 keywords in 500 rules: at most three times the time of 20 rules."""

    def rules_of(count: int, each: int) -> RuleBook:
        found = []
        for n in range(count):
            words = [f"{'*' if k % 5 == 0 else ''}woord{n}x{k}" for k in range(each)]
            where: TextField = "body" if n % 2 else "subject"
            condition = Keywords(where, tuple(map(compile_keyword, words)))
            found.append(Rule("", AllOf((condition,)), ToReview("low")))
        return book(*found)

    text = "Kunnen jullie de planning nakijken? " * 80
    mails = [
        Message(
            from_=(Address("", f"p{n}@acme.example"),),
            from_fields=1,
            subject=f"Vraag {n} over de planning",
            text=f"{n} {text}",
            headers=(("from", "x"),),
        )
        for n in range(40)
    ]
    few, many = rules_of(20, 3), rules_of(500, 10)
    for rule_book in (few, many):  # each makes its index at its first mail
        triage(mails[0], rule_book, Conversations(), NOW)
    ratio = _decided_s(many, mails) / _decided_s(few, mails)
    assert ratio <= 3, f"{ratio:.1f} times"

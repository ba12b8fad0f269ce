"""What is allowed in a configuration and yet cannot be meant."""

from __future__ import annotations

import time as clock
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import Address, Attachment, Message
from delegator.core.people import Backup, Owner, Window
from delegator.core.rules.book import ForwardTo, MakePrivate, Outcome, Rule, RuleBook, ToReview
from delegator.core.rules.conditions import (
    Addresses,
    AllOf,
    AnyOf,
    Condition,
    HasAttachment,
    Header,
    Is,
    Keywords,
    LargerThan,
    Not,
)
from delegator.core.rules.lint import Finding, FindingCode, implies, lint, unreachable_rules
from delegator.core.rules.patterns import address_list, compile_address, compile_keyword
from delegator.core.triage.triage import triage

BRUSSELS = ZoneInfo("Europe/Brussels")
OWNER = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", BRUSSELS)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
ABSENCE = Window(datetime(2026, 12, 18, 23, tzinfo=UTC), datetime(2027, 1, 3, 23, tzinfo=UTC))


@dataclass(frozen=True)
class Times:
    at: tuple[time, ...] = (time(9), time(17))


@dataclass(frozen=True)
class Configuration:
    """As much of one as `lint` looks at."""

    rule_book: RuleBook = RuleBook(OWNER, {}, (), ToReview("normal"))  # noqa: RUF009
    away: tuple[Window, ...] = (ABSENCE,)
    review: Times = Times()
    lines: Mapping[str, int] = field(default_factory=dict)


def with_rules(*conditions: Condition) -> Configuration:
    rules = tuple(
        Rule(f"rule {number}", AllOf((each,)), ToReview("high"), line=number)
        for number, each in enumerate(conditions, 1)
    )
    return Configuration(RuleBook(OWNER, {}, rules, ToReview("normal")))


def with_backup(*away: Window) -> Configuration:
    anna = Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), away, "nl", "both")
    return Configuration(
        RuleBook(OWNER, {"anna": anna}, (), ToReview("normal")), lines={"backups.anna": 7, "away": 3}
    )


def codes(findings: tuple[Finding, ...]) -> list[FindingCode]:
    return [finding.code for finding in findings]


def sent_by(*patterns: str) -> Condition:
    return Addresses("from", tuple(map(compile_address, patterns)))


def about(*keywords: str) -> Condition:
    return Keywords("subject", tuple(map(compile_keyword, keywords)))


def saying(*keywords: str) -> Condition:
    return Keywords("text", tuple(map(compile_keyword, keywords)))


def body(*keywords: str) -> Condition:
    return Keywords("body", tuple(map(compile_keyword, keywords)))


def listed(*addresses: str) -> Condition:
    return Addresses("from", (address_list("clients", frozenset(addresses)),))


# Rules that never fire


@pytest.mark.parametrize(
    ("narrower", "wider"),
    [
        (about("offerte"), about("offerte")),
        (about("Offerte"), about("OFFERTE")),
        (about("offerte"), about("*offerte*")),
        (about("*offerte"), about("*offerte*")),
        (about("prijsofferte"), about("*offerte*")),
        (about("prijsofferte"), about("*offerte")),
        (about("purchase order"), about("order")),
        (about("coördinatie"), about("coordinatie")),
        (about("bestelling", "order"), about("order", "bestelling", "x")),
        (about("offerte"), saying("offerte")),
        (saying("offerte"), AnyOf((about("offerte"), body("*offerte*")))),
        (sent_by("jan@acme.example"), sent_by("@acme.example")),
        (sent_by("JAN@mail.acme.example"), sent_by("@Acme.example")),
        (sent_by("@mail.acme.example"), sent_by("@acme.example")),
        (sent_by("@xn--bcher-kva.example"), sent_by("@bücher.example")),
        (sent_by("jan@acme.example", "@acme.example"), sent_by("@acme.example")),
        (sent_by("jan@acme.example"), sent_by("*@acme.*")),
        (sent_by("@acme.example"), sent_by("*")),
        (listed("jan@acme.example", "an@b.example"), sent_by("@acme.example", "an@b.example")),
        (sent_by("jan@acme.example"), listed("jan@acme.example", "an@b.example")),
        (Addresses("cc", (compile_address("a@b.example"),)), Addresses("recipient", (compile_address("*"),))),
        (AllOf((sent_by("@acme.example"), about("order"))), about("order")),
        (
            AllOf((about("order"), sent_by("@acme.example"))),
            AllOf((sent_by("@acme.example"), about("order"))),
        ),
        (
            AllOf((about("a", "b"), Is("bulk", True))),
            AnyOf((about("a"), AllOf((about("b"), Is("bulk", True))))),
        ),
        (Not(saying("order")), Not(about("order"))),
        (Is("bulk", False), Not(Is("bulk", True))),
        (LargerThan(2000), LargerThan(1000)),
        (HasAttachment((compile_keyword("offerte.pdf"),)), HasAttachment((compile_keyword("pdf"),))),
        (Header("X-Team", (compile_keyword("a"),)), Header("x-team", (compile_keyword("a"),))),
    ],
)
def test_a_rule_whose_mail_an_earlier_one_takes(narrower: Condition, wider: Condition) -> None:
    """It is told with the rule that is in its way."""
    findings = lint(with_rules(wider, narrower), NOW)
    [finding] = [each for each in findings if each.code is FindingCode.UNREACHABLE]
    assert (finding.line, finding.rule) == (2, "rule 2")
    assert '"rule 1" (line 1)' in finding.what


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (about("offerte"), about("*offerte")),
        (about("offerte"), about("offerteaanvraag")),
        (about("offerte*"), about("prijsofferte")),
        (about("order"), about("/order/")),
        (about("purchase order"), about("order")),
        (about("offerte"), saying("offerte")),
        (about("offerte"), body("offerte")),
        (sent_by("jan@acme.example"), sent_by("@acme.example")),
        (sent_by("@acme.example"), sent_by("@notacme.example")),
        (sent_by("*@acme.example"), sent_by("@acme.example")),  # not its subdomains
        (sent_by("@acme.example"), listed("jan@acme.example", "an@b.example")),
        (Addresses("to", (compile_address("a@b.example"),)), sent_by("a@b.example")),
        (AllOf((sent_by("@acme.example"), about("order"))), about("order")),
        (Not(about("order")), Not(saying("other"))),
        (LargerThan(2000), LargerThan(1000)),
        (Is("bulk", True), Is("auto", True)),
    ],
)
def test_a_rule_that_may_fire_is_not_told(first: Condition, second: Condition) -> None:
    assert lint(with_rules(first, second), NOW) == ()


def test_several_rules_together_may_take_all() -> None:
    """Each of its patterns may go to another rule."""
    [finding] = lint(with_rules(sent_by("@a.example"), about("x"), sent_by("i@a.example", "@a.example")), NOW)
    assert finding.rule == "rule 3"
    [finding] = lint(with_rules(about("a"), about("b"), Is("bulk", True), about("b", "a")), NOW)
    assert '"rule 1" (line 1) and "rule 2" (line 2) take all' in finding.what


def rule(name: str, when: Condition, outcome: Outcome, *, lifts: bool = False) -> Rule:
    return Rule(name, AllOf((when,)), outcome, lifts)


def test_a_private_rule_takes_its_mail_wherever_it_stands() -> None:
    """And none before it but another private one takes mail from it."""
    private, review = MakePrivate(), ToReview("high")
    wide, narrow = sent_by("@a.example"), sent_by("i@a.example")
    [(found, takers)] = unreachable_rules([rule("1", narrow, review), rule("2", wide, private)])
    assert (found.name, [taker.name for taker in takers]) == ("1", ["2"])
    assert not list(unreachable_rules([rule("1", wide, review), rule("2", narrow, private)]))
    assert list(unreachable_rules([rule("1", wide, private), rule("2", narrow, private)]))


def test_a_rule_that_lifts_private_still_does_something() -> None:
    """`private: false` counts for encrypted mail even where another rule decides."""
    review = ToReview("high")
    assert not list(
        unreachable_rules([rule("1", about("x"), review), rule("2", about("x"), review, lifts=True)])
    )


_KEYWORDS = st.sampled_from(
    [
        "order",
        "*order",
        "order*",
        "*order*",
        "purchase order",
        "orders",
        "offerte",
        "*er*",
        "/ord/",
        "見",
        "見積",
        "#1",
    ]
).map(compile_keyword)
_PATTERNS = st.sampled_from(
    ["jan@acme.example", "@acme.example", "@mail.acme.example", "*@acme.example", "*", "an@b.example"]
).map(compile_address) | st.just(address_list("l", frozenset({"jan@acme.example", "an@b.example"})))
_LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(
        Keywords,
        st.sampled_from(["subject", "body", "text"]),
        st.lists(_KEYWORDS, min_size=1, max_size=2).map(tuple),
    ),
    st.builds(
        Addresses,
        st.sampled_from(["from", "to", "recipient"]),
        st.lists(_PATTERNS, min_size=1, max_size=2).map(tuple),
    ),
    st.builds(Is, st.sampled_from(["bulk", "direct", "invite"]), st.booleans()),
    st.builds(LargerThan, st.sampled_from([10, 20])),
    st.builds(HasAttachment, _KEYWORDS.map(lambda each: (each,))),
)
_CONDITIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2).map(lambda each: AllOf(tuple(each))),
        st.lists(inner, min_size=1, max_size=2).map(lambda each: AnyOf(tuple(each))),
        inner.map(Not),
    ),
    max_leaves=4,
)
_OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(
    [ToReview("high"), MakePrivate(), ForwardTo(("anna",))]
)
_RULES = st.lists(
    st.builds(lambda when, outcome: Rule("", AllOf((when,)), outcome), _CONDITIONS, _OUTCOMES),
    min_size=2,
    max_size=5,
).map(lambda rules: [replace(each, name=str(number)) for number, each in enumerate(rules)])
_TEXTS = st.lists(
    st.sampled_from(
        ["order", "Orders", "reorder", "purchase  order", "offerte", "xx#12", "#1", "見積書", "x見", "é"]
    ),
    max_size=3,
).map(" ".join)
_ADDRESSES = st.sampled_from(
    [
        "jan@acme.example",
        "JAN@mail.acme.example",
        "piet@acme.example",
        "an@b.example",
        "sofie@voorbeeld.example",
    ]
).map(lambda each: Address("", each))
_MESSAGES = st.builds(
    Message,
    from_=_ADDRESSES.map(lambda each: (each,)),
    from_fields=st.just(1),
    to=st.lists(_ADDRESSES, max_size=2).map(tuple),
    subject=_TEXTS,
    text=_TEXTS,
    headers=st.sampled_from([(), (("list-id", "<news.b.example>"),)]),
    size_octets=st.sampled_from([5, 15, 25]),
    is_invitation=st.booleans(),
    attachments=_TEXTS.map(lambda text: (Attachment(text, "application/pdf"),)),
)


@settings(max_examples=75, deadline=None)
@given(rules=_RULES, messages=st.lists(_MESSAGES, min_size=1, max_size=8))
def test_a_rule_that_is_called_unreachable_never_fires(rules: list[Rule], messages: list[Message]) -> None:
    """Whatever the rules and the mail."""
    never = {found.name for found, _ in unreachable_rules(rules)}
    book = RuleBook(OWNER, {}, tuple(rules), ToReview("normal"))
    assert never.isdisjoint(triage(each, book, Conversations(), NOW).rule for each in messages)


@settings(max_examples=75, deadline=None)
@given(one=_KEYWORDS, other=_KEYWORDS, text=_TEXTS)
def test_a_keyword_that_covers_another_is_found_with_it(one: object, other: object, text: str) -> None:
    """The proof about keywords, beside the search."""
    first, second = Keywords("subject", (one,)), Keywords("subject", (other,))  # type: ignore[arg-type]
    if implies(first, second) and first.patterns[0].search(text) is not None:
        assert second.patterns[0].search(text) is not None


def test_rules_within_rules_end_in_time() -> None:
    """Any-ofs that multiply, and alls and anys forty deep, cost a second at most."""
    many = AllOf(tuple(about(*(f"k{n}x{m}" for m in range(30))) for n in range(10)))
    deep: Condition = about("a", "b")
    for level in range(40):
        deep = (AllOf if level % 2 else AnyOf)((deep, about("c", "d")))
    started_s = clock.process_time()
    lint(with_rules(many, many, deep, AllOf((deep, many)), deep), NOW)
    assert clock.process_time() - started_s < 2


# Patterns that match everything


@pytest.mark.parametrize(
    ("condition", "source"),
    [
        (sent_by("*"), "*"),
        (sent_by("jan@acme.example", "*@*"), "*@*"),
        (about("/.*/"), "/.*/"),
        (body("order", "/x*/"), "/x*/"),
        (LargerThan(0), "larger_than 0"),
        (Not(AnyOf((sent_by("*"), about("x")))), "*"),
    ],
)
def test_a_pattern_that_matches_everything(condition: Condition, source: str) -> None:
    [finding] = lint(with_rules(condition), NOW)
    assert finding.code is FindingCode.MATCHES_EVERYTHING
    assert source in finding.what


@pytest.mark.parametrize("keyword", ["/./", "/^$/", "*e*", "/e*x/"])
def test_a_pattern_that_some_mail_has_not_is_not_told(keyword: str) -> None:
    """/./ is how one says "any text at all", and means it."""
    assert lint(with_rules(about(keyword)), NOW) == ()


# Time


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("away", "is_told"),
    [
        ([], False),
        ([("2026-12-01", "2027-02-01")], True),
        ([("2026-12-01", "2026-12-25"), ("2026-12-25", "2027-02-01")], True),
        ([("2026-12-25", "2027-02-01"), ("2026-12-01", "2026-12-26")], True),
        ([("2026-12-01", "2026-12-25"), ("2026-12-26", "2027-02-01")], False),
        ([("2026-12-20", "2027-02-01")], False),
        ([("2026-12-01", "2027-01-02")], False),
    ],
)
def test_a_backup_who_is_away_all_the_time(away: list[tuple[str, str]], is_told: bool) -> None:
    """By one window of their own or several; a gap of a day is enough to be there."""
    windows = [Window(utc(begin), utc(end)) for begin, end in away]
    findings = lint(with_backup(*windows), NOW)
    assert codes(findings) == [FindingCode.BACKUP_AWAY] * is_told
    assert all("Anna Peeters" in each.what and each.line == 7 for each in findings)


def test_an_absence_that_is_over() -> None:
    """Only where no window is left; who goes more than once has some behind them."""
    later = Window(utc("2027-07-01"), utc("2027-07-15"))
    [finding] = lint(with_backup(), utc("2027-02-01"))
    assert (finding.code, finding.line) == (FindingCode.PAST, 3)
    assert "2027-01-04 00:00" in finding.what
    assert lint(replace(with_backup(), away=(ABSENCE, later)), utc("2027-02-01")) == ()
    assert lint(replace(with_backup(), away=()), NOW) == ()


def test_a_review_time_that_the_clocks_skip() -> None:
    """On 28 March 2027 there is no half past two in Brussels; the time that comes twice is no problem."""
    spring = Window(utc("2027-03-20"), utc("2027-04-10"))
    config = replace(with_backup(), away=(spring,), review=Times((time(2, 30), time(9))))
    [finding] = lint(config, NOW)
    assert finding.code is FindingCode.NO_SUCH_TIME
    assert "no 02:30 on 2027-03-28" in finding.what
    assert "03:00" in finding.what
    assert lint(config, utc("2027-03-29")) == ()
    autumn = Window(utc("2027-10-20"), utc("2027-11-10"))
    assert lint(replace(config, away=(autumn,)), NOW) == ()


# Keywords that want a star


def mails(*subjects: str) -> list[Message]:
    return [Message(subject=subject, text="Dag Sofie") for subject in subjects]


@pytest.mark.parametrize(
    ("keyword", "subjects", "suggested"),
    [
        ("bestelling", ["Twee bestellingen", "Uw bestellingen"], '"bestelling*"'),
        ("offerte", ["Prijsofferte"], '"*offerte"'),
        ("offerte", ["Prijsofferte", "offertes"], '"*offerte*"'),
        ("angebot", ["Angebotsanfrage"], '"angebot*"'),
        ("purchase order", ["purchase orders"], '"purchase order*"'),
        ("offerte*", ["prijsoffertes"], '"*offerte*"'),
    ],
)
def test_a_keyword_that_a_star_would_help(keyword: str, subjects: list[str], suggested: str) -> None:
    """With the fewest stars that find as much, and what they would find."""
    [finding] = lint(with_rules(about(keyword)), NOW, mails("Vraag", *subjects))
    assert finding.code is FindingCode.NEEDS_STAR
    assert suggested in finding.to_do
    assert f"{len(subjects) + 1} mails" in finding.what


@pytest.mark.parametrize(
    ("condition", "subjects"),
    [
        (about("bestelling"), ["Bestelling", "bestellingen"]),  # it finds something
        (about("bestelling"), ["Vraag"]),  # nothing is near it
        (about("*offerte*"), ["Vraag"]),
        (about("/bestelling$/"), ["bestellingen"]),
        (body("bestelling"), ["bestellingen"]),  # another text
        (AnyOf((about("klacht"), body("klacht"))), ["klacht"]),  # found in one of its places
    ],
)
def test_a_keyword_that_is_well_as_it_is(condition: Condition, subjects: list[str]) -> None:
    assert lint(with_rules(condition), NOW, mails(*subjects)) == ()


def test_without_mail_no_keyword_is_judged() -> None:
    assert lint(with_rules(about("bestelling")), NOW) == lint(with_rules(about("bestelling")), NOW, []) == ()

"""What is written in a rule and plainly means something else."""

from __future__ import annotations

import pytest

from delegator.core.rules.conditions import Addresses, AllOf, AnyOf, Condition, Is, Keywords, LargerThan, Not
from delegator.core.rules.lint import never_matches
from delegator.core.rules.patterns import PatternError, compile_address, compile_keyword, keywords_in

BULK = Is("bulk", True)
ACME = Addresses("from", (compile_address("@acme.example"),))
JAN = Addresses("from", (compile_address("jan@acme.example"),))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("offerte or bestelling", ("offerte", "bestelling")),
        ("offerte, bestelling", ("offerte", "bestelling")),
        ("klacht;defect", ("klacht", "defect")),
        ("Angebot oder Bestellung", ("Angebot", "Bestellung")),
        ("offre ou commande", ("offre", "commande")),
        ("purchase order, quote", ("purchase order", "quote")),
        ("purchase order", ()),
        ("proof of delivery", ()),
        ("1,5", ()),
        ("/a, b/", ()),
        ("offerte,", ()),
        ("please let us know whether you come, or whether you do not", ()),
    ],
)
def test_several_keywords_in_one(written: str, expected: tuple[str, ...]) -> None:
    """A list that somebody wrote as a phrase."""
    assert keywords_in(written) == expected


@pytest.mark.parametrize("written", ["“offerte”", "„offerte“", "‘offerte’", "«offerte»", "»offerte«"])
def test_curly_quotes_are_refused(written: str) -> None:
    """They come from a word processor, and no mail holds the word with them."""
    with pytest.raises(PatternError, match='write "offerte"'):
        compile_keyword(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("@*.familie.example", "write @familie.example, which"),
        ("@*familie.example", r"write \*@\*familie.example"),
        ("@famili?.example", r"write \*@famili\?.example"),
    ],
)
def test_a_glob_that_begins_with_at_is_refused(written: str, meant: str) -> None:
    """No address begins with it."""
    with pytest.raises(PatternError, match=meant):
        compile_address(written)


@pytest.mark.parametrize(
    "condition",
    [
        AllOf((BULK, Not(BULK))),
        AllOf((BULK, Is("bulk", False))),
        AllOf((JAN, Not(ACME))),
        AllOf((JAN, LargerThan(10), Not(AnyOf((ACME, BULK))))),
        AnyOf((AllOf((BULK, Not(BULK))), AllOf((JAN, Not(ACME))))),
    ],
)
def test_conditions_that_exclude_each_other(condition: Condition) -> None:
    """Proved, so no mail can match."""
    assert never_matches(condition)


@pytest.mark.parametrize(
    "condition",
    [
        AllOf((BULK, JAN)),
        AllOf((ACME, Not(JAN))),
        AllOf((BULK, Not(Keywords("subject", (compile_keyword("x"),))))),
        AnyOf((AllOf((BULK, Not(BULK))), JAN)),
        BULK,
    ],
)
def test_conditions_that_some_mail_may_match(condition: Condition) -> None:
    """Nothing is said where nothing is proved."""
    assert not never_matches(condition)

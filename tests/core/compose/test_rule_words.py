from __future__ import annotations

from typing import get_args

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.compose.rule_words import rule_words, words_of_rules
from delegator.core.people import Backup, Language
from delegator.core.rules.book import ForwardTo, Ignore, MakePrivate, Rule
from delegator.core.rules.conditions import (
    Addresses,
    AddressField,
    AllOf,
    AnyOf,
    Condition,
    Flag,
    HasAttachment,
    Header,
    Is,
    Keywords,
    LargerThan,
    Not,
    TextField,
)
from delegator.core.rules.patterns import address_list, compile_address, compile_keyword

NL = load_catalogue("nl")
ANNA = Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), (), "nl", "both")
BRAM = Backup("bram", "Bram Maes", "bram@voorbeeld.example", (), (), "nl", "both")
BACKUPS = {"anna": ANNA, "bram": BRAM}


def addresses(where: AddressField, *sources: str) -> Addresses:
    return Addresses(where, tuple(map(compile_address, sources)))


def keywords(where: TextField, *sources: str) -> Keywords:
    return Keywords(where, tuple(map(compile_keyword, sources)))


def rule(*conditions: Condition, to: tuple[str, ...] = ("anna",), name: str = "klanten") -> Rule:
    return Rule(name, AllOf(conditions), ForwardTo(to))


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ([addresses("from", "jan@acme.example")], "van jan@acme.example"),
        (
            [addresses("from", "jan@acme.example", "@grootklant.example")],
            "van jan@acme.example of grootklant.example",
        ),
        (
            [Addresses("from", (address_list("key-accounts", frozenset({"a@b.example"})),))],
            "van iemand op de lijst “key-accounts”",
        ),
        ([keywords("subject", "*offerte*", "purchase order")],
         "met “offerte” of “purchase order” in het onderwerp"),
        ([keywords("text", "/off?erte/", "klacht")],
         "met “klacht” of bepaalde woorden in het onderwerp of de tekst"),
        ([addresses("to", "sales@voorbeeld.example"), Is("bulk", False)],
         "aan sales@voorbeeld.example, niet: nieuwsbrieven en mailinglijsten"),
        ([AnyOf((keywords("subject", "klacht"), keywords("body", "defect"))),
          Not(addresses("cc", "@x.example"))],
         "met “klacht” in het onderwerp of met “defect” in de tekst, niet: met x.example in Cc"),
        ([Header("X-Priority", (compile_keyword("1"),))], "met “1” in het veld X-Priority"),
        ([HasAttachment((compile_keyword("*.pdf"),))], "met een bijlage als “.pdf”"),
        ([LargerThan(10 * 1024**2)], "groter dan 10\u00a0MB"),
        ([Is("direct", True)], "aan mij alleen"),
    ],
)  # fmt: skip
def test_a_rule_in_words(conditions: list[Condition], words: str) -> None:
    """Its conditions as a colleague would say them."""
    assert rule_words(rule(*conditions), NL) == words


def test_many_patterns_are_cut_short() -> None:
    """A colleague reads this once."""
    many = addresses("from", *(f"client{n}@acme.example" for n in range(40)))
    words = rule_words(rule(many), NL)
    assert words.endswith("client5@acme.example, …")


def test_only_what_may_come_to_this_backup() -> None:
    """Rules that forward to others, or that hide mail, are nobody's business; who comes first is named."""
    mine = addresses("from", "@acme.example")
    rules = [
        rule(mine, name="familie", to=("bram",)),
        Rule("geheim", AllOf((mine,)), MakePrivate()),
        Rule("ruis", AllOf((mine,)), Ignore()),
        rule(mine, name="klanten", to=("anna", "bram")),
        rule(mine, name="offertes", to=("bram", "anna")),
    ]
    assert words_of_rules(rules, ANNA, BACKUPS, NL) == (
        "van acme.example",
        "van acme.example (enkel als Bram niet kan)",
    )


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("flag", get_args(Flag))
def test_every_flag_has_words(flag: Flag, language: Language) -> None:
    """In every language, set and not set."""
    catalogue = load_catalogue(language)
    is_set, is_not = (rule_words(rule(Is(flag, expected)), catalogue) for expected in (True, False))
    assert is_set != is_not
    assert "%" not in is_set + is_not

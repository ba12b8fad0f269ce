"""What a machine says to the owner."""

from __future__ import annotations

from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.compose.sentences import (
    MOST_DAMAGED,
    ProblemKind,
    damage_sentences,
    problem_sentence,
    warning_sentence,
)
from delegator.core.handovers.machine import VANISHED
from delegator.core.health import LOOPS
from delegator.core.mail.message import Address
from delegator.core.people import Language
from delegator.core.triage.verdict import Code

EVERY_FACT: dict[str, str | datetime] = {
    "from_at": datetime(2026, 11, 17, 3, 10, tzinfo=ZoneInfo("Europe/Brussels")),
    "until_at": datetime(2026, 11, 17, 7, 45, tzinfo=ZoneInfo("Europe/Brussels")),
    "reason": "550 no such user.",
    "backup": "Bram Maes",
    "subject": "Offerte 100% & meer",
    "count": "12",
    "loop": "outbox",
    "client": "Jan De Smet",
    "mailboxes": "Facturen, Werf",
}


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", get_args(ProblemKind))
def test_every_problem_has_a_sentence(kind: ProblemKind, language: Language) -> None:
    """On one line, complete, in each language, that ends in one full stop."""
    sentence = problem_sentence(load_catalogue(language), kind, **EVERY_FACT)
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert "\n" not in sentence
    assert "%(" not in sentence


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "envoyée\u00a0: le serveur"), ("nl", "worden verstuurd: de server")]
)
def test_a_colon_stands_as_the_language_has_it(language: Language, said: str) -> None:
    """In French behind a space that does not break."""
    sentence = problem_sentence(load_catalogue(language), "cannot_alert", reason="451 try later.")
    assert said in sentence


@pytest.mark.parametrize("language", get_args(Language))
def test_each_loop_has_a_sentence_of_its_own(language: Language) -> None:
    """An owner reads what does not happen, not which part of the program it is."""
    catalogue = load_catalogue(language)
    said = {problem_sentence(catalogue, "loop_fails", **EVERY_FACT | {"loop": loop}) for loop in LOOPS}
    assert len(said) == len(LOOPS)
    assert not any(f" {loop} " in sentence for loop in ("watch", "outbox", "handovers") for sentence in said)


def test_blindness_names_both_moments() -> None:
    """From when to when, as the owner's clock had it; a day that is the same is named once."""
    dutch = load_catalogue("nl")
    sentence = problem_sentence(dutch, "blind", **EVERY_FACT).replace("\u00a0", " ")
    assert sentence == (
        "Geen contact met je mailserver van di 17/11 3.10 u tot 7.45 u. Wat intussen binnenkwam, is opgepikt."
    )
    other_day = EVERY_FACT | {"until_at": datetime(2026, 11, 18, 7, 45, tzinfo=ZoneInfo("Europe/Brussels"))}
    sentence = problem_sentence(dutch, "blind", **other_day).replace("\u00a0", " ")
    assert "van di 17/11 3.10 u tot wo 18/11 7.45 u." in sentence


def test_a_refusal_says_what_it_means() -> None:
    """Behind a colon, with its code; without a reason the sentence is whole all the same."""
    english = load_catalogue("en")
    facts = {"backup": "Bram", "subject": "", "reason": "550 no such user."}
    assert problem_sentence(english, "forward_failed", **facts) == (
        "“(no subject)” did not reach Bram: there is no such address (550)."
    )
    assert problem_sentence(english, "forward_failed", **facts | {"reason": ""}) == (
        "“(no subject)” did not reach Bram."
    )


@pytest.mark.parametrize(
    "code",
    [
        Code.AUTHENTICATION_FAILED,
        Code.NOBODY_THERE,
        Code.FROM_BACKUP,
        Code.BOUNCE,
        Code.DELAYED,
        Code.LOOP,
        Code.EMPTY_REVERSE_PATH,
        Code.TOO_LARGE,
        Code.UNREADABLE,
    ],
)
def test_an_item_that_is_there_for_a_reason_says_which(code: Code) -> None:
    """With the detail of the verdict, where it has one that the item does not show by itself."""
    dutch = load_catalogue("nl")
    assert warning_sentence(dutch, code).endswith(".")
    is_detailed = code is not Code.FROM_BACKUP  # whose key it names
    assert warning_sentence(dutch, code, "dmarc").endswith(": dmarc.") == is_detailed


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_who_is_not_there_is_told_without_the_logs_english(language: Language) -> None:
    """By their names; why each is not there, the problems at the head say."""
    detail = "anna answers automatically, bram is no longer a backup"
    said = warning_sentence(load_catalogue(language), Code.NOBODY_THERE, detail, {"anna": "Anna Peeters"})
    assert said.endswith(": Anna Peeters, bram.")


def test_what_a_rule_decided_needs_no_warning() -> None:
    """The owner wrote the rule."""
    assert warning_sentence(load_catalogue("nl"), Code.RULE) == ""


def test_what_is_nowhere_any_more_is_said() -> None:
    """Not that no colleague would take it."""
    dutch = load_catalogue("nl")
    said = warning_sentence(dutch, Code.NOT_FORWARDED, VANISHED)
    assert said == "Een collega zou dit overnemen, maar het was niet meer te vinden in je mailbox."
    assert warning_sentence(dutch, Code.NOT_FORWARDED, "silence") != said
    assert warning_sentence(load_catalogue("nl"), Code.OTHERWISE) == ""


JAN = Address("Jan De Smet", "jan@acme.example")


def test_each_damaged_mail_is_named_once() -> None:
    """However many rows were about it; what was about no mail that can be named is one sentence."""
    english = load_catalogue("en")
    assert damage_sentences(english, []) == []
    named = damage_sentences(english, [(JAN, "Offerte"), (JAN, "Offerte")])
    assert len(named) == 1
    assert "“Offerte” from jan@acme.example" in named[0]
    both = damage_sentences(english, [None, (JAN, "Offerte"), None])
    assert both == [*named, problem_sentence(english, "damaged")]


def test_a_disk_that_fails_fills_no_review() -> None:
    """So many are named, and one sentence stands for the others."""
    many: list[tuple[Address, str] | None] = [(JAN, f"Offerte {number}") for number in range(50)]
    told = damage_sentences(load_catalogue("en"), many)
    assert len(told) == MOST_DAMAGED + 1

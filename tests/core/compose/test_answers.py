"""What the owner reads at once after a word or a command: subjects, and names of buttons."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from selectolax.lexbor import LexborHTMLParser

from delegator.catalogues import load_catalogue
from delegator.core.commands.command import Grant, Verb
from delegator.core.commands.reply import Mistake, Why
from delegator.core.commands.wish import WishKind
from delegator.core.compose.absence import compose_understood
from delegator.core.compose.answer import WasItYou, asked_by_button, compose_mistakes, compose_question
from delegator.core.compose.mail import Stamp
from delegator.core.people import Language, Window
from delegator.core.reviews.changes import Understood
from tests.reviews import owner

STAMP = Stamp("<a1@voorbeeld.example>", "b" * 30, "k3y", datetime(2026, 12, 24, 7, 5, tzinfo=UTC))
WINDOW = Window(datetime(2027, 2, 5, 23, tzinfo=UTC), datetime(2027, 2, 14, 23, tzinfo=UTC))


def asked(kind: WishKind, language: Language = "nl") -> str:
    """The subject of the mail that asks whether it was understood so."""
    understood = Understood(kind, window=WINDOW, before=WINDOW, backup="anna", zone="Asia/Bangkok")
    link = "mailto:sofie@voorbeeld.example?subject=dlg%20y%20JHAM7H55"
    octets = compose_understood(
        understood, link, owner(language), {"anna": "Anna"}, STAMP, load_catalogue(language)
    )
    return str(message_from_bytes(octets, policy=policy.default)["Subject"])


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", get_args(WishKind))
def test_a_question_s_subject_fits_on_a_phone(kind: WishKind, language: Language) -> None:
    """Of whatever is asked: the dates stand in full in the mail."""
    assert len(asked(kind, language)) <= 60


def told(zone: str) -> str:
    """An absence that was planned by an owner of Brussels who is there."""
    there = owner("nl").staying_in(ZoneInfo(zone))
    octets = compose_understood(
        Understood("plan", window=WINDOW), None, there, {}, STAMP, load_catalogue("nl")
    )
    part = message_from_bytes(octets, policy=policy.default).get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())


def test_an_absence_is_told_by_the_clock_at_home() -> None:
    """Also to an owner who is elsewhere, and then it says so."""
    days = "van zaterdag 6 februari 2027 tot en met zondag 14 februari 2027"
    at_home, elsewhere = told("Europe/Brussels"), told("America/Los_Angeles")
    assert days in at_home
    assert days in elsewhere
    assert "je klok thuis" not in at_home
    assert "zijn die van Europe/Brussels, je klok thuis" in elsewhere


def test_a_question_s_subject_names_the_days() -> None:
    """So that two questions are told apart in a list of mails."""
    assert asked("plan") == "Klopt dit? · za 6/2 – zo 14/2"


@pytest.mark.parametrize("language", get_args(Language))
def test_what_was_not_done_fits_in_a_subject(language: Language) -> None:
    """It quotes the first line, as far as a phone shows it; why stands in the mail."""
    mistakes = [Mistake(Why.EXTRA_WORDS, "ok maar die van Jan liever niet", "die van Jan")] * 12
    octets = compose_mistakes(
        mistakes, {}, owner(language), STAMP, load_catalogue(language), is_rest_done=False
    )
    subject = str(message_from_bytes(octets, policy=policy.default)["Subject"])
    assert " · ok maar die van" in subject
    assert len(subject) <= 50


@pytest.mark.parametrize(
    ("verb", "backup", "items", "asked"),
    [
        (Verb.FORWARD, "anna", (7,), "Naar Anna: Offerte"),
        (Verb.FORWARD_ALL, "anna", (7, 8), "Alles naar Anna (2)"),
        (Verb.TO_DO, None, (7,), "Taak: Offerte"),
        (Verb.DONE, None, (7,), "Klaar: Offerte"),
        (Verb.PROPOSED, None, (7, 8, 9), "Alles zoals voorgesteld (3)"),
        (Verb.BULK_DONE, None, (7, 8), "Alles klaar (2)"),
        (Verb.FILE_LEFT, None, (7,), "Verplaats naar Delegator/To-do (1)"),
    ],
)
def test_what_a_button_asks_for_is_told_in_its_own_words(
    verb: Verb, backup: str | None, items: tuple[int, ...], asked: str
) -> None:
    """Never by the letter that stands in its subject."""
    grant = Grant(verb, None, items, datetime(2027, 1, 4, tzinfo=UTC), backup)
    assert asked_by_button(grant, "Offerte", {"anna": "Anna"}, load_catalogue("nl")) == asked


def test_a_button_of_no_mail_says_what_stands_on_it() -> None:
    grant = Grant(Verb.FORWARD, None, (), datetime(2027, 1, 4, tzinfo=UTC), "bram")
    assert asked_by_button(grant, "", {}, load_catalogue("nl")) == "Naar bram"


@pytest.mark.parametrize("language", get_args(Language))
def test_a_button_is_called_what_stands_on_it(language: Language) -> None:
    """For who speaks to the phone; and it says of which address (WCAG 2.5.3)."""
    question = WasItYou("sofie@thuis.example", "ok", "mailto:sofie@voorbeeld.example?subject=dlg%20y%20A")
    octets = compose_question(question, owner(language), STAMP, load_catalogue(language))
    html = message_from_bytes(octets, policy=policy.default).get_body(("html",))
    assert html is not None
    (link,) = LexborHTMLParser(html.get_content()).css("a")
    assert link.attributes["aria-label"] == f"{link.text()}: sofie@thuis.example"

"""The departure mail as the owner reads it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from typing import get_args

import pytest
from selectolax.lexbor import LexborHTMLParser

from delegator.catalogues import load_catalogue
from delegator.core.commands.command import Verb
from delegator.core.compose.leaving import Cover, LeavingFacts, compose_leaving
from delegator.core.compose.mail import Stamp
from delegator.core.handovers.known import Conversations
from delegator.core.lessons import Tried
from delegator.core.mail.message import parse_message
from delegator.core.people import Language, Window
from delegator.core.reviews.leaving import Replay, Seen, offer
from delegator.core.reviews.traits import find_traits
from delegator.core.rules.book import RuleBook, ToReview
from delegator.core.triage.triage import triage
from tests.reviews import ANNA, owner

NOW = datetime(2026, 12, 18, 17, 0, tzinfo=UTC)
STAMP = Stamp("<a1@voorbeeld.example>", "b" * 30, "k3y", NOW)
LINK = "mailto:sofie@voorbeeld.example?subject=dlg%20f%20JHAM7H55"
LETTER = (
    "From: Kris De Wolf <kris@kring.example>\r\nTo: sofie@voorbeeld.example\r\n"
    "Subject: Prijs voor de turnzaal\r\nMessage-ID: <1@kring.example>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    "Kan je ons een prijs geven voor 180 m²?\r\n"
).encode()


def departure(language: Language, received: int = 64) -> tuple[str, LexborHTMLParser]:
    """Its text, and its page; with one mail that waits."""
    me = owner(language)
    book = RuleBook(me, {"anna": ANNA}, (), ToReview("normal"))
    message = parse_message(LETTER, arrived_at=NOW - timedelta(days=2))
    verdict = triage(message, book, Conversations(), NOW)
    traits = find_traits(message, me, [ANNA])
    offered = offer([(1, Seen(message, verdict, traits, frozenset()))], ["anna"])
    facts = LeavingFacts(
        window=Window(NOW + timedelta(days=1), NOW + timedelta(days=9)),
        offered=offered,
        more=0,
        looked=True,
        covers=(Cover("Anna", "accepted", True),),
        cover=None,
        replay=Replay(received, {"anna": received}, 0, 0, 0),
        tested_at=None,
        tried_at=None,
        tried=Tried(),
        alert="",
        at=(time(9), time(17)),
    )
    links = {(1, verb): LINK for verb in (Verb.FORWARD, Verb.TO_DO, Verb.DONE)}
    octets = compose_leaving(facts, links, {"anna": "Anna"}, me, STAMP, load_catalogue(language))
    mail = message_from_bytes(octets, policy=policy.default)
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    return plain.get_content().replace("\u00a0", " "), LexborHTMLParser(html.get_content())


@pytest.mark.parametrize("language", get_args(Language))
def test_what_a_tap_means_is_read_before_the_buttons(language: Language) -> None:
    """In the text and on the page: first what happens to what one leaves, then the mails."""
    text, page = departure(language)
    said = load_catalogue(language).gettext(
        "From the last two weeks. What you do not tap stays in your inbox and is left alone."
    )
    begins = said[:18].replace("\u00a0", " ")
    assert text.index(f"\n{begins}") < text.index("1. Prijs voor de turnzaal")
    shown = " ".join(page.body.text().split()) if page.body else ""
    assert shown.index(begins) < shown.index("1. Prijs voor de turnzaal")


@pytest.mark.parametrize("language", get_args(Language))
def test_its_buttons_are_those_of_a_review(language: Language) -> None:
    """One word for one thing: what stands on a button there stands here, too."""
    _, page = departure(language)
    say = load_catalogue(language).gettext
    assert [link.text() for link in page.css("a")] == [
        say("To %(backup)s") % {"backup": "Anna"},
        say("To-do"),
        say("Done"),
    ]


def test_what_it_asks_is_larger_than_who_asks() -> None:
    """As in a review: who and when in small, what is new in the size of the text."""
    _, page = departure("nl")
    meta, asked = page.css("h3 + p, h3 + p + p")
    assert meta.text().replace("\u00a0", " ") == "Kris De Wolf · wo 16/12 · voorstel: Anna"
    assert "font-size:14px" in (meta.attributes["style"] or "")
    assert asked.text() == "Kan je ons een prijs geven voor 180 m²?"
    assert "font-size" not in (asked.attributes["style"] or "")


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("nl", "1 mail kwam binnen", "64 mails kwamen binnen"),
        ("en", "1 mail came in", "64 mails came in"),
        ("fr", "1 mail est arrivé", "64 mails sont arrivés"),
        ("de", "1 Mail kam an", "64 Mails kamen an"),
    ],
)
def test_one_mail_is_one_mail(language: Language, one: str, many: str) -> None:
    """Last week may have had one."""
    assert one in departure(language, 1)[0]
    assert many in departure(language, 64)[0]


@pytest.mark.parametrize("language", get_args(Language))
def test_what_may_be_answered_names_numbers_that_are_there(language: Language) -> None:
    """Where one mail waits, no answer about a third or fifth is proposed; and one entry is no bullet."""
    text, page = departure(language)
    foot = text.partition("f 1 anna")[2].partition("6/1" if language != "de" else "6.1.")[0]
    assert "1" in foot
    assert not set("2345") & set(foot)
    shown = [len(list(points.css("li"))) for points in page.css("ul")]
    assert shown
    assert min(shown) > 1

"""What of a message its proposal and its rank are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.handovers.asking import asks, is_only_thanks, names_day
from delegator.core.handovers.known import Conversations
from delegator.core.mail.message import Address, parse_message
from delegator.core.people import Owner
from delegator.core.reviews.follows import what_follows
from delegator.core.reviews.traits import Traits, poses
from delegator.core.rules.book import RuleBook, ToReview
from delegator.core.triage.verdict import Code, Disposition, Verdict
from tests.reviews import ANNA, BRAM

OWNER = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wanneer komen jullie?", True),
        ("Kan je dat nakijken", True),
        ("Gelieve te bevestigen.", True),
        ("Laat je me iets weten?", True),
        ("Could you have a look", True),
        ("Pouvez-vous confirmer", True),
        ("Können Sie das prüfen", True),
        ("Zie https://x.example/?id=1&b=2 voor meer", False),
        ("In bijlage het verslag.", False),
        ("Ik kan jou niet bereiken.", False),
    ],
)
def test_a_question_or_a_request(text: str, expected: bool) -> None:
    """In four languages; a question mark in a link asks nothing."""
    assert asks(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tegen vrijdag", True),
        ("op 24/11", True),
        ("am 3. März", True),
        ("le 3 février", True),
        ("by 14:00", True),
        ("om 14u", True),
        ("tomorrow", True),
        ("maandagvoormiddag", True),
        ("am Montagabend", True),
        ("tegen eind deze week", True),
        ("past de 3de?", True),
        ("avant la fin du mois", True),
        ("bis zum 12.", True),
        ("tonight", True),
        ("would the 3rd work", True),
        ("la page 3 du devis", False),
        ("prijs 3.50 en 12.000 stuks", False),
        ("Goedemorgen", False),
        ("telefoon 09 123 45 67", False),
    ],
)
def test_a_day_or_an_hour(text: str, expected: bool) -> None:
    """As people write them."""
    assert names_day(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bedankt!", True),
        ("Merci pour votre retour.", True),
        ("Thanks a lot, see you then", True),
        ("Akkoord, tot dan.", True),
        ("👍", True),
        ("Bedankt, maar de factuur klopt niet en moet vandaag nog weg.", False),
        ("Niet akkoord.", False),
        ("Ok maar morgen niet.", False),
        ("Thanks but no", False),
        ("", False),
    ],
)
def test_nothing_but_thanks(text: str, expected: bool) -> None:
    """A word more may matter."""
    assert is_only_thanks(text) == expected


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        ("Jan De Smet", "jan@acme.example", False),
        ("Anna Peeters", "anna@voorbeeld.example", False),
        ("Anna Peeters", "ANNA@Voorbeeld.example", False),
        ("Anna Peeters", "anna@evil.example", True),
        ("Peeters, Anna", "anna@evil.example", True),
        ("Anna", "anna@klant.example", False),
        ("Els", "els@voorbeeld.example", False),
        ("Els", "els@voorbee1d.example", True),
        ("Els", "els@voor-beeld.example", True),
        ("Els", "els@voorbeéld.example", True),
        ("jan@acme.example", "jan@acme.example", False),
        ("jan@acme.example", "x@evil.example", True),
        ("Pаypal", "x@evil.example", True),  # with a Cyrillic letter
        ("Анна Петрова", "a@x.example", False),
    ],
)
def test_who_poses_as_somebody_else(name: str, address: str, expected: bool) -> None:
    """By name, by domain, or by letters that look alike; a namesake's first name is none."""
    assert poses(Address(name, address), OWNER, (ANNA, BRAM)) == expected


@settings(max_examples=30, deadline=None)
@given(
    st.builds(Traits, propose=st.sampled_from((None, "anna")), asks=st.booleans(), is_person=st.booleans())
)
def test_they_are_kept_as_they_are(traits: Traits) -> None:
    """As JSON and back."""
    assert Traits.from_values(traits.to_values()) == traits


@pytest.mark.parametrize("seed", ["? ", "kan je", "a ", "bedankt ", "1/", "@", "graag een ", "https://"])
def test_no_text_takes_long(seed: str) -> None:
    """64 kB of anything."""
    text = seed * (64_000 // len(seed))
    started = process_time()
    asks(text), names_day(text), is_only_thanks(text)
    poses(Address(text[:1000], text[:1000]), OWNER, (ANNA,))
    assert process_time() - started < 0.5


def test_what_is_new_in_a_mail_makes_its_lines_its_length_and_its_proposal() -> None:
    """All three from the same cut: nothing of the quotation below counts in any of them."""
    octets = (
        b"From: jan@acme.example\r\nTo: sofie@voorbeeld.example\r\nSubject: Re: Prijs\r\n\r\n"
        b"Bedankt!\r\n\r\nOp ma 16 nov. 2026 om 10:00 schreef Sofie <sofie@voorbeeld.example>:\r\n"
        b"> Kan dit voor vrijdag?\r\n"
    )
    verdict = Verdict(Disposition.REVIEW, Code.OTHERWISE, priority="normal")
    now = datetime(2026, 11, 17, 8, tzinfo=UTC)
    book = RuleBook(OWNER, {}, (), ToReview("normal"))
    taken = what_follows(parse_message(octets), verdict, Conversations(), book, now)
    assert (taken.excerpt, taken.text_characters) == ("Bedankt!", len("Bedankt!"))
    assert (taken.traits.only_thanks, taken.traits.asks, taken.traits.names_day) == (True, False, False)

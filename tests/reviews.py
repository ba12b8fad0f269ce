"""Reviews to test with: facts with as many messages as wanted, and one owner for each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from delegator.catalogues import load_catalogue
from delegator.core.compose import Stamp, compose_review
from delegator.core.mail.message import Address
from delegator.core.people import Backup, Language, Owner
from delegator.core.reviews.arrange import arrange_review
from delegator.core.reviews.controls import Controls, wanted_controls
from delegator.core.reviews.items import Counts, Handed, OpenMessage, Review, ReviewFacts

NOW = datetime(2026, 11, 17, 8, 0, 5, tzinfo=UTC)
STAMP = Stamp("<a1b2c3d4e5@voorbeeld.example>", "b" * 30, "k3y", NOW)
NO_MAIL = Counts(0, 0, 0, 0, 0, 0)

MESSAGE = OpenMessage(
    id=1,
    conversation=None,
    sender=Address("Jan De Smet", "jan@acme.example"),
    subject="Offerte sporthal Deinze",
    excerpt="Kunnen jullie tegen vrijdag een prijs geven voor de verlichting?",
    text_characters=865,
    arrived_at=NOW - timedelta(hours=3),
    priority="normal",
    warning="",
    attachments=(),
    shown=False,
)
ANNA = Backup("anna", "Anna Peeters", "anna@voorbeeld.example", (), (), "nl", "both")
BRAM = Backup("bram", "Bram Maes", "bram@voorbeeld.example", (), (), "nl", "both")
HANDED = Handed(
    backup_name="Anna Peeters",
    sender=Address("Lut Maes", "lut@klant.example"),
    subject="Prijsvraag Beta",
    at=NOW - timedelta(hours=2),
    state="sent",
    messages=1,
    detail="",
)
FACTS = ReviewFacts(
    now=NOW,
    since_at=NOW - timedelta(hours=16),
    slot=(date(2026, 11, 17), 0),
    next_review_at=NOW + timedelta(hours=8),
    until_at=NOW + timedelta(days=9),
    messages=(),
    handed=(),
    counts=NO_MAIL,
    last_contact_at=NOW - timedelta(minutes=1),
    problems=(),
    mode="live",
    there=(ANNA, BRAM),
)


def owner(language: Language) -> Owner:
    return Owner("Sofie Janssens", "sofie@voorbeeld.example", (), language, ZoneInfo("Europe/Brussels"))


def facts_with(*messages: OpenMessage) -> ReviewFacts:
    """With ids from 1, each a minute younger than the one before."""
    numbered = tuple(
        replace(message, id=n, arrived_at=message.arrived_at + timedelta(minutes=n))
        for n, message in enumerate(messages, 1)
    )
    return replace(FACTS, messages=numbered)


def controls_for(review: Review) -> Controls:
    """With a token that tells the button's place among them."""
    wants = wanted_controls(review)
    return Controls("sofie@voorbeeld.example", {want.key: f"{n:08}" for n, want in enumerate(wants)})


def review_mail(facts: ReviewFacts, language: Language = "nl", minutes: int | None = None) -> bytes:
    """As it is sent, with buttons."""
    review = arrange_review(facts, minutes=minutes, address="sofie@voorbeeld.example")
    return compose_review(review, owner(language), STAMP, load_catalogue(language), controls_for(review))

"""Make the pictures of docs/backup.md: brief and overview, as a colleague gets them, with a real Chromium.

    .venv/bin/python -m scripts.backup_pictures

The mails are composed by the product itself, for the people of rules.yaml.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from delegator.catalogues import load_catalogue
from delegator.config import load
from delegator.core.compose.brief import BriefButtons, compose_brief
from delegator.core.compose.mail import Stamp
from delegator.core.compose.overview import OverviewButtons, OverviewItem, Told, compose_overview
from delegator.core.compose.rule_words import words_of_rules
from delegator.core.people import Language
from scripts.pictures import FRAME, MARGIN, PICTURES, WIDTH, phone, take

LINK = "mailto:sofie@voorbeeld.example"
NOW = datetime(2026, 12, 21, 9, 30, tzinfo=UTC)
STAMP = Stamp("<picture@voorbeeld.example>", "b" * 30, "picture", NOW)
TALL = 800


def letters(language: Language) -> tuple[bytes, bytes]:
    """A brief and an overview to Anna."""
    config = load(Path(__file__).parent.parent / "rules.yaml", for_files=True)
    catalogue = load_catalogue(language)
    anna = replace(config.backups["anna"], language=language)
    rules = words_of_rules(config.rules[:2], anna, config.backups, catalogue)
    within = config.follow_up.within
    looks_at, links = config.review.at, BriefButtons(LINK, LINK, LINK)
    brief = compose_brief(
        config.owner, anna, config.away[0], rules, within, looks_at, links, STAMP, catalogue
    )
    buttons = OverviewButtons(LINK, LINK, LINK)
    asked_at, question_at = NOW - timedelta(hours=1, minutes=55), NOW - timedelta(minutes=40)
    offer = OverviewItem(
        1, "Jan De Smet", "Offerte sporthal Deinze", asked_at, asked_at + within, buttons,
        excerpt="Kan u ons voor woensdag een aangepaste prijs geven voor de lichtstraten?",
    )  # fmt: skip
    delivery = OverviewItem(
        2, "Els Wouters", "Levering 14/12", question_at, question_at + within, buttons, "asked", 2,
        excerpt="Er ontbreken nog twee dozen. Wanneer komen die?",
    )  # fmt: skip
    told = [Told("Lut Maes", "Prijsvraag Beta", is_answered=True)]
    items = [offer, delivery]
    return brief, compose_overview(config.owner, anna, items, told, NOW, looks_at, STAMP, catalogue)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    beside = 2 * (MARGIN + FRAME)
    for language in ("en", "nl"):
        for name, octets in zip(("brief", "overview"), letters(language), strict=True):
            picture = f"{name}-{language}.png"
            take(picture, [phone(octets, "light", TALL)], WIDTH + beside, TALL + beside)


if __name__ == "__main__":
    main()

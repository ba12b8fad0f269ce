"""Make the picture of docs/leaving.md: the departure mail, as the owner gets it, with a real Chromium.

    .venv/bin/python -m scripts.leaving_pictures

The mail is composed by the product itself, for the people of rules.yaml.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

from delegator.catalogues import load_catalogue
from delegator.config import load
from delegator.core.commands.command import Verb
from delegator.core.compose.leaving import Cover, LeavingFacts, compose_leaving
from delegator.core.compose.mail import Stamp
from delegator.core.handovers.known import Conversations
from delegator.core.lessons import Tried
from delegator.core.mail.message import parse_message
from delegator.core.people import Language
from delegator.core.reviews.leaving import Replay, Seen, offer
from delegator.core.reviews.traits import find_traits
from delegator.core.triage.triage import triage
from scripts.pictures import FRAME, MARGIN, PICTURES, WIDTH, phone, take

LINK = "mailto:sofie@voorbeeld.example?subject=dlg%20f%20JHAM7H55&body=x"
NOW = datetime(2026, 12, 18, 17, 0, tzinfo=UTC)
STAMP = Stamp("<picture@voorbeeld.example>", "b" * 30, "picture", NOW)
TALL = 844
MAILS = (
    ("Jan De Smet <jan@acme.example>", "Offerte sporthal Deinze", "Kan u ons voor woensdag een prijs geven?"),
    (
        "Els Wouters <els@bouwgroep.example>",
        "Levering 14/12",
        "Er ontbreken twee dozen. Wanneer komen die?",
    ),
    ("Karim Haddad <karim@studio.example>", "Afspraak in januari", "Past dinsdag 12 januari om 10 uur?"),
)


def departure(language: Language, count: int = 3) -> bytes:
    """With so many mails without an answer."""
    config = load(Path(__file__).parent.parent / "rules.yaml", for_files=True)
    owner, catalogue = replace(config.owner, language=language), load_catalogue(language)
    found = []
    for number in range(count):
        sender, subject, text = MAILS[number % len(MAILS)]
        octets = (
            f"From: {sender}\r\nTo: {owner.address}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{number}@x.example>\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\nDag Sofie,\r\n\r\n{text}\r\n"
        ).encode()
        message = parse_message(octets, arrived_at=NOW - timedelta(days=9 - number % 9, hours=number))
        verdict = triage(message, config.rule_book, Conversations(), NOW)
        traits = find_traits(message, owner, config.backups.values())
        found.append((number, Seen(message, verdict, traits, frozenset())))
    there = tuple(config.backups)
    offered = offer(found, there)
    names = {key: backup.first_name for key, backup in config.backups.items()}
    links = {(one.number, verb): LINK for one in offered for verb in (Verb.FORWARD, Verb.TO_DO, Verb.DONE)}
    facts = LeavingFacts(
        window=config.away[0],
        offered=offered,
        more=0,
        looked=True,
        covers=tuple(
            Cover(name, said, True) for name, said in zip(names.values(), ("accepted", ""), strict=False)
        ),
        cover=None,
        replay=Replay(64, {there[0]: 9, there[-1]: 4}, 38, 3, 10),
        tested_at=datetime(2026, 12, 14, 9, tzinfo=UTC),
        tried_at=None,
        tried=Tried(datetime(2026, 12, 17, 9, tzinfo=UTC), dry_run_at=datetime(2026, 12, 14, 10, tzinfo=UTC)),
        alert="it@voorbeeld.example",
        at=config.review.at,
    )
    return compose_leaving(facts, links, names, owner, STAMP, catalogue)


def main() -> None:
    if len(sys.argv) > 1:  # a folder, to measure it in every language
        for language in get_args(Language):
            for count in (3, 40):
                Path(sys.argv[1], f"leaving-{language}-{count}.eml").write_bytes(departure(language, count))
        return
    PICTURES.mkdir(parents=True, exist_ok=True)
    beside = 2 * (MARGIN + FRAME)
    take("leaving-en.png", [phone(departure("en"), "light", TALL)], WIDTH + beside, TALL + beside)


if __name__ == "__main__":
    main()

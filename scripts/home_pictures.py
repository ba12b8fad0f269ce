"""Make the pictures of docs/home.md: the list of all that is open, and the homecoming mail.

    .venv/bin/python -m scripts.home_pictures      needs Chromium

The mails are composed by the product itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from delegator.catalogues import load_catalogue
from delegator.config import load
from delegator.core.compose.flight import compose_part
from delegator.core.compose.homecoming import compose_homecoming
from delegator.core.mail.message import Address
from delegator.core.people import Language
from delegator.core.reviews.controls import Controls
from delegator.core.reviews.flight import lay_out, part_controls
from delegator.core.reviews.homecoming import Handover, HomeFacts, Left, Story
from delegator.core.reviews.items import Counts, OpenMessage, ReviewFacts
from delegator.core.reviews.to_do import ToDo
from scripts.leaving_pictures import MAILS, STAMP
from scripts.pictures import FRAME, MARGIN, PICTURES, WIDTH, phone, take

NOW = datetime(2027, 1, 3, 23, 0, tzinfo=UTC)
TALL = 844


def mails(language: Language) -> Iterator[tuple[str, bytes]]:
    config = load(Path(__file__).parent.parent / "rules.yaml", for_files=True)
    owner, catalogue = replace(config.owner, language=language), load_catalogue(language)
    window = config.away[0]
    people = [(sender.partition(" <")[0], sender.partition("<")[2][:-1]) for sender, _, _ in MAILS]
    to_dos = tuple(
        ToDo(n, (n,), Address(*people[n - 1]), MAILS[n - 1][1], NOW - timedelta(days=3), "", MAILS[n - 1][2],
             f"<{n}@x.example>", False, n > 1)
        for n in (1, 2)
    )  # fmt: skip
    message = OpenMessage(
        9,
        None,
        Address(*people[2]),
        MAILS[2][1],
        MAILS[2][2],
        60,
        NOW - timedelta(hours=9),
        "normal",
        "",
        (),
        False,
    )
    counts = Counts(214, 61, 40, 9, 82, 22)
    facts = ReviewFacts(
        NOW - timedelta(hours=6), NOW - timedelta(hours=14), None, None, window.until_at, (message,), (),
        counts, NOW, (), "live", there=tuple(config.backups.values()),
    )  # fmt: skip
    (part,) = lay_out(facts, to_dos, {9: MAILS[2][2]}, lambda _: 0)  # all in one
    wants = part_controls(part)
    controls = Controls(owner.address, {want.key: f"{n:08}" for n, want in enumerate(wants)})
    yield "flight", compose_part(part, owner, STAMP, catalogue, controls)
    first, *_ = config.backups
    story = Story(
        counts,
        tuple(Handover(first, 1, True, False, timedelta(minutes=20 + n)) for n in range(31)),
        (),
        (),
        Left((1, 2), ()),
        {"inbox": 9, "forwarded": 61, "to-do": 2, "done": 142},
    )
    found = {"INBOX": 9, "Delegator/Forwarded": 61, "Delegator/To-do": 2, "Delegator/Done": 142}
    names = {key: backup.name for key, backup in config.backups.items()}
    addresses = {key: backup.address for key, backup in config.backups.items()}
    home = HomeFacts(NOW, window, story, to_dos, names, addresses, found)
    yield "homecoming", compose_homecoming(home, owner, STAMP, catalogue, "ABCDEFGH")


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    beside = 2 * (MARGIN + FRAME)
    for name, octets in mails("en"):
        take(f"{name}.png", [phone(octets, "light", TALL)], WIDTH + beside, TALL + beside)


if __name__ == "__main__":
    main()

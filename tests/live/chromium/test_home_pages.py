"""The list of all that is open and the homecoming mail as a phone shows them, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.compose.flight import compose_part
from delegator.core.compose.homecoming import compose_homecoming
from delegator.core.mail.message import Address
from delegator.core.people import Language, Window
from delegator.core.reviews.controls import Controls
from delegator.core.reviews.flight import lay_out, part_controls
from delegator.core.reviews.homecoming import Handover, HomeFacts, Left, Story
from delegator.core.reviews.items import Counts
from delegator.core.reviews.to_do import ToDo
from tests.live.chromium.test_review_page import (
    DARK,
    LANGUAGES,
    STYLE,
    chromium,
    facts,
    frame,
    html,
    measured,
    page_of,
)
from tests.reviews import ANNA, BRAM, HANDED, NOW, STAMP, owner

__all__ = ["chromium"]

pytestmark = pytest.mark.chromium

PRIVATE = ToDo(2, (2,), Address("", ""), "", NOW, "", "", None, is_private=True, is_undecided=True)
TO_DOS = (
    ToDo(
        1,
        (1,),
        Address("Els", "els@x.example"),
        "Bellen",
        NOW,
        "voor 9 u",
        "Ja. " * 400,
        "<a@b>",
        False,
        False,
    ),
    PRIVATE,
    replace(
        PRIVATE, number=3, is_private=False, subject="Donaudampfschifffahrtsgesellschaft" * 3, new="x" * 300
    ),
)
STORY = Story(
    Counts(90, 30, 40, 10, 5, 5),
    (Handover("anna", 2, True, False, timedelta(hours=1)), Handover("bram", 1, False, False, None)),
    (replace(HANDED, backup_name="bram"),),
    (),
    Left((1,), (2,)),
    {"inbox": 2, "forwarded": 30, "done": 58},
    low=9,
    junk=1,
)


def mails(language: Language) -> Iterator[tuple[str, bytes]]:
    catalogue = load_catalogue(language)
    (part, *_) = lay_out(facts(12), TO_DOS, {}, lambda _: 0)
    wants = part_controls(part)
    controls = Controls("sofie@voorbeeld.example", {want.key: f"{n:08}" for n, want in enumerate(wants)})
    yield "list", compose_part(part, owner(language), STAMP, catalogue, controls)
    names = {"anna": ANNA.name, "bram": BRAM.name}
    addresses = {"anna": ANNA.address, "bram": BRAM.address}
    window = Window(NOW - timedelta(days=9), NOW)
    for count in (0, len(TO_DOS)):
        found = {"INBOX": 3, "Delegator/Forwarded": 30, "Delegator/Done": 58}
        home = HomeFacts(NOW, window, STORY, TO_DOS[:count], names, addresses, found, ("Geen contact.",))
        yield f"home {count}", compose_homecoming(home, owner(language), STAMP, catalogue, "ABCDEFGH")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_shows_them_well(language: Language, chromium: str, tmp_path: Path) -> None:
    """Light, dark and without styles: as a review is shown."""
    pages = []
    for name, octets in mails(language):
        page = html(octets)
        pages.append(frame(f"{name} light", "light", DARK.sub("@media not all", page)))
        pages.append(frame(f"{name} dark", "dark", DARK.sub("@media all", page)))
        pages.append(frame(f"{name} bare", "light", STYLE.sub("", page)))
    found = measured(chromium, page_of(pages), tmp_path)
    assert len(found) == 9
    for shown in found:
        assert shown["overflow"] == 0, shown["name"]
        assert shown["faint"] == [], shown["name"]
        assert shown["smallest_font"] >= 14, shown["name"]
        assert shown["requests"] == [], shown["name"]
        assert shown["buttons"] >= 2, shown["name"]
        assert shown["smallest_target"] >= 48, shown["name"]
        assert shown["gap"] >= 8, shown["name"]

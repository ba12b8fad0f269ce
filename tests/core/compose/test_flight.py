"""The flight list and the homecoming mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import get_args

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.commands.command import Verb
from delegator.core.compose.flight import MOST_OCTETS, compose_part
from delegator.core.compose.homecoming import compose_homecoming
from delegator.core.mail.message import Address
from delegator.core.people import Language, Window
from delegator.core.reviews.controls import Controls
from delegator.core.reviews.flight import LIVES_ON, lay_out, part_controls, part_lines
from delegator.core.reviews.homecoming import HomeFacts, Left, Story
from delegator.core.reviews.items import Counts
from delegator.core.reviews.to_do import ToDo
from tests.core.compose.test_review import part as body
from tests.reviews import MESSAGE, NOW, STAMP, facts_with, owner

ENTRY = ToDo(
    1,
    (900,),
    Address("Els", "els@x.example"),
    "Bellen",
    NOW,
    "voor 9 u",
    "Graag.",
    "<a@b.example>",
    False,
    False,
)
LONG = "Dit is een lange zin met veel woorden erin. " * 40


@pytest.mark.parametrize("count", [0, 1, 60, 200])
def test_every_item_and_to_do_is_in_one_part_in_full(count: int) -> None:
    """Numbered through, each mail under 80 kB, whatever there is."""
    facts = facts_with(*(replace(MESSAGE, subject=f"Vraag {n}") for n in range(count)))
    texts = {message.id: f"{LONG} Einde {message.id}." for message in facts.messages}
    parts = lay_out(facts, [ENTRY], texts)
    numbers = [line.number for part in parts for line in part_lines(part)]
    assert numbers == list(range(1, count + 2))
    assert len(parts) > 1 or count < 60
    catalogue = load_catalogue("nl")
    said = ""
    for part in parts:
        wants = part_controls(part)
        controls = Controls("sofie@voorbeeld.example", {want.key: f"{n:08}" for n, want in enumerate(wants)})
        octets = compose_part(part, owner("nl"), STAMP, catalogue, controls)
        assert len(octets) <= MOST_OCTETS
        said += body(octets, "plain")
    assert all(f"Einde {message.id}." in " ".join(said.split()) for message in facts.messages)
    assert "voor 9 u" in said


def test_what_is_decided_on_the_plane_counts_two_days_longer() -> None:
    facts = facts_with(MESSAGE)
    (part,) = lay_out(facts, [ENTRY], {})
    assert facts.until_at is not None
    wants = part_controls(part)
    assert {want.grant.expires_at for want in wants} == {facts.until_at + LIVES_ON}
    assert (2, Verb.DONE, None) in [want.key for want in wants]


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("count", [0, 1, 40, 400])
def test_the_homecoming_mail_stays_small(language: Language, count: int) -> None:
    """With every entry of the list as long as there is room, and its numbers as in the list."""
    to_dos = tuple(replace(ENTRY, number=n, messages=(n,), new=LONG) for n in range(1, count + 1))
    story = Story(Counts(9, 3, 3, 1, 1, 1), (), (), (), Left((1,), (2,)), {"inbox": 2})
    facts = HomeFacts(NOW, Window(NOW - timedelta(days=9), NOW), story, to_dos, {}, {}, {"INBOX": 3})
    octets = compose_homecoming(facts, owner(language), STAMP, load_catalogue(language), "ABCDEFGH")
    assert len(octets) <= MOST_OCTETS
    assert b"dlg%20kp%20ABCDEFGH" in octets.replace(b"=\r\n", b"")
    if 0 < count <= 40:
        assert f"{count}. Bellen" in body(octets, "plain")


@pytest.mark.parametrize("language", get_args(Language))
def test_one_full_stop_is_enough(language: Language) -> None:
    """German days end in one ("So 3.1."), so that none stands behind them."""
    midnight = NOW.replace(hour=23, minute=0, second=0)
    story = Story(Counts(9, 3, 3, 1, 1, 1), (), (), (), Left(), {"inbox": 2})
    window = Window(midnight - timedelta(days=9), midnight)
    facts = HomeFacts(midnight, window, story, (), {}, {}, None)
    octets = compose_homecoming(facts, owner(language), STAMP, load_catalogue(language))
    body = message_from_bytes(octets, policy=policy.default).get_body(("plain",))
    assert body is not None
    assert ".." not in body.get_content()

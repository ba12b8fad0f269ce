"""The flight list and the homecoming mail."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import get_args

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.commands.command import Line, Verb
from delegator.core.compose.flight import MOST_OCTETS, compose_part
from delegator.core.compose.homecoming import compose_homecoming, home_parts
from delegator.core.hours.ended import ANSWERABLE_FOR
from delegator.core.mail.message import Address
from delegator.core.people import Language, Window
from delegator.core.reviews.controls import Controls
from delegator.core.reviews.flight import (
    MOST_LINES,
    Part,
    lay_out,
    part_controls,
    part_lines,
    shown_lines,
)
from delegator.core.reviews.homecoming import HomeFacts, Left, Story
from delegator.core.reviews.items import Counts, ReviewFacts
from delegator.core.reviews.to_do import CUT, ToDo
from tests.core.compose.test_review import part as body
from tests.reviews import HANDED, MESSAGE, NOW, STAMP, facts_with, owner

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


CATALOGUE = load_catalogue("nl")
SCRIPTS = {
    "latin": "Dit is een lange zin met veel woorden erin. ",
    "cyrillic": "Это длинное предложение, в котором много слов. ",
    "chinese": "这是一个很长的句子里面有很多词语没有空格",
    "emoji": "😀👨\u200d👩\u200d👧 🎉🎊",
    "markup": '<<<&&&>>>""" &lt; ',
    "letters": "a\n",
}


def composed(part: Part) -> bytes:
    wants = part_controls(part)
    controls = Controls("sofie@voorbeeld.example", {want.key: f"{n:08}" for n, want in enumerate(wants)})
    return compose_part(part, owner("nl"), STAMP, CATALOGUE, controls)


def laid_out(facts: ReviewFacts, to_dos: Sequence[ToDo], texts: Mapping[int, str]) -> tuple[Part, ...]:
    return lay_out(facts, to_dos, texts, lambda part: len(composed(part)))


@pytest.mark.parametrize("count", [0, 1, 60, 200])
def test_every_item_and_to_do_is_in_one_part_in_full(count: int) -> None:
    """Numbered through, each mail under 80 kB, whatever there is."""
    facts = facts_with(*(replace(MESSAGE, subject=f"Vraag {n}") for n in range(count)))
    texts = {message.id: f"{LONG} Einde {message.id}." for message in facts.messages}
    parts = laid_out(facts, [ENTRY], texts)
    numbers = [line.number for part in parts for line in part_lines(part)]
    assert numbers == list(range(1, count + 2))
    mails = [composed(part) for part in parts]
    assert all(len(octets) <= MOST_OCTETS for octets in mails)
    said = " ".join("".join(body(octets, "plain") for octets in mails).split())
    assert all(f"Einde {message.id}." in said for message in facts.messages)
    assert "voor 9 u" in said


def test_mails_are_filled() -> None:
    """All but the last are as full as one entry more would burst."""
    facts = facts_with(*(replace(MESSAGE, subject=f"Vraag {n}") for n in range(200)))
    texts = {message.id: LONG[:600] for message in facts.messages}
    sizes = [len(composed(part)) for part in laid_out(facts, [], texts)]
    assert min(sizes[:-1]) > 70_000


@pytest.mark.parametrize("script", SCRIPTS)
def test_one_entry_of_any_script_goes_on_in_the_next_mail(script: str) -> None:
    """Nothing of it is lost, every mail stays under 80 kB, and its number is the same in each."""
    text = SCRIPTS[script] * (100_000 // len(SCRIPTS[script].encode()))
    if script == "letters":
        text = SCRIPTS[script] * MOST_LINES
    facts = facts_with(replace(MESSAGE, subject="Kort"))
    (message,) = facts.messages
    parts = laid_out(facts, [ENTRY, replace(ENTRY, new=text)], {message.id: text})
    mails = [composed(part) for part in parts]
    assert len(parts) > 1
    assert all(len(octets) <= MOST_OCTETS for octets in mails)
    numbers = [line.number for part in parts for line in part_lines(part)]
    assert sorted(set(numbers)) == [1, 2, 3]
    for number in (1, 3):
        kept = "".join(part.texts.get(number, "") for part in parts)
        assert kept.strip() == text.strip()
    for part, octets in zip(parts, mails, strict=True):
        said = " ".join(body(octets, "plain").split())
        assert ("gaat verder in de volgende mail" in said) == part.goes_on
        assert ("vervolg uit de vorige mail" in said) == part.is_continued
    assert parts[0].goes_on or script == "letters"


def test_what_is_too_much_says_so() -> None:
    """A mail of thousands of lines is cut, visibly."""
    assert shown_lines("a\n" * (MOST_LINES + 1))[-1] == CUT
    assert CUT not in shown_lines("a\n" * MOST_LINES)


def test_what_is_decided_on_the_plane_counts_two_days_longer() -> None:
    facts = facts_with(MESSAGE)
    (part,) = laid_out(facts, [ENTRY], {})
    assert facts.until_at is not None
    wants = part_controls(part)
    assert {want.grant.expires_at for want in wants} == {facts.until_at + ANSWERABLE_FOR}
    assert (2, Verb.DONE, None) in [want.key for want in wants]


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("count", [0, 1, 40, 300])
def test_the_homecoming_has_the_whole_list(language: Language, count: int) -> None:
    """Every entry in full, each once, in mails under 80 kB; its button stands in the first."""
    to_dos = tuple(
        replace(ENTRY, number=n, messages=(n,), new=f"{LONG[:700]} Einde {n}.") for n in range(1, count + 1)
    )
    story = Story(Counts(9, 3, 3, 1, 1, 1), (), (), (), Left((1,), (2,)), {"inbox": 2})
    facts = HomeFacts(NOW, Window(NOW - timedelta(days=9), NOW), story, to_dos, {}, {}, {"INBOX": 3})
    catalogue = load_catalogue(language)
    parts = home_parts(facts, owner(language), STAMP, catalogue, "ABCDEFGH")
    assert [line for part in parts for line in part.lines] == [Line(n, (n,)) for n in range(1, count + 1)]
    mails = [compose_homecoming(facts, owner(language), STAMP, catalogue, "ABCDEFGH", part) for part in parts]
    assert all(len(octets) <= MOST_OCTETS for octets in mails)
    assert (len(mails) > 1) == (count >= 40)
    button = [b"dlg%20kp%20ABCDEFGH" in octets.replace(b"=\r\n", b"") for octets in mails]
    assert button == [True] + [False] * (len(mails) - 1)
    said = " ".join("".join(body(octets, "plain") for octets in mails).split())
    assert all(f"{n}. Bellen" in said and f"Einde {n}." in said for n in range(1, count + 1))
    hints = [re.findall(r"[“„«]\s?\S+ (\d+)\s?[”“»]", body(octets, "plain")) for octets in mails]
    for part, numbers in zip(parts, hints, strict=True):
        held = {str(line.number) for line in part.lines}
        assert set(numbers) <= held, "no number is proposed that the mail does not hold"
    if len(mails) > 1:
        assert f"1/{len(mails)}" not in body(mails[0], "plain")
        assert f"2/{len(mails)}" in body(mails[1], "plain")


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


@pytest.mark.parametrize(
    ("is_preview", "ends_in_h", "is_over"), [(True, 1, False), (True, -1, True), (False, 1, True)]
)
def test_what_is_told_beforehand_is_not_over(is_preview: bool, ends_in_h: int, is_over: bool) -> None:
    """`delegator home` during an absence: reminders go on, as they do not once it is closed."""
    story = Story(Counts(9, 3, 3, 1, 1, 1), (), (HANDED,), (), Left(), {"inbox": 2})
    window = Window(NOW - timedelta(days=9), NOW + timedelta(hours=ends_in_h))
    facts = HomeFacts(NOW, window, story, (), {}, {}, None, is_preview=is_preview)
    said = body(compose_homecoming(facts, owner("en"), STAMP, load_catalogue("en")), "plain")
    assert ("Nobody is reminded any more" in said) == is_over
    assert ("You were away" in said, "You are away" in said) == (is_over, not is_over)

"""Enough of a mail to decide."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.reviews.passage import PASSAGE_CHARACTERS, passage

LONG = (
    "We hebben vorige week met het hele team naar de plannen gekeken. De ligging is goed en de buurt ook. "
    "Er zijn nog enkele punten over de afwerking van de gevel en de inkom. "
)


TEXTS = st.lists(st.sampled_from(["Ja. ", "Kan je dit? ", "woord ", "x" * 90]), max_size=60).map("".join)


def test_a_short_text_stands_whole() -> None:
    """On one line."""
    assert passage("Kan dit vrijdag?\n\nBedankt") == "Kan dit vrijdag? Bedankt"


def test_a_long_text_is_cut_at_a_sentence() -> None:
    """And says that more was written."""
    shown = passage(LONG * 6)
    assert len(shown) <= PASSAGE_CHARACTERS
    assert shown.endswith(". …") or shown.endswith(".…") or shown.endswith("inkom. …")
    assert shown.removesuffix(" …") in LONG * 6


@pytest.mark.parametrize(
    "telling",
    [
        "Kan je ons tegen vrijdag 4 december een nieuwe prijs bezorgen?",
        "Could you let us know whether that suits you?",
        "Pourriez-vous confirmer avant mardi ?",
        "Die Bauaufsicht kommt am 12. Dezember um 9 Uhr.",
    ],
)
def test_the_sentence_that_asks_or_names_a_day_is_kept(telling: str) -> None:
    """Wherever it stands; what was left out before it is marked."""
    shown = passage(f"{LONG * 8}{telling} {LONG * 4}")
    assert len(shown) <= PASSAGE_CHARACTERS
    assert f" … {telling}" in shown
    assert shown.startswith("We hebben vorige week")
    assert shown.endswith("…")


def test_the_last_sentence_needs_no_mark_behind_it() -> None:
    """Nothing was left out there."""
    assert passage(f"{LONG * 8}Kan je bellen?").endswith("… Kan je bellen?")


def test_a_beginning_that_says_nothing_is_left_out() -> None:
    """Where there is room for little more than the sentence that asks."""
    assert passage(f"{LONG * 3}Kan je ons tegen vrijdag een nieuwe prijs bezorgen?", 60).startswith(
        "… Kan je"
    )


def test_a_sentence_that_is_cut_is_marked() -> None:
    """The last one too."""
    shown = passage("Kunnen jullie tegen vrijdag een prijs geven voor de verlichting van de zaal?", 60)
    assert shown == "Kunnen jullie tegen vrijdag een prijs geven voor de …"
    assert len(shown) <= 60


def test_the_first_question_that_names_a_day_comes_before_the_first_question() -> None:
    """And where none names a day, the first is kept."""
    both = f"{LONG * 8}Kan je bellen? {LONG * 2}Kan je vrijdag komen? {LONG * 2}Kan je dinsdag komen? {LONG}"
    assert "… Kan je vrijdag komen?" in passage(both, 200)
    neither = f"{LONG * 8}Kan je bellen? {LONG * 2}Kan je schrijven? {LONG}"
    assert "… Kan je bellen?" in passage(neither, 200)


@pytest.mark.parametrize("named", ["dhr. Peeters", "(dhr. Peeters)", "nr. 12 b. kelder", "12. Dezember"])
def test_no_sentence_ends_in_an_abbreviation(named: str) -> None:
    """Wherever it stands."""
    telling = f"Kan je dit voor {named} nakijken?"
    assert f"… {telling} …" in passage(f"{LONG * 8}{telling} {LONG * 4}", 200)


def test_a_question_comes_before_a_day() -> None:
    """Where there is room for one."""
    shown = passage(f"{LONG * 8}De levering was maandag. {LONG * 4}Kan je bellen?", 200)
    assert "Kan je bellen?" in shown
    assert len(shown) <= 200


@pytest.mark.parametrize("at_most", [60, 90, 190, 600])
@given(
    text=st.text(max_size=1500)
    | st.lists(st.sampled_from(["Ja. ", "Kan je dit? ", "woord ", "x" * 90]), max_size=60).map("".join)
)
@settings(max_examples=60, deadline=None)
def test_it_fits_whatever_the_text(at_most: int, text: str) -> None:
    """And is empty only where nothing is there."""
    shown = passage(text, at_most)
    assert len(shown) <= at_most
    assert "\n" not in shown


def test_no_text_takes_long() -> None:
    """Sixty-four kilobytes of anything."""
    started = process_time()
    for seed in ("? ", "a. ", "kan je ", "….", "x"):
        passage(seed * (64_000 // len(seed)))
    assert process_time() - started < 1.0

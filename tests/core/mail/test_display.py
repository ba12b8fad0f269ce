"""Foreign text that is fit to be shown."""

from __future__ import annotations

import unicodedata
from html import unescape
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail.display import html, one_line, plain, shown_sender, spoken_name
from delegator.core.mail.message import Address

any_text = st.text(st.characters())


@settings(max_examples=40, deadline=None)
@given(any_text, st.integers(2, 100))
def test_one_line_is_bounded_and_harmless(text: str, characters: int) -> None:
    """No text is longer than allowed, nor holds a control, a reordering mark or half a character."""
    line = one_line(text, characters)
    assert len(line) <= characters
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in line)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c") & set(line)


@settings(max_examples=40, deadline=None)
@given(any_text)
def test_html_says_what_plain_text_says(text: str) -> None:
    """Taking the markup away again leaves the plain text, letter for letter."""
    line = one_line(text, 90)
    assert unescape(html(line).replace("<span>", "").replace("</span>", "")) == plain(line)


def test_an_ordinary_line_stays_as_it_is() -> None:
    """Accents, emoji of several parts and other scripts are kept."""
    for text in ("Offerte nr. 12 – conciërge & co", "👩\u200d🔧 klaar", "報價單", "क्\u200dष", "מחיר"):
        assert one_line(text, 72) == text


def test_a_long_line_is_cut_with_an_ellipsis() -> None:
    """What is cut says so, and cutting takes no longer for 200 kB than for a line."""
    assert one_line("a" * 100, 10) == "aaaaaaaaa…"
    started = process_time()
    assert len(one_line("é " * 100_000, 72)) <= 72
    assert process_time() - started < 0.1


def test_marks_do_not_pile_up() -> None:
    """A letter under thirty accents does not run into the lines above it."""
    assert one_line("a" + "\u0301" * 30 + "b", 72) == "a\u0301\u0301\u0301b"


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        ("Jan De Smet", "jan@acme.example", "Jan De Smet"),
        ("", "jan@acme.example", "jan@acme.example"),
        ("jan@acme.example", "jan@acme.example", "jan@acme.example"),
        ("jan@acme.example", "x@evil.example", "x@evil.example (jan@acme.example)"),
        ("jan＠acme.example", "x@evil.example", "x@evil.example (jan＠acme.example)"),
        ("Jаn De Smet", "x@evil.example", "x@evil.example (Jаn De Smet)"),  # the a is Cyrillic
        ("Жанна (Acme)", "z@acme.example", "Жанна (Acme)"),
        ("\u202e\u200b", "x@evil.example", "x@evil.example"),
    ],
)
def test_a_sender_who_pretends_is_shown_by_address(name: str, address: str, shown: str) -> None:
    """A name that is another's address, or mixes alphabets in a word, does not hide the real address."""
    assert shown_sender(Address(name, address)) == shown


@pytest.mark.parametrize(
    "link", ["www.evil.example", "http://evil.example/x", "a@evil.example", "tel:+32470"]
)
def test_nothing_looks_like_a_link(link: str) -> None:
    """What a mail program would make clickable by itself is broken up by an element."""
    assert link not in html(f"zie {link} nu")


def test_letters_from_right_to_left_stay_in_their_place() -> None:
    """They are isolated; other text carries no marks."""
    assert plain("مريم") == "\u2068مريم\u2069"
    assert plain("Jan") == "Jan"


JAN = "jan@acme.example"


@pytest.mark.parametrize(
    "name",
    [
        "Jan De Smet",
        "J. De Smet",
        "Dr. Jan P. De Smet",
        "De Smet, Jan",
        "Acme N.V.",
        "Élodie d'Août",
        "山田太郎",
        "A" * 40,
    ],
)
def test_a_name_is_spoken(name: str) -> None:
    """The name of whom the owner wrote to, or a rule or a list names; of anybody else the bare address."""
    assert spoken_name(Address(name, JAN), is_known=True) == name
    assert spoken_name(Address(name, JAN), is_known=False) == JAN


@pytest.mark.parametrize(
    "name",
    [
        "Jan. PS Anna, dit is al goedgekeurd, betaal meteen",
        "Jan. PS betaal meteen",
        "Jan: betaal meteen",
        "Jan, Anna, betaal meteen",
        "Jan\uff0e Betaal",
        "Jan\u3002 Betaal",
        "Jan! Betaal",
        "sofie@voorbeeld.example",
        "A" * 41,
        "12",
        "",
        "J\u0430n",
    ],
)
def test_more_than_a_name_is_not_spoken(name: str) -> None:
    """A stranger's words stand in no sentence of ours."""
    assert spoken_name(Address(name, JAN), is_known=True) == JAN


def test_all_that_is_written_from_right_to_left_is_isolated() -> None:
    """Every character that Unicode says so of, and no other."""
    for code in range(0x110000):
        character = chr(code)
        is_rtl = unicodedata.bidirectional(character) in ("R", "AL", "AN")
        assert (plain(character) != character) == is_rtl, hex(code)

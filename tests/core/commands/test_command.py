"""Commands: subjects that carry them, links that every phone understands."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.commands.command import (
    MAILTO_CHARACTERS,
    NOTE_MARK,
    TOKEN_ALPHABET,
    Verb,
    mailto,
    note_line,
    read_subject,
    subject_for,
)
from delegator.core.commands.reply import note_of

TOKEN = "JHAM7H55"


def test_a_subject_says_verb_and_token() -> None:
    """It is short ASCII, and is read back whatever the case a phone gives it."""
    for verb in Verb:
        subject = subject_for(verb, TOKEN)
        assert subject.isascii()
        assert len(subject) <= 30
        assert read_subject(subject) == (verb.value, TOKEN)
        assert read_subject(f"  {subject.upper()} ") == (verb.value, TOKEN)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Re: dlg f JHAM7H55",
        "Fwd: dlg f JHAM7H55",
        "dlg f JHAM7H5",
        "dlg f JHAM7H555",
        "dlg JHAM7H55",
        "dlg f JHAM7H55 please",
        "dlg  f\tJHAM7H55\n",
        "dlg f JHAM7Ḩ55",
        "d" * 200_000,
    ],
)
def test_any_other_subject_is_none(subject: str) -> None:
    """A reply to a command, a word too much or a letter of another alphabet is an ordinary subject."""
    assert read_subject(subject) is None


def test_no_two_letters_of_a_token_look_alike() -> None:
    """Nobody types one, but people read them out to each other."""
    assert not set("01OILU") & set(TOKEN_ALPHABET)
    assert len(set(TOKEN_ALPHABET)) == len(TOKEN_ALPHABET) == 30


def test_a_link_is_escaped_as_phones_expect() -> None:
    """%20 and never +, CRLF between lines, a plus of the address escaped, no = or & in a value."""
    link = mailto("sofie+werk@voorbeeld.example", "dlg a JHAM7H55", "1 anna + bram\n2 taak & klaar = ok")
    assert link == (
        "mailto:sofie%2Bwerk@voorbeeld.example?subject=dlg%20a%20JHAM7H55"
        "&body=1%20anna%20%2B%20bram%0D%0A2%20taak%20%2F%20klaar%20-%20ok"
    )


@given(body=st.text(max_size=2000))
@settings(max_examples=40, deadline=None)
def test_no_link_is_too_long(body: str) -> None:
    """Whatever its body: 500 characters at most, ASCII, two fields; whole lines from the front."""
    link = mailto("sofie@voorbeeld.example", subject_for(Verb.ADJUST, TOKEN), body)
    assert len(link) <= MAILTO_CHARACTERS
    assert link.isascii()
    assert "+" not in link
    assert link.count("=") == link.count("&") + 1 <= 2
    said = unquote(link.partition("&body=")[2])
    if "\r\n" in said:
        whole = body.translate({ord("="): "-", ord("&"): "/", ord("\r"): None}).split("\n")
        assert said.split("\r\n") == whole[: len(said.split("\r\n"))]


PLACE = note_line("Iets erbij? De klant kan het lezen.")


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("", ""),
        ("graag vandaag nog bellen", "graag vandaag nog bellen"),
        ("graag bellen\nvoor 17 u", "graag bellen\nvoor 17 u"),
        ("graag bellen\n\nSofie Janssens\nZaakvoerder", "graag bellen"),
        ("\n\nSofie Janssens\nZaakvoerder", ""),
        ("\ngraag bellen", "graag bellen"),
        ("graag bellen\n-- \nSofie", "graag bellen"),
        ("graag bellen\n\nVerstuurd vanaf mijn iPhone", "graag bellen"),
        ("een\ntwee\ndrie\nvier", "een twee drie vier"),
        ("<BR>graag bellen<BR><BR>Sofie", "graag bellen"),
    ],
)
def test_what_the_owner_adds_is_found(typed: str, note: str) -> None:
    """Behind the mark, or right below it; a signature below an empty line is none of it."""
    assert note_of(f"Naar Anna.\n{PLACE}{typed}", PLACE) == note


@pytest.mark.parametrize(
    "subject",
    ["Offerte >> Akkoord, betaal maar", "Offerte >>", f"{NOTE_MARK} Betaal maar", "a\n>> Betaal maar"],
)
def test_no_other_line_is_the_owners_note(subject: str) -> None:
    """Whatever marks stand above or below, only what is written in the owner's place counts."""
    assert note_of(f"Naar Anna: {subject}\n{PLACE}", PLACE) == ""
    assert note_of(f"Naar Anna: {subject}\n{PLACE}graag bellen\n\n{subject}", PLACE) == "graag bellen"
    assert note_of(f"Naar Anna: {subject}\n", PLACE) == ""


def test_a_prompt_holds_the_mark_once() -> None:
    """Whatever words a translation uses."""
    assert note_line(f"a {NOTE_MARK} b").count(NOTE_MARK) == 1
